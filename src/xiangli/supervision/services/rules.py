"""The county's rules: when somebody should look, when something overdue is told further up."""

from typing import Any

from django.db import transaction

from xiangli.audit.services import record
from xiangli.core.errors import UserError
from xiangli.places.models import Place
from xiangli.supervision.models import SupervisionRule

FIELDS = ("unseen_days", "stalled_days", "share_left", "points_behind", "to_liaison", "to_town", "to_county")


@transaction.atomic
def set_rules(*, by: Any, county: Place, **fields: int) -> SupervisionRule:
    """Set all rules of a county at once. Raises UserError where they contradict one another."""
    if unknown := set(fields) ^ set(FIELDS):
        raise ValueError(f"not the rules: {sorted(unknown)}")
    if not 1 <= fields["to_liaison"] <= fields["to_town"] <= fields["to_county"]:
        raise UserError("提醒要一级一级往上：先包村干部，再乡镇，再县区，天数不能倒过来。")
    if max(fields["share_left"], fields["points_behind"]) > 100:
        raise UserError("百分数不能超过 100。")
    rule, _ = SupervisionRule.everywhere.update_or_create(county=county, defaults=fields)
    record("supervision.rules_set", rule, by=by, place=county, rules=fields)
    return rule
