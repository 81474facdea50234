"""Hours as schema.org JSON-LD: what search engines and maps read from the page."""

import json
from collections.abc import Sequence
from datetime import date
from itertools import chain
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from xiangli.opening.hours import DAY, DayHours, Intervals
from xiangli.opening.patterns import exceptions, usual_week, weekday_groups
from xiangli.places.models import Centre

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def centre_data(centre: Centre, days: Sequence[DayHours], url: str) -> dict[str, Any]:
    """A centre with its week and, dated, each day that is otherwise. From the first unknown day on nothing is usual."""
    at = next((n for n, item in enumerate(days) if item.intervals is None), len(days))
    known, later = days[:at], days[at:]
    week = usual_week(known)
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "CivicStructure",
        "@id": url,
        "url": url,
        "name": centre.name,
        "openingHoursSpecification": [
            {**spec, "dayOfWeek": [f"https://schema.org/{WEEKDAYS[n]}" for n in weekdays]}
            for weekdays, hours in weekday_groups(week)
            for spec in _specifications(hours, known[0].day, known[-1].day)
        ],
        "specialOpeningHoursSpecification": [
            spec
            for run in chain(exceptions(known, week), exceptions(later, {}))
            if run.intervals is not None
            for spec in _specifications(run.intervals, run.first, run.last, run.reason)
        ],
    }
    if centre.address:
        data["address"] = centre.address
    if centre.phone:
        data["telephone"] = centre.phone
    return data


def _specifications(intervals: Intervals, first: date, last: date, reason: str = "") -> list[dict[str, Any]]:
    """One for each interval; closed all day is 00:00 to 00:00, the end of a day is 23:59, as readers ask."""
    return [
        {
            "@type": "OpeningHoursSpecification",
            "opens": _clock(a),
            "closes": "23:59" if b == DAY else _clock(b),
            "validFrom": first.isoformat(),
            "validThrough": last.isoformat(),
            **({"description": reason} if reason else {}),
        }
        for a, b in intervals or ((0, 0),)
    ]


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def script(data: dict[str, Any]) -> SafeString:
    """The data as a block for the head of a page: data, not code, so the content security policy has no say in it."""
    plain = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for sign, code in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        plain = plain.replace(sign, code)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(plain))
