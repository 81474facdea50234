"""On-site reviews: what was scored where. Villages stand in the order of the tree; nothing here ranks."""

from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Avg, QuerySet
from django.http import Http404

from xiangli.accounts.queries import places_of
from xiangli.places.models import Place
from xiangli.places.queries import villages
from xiangli.supervision.models import Indicator, SiteReview, SiteScore
from xiangli.supervision.rules import VISITORS


def reviews_for(user: Any) -> QuerySet[SiteReview]:
    parts = [SiteReview.objects.within(place) for place in places_of(user, *VISITORS)]
    rows = reduce(or_, parts, SiteReview.objects.none())
    return rows.select_related("place", "county").order_by("-held_on", "-pk")


def review_for(user: Any, pk: int) -> SiteReview:
    review = reviews_for(user).filter(pk=pk).first()
    if review is None:
        raise Http404
    return review


def indicators_of(county: Place) -> QuerySet[Indicator]:
    return Indicator.objects.within(county).order_by("-is_active", "about", "pk")


def review_table(review: SiteReview) -> dict[str, Any]:
    """``villages``: each with its scores; ``weak``: each indicator with its mean share of the full points, as it is
    listed, so that one sees what most lack. Four queries."""
    scores: dict[int, list[SiteScore]] = {}
    rows = SiteScore.objects.within(review.place).filter(review=review).select_related("indicator", "service")
    for score in rows.order_by("indicator__about", "indicator", "service__position"):
        scores.setdefault(score.place_id, []).append(score)
    listed = [{"place": place, "scores": scores.get(place.pk, [])} for place in villages(review.place)]
    means = dict(rows.order_by().values_list("indicator").annotate(Avg("points")))
    weak = [
        {"indicator": one, "share": float(means[one.pk]) / one.most}
        for one in indicators_of(review.county)
        if one.pk in means
    ]
    return {"villages": listed, "weak": weak, "scored": sum(bool(one["scores"]) for one in listed)}
