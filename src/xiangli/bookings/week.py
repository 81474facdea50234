"""The poster of a week's activities: what, when and where, and when the door is open."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from xiangli.bookings.queries import activities_of, exceptions_on, programme
from xiangli.opening.hours import instant
from xiangli.opening.poster import one_page
from xiangli.opening.queries import local, openings
from xiangli.opening.wording import WEEKDAYS, spoken
from xiangli.places.models import Centre

TEMPLATE = Path(__file__).with_name("week.typ")
DAYS = 7


def week_data(centre: Centre, first: date, url: str) -> dict[str, Any]:
    """What the poster says, in words. What does not take place is not on it; nor is anybody's booking."""
    read = openings(centre.county, [centre.pk], first, DAYS + 1)
    activities = list(activities_of(centre, first, first + timedelta(days=DAYS - 1)))
    happening = programme(centre, first, DAYS, activities=activities, bookings=list(exceptions_on(centre, first, DAYS)))
    lines = {item.space.pk: read.timeline(centre.pk, item.space.pk) for item in happening if item.activity}
    entries: dict[date, list[dict[str, str]]] = {}
    for item in happening:
        starts, ends = local(item.starts), local(item.ends)
        if item.activity is None or item.cancelled:
            continue
        if lines[item.space.pk].open_throughout(instant(starts), instant(ends)) is False:
            continue
        time = f"{starts:%-H:%M}–{ends:%-H:%M}"
        entries.setdefault(starts.date(), []).append({"time": time, "title": item.title, "room": item.space.name})
    days = [
        {
            "day": f"{one.day:%-m月%-d日} 周{WEEKDAYS[one.day.weekday()]}",
            "hours": spoken(one.intervals),
            "reason": one.reason,
            "entries": entries.get(one.day, []),
        }
        for one in read.hours(centre.pk)[:DAYS]
    ]
    last = first + timedelta(days=DAYS - 1)
    span = f"{first:%-m月%-d日}到{last:%-m月%-d日}"
    return {"name": centre.name, "span": span, "phone": centre.phone, "days": days, "url": url}


def week_pdf(data: dict[str, Any], paper: str = "a4") -> bytes:
    """The poster as PDF, a full week on up to three pages. Raises UserError where it cannot be set."""
    return one_page(TEMPLATE, data, paper, most=3)
