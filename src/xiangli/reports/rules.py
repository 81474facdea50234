"""Who reads the dashboard, and which lists its readers may open from there."""

from xiangli.accounts.choices import WORKERS, Role
from xiangli.ledger import rules as ledger

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
