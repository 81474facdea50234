"""Hours as an OpenStreetMap ``opening_hours`` string whose every rule has its dates.

Source: the specification of the key on the OpenStreetMap wiki. It knows neither China's holidays nor make-up workdays,
so no rule speaks of either: the days are worked out here, and a reader has only to look up the date. Outside the dates
given, and on days not announced, the state is "unknown".
"""

from collections.abc import Sequence
from datetime import date

from xiangli.opening.hours import DayHours, Intervals
from xiangli.opening.patterns import Run, exceptions, usual_week, weekday_groups

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
UNKNOWN = 'unknown "尚未公布"'


def opening_hours(days: Sequence[DayHours]) -> str:
    """The string for consecutive days."""
    if not days:
        return UNKNOWN
    span = _dates(days[0].day, days[-1].day)
    week = usual_week(days)
    rules = [UNKNOWN]
    rules += [f"{span} {_weekdays(weekdays)} {_times(hours)}" for weekdays, hours in weekday_groups(week)]
    rules += [f"{_dates(run.first, run.last)} {_state(run)}" for run in exceptions(days, week)]
    return "; ".join(rules)


def _dates(first: date, last: date) -> str:
    return _date(first) if first == last else f"{_date(first)}-{_date(last)}"


def _date(day: date) -> str:
    return f"{day.year} {MONTHS[day.month - 1]} {day.day:02d}"


def _weekdays(weekdays: Sequence[int]) -> str:
    """[0, 1, 2, 5] -> "Mo-We,Sa"."""
    runs: list[list[int]] = []
    for weekday in weekdays:
        if runs and runs[-1][-1] == weekday - 1:
            runs[-1].append(weekday)
        else:
            runs.append([weekday])
    return ",".join(DAYS[run[0]] if len(run) == 1 else f"{DAYS[run[0]]}-{DAYS[run[-1]]}" for run in runs)


def _times(intervals: Intervals) -> str:
    return ",".join(f"{a // 60:02d}:{a % 60:02d}-{b // 60:02d}:{b % 60:02d}" for a, b in intervals) or "off"


def _state(run: Run) -> str:
    if run.intervals is None:
        return UNKNOWN
    reason = run.reason.replace('"', "”")
    return f'off "{reason}"' if reason and not run.intervals else _times(run.intervals)
