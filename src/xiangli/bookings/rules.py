"""Who may book on somebody's behalf, who decides, and who may say when what takes place."""

from typing import Any

from xiangli.accounts.choices import Role
from xiangli.accounts.rules import has_role, works_in
from xiangli.places.models import Centre


def may_book_for_others(user: Any, centre: Centre) -> bool:
    """Staff of the place, and the resident's counter there."""
    return works_in(user, centre.place) or has_role(user, centre.place, Role.COUNTER)


def may_decide(user: Any, centre: Centre) -> bool:
    """Staff of the place: approve, refuse, move, set the rules, draw lots. Their own bookings need no approval."""
    return works_in(user, centre.place)


def may_run_activities(user: Any, centre: Centre) -> bool:
    """May set activities up, move or end them: those who do the daily work of the centre, not its self-help counter."""
    return works_in(user, centre.place)
