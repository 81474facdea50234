"""Bringing a spreadsheet into the ledger: what one user's file would do, and doing it."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from xiangli.accounts.rules import runs
from xiangli.ledger import services
from xiangli.ledger.forms import colleagues
from xiangli.ledger.models import LedgerItem, SheetHeading, SheetImport
from xiangli.ledger.queries import items_for, villages_of_reader
from xiangli.ledger.sheets import checking
from xiangli.ledger.sheets.checking import Checked
from xiangli.ledger.sheets.columns import Found
from xiangli.ledger.sheets.rows import Villages

AT_ONCE = 400  # numbers in one query


def check(run: SheetImport, *, user: Any, today: date, lock: bool = False) -> Checked:
    """What the file of ``run`` would do for this user. Nothing is written. UserError where it is no such table.

    ``lock``: hold the items it would change until the end of the transaction.
    """
    learnt = learnt_headings(run)
    tables = checking.tables(checking.read(bytes(run.content)), learnt, run.answers)
    tables = [(grid, _corrected(found, run.answers.get(grid.name, {}))) for grid, found in tables]
    villages = Villages(villages_of_reader(user).select_related("parent"))
    mine: dict[int, bool] = {}

    def may_edit(item: LedgerItem) -> bool:
        if item.place_id not in mine:
            mine[item.place_id] = runs(user, item.place)
        return mine[item.place_id]

    checked = checking.compare(checking.lines_of(tables, villages, today), items=_reader(user, lock), may_edit=may_edit)
    checked.tables = tables
    return checked


def learnt_headings(run: SheetImport) -> dict[str, str]:
    rows = SheetHeading.everywhere.filter(county_id=run.county_id, place_id=run.place_id)
    return dict(rows.values_list("heading", "field"))


def _corrected(found: Found | None, answer: dict[str, Any]) -> Found | None:
    """The table with the fields that the user gave to its columns."""
    given = answer.get("columns", {})
    if found is None or not given:
        return found
    from dataclasses import replace

    columns = [replace(column, field=given.get(str(column.position), column.field)) for column in found.columns]
    return Found(found.first, columns)


def _reader(user: Any, lock: bool) -> Callable[[list[int], list[tuple[int, str]]], list[LedgerItem]]:
    def read(pks: list[int], origins: list[tuple[int, str]]) -> list[LedgerItem]:
        rows: QuerySet[LedgerItem] = items_for(user).select_related("place", "responsible", "liaison").order_by("pk")
        rows = rows.select_for_update(of=("self",), no_key=True) if lock else rows
        found: dict[int, LedgerItem] = {}
        for start in range(0, len(pks), AT_ONCE):
            found |= {item.pk: item for item in rows.filter(pk__in=pks[start : start + AT_ONCE])}
        wanted = sorted({origin for _, origin in origins})
        places = {place for place, _ in origins}
        for start in range(0, len(wanted), AT_ONCE):
            same = rows.filter(place__in=places, origin__in=wanted[start : start + AT_ONCE])
            found |= {item.pk: item for item in same}
        return list(found.values())

    return read


def write(
    run: SheetImport, *, user: Any, shown: str, choices: dict[int, str], reason: str, now: datetime, today: date
) -> dict[str, Any]:
    """Write the file as it was looked at; see ``services.write_sheet`` for what it refuses."""
    with transaction.atomic():
        checked = check(run, user=user, today=today, lock=True)
        return services.write_sheet(
            by=user, run=run, checked=checked, shown=shown, choices=choices, reason=reason,
            people=services.People(colleagues(user)), now=now,
        )  # fmt: skip
