"""Reads of opening hours: one pass over the database for any number of centres, spaces and days."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from xiangli.opening.choices import HORIZON_DAYS
from xiangli.opening.hours import NO_MARKET, Closed, DayHours, Market, Rule, Season, Timeline, evaluate
from xiangli.opening.models import Closure, MarketDayRule, OpeningRule, PrintedPoster
from xiangli.opening.wording import status_at
from xiangli.places.calendar import day_kinds
from xiangli.places.models import CalendarDay, Centre, Place, Space


@dataclass(frozen=True, slots=True)
class Status:
    """Whether a centre is open at a moment. ``open`` is None where it is not known. Times are aware."""

    open: bool | None
    until: datetime | None
    next_opening: datetime | None
    text: str

    @property
    def css(self) -> str:
        return {True: "open", False: "closed", None: "unknown"}[self.open]


@dataclass(frozen=True, slots=True)
class Openings:
    """The rules, closures and day kinds of some centres of one county, read once; every answer is then computed."""

    rules: dict[tuple[int, int | None], list[Rule]]
    closures: dict[int, list[tuple[int | None, Closed]]]
    kinds: dict[date, str]
    first: date
    days: int

    def rules_of(self, centre_id: int, space_id: int | None = None) -> list[Rule]:
        """A space's own rules, else those of its centre."""
        own = self.rules.get((centre_id, space_id)) if space_id else None
        return own or self.rules.get((centre_id, None), [])

    def hours(self, centre_id: int, space_id: int | None = None) -> list[DayHours]:
        closures = [c for space, c in self.closures.get(centre_id, ()) if space is None or space == space_id]
        return evaluate(self.rules_of(centre_id, space_id), closures, self.kinds, self.first, self.days)

    def timeline(self, centre_id: int, space_id: int | None = None) -> Timeline:
        return Timeline(self.hours(centre_id, space_id))

    def status(self, centre_id: int, at: datetime, space_id: int | None = None) -> Status:
        """The status at an aware moment that lies within the days read."""
        is_open, until, opening, text = status_at(self.timeline(centre_id, space_id), local(at))
        return Status(is_open, aware(until), aware(opening), text)


def local(at: datetime) -> datetime:
    """An aware moment as local time without a zone, the engine's unit."""
    return timezone.localtime(at).replace(tzinfo=None)


def aware(at: datetime | None) -> datetime | None:
    return timezone.make_aware(at) if at else None


def plain_rule(row: OpeningRule, market: Market = NO_MARKET) -> Rule:
    """A row as the engine's rule; ``market``: when the centre's village goes to market."""
    season: Season | None = None
    if row.season:
        (month, day), (last_month, last_day) = row.season
        season = ((month, day), (last_month, last_day))
    return Rule(
        intervals=tuple((a, b) for a, b in row.intervals),
        days=frozenset(row.days),
        weekdays=frozenset(row.weekdays),
        since=row.since,
        until=row.until,
        layer=row.layer,
        name=row.name,
        lunar=frozenset((month, day) for month, day in row.lunar),
        market=market if row.market else None,
        season=season,
    )


def markets(county: Place, centre_ids: Iterable[int]) -> dict[int, Market]:
    """When the market of each centre's village is held, else its town's. Centres without one are absent."""
    held = {
        row.place.path: Market(row.calendar, frozenset(row.numbers))
        for row in MarketDayRule.objects.within(county).select_related("place")
    }
    if not held:
        return {}
    paths = Centre.objects.within(county).filter(pk__in=list(centre_ids)).values_list("pk", "place__path")
    found = {}
    for pk, path in paths:
        above = [where for where in held if path.startswith(where)]
        if above:
            found[pk] = held[max(above, key=len)]
    return found


def market_of(centre: Centre) -> Market:
    return markets(centre.county, [centre.pk]).get(centre.pk, NO_MARKET)


def openings(county: Place, centre_ids: Iterable[int], first: date, days: int) -> Openings:
    """What it takes to answer for these centres on ``days`` days from ``first`` on.

    Four queries, however many; two more where a rule speaks of market days.
    """
    ids = list(centre_ids)
    start, end = first - timedelta(days=1), first + timedelta(days=days)
    rules: dict[tuple[int, int | None], list[Rule]] = {}
    current = "centre_id IN {} AND since < {} AND (until IS NULL OR until >= {}) ORDER BY id"
    rows = OpeningRule.rows_where(county, current, ids, end, start) if ids else []
    held = markets(county, ids) if any(row.market for row in rows) else {}
    for row in rows:
        rule = plain_rule(row, held.get(row.centre_id, NO_MARKET))
        rules.setdefault((row.centre_id, row.space_id), []).append(rule)
    closures: dict[int, list[tuple[int | None, Closed]]] = {}
    touching = "centre_id IN {} AND withdrawn_at IS NULL AND starts < {} AND (ends IS NULL OR ends > {})"
    midnights = [_midnight(end + timedelta(days=1)), _midnight(start)]
    for gone in Closure.rows_where(county, f"{touching} ORDER BY starts, id", ids, *midnights) if ids else ():
        closed = Closed(local(gone.starts), local(gone.ends) if gone.ends else None, gone.reason, gone.alternative)
        closures.setdefault(gone.centre_id, []).append((gone.space_id, closed))
    return Openings(rules, closures, {d: str(k) for d, k in day_kinds(county, start, end).items()}, first, days)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime(day.year, day.month, day.day))  # noqa: DTZ001 - made aware here


def closures_between(county: Place, centre_ids: Iterable[int], first: date, last: date) -> QuerySet[Closure]:
    """Closures in force that touch the days from ``first`` to ``last``."""
    start, end = _midnight(first), _midnight(last + timedelta(days=1))
    return Closure.objects.within(county).filter(
        Q(ends__isnull=True) | Q(ends__gt=start), centre__in=list(centre_ids), starts__lt=end, withdrawn_at__isnull=True
    )


def hours(centre: Centre, first: date, days: int, space: Space | None = None) -> list[DayHours]:
    """The hours of a centre, or of one of its spaces, day by day."""
    return openings(centre.county, [centre.pk], first, days).hours(centre.pk, space.pk if space else None)


def status(centre: Centre, at: datetime) -> Status:
    """Open now? Until when, or when next?"""
    return statuses([centre], at)[centre.pk]


def statuses(centres: Iterable[Centre], at: datetime) -> dict[int, Status]:
    """The status of several centres by id; a constant number of queries for each county among them."""
    by_county: dict[int, list[Centre]] = {}
    for centre in centres:
        by_county.setdefault(centre.county_id, []).append(centre)
    found: dict[int, Status] = {}
    for group in by_county.values():
        read = openings(group[0].county, [centre.pk for centre in group], timezone.localdate(at), HORIZON_DAYS)
        found |= {centre.pk: read.status(centre.pk, at) for centre in group}
    return found


def rules_in_force(centre: Centre, today: date, space: Space | None = None) -> QuerySet[OpeningRule]:
    """The rules that hold today or later: what the office page shows and changes."""
    rows = OpeningRule.objects.within(centre.county).filter(centre=centre, space=space)
    return rows.filter(Q(until__isnull=True) | Q(until__gte=today)).order_by("pk")


def coming_closures(centre: Centre, now: datetime) -> QuerySet[Closure]:
    """Closures in force now or later, with the space they concern."""
    rows = Closure.objects.within(centre.county).filter(centre=centre, withdrawn_at__isnull=True)
    return rows.filter(Q(ends__isnull=True) | Q(ends__gt=now)).select_related("space")


def printed_poster(centre: Centre) -> PrintedPoster | None:
    """When the poster on the door was printed, and what it said."""
    return PrintedPoster.objects.within(centre.county).filter(centre=centre).first()


def named_days(county: Place, first: date, days: int) -> dict[date, str]:
    """The names of the days that a notice or the county names: {2026-10-01: "国庆节"}."""
    rows = CalendarDay.objects.within(county).filter(date__range=(first, first + timedelta(days=days - 1)))
    return dict(rows.exclude(name="").values_list("date", "name"))
