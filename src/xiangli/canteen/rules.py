"""Who may run a canteen, and who sets the rules of its points."""

from typing import Any

from xiangli.accounts.rules import runs, works_in
from xiangli.canteen.models import Canteen, PointsClaim


def may_run(user: Any, canteen: Canteen) -> bool:
    """Daily work: menus, meals, money, proposing and passing points."""
    return works_in(user, canteen.centre.place)


def may_set_rules(user: Any, canteen: Canteen) -> bool:
    """Cap, window and life of points are for the town or the county: whoever gives points does not set them."""
    return runs(user, canteen.centre.place)


def may_review(user: Any, claim: PointsClaim) -> bool:
    """Anybody at work here but the proposer, while nobody has reviewed it."""
    return claim.reviewed_by_id is None and claim.proposed_by_id != user.pk


def may_post(user: Any, claim: PointsClaim) -> bool:
    """A third person."""
    return claim.reviewed_by_id is not None and user.pk not in (claim.proposed_by_id, claim.reviewed_by_id)
