"""Days of hours said briefly: one week that fits most of them, and dated runs of days that are otherwise. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from xiangli.opening.hours import DayHours, Intervals

Week = dict[int, Intervals]  # weekday, 0 Monday -> hours


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive days with the same hours; None where they are not known. ``reason`` of a closure or special day."""

    first: date
    last: date
    intervals: Intervals | None
    reason: str = ""


def usual_week(days: Sequence[DayHours]) -> Week:
    """For each weekday the commonest hours among the days that are known and not closed or special for a reason."""
    seen: dict[int, Counter[Intervals]] = {}
    for item in days:
        if item.intervals is not None and not item.reason:
            seen.setdefault(item.day.weekday(), Counter())[item.intervals] += 1
    return {weekday: max(counts, key=lambda hours: (counts[hours], hours)) for weekday, counts in sorted(seen.items())}


def exceptions(days: Sequence[DayHours], week: Week) -> Iterator[Run]:
    """The runs of days whose hours are not those of the week."""
    run: Run | None = None
    for item in days:
        usual = item.day.weekday() in week and week[item.day.weekday()] == item.intervals
        joins = run and run.last + timedelta(days=1) == item.day
        if not usual and run and joins and (run.intervals, run.reason) == (item.intervals, item.reason):
            run = Run(run.first, item.day, item.intervals, item.reason)
            continue
        if run:
            yield run
        run = None if usual else Run(item.day, item.day, item.intervals, item.reason)
    if run:
        yield run


def weekday_groups(week: Week) -> list[tuple[list[int], Intervals]]:
    """Weekdays with equal hours together, in the order of the week."""
    groups: dict[Intervals, list[int]] = {}
    for weekday, hours in week.items():
        groups.setdefault(hours, []).append(weekday)
    return [(weekdays, hours) for hours, weekdays in groups.items()]
