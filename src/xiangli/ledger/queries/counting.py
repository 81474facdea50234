"""The two statements that keep the summary tables: count a town's items, add up a county's towns; into their rows.

An update of one item ends with both, and writing them by the ORM took longer than running them. So their text is made
once, out of the same definitions (``counts``), and only their parameters change.
"""

from datetime import date
from functools import cache
from typing import Any

from django.db import connection

from xiangli.ledger.lights import Thresholds
from xiangli.ledger.models import CountyFigures, LedgerItem, TownFigures
from xiangli.ledger.queries.figures import SUMS, counts
from xiangli.places.models import Place

MARKS = Thresholds(date(1901, 1, 1), date(1902, 1, 1), date(1903, 1, 1))  # stand for the day's thresholds in the text
DATES = TownFigures.DATES


def count_town(row: int, county: Place, path: str, limits: Thresholds) -> None:
    """Count the items of a branch of ``county`` into its row of ``TownFigures``, for these thresholds."""
    text, params = _aggregates(connection.vendor)
    mapped = {_date(getattr(MARKS, name)): _date(getattr(limits, name)) for name in DATES}
    where, inside = _branch(county, path)
    _run(
        f"UPDATE {_table(TownFigures)} SET ({_names(SUMS)}) = (SELECT {text} FROM {_table(LedgerItem)} WHERE {where}), "
        f"{_dates()} WHERE id = %s",
        [mapped.get(value, value) for value in params] + inside + [*mapped.values(), row],
    )


def add_up_county(county: Place, limits: Thresholds) -> None:
    """Add up the rows of a county's towns into that of the county."""
    sums = ", ".join(f"COALESCE(SUM({name}), 0)" for name in SUMS)
    _run(
        f"UPDATE {_table(CountyFigures)} SET ({_names(SUMS)}) = "
        f"(SELECT {sums} FROM {_table(TownFigures)} WHERE county_id = %s), {_dates()} WHERE county_id = %s",
        [county.pk, *(_date(getattr(limits, name)) for name in DATES), county.pk],
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


def _branch(county: Place, path: str) -> tuple[str, list[Any]]:
    """The condition on the items of a branch: of the county's own place, or of what lies below ``path``."""
    if path == county.path:
        return "county_id = %s AND place_id = %s", [county.pk, county.pk]
    is_sqlite = connection.vendor == "sqlite"
    below = "path >= %s AND path < %s" if is_sqlite else "path LIKE %s"
    bounds = [path, f"{path[:-1]}0"] if is_sqlite else [f"{path}%"]
    places = f"SELECT id FROM {_table(Place)} WHERE county_id = %s AND {below}"
    return f"county_id = %s AND place_id IN ({places})", [county.pk, county.pk, *bounds]


def _run(text: str, params: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(text, params)


def _table(model: Any) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(map(connection.ops.quote_name, names))


def _dates() -> str:
    return ", ".join(f"{name} = %s" for name in DATES)


def _date(day: date) -> Any:
    return connection.ops.adapt_datefield_value(day)
