"""Several plans of a town: the same with something changed, copies, and plans side by side."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from xiangli.accounts.rules import require
from xiangli.core.errors import UserError
from xiangli.planning import comparing, queries, rules, services
from xiangli.planning.edits import Words
from xiangli.planning.forms import MorePeopleForm, OtherRoomForm, ScenarioForm
from xiangli.planning.models import Plan
from xiangli.planning.views.plans import begin

LINES = 2  # of people and of rooms in one form; a scenario of a scenario changes more
FEWEST, MOST = 2, 4  # plans side by side
SHIFTS_SHOWN = 12


@login_required
def plan_scenario(request: HttpRequest, pk: int) -> HttpResponse:
    """The same town with another budget, other rooms, people or hours: a new draft, worked out like any other."""
    base = queries.plan_for(request.user, pk)
    require(rules.may_propose(request.user, base.place) and base.is_ready)
    form = ScenarioForm(request.POST or None, base_hours=base.hours)
    places = queries.villages_for(request.user, base.place)
    spaces, catalogue = queries.rooms_of(base.place)
    people = [MorePeopleForm(request.POST or None, prefix=f"people{n}", villages=places) for n in range(LINES)]
    rooms = [
        OtherRoomForm(request.POST or None, prefix=f"room{n}", spaces=spaces, services=catalogue) for n in range(LINES)
    ]
    lines: list[Any] = [*people, *rooms]
    faults = [one for one in (form, *lines) if not one.is_valid()]  # all of them, so that all faults are told at once
    if request.method == "POST" and not faults:
        try:
            made = _drafted(request, base, form, lines)
        except UserError as error:
            form.add_error(None, str(error))
        else:
            begin(request, made)
            return redirect("plan", made.pk)
    return render(request, "planning/scenario.html", {"plan": base, "form": form, "people": people, "rooms": rooms})


def _drafted(request: HttpRequest, base: Plan, form: ScenarioForm, lines: list[Any]) -> Plan:
    wanted = form.arguments()
    budget_fen, changes = wanted.pop("budget_fen"), wanted.pop("changes")
    if budget_fen is not None:
        changes.append(services.budget_change(base, budget_fen))
    changes += [change for one in lines if (change := one.change())]
    return services.draft_scenario(by=request.user, base=base, changes=changes, **wanted)


@login_required
@require_POST
def plan_copy(request: HttpRequest, pk: int) -> HttpResponse:
    """The same week once more as a draft, to be changed by hand."""
    found = queries.plan_for(request.user, pk)
    require(rules.may_propose(request.user, found.place) and found.is_ready)
    made = services.copy_plan(by=request.user, plan=found)
    messages.success(request, "另存好了，可以动手改。")
    return redirect("plan", made.pk)


@login_required
def plan_compare(request: HttpRequest) -> HttpResponse:
    """Two to four plans side by side (``?p=1&p=2``), against the first; one village closely (``village``)."""
    queries.town_for(request.user)  # a person without a town finds nothing here
    plans = queries.plans_to_compare(request.user, request.GET.getlist("p"))
    if not FEWEST <= len({plan.pk for plan in plans}) <= MOST or len({plan.place_id for plan in plans}) > 1:
        messages.error(request, f"请选同一个镇里 {FEWEST} 到 {MOST} 个算好的方案来比。")
        return redirect("planning_list")
    town = plans[0].place
    places = {str(place.pk): place for place in queries.villages_for(request.user, town)}
    names = {id: place.label for id, place in places.items()}
    first, others = plans[0], plans[1:]
    context = {
        "town": town, "plans": plans, "figures": comparing.figures(plans, names),
        "villages": [
            (place, [plan.report.get("villages", {}).get(id, {}) for plan in plans]) for id, place in places.items()
        ],
        "others": [
            {
                "plan": plan, "moved": comparing.moved(first.result, plan.result),
                "shifts": comparing.shifts(first.report, plan.report, names)[:SHIFTS_SHOWN],
            }
            for plan in others
        ],
        "query": "&".join(f"p={plan.pk}" for plan in plans),
        **_closely(plans, places.get(request.GET.get("village", ""))),
    }  # fmt: skip
    return render(request, "planning/compare.html", context)


def _closely(plans: list[Plan], village: Any) -> dict[str, Any]:
    """One village: its spaces' hours in every plan, and what becomes of each session."""
    if village is None:
        return {"village": None}
    id = str(village.pk)
    rows = queries.spaces_of(village)
    spaces = [
        (space, [plan.report.get("villages", {}).get(id, {}).get("spaces", {}).get(str(space.pk)) for plan in plans])
        for space in rows
    ]
    words = Words.of_input(plans[0].input)
    told = [(plan, comparing.told(plans[0].result, plan.result, words).get(id, [])) for plan in plans[1:]]
    return {"village": village, "spaces": [row for row in spaces if any(row[1])], "told": told}
