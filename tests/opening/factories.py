"""A centre with its calendar and the programme's hours."""

from datetime import date

from tests.places.factories import make_centre
from xiangli.opening.services import PROGRAMME_RULES, set_rules
from xiangli.places.calendar import seed_calendar
from xiangli.places.models import Centre

SINCE = date(2026, 1, 1)


def make_open_centre(centre: Centre | None = None, rules=PROGRAMME_RULES, **fields) -> Centre:
    """Announced for 2026, open by ``rules`` since 1 January 2026."""
    centre = centre or make_centre(**fields)
    seed_calendar(by=None, county=centre.county, years=[2026])
    set_rules(by=None, centre=centre, rules=rules, since=SINCE)
    return centre
