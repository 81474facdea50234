"""Reading plain JSON values one field at a time; every fault is kept with its path, none stops the reading."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from .errors import Problem
from .model import Interval

_CLOCK = re.compile(r"^(\d{1,2}):([0-5]\d)$")


def clock(minutes: int) -> str:
    """Minutes since midnight as HH:MM; 1440 is 24:00."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


class Faults(list[Problem]):
    """The faults of one reading, and every object read, so that misspelt names can be told at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[Fields] = []

    def misspelt(self) -> None:
        """Add a fault for every name that no reader asked for."""
        for fields in self.read:
            for name in fields.value:
                if name not in fields.used:
                    fields.fault(str(name), "没有这个字段（请看格式说明）")


class Fields:
    """One JSON object under reading. Faults go to the shared list ``problems`` as ``path: what is wrong``."""

    def __init__(self, value: Any, path: str, problems: Faults) -> None:
        self.path = path
        self.problems = problems
        self.used: set[str] = set()
        if not isinstance(value, Mapping):
            self.fault("", f"应是一个对象，却是 {_kind(value)}")
            value = {}
        self.value: Mapping[str, Any] = value
        problems.read.append(self)

    def fault(self, name: str, text: str) -> None:
        where = f"{self.path}.{name}" if name else self.path
        self.problems.append(Problem("input", where, f"{where}：{text}"))

    def raw(self, name: str, default: Any = None) -> Any:
        self.used.add(name)
        value = self.value.get(name, default)
        return default if value is None else value

    def text(self, name: str, default: str | None = None) -> str:
        value = self.raw(name, default)
        if isinstance(value, bool) or not isinstance(value, str | int):
            self.fault(name, "缺少文字" if value is None else f"应是文字，却是 {_kind(value)}")
            return ""
        return str(value)

    def optional_text(self, name: str) -> str | None:
        return None if self.raw(name) is None else self.text(name)

    def word(self, name: str, allowed: tuple[str, ...], default: str) -> Any:
        value = self.text(name, default)
        if value not in allowed:
            self.fault(name, f"只能是 {'、'.join(allowed)}，却是“{value}”")
            return default
        return value

    def number(self, name: str, default: float | None = None, least: float = 0.0, most: float = 1e9) -> float:
        value = self.raw(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.fault(name, "缺少数字" if value is None else f"应是数字，却是 {_kind(value)}")
            return least
        if value != value or abs(value) > 1e9:
            self.fault(name, "这个数太大，或者不是数")
            return least
        if value < least:
            self.fault(name, f"不能小于 {least:g}，却是 {value:g}")
            return least
        if value > most:
            self.fault(name, f"不能大于 {most:.0f}，却是 {value:.0f}")
            return least
        return float(value)

    def integer(self, name: str, default: int | None = None, least: int = 0, most: int = 10**9) -> int:
        value = self.number(name, default, least, most)
        if value != int(value):
            self.fault(name, f"应是整数，却是 {value:g}")
        return int(value)

    def optional_integer(self, name: str, least: int = 0) -> int | None:
        return None if self.raw(name) is None else self.integer(name, least=least)

    def flag(self, name: str) -> bool:
        value = self.raw(name, False)
        if not isinstance(value, bool):
            self.fault(name, f"应是 true 或 false，却是 {_kind(value)}")
            return False
        return value

    def items(self, name: str) -> list[Any]:
        value = self.raw(name, [])
        if not isinstance(value, list | tuple):
            self.fault(name, f"应是一个列表，却是 {_kind(value)}")
            return []
        return list(value)

    def objects(self, name: str) -> list[Fields]:
        return [Fields(v, f"{self.path}.{name}[{i}]", self.problems) for i, v in enumerate(self.items(name))]

    def texts(self, name: str) -> tuple[str, ...]:
        found = self.items(name)
        if any(not isinstance(v, str | int) or isinstance(v, bool) for v in found):
            self.fault(name, "列表里应全是文字")
            return ()
        return tuple(str(v) for v in found)

    def counts(self, name: str) -> dict[str, int]:
        """An object of positive whole numbers, such as {"医护": 1}."""
        child = Fields(self.raw(name, {}), f"{self.path}.{name}", self.problems)
        return {str(key): child.integer(key, least=1) for key in child.value}

    def days(self, name: str = "days") -> tuple[int, ...]:
        found = self.items(name)
        if not found or any(isinstance(d, bool) or d not in (1, 2, 3, 4, 5, 6, 7) for d in found):
            self.fault(name, "应是 1（周一）到 7（周日）的列表，至少一天")
            return ()
        return tuple(sorted({int(d) for d in found}))

    def clock(self, name: str) -> int:
        value = self.raw(name)
        match = _CLOCK.match(value) if isinstance(value, str) else None
        minutes = int(match[1]) * 60 + int(match[2]) if match else -1
        if not 0 <= minutes <= 1440:
            self.fault(name, f"应是“08:30”这样的时刻，却是 {value!r}")
            return 0
        return minutes

    def stretch(self) -> tuple[int, int]:
        """The fields ``from`` and ``to`` as minutes."""
        start, end = self.clock("from"), self.clock("to")
        if end <= start:
            self.fault("to", f"结束 {clock(end)} 不晚于开始 {clock(start)}（跨夜的时段请拆成两天）")
            end = start + 1
        return start, end

    def interval(self) -> Interval:
        """The fields ``day``, ``from`` and ``to``."""
        day = self.integer("day", least=1)
        if day > 7:
            self.fault("day", "应是 1（周一）到 7（周日）")
            day = 1
        return Interval(day, *self.stretch())

    def intervals(self, name: str) -> tuple[Interval, ...]:
        """A list of {days or day, from, to}; overlapping stretches of one day are merged."""
        found: list[Interval] = []
        for child in self.objects(name):
            days = child.days() if "days" in child.value else (child.interval().day,)
            start, end = child.stretch()
            found += [Interval(day, start, end) for day in days]
        return merged(found)


def merged(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """The same time as sorted, disjoint, maximal intervals."""
    result: list[Interval] = []
    for item in sorted(intervals, key=lambda i: (i.day, i.start, i.end)):
        if result and result[-1].day == item.day and item.start <= result[-1].end:
            result[-1] = Interval(item.day, result[-1].start, max(result[-1].end, item.end))
        else:
            result.append(item)
    return tuple(result)


def _kind(value: Any) -> str:
    if value is None:
        return "空"
    return {
        bool: "真假值", int: "数字", float: "数字", str: f"文字“{value}”", list: "列表", dict: "对象"
    }.get(type(value), type(value).__name__)  # fmt: skip
