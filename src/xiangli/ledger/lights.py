"""Red, yellow, green: a pure function of dates, and the same thing as a database condition.

Both take ``Thresholds``, worked out once for a page from the county's rule and the working calendar, so that a list of
thousands of items asks the calendar nothing.
"""

from dataclasses import dataclass
from datetime import date

from django.db.models import BooleanField, DateField, Q
from django.db.models.expressions import RawSQL

from xiangli.ledger.choices import Light, State

# "Not closed" word for word as the partial indexes say it: with a parameter in its place SQLite does not use them.
OPEN = RawSQL("""NOT ("ledger_ledgeritem"."state" = 'closed')""", [], output_field=BooleanField())
WAITING = RawSQL(""""ledger_ledgeritem"."state" = 'not_started'""", [], output_field=BooleanField())
# The nearest deadline of a county's open items, to be asked of places: one step in the same index.
OLDEST_OPEN = RawSQL(
    """(SELECT MIN(i.deadline) FROM "ledger_ledgeritem" i
        WHERE i.county_id = "places_place"."id" AND NOT (i.state = 'closed'))""",
    [], output_field=DateField(),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Thresholds:
    """``warn_until``: a deadline up to it is close; ``start_before``: what was added by then should have begun."""

    today: date
    warn_until: date
    start_before: date


def light(state: str, deadline: date, added_on: date, limits: Thresholds) -> Light:
    """The light of one item. Overdue is red whatever its state, except closed."""
    if state == State.CLOSED:
        return Light.DONE
    if deadline < limits.today:
        return Light.RED
    late_start = state == State.NOT_STARTED and added_on <= limits.start_before
    return Light.YELLOW if late_start or deadline <= limits.warn_until else Light.GREEN


def condition(wanted: str, limits: Thresholds) -> Q:
    """The items with this light, as a condition on LedgerItem."""
    if wanted == Light.DONE:
        return Q(state=State.CLOSED)
    still_open = ~Q(state=State.CLOSED)
    red = Q(deadline__lt=limits.today)
    yellow = Q(deadline__lte=limits.warn_until) | Q(state=State.NOT_STARTED, added_on__lte=limits.start_before)
    if wanted == Light.RED:
        return still_open & red
    return still_open & ~red & (yellow if wanted == Light.YELLOW else ~yellow)
