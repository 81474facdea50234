"""Writes about who staffs the centres and which specialists travel."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from xiangli.audit.services import record
from xiangli.places.models import Place
from xiangli.planning.models import Specialist, Staffing


@transaction.atomic
def add_staffing(*, by: Any, place: Place, skill: str, weekdays: Sequence[int], start_minute: int, end_minute: int,
                 count: int = 1, volunteers: bool = False) -> list[Staffing]:  # fmt: skip
    """Say that people of a skill are there on some weekdays. An entry that begins at the same time is replaced."""
    rows = []
    for weekday in weekdays:
        row, _ = Staffing.everywhere.update_or_create(
            county_id=place.county_id or place.pk, place=place, skill=skill, weekday=weekday, start_minute=start_minute,
            volunteers=volunteers, defaults={"end_minute": end_minute, "count": count},
        )  # fmt: skip
        rows.append(row)
    record("planning.staffing", place, by=by, skill=skill, weekdays=list(weekdays), count=count)
    return rows


@transaction.atomic
def remove_staffing(*, by: Any, row: Staffing) -> None:
    record("planning.staffing_removed", row.place, by=by, skill=row.skill, weekday=row.weekday)
    row.delete()


@transaction.atomic
def set_specialist(*, by: Any, place: Place, title: str, skill: str, halves: Sequence[str]) -> Specialist:
    """Add a travelling specialist of a town or change when visits are possible (["0am", "2pm"], Monday is 0)."""
    row, _ = Specialist.everywhere.update_or_create(
        county_id=place.county_id or place.pk,
        place=place,
        title=title,
        defaults={"skill": skill, "halves": sorted(halves)},
    )
    record("planning.specialist", row, by=by, skill=skill, halves=len(halves))
    return row
