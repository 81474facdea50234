"""When a plan may use the centres: plain data, because the opening rules come later in the order of the rooms.

A list of ``{"days": [1, …], "from": "08:00", "to": "20:00"}``, days from 1 (Monday) to 7 (Sunday). Saturday and Sunday
stand for every day off, public holidays included; Monday to Friday for every working day, make-up workdays included.
"""

from collections.abc import Mapping, Sequence
from datetime import time
from typing import Any

WORKDAYS, DAYS_OFF = [1, 2, 3, 4, 5], [6, 7]

DEFAULT_HOURS: list[dict[str, Any]] = [
    {"days": WORKDAYS, "from": "08:00", "to": "20:00"},  # through noon: a counter shut at noon is a standing complaint
    {"days": DAYS_OFF, "from": "08:00", "to": "20:00"},
]


def week(work_from: time, work_to: time, off_from: time, off_to: time) -> list[dict[str, Any]]:
    """Hours from the four times of the office form."""
    return [
        {"days": WORKDAYS, "from": f"{work_from:%H:%M}", "to": f"{work_to:%H:%M}"},
        {"days": DAYS_OFF, "from": f"{off_from:%H:%M}", "to": f"{off_to:%H:%M}"},
    ]


def minutes(clock: str) -> int:
    """ "08:30" -> 510; "24:00" -> 1440."""
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


def clock(minute: int) -> str:
    """510 -> "08:30"."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def time_of_day(minute: int) -> str:
    """510 -> "8:30", as people read it."""
    return f"{minute // 60}:{minute % 60:02d}"


def overlap(hours: Sequence[Mapping[str, Any]], days: Sequence[int], start: int, end: int) -> int:
    """Minutes a week for which a centre with these hours is open on ``days`` between two minutes of the day."""
    total = 0
    for rule in hours:
        common = min(end, minutes(rule["to"])) - max(start, minutes(rule["from"]))
        total += max(0, common) * len(set(rule["days"]) & set(days))
    return total
