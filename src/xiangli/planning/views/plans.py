"""Plans: the list, a new one, one plan with its proof and its gaps, a village's week."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from xiangli.accounts.rules import require
from xiangli.core.errors import UserError
from xiangli.planning import comparing, queries, rules, services
from xiangli.planning.edits import Words
from xiangli.planning.forms import ProposeForm
from xiangli.planning.models import Plan
from xiangli.planning.scenarios import cost_of
from xiangli.planning.tasks import work_out_plan

PER_PAGE = 20
GAPS_SHOWN = 12
REVISIONS_SHOWN = 5
SMALL = 3  # villages: fewer are worked out while one waits


@login_required
def planning_list(request: HttpRequest) -> HttpResponse:
    """A town's plans, the one in force first."""
    town = queries.town_for(request.user, request.GET.get("town"))
    page = Paginator(queries.plans_of(town), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "town": town, "towns": queries.towns_for(request.user), "page": page,
        "adopted": queries.adopted_plan(town), "may_propose": rules.may_propose(request.user, town),
        "ready_count": sum(plan.is_ready for plan in page),
    }  # fmt: skip
    return render(request, "planning/list.html", context)


@login_required
def plan_new(request: HttpRequest) -> HttpResponse:
    """Draft a plan; a small town's is there at once, a large one's is worked out in the background."""
    town = queries.town_for(request.user, request.GET.get("town"))
    require(rules.may_propose(request.user, town))
    form = ProposeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.draft(by=request.user, place=town, workers=1, seed=1, **form.arguments())
        except UserError as error:
            form.add_error(None, str(error))
        else:
            begin(request, made)
            return redirect("plan", made.pk)
    return render(request, "planning/new.html", {"form": form, "town": town})


def begin(request: HttpRequest, made: Plan) -> None:
    if len(made.input["villages"]) > SMALL:
        work_out_plan.enqueue(made.pk)
        messages.success(request, f"开始计算，大约要 {made.seconds:.0f} 秒。过一会儿刷新本页就能看到。")
    elif services.work_out(by=request.user, plan=made).is_ready:
        messages.success(request, "算好了。")


@login_required
@require_POST
def plan_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Work a plan out once more that failed or was interrupted."""
    made = queries.plan_for(request.user, pk)
    require(rules.may_propose(request.user, made.place) and not made.is_ready)
    try:
        begin(request, made)
    except UserError as error:
        messages.warning(request, str(error))
    return redirect("plan", pk)


@login_required
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """One plan: how much of the needs it meets, for whom least, how far from the best, and why not more."""
    found = queries.plan_for(request.user, pk)
    context: dict[str, Any] = {
        "plan": found, "may_adopt": rules.may_adopt(request.user, found),
        "may_propose": rules.may_propose(request.user, found.place), "may_edit": rules.may_edit(request.user, found),
        "base": Plan.everywhere.only("title").filter(pk=found.base_id).first() if found.base_id else None,
    }  # fmt: skip
    if found.is_ready:
        shown = {village.pk for village in queries.villages_for(request.user, found.place)}
        gaps = queries.gaps_of(found, found.place).filter(place__in=shown)
        context |= {
            "villages": [row for row in queries.village_rows(found) if row["place"].pk in shown],
            "gaps": gaps[:GAPS_SHOWN], "gap_count": gaps.count(), "cost": cost_of(found.changes),
            "revisions": queries.revisions_of(found).filter(place__in=shown)[:REVISIONS_SHOWN],
        }  # fmt: skip
    return render(request, "planning/plan.html", context)


@login_required
def plan_changes(request: HttpRequest, pk: int) -> HttpResponse:
    """What becomes of each session against the plan that this one was made from, village by village."""
    found = queries.plan_for(request.user, pk)
    require(found.is_ready and found.base_id is not None)
    base = Plan.everywhere.get(scenarios=found)
    told = comparing.told(base.result, found.result, Words.of_input(base.input))
    seen = [(place, told.get(str(place.pk), [])) for place in queries.villages_for(request.user, found.place)]
    villages = [(place, changes) for place, changes in seen if changes]
    return render(request, "planning/changes.html", {"plan": found, "base": base, "villages": villages})


@login_required
@require_POST
def plan_discard(request: HttpRequest, pk: int) -> HttpResponse:
    found = queries.plan_for(request.user, pk)
    require(rules.may_propose(request.user, found.place))
    try:
        services.discard(by=request.user, plan=found)
    except UserError as error:
        messages.error(request, str(error))
        return redirect("plan", pk)
    messages.success(request, "草案已删除。")
    return redirect("planning_list")


@login_required
def plan_file(request: HttpRequest, pk: int) -> JsonResponse:
    """The plan with its input as the file that ``./xiangli plan check`` and ``plan why`` read."""
    found = queries.plan_for(request.user, pk)
    require(rules.may_propose(request.user, found.place) and found.is_ready)
    response = JsonResponse(found.whole(), json_dumps_params={"ensure_ascii": False, "indent": 1})
    response["Content-Disposition"] = f'attachment; filename="plan-{pk}.json"'
    return response
