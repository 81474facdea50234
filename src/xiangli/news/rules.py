"""Who writes and who publishes."""

from typing import Any

from xiangli.accounts.choices import Role
from xiangli.accounts.rules import has_any_role, has_role
from xiangli.places.models import Place

PUBLISHERS = (Role.EDITOR, Role.TOWN, Role.COUNTY)
WRITERS = (*PUBLISHERS, Role.VILLAGE_STAFF)


def may_write(user: Any, place: Place) -> bool:
    return has_role(user, place, *WRITERS)


def may_publish(user: Any, place: Place) -> bool:
    return has_role(user, place, *PUBLISHERS)


def may_edit_everything(user: Any) -> bool:
    """May enter Wagtail's own editor, which knows no places: editors only."""
    return has_any_role(user, Role.EDITOR)
