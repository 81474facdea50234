"""Who reads the dashboard and the documents, which lists its readers may open from there, and who issues."""

from typing import Any

from xiangli.accounts.choices import WORKERS, Role
from xiangli.accounts.rules import has_role
from xiangli.ledger import rules as ledger
from xiangli.places.choices import Level
from xiangli.places.models import Place

READERS = (Role.COUNTY, Role.TOWN, Role.SUPERVISOR, Role.LIAISON)

# URL name: roles
LISTS: dict[str, tuple[Role, ...]] = {
    "ledger_list": ledger.READERS,
    "cases_list": WORKERS,
    "bookings_list": WORKERS,
    "opening_office": WORKERS,
    "places_list": WORKERS,
    "surveys_list": WORKERS,
}

DOCUMENT_READERS = ledger.READERS
ISSUERS = (Role.COUNTY, Role.TOWN, Role.SUPERVISOR)


def may_issue(user: Any, place: Place) -> bool:
    """Number and issue a bulletin: of a county or a town, by those who run or supervise it."""
    return place.level in (Level.COUNTY, Level.TOWN) and has_role(user, place, *ISSUERS)


def may_set_templates(user: Any, county: Place) -> bool:
    return has_role(user, county, Role.COUNTY)
