"""A village's week: to read by day, by space and hour by hour; to change by hand, each change checked at once."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from xiangli.accounts.rules import require
from xiangli.core.errors import UserError
from xiangli.core.numbers import whole_number
from xiangli.places.models import Place
from xiangli.planning import queries, rules, services
from xiangli.planning.choices import EditKind
from xiangli.planning.edits import Change, Verdict, Words, by_button, find, places_for
from xiangli.planning.forms import ReplanForm, WeekForm
from xiangli.planning.models import Plan
from xiangli.planning.week import by_day, by_space, space_grid

REVISIONS_SHOWN = 10
BY_BUTTON = {EditKind.REMOVE, EditKind.PIN, EditKind.UNPIN}  # changes that need no form


@login_required
def plan_village(request: HttpRequest, pk: int, village: int) -> HttpResponse:
    """One village's week, or one of its spaces hour by hour (``space``), and every need that it leaves and why."""
    found, place = _plan_and_village(request, pk, village)
    activities = list(queries.activities_of(found, place))
    spaces = list(queries.spaces_of(place))
    report = found.report.get("villages", {}).get(str(place.pk), {})
    used = [space for space in spaces if str(space.pk) in report.get("spaces", {})]
    space = next((one for one in used if str(one.pk) == request.GET.get("space")), None)
    if space is not None:
        activities = [one for one in activities if one.space_id == space.pk]
    may_edit = rules.may_edit(request.user, found)
    context = {
        "plan": found, "village": place, "row": report, "spaces": used, "space": space, "may_edit": may_edit,
        "days": by_day(activities), "gaps": queries.gaps_of(found, place),
        "revisions": queries.revisions_of(found, place)[:REVISIONS_SHOWN],
        "last": services.standing(found) if may_edit else None, "replan_form": ReplanForm(),
    }  # fmt: skip
    if space is not None:
        taken, shut = (
            [row[1:] for row in report.get(name, ()) if row[0] == str(space.pk)] for name in ("taken", "shut")
        )
        lines = [one for _, day in context["days"] for one in day]
        context["grid"] = space_grid(lines, found.hours, taken, shut)
    else:
        context["table"] = by_space(activities, used)
    return render(request, "planning/village.html", context)


def _plan_and_village(request: HttpRequest, pk: int, village: int) -> tuple[Plan, Place]:
    found, place = queries.plan_for(request.user, pk), queries.village_for(request.user, village)
    require(found.is_ready and found.place.contains(place))
    return found, place


@login_required
def plan_edit(request: HttpRequest, pk: int, village: int) -> HttpResponse:
    """Change one session (``session``: its key), or add one. ``try`` only says what would come of it.

    A script that asks for JSON is told the verdict; a plain form gets this page with it.
    """
    found, place = _plan_and_village(request, pk, village)
    require(rules.may_edit(request.user, found))
    town, week = services.read_week(found)
    asked = request.POST if request.method == "POST" else request.GET
    key = asked.get("session", "")
    session = find(week, str(place.pk), key) if key else None
    if key and session is None:
        require(request.method == "POST")
        asked = _as_addition(asked, key)  # somebody moved it meanwhile: what was wanted is kept
    kind = EditKind(asked["kind"]) if asked.get("kind") in BY_BUTTON else EditKind.MOVE if session else EditKind.ADD
    bound = asked if request.method == "POST" and kind not in BY_BUTTON else None
    form = WeekForm(
        bound, data_input=found.input, village=str(place.pk), session=session, initial=_initial(session, asked)
    )
    words = Words.of(town)
    context: dict[str, Any] = {
        "plan": found, "village": place, "session": session, "key": key if session else "", "form": form,
        "kind": kind, "service": town.service(session.service) if session else None, "revision": found.revision,
        "words": words.session(session) if session else "", "space": asked.get("from", ""),
    }  # fmt: skip
    change = _change(kind, session, form) if request.method == "POST" else None
    if change is not None:
        context["wanted"] = words.change(change)
        answer = _carry_out(request, found, place, change, context)
        if answer is not None:
            return answer
    if session is not None:
        context["others"] = [(one, words.session(one)) for one in places_for(town, week, session)]
    return render(request, "planning/edit.html", context, status=409 if "conflict" in context else 200)


def _as_addition(asked: Any, key: str) -> Any:
    """The form's data for adding what was to be moved: its service stands in the key."""
    data = asked.copy()
    data["service"], data["kind"] = key.split("~")[0], ""
    return data


def _revision(request: HttpRequest, plan: Plan) -> int:
    """The revision that the person saw; what is no number was none."""
    if request.method != "POST":
        return plan.revision
    seen = whole_number(request.POST.get("revision", ""))
    return -1 if seen is None else seen


def _initial(session: Any, asked: Any) -> dict[str, Any]:
    if session is None:
        return {name: asked.get(name) for name in ("service", "space", "day", "start") if asked.get(name)}
    return {
        "space": session.space, "day": session.time.day, "start": session.time.start, "week": session.week,
        "specialist": session.specialist or "", **{n: asked[n] for n in ("space", "day", "start") if asked.get(n)},
    }  # fmt: skip


def _change(kind: EditKind, session: Any, form: WeekForm) -> Change | None:
    """What the person wants, or None where the form has faults."""
    if kind in BY_BUTTON:
        return by_button(kind, session) if session is not None else None
    return Change(kind, session, form.session_wanted()) if form.is_valid() else None


def _carry_out(
    request: HttpRequest, plan: Plan, place: Place, change: Change, context: dict[str, Any]
) -> HttpResponse | None:
    """Try or do it; None: back to the page, with what is to be said in ``context``."""
    revision = _revision(request, plan)
    if "try" in request.POST:
        verdict = context["verdict"] = services.try_edit(plan=plan, place=place, change=change)
        context["said"] = _figures(verdict.figures)
        return (
            _json(verdict, revision == plan.revision)
            if "application/json" in request.headers.get("Accept", "")
            else None
        )
    try:
        kept = services.edit_week(by=request.user, plan=plan, place=place, change=change, revision=revision)
    except services.EditRefused as refusal:
        context["reasons"] = refusal.reasons
    except services.EditConflict as conflict:
        context["conflict"] = conflict
    except UserError as error:
        context["reasons"] = [str(error)]
    else:
        messages.success(request, _said(kept.text, kept.figures))
        return redirect(_back(plan, place, request.POST.get("from", "")))
    return None


def _json(verdict: Verdict, current: bool) -> JsonResponse:
    reasons = list(verdict.reasons) if current else ["这个方案刚刚被别人改过，请刷新再改。"]
    return JsonResponse({"ok": not reasons, "reasons": reasons, "said": _figures(verdict.figures)})


def _said(text: str, figures: dict[str, Any]) -> str:
    return f"{text}。{_figures(figures)}"


def _figures(figures: dict[str, Any]) -> str:
    """需求满足 62%→61%，照顾最少的 60 岁以上 47%→47%。"""
    met, worst, group = figures["met"], figures["worst"], figures["worst_group"][1]
    hours = "，".join(f"{name} {'多' if h > 0 else '少'} {abs(h):g} 人时" for name, h in figures["groups"].items())
    told = f"需求满足 {met[0]:.1%} → {met[1]:.1%}，照顾最少的（{group}）{worst[0]:.1%} → {worst[1]:.1%}"
    return f"{told}；{hours}。" if hours else f"{told}。"


def _back(plan: Plan, place: Place, space: str) -> str:
    page = reverse("plan_village", args=[plan.pk, place.pk])
    return page if whole_number(space) is None else f"{page}?space={space}"


@login_required
@require_POST
def plan_undo(request: HttpRequest, pk: int, village: int) -> HttpResponse:
    """Take back the newest change of the plan that still stands."""
    found, place = _plan_and_village(request, pk, village)
    require(rules.may_edit(request.user, found))
    try:
        kept = services.undo(by=request.user, plan=found, revision=_revision(request, found))
        messages.success(request, _said(kept.text, kept.figures))
    except services.EditConflict as conflict:
        messages.error(request, f"{conflict}最近的是：{'；'.join(one.text for one in conflict.others[:3])}")
    except UserError as error:
        messages.error(request, str(error))
    return redirect(_back(found, place, ""))


@login_required
@require_POST
def plan_replan(request: HttpRequest, pk: int, village: int) -> HttpResponse:
    """Make the village's week again around what is pinned."""
    found, place = _plan_and_village(request, pk, village)
    require(rules.may_edit(request.user, found))
    form = ReplanForm(request.POST)
    if not form.is_valid():
        messages.error(request, "请选保留多少。")
        return redirect(_back(found, place, ""))
    try:
        kept = services.replan_village(
            by=request.user, plan=found, place=place, revision=_revision(request, found), **form.cleaned_data
        )
        more = (
            f"改动 {len(kept.differences)} 处，见下面“改过什么”。" if kept.differences else "没有更好的，什么也没动。"
        )
        messages.success(request, f"{_said(kept.text, kept.figures)}{more}")
    except services.EditConflict as conflict:
        messages.error(request, f"{conflict}最近的是：{'；'.join(one.text for one in conflict.others[:3])}")
    except UserError as error:
        messages.error(request, str(error))
    return redirect(_back(found, place, ""))
