"""On-site reviews: the indicators the county sets, the day, and the points of places and services."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction

from xiangli.audit.services import record
from xiangli.core.errors import UserError
from xiangli.places.models import Place, Service
from xiangli.supervision.choices import About
from xiangli.supervision.models import Indicator, SiteReview, SiteScore


@transaction.atomic
def save_indicator(*, by: Any, indicator: Indicator) -> Indicator:
    """Add or change an indicator. Raises UserError for a name that is taken, or fewer points than were given."""
    twins = Indicator.everywhere.filter(county=indicator.county_id, title=indicator.title).exclude(pk=indicator.pk)
    if twins.exists():
        raise UserError(f"已经有一项指标叫“{indicator.title}”。")
    given = SiteScore.everywhere.filter(indicator=indicator.pk, points__gt=indicator.most) if indicator.pk else None
    if given is not None and given.exists():
        raise UserError("已经打过比这更高的分，满分不能改小。可以停用这一项，另加一项。")
    added = indicator.pk is None
    indicator.save()
    verb = "supervision.indicator_added" if added else "supervision.indicator_changed"
    record(verb, indicator, by=by, place=indicator.county)
    return indicator


@transaction.atomic
def add_review(*, by: Any, place: Place, title: str, held_on: date) -> SiteReview:
    """Raises UserError for a name that the place has used."""
    review, created = SiteReview.everywhere.get_or_create(
        county_id=place.county_id or place.pk, place=place, title=title.strip(), defaults={"held_on": held_on}
    )
    if not created:
        raise UserError(f"已经有一次观摩会叫“{title}”。")
    record("supervision.review_added", review, by=by)
    return review


@transaction.atomic
def score(
    *, by: Any, review: SiteReview, place: Place,
    points: Mapping[tuple[Indicator, Service | None], tuple[int | None, str]],
) -> int:  # fmt: skip
    """Keep the points of one village: (indicator, service or None) -> (points, remark); None takes a score back.

    Returns how many scores the village has now. Raises UserError for points beyond an indicator's full points, a
    place outside the review, or a service where the indicator is about the whole place.
    """
    if not review.place.contains(place):
        raise UserError(f"{place.name}不在这次观摩的范围里。")
    for (indicator, service), (given, _) in points.items():
        if given is not None and not 0 <= given <= indicator.most:
            raise UserError(f"“{indicator.title}”满分 {indicator.most} 分，不能打 {given} 分。")
        if (service is not None) != (indicator.about == About.SERVICE):
            raise UserError(f"“{indicator.title}”要打给{indicator.get_about_display()}。")
    for (indicator, service), (given, remark) in points.items():
        key: dict[str, Any] = {"county_id": review.county_id, "review": review, "place": place, "indicator": indicator}
        if given is None:
            SiteScore.everywhere.filter(**key, service=service).delete()
        else:
            SiteScore.everywhere.update_or_create(
                **key, service=service, defaults={"points": given, "remark": remark.strip()}
            )
    record("supervision.scored", review, by=by, place=place, scores=len(points))
    return SiteScore.everywhere.filter(review=review, place=place).count()
