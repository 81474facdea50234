"""Who writes and who publishes."""

from typing import Any

from xiangli.accounts.choices import Role
from xiangli.accounts.rules import has_any_role, has_role
from xiangli.places.choices import Level
from xiangli.places.models import Place

PUBLISHERS = (Role.EDITOR, Role.TOWN, Role.COUNTY)
WRITERS = (*PUBLISHERS, Role.VILLAGE_STAFF)


def may_write(user: Any, place: Place) -> bool:
    return has_role(user, place, *WRITERS)


def may_publish(user: Any, place: Place) -> bool:
    return has_role(user, place, *PUBLISHERS)


def may_edit_everything(user: Any) -> bool:
    """May enter Wagtail's own editor, which knows no places: only editors of every county of this deployment."""
    counties = Place.objects.filter(level=Level.COUNTY) if has_any_role(user, Role.EDITOR) else ()
    return bool(counties) and all(has_role(user, county, Role.EDITOR) for county in counties)
