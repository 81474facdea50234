"""A village's week for reading: by day, in the order of the clock. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from xiangli.planning.choices import HALVES, WEEKDAYS
from xiangli.planning.hours import clock

WEEKS = {0: "", 1: "单周", 2: "双周"}


@dataclass(frozen=True, slots=True)
class Line:
    """One session: "08:00–10:00", what, where, and with whom or in which weeks."""

    time: str
    service: str
    space: str
    remark: str


def by_day(activities: Iterable[Any]) -> list[tuple[str, list[Line]]]:
    """(周一, lines) for each weekday on which something happens. Sessions of one hour stand side by side."""
    names = dict(WEEKDAYS)
    ordered = sorted(activities, key=lambda a: (a.weekday, a.start_minute, a.end_minute, a.space.name))
    return [(names[day], [_line(a) for a in rows]) for day, rows in groupby(ordered, key=lambda a: a.weekday)]


def _line(activity: Any) -> Line:
    remark = [
        WEEKS.get(activity.week, f"第 {activity.week} 周"),
        activity.specialist.title if activity.specialist else "",
    ]
    time = f"{clock(activity.start_minute)}–{clock(activity.end_minute)}"
    return Line(time, activity.service.name, activity.space.name, "，".join(filter(None, remark)))


def staffing_lines(rows: Iterable[Any]) -> list[tuple[str, list[tuple[Any, str]]]]:
    """(skill, [(row, "周一 08:00–12:00 2 人")]) for the page of one village."""
    names = dict(WEEKDAYS)
    return [
        (skill, [(row, _there(row, names)) for row in group])
        for skill, group in groupby(
            sorted(rows, key=lambda r: (r.skill, r.weekday, r.start_minute)), key=lambda r: r.skill
        )
    ]


def _there(row: Any, names: dict[int, str]) -> str:
    who = "名志愿者" if row.volunteers else "人"
    return f"{names[row.weekday]} {clock(row.start_minute)}–{clock(row.end_minute)}，{row.count} {who}"


def halves_text(halves: Iterable[str]) -> str:
    """["0am", "2pm"] -> "周一上午、周三下午"."""
    names, parts = dict(WEEKDAYS), dict(HALVES)
    return "、".join(f"{names[int(half[0])]}{parts[half[1:]]}" for half in sorted(halves))
