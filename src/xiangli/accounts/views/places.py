"""Villages, centres and spaces, as their staff keep them; the working calendar, as the county keeps it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from xiangli.accounts import rules
from xiangli.accounts.choices import Role
from xiangli.accounts.queries import places_of, within_places
from xiangli.places import calendar, services
from xiangli.places.forms import CentreForm, DayForm, NoticeForm, SpaceForm
from xiangli.places.models import CalendarDay, CalendarYear, Centre, Space
from xiangli.places.queries import office_share


@login_required
def places_list(request: HttpRequest) -> HttpResponse:
    """My centres, each with the number of its spaces and the share of its floor used for offices."""
    rules.require(rules.is_staff(request.user))
    centres = Centre.everywhere.filter(within_places(request.user)).select_related("place").prefetch_related("spaces")
    rows = [
        {"centre": centre, "spaces": centre.spaces.all(), "share": office_share(centre.spaces.all())}
        for centre in centres
    ]
    may_map = rules.has_any_role(request.user, Role.COUNTY, Role.TOWN)
    return render(request, "accounts/places.html", {"rows": rows, "may_map": may_map})


def _centre(request: HttpRequest, pk: int) -> Centre:
    centre = get_object_or_404(Centre.everywhere.select_related("place", "county"), pk=pk)
    rules.require(rules.works_in(request.user, centre.place))
    return centre


@login_required
def centre_edit(request: HttpRequest, pk: int) -> HttpResponse:
    centre = _centre(request, pk)
    form = CentreForm(request.POST or None, instance=centre)
    if request.method == "POST" and form.is_valid():
        services.save_centre(by=request.user, centre=form.save(commit=False))
        messages.success(request, "已保存，公开页面马上更新。")
        return redirect("centre_edit", pk=pk)
    spaces = centre.spaces.prefetch_related("supports")
    return render(
        request,
        "accounts/centre.html",
        {"centre": centre, "form": form, "spaces": spaces, "share": office_share(spaces)},
    )


@login_required
def space_edit(request: HttpRequest, centre_pk: int, pk: int | None = None) -> HttpResponse:
    centre = _centre(request, centre_pk)
    space = (
        get_object_or_404(Space.everywhere, pk=pk, centre=centre) if pk else Space(centre=centre, county=centre.county)
    )
    form = SpaceForm(request.POST or None, instance=space, centre=centre)
    if request.method == "POST" and form.is_valid():
        services.save_space(by=request.user, space=form.save(commit=False), supports=form.cleaned_data["supports"])
        messages.success(request, f"已保存“{space.name}”。")
        return redirect("centre_edit", pk=centre.pk)
    return render(request, "accounts/space.html", {"centre": centre, "form": form, "space": space})


@login_required
def calendar_page(request: HttpRequest) -> HttpResponse:
    """The named days of this year and the next; the county may change a day."""
    rules.require(rules.has_any_role(request.user, Role.COUNTY, Role.TOWN))
    county = places_of(request.user)[0].county
    if county is None:
        raise Http404
    may_edit = rules.has_role(request.user, county, Role.COUNTY)
    year = timezone.localdate().year
    announced = set(CalendarYear.objects.within(county).values_list("year", flat=True))
    coming = next((y for y in (year, year + 1) if y not in announced), year + 1)
    pasted = "text" in request.POST
    form = DayForm(None if pasted else request.POST or None)
    notice = NoticeForm(request.POST if pasted else None, initial={"year": coming})
    if request.method == "POST":
        rules.require(may_edit)
        if not pasted and form.is_valid():
            calendar.set_day(by=request.user, county=county, **form.cleaned_data)
            messages.success(request, "日历已改，开放时间和办理期限会照此计算。")
            return redirect("calendar")
        if pasted and notice.is_valid() and "confirmed" in request.POST:
            told = notice.cleaned_data
            calendar.announce_year(by=request.user, county=county, year=told["year"], days=told["days"])
            messages.success(request, f"{told['year']} 年的放假安排已记下，各村的开放时间照此公布。")
            return redirect("calendar")
    days = CalendarDay.objects.within(county)
    context = {
        "county": county, "form": form, "may_edit": may_edit, "notice": notice,
        "read": notice.cleaned_data.get("days", []) if pasted and notice.is_valid() else [],
        "years": [(y, y in announced, days.filter(date__year=y)) for y in (year, year + 1)],
    }  # fmt: skip
    return render(request, "accounts/calendar.html", context, status=422 if form.errors or notice.errors else 200)
