"""Activities as an iCalendar feed (RFC 5545): one recurring event for each, in the county's time zone."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from icalendar import Calendar, Event, Timezone, vRecur

from xiangli.bookings.models import Activity, Booking
from xiangli.bookings.queries import at_minute, takes_place
from xiangli.opening.queries import local
from xiangli.places.models import Centre

ZONE = "Asia/Shanghai"
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def calendar_feed(
    centre: Centre, activities: Iterable[Activity], cancelled: Iterable[Booking], *, url: str, now: datetime
) -> bytes:
    """The feed of a centre's activities; ``cancelled`` dates are left out (EXDATE)."""
    off: dict[int | None, list[datetime]] = {}
    for row in cancelled:
        off.setdefault(row.activity_id, []).append(row.starts)
    feed = Calendar()
    feed.add("prodid", "-//Xiangli//activities//ZH")
    feed.add("version", "2.0")
    feed.add("x-wr-calname", f"{centre.name}活动")
    feed.add("x-wr-timezone", ZONE)
    feed.add_component(Timezone.from_tzid(ZONE))
    for activity in activities:
        feed.add_component(_event(centre, activity, off.get(activity.pk, []), url, now))
    return bytes(feed.to_ical())


def first_date(activity: Activity) -> datetime:
    """The first time that an activity takes place, aware."""
    day = activity.since
    while day.weekday() != activity.weekday:
        day += timedelta(days=1)
    if not takes_place(activity, day):  # begins in a week in which its weekday is already over
        day += timedelta(weeks=activity.every_weeks - 1)
    return at_minute(day, activity.start)


def _event(centre: Centre, activity: Activity, off: list[datetime], url: str, now: datetime) -> Event:
    starts = _zoned(first_date(activity))
    event = Event()
    event.add("uid", f"activity-{activity.pk}@{centre.county.slug}.xiangli")
    event.add("dtstamp", now)
    event.add("dtstart", starts)
    event.add("dtend", starts + timedelta(minutes=activity.end - activity.start))
    event.add("summary", activity.title)
    event.add("location", f"{centre.name} {activity.space.name}")
    event.add("url", url)
    rule: dict[str, object] = {"freq": "weekly", "byday": DAYS[activity.weekday]}
    if activity.every_weeks > 1:
        rule["interval"] = activity.every_weeks
    if activity.until:
        rule["until"] = at_minute(activity.until, 1439)
    event.add("rrule", vRecur(rule))
    for moment in off:
        event.add("exdate", _zoned(moment))
    return event


def _zoned(moment: datetime) -> datetime:
    from zoneinfo import ZoneInfo

    return local(moment).replace(tzinfo=ZoneInfo(ZONE))
