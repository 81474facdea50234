"""The national working calendar as plain data.

Source: the State Council's yearly holiday notices, as packaged by chinesecalendar. Only announced years are known.
"""

from collections.abc import Iterator
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
    """The days of ``year`` that are not plain: (day, kind, Chinese name of the holiday). ValueError if not announced."""
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
