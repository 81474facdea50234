"""Dates out of the ordinary: called off, moved to another time or room, added. Those signed up are to be told."""

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from xiangli.audit.services import record
from xiangli.bookings import guards
from xiangli.bookings.choices import Channel, SignUpState, State
from xiangli.bookings.models import Activity, Booking, DateChange, SignUp
from xiangli.bookings.queries.dates import AHEAD_DAYS
from xiangli.bookings.queries.seats import expected_at
from xiangli.bookings.queries.slots import space_timeline
from xiangli.bookings.services.holding import hold_dates, lock_spaces
from xiangli.bookings.services.listing import list_to_tell
from xiangli.bookings.services.sign_ups import move_up
from xiangli.bookings.services.waiting import move_up as queue_moves_up
from xiangli.bookings.services.writing import lock_activity, written_date
from xiangli.core.errors import UserError
from xiangli.opening.hours import instant
from xiangli.opening.queries import local
from xiangli.places.models import Space

NOT_BEGUN = "那一次已经开始了，改不了"


def said(starts: datetime, space: Space | None = None) -> str:
    """A date as it is said on the telephone: 11月30日 9:00 议事厅."""
    there = timezone.localtime(starts)
    return f"{there:%-m月%-d日 %-H:%M}{f' {space.name}' if space else ''}"


def because(reason: str) -> str:
    return f"：{reason.strip()}" if reason.strip() else ""


@transaction.atomic
def cancel_date(*, by: Any, activity: Activity, starts: datetime, reason: str, now: datetime) -> Booking:
    """Call one date off. The space is free again; those who have a seat are to be told.

    Those signed up to this date alone lose it with the date; those of the series keep their seats.
    """
    row = lock_activity(activity)
    date = written_date(activity=row, starts=starts, now=now)
    if date.starts <= now:
        raise UserError(NOT_BEGUN)
    reason = reason.strip()[:80]
    date.state, date.cancelled_at, date.cancel_reason = State.CANCELLED, now, reason
    date.save(update_fields=["state", "cancelled_at", "cancel_reason"])
    _tell_all(row, date, f"{row.title} {said(starts)}那一次不办了{because(reason)}。", now)
    call_off_sign_ups(date_ids=[date.pk], now=now)
    record("bookings.date_cancelled", date, by=by, place=row.centre.place, at=now, starts=starts.isoformat())
    move_up(activity=row, now=now)
    lock_spaces([date.space_id])
    queue_moves_up(space=date.space, starts=date.starts, ends=date.ends, now=now)
    return date


def call_off_sign_ups(*, date_ids: list[int], now: datetime) -> None:
    """Those signed up to these dates alone sit and wait for nothing any more."""
    rows = SignUp.everywhere.filter(date__in=date_ids, state__in=(SignUpState.SEATED, SignUpState.WAITING))
    rows.update(state=SignUpState.OFF, over_at=now)


def _tell_all(activity: Activity, date: Booking, text: str, now: datetime) -> None:
    """Whoever has a seat at the date, and whoever waits for it."""
    seated = list(expected_at(activity, date))
    waiting = SignUp.objects.within(activity.county).filter(date=date, state=SignUpState.WAITING)
    list_to_tell(sign_ups=[*seated, *waiting], text=text, now=now)


def move_date(
    *, by: Any, activity: Activity, starts: datetime, space: Space, to: datetime, reason: str, now: datetime
) -> Booking:
    """Move one date to another time, to another room, or both; it stays as long as it was.

    Raises UserError where the space is taken or closed then. Whoever is signed up stays so and is to be told.
    """
    try:
        with transaction.atomic():
            row = lock_activity(activity)
            lock_spaces({row.space_id, space.pk})
            date = written_date(activity=row, starts=starts, now=now)
            left, was_until = date.space, date.ends
            ends = to + (date.ends - date.starts)
            if date.starts <= now:
                raise UserError(NOT_BEGUN)
            if (to, space.pk) == (date.starts, date.space_id):
                raise UserError("时间和房间都没有变")
            _check_target(row, space, to, ends, now)
            hold_dates(space=space, first=timezone.localdate(to), last=timezone.localdate(to), now=now)
            _clear(row, to, but=date)
            _moved(row, date, space, to, ends, reason.strip()[:80], by, now)
            _tell_all(row, date, f"{row.title} {said(starts)}那一次挪到{said(to, space)}{because(reason)}。", now)
            record(
                "bookings.date_moved", date, by=by, place=row.centre.place, at=now, starts=starts.isoformat(),
                to=to.isoformat(), space=space.pk,
            )  # fmt: skip
            queue_moves_up(space=left, starts=starts, ends=was_until, now=now)
    except IntegrityError as error:
        if guards.NAME in str(error):
            raise UserError(f"{space.name}那段时间已经有安排了，请换一个时间或者房间") from error
        raise
    return date


def _moved(
    activity: Activity, date: Booking, space: Space, to: datetime, ends: datetime, reason: str, by: Any, now: datetime
) -> None:
    """Write the move down. What the rhythm has is kept in mind: it must not be held anew, and the feeds name it."""
    change = DateChange.everywhere.filter(booking=date).first()
    due = change.due if change else date.starts
    date.space, date.starts, date.ends = space, to, ends
    date.save(update_fields=["space", "starts", "ends"])
    SignUp.everywhere.filter(date=date, state__in=(SignUpState.SEATED, SignUpState.WAITING)).update(over_at=ends)
    if change and due == to and space.pk == activity.space_id:
        change.delete()  # back where it always is
        return
    DateChange.everywhere.update_or_create(
        booking=date, defaults={"county_id": date.county_id, "due": due, "reason": reason, "by": by, "at": now}
    )
    if due and due != to:
        Booking.everywhere.update_or_create(activity=activity, starts=due, defaults={
            "county_id": date.county_id, "space_id": activity.space_id, "state": State.CANCELLED,
            "ends": due + timedelta(minutes=activity.end - activity.start), "channel": Channel.PLAN, "made_at": now,
            "cancelled_at": now, "cancel_reason": f"挪到{said(to, space)}{because(reason)}"[:80],
        })  # fmt: skip


def _check_target(activity: Activity, space: Space, starts: datetime, ends: datetime, now: datetime) -> None:
    """Refuse a time in the past, out of reach or over midnight, a foreign room, and a closed door."""
    if space.centre_id != activity.centre_id or space.office_use:
        raise UserError("请选本中心的房间或场地")
    if starts <= now:
        raise UserError("新的时间已经过去了")
    if timezone.localdate(starts) > timezone.localdate(now) + timedelta(days=AHEAD_DAYS):
        raise UserError("新的时间太远了，最多到一年以后")
    if timezone.localdate(ends - timedelta(minutes=1)) != timezone.localdate(starts):
        raise UserError("会开到半夜以后，请早一点开始")
    space.centre = activity.centre
    if space_timeline(space, starts, ends).open_throughout(instant(local(starts)), instant(local(ends))) is False:
        raise UserError(f"{said(starts)}中心不开门。先到“开放时间”里延时，或者换一个时间")


def _clear(activity: Activity, starts: datetime, *, but: Booking | None = None) -> None:
    """Make room for a date at ``starts`` of the same activity: one that was called off there gives way."""
    other = Booking.everywhere.filter(activity=activity, starts=starts).first()
    if other is None or other == but:
        return
    if other.is_held:
        raise UserError(f"{said(starts)}本来就有这个活动")
    left_from = DateChange.everywhere.filter(booking__activity=activity, due=starts)
    if left_from.exclude(booking=but).exists():
        raise UserError(f"{said(starts)}那一次已经挪到别的时间了。请换一个时间")
    if other.sign_ups.exists():
        raise UserError(f"{said(starts)}那一次取消过，报名的人已经告诉了。请换一个时间")
    other.delete()


def add_date(
    *, by: Any, activity: Activity, space: Space, starts: datetime, reason: str, now: datetime
) -> Booking:  # fmt: skip
    """Add a date out of the rhythm, as long as the others. Those of the series are to be told."""
    try:
        with transaction.atomic():
            row = lock_activity(activity)
            lock_spaces([space.pk])
            ends = starts + timedelta(minutes=row.end - row.start)
            _check_target(row, space, starts, ends, now)
            day = timezone.localdate(starts)
            hold_dates(space=space, first=day, last=day, now=now)
            _clear(row, starts)
            date = Booking.everywhere.create(
                county_id=row.county_id, space=space, activity=row, starts=starts, ends=ends, channel=Channel.PLAN,
                made_at=now,
            )  # fmt: skip
            DateChange.everywhere.create(
                county_id=row.county_id, booking=date, due=None, reason=reason.strip()[:80], by=by, at=now
            )
            told = f"{row.title}加一次，{said(starts, space)}{because(reason)}。"
            list_to_tell(sign_ups=list(expected_at(row, None)), text=told, now=now)
            record("bookings.date_added", date, by=by, place=row.centre.place, at=now, starts=starts.isoformat())
    except IntegrityError as error:
        if guards.NAME in str(error):
            raise UserError(f"{space.name}那段时间已经有安排了，请换一个时间或者房间") from error
        if "booking_occurrence_once" in str(error) or "bookings_booking.activity_id" in str(error):
            raise UserError(f"{said(starts)}本来就有这个活动") from error
        raise
    return date
