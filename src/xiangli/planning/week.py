"""A village's week for reading: by day in the order of the clock, by space, and one space hour by hour. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from xiangli.planning.choices import HALVES, WEEKDAYS
from xiangli.planning.hours import clock, minutes

WEEKS = {0: "", 1: "单周", 2: "双周"}
SLOT = 60


@dataclass(frozen=True, slots=True)
class Line:
    """One session: "08:00–10:00", what, where, and with whom or in which weeks. ``key``: its name on pages."""

    time: str
    service: str
    space: str
    remark: str
    key: str = ""
    pinned: bool = False
    day: int = 0
    start: int = 0
    end: int = 0
    space_id: int = 0


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a space's grid: ``kind`` session, taken, shut, closed or free; ``span``: so many rows."""

    kind: str
    day: int
    start: int
    span: int = 1
    lines: tuple[Line, ...] = ()
    text: str = ""

    @property
    def clock(self) -> str:
        return clock(self.start)


def by_day(activities: Iterable[Any]) -> list[tuple[str, list[Line]]]:
    """(周一, lines) for each weekday on which something happens. Sessions of one hour stand side by side."""
    names = dict(WEEKDAYS)
    ordered = sorted(activities, key=lambda a: (a.weekday, a.start_minute, a.end_minute, a.space.name))
    return [(names[day], [line(a) for a in rows]) for day, rows in groupby(ordered, key=lambda a: a.weekday)]


def line(activity: Any) -> Line:
    remark = [
        WEEKS.get(activity.week, f"第 {activity.week} 周"),
        activity.specialist.title if activity.specialist else "",
    ]
    time = f"{clock(activity.start_minute)}–{clock(activity.end_minute)}"
    key = (activity.service.key, activity.space_id, activity.weekday + 1, activity.start_minute, activity.week,
           activity.specialist_id or "")  # fmt: skip
    return Line(
        time, activity.service.name, activity.space.name, "，".join(filter(None, remark)), "~".join(map(str, key)),
        activity.pinned, activity.weekday + 1, activity.start_minute, activity.end_minute, activity.space_id,
    )  # fmt: skip


def by_space(activities: Iterable[Any], spaces: Iterable[Any]) -> list[tuple[Any, list[list[Line]]]]:
    """Each space with its seven days, each day's sessions in the order of the clock."""
    cells: dict[tuple[int, int], list[Line]] = defaultdict(list)
    for activity in sorted(activities, key=lambda a: (a.start_minute, a.week)):
        cells[activity.space_id, activity.weekday].append(line(activity))
    return [(space, [cells[space.pk, day] for day, _ in WEEKDAYS]) for space in spaces]


def space_grid(
    lines: Sequence[Line], hours: Sequence[Mapping[str, Any]], taken: Sequence[Sequence[Any]],
    shut: Sequence[Sequence[Any]],
) -> list[tuple[str, list[Cell]]]:  # fmt: skip
    """(08:00, cells) for each hour in which a space is open or used. A cell that reaches into later rows stands once.

    ``taken`` and ``shut``: [day, start, end, text]. Sessions that overlap (weeks 1 and 2) share a cell.
    """
    spans = [(day, minutes(rule["from"]), minutes(rule["to"])) for rule in hours for day in rule["days"]]
    used = [(one.start, one.end) for one in lines] + [(row[1], row[2]) for row in taken]
    edges = [(start, end) for _, start, end in spans] + used
    if not edges:
        return []
    first, last = min(a for a, _ in edges) // SLOT * SLOT, -(-max(b for _, b in edges) // SLOT) * SLOT
    columns = {day: _column(day, first, last, lines, spans, taken, shut) for day in range(1, 8)}
    return [(clock(at), [columns[day][at] for day in columns if at in columns[day]]) for at in range(first, last, SLOT)]


def _column(
    day: int, first: int, last: int, lines: Sequence[Line], spans: Sequence[tuple[int, int, int]],
    taken: Sequence[Sequence[Any]], shut: Sequence[Sequence[Any]],
) -> dict[int, Cell]:  # fmt: skip
    """The cells of one day by the minute at which they begin."""
    here = sorted((one for one in lines if one.day == day), key=lambda one: (one.start, one.end))
    found: dict[int, Cell] = {}
    at = first
    while at < last:
        there = [one for one in here if one.start < at + SLOT and at < one.end]
        if there:
            end = max(one.end for one in there)
            while more := [one for one in here if one not in there and at < one.end and one.start < end]:
                there += more
                end = max(one.end for one in there)
            rows = min(max(1, -(-(end - at) // SLOT)), (last - at) // SLOT)
            found[at] = Cell("session", day, at, rows, tuple(there))
            at += rows * SLOT
            continue
        found[at] = _empty(day, at, spans, taken, shut)
        at += SLOT
    return found


def _empty(day: int, at: int, spans: Sequence[tuple[int, int, int]], taken: Sequence[Sequence[Any]],
           shut: Sequence[Sequence[Any]]) -> Cell:  # fmt: skip
    for kind, rows in (("taken", taken), ("shut", shut)):
        for other, start, end, text in rows:
            if other == day and start < at + SLOT and at < end:
                return Cell(kind, day, at, text=text)
    is_open = any(other == day and start <= at and at + SLOT <= end for other, start, end in spans)
    return Cell("free" if is_open else "closed", day, at)


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
