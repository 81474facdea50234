"""Office pages of the day's digest and of the stars of centres."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from xiangli.accounts.choices import STAFF, Role
from xiangli.accounts.queries import places_of, within_places
from xiangli.accounts.rules import has_any_role, require
from xiangli.core.errors import UserError
from xiangli.places.models import Centre, Place
from xiangli.reports import digests, rules, services, stars
from xiangli.reports.forms import CONDITIONS, ConditionForm, StarForm
from xiangli.reports.models import Star, StarRating

PER_PAGE = 20


@login_required
def digest(request: HttpRequest) -> HttpResponse:
    """My digest of today, as of now. The same goes out once in the morning where e-mail is set up."""
    held = places_of(request.user, *STAFF)
    county = next((place.county for place in held if place.county), None)
    if county is None:
        raise Http404
    today = timezone.localdate()
    return render(request, "reports/digest.html", {"parts": digests.digest(request.user, county, today), "day": today})


@login_required
def stars_list(request: HttpRequest) -> HttpResponse:
    """The centres of my places in the order of the tree, each with its latest stars. Nothing is counted or ordered."""
    require(has_any_role(request.user, *rules.DOCUMENT_READERS))
    mine = Centre.everywhere.filter(within_places(request.user, "place__", *rules.DOCUMENT_READERS))
    page = Paginator(mine.select_related("place").order_by("place__path"), PER_PAGE).get_page(request.GET.get("page"))
    latest: dict[int, StarRating] = {}
    for rating in StarRating.everywhere.filter(centre__in=[centre.pk for centre in page]).order_by("month"):
        latest[rating.centre_id] = rating
    rows = [{"centre": centre, "rating": latest.get(centre.pk)} for centre in page]
    context = {"page": page, "rows": rows, "sets": has_any_role(request.user, Role.COUNTY)}
    return render(request, "reports/stars.html", context)


@login_required
def star_centre(request: HttpRequest, pk: int) -> HttpResponse:
    """One centre's stars month by month, each with its facts."""
    mine = within_places(request.user, "place__", *rules.DOCUMENT_READERS)
    centre = get_object_or_404(Centre.everywhere.filter(mine).select_related("place"), pk=pk)
    ratings = StarRating.everywhere.filter(centre=centre).order_by("-month")
    page = Paginator(ratings, 12).get_page(request.GET.get("page"))
    return render(request, "reports/star_centre.html", {"centre": centre, "page": page})


def _county(request: HttpRequest) -> Place:
    county = next((place.county for place in places_of(request.user, Role.COUNTY) if place.county), None)
    if county is None:
        raise Http404
    return county


@login_required
def star_rules(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """The county's stars: what each is called and which recorded facts it hangs on."""
    county = _county(request)
    known = stars.stars_of(county)
    star = next((one for one in known if one.pk == pk), None) if pk else Star(county=county)
    if star is None:
        raise Http404
    kept = list(star.conditions.all()) if pk else []
    form = StarForm(request.POST or None, instance=star)
    rows = []
    for number in range(CONDITIONS):
        here = kept[number] if number < len(kept) else None
        initial: dict[str, Any] = {"fact": here.fact, "bound": here.bound, "value": here.value} if here else {}
        rows.append(ConditionForm(request.POST or None, prefix=f"c{number}", initial=initial))
    valid = [one.is_valid() for one in [form, *rows]]  # all of them, so that each says what is wrong
    if request.method == "POST" and all(valid):
        told = [condition for row in rows if (condition := row.told())]
        try:
            services.save_star(by=request.user, star=form.save(commit=False), conditions=told)
        except UserError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "已保存。以前评的照旧，下次评按新规则。")
            return redirect("star_rules")
    context = {"stars": known, "form": form, "rows": rows, "chosen": star if pk else None, "county": county}
    return render(request, "reports/star_rules.html", context)


@login_required
@require_POST
def star_rate(request: HttpRequest) -> HttpResponse:
    try:
        number = services.rate(by=request.user, county=_county(request), now=timezone.now())
    except UserError as error:
        messages.error(request, str(error))
        return redirect("star_rules")
    messages.success(request, f"已按记录评了 {number} 个中心。")
    return redirect("stars")
