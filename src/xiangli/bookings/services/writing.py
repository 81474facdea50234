"""Locking an activity, and writing one of its dates down so that something can be said of it."""

from datetime import datetime

from django.utils import timezone

from xiangli.bookings.models import Activity, Booking
from xiangli.bookings.services.holding import hold_activity_dates, lock_spaces
from xiangli.core.errors import UserError


def lock_activity(activity: Activity) -> Activity:
    """The activity as it is now, with its seats held against everybody else. Before the lock of any space."""
    rows = Activity.everywhere.select_for_update(of=("self",), no_key=True)
    return rows.select_related("centre__place", "space", "county").get(pk=activity.pk)


def written_date(*, activity: Activity, starts: datetime, now: datetime) -> Booking:
    """The booking that holds the space for the date at ``starts``, written now if it was not.

    Raises UserError where the activity does not take place then. The caller holds the activity's lock.
    """
    lock_spaces([activity.space_id])
    day = timezone.localdate(starts)
    hold_activity_dates(activities=[activity], first=day, last=day, now=now)
    row = Booking.everywhere.filter(activity=activity, starts=starts).select_related("space", "change").first()
    if row is None:
        raise UserError("那一天没有这个活动，请换一个日子")
    if not row.is_held:
        raise UserError(f"那一次不办：{row.cancel_reason or '已取消'}")
    return row
