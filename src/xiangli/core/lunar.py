"""The traditional calendar: which month and day a date is called in the village (农历).

Source: the tables of the Hong Kong Observatory, as packaged by borax; 1900 to 2100.
"""

from datetime import date
from functools import lru_cache
from typing import NamedTuple

LAST = 30  # "三十" is the last day of a month, in short months the twenty-ninth


class LunarDay(NamedTuple):
    """Month 1 to 12, day 1 to 30; ``leap`` in a repeated month; ``last``: the month ends with it."""

    month: int
    day: int
    leap: bool
    last: bool


@lru_cache(maxsize=4096)
def lunar_day(day: date) -> LunarDay | None:
    """The lunar date; None outside the tables."""
    from borax.calendars.lunardate import LunarDate

    try:
        found, following = LunarDate.from_solar(day), LunarDate.from_solar(date.fromordinal(day.toordinal() + 1))
    except (ValueError, OverflowError, IndexError):
        return None
    return LunarDay(found.month, found.day, bool(found.leap), following.day == 1)


def is_lunar(day: date, month: int, number: int) -> bool:
    """Whether ``day`` is the ``number``-th of a lunar month; month 0: of any. A leap month has no feasts of its own."""
    found = lunar_day(day)
    if found is None or (month and (found.leap or found.month != month)):
        return False
    return found.last if number == LAST else found.day == number
