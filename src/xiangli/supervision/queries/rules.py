"""A county's rules for looking and telling."""

from xiangli.places.models import Place
from xiangli.supervision.models import SupervisionRule


def rule_of(county: Place) -> SupervisionRule:
    """The county's rule, or the defaults."""
    return SupervisionRule.objects.within(county).first() or SupervisionRule(county=county)
