"""Programmes with their duties, standard, practice notes and meetings; meetings with their resolutions."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from xiangli.accounts.rules import has_any_role, require
from xiangli.core.errors import UserError
from xiangli.core.numbers import whole_number
from xiangli.ledger import queries, rules, services
from xiangli.ledger.models import Meeting, Programme
from xiangli.ledger.programme_forms import (
    DutyForm,
    MeetingForm,
    PracticeForm,
    ProgrammeForm,
    ResolutionForm,
    StandardForm,
    StandardItemsForm,
)
from xiangli.places.queries import villages

PARTS = ("duty", "standard", "practice")


@login_required
def programmes(request: HttpRequest) -> HttpResponse:
    """The programmes of my places and of those above, and the latest meetings."""
    require(has_any_role(request.user, *rules.READERS))
    context = {
        "programmes": queries.programmes_for(request.user)[:100],
        "meetings": queries.meetings_for(request.user)[:30],
        "may_add": has_any_role(request.user, *rules.MANAGERS),
    }
    return render(request, "ledger/programmes.html", context)


@login_required
def programme_new(request: HttpRequest) -> HttpResponse:
    require(has_any_role(request.user, *rules.MANAGERS))
    form = ProgrammeForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        made = services.add_programme(by=request.user, **form.cleaned_data)
        return redirect("programme", made.pk)
    return render(request, "ledger/programme_form.html", {"form": form, "title": "新的实施方案"})


def _programme(request: HttpRequest, pk: int) -> Programme:
    found = queries.programmes_for(request.user).filter(pk=pk).select_related("place__county").first()
    if found is None:
        raise Http404
    return found


def _managed(request: HttpRequest, pk: int) -> Programme:
    found = _programme(request, pk)
    require(rules.may_manage(request.user, found))
    return found


@login_required
def programme(request: HttpRequest, pk: int) -> HttpResponse:
    return _programme_page(request, _programme(request, pk))


def _part_form(part: str, found: Programme, data: Any = None) -> Any:
    """The form that adds a part; several stand on one page, so that each has ids of its own."""
    ids = f"{part}_%s"
    if part == "practice":
        return PracticeForm(data, programme=found, auto_id=ids)
    return DutyForm(data, auto_id=ids) if part == "duty" else StandardForm(data, auto_id=ids)


def _programme_page(request: HttpRequest, found: Programme, bound: dict[str, Any] | None = None) -> HttpResponse:
    """One programme with all that hangs on it."""
    bound = bound or {}
    today = timezone.localdate()
    limits = queries.thresholds(found.county, today)
    place = found.place
    context = {
        "programme": found, "may": rules.may_manage(request.user, found), "bound": bound,
        "duties": found.unit_duties.all(), "practice": found.practice.select_related("service"),
        "meetings": found.meetings.all()[:20], "figures": queries.figures_of(place, limits, found.pk),
        "standard": queries.standard_table(found, limits), "villages": villages(place),
        **{f"{part}_form": bound.get(part) or _part_form(part, found) for part in PARTS},
        "items_form": bound.get("items") or StandardItemsForm(),
    }  # fmt: skip
    return render(request, "ledger/programme.html", context, status=422 if bound else 200)


@login_required
def programme_edit(request: HttpRequest, pk: int) -> HttpResponse:
    found = _managed(request, pk)
    form = ProgrammeForm(request.POST or None, user=request.user, instance=found)
    if request.method == "POST" and form.is_valid():
        services.change_programme(by=request.user, programme=found, **form.cleaned_data)
        messages.success(request, "已修改。")
        return redirect("programme", pk)
    return render(request, "ledger/programme_form.html", {"form": form, "title": "修改实施方案", "programme": found})


@login_required
@require_POST
def programme_part(request: HttpRequest, pk: int, part: str) -> HttpResponse:
    """Add a duty, a point of the standard or a practice note; with ``remove`` take one out."""
    found = _managed(request, pk)
    require(part in PARTS)
    if (number := whole_number(request.POST.get("remove", ""))) is not None:
        services.remove_part(by=request.user, programme=found, part=part, pk=number)
        return redirect("programme", pk)
    form = _part_form(part, found, request.POST)
    if form.is_valid():
        try:
            services.add_part(by=request.user, programme=found, part=part, **form.cleaned_data)
            return redirect("programme", pk)
        except UserError as error:
            form.add_error(None, str(error))
    return _programme_page(request, found, {part: form})


@login_required
@require_POST
def programme_items(request: HttpRequest, pk: int) -> HttpResponse:
    """For every village one item for each point of the standard that has none."""
    found = _managed(request, pk)
    form = StandardItemsForm(request.POST)
    if not form.is_valid():
        return _programme_page(request, found, {"items": form})
    added = services.add_items_from_standard(
        by=request.user, programme=found, villages=villages(found.place), deadline=form.cleaned_data["deadline"],
        now=timezone.now(), today=timezone.localdate(),
    )  # fmt: skip
    messages.success(request, f"已立项 {added} 项；原来有的没有重复。")
    return redirect("programme", pk)


@login_required
def meeting_new(request: HttpRequest) -> HttpResponse:
    require(has_any_role(request.user, *rules.MANAGERS))
    initial = {"programme": request.GET.get("programme"), "held_on": timezone.localdate()}
    form = MeetingForm(request.POST or None, user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        made = services.save_meeting(by=request.user, meeting=form.save(commit=False))
        return redirect("meeting", made.pk)
    return render(request, "ledger/programme_form.html", {"form": form, "title": "新的会议"})


def _meeting(request: HttpRequest, pk: int) -> Meeting:
    found = queries.meetings_for(request.user).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@login_required
def meeting(request: HttpRequest, pk: int) -> HttpResponse:
    return _meeting_page(request, _meeting(request, pk))


def _meeting_page(request: HttpRequest, found: Meeting, form: ResolutionForm | None = None) -> HttpResponse:
    may = rules.may_meet(request.user, found)
    context = {
        "meeting": found, "may": may, "resolutions": found.resolutions.select_related("item__place"),
        "form": form or (ResolutionForm(meeting=found) if may else None),
    }  # fmt: skip
    return render(request, "ledger/meeting.html", context, status=422 if form else 200)


@login_required
def meeting_edit(request: HttpRequest, pk: int) -> HttpResponse:
    found = _meeting(request, pk)
    require(rules.may_meet(request.user, found))
    form = MeetingForm(request.POST or None, user=request.user, instance=found)
    if request.method == "POST" and form.is_valid():
        services.save_meeting(by=request.user, meeting=form.save(commit=False))
        return redirect("meeting", pk)
    return render(request, "ledger/programme_form.html", {"form": form, "title": "修改会议"})


@login_required
@require_POST
def meeting_resolve(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down a resolution; with a village and a deadline it goes into the ledger."""
    found = _meeting(request, pk)
    require(rules.may_meet(request.user, found))
    form = ResolutionForm(request.POST, meeting=found)
    if form.is_valid():
        try:
            services.add_resolution(by=request.user, meeting=found, now=timezone.now(), **form.cleaned_data)
            return redirect("meeting", pk)
        except UserError as error:
            form.add_error(None, str(error))
    return _meeting_page(request, found, form)
