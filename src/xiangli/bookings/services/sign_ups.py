"""Signing up, giving a seat back, and the waiting list that moves up by itself.

Whatever changes seats locks the activity first, so that all changes queue up; ``seat_guards`` stands behind it.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from xiangli.audit.services import record
from xiangli.bookings.choices import SignUpFor, SignUpState
from xiangli.bookings.models import Activity, SignUp
from xiangli.bookings.queries import at_minute
from xiangli.bookings.queries.seats import Taken, taken_of, waiting_of
from xiangli.bookings.services.listing import list_to_tell
from xiangli.bookings.services.writing import lock_activity, written_date
from xiangli.core.errors import UserError


def sign_up(
    *,
    by: Any,
    activity: Activity,
    starts: datetime | None,
    channel: str,
    now: datetime,
    code: str,
    called: str = "",
    contact_phone: str = "",
    request_key: UUID | None = None,
) -> SignUp:
    """Sign somebody up to the date that begins at ``starts``, or (None) to the whole series.

    Seated where a seat is free for the channel, else last in the waiting list. Raises UserError where one cannot sign
    up. The same ``request_key`` a second time returns the first sign-up.
    """
    if request_key and (made := _made_before(activity, request_key)):
        return made
    person = by if getattr(by, "is_authenticated", False) else None
    try:
        with transaction.atomic():
            locked = lock_activity(activity)
            _check_takes(locked, starts, now)
            date = written_date(activity=locked, starts=starts, now=now) if starts else None
            taken = move_up(activity=locked, now=now)
            seated = taken.free(locked, channel, date.pk if date else None) != 0
            made = SignUp.everywhere.create(
                county_id=locked.county_id, activity=locked, date=date, channel=channel, code=code,
                state=SignUpState.SEATED if seated else SignUpState.WAITING, seated_at=now if seated else None,
                called=called.strip(), contact_phone=contact_phone.strip(), request_key=request_key, made_by=person,
                made_at=now, over_at=date.ends if date else end_of(locked),
            )  # fmt: skip
            record("bookings.signed_up", made, by=by, place=locked.centre.place, at=now, channel=channel, seated=seated)
    except IntegrityError:
        if request_key and (made := _made_before(activity, request_key)):
            return made
        raise
    return made


def _made_before(activity: Activity, request_key: UUID) -> SignUp | None:
    return SignUp.objects.within(activity.county).filter(request_key=request_key).first()


def end_of(activity: Activity) -> datetime | None:
    """When the last date of an activity is over, for what is kept of those who signed up to all of it."""
    return at_minute(activity.until, 1440) if activity.until else None


def _check_takes(activity: Activity, starts: datetime | None, now: datetime) -> None:
    """Refuse what cannot be signed up to."""
    wanted = SignUpFor.DATE if starts else SignUpFor.SERIES
    if activity.until and activity.until < timezone.localdate(now):
        raise UserError("这个活动已经结束了")
    if activity.sign_up == SignUpFor.NOTHING:
        raise UserError("这个活动不用报名，到时直接来就行")
    if activity.sign_up not in (wanted, SignUpFor.BOTH):
        raise UserError("这个活动要整期一起报" if starts else "这个活动要一次一次地报，请选一个日子")
    if starts and starts <= now:
        raise UserError("那一次已经开始了，请选后面的日子")


@transaction.atomic
def leave(*, by: Any, sign_up: SignUp, now: datetime) -> SignUp:
    """Give a seat, or a place in the waiting list, back; whoever waits moves up. Leaving twice is leaving once."""
    activity = lock_activity(sign_up.activity)
    row = SignUp.everywhere.select_for_update(of=("self",)).select_related("date").get(pk=sign_up.pk)
    if row.state in (SignUpState.LEFT, SignUpState.OFF):
        return row
    if row.date and row.date.starts <= now:
        raise UserError("已经开始了，不用退了")
    row.state, row.over_at = SignUpState.LEFT, now
    row.save(update_fields=["state", "over_at"])
    record("bookings.sign_up_left", row, by=by, place=activity.centre.place, at=now)
    move_up(activity=activity, now=now)
    return row


def move_up(*, activity: Activity, now: datetime) -> Taken:
    """Give free seats to those who wait, first come first; they are put on the list of those to be told.

    The caller holds the activity's lock. Seats kept for the counter go to nobody who came by the web.
    """
    taken = taken_of(activity, now)
    if activity.until and activity.until < timezone.localdate(now):
        return taken
    moved = []
    for row in waiting_of(activity, now).select_related("date"):
        if taken.free(activity, row.channel, row.date_id) != 0:
            row.state, row.seated_at = SignUpState.SEATED, now
            row.save(update_fields=["state", "seated_at"])
            taken.add(row.date_id, row.channel)
            moved.append(row)
    for row in moved:
        when = f"{timezone.localtime(row.date.starts):%-m月%-d日}那一次" if row.date else ""
        list_to_tell(sign_ups=[row], text=f"{activity.title}{when}：有位子了，您报上了。", now=now)
        record("bookings.moved_up", row, by=None, place=activity.centre.place, at=now)
    return taken


@transaction.atomic
def update_activity(*, by: Any, activity: Activity, now: datetime, **fields: Any) -> Activity:
    """Change what is told of an activity, and its seats: more seats go to those who wait.

    Raises UserError for fewer seats than people who have one: nobody is put out.
    """
    row = lock_activity(activity)
    for name, value in fields.items():
        setattr(row, name, value)
    if row.seats is not None and (row.kept_counter > row.seats):
        raise UserError("留给柜台和电话的名额，不能比名额还多")
    if row.seats is None and row.kept_counter:
        raise UserError("先写名额，再写留给柜台和电话几个")
    there = taken_of(row, now).at(None)
    if row.seats is not None and row.seats < there:
        raise UserError(f"已经有 {there} 个人报上了，名额不能再少")
    row.save(update_fields=list(fields))
    record("bookings.activity_changed", row, by=by, place=row.centre.place, at=now, fields=sorted(fields))
    move_up(activity=row, now=now)
    return row
