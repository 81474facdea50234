"""Who looked at personal data: for the county to read."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from xiangli.accounts.choices import Role
from xiangli.accounts.queries import places_of
from xiangli.audit.queries import personal_views
from xiangli.core.numbers import whole_number

PER_PAGE = 50


@login_required
def looks(request: HttpRequest) -> HttpResponse:
    """One line a day, person, page and object; ``?who=`` and ``?shown=`` narrow it."""
    county = next((place.county for place in places_of(request.user, Role.COUNTY) if place.county), None)
    if county is None:
        raise Http404
    rows = personal_views(county)
    who, shown = request.GET.get("who", ""), request.GET.get("shown", "")
    if (by := whole_number(who)) is not None:
        rows = rows.filter(by_id=by)
    if shown:
        rows = rows.filter(shown=shown)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "accounts/looks.html", {"page": page, "county": county, "who": who, "shown": shown})
