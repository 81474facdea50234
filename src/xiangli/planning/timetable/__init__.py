"""Timetable: one room, many uses, for a week, in every village of a town, with a proof and a reason for every "no".

Plain data in, plain data out; nothing of the platform is imported, so the folder can be lifted out whole.

    town = read_town(json)            # TimetableError lists every fault
    plan = solve(town, seconds=20)    # TimetableError: refused with reasons; NoPlanFound
    check(town, plan)                 # [] — an independent verdict on every hard rule and figure
"""

from .changes import Change, Costs
from .checking import Violation, check, check_village
from .errors import NoPlanFound, Problem, TimetableError
from .explaining import Reason, verify, why
from .figures import gap_violations
from .generate import generate
from .model import (
    Band,
    Closure,
    Fixed,
    Group,
    Half,
    Interval,
    Met,
    Need,
    Plan,
    Rules,
    Service,
    Session,
    Space,
    Specialist,
    Staffing,
    Town,
    Village,
    VillageResult,
    Visit,
)
from .reading import INPUT_FORMAT, read_town
from .refusal import problems
from .replanning import Difference, Price, differences, edit, price, replan
from .reporting import with_week_of
from .solving import solve
from .underway import Progress
from .writing import PLAN_FORMAT, plan_to_json, read_plan, reason_to_json, town_to_json

__all__ = [
    "INPUT_FORMAT", "PLAN_FORMAT", "Band", "Change", "Closure", "Costs", "Difference", "Fixed", "Group", "Half",
    "Interval", "Met", "Need", "NoPlanFound", "Plan", "Price", "Problem", "Progress", "Reason", "Rules", "Service",
    "Session", "Space", "Specialist", "Staffing", "TimetableError", "Town", "Village", "VillageResult", "Violation",
    "Visit", "check", "check_village", "differences", "edit", "gap_violations", "generate", "plan_to_json", "price",
    "problems", "read_plan", "read_town", "reason_to_json", "replan", "solve", "town_to_json", "verify", "why",
    "with_week_of",
]  # fmt: skip
