"""The statements that keep the summary tables: find and lock a town's row, count its items into it, add up its county.

An update of one item ends with all of them, and writing them by the ORM took longer than running them. So their text is
made once, out of the same definitions (``counts``), and only their parameters change.

A lock is a statement of its own before the one that counts: on PostgreSQL a statement sees what had been committed when
it began, and one that waits for a row would count what was there before it waited.
"""

from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from django.db import connection

from xiangli.ledger.lights import Thresholds
from xiangli.ledger.models import CountyFigures, LedgerItem, TownFigures
from xiangli.ledger.queries.figures import SUMS, counts
from xiangli.places.models import Place

MARKS = Thresholds(date(1901, 1, 1), date(1902, 1, 1), date(1903, 1, 1))  # stand for the day's thresholds in the text
DATES = TownFigures.DATES


class Kept(NamedTuple):
    """A row of ``TownFigures``: its key, and the dates for which it was counted."""

    pk: int
    today: date
    warn_until: date
    start_before: date


def branches_of(places: Iterable[int]) -> list[tuple[str, int, str]]:
    """(path, county, path of the county) of each of these places that has a county."""
    wanted = list(places)
    if not wanted:
        return []
    return _run(
        f"SELECT p.path, p.county_id, c.path FROM {_table(Place)} p JOIN {_table(Place)} c ON c.id = p.county_id "
        f"WHERE p.id IN ({_marks(wanted)})",
        wanted,
    )


def hold_towns(paths: Iterable[str]) -> dict[str, Kept]:
    """Path of the branch -> its row, where there is one, locked until the end of the transaction in one order."""
    by_place = {int(path[-9:-1]): path for path in paths}
    if not by_place:
        return {}
    rows = _run(
        f"SELECT place_id, id, {', '.join(DATES)} FROM {_table(TownFigures)} WHERE place_id IN ({_marks(by_place)}) "
        f"ORDER BY place_id{_lock()}",
        list(by_place),
    )
    return {by_place[place]: Kept(*row) for place, *row in rows}


def hold_county(county: int) -> bool:
    """Lock the county's row until the end of the transaction. False where there is none."""
    return bool(_run(f"SELECT 1 FROM {_table(CountyFigures)} WHERE county_id = %s{_lock()}", [county]))


def count_town(row: int, county: int, path: str, limits: Thresholds) -> None:
    """Count the items of a branch of ``county`` into its row of ``TownFigures``, for these thresholds."""
    text, params = _aggregates(connection.vendor)
    mapped = {_date(getattr(MARKS, name)): _date(getattr(limits, name)) for name in DATES}
    where, inside = _branch(county, path)
    _run(
        f"UPDATE {_table(TownFigures)} SET ({_names(SUMS)}) = (SELECT {text} FROM {_table(LedgerItem)} WHERE {where}), "
        f"{_dates()} WHERE id = %s",
        [mapped.get(value, value) for value in params] + inside + [*mapped.values(), row],
    )


def add_up_county(county: int, limits: Thresholds) -> None:
    """Add up the rows of a county's towns into that of the county."""
    sums = ", ".join(f"COALESCE(SUM({name}), 0)" for name in SUMS)
    _run(
        f"UPDATE {_table(CountyFigures)} SET ({_names(SUMS)}) = "
        f"(SELECT {sums} FROM {_table(TownFigures)} WHERE county_id = %s), {_dates()} WHERE county_id = %s",
        [county, *(_date(getattr(limits, name)) for name in DATES), county],
    )


@cache
def _aggregates(vendor: str) -> tuple[str, list[Any]]:
    """The aggregates of ``counts`` as this engine says them, with ``MARKS`` among the parameters."""
    query = LedgerItem.everywhere.all().query
    query.get_initial_alias()
    compiler = query.get_compiler(connection=connection)
    texts: list[str] = []
    params: list[Any] = []
    for aggregate in counts(MARKS).values():
        text, values = compiler.compile(aggregate.resolve_expression(query))
        texts.append(f"COALESCE({text}, 0)")
        params += values
    return ", ".join(texts), params


def _branch(county: int, path: str) -> tuple[str, list[Any]]:
    """The condition on the items of a branch: of the county's own place, or of what lies below ``path``."""
    if int(path[-9:-1]) == county:
        return "county_id = %s AND place_id = %s", [county, county]
    is_sqlite = connection.vendor == "sqlite"
    below = "path >= %s AND path < %s" if is_sqlite else "path LIKE %s"
    bounds = [path, f"{path[:-1]}0"] if is_sqlite else [f"{path}%"]
    places = f"SELECT id FROM {_table(Place)} WHERE county_id = %s AND {below}"
    return f"county_id = %s AND place_id IN ({places})", [county, county, *bounds]


def _run(text: str, params: list[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(text, params)
        return cursor.fetchall() if cursor.description else []


def _marks(values: Any) -> str:
    return ", ".join(["%s"] * len(values))


def _lock() -> str:
    return "" if connection.vendor == "sqlite" else " FOR NO KEY UPDATE"


def _table(model: Any) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(map(connection.ops.quote_name, names))


def _dates() -> str:
    return ", ".join(f"{name} = %s" for name in DATES)


def _date(day: date) -> Any:
    return connection.ops.adapt_datefield_value(day)
