"""Rating centres by the county's rules, and the rules themselves."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.timezone import localdate

from xiangli.audit.services import record
from xiangli.core.errors import UserError
from xiangli.places.models import Place
from xiangli.reports.models import Star, StarCondition, StarRating
from xiangli.reports.stars import judged, measure, stars_of


@transaction.atomic
def save_star(*, by: Any, star: Star, conditions: Sequence[tuple[str, str, int]]) -> Star:
    """Add or change a star. ``conditions``: (fact, bound, value), all of which must hold.

    Raises UserError for a name that is taken, no condition, or the same fact bounded twice in one direction. Ratings
    given before keep what they said.
    """
    if Star.everywhere.filter(county=star.county_id, name=star.name).exclude(pk=star.pk).exists():
        raise UserError(f"已经有一颗星叫“{star.name}”。")
    if not conditions:
        raise UserError("一颗星至少要有一个条件，不然就不是按记录评的了。")
    if len({row[:2] for row in conditions}) < len(conditions):
        raise UserError("同一个数不能要求两遍。")
    added = star.pk is None
    star.save()
    star.conditions.all().delete()
    StarCondition.everywhere.bulk_create(
        StarCondition(county_id=star.county_id, star=star, fact=fact, bound=bound, value=value)
        for fact, bound, value in conditions
    )
    told = [[fact, bound, value] for fact, bound, value in conditions]
    record("reports.star_added" if added else "reports.star_changed", star, by=by, place=star.county, conditions=told)
    return star


@transaction.atomic
def rate(*, by: Any, county: Place, now: datetime) -> int:
    """Rate every centre of a county for this month; once more in the same month replaces it. Returns how many.

    Raises UserError where the county has no star in use.
    """
    today = localdate(now)
    stars = stars_of(county)
    if not any(star.is_active for star in stars):
        raise UserError("还没有定评星规则，请先定规则。")
    rows = [
        StarRating(
            county=county, place_id=centre.place_id, centre=centre, month=today.replace(day=1), rated_at=now,
            content=judged(stars, facts),
        )
        for centre, facts in measure(county, today).items()
    ]  # fmt: skip
    StarRating.everywhere.bulk_create(
        rows, update_conflicts=True, unique_fields=["county", "centre", "month"], update_fields=["content", "rated_at"]
    )
    record("reports.rated", county, by=by, at=now, place=county, centres=len(rows))
    return len(rows)
