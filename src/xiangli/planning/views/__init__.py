"""Office pages of planning: plans, who staffs the centres, and what money could improve."""

from xiangli.planning.views.money import funding, funding_list, improvement, improvements
from xiangli.planning.views.people import specialists, staffing, staffing_list, staffing_remove
from xiangli.planning.views.plans import (
    plan,
    plan_again,
    plan_discard,
    plan_file,
    plan_new,
    plan_village,
    planning_list,
)

__all__ = [
    "funding", "funding_list", "improvement", "improvements", "plan", "plan_again", "plan_discard", "plan_file",
    "plan_new", "plan_village", "planning_list", "specialists", "staffing", "staffing_list", "staffing_remove",
]  # fmt: skip
