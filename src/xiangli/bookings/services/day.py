"""What is noted of a day at a centre: who opens the door, and the tally where somebody keeps one."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from xiangli.audit.services import record
from xiangli.bookings.models import DayNote
from xiangli.places.models import Centre


@transaction.atomic
def note_day(
    *, by: Any, centre: Centre, day: date, now: datetime, door: str | None = None,
    tally: Mapping[int, int] | None = None,
) -> DayNote:  # fmt: skip
    """Write down who opens the door, or people by the hour of the day; what is None stays as it is."""
    noted: dict[str, Any] = {"noted_at": now}
    if door is not None:
        noted["door"] = door.strip()[:40]
    if tally is not None:
        noted["tally"] = {str(hour): number for hour, number in sorted(tally.items()) if number}
    row, _ = DayNote.everywhere.update_or_create(
        centre=centre, day=day, county_id=centre.county_id, defaults=noted
    )  # fmt: skip
    record("bookings.day_noted", row, by=by, place=centre.place, at=now, what=sorted(noted))
    return row
