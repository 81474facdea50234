"""Who may change a centre's hours."""

from typing import Any

from xiangli.accounts.rules import works_in
from xiangli.places.models import Centre


def may_change_hours(user: Any, centre: Centre) -> bool:
    return works_in(user, centre.place)
