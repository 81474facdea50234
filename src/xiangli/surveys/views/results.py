"""Figures and needs lists in the office."""

from io import BytesIO

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from xiangli.accounts.rules import require
from xiangli.core.errors import UserError
from xiangli.places.models import Place
from xiangli.surveys import queries, rules
from xiangli.surveys.choices import Channel
from xiangli.surveys.estimating import changes
from xiangli.surveys.exports import write_needs_xlsx
from xiangli.surveys.figures import Report, report
from xiangli.surveys.models import Campaign, Need, NeedsList
from xiangli.surveys.views.office import campaign_of
from xiangli.surveys.views.tables import XLSX
from xiangli.surveys.villages import address_of


def _chosen_place(request: HttpRequest, campaign: Campaign) -> tuple[Place, list[Place], bool]:
    """(the place asked for, the villages to choose from, whether all together may be chosen)."""
    villages = list(queries.villages_for(request.user, campaign))
    whole = rules.may_manage(request.user, campaign.place)
    place = next((one for one in villages if str(one.pk) == request.GET.get("place")), None)
    if place is None:
        require(whole or bool(villages))
        place = campaign.place if whole else villages[0]
    return place, villages, whole


def _named(channels: dict[str, int]) -> list[tuple[str, int]]:
    return [(str(Channel(name).label), n) for name, n in channels.items()]


@login_required
def survey_figures(request: HttpRequest, pk: int) -> HttpResponse:
    """Shares with their 95 % intervals, for one village or (town and county) for all together."""
    campaign = campaign_of(request, pk)
    place, villages, whole = _chosen_place(request, campaign)
    try:
        found = report(campaign, place)
    except UserError as error:
        messages.error(request, str(error))
        return redirect("survey", pk)
    context = {
        "campaign": campaign, "place": place, "villages": villages, "whole": whole, "report": found,
        "channels": _named(found.channels), "rate": round(100 * found.rate) if found.rate is not None else None,
        "others": queries.waves_of(request.user, campaign),
    }  # fmt: skip
    return render(request, "surveys/figures.html", context)


@login_required
def survey_change(request: HttpRequest, pk: int) -> HttpResponse:
    """What changed from an earlier campaign to this one, question by question, each change with its interval."""
    campaign = campaign_of(request, pk)
    place, villages, whole = _chosen_place(request, campaign)
    others = list(queries.waves_of(request.user, campaign))
    before = next((one for one in others if str(one.pk) == request.GET.get("before")), None)
    if before is None:
        messages.info(request, "请选和哪一次比。")
        return redirect("survey_figures", pk)
    try:
        apart = queries.asked_apart(before, campaign, place)
        was, now = report(before, place), report(campaign, place)
    except UserError as error:
        messages.error(request, str(error))
        return redirect("survey_figures", pk)
    context = {
        "campaign": campaign, "before": before, "place": place, "villages": villages, "whole": whole, "others": others,
        "apart": apart,
        "waves": [_about(before, was), _about(campaign, now)], "questions": changes(was.questions, now.questions),
    }  # fmt: skip
    return render(request, "surveys/change.html", context)


def _about(campaign: Campaign, found: Report) -> dict[str, object]:
    """What stands beside the figures of one wave."""
    return {"campaign": campaign, "report": found, "channels": _named(found.channels)}


def _list(request: HttpRequest, pk: int, village: int) -> tuple[Campaign, Place, NeedsList | None]:
    campaign = campaign_of(request, pk)
    place = queries.villages_for(request.user, campaign).filter(pk=village).first()
    if place is None:
        raise Http404
    return campaign, place, queries.needs_lists(place).filter(campaign=campaign).first()


@login_required
def survey_needs(request: HttpRequest, pk: int, village: int) -> HttpResponse:
    """The needs list of a village with everything that planning sees; what must not be published is marked."""
    campaign, place, needs_list = _list(request, pk, village)
    lines = Need.objects.within(place).filter(list=needs_list).select_related("service") if needs_list else []
    wishes: dict[str, dict] = {}
    for line in lines:
        wish = wishes.setdefault(line.label, {"label": line.label, "service": line.service, "hours": 0.0, "lines": []})
        if not line.group:
            wish["hours"] += line.person_hours
        elif needs_list and needs_list.grouped:
            wish["lines"].append(line)
        if needs_list and not needs_list.grouped:
            wish["lines"].append(line)
    context = {
        "campaign": campaign, "place": place, "village": address_of(campaign.place, place), "list": needs_list,
        "wishes": sorted(wishes.values(), key=lambda wish: -wish["hours"]),
        "channels": [(Channel(name).label, n) for name, n in needs_list.channels.items()] if needs_list else [],
    }  # fmt: skip
    return render(request, "surveys/needs.html", context)


@login_required
def needs_xlsx(request: HttpRequest, pk: int, village: int) -> HttpResponse:
    """The same list as a workbook."""
    campaign, place, needs_list = _list(request, pk, village)
    require(needs_list is not None)
    file = BytesIO()
    lines = Need.objects.within(place).filter(list=needs_list).select_related("service", "place")
    write_needs_xlsx(file, lines, f"{place.name}需求清单（{campaign.title}）")
    response = HttpResponse(file.getvalue(), content_type=XLSX)
    response.headers["Content-Disposition"] = 'attachment; filename="needs.xlsx"'
    return response
