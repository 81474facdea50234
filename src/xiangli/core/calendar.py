"""The national working calendar as plain data.

Source: the State Council's yearly holiday notices, as packaged by chinesecalendar. Only announced years are known.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from enum import StrEnum


class DayKind(StrEnum):
    """What kind of day it is. UNKNOWN: the year has not been announced; never guess."""

    WORKING_DAY = "working_day"
    MAKE_UP_WORKDAY = "make_up_workday"
    WEEKEND = "weekend"
    PUBLIC_HOLIDAY = "public_holiday"
    UNKNOWN = "unknown"


def announced_years() -> list[int]:
    """The years that the installed chinesecalendar covers, oldest first."""
    from chinese_calendar import constants

    return sorted({day.year for day in constants.holidays})


def named_days(year: int) -> Iterator[tuple[date, DayKind, str]]:
    """The days of ``year`` that are not plain: (day, kind, Chinese name). ValueError for a year not announced."""
    import chinese_calendar

    if year not in announced_years():
        raise ValueError(f"{year} 年的节假日安排尚未公布")
    names = {item.value: item.chinese for item in chinese_calendar.Holiday}
    day = date(year, 1, 1)
    while day.year == year:
        free, name = chinese_calendar.get_holiday_detail(day)
        plain_free = day.weekday() >= 5
        if free and name:
            yield day, DayKind.PUBLIC_HOLIDAY, names.get(name, name)
        elif not free and plain_free:
            yield day, DayKind.MAKE_UP_WORKDAY, names.get(name, name or "")
        day += timedelta(days=1)


WORKING = frozenset({DayKind.WORKING_DAY, DayKind.MAKE_UP_WORKDAY})


class UnknownDay(ValueError):
    """A day whose kind has not been announced stands in the way of the count."""

    def __init__(self, day: date) -> None:
        super().__init__(f"{day.year} 年的节假日安排尚未公布，不能推算 {day:%Y-%m-%d} 是不是工作日")
        self.day = day


def plain_kind(day: date) -> DayKind:
    """The kind of a day that no notice names."""
    return DayKind.WEEKEND if day.weekday() >= 5 else DayKind.WORKING_DAY


def day_kinds(years: Iterable[int] | None = None) -> dict[date, DayKind]:
    """The kind of every day of the announced years among ``years`` (default: all). Other years are simply absent."""
    wanted = announced_years() if years is None else sorted(set(announced_years()) & set(years))
    kinds: dict[date, DayKind] = {}
    for year in wanted:
        first = date(year, 1, 1)
        kinds |= {
            day: plain_kind(day)
            for day in (first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days))
        }
        kinds |= {day: kind for day, kind, _ in named_days(year)}
    return kinds


def is_working(kinds: Mapping[date, DayKind], day: date) -> bool:
    """Whether people work on ``day``. UnknownDay where the table does not say."""
    kind = kinds.get(day, DayKind.UNKNOWN)
    if kind == DayKind.UNKNOWN:
        raise UnknownDay(day)
    return kind in WORKING


def shift_working_days(kinds: Mapping[date, DayKind], day: date, count: int) -> date:
    """The day ``count`` working days after ``day`` (before it, where negative), not counting ``day`` itself.

    Zero gives ``day``. UnknownDay as soon as a day on the way is not in the table.
    """
    step, left = timedelta(days=1 if count > 0 else -1), abs(count)
    while left:
        day += step
        left -= is_working(kinds, day)
    return day


def working_days_between(kinds: Mapping[date, DayKind], first: date, last: date) -> int:
    """Working days after ``first`` up to and including ``last``; negative where ``last`` lies before ``first``."""
    if last < first:
        return -working_days_between(kinds, last, first)
    return sum(is_working(kinds, first + timedelta(days=n)) for n in range(1, (last - first).days + 1))
