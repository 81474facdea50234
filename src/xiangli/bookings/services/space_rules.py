"""Setting how spaces may be booked."""

from typing import Any

from django.db import transaction

from xiangli.audit.services import record
from xiangli.bookings.models import SpaceRule
from xiangli.core.errors import UserError
from xiangli.places.models import Centre, Space


@transaction.atomic
def set_rule(*, by: Any, centre: Centre, space: Space | None = None, **fields: Any) -> SpaceRule:
    """The rule of a centre, or of one of its spaces. Bookings made before keep what was agreed."""
    row = SpaceRule.objects.within(centre.county).filter(centre=centre, space=space).first()
    row = row or SpaceRule(county_id=centre.county_id, centre=centre, space=space)
    for name, value in fields.items():
        setattr(row, name, value)
    if row.notice_hours >= row.days_ahead * 24:
        raise UserError("提前的小时数比能约的天数还长，那样谁也约不上")
    row.save()
    record("bookings.rule_set", centre, by=by, space=space.pk if space else None, **fields)
    return row


@transaction.atomic
def drop_rule(*, by: Any, space: Space) -> None:
    """The space goes by its centre's rule again."""
    SpaceRule.objects.within(space.county).filter(space=space).delete()
    record("bookings.rule_dropped", space.centre, by=by, space=space.pk)
