"""Who goes to see villages, and who reads what staff say is a burden."""

from typing import Any

from xiangli.accounts.choices import Role
from xiangli.accounts.rules import has_any_role, has_role
from xiangli.places.models import Place

VISITORS = (Role.COUNTY, Role.TOWN, Role.LIAISON, Role.SUPERVISOR)
ANSWERERS = (Role.COUNTY, Role.TOWN)


def may_visit(user: Any, village: Place) -> bool:
    return has_role(user, village, *VISITORS)


def sees_visits(user: Any) -> bool:
    return has_any_role(user, *VISITORS)


def may_answer(user: Any, place: Place) -> bool:
    """Answer what is said to be a burden: the town and the county, whose doing it mostly is."""
    return has_role(user, place, *ANSWERERS)


def may_set_rules(user: Any, county: Place) -> bool:
    """When to look and whom to tell: the county decides for all its towns."""
    return has_role(user, county, Role.COUNTY)


def may_review(user: Any, place: Place) -> bool:
    """Hold an on-site review and keep teams: the county, the town and the supervision team, in their own place."""
    return has_role(user, place, Role.COUNTY, Role.TOWN, Role.SUPERVISOR)
