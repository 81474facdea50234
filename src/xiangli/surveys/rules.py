"""Who may do what with a campaign."""

from typing import Any

from xiangli.accounts.choices import Role
from xiangli.accounts.rules import runs, works_in
from xiangli.places.models import Place

READERS = (Role.COUNTY, Role.TOWN, Role.LIAISON, Role.VILLAGE_STAFF)
ASKERS = (*READERS, Role.COUNTER)
"""Who may fill in the form for somebody at the counter."""


def may_manage(user: Any, place: Place) -> bool:
    """Create and close campaigns there, derive and publish needs: the town or the county."""
    return runs(user, place)


def may_collect(user: Any, village: Place) -> bool:
    """Print and read sheets, take in spreadsheets, decide doubtful marks: whoever works in the village."""
    return works_in(user, village)
