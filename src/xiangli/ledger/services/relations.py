"""What belongs to an item besides its own fields: what must come first, and its money by source."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from xiangli.core.errors import UserError
from xiangli.ledger.models import Dependency, ItemMoney, LedgerItem
from xiangli.ledger.services.figures import keeps_figures
from xiangli.ledger.services.items import change, locked

KINDS = ("planned_fen", "granted_fen", "spent_fen")


@keeps_figures
def add_dependency(*, by: Any, item: LedgerItem, needs: LedgerItem, now: datetime) -> Dependency:
    """``needs`` comes first. UserError for a circle: the database looks for it, one county at a time."""
    if item.pk == needs.pk:
        raise UserError("一件事不能等它自己。")
    if item.county_id != needs.county_id:
        raise UserError("只能排同一个县（区）里的先后。")
    row = locked(item)
    if Dependency.everywhere.filter(item=row, needs=needs).exists():
        raise UserError("这个先后已经排过了。")
    try:
        with transaction.atomic():
            made = Dependency.everywhere.create(county_id=row.county_id, item=row, needs=needs)
    except IntegrityError as error:
        raise UserError(f"排成了一个圈：“{needs.title}”已经（直接或间接）在等“{row.title}”。") from error
    change(row, by=by, now=now, verb="ledger.needs", event={"needs": needs.pk, "title": needs.title})
    return made


@keeps_figures
def remove_dependency(*, by: Any, item: LedgerItem, needs: LedgerItem, now: datetime) -> None:
    """``item`` need not wait for ``needs`` any longer."""
    row = locked(item)
    if Dependency.everywhere.filter(item=row, needs=needs).delete()[0]:
        change(row, by=by, now=now, verb="ledger.needs_no_more", event={"needs": needs.pk, "title": needs.title})


@keeps_figures
def set_money(
    *, by: Any, item: LedgerItem, now: datetime, rows: dict[str, tuple[int, int, int]], note: str = ""
) -> LedgerItem:
    """The item's money by source: fund -> (planned, granted, spent) in fen; its sums follow. No rows: one sum again.

    UserError where more is spent than granted and no note says why.
    """
    row = locked(item)
    sums = [sum(each[position] for each in rows.values()) for position in range(3)]
    fields: dict[str, Any] = dict(zip(KINDS, sums, strict=True)) if rows else {}
    fields |= {"money_note": note.strip()} if note.strip() else {}
    if rows and sums[2] > sums[1] and not (note.strip() or row.money_note):
        raise UserError("已用的钱超过到位的钱，请在“资金说明”里写明原因。")
    ItemMoney.everywhere.filter(item=row).delete()
    ItemMoney.everywhere.bulk_create(
        ItemMoney(county_id=row.county_id, item=row, fund=fund, **dict(zip(KINDS, amounts, strict=True)))
        for fund, amounts in rows.items()
    )
    change(
        row, by=by, now=now, verb="ledger.money", event={"funds": {fund: list(rows[fund]) for fund in rows}}, **fields
    )
    return row
