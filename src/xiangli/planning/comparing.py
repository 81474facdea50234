"""Plans side by side: figures, villages, spaces, and what one plan means for whom against another. Pure."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xiangli.planning.edits import Words
from xiangli.planning.scenarios import cost_of
from xiangli.planning.summary import worst_of
from xiangli.planning.timetable import differences
from xiangli.planning.timetable.fields import Faults, Fields
from xiangli.planning.timetable.model import Session
from xiangli.planning.timetable.reading import read_session

LEAST = 0.5  # person-hours a week: less is not told


@dataclass(frozen=True, slots=True)
class Shift:
    """What a plan brings a group of a village, in person-hours a week against the first plan."""

    village: str
    group: str
    hours: float

    @property
    def size(self) -> float:
        return abs(self.hours)


def worst_text(report: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """陆村 60 岁以上 23%"""
    worst = worst_of(dict(report))
    return "—" if worst is None else f"{names.get(worst[0], '')} {worst[1]} {worst[2]:.0%}"


def figures(plans: Sequence[Any], names: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """(what, one text for each plan), in the order in which a town looks at them."""

    def share(value: float | None, places: int = 0) -> str:
        return "—" if value is None else f"{value:.{places}%}"

    costs = [cost_of(plan.changes) for plan in plans]
    return [
        ("需求得到满足", [share(plan.report.get("met")) for plan in plans]),
        ("照顾最少的一群人", [worst_text(plan.report, names) for plan in plans]),
        ("专业人员按固定时间来", [share(plan.report.get("continuity")) for plan in plans]),
        ("每周几场", [str(plan.report.get("sessions", "—")) for plan in plans]),
        ("房间用到／开着（时）", [_hours(plan.report) for plan in plans]),
        ("要花的钱（元）", ["—" if fen is None else f"{fen / 100:,.0f}" for fen in costs]),
        ("离最好的至多差", [share(plan.gap, 1) for plan in plans]),
    ]  # fmt: skip


def _hours(report: Mapping[str, Any]) -> str:
    return f"{report['used']:.0f} / {report['open']:.0f}" if "used" in report else "—"


def shifts(first: Mapping[str, Any], other: Mapping[str, Any], names: Mapping[str, str]) -> list[Shift]:
    """For whom of the named villages it gets better or worse, the largest change first."""
    found = []
    before, after = first.get("villages", {}), other.get("villages", {})
    for village in names:
        was, now = (side.get(village, {}).get("groups", {}) for side in (before, after))
        for group in was.keys() | now.keys():
            hours = now.get(group, [0, 0])[1] - was.get(group, [0, 0])[1]
            if abs(hours) >= LEAST:
                found.append(Shift(names[village], group, round(hours, 1)))
    return sorted(found, key=lambda one: (-abs(one.hours), one.village, one.group))


def sessions_of(result: Mapping[str, Any]) -> list[Session]:
    """The sessions of a stored plan, without reading the rest of it."""
    faults = Faults()
    return [read_session(Fields(row, "", faults)) for row in result.get("sessions", ())]


def moved(first: Mapping[str, Any], other: Mapping[str, Any]) -> Counter[str]:
    """How many sessions are moved, added, removed."""
    return Counter(one.kind for one in differences(sessions_of(first), sessions_of(other)))


def told(first: Mapping[str, Any], other: Mapping[str, Any], words: Words) -> dict[str, list[str]]:
    """Every difference of each village's week, for the people it touches, by the village's id."""
    found = defaultdict(list)
    for one in differences(sessions_of(first), sessions_of(other)):
        found[one.village].append(words.difference(one))
    return dict(found)
