"""Office pages of planning: plans, who staffs the centres, and what money could improve."""

from xiangli.planning.views.money import funding, funding_list, improvement, improvement_new, improvements
from xiangli.planning.views.people import specialists, staffing, staffing_list, staffing_remove
from xiangli.planning.views.plans import (
    plan,
    plan_again,
    plan_changes,
    plan_discard,
    plan_file,
    plan_new,
    planning_list,
)
from xiangli.planning.views.scenarios import plan_compare, plan_copy, plan_scenario
from xiangli.planning.views.week import plan_edit, plan_replan, plan_undo, plan_village

__all__ = [
    "funding", "funding_list", "improvement", "improvement_new", "improvements", "plan", "plan_again", "plan_changes",
    "plan_compare", "plan_copy", "plan_discard", "plan_edit", "plan_file", "plan_new", "plan_replan", "plan_scenario",
    "plan_undo", "plan_village", "planning_list", "specialists", "staffing", "staffing_list", "staffing_remove",
]  # fmt: skip
