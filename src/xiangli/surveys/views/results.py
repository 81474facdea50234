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
from xiangli.surveys.exports import write_needs_xlsx
from xiangli.surveys.figures import report
from xiangli.surveys.models import Campaign, Need, NeedsList
from xiangli.surveys.views.office import campaign_of
from xiangli.surveys.views.tables import XLSX


@login_required
def survey_figures(request: HttpRequest, pk: int) -> HttpResponse:
    """Shares with their 95 % intervals, for one village or (town and county) for all together."""
    campaign = campaign_of(request, pk)
    villages = list(queries.villages_for(request.user, campaign))
    whole = rules.may_manage(request.user, campaign.place)
    place = next((one for one in villages if str(one.pk) == request.GET.get("place")), None)
    if place is None:
        place = campaign.place if whole else villages[0]
    try:
        found = report(campaign, place)
    except UserError as error:
        messages.error(request, str(error))
        return redirect("survey", pk)
    context = {
        "campaign": campaign, "place": place, "villages": villages, "whole": whole, "report": found,
        "channels": [(Channel(name).label, n) for name, n in sorted(found.channels.items())],
        "rate": None if found.rate is None else round(100 * found.rate),
    }  # fmt: skip
    return render(request, "surveys/figures.html", context)


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
        "campaign": campaign, "place": place, "list": needs_list,
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
