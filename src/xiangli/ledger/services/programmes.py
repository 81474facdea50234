"""Writes about programmes and meetings."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import models, transaction

from xiangli.audit.services import record
from xiangli.core.errors import UserError
from xiangli.ledger.choices import Source
from xiangli.ledger.models import (
    Duty,
    ItemKind,
    LedgerItem,
    LightRule,
    Meeting,
    PracticeNote,
    Programme,
    Resolution,
    StandardPoint,
)
from xiangli.ledger.services.figures import bring_up, keeps_figures
from xiangli.ledger.services.items import add_item
from xiangli.places.models import Place


@transaction.atomic
def add_programme(*, by: Any, place: Place, title: str, starts: date, **fields: Any) -> Programme:
    programme = Programme.everywhere.create(
        county_id=place.county_id or place.pk, place=place, title=title, starts=starts, **fields
    )
    record("ledger.programme_added", programme, by=by)
    return programme


@transaction.atomic
def change_programme(*, by: Any, programme: Programme, **fields: Any) -> Programme:
    for name, value in fields.items():
        setattr(programme, name, value)
    programme.save(update_fields=[*fields])
    record("ledger.programme_changed", programme, by=by, fields=sorted(fields))
    return programme


PARTS: dict[str, type[models.Model]] = {"duty": Duty, "standard": StandardPoint, "practice": PracticeNote}


@transaction.atomic
def add_part(*, by: Any, programme: Programme, part: str, **fields: Any) -> models.Model:
    """Add a duty, a point of the standard or a practice note. UserError where the same is there already."""
    model: Any = PARTS[part]
    same = {"duty": ["unit"], "standard": ["title"]}.get(part)
    if same and model.everywhere.filter(programme=programme, **{name: fields[name] for name in same}).exists():
        raise UserError("已经有这一条了。")
    row = model.everywhere.create(county_id=programme.county_id, programme=programme, **fields)
    record(f"ledger.{part}_added", programme, by=by, row=row.pk)
    return row


@transaction.atomic
def remove_part(*, by: Any, programme: Programme, part: str, pk: int) -> None:
    """Take a duty, a point of the standard or a practice note out. Items made from a point stay."""
    model: Any = PARTS[part]
    if model.everywhere.filter(programme=programme, pk=pk).delete()[0]:
        record(f"ledger.{part}_removed", programme, by=by, row=pk)


def standard_origin(point: StandardPoint) -> str:
    return f"standard:{point.pk}"


@keeps_figures
def add_items_from_standard(
    *, by: Any, programme: Programme, villages: Iterable[Place], deadline: date, now: datetime, today: date
) -> int:
    """One item for each village and point of the standard that has none yet. Returns how many were added."""
    points = list(programme.standard.all())
    origins = [standard_origin(point) for point in points]
    rows = LedgerItem.everywhere.filter(county_id=programme.county_id, origin__in=origins)
    known = set(rows.values_list("place_id", "origin"))
    added = 0
    for village in villages:
        for point, origin in zip(points, origins, strict=True):
            if (village.pk, origin) not in known:
                add_item(
                    by=by, place=village, title=point.title, measure=point.measure, deadline=deadline, now=now,
                    today=today, source=Source.STANDARD, programme=programme, origin=origin,
                    responsible_unit=f"{village.name}两委",
                )  # fmt: skip
                added += 1
    return added


@transaction.atomic
def save_meeting(*, by: Any, meeting: Meeting) -> Meeting:
    """Keep a new or changed meeting."""
    added = meeting.pk is None
    meeting.county_id = meeting.place.county_id or meeting.place_id
    meeting.save()
    record("ledger.meeting_added" if added else "ledger.meeting_changed", meeting, by=by)
    return meeting


@keeps_figures
def add_resolution(
    *, by: Any, meeting: Meeting, text: str, now: datetime, place: Place | None = None, deadline: date | None = None,
    unit: str = "",
) -> Resolution:  # fmt: skip
    """Write down a resolution; a village and a deadline make it an item. UserError for one of them alone."""
    if (place is None) != (deadline is None):
        raise UserError("要立项，就同时选村和完成时限；只是记下决定，两样都空着。")
    item = None
    if place and deadline:
        item = add_item(
            by=by, place=place, title=text[:120], measure=text if len(text) > 120 else "", deadline=deadline, now=now,
            source=Source.MEETING, programme=meeting.programme, responsible_unit=unit, today=now.date(),
        )  # fmt: skip
    row = Resolution.everywhere.create(county_id=meeting.county_id, meeting=meeting, text=text, item=item)
    record("ledger.resolved", meeting, by=by, at=now, resolution=row.pk, item=item.pk if item else None)
    return row


@transaction.atomic
def save_kind(*, by: Any, kind: ItemKind) -> ItemKind:
    """Add a kind of work."""
    kind.save()
    record("ledger.kind_added", kind, by=by, place=kind.county)
    return kind


@transaction.atomic
def save_light_rule(*, by: Any, rule: LightRule, today: date) -> LightRule:
    """Change when the county's lights change; its figures follow at once."""
    rule.save()
    record("ledger.lights_changed", rule, by=by, place=rule.county, warn=rule.warn_days, start=rule.start_days)
    bring_up(rule.county, today)
    return rule
