"""Who staffs the centres when, and which specialists travel."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from xiangli.accounts.rules import require
from xiangli.planning import queries, rules, services
from xiangli.planning.forms import SpecialistForm, StaffingForm
from xiangli.planning.week import halves_text, staffing_lines


@login_required
def staffing_list(request: HttpRequest) -> HttpResponse:
    """The villages of a town with the hours of staff and volunteers that each can count on."""
    town = queries.town_for(request.user, request.GET.get("town"))
    context = {"town": town, "rows": queries.staffing_hours(queries.villages_for(request.user, town), town)}
    return render(request, "planning/staffing_list.html", context)


@login_required
def staffing(request: HttpRequest, village: int) -> HttpResponse:
    place = queries.village_for(request.user, village)
    may_change = rules.may_staff(request.user, place)
    form = StaffingForm(request.POST or None)
    if request.method == "POST":
        require(may_change)
        if form.is_valid():
            services.add_staffing(by=request.user, place=place, **form.arguments())
            messages.success(request, "已记下。下一次排方案就会用上。")
            return redirect("staffing", village)
    lines = staffing_lines(queries.staffing_of(place))
    context = {
        "village": place, "lines": lines, "form": form, "may_change": may_change,
        "skills": queries.skills_wanted(place) if may_change else [],
    }  # fmt: skip
    return render(request, "planning/staffing.html", context)


@login_required
@require_POST
def staffing_remove(request: HttpRequest, village: int, pk: int) -> HttpResponse:
    place = queries.village_for(request.user, village)
    require(rules.may_staff(request.user, place))
    row = queries.staffing_of(place).filter(pk=pk).first()
    if row is None:
        raise Http404
    services.remove_staffing(by=request.user, row=row)
    messages.success(request, "已去掉。")
    return redirect("staffing", village)


@login_required
def specialists(request: HttpRequest) -> HttpResponse:
    """The town's travelling specialists; saving one with a name already there changes it."""
    town = queries.town_for(request.user, request.GET.get("town"))
    may_change = rules.may_propose(request.user, town)
    form = SpecialistForm(request.POST or None)
    if request.method == "POST":
        require(may_change)
        if form.is_valid():
            services.set_specialist(by=request.user, place=town, **form.cleaned_data)
            messages.success(request, "已记下。")
            return redirect("specialists")
    rows = [(row, halves_text(row.halves)) for row in queries.specialists_of(town)]
    context = {"town": town, "rows": rows, "form": form, "may_change": may_change}
    return render(request, "planning/specialists.html", context)
