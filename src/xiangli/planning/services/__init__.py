"""Writes of planning. Each is keyword-only, takes ``by`` and records its event."""

from xiangli.planning.services.editing import (
    EditConflict,
    EditRefused,
    edit_week,
    read_week,
    replan_village,
    standing,
    try_edit,
    undo,
)
from xiangli.planning.services.money import add_improvement, change_improvement, share_budget
from xiangli.planning.services.people import add_staffing, remove_staffing, set_specialist
from xiangli.planning.services.plans import discard, draft, faults_now, mark_adopted, propose, work_out
from xiangli.planning.services.scenarios import budget_change, copy_plan, draft_scenario

__all__ = [
    "EditConflict", "EditRefused", "add_improvement", "add_staffing", "budget_change", "change_improvement",
    "copy_plan", "discard", "draft", "draft_scenario", "edit_week", "faults_now", "mark_adopted", "propose",
    "read_week", "remove_staffing", "replan_village", "set_specialist", "share_budget", "standing", "try_edit", "undo",
    "work_out",
]  # fmt: skip
