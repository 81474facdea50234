"""Noting what those who signed up are to be told, and that they were."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from xiangli.audit.services import record
from xiangli.bookings.models import Activity, SignUp, Telling


def list_to_tell(*, sign_ups: Iterable[SignUp], text: str, now: datetime) -> list[Telling]:
    """Put each of these people on the list of those to be told."""
    rows = [Telling(county_id=one.county_id, sign_up=one, text=text[:160], made_at=now) for one in sign_ups]
    return Telling.everywhere.bulk_create(rows)


@transaction.atomic
def mark_told(*, by: Any, activity: Activity, now: datetime, only: Telling | None = None) -> int:
    """Take those who were told off the list: one, or all of an activity. Returns their number."""
    rows = Telling.objects.within(activity.county).filter(sign_up__activity=activity, told_at__isnull=True)
    rows = rows.filter(pk=only.pk) if only else rows
    number = Telling.everywhere.filter(pk__in=list(rows.values_list("pk", flat=True))).update(told_at=now, told_by=by)
    if number:
        record("bookings.people_told", activity, by=by, place=activity.centre.place, at=now, number=number)
    return number
