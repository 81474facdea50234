"""Keeping the summary tables: counted anew under lock at the end of each transaction that touched an item.

Every write opens ``keeps_figures`` and says which places it touched; nested writes share the outermost one's end, so
that a transaction locks its towns once, in order, and the county last: two of them cannot wait for each other.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db import transaction
from django.db.models import F, Q
from django.utils.timezone import localdate

from xiangli.ledger.lights import OPEN, WAITING, Thresholds
from xiangli.ledger.models import CountyFigures, LedgerItem, TownFigures
from xiangli.ledger.queries.counting import Kept, add_up_county, branches_of, count_town, hold_county, hold_towns
from xiangli.ledger.queries.figures import SUMS, added_up, branch_path, by_place, is_fresh, thresholds
from xiangli.places.models import Place
from xiangli.places.scope import under

P = ParamSpec("P")
R = TypeVar("R")
DATES = TownFigures.DATES
COUNTED = frozenset({"state", "source", "deadline", "added_on", "planned_fen", "granted_fen", "spent_fen"})
"""The fields of an item that the figures are made of (besides its place)."""
_touched: ContextVar[dict[int, date] | None] = ContextVar("ledger_touched", default=None)


@contextmanager
def together() -> Iterator[None]:
    """Count what was touched once, at the end of the outermost of nested writes; nothing where it fails."""
    if _touched.get() is not None:
        yield
        return
    waiting: dict[int, date] = {}
    token = _touched.set(waiting)
    try:
        yield
        for day in sorted(set(waiting.values())):
            recount([pk for pk, when in waiting.items() if when == day], day)
    finally:
        _touched.reset(token)


def keeps_figures(write: Callable[P, R]) -> Callable[P, R]:
    """A write to the ledger: atomic, and the figures are right when it commits.

    A write inside another one belongs to it: whoever wants to go on after it failed opens a savepoint around it.
    """

    @wraps(write)
    def kept(*args: P.args, **kwargs: P.kwargs) -> R:
        if _touched.get() is not None:
            return write(*args, **kwargs)
        with transaction.atomic(), together():
            return write(*args, **kwargs)

    return kept


def touch(place_ids: Iterable[int], now: datetime) -> None:
    """Say that items of these places have changed."""
    waiting = _touched.get()
    if waiting is None:
        raise RuntimeError("a write to the ledger needs @keeps_figures")
    waiting |= dict.fromkeys(place_ids, localdate(now))


def recount(place_ids: Iterable[int], today: date) -> None:
    """Count the towns of these places anew and add up their counties, under lock; in the caller's transaction.

    While the lock was waited for, a village may have gone to another town: where it lies is asked again under the lock,
    which whoever moves it needs as well.
    """
    places, known_to_lie = set(place_ids), None
    held: dict[int, dict[str, Kept]] = {}
    while known_to_lie != (by_county := _branches(places)):
        known_to_lie = by_county
        held = {county: hold_towns(paths) for county, paths in sorted(by_county.items())}
    for county, rows in held.items():
        paths = by_county[county]
        known = {(row.today, row.warn_until, row.start_before) for row in rows.values()}
        if len(rows) == len(paths) and len(known) == 1 and (dates := known.pop())[0] == today:
            # today's, found by whoever wrote or looked first; ``fresh`` sees to changed rules
            limits = Thresholds(*dates)
        else:
            limits = thresholds(Place.objects.get(pk=county), today)
        _recount(county, paths, limits, rows)


def _branches(places: set[int]) -> dict[int, set[str]]:
    """County -> the branches of it in which these places lie."""
    found: dict[int, set[str]] = {}
    for path, county, county_path in branches_of(places):
        found.setdefault(county, set()).add(branch_path(path, county_path))
    return found


def _recount(county: int, paths: Iterable[str], limits: Thresholds, rows: dict[str, Kept] | None = None) -> None:
    """Lock the towns in the order of the tree, count, then the county."""
    rows = hold_towns(paths) if rows is None else rows
    if missing := set(paths) - set(rows):
        places = Place.objects.filter(path__in=missing)
        new = [TownFigures(county_id=county, place=place, **_dates(limits)) for place in places]
        TownFigures.everywhere.bulk_create(new, ignore_conflicts=True)
        rows = hold_towns(paths)
    for path in sorted(rows):
        count_town(rows[path].pk, county, path, limits)
    _add_up(county, limits)


def counted(county: Place, path: str, limits: Thresholds) -> dict[str, int]:
    """What a branch's row should say, counted from its items by the ORM: what ``count_town`` is checked against."""
    if path == county.path:
        rows = LedgerItem.everywhere.filter(county=county, place=county)
    else:
        inside = Place.objects.filter(under(path), county=county).values("pk")
        rows = LedgerItem.everywhere.filter(county=county, place__in=inside)
    return added_up(by_place(rows, limits).values())


def _add_up(county: int, limits: Thresholds) -> None:
    if not hold_county(county):
        new = CountyFigures(county_id=county, **_dates(limits))
        CountyFigures.everywhere.bulk_create([new], ignore_conflicts=True)
        hold_county(county)
    add_up_county(county, limits)


def _dates(limits: Thresholds) -> dict[str, date]:
    return {"today": limits.today, "warn_until": limits.warn_until, "start_before": limits.start_before}


@transaction.atomic
def bring_up(county: Place, today: date) -> int:
    """Count anew, for today's lights, the towns whose lights have changed since they were counted; none where all is
    as it should be. Returns how many towns. Items are found through the partial indexes on deadlines and on beginnings.
    """
    limits = thresholds(county, today)
    wanted = _dates(limits)
    rows = list(TownFigures.everywhere.filter(county=county).select_related("place"))
    stale = [row for row in rows if any(getattr(row, name) != wanted[name] for name in DATES)]
    if not stale and CountyFigures.everywhere.filter(county=county, **wanted).exists():
        return 0
    if not rows:
        return repair(county, today)
    ids = [row.place_id for row in stale]
    list(TownFigures.everywhere.select_for_update(no_key=True).filter(place__in=ids).order_by("place_id").values("pk"))
    changed = _changed_branches(county, stale, limits)
    for row in stale:
        if row.place.path in changed:
            count_town(row.pk, county.pk, row.place.path, limits)
    TownFigures.everywhere.filter(pk__in=[row.pk for row in stale if row.place.path not in changed]).update(**wanted)
    _add_up(county.pk, limits)
    return len(changed)


def fresh(county: Place, today: date) -> Thresholds:
    """Today's dates, after making up for a night's round that did not come; reads only where it did."""
    limits = thresholds(county, today)
    if not is_fresh(county, limits):
        bring_up(county, today)
    return limits


def _changed_branches(county: Place, stale: list[TownFigures], limits: Thresholds) -> set[str]:
    """The branches with an item whose light differs between the day it was counted for and today."""
    deadlines, beginnings = Q(pk__in=[]), Q(pk__in=[])
    for today, warn_until, start_before in {(row.today, row.warn_until, row.start_before) for row in stale}:
        for before, after in ((today, limits.today), (warn_until, limits.warn_until)):
            deadlines |= Q(deadline__range=sorted((before, after)))
        beginnings |= Q(added_on__range=sorted((start_before, limits.start_before)))
    rows = LedgerItem.everywhere.filter(county=county).order_by().values_list("place__path", flat=True)
    paths = {*rows.filter(OPEN, deadlines).distinct(), *rows.filter(WAITING, beginnings).distinct()}
    return {branch_path(path, county.path) for path in paths} & {row.place.path for row in stale}


@transaction.atomic
def repair(county: Place, today: date) -> int:
    """Count every town of a county anew. Returns how many."""
    places = LedgerItem.everywhere.filter(county=county).order_by().values_list("place__path").distinct()
    paths = {branch_path(path, county.path) for (path,) in places}
    paths |= set(TownFigures.everywhere.filter(county=county).values_list("place__path", flat=True))
    gone = [path for path in paths if not path.startswith(county.path)]  # towns that went to another county
    TownFigures.everywhere.filter(county=county, place__path__in=gone).delete()
    paths -= set(gone)
    _recount(county.pk, paths, thresholds(county, today))  # with no town the county still gets its row of noughts
    return len(paths)


def follow(counties: list[Place], on: date) -> None:
    """After divisions have changed (``places.services.FOLLOWERS``): count their counties anew, drop what is gone."""
    gone = [county for county in counties if not county.is_open]
    TownFigures.everywhere.filter(county__in=counties).exclude(place__county=F("county")).delete()
    TownFigures.everywhere.filter(county__in=gone).delete()
    CountyFigures.everywhere.filter(county__in=gone).delete()
    for county in counties:
        if county.is_open:
            repair(county, localdate())


def drift(county: Place) -> list[tuple[Place, str, int, int]]:
    """Every kept number that differs from what the items say: (place, name, kept, counted). Empty is as it should be.

    Each row is counted for the dates it was kept for.
    """
    found: list[tuple[Place, str, int, int]] = []
    towns = {row.place.path: row for row in TownFigures.everywhere.filter(county=county).select_related("place")}
    for path, row in towns.items():
        limits = Thresholds(row.today, row.warn_until, row.start_before)
        found += _differences(row.place, row, counted(county, path, limits))
    places = LedgerItem.everywhere.filter(county=county).order_by().values_list("place__path").distinct()
    for path in sorted({branch_path(path, county.path) for (path,) in places} - set(towns)):
        limits = thresholds(county, localdate())
        found.append((Place.objects.get(path=path), "total", 0, counted(county, path, limits)["total"]))
    if whole := CountyFigures.everywhere.filter(county=county).first():
        found += _differences(county, whole, added_up({n: getattr(row, n) for n in SUMS} for row in towns.values()))
    return found


def _differences(place: Place, row: Any, should: dict[str, int]) -> list[tuple[Place, str, int, int]]:
    return [(place, name, getattr(row, name), should[name]) for name in SUMS if getattr(row, name) != should[name]]
