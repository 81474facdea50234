"""When a centre is open: rules by kind of day, closures, and answers to "is it open now, and until when?".

Pure: plain data in and out. All times are local times of the county, without a zone, and minutes count from midnight;
an interval that ends after 1440 runs into the next day. A day whose kind is unknown (the year's holidays are not
announced) is worked out for every kind that it may still turn out to be: where all agree the hours are known, where not
they are unknown. Nothing is guessed.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import product

from xiangli.core.calendar import DayKind
from xiangli.core.lunar import is_lunar, lunar_day

DAY = 1440
Intervals = tuple[tuple[int, int], ...]
ALL_DAY: Intervals = ((0, DAY),)

REGULAR, EXTENDED, SPECIAL = "regular", "extended", "special"
LUNAR, SOLAR, WEEK = "lunar", "solar", "week"


@dataclass(frozen=True, slots=True)
class Market:
    """When the market is held (赶集日): on dates that end in one of ``numbers``, lunar or solar, or on weekdays."""

    calendar: str  # LUNAR, SOLAR or WEEK
    numbers: frozenset[int]

    def held(self, day: date) -> bool:
        if self.calendar == WEEK:
            return day.weekday() in self.numbers
        if self.calendar == SOLAR:
            return day.day % 10 in self.numbers
        found = lunar_day(day)
        return found is not None and found.day % 10 in self.numbers


NO_MARKET = Market(WEEK, frozenset())
Season = tuple[tuple[int, int], tuple[int, int]]  # first and last (month, day) of every year; may run over New Year


@dataclass(frozen=True, slots=True)
class Rule:
    """Open at ``intervals`` on the days that are of one of the kinds ``days``, or market days, or ``lunar`` dates.

    Where none of the three is given, any day will do. ``weekdays`` (0 Monday; empty: any), ``season`` and the dates
    ``since`` to ``until`` narrow that. ``lunar`` dates are (month, day), month 0: every month, day 30: its last day.
    A make-up workday counts as a working day unless a rule names it. Of the regular rules that fit a day the last one
    holds; extended ones add to it; the last special one that fits replaces them all.
    """

    intervals: Intervals
    days: frozenset[str] = frozenset()
    weekdays: frozenset[int] = frozenset()
    since: date | None = None
    until: date | None = None
    layer: str = REGULAR
    name: str = ""
    lunar: frozenset[tuple[int, int]] = frozenset()
    market: Market | None = None
    season: Season | None = None

    def covers(self, day: date) -> bool:
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)

    def fits(self, day: date, kind: str) -> bool:
        if self.weekdays and day.weekday() not in self.weekdays:
            return False
        if self.season and not _in_season(self.season, day):
            return False
        if kind in self.days or (kind == DayKind.MAKE_UP_WORKDAY and DayKind.WORKING_DAY in self.days):
            return True
        if self.market is None and not self.lunar:
            return not self.days
        return bool(self.market and self.market.held(day)) or any(is_lunar(day, *one) for one in self.lunar)


def _in_season(season: Season, day: date) -> bool:
    first, last = season
    here = (day.month, day.day)
    return first <= here <= last if first <= last else here >= first or here <= last


@dataclass(frozen=True, slots=True)
class Closed:
    """A closure from ``starts`` until ``ends`` (None: until further notice)."""

    starts: datetime
    ends: datetime | None
    reason: str
    notice: str = ""


@dataclass(frozen=True, slots=True)
class DayHours:
    """One day: its kind and when it is open. ``intervals`` is None where the hours are not known yet."""

    day: date
    kind: str
    intervals: Intervals | None
    reason: str = ""  # of a closure, or the name of a special day
    notice: str = ""  # what one can do instead

    @property
    def known(self) -> bool:
        return self.intervals is not None


def possible_kinds(day: date, kind: str) -> tuple[str, ...]:
    """What a day may turn out to be: its kind, or for an unknown one every kind that its weekday allows."""
    if kind != DayKind.UNKNOWN:
        return (kind,)
    if day.weekday() >= 5:
        return (DayKind.WEEKEND, DayKind.MAKE_UP_WORKDAY, DayKind.PUBLIC_HOLIDAY)
    return (DayKind.WORKING_DAY, DayKind.PUBLIC_HOLIDAY)


def merge(intervals: Iterable[tuple[int, int]]) -> Intervals:
    """Sorted and joined: intervals that touch or overlap become one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(intervals):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def subtract(intervals: Intervals, start: int, end: int) -> Intervals:
    """The intervals without what lies from ``start`` to ``end``."""
    left = []
    for a, b in intervals:
        if a < min(b, start):
            left.append((a, min(b, start)))
        if max(a, end) < b:
            left.append((max(a, end), b))
    return tuple(left)


def _ruled(rules: Sequence[Rule], day: date, kind: str) -> tuple[Intervals | None, str]:
    """The intervals that begin on a day of one kind, and the special day's name; None where no rule speaks of it."""
    regular: Intervals | None = None
    spoken = False
    extended: list[tuple[int, int]] = []
    for rule in rules:
        if not rule.covers(day):
            continue
        spoken = spoken or rule.layer == REGULAR
        if not rule.fits(day, kind):
            continue
        if rule.layer == REGULAR:
            regular = rule.intervals
        elif rule.layer == EXTENDED:
            extended += rule.intervals
    special = next((r for r in reversed(rules) if r.layer == SPECIAL and r.covers(day) and r.fits(day, kind)), None)
    if special:
        return merge(special.intervals), special.name
    if not spoken:
        return None, ""
    return merge((*(regular or ()), *extended)), ""


def _outcomes(rules: Sequence[Rule], day: date, kind: str) -> tuple[set[Intervals | None], str]:
    found = [_ruled(rules, day, one) for one in possible_kinds(day, kind)]
    return {intervals for intervals, _ in found}, found[0][1]


def _clipped(before: Intervals | None, own: Intervals | None) -> Intervals | None:
    """What is open within a day, given what began the day before and on the day."""
    if own is None:
        return None
    spilt = ((max(0, a - DAY), b - DAY) for a, b in before or () if b > DAY)
    return merge((*spilt, *((a, min(b, DAY)) for a, b in own if a < DAY)))


def _shut(hours: Intervals | None, day: date, closures: Sequence[Closed]) -> tuple[Intervals | None, str, str]:
    """The day's intervals with its closures taken out; a day closed from end to end is known to be closed."""
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - local times without a zone, see the module
    reason = notice = ""
    for closure in closures:
        start = max(0, int((closure.starts - midnight).total_seconds() // 60))
        end = DAY if closure.ends is None else min(DAY, -int((midnight - closure.ends).total_seconds() // 60))
        if start >= end:
            continue
        reason, notice = closure.reason, closure.notice
        if start == 0 and end == DAY:
            hours = ()
        elif hours is not None:
            hours = subtract(hours, start, end)
    return hours, reason, notice


def evaluate(
    rules: Sequence[Rule], closures: Sequence[Closed], kinds: Mapping[date, str], first: date, days: int
) -> list[DayHours]:
    """The hours of ``days`` days from ``first`` on. ``kinds`` has these and the day before; else unknown."""
    found = []
    before, _ = _outcomes(rules, first - timedelta(days=1), kinds.get(first - timedelta(days=1), DayKind.UNKNOWN))
    for offset in range(days):
        day = first + timedelta(days=offset)
        kind = kinds.get(day, DayKind.UNKNOWN)
        own, name = _outcomes(rules, day, kind)
        if len(own) == len(before) == 1:
            hours = _clipped(*before, *own)
        else:
            possible = {_clipped(*pair) for pair in product(before, own)}
            hours = possible.pop() if len(possible) == 1 else None
        reason = name
        notice = ""
        if closures:
            hours, why, notice = _shut(hours, day, closures)
            reason = why or name
        found.append(DayHours(day, str(kind), hours, reason, notice))
        before = own
    return found


class Timeline:
    """The hours of consecutive days, laid end to end for quick questions. Instants are minutes: see ``instant``."""

    def __init__(self, days: Sequence[DayHours]) -> None:
        self.days = days
        self.unknown = frozenset(item.day.toordinal() for item in days if item.intervals is None)
        spans = merge(
            (item.day.toordinal() * DAY + a, item.day.toordinal() * DAY + b)
            for item in days
            for a, b in item.intervals or ()
        )
        self.edges = [edge for span in spans for edge in span]
        self.first = days[0].day.toordinal() * DAY if days else 0
        self.last = (days[-1].day.toordinal() + 1) * DAY if days else 0

    def is_open(self, instant: int) -> bool | None:
        """True, False, or None where it is not known (or outside the days given)."""
        if bisect_right(self.edges, instant) & 1:
            return True
        if not self.first <= instant < self.last or instant // DAY in self.unknown:
            return None
        return False

    def open_throughout(self, start: int, end: int) -> bool | None:
        """Whether the whole of ``start`` to ``end`` is open; None where part of it is not known."""
        if any(day in self.unknown for day in range(start // DAY, (end - 1) // DAY + 1)):
            return None
        if not self.first <= start < end <= self.last:
            return None
        at = bisect_right(self.edges, start)
        return bool(at & 1) and end <= self.edges[at]

    def until(self, instant: int) -> int | None:
        """When what holds at ``instant`` ends; None where the known days do not show an end."""
        at = bisect_right(self.edges, instant)
        if at >= len(self.edges):
            return None
        edge = self.edges[at]
        day, minute = divmod(edge, DAY)
        if at & 1:  # open: past midnight into a day that is not known, or out of sight, it may stay open
            return None if edge == self.last or (minute == 0 and day in self.unknown) else edge
        return None if any(instant // DAY < other < day for other in self.unknown) else edge


def instant(moment: datetime) -> int:
    """A local time as minutes, the unit of ``Timeline``."""
    return moment.toordinal() * DAY + moment.hour * 60 + moment.minute


def moment(instant: int) -> datetime:
    """The local time of an instant."""
    day, minute = divmod(instant, DAY)
    return datetime.fromordinal(day) + timedelta(minutes=minute)


def starts_within(intervals: Intervals, length: int, step: int) -> Iterator[int]:
    """Minutes at which something of ``length`` minutes can begin, every ``step`` minutes of the clock."""
    for a, b in intervals:
        yield from range(-(-a // step) * step, b - length + 1, step)


def usual(rules: Sequence[Rule], day: date, kind: str) -> Intervals:
    """The hours that the rules give to a day of this kind, closures and the evening before aside."""
    return _ruled(rules, day, kind)[0] or ()


def inside(intervals: Intervals, start: int, end: int) -> bool:
    """True when one interval holds all of ``start`` to ``end``."""
    return any(a <= start and end <= b for a, b in intervals)
