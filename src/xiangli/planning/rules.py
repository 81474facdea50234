"""Who may see and make plans."""

from typing import Any

from xiangli.accounts.choices import Role
from xiangli.accounts.rules import runs, works_in
from xiangli.places.models import Place
from xiangli.planning.choices import PlanState
from xiangli.planning.models import Plan

READERS = (Role.COUNTY, Role.TOWN, Role.LIAISON, Role.SUPERVISOR, Role.VILLAGE_STAFF)


def may_propose(user: Any, town: Place) -> bool:
    """Make plans, name improvements, share out a budget: the town and the county."""
    return runs(user, town)


def may_staff(user: Any, village: Place) -> bool:
    """Say who is in the centre when: those who work there know it best."""
    return works_in(user, village)


def may_adopt(user: Any, plan: Plan) -> bool:
    """Adopt a plan that has been worked out and checked."""
    return runs(user, plan.place) and plan.is_ready and plan.state == PlanState.DRAFT


def may_edit(user: Any, plan: Plan) -> bool:
    """Change a week by hand: whoever proposes plans, while it is a draft that was worked out."""
    return may_propose(user, plan.place) and plan.is_ready and plan.state == PlanState.DRAFT
