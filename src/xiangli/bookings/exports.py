"""Activities as iCalendar (RFC 5545, RFC 7986): one recurring event for each, its exceptions with their reasons.

No feed says anything about any person: of a resident's booking it only says that the space is taken.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from icalendar import Event, vRecur

from xiangli.bookings.models import Activity, Booking
from xiangli.bookings.queries import (
    Happening,
    activities_of,
    at_minute,
    changed_date,
    exceptions_on,
    programme,
    takes_place,
)
from xiangli.opening.hours import instant
from xiangli.opening.ical import event, frame, zoned
from xiangli.opening.queries import local, openings
from xiangli.places.models import Centre, Space

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
AHEAD = 90  # days for which single dates that do not take place are told
TAKEN, SHUT = "场地另有安排", "中心不开门"


@dataclass(frozen=True, slots=True)
class Off:
    """A date on which an activity does not take place, and why."""

    activity_id: int
    starts: datetime
    reason: str


def dates_off(centre: Centre, activities: Sequence[Activity], bookings: Sequence[Booking], first: date) -> list[Off]:
    """Dates cancelled, given up to a booking made before, or behind a closed door, from ``first`` on."""
    read = openings(centre.county, [centre.pk], first, AHEAD + 1)
    rooms = {one.space_id for one in activities} | {one.space_id for one in bookings}  # a date may have moved
    lines = {space_id: read.timeline(centre.pk, space_id) for space_id in rooms}
    closures = read.closures.get(centre.pk, ())
    found = []
    moved = {pk: {item.due for item in items} for pk, items in changed_dates(bookings).items()}
    for item in programme(centre, first, AHEAD, activities=activities, bookings=bookings):
        if item.activity is None:
            continue
        starts, ends = local(item.starts), local(item.ends)
        open_then = lines[item.space.pk].open_throughout(instant(starts), instant(ends))
        if item.cancelled and item.due in moved.get(item.activity.pk, ()):
            continue  # told as moved, not as off
        if item.cancelled:
            reason = item.reason or TAKEN
        elif open_then is False:
            whys = [gone.reason for _, gone in closures if gone.starts < ends and (not gone.ends or gone.ends > starts)]
            reason = f"{SHUT}：{whys[0]}" if whys else SHUT
        else:
            continue
        found.append(Off(item.activity.pk, item.starts, reason))
    return found


def changed_dates(bookings: Sequence[Booking]) -> dict[int, list[Happening]]:
    """Of each activity the dates that were moved or added."""
    found: dict[int, list[Happening]] = {}
    for row in bookings:
        if row.activity_id and row.is_held and hasattr(row, "change"):
            found.setdefault(row.activity_id, []).append(changed_date(row))
    return found


def calendar_feed(
    centre: Centre, *, url: str, stamp: datetime, today: date, space: Space | None = None, only: Activity | None = None
) -> bytes:
    """The calendar of a centre, of one ``space`` with its bookings, or of ``only`` one activity.

    ``stamp``: when anything in it last changed.
    """
    first = today - timedelta(days=30)  # subscribers keep the last weeks too
    rows = activities_of(centre, first, today + timedelta(days=2 * 366))
    rows = rows.filter(space=space) if space else rows.filter(pk=only.pk) if only else rows
    activities = list(rows)
    bookings = list(exceptions_on(centre, first, AHEAD))
    about = only.title if only else space.name if space else centre.name
    feed = frame(f"{centre.name} {about}" if about != centre.name else f"{centre.name}活动", about, url, stamp)
    off: dict[int, list[Off]] = {}
    for one in dates_off(centre, activities, bookings, first):
        off.setdefault(one.activity_id, []).append(one)
    changed = changed_dates(bookings)
    for activity in activities:
        for made in _series(centre, activity, off.get(activity.pk, []), url, stamp):
            feed.add_component(made)
        for item in changed.get(activity.pk, ()):
            feed.add_component(_moved(centre, activity, item, url, stamp))
    if space:
        for made in _taken(centre, [row for row in bookings if row.space_id == space.pk], url, stamp):
            feed.add_component(made)
    return bytes(feed.to_ical())


def first_date(activity: Activity) -> datetime:
    """The first time that an activity takes place, aware."""
    day = activity.since
    while day.weekday() != activity.weekday:
        day += timedelta(days=1)
    if not takes_place(activity, day):  # begins in a week in which its weekday is already over
        day += timedelta(weeks=activity.every_weeks - 1)
    return at_minute(day, activity.start)


def _series(centre: Centre, activity: Activity, off: Sequence[Off], url: str, stamp: datetime) -> Iterable[Event]:
    """The recurring event, and a cancelled instance with its reason for each date that does not take place."""
    length = timedelta(minutes=activity.end - activity.start)
    uid = f"activity-{activity.pk}@{centre.county.slug}.xiangli"
    where = f"{centre.name} {activity.space.name}"
    starts = first_date(activity)
    rule: dict[str, object] = {"freq": "weekly", "byday": DAYS[activity.weekday]}
    if activity.every_weeks > 1:
        rule["interval"] = activity.every_weeks
    if activity.until:
        rule["until"] = at_minute(activity.until, 1439).astimezone(UTC)
    whole = event(uid, starts, starts + length, activity.title, stamp, location=where, url=url, rrule=vRecur(rule))
    for one in off:
        if one.reason == TAKEN:
            whole.add("exdate", zoned(one.starts))  # there is nothing to tell but that it is not there
    yield whole
    for one in off:
        if one.reason != TAKEN:
            yield event(
                uid, one.starts, one.starts + length, f"（停）{activity.title}", stamp, location=where, url=url,
                status="CANCELLED", description=one.reason, transp="TRANSPARENT",
                **{"recurrence-id": zoned(one.starts)},
            )  # fmt: skip


def _moved(centre: Centre, activity: Activity, item: Happening, url: str, stamp: datetime) -> Event:
    """An instance at another time or in another room; one that was added stands for itself."""
    uid = f"activity-{activity.pk}{'' if item.due else f'-{item.starts:%Y%m%dT%H%M}'}@{centre.county.slug}.xiangli"
    more = {"recurrence-id": zoned(item.due)} if item.due else {}
    told = f"（{'改' if item.due else '加'}）{activity.title}"
    return event(
        uid, item.starts, item.ends, told, stamp, location=f"{centre.name} {item.space.name}", url=url,
        description=item.reason, **more,
    )  # fmt: skip


def _taken(centre: Centre, bookings: Iterable[Booking], url: str, stamp: datetime) -> Iterable[Event]:
    """Residents' bookings of a space, without a word about whose they are, and what was moved into it."""
    for row in bookings:
        guest = row.activity and row.activity.space_id != row.space_id  # a date that was moved into this room
        if row.is_held and (guest or not row.activity):
            uid = f"taken-{row.pk}@{centre.county.slug}.xiangli"
            told = row.activity.title if row.activity else "已有预约"
            yield event(uid, row.starts, row.ends, told, stamp, location=f"{centre.name} {row.space.name}", url=url)
