"""Who may do what, where: named predicates over assignments. What one may not see does not exist (404).

@login_required
def page(request, pk):
    item = get_item(request.user, pk)              # scoped by accounts.queries.places_of
    require(rules.may_close(request.user, item))   # 404 when False
"""

from typing import Any

from django.http import Http404

from xiangli.accounts.choices import GRANTED_BY_TOWN, STAFF, WORKERS, Role
from xiangli.places.models import Place


def assignments(user: Any) -> list[Any]:
    """The assignments of ``user`` that hold today, with their places; read once for each user object."""
    if not getattr(user, "is_authenticated", False):
        return []
    if not hasattr(user, "_assignments"):
        from django.utils import timezone

        today = timezone.localdate()
        user._assignments = [
            row
            for row in user.assignments.select_related("place").order_by("place__path")
            if row.valid_from <= today and (row.valid_to is None or row.valid_to >= today)
        ]
    return user._assignments


def has_role(user: Any, place: Place, *roles: str) -> bool:
    """True when ``user`` holds one of ``roles`` at ``place`` or above it."""
    return any(row.role in roles and row.place.contains(place) for row in assignments(user))


def has_any_role(user: Any, *roles: str) -> bool:
    return any(row.role in roles for row in assignments(user))


def is_staff_at(user: Any, place: Place) -> bool:
    return has_role(user, place, *STAFF)


def is_staff(user: Any) -> bool:
    return has_any_role(user, *STAFF)


def works_in(user: Any, place: Place) -> bool:
    """May do the daily work of a centre here: its own staff, the liaison officer, the town, the county."""
    return has_role(user, place, *WORKERS)


def runs(user: Any, place: Place) -> bool:
    """May decide here: the town or the county."""
    return has_role(user, place, Role.TOWN, Role.COUNTY)


def may_grant(user: Any, role: str, place: Place) -> bool:
    """May give this role at this place: the county every one, the town those that work below it."""
    return has_role(user, place, Role.COUNTY) or (role in GRANTED_BY_TOWN and has_role(user, place, Role.TOWN))


def may_reset(user: Any, person: Any) -> bool:
    """May give ``person`` a new password: someone else, all of whose open roles ``user`` may give."""
    held = [row for row in person.assignments.all() if row.valid_to is None]
    return person.pk != user.pk and bool(held) and all(may_grant(user, row.role, row.place) for row in held)


def require(allowed: bool) -> None:
    """Raise 404 unless ``allowed``: what one may not see is not even said to exist."""
    if not allowed:
        raise Http404
