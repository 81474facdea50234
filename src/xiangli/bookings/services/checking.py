"""What keeps a wish from becoming a booking, in words. The database's guard stands behind all of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from xiangli.bookings.choices import Channel
from xiangli.bookings.models import SpaceRule
from xiangli.bookings.queries import Slot, alternatives, space_timeline
from xiangli.bookings.queries.space_rules import held_in_week, web_share_left
from xiangli.bookings.wording import minutes_words
from xiangli.core.errors import UserError
from xiangli.opening.hours import instant
from xiangli.opening.queries import local, openings
from xiangli.places.models import Space


class BookingRefused(UserError):
    """A booking that cannot be made, why, and what could be had instead."""

    status = 409  # the answer over HTTP

    def __init__(self, message: str, others: Sequence[Slot] = ()) -> None:
        super().__init__(message)
        self.alternatives = list(others)


def check_wish(
    space: Space,
    rule: SpaceRule,
    starts: datetime,
    ends: datetime,
    now: datetime,
    people: int | None = None,
    days_ahead: int | None = None,
) -> None:
    """Refuse what no state of the calendar could allow. ``days_ahead`` stands in for the rule's (series)."""
    minutes = (ends - starts).total_seconds() / 60
    ahead = days_ahead or rule.days_ahead
    if not space.bookable or space.office_use:
        raise BookingRefused(f"{space.name}不能预约")
    if starts <= now:
        near = alternatives(space, now, now + (ends - starts), now) if 0 < minutes <= rule.longest_minutes else ()
        raise BookingRefused("这个时间已经过去了", near)
    if not 0 < minutes <= rule.longest_minutes:
        raise BookingRefused(f"一次最多约 {minutes_words(rule.longest_minutes)}")
    if timezone.localdate(starts) > timezone.localdate(now) + timedelta(days=ahead):
        raise BookingRefused(f"只能约今后 {ahead} 天以内的时间")
    if starts < now + timedelta(hours=rule.notice_hours):
        others = alternatives(space, starts, ends, now)
        raise BookingRefused(f"{space.name}要提前 {rule.notice_hours} 小时约", others)
    most = rule.most_people or space.capacity
    if people and people > most:
        raise BookingRefused(f"{space.name}最多容 {most} 人")


def check_open(space: Space, starts: datetime, ends: datetime, now: datetime) -> None:
    """Refuse a time at which the space is closed, or may be: hours that are not announced are never assumed."""
    is_open = space_timeline(space, starts, ends).open_throughout(instant(local(starts)), instant(local(ends)))
    if is_open is None:
        raise BookingRefused("那天的开放时间尚未公布，公布以后才能预约", alternatives(space, starts, ends, now))
    if not is_open:
        raise BookingRefused("那段时间不开放", alternatives(space, starts, ends, now))


def check_quota(space: Space, rule: SpaceRule, starts: datetime, phone: str, card: str) -> None:
    """Refuse one booking more than a person may have in a week. Who leaves no number is not counted."""
    if not rule.weekly_quota or not (phone or card):
        return
    held = held_in_week(space.centre, starts, phone, card).count()
    if held >= rule.weekly_quota:
        raise BookingRefused(f"每人每周最多约 {rule.weekly_quota} 次，这个电话或卡号那一周已经约了 {held} 次")


def check_share(space: Space, rule: SpaceRule, starts: datetime, ends: datetime, channel: str, now: datetime) -> None:
    """Refuse to the web what is kept for the counter and the telephone, until some hours before the time."""
    if channel != Channel.WEB or not rule.kept_percent or starts <= now + timedelta(hours=rule.kept_hours):
        return
    day = timezone.localdate(starts)
    (hours,) = openings(space.centre.county, [space.centre_id], day, 1).hours(space.centre_id, space.pk)
    left = web_share_left(space, rule, day, sum(end - start for start, end in hours.intervals or ()))
    if (ends - starts).total_seconds() / 60 > left:
        phone = f"打电话 {space.centre.phone} 或者" if space.centre.phone else ""
        until = f"，开始前 {rule.kept_hours} 小时还空着的，网上也可以约" if rule.kept_hours else ""
        raise BookingRefused(f"这一天网上的份额约满了，其余的留给柜台和电话：请{phone}到柜台约{until}")
