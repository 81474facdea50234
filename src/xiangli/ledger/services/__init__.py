"""Writes to the ledger. Each is keyword-only, takes ``by`` and ``now`` or ``today``, and records its event."""

from xiangli.ledger.services.bulk import Done, assign_many, extend_many
from xiangli.ledger.services.evidence import add_evidence, sweep_files
from xiangli.ledger.services.figures import bring_up, drift, fresh, recount, repair
from xiangli.ledger.services.from_plan import add_items_from_plan
from xiangli.ledger.services.items import (
    add_item,
    add_item_once,
    ask_close,
    close,
    edit,
    extend,
    note,
    reopen,
    return_item,
    start,
)
from xiangli.ledger.services.programmes import (
    add_items_from_standard,
    add_part,
    add_programme,
    add_resolution,
    change_programme,
    remove_part,
    save_kind,
    save_light_rule,
    save_meeting,
)
from xiangli.ledger.services.relations import add_dependency, remove_dependency, set_money
from xiangli.ledger.services.sheets import Changed, People, answer_columns, keep_sheet, write_sheet
from xiangli.ledger.services.undoing import last_step, undo

__all__ = [
    "Changed", "Done", "People", "add_dependency", "add_evidence", "add_item", "add_item_once",
    "add_items_from_plan",
    "add_items_from_standard", "add_part", "add_programme", "add_resolution", "answer_columns", "ask_close",
    "assign_many", "bring_up", "change_programme", "close", "drift", "edit", "extend", "extend_many", "fresh",
    "keep_sheet", "last_step", "note", "recount", "remove_dependency", "remove_part", "reopen", "repair",
    "return_item", "save_kind", "save_light_rule", "save_meeting", "set_money", "start", "sweep_files", "undo",
    "write_sheet",
]  # fmt: skip
