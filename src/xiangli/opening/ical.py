"""Opening hours as iCalendar (RFC 5545, RFC 7986), and the frame that every calendar of ours has."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone

from xiangli.core.calendar import DayKind
from xiangli.opening.hours import DAY, DayHours, Timeline, moment
from xiangli.opening.wording import UNKNOWN_HOURS
from xiangli.places.models import Centre

ZONE = "Asia/Shanghai"
REFRESH = timedelta(hours=6)


def frame(name: str, about: str, url: str, stamp: datetime) -> Calendar:
    """A calendar with its time zone and no events yet. ``stamp``: when what it says was last changed."""
    feed = Calendar()
    feed.add("prodid", "-//Xiangli//centre//ZH")
    feed.add("version", "2.0")
    feed.add("calscale", "GREGORIAN")
    feed.add("method", "PUBLISH")
    feed.add("name", name)
    feed.add("x-wr-calname", name)
    feed.add("description", about)
    feed.add("x-wr-timezone", ZONE)
    feed.add("url", url)
    feed.add("last-modified", stamp)
    feed.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    feed.add_component(Timezone.from_tzid(ZONE))
    return feed


def event(uid: str, starts: datetime, ends: datetime, summary: str, stamp: datetime, **more: Any) -> Event:
    """One event between two aware moments, told in the county's zone."""
    made = Event()
    made.add("uid", uid)
    made.add("dtstamp", stamp)
    made.add("dtstart", zoned(starts))
    made.add("dtend", zoned(ends))
    made.add("summary", summary)
    for name, value in more.items():
        if value:
            made.add(name, value)
    return made


def zoned(at: datetime) -> datetime:
    """An aware moment, or a local one without a zone, in the county's zone."""
    zone = ZoneInfo(ZONE)
    return at.astimezone(zone) if at.tzinfo else at.replace(tzinfo=zone)


def hours_calendar(centre: Centre, days: Sequence[DayHours], url: str, stamp: datetime) -> bytes:
    """One event for each stretch in which the door is open; a closure and a day not announced are all-day notes."""
    feed = frame(f"{centre.name}开放时间", "开着门的时间；没有写的时间不开门", url, stamp)
    tail = f"{centre.slug}.{centre.county.slug}.xiangli"
    edges = Timeline(days).edges
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        opens, closes = moment(start), moment(end)
        feed.add_component(
            event(
                f"open-{opens:%Y%m%dT%H%M}@{tail}", opens, closes, f"{centre.name}开放", stamp,
                location=centre.address, url=url, transp="TRANSPARENT",
            )
        )  # fmt: skip
    for item in days:
        words = _note(item)
        if words:
            note = Event()
            note.add("uid", f"note-{item.day:%Y%m%d}@{tail}")
            note.add("dtstamp", stamp)
            note.add("dtstart", item.day)
            note.add("dtend", item.day + timedelta(days=1))
            note.add("summary", words)
            note.add("transp", "TRANSPARENT")
            if item.notice:
                note.add("description", item.notice)
            feed.add_component(note)
    return bytes(feed.to_ical())


def _note(item: DayHours) -> str:
    if item.intervals is None:
        return f"开放时间{UNKNOWN_HOURS}"
    if item.reason:
        return f"{'不开放：' if not item.intervals else ''}{item.reason}"
    return "调休上班，按工作日开放" if item.kind == DayKind.MAKE_UP_WORKDAY and item.intervals != ((0, DAY),) else ""
