"""Cases in the office: what waits for me, and one page per case with only the steps that I may take."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from xiangli.accounts.choices import STAFF, WORKERS, Role
from xiangli.accounts.looks import shows_personal
from xiangli.accounts.queries import place_for, places_of, within_places
from xiangli.accounts.rules import require
from xiangli.cases import forms, queries, rules, services
from xiangli.cases.choices import State, Step
from xiangli.cases.models import Case
from xiangli.core.numbers import whole_number
from xiangli.places.models import Centre
from xiangli.ui.forms import written

SHOWS = {"mine": "等我办的", "open": "全部在办", "overdue": "超时的", "ended": "已办结", "all": "全部"}


@shows_personal("来信（列表）")
@login_required
def cases_list(request: HttpRequest) -> HttpResponse:
    """Mine first, the overdue on top."""
    require(bool(places_of(request.user, *WORKERS)))
    show = request.GET.get("show", "mine")
    today = timezone.localdate()
    cases = queries.of_user(request.user)
    if show == "mine":
        cases = queries.waiting_for(request.user)
    elif show == "overdue":
        cases = queries.urgent_first(queries.overdue(cases, today))
    elif show in ("open", "ended"):
        cases = queries.urgent_first(cases.filter(due__isnull=show == "ended"))
    else:
        cases = queries.urgent_first(cases)
    if (wanted := whole_number(request.GET.get("place", ""))) is not None:
        cases = cases.filter(place__path__startswith=place_for(request.user, wanted, *WORKERS).path)
    if request.GET.get("state") in State.values:
        cases = cases.filter(state=request.GET["state"])
    page = Paginator(cases, 20).get_page(request.GET.get("page"))
    context = {"page": page, "shows": SHOWS, "show": show, "today": today}
    return render(request, "cases/list.html", context)


@login_required
def choose_centre(request: HttpRequest) -> HttpResponse:
    """For whom is the message? Straight on where there is only one centre."""
    rows = Centre.everywhere.filter(within_places(request.user, "place__", *STAFF, Role.COUNTER)).select_related(
        "place"
    )
    centres = [centre for centre in rows if rules.may_file_for(request.user, centre.place)]
    require(bool(centres))
    if len(centres) == 1:
        return redirect("case_counter", centres[0].pk)
    return render(request, "cases/choose_centre.html", {"centres": centres})


@login_required
def counter(request: HttpRequest, centre: int) -> HttpResponse:
    """Write a message down for someone at the counter or on the telephone; then the receipt to hand over."""
    where = get_object_or_404(Centre.everywhere.select_related("place", "county"), pk=centre)
    require(rules.may_file_for(request.user, where.place))
    form = forms.CounterCaseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            case = services.file_case(by=request.user, centre=where, now=timezone.now(), **form.told())
        except services.CaseError as error:
            form = form.sent_anew(str(error))
        else:
            messages.success(request, f"已记下，回执号 {case.receipt}，请抄给来信人。")
            return redirect("case_public", where.county.slug, where.slug, case.receipt)
    return render(request, "cases/counter.html", {"centre": where, "form": form})


def _visible(user: Any, pk: int) -> Case:
    case = Case.everywhere.select_related("place", "centre", "county", "handler", "filed_by").filter(pk=pk).first()
    if case is None or not rules.may_see(user, case):
        raise Http404
    return case


def _form(step: Step, case: Case, data: Any = None) -> Form | None:
    """The form that a step needs; None where pressing the button is all."""
    reasons = {Step.DECLINED: "为什么不予受理（来信人会看到）", Step.RETURNED: "为什么退单"}
    if step in reasons:
        form: Form = forms.ReasonForm(data, prefix=step)
        form.fields["reason"].label = reasons[step]
        return form
    if step == Step.EXTENDED:
        return forms.ExtendForm(data, prefix=step)
    if step == Step.DISPATCHED:
        return forms.DispatchForm(data, prefix=step, handlers=queries.handlers_for(case.place))
    if step in (Step.REPLIED, Step.FOLLOWED_UP):
        form = forms.WordsForm(data, prefix=step)
        form.fields["text"].label = "答复（来信人会看到）" if step == Step.REPLIED else "来信人追问的话"
        return form
    if step == Step.CALLED_BACK:
        return forms.CallBackForm(data, prefix=step)
    if step == Step.RATED:
        return forms.RatingForm(data, prefix=step)
    if step == Step.PUBLISHED:
        question, answer = services.draft_for_public(case)
        return forms.PublishForm(data, prefix=step, initial={"question": question, "answer": answer})
    return None


@shows_personal("来信、称呼和电话")
@login_required
def page(request: HttpRequest, pk: int, bound: tuple[Step, Form] | None = None) -> HttpResponse:
    """One case: what was said, where it stands, what may be done now, how it came here."""
    case = _visible(request.user, pk)
    tasks = []
    for step in rules.steps(request.user, case):
        form = bound[1] if bound and bound[0] == step else _form(step, case)
        tasks.append({"step": step, "form": form, "open": bool(bound and bound[0] == step)})
    context = {
        "case": case,
        "tasks": tasks,
        "events": case.events.select_related("by"),
        "today": timezone.localdate(),
        "quick": case.state == State.FILED,
        "unsent": written(bound[1]) if bound and not any(task["open"] for task in tasks) else [],
    }
    return render(request, "cases/page.html", context, status=400 if bound else 200)


# step: how its service takes the cleaned form
CALLS: dict[Step, Callable[..., Case]] = {
    Step.ACCEPTED: services.accept,
    Step.DECLINED: services.decline,
    Step.DISPATCHED: services.dispatch,
    Step.RETURNED: services.send_back,
    Step.STARTED: services.start,
    Step.EXTENDED: services.extend,
    Step.REPLIED: services.reply,
    Step.FOLLOWED_UP: services.follow_up,
    Step.CLOSED: services.close,
    Step.CALLED_BACK: services.call_back,
    Step.RATED: services.rate,
    Step.PUBLISHED: services.publish,
}


@login_required
@require_POST
def take_step(request: HttpRequest, pk: int, step: str) -> HttpResponseBase:
    """Take one step; a form that is not right comes back on the case's page with its words kept."""
    case = _visible(request.user, pk)
    quick = step == "take-on"
    if not quick and step not in CALLS:
        raise Http404
    wanted = Step.ACCEPTED if quick else Step(step)
    if case.state in rules.MOVES[wanted][0]:  # otherwise somebody was faster: the service says so in words
        require(rules.may_step(request.user, case, wanted))
    form = None if quick else _form(wanted, case, request.POST)
    if form is not None and not form.is_valid():
        return page(request, pk, bound=(wanted, form))
    call = services.take_on if quick else CALLS[wanted]
    try:
        call(by=request.user, case=case, now=timezone.now(), **(form.cleaned_data if form else {}))
        messages.success(request, "已受理，由您办理。" if quick else f"已{wanted.label}。")
    except services.CaseError as error:
        messages.error(request, str(error))
        if form is not None:
            return page(request, pk, bound=(wanted, form))
    return redirect("case_page", pk)


@login_required
def set_limits(request: HttpRequest) -> HttpResponse:
    """The county's limits in working days."""
    counties = [place for place in places_of(request.user, Role.COUNTY) if place.level == "county"]
    require(bool(counties))
    county = counties[0]
    form = forms.LimitsForm(request.POST or None, instance=queries.limits(county))
    if request.method == "POST" and form.is_valid():
        services.set_limits(by=request.user, county=county, **form.cleaned_data)
        messages.success(request, "时限已保存，对以后的步骤生效。")
        return redirect("case_limits")
    return render(request, "cases/limits.html", {"form": form, "county": county})
