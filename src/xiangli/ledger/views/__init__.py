"""Office pages of the ledger."""

from xiangli.ledger.views.bulk import ledger_bulk, ledger_export
from xiangli.ledger.views.items import (
    ledger_add,
    ledger_edit,
    ledger_evidence,
    ledger_file,
    ledger_item,
    ledger_list,
    ledger_money,
    ledger_needs,
    ledger_step,
    ledger_undo,
)
from xiangli.ledger.views.programmes import (
    meeting,
    meeting_edit,
    meeting_new,
    meeting_resolve,
    programme,
    programme_edit,
    programme_items,
    programme_new,
    programme_part,
    programmes,
)
from xiangli.ledger.views.settings import ledger_settings
from xiangli.ledger.views.sheets import ledger_import, ledger_sheet, ledger_sheet_columns, ledger_sheet_write

__all__ = [
    "ledger_add", "ledger_bulk", "ledger_edit", "ledger_evidence", "ledger_export", "ledger_file", "ledger_import",
    "ledger_item", "ledger_list", "ledger_money", "ledger_needs", "ledger_settings", "ledger_sheet",
    "ledger_sheet_columns", "ledger_sheet_write", "ledger_step", "ledger_undo", "meeting", "meeting_edit",
    "meeting_new", "meeting_resolve", "programme", "programme_edit", "programme_items", "programme_new",
    "programme_part", "programmes",
]  # fmt: skip
