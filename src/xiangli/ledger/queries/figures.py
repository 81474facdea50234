"""Figures of a place at any level: read from the summary tables down to the town, counted below and by programme."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Substr

from xiangli.ledger import lights
from xiangli.ledger.choices import Light, Source, State
from xiangli.ledger.lights import Thresholds
from xiangli.ledger.models import CountyFigures, LedgerItem, LightRule, TownFigures
from xiangli.places.calendar import WORKING, day_kinds, plain_kind
from xiangli.places.choices import DayKind, Level
from xiangli.places.models import Place
from xiangli.places.scope import under

STEP = 9  # characters that one level adds to a path
WIDE = (Level.NATION, Level.PROVINCE, Level.CITY)
Sums = dict[str, int]
SUMS = TownFigures.SUMS
NAMED = [f"n_{name}" for name in SUMS]


def thresholds(county: Place, today: date) -> Thresholds:
    """The dates at which lights change today, by the county's rule, counted in working days."""
    rule = LightRule.objects.within(county).first() or LightRule()
    span = timedelta(days=max(rule.warn_days, rule.start_days) * 2 + 30)
    kinds = day_kinds(county, today - span, today + span)
    work = [day for day, kind in kinds.items() if (plain_kind(day) if kind == DayKind.UNKNOWN else kind) in WORKING]
    ahead = [day for day in work if day > today][: rule.warn_days]
    past = [day for day in work if day <= today]
    return Thresholds(today, ahead[-1] if ahead else today, past[-1 - rule.start_days])


def counts(limits: Thresholds) -> dict[str, Any]:
    """The aggregates over items that make up ``SUMS``, each under its name with "n_" before it."""
    found: dict[str, Any] = {"total": Count("pk")}
    found |= {state.value: Count("pk", filter=Q(state=state)) for state in State}
    found |= {light.value: Count("pk", filter=lights.condition(light, limits)) for light in (Light.RED, Light.YELLOW)}
    found |= {f"from_{source}": Count("pk", filter=Q(source=source)) for source in Source.values}
    found |= {f"{kind}_fen": Sum(f"{kind}_fen") for kind in ("planned", "granted", "spent")}
    return {f"n_{name}": aggregate for name, aggregate in found.items()}


def branch_path(path: str, county_path: str) -> str:
    """The path of what lies directly below the county on the way to ``path`` (its town), or the county's own."""
    return path[: len(county_path) + STEP]


def by_place(rows: QuerySet[LedgerItem], limits: Thresholds) -> dict[int, Sums]:
    """Place id -> figures of the items at that very place, in one query."""
    grouped = rows.order_by().values_list("place").annotate(**counts(limits)).values_list("place", *NAMED)
    return {pk: dict(zip(SUMS, values, strict=True)) for pk, *values in grouped}


def added_up(figures: Iterable[Sums]) -> Sums:
    total = dict.fromkeys(SUMS, 0)
    for each in figures:
        for name in SUMS:
            total[name] += each[name]
    return total


def with_lights(sums: Sums) -> Sums:
    """The figures and what follows from them: ``green``, ``done`` and ``overdue`` items."""
    green = sums["total"] - sums["closed"] - sums["red"] - sums["yellow"]
    return {**sums, "green": green, "done": sums["closed"], "overdue": sums["red"]}


@dataclass(frozen=True, slots=True)
class Line:
    """A place directly below the one looked at, with its figures."""

    place: Place
    sums: Sums


def figures_of(place: Place, limits: Thresholds | None, programme: int | None = None) -> Sums:
    """The figures of one place. ``limits`` are needed for a village and for a programme."""
    if programme or place.level not in (*WIDE, Level.COUNTY, Level.TOWN):
        assert limits
        rows = LedgerItem.objects.within(place)
        rows = rows.filter(programme=programme) if programme else rows
        return _plain(rows.order_by().aggregate(**counts(limits)))
    if place.level in WIDE:
        return _sums(CountyFigures.everywhere.filter(under(place.path, "county__path")))
    kept: Any = CountyFigures.everywhere.filter(county=place)
    if place.level == Level.TOWN:
        kept = TownFigures.everywhere.filter(county=place.county_id, place=place)
    return kept.values(*SUMS).first() or dict.fromkeys(SUMS, 0)


def _sums(rows: Any) -> Sums:
    return _plain(rows.aggregate(**{f"n_{name}": Sum(name) for name in SUMS}))


def _plain(found: dict[str, Any]) -> Sums:
    return {name: found[f"n_{name}"] or 0 for name in SUMS}


def lines_below(place: Place, limits: Thresholds | None, programme: int | None = None) -> list[Line]:
    """What lies directly below, in the order of the tree, each with its figures; places without items too.

    Two queries at any level. Never sorted by a figure: nobody is ranked.
    """
    if place.level in WIDE:
        sums = _wide_sums(place)
    elif place.level == Level.COUNTY and not programme:
        kept = TownFigures.everywhere.filter(county=place).values_list("place__path", *SUMS)
        sums = {path: dict(zip(SUMS, values, strict=True)) for path, *values in kept}
    else:
        assert limits
        sums = _counted_below(place, limits, programme)
    children = Place.objects.filter(parent=place).exclude(level=Level.GROUP).order_by("path")
    nothing = dict.fromkeys(SUMS, 0)
    return [Line(child, sums.get(child.path, nothing)) for child in children if child.is_open or child.path in sums]


def _wide_sums(place: Place) -> dict[str, Sums]:
    """Path of the child -> its figures, out of the counties' rows."""
    length = len(place.path) + STEP
    rows = CountyFigures.everywhere.filter(under(place.path, "county__path"))
    grouped = rows.order_by().annotate(child=Substr("county__path", 1, length)).values("child")
    return {row["child"]: _plain(row) for row in grouped.annotate(**{f"n_{name}": Sum(name) for name in SUMS})}


def _counted_below(place: Place, limits: Thresholds, programme: int | None) -> dict[str, Sums]:
    """Path of the child -> its figures, counted from the items themselves."""
    rows = LedgerItem.objects.within(place)
    rows = rows.filter(programme=programme) if programme else rows
    grouped = rows.order_by().annotate(child=Substr("place__path", 1, len(place.path) + STEP)).values("child")
    return {row["child"]: _plain(row) for row in grouped.annotate(**counts(limits))}


def village_lines(place: Place, limits: Thresholds) -> list[Line]:
    """Every village of a county or a town with its figures, in the order of the tree. Three queries."""
    found = by_place(LedgerItem.objects.within(place), limits)
    paths = Place.objects.filter(pk__in=found).values_list("pk", "path")
    here = list(Place.objects.filter(under(place.path), level=Level.VILLAGE, is_open=True).order_by("path"))
    inside: dict[str, list[Sums]] = {village.path: [] for village in here}
    for pk, path in paths:
        village = next((path[:end] for end in range(len(path), 0, -STEP) if path[:end] in inside), "")
        if village:
            inside[village].append(found[pk])
    return [Line(village, added_up(inside[village.path])) for village in here]


def is_fresh(county: Place, limits: Thresholds) -> bool:
    """True when all of the county's rows were counted for these dates. Two queries."""
    dates = {"today": limits.today, "warn_until": limits.warn_until, "start_before": limits.start_before}
    rows = CountyFigures.everywhere.filter(county=county)
    return rows.filter(**dates).exists() and not TownFigures.everywhere.filter(county=county).exclude(**dates).exists()


def stale_counties(place: Place, today: date) -> int:
    """How many counties' lights were counted for another day: the nightly round has not come by yet."""
    rows = CountyFigures.everywhere.filter(under(place.path, "county__path")) if place.level in WIDE else None
    return rows.exclude(today=today).count() if rows is not None else 0
