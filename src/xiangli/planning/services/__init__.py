"""Writes of planning. Each is keyword-only, takes ``by`` and records its event."""

from xiangli.planning.services.money import add_improvement, change_improvement, share_budget
from xiangli.planning.services.people import add_staffing, remove_staffing, set_specialist
from xiangli.planning.services.plans import discard, draft, mark_adopted, propose, work_out

__all__ = [
    "add_improvement", "add_staffing", "change_improvement", "discard", "draft", "mark_adopted", "propose",
    "remove_staffing", "set_specialist", "share_budget", "work_out",
]  # fmt: skip
