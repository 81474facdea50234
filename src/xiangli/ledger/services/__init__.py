"""Writes to the ledger. Each is keyword-only, takes ``by`` and ``now`` or ``today``, and records its event."""

from xiangli.ledger.services.from_plan import add_items_from_plan
from xiangli.ledger.services.items import (
    add_evidence,
    add_from_sheet,
    add_item,
    add_programme,
    ask_close,
    close,
    edit,
    extend,
    note,
    reopen,
    return_item,
    start,
)

__all__ = [
    "add_evidence", "add_from_sheet", "add_item", "add_items_from_plan", "add_programme", "ask_close", "close", "edit",
    "extend", "note", "reopen", "return_item", "start",
]  # fmt: skip
