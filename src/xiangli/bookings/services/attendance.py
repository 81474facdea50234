"""Noting who came to a date: ticked from the printed list, and the number of those who are not on it."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction

from xiangli.audit.services import record
from xiangli.bookings.models import Activity, Attendance, Came
from xiangli.bookings.queries.seats import expected_at
from xiangli.bookings.services.writing import lock_activity, written_date
from xiangli.core.errors import UserError


@transaction.atomic
def note_attendance(
    *, by: Any, activity: Activity, starts: datetime, came: Collection[int], unlisted: int, now: datetime
) -> int:
    """Write down who came (keys of sign-ups), replacing what was noted before. Returns how many there were in all.

    Raises UserError before the date has begun.
    """
    row = lock_activity(activity)
    date = written_date(activity=row, starts=starts, now=now)
    if date.starts > now:
        raise UserError("还没有开始，开始以后再点名")
    person = by if getattr(by, "is_authenticated", False) else None
    noted, _ = Attendance.everywhere.update_or_create(
        date=date, defaults={"county_id": row.county_id, "unlisted": unlisted, "by": person, "at": now}
    )
    noted.came.all().delete()
    there = [one for one in expected_at(row, date) if one.pk in came]
    Came.everywhere.bulk_create([Came(county_id=row.county_id, attendance=noted, sign_up=one) for one in there])
    number = len(there) + unlisted
    record("bookings.attendance_noted", date, by=by, place=row.centre.place, at=now, number=number)
    return number
