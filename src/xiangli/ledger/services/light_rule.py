"""The county's rule for the lights."""

from typing import Any

from django.db import transaction

from xiangli.audit.services import record
from xiangli.ledger.models import LightRule
from xiangli.places.models import Place


@transaction.atomic
def set_light_rule(*, by: Any, county: Place, warn_days: int, start_days: int) -> LightRule:
    """Set when an item turns yellow: so many working days before its deadline, or after it was added and not begun."""
    rule, _ = LightRule.everywhere.update_or_create(
        county=county, defaults={"warn_days": warn_days, "start_days": start_days}
    )
    record("ledger.light_rule_set", rule, by=by, place=county, warn_days=warn_days, start_days=start_days)
    return rule
