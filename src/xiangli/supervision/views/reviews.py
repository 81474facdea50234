"""On-site reviews: the day, the points village by village, what most lack; and the county's indicators."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from xiangli.accounts.choices import Role
from xiangli.accounts.queries import places_of, within_places
from xiangli.accounts.rules import has_any_role, require
from xiangli.core.errors import UserError
from xiangli.places.choices import Level
from xiangli.places.models import Place, Service
from xiangli.places.queries import villages
from xiangli.supervision import queries, rules, services
from xiangli.supervision.choices import About
from xiangli.supervision.forms import IndicatorForm, ReviewForm, ScoreForm
from xiangli.supervision.models import Indicator, SiteReview, SiteScore

KEEPERS = (Role.COUNTY, Role.TOWN, Role.SUPERVISOR)


@login_required
def reviews(request: HttpRequest) -> HttpResponse:
    require(rules.sees_visits(request.user))
    keeps = has_any_role(request.user, *KEEPERS)
    wide = (Level.COUNTY, Level.TOWN)
    places = Place.objects.filter(within_places(request.user, "", *KEEPERS), level__in=wide, is_open=True)
    form = ReviewForm(request.POST or None, places=places) if keeps else None
    if request.method == "POST":
        require(keeps)
        assert form
        if form.is_valid():
            try:
                made = services.add_review(by=request.user, **form.cleaned_data)
            except UserError as error:
                form.add_error("title", str(error))
            else:
                return redirect("site_review", made.pk)
    context: dict[str, Any] = {"reviews": queries.reviews_for(request.user), "form": form}
    context["sets"] = has_any_role(request.user, Role.COUNTY)
    return render(request, "supervision/reviews.html", context)


@login_required
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """Villages in the order of the tree with what was scored there, and what most of them lack."""
    found = queries.review_for(request.user, pk)
    context = {"review": found, **queries.review_table(found), "may": rules.may_review(request.user, found.place)}
    return render(request, "supervision/review.html", context)


@login_required
def review_village(request: HttpRequest, pk: int, village: int) -> HttpResponse:
    """The points of one village: a number for each indicator, or nothing where nobody looked."""
    found = queries.review_for(request.user, pk)
    require(rules.may_review(request.user, found.place))
    place = villages(found.place).filter(pk=village).first()
    if place is None:
        raise Http404
    rows = _rows(request, found, place)
    error = ""
    valid = [row["form"].is_valid() for row in rows]  # all of them, so that each says what is wrong
    if request.method == "POST" and all(valid):
        points = {(row["indicator"], row["service"]): _points(row["form"]) for row in rows}
        try:
            services.score(by=request.user, review=found, place=place, points=points)
        except UserError as refused:
            error = str(refused)
        else:
            messages.success(request, f"{place.name}的分已记下。")
            return redirect("site_review", pk)
    return render(request, "supervision/scores.html", {"review": found, "place": place, "rows": rows, "error": error})


def _points(form: ScoreForm) -> tuple[int | None, str]:
    return form.cleaned_data["points"], form.cleaned_data["remark"]


def _rows(request: HttpRequest, review: SiteReview, place: Place) -> list[dict[str, Any]]:
    """A form for each indicator in use, and for those about services one for each service of the catalogue."""
    kept = {
        (score.indicator_id, score.service_id): score
        for score in SiteScore.objects.within(place).filter(review=review)
    }  # fmt: skip
    catalogue = list(Service.objects.within(review.county))
    rows = []
    for indicator in queries.indicators_of(review.county).filter(is_active=True):
        for service in catalogue if indicator.about == About.SERVICE else [None]:
            key = (indicator.pk, service.pk if service else None)
            score = kept.get(key)
            initial = {"points": score.points, "remark": score.remark} if score else {}
            label = f"{service.name}：{indicator.title}" if service else indicator.title
            form = ScoreForm(
                request.POST or None, prefix=f"i{key[0]}-{key[1] or 0}", initial=initial, most=indicator.most,
                label=f"{label}（满分 {indicator.most}）",
            )  # fmt: skip
            rows.append({"indicator": indicator, "service": service, "form": form})
    return rows


@login_required
def indicators(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """What is looked at, as the county words it."""
    county = next((place.county for place in places_of(request.user, Role.COUNTY) if place.county), None)
    if county is None:
        raise Http404
    chosen = get_object_or_404(Indicator.objects.within(county), pk=pk) if pk else Indicator(county=county)
    form = IndicatorForm(request.POST or None, instance=chosen)
    if request.method == "POST" and form.is_valid():
        try:
            services.save_indicator(by=request.user, indicator=form.save(commit=False))
        except UserError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "已保存。")
            return redirect("indicators")
    context = {"rows": queries.indicators_of(county), "form": form, "chosen": chosen if pk else None, "county": county}
    return render(request, "supervision/indicators.html", context)
