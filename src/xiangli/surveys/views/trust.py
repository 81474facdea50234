"""Integrity in the office: answers asked for again by somebody else, and patterns for a person to judge."""

import secrets
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from xiangli.accounts.rules import require
from xiangli.core.errors import UserError
from xiangli.places.models import Place
from xiangli.surveys import queries, rules, services, trust_queries
from xiangli.surveys.answer_forms import AnswerForm
from xiangli.surveys.choices import Pattern
from xiangli.surveys.forms import DrawForm, FailForm, JudgeForm
from xiangli.surveys.models import Campaign, Recheck, Response
from xiangli.surveys.questionnaire import in_words
from xiangli.surveys.views.office import campaign_of
from xiangli.ui.forms import faults

PER_PAGE = 20


def _collecting(request: HttpRequest, campaign: Campaign) -> list[Place]:
    """The villages of a campaign in which this person collects answers; none: 404."""
    mine = [one for one in queries.villages_for(request.user, campaign) if rules.may_collect(request.user, one)]
    require(bool(mine))
    return mine


@login_required
def rechecks(request: HttpRequest, pk: int) -> HttpResponse:
    """The answers drawn to be asked for again, and how well both askings agree."""
    campaign = campaign_of(request, pk)
    mine = _collecting(request, campaign)
    rows = trust_queries.rechecks_of(campaign, campaign.place).filter(response__place__in=mine)
    rows = rows.order_by("at", "response__place__path", "pk")
    draws = list(trust_queries.draws_of(campaign, campaign.place).filter(place__in=mine))
    whole = rules.may_manage(request.user, campaign.place)
    agreement = trust_queries.agreement_of(campaign, campaign.place) if whole else None
    context = {
        "campaign": campaign, "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")), "draws": draws,
        "form": DrawForm(), "may_draw": whole, "agreement": agreement,
    }  # fmt: skip
    return render(request, "surveys/rechecks.html", context)


@login_required
@require_POST
def recheck_draw(request: HttpRequest, pk: int) -> HttpResponse:
    """Draw, for every village of the campaign, from the answers that no draw has covered yet."""
    campaign = campaign_of(request, pk)
    require(rules.may_manage(request.user, campaign.place))
    form = DrawForm(request.POST)
    if not form.is_valid():
        messages.error(request, faults(form))
        return redirect("rechecks", pk)
    try:
        made = services.draw_rechecks(
            by=request.user, campaign=campaign, villages=queries.villages_for(request.user, campaign),
            seed=form.cleaned_data["seed"].strip() or secrets.token_hex(8), share=form.cleaned_data["share"] / 100,
            at=timezone.now(),
        )  # fmt: skip
    except UserError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{len(made)} 个村抽好了。请安排第一次没问过的人去再问。")
    return redirect("rechecks", pk)


@login_required
def recheck_check(request: HttpRequest, pk: int, draw: int) -> HttpResponse:
    """Repeat a draw from its seed and say whether the same answers come out."""
    campaign = campaign_of(request, pk)
    one = trust_queries.draws_of(campaign, campaign.place).filter(pk=draw).first()
    require(one is not None and rules.may_collect(request.user, one.place))
    assert one is not None
    if trust_queries.draw_holds(one):
        messages.success(request, f"{one.place.name}：照种子 {one.seed} 重抽一遍，抽到的正是这几份。")
    else:
        messages.error(request, f"{one.place.name}：照种子 {one.seed} 重抽，结果不同。请查这几份是怎么来的。")
    return redirect("rechecks", pk)


@login_required
def recheck(request: HttpRequest, pk: int, recheck: int) -> HttpResponse:
    """Type in what the person said the second time. The first answers are not shown, so that nobody copies them."""
    campaign = campaign_of(request, pk)
    one = trust_queries.rechecks_of(campaign, campaign.place).filter(pk=recheck).first()
    require(one is not None and rules.may_collect(request.user, one.response.place))
    assert one is not None
    failed = "failed" in request.POST
    form = AnswerForm(campaign.definition, [one.response.place], (request.POST or None) if not failed else None)
    fail = FailForm(request.POST if failed else None)
    if request.method == "POST" and one.at is None:
        try:
            if _given(request, one, form, fail):
                return redirect("rechecks", pk)
        except UserError as error:
            messages.error(request, str(error))
    context = {"campaign": campaign, "recheck": one, "form": form, "fail": fail}
    return render(request, "surveys/recheck.html", context)


def _given(request: HttpRequest, one: Recheck, form: AnswerForm, fail: FailForm) -> bool:
    now = timezone.now()
    if fail.is_bound:
        if fail.is_valid():
            services.fail_recheck(by=request.user, recheck=one, reason=fail.cleaned_data["failed"], at=now)
        return fail.is_valid()
    if form.is_valid():
        services.record_recheck(by=request.user, recheck=one, raw=form.raw(), at=now)
        messages.success(request, "记下了。")
    return form.is_valid()


@login_required
def second_looks(request: HttpRequest, pk: int) -> HttpResponse:
    """Patterns worth a second look, those that nobody has judged first."""
    campaign = campaign_of(request, pk)
    places = {one.pk: one for one in _collecting(request, campaign)}
    page = Paginator(trust_queries.looks_of(campaign, places, campaign.place), PER_PAGE).get_page(
        request.GET.get("page")
    )
    rows = [{"look": look, "kind": Pattern(look.found.kind).label} for look in page]
    return render(request, "surveys/looks.html", {"campaign": campaign, "page": page, "rows": rows})


@login_required
def second_look(request: HttpRequest, pk: int, digest: str) -> HttpResponse:
    """One pattern with its answers: a person says that all is well, or which of them do not count, and why."""
    campaign = campaign_of(request, pk)
    places = {one.pk: one for one in _collecting(request, campaign)}
    looks = trust_queries.looks_of(campaign, places, campaign.place)
    look = next((one for one in looks if one.found.digest == digest), None)
    if look is None:
        raise Http404
    form = JudgeForm(request.POST or None, keys=look.found.keys)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            services.judge(
                by=request.user, campaign=campaign, place=look.place, found=look.found, verdict=said["verdict"],
                reason=said["reason"], leave_out=said["leave_out"], at=timezone.now(),
            )  # fmt: skip
        except UserError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "记下了。要让结果照此重算，请重新得出需求。")
            return redirect("second_looks", pk)
    ticked = form.cleaned_data.get("leave_out", ()) if form.is_bound else queries.left_out(campaign, look.place)
    out = set(ticked)
    rows = queries.all_responses(campaign, look.place).filter(pk__in=look.found.keys)
    context = {
        "campaign": campaign, "look": look, "kind": Pattern(look.found.kind).label, "form": form,
        "questions": [q for q in campaign.definition["questions"] if q["kind"] != "text"],
        "rows": [_shown(campaign, row, row.pk in out) for row in rows],
    }  # fmt: skip
    return render(request, "surveys/look.html", context)


def _shown(campaign: Campaign, row: Response, is_out: bool) -> dict[str, Any]:
    answers = queries.effective(row)
    cells = []
    for question in campaign.definition["questions"]:
        if question["kind"] != "text":
            cells.append(in_words(question, answers.get(question["name"])))
    name = f"编号 {row.sheet}" if row.sheet is not None else f"{row.get_channel_display()} {row.pk}"
    return {"pk": row.pk, "name": name, "cells": cells, "out": is_out}
