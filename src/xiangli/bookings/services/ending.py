"""Ending activities: their dates to come are given back, and nobody who signed up is dropped without a word."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from xiangli.audit.services import record
from xiangli.bookings.choices import SignUpState, State
from xiangli.bookings.models import Activity, Booking, SignUp
from xiangli.bookings.queries import at_minute
from xiangli.bookings.services.listing import list_to_tell
from xiangli.bookings.services.writing import lock_activity
from xiangli.core.errors import UserError

STANDING = (SignUpState.SEATED, SignUpState.WAITING)


@transaction.atomic
def end_activity(*, by: Any, activity: Activity, last: date, reason: str, now: datetime) -> Activity | None:
    """Let ``last`` be the last day on which the activity may take place. Those signed up beyond it are to be told.

    None where it never took place and nobody had signed up: then it is gone.
    """
    row = lock_activity(activity)
    if last < timezone.localdate(now) - timedelta(days=1):
        raise UserError("最后一天不能早于昨天")
    if row.until and row.until < timezone.localdate(now):
        raise UserError("这个活动已经结束了")
    told = f"{last:%-m月%-d日}以后不再办了{f'：{reason.strip()}' if reason.strip() else ''}。"
    record("bookings.activity_ended", row, by=by, place=row.centre.place, at=now, last=last.isoformat())
    signed = give_back(activities=[row], after=max(now, at_minute(last, 1440)), text=told, now=now)
    if last < row.since and not signed:
        row.delete()  # it never took place, and nobody waits for it
        return None
    row.until = max(last, row.since)
    row.save(update_fields=["until"])
    return row


def give_back(*, activities: Sequence[Activity], after: datetime, text: str, now: datetime) -> set[int]:
    """Give back the dates of activities from ``after`` on, and list those who are to be told ("title: ``text``").

    Dates to which somebody signed up, or all where somebody signed up to the series, stay behind as called off.
    Returns the keys of the activities to which anybody ever signed up.
    """
    titles = {one.pk: one.title for one in activities}
    signed = set(SignUp.everywhere.filter(activity__in=titles).values_list("activity", flat=True))
    dates = Booking.everywhere.filter(activity__in=titles, starts__gte=after)
    dates.exclude(activity__in=signed).delete()
    ids = list(dates.values_list("pk", flat=True))
    dates.exclude(state=State.CANCELLED).update(state=State.CANCELLED, cancelled_at=now, cancel_reason=text[:80])
    series = SignUp.everywhere.filter(activity__in=titles, date__isnull=True, state__in=STANDING)
    single = SignUp.everywhere.filter(date__in=ids, state__in=STANDING)
    concerned = [*series, *single]
    for pk in signed:
        list_to_tell(
            sign_ups=[one for one in concerned if one.activity_id == pk], text=f"{titles[pk]}：{text}", now=now
        )
    single.update(state=SignUpState.OFF, over_at=now)
    series.filter(state=SignUpState.WAITING).update(state=SignUpState.OFF, over_at=now)
    series.update(over_at=after)
    return signed


def end_before(*, rows: Any, today: date, now: datetime, text: str) -> list[tuple[int, int]]:
    """End these activities (a queryset) with the day before ``today``.

    Returns (centre, activity) of those that never took place and are gone without a trace: feeds must say so. One to
    which somebody signed up is never gone: it stays, with its dates called off.
    """
    going = list(rows.select_for_update(of=("self",), no_key=True).order_by("pk"))
    pks = [one.pk for one in going]
    signed = give_back(activities=going, after=now, text=text, now=now)
    never = [one for one in going if one.since >= today and one.pk not in signed]
    Activity.everywhere.filter(pk__in=[one.pk for one in never]).delete()
    Activity.everywhere.filter(pk__in=pks, since__lt=today).update(until=today - timedelta(days=1))
    Activity.everywhere.filter(pk__in=signed, since__gte=today).update(until=F("since"))
    return [(one.centre_id, one.pk) for one in never]
