"""What the public sees: the web form of a questionnaire, and the needs list of a village."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from xiangli.core.errors import UserError
from xiangli.places.models import Place
from xiangli.places.queries import villages
from xiangli.surveys import queries, services
from xiangli.surveys.choices import Channel
from xiangli.surveys.forms import AnswerForm
from xiangli.surveys.models import Campaign
from xiangli.surveys.throttle import may_pass


def survey_answer(request: HttpRequest, public_id: str) -> HttpResponse:
    """Fill in the form. ``?v=slug`` chooses the village, so that a QR code on a door can say where it hangs."""
    campaign = queries.campaign_by_public_id(public_id)
    today = timezone.localdate()
    if campaign.opens > today or (campaign.closes and campaign.closes < today):
        return render(request, "surveys/closed.html", {"campaign": campaign, "today": today})
    places = _villages(campaign, request.GET.get("v", ""))
    form = AnswerForm(campaign.definition, places, request.POST or None)
    if request.method == "POST" and form.is_valid():
        if not may_pass(request):
            form.add_error(None, "这个网络地址今天交得太多了。请过一小时再试，或者到中心柜台，由工作人员代填。")
        else:
            try:
                services.record_response(
                    by=request.user, campaign=campaign, place=form.village(), channel=Channel.WEB, raw=form.raw(),
                    client_uuid=form.cleaned_data["uuid"],
                )  # fmt: skip
            except UserError as error:
                form.add_error(None, str(error))
            else:
                return redirect("survey_thanks", public_id, form.village().slug)
    context = {"campaign": campaign, "form": form, "village": places[0] if len(places) == 1 else None}
    return render(request, "surveys/answer.html", context)


def _villages(campaign: Campaign, chosen: str) -> list[Place]:
    if campaign.place.level in ("village", "group"):
        return [campaign.place]
    rows = list(villages(campaign.place))
    return [row for row in rows if row.slug == chosen] or rows


def _village(campaign: Campaign, slug: str) -> Place:
    rows = Place.objects.filter(path__startswith=campaign.place.path, slug=slug, is_open=True)
    place = rows.select_related("county", "parent").first()
    if place is None:
        raise Http404
    return place


def survey_thanks(request: HttpRequest, public_id: str, village: str) -> HttpResponse:
    """Thanks, and what happens now."""
    campaign = queries.campaign_by_public_id(public_id)
    place = _village(campaign, village)
    context = {"campaign": campaign, "place": place, "needs": queries.published_needs(place)}
    return render(request, "surveys/thanks.html", context)


def needs_public(request: HttpRequest, public_id: str, village: str) -> HttpResponse:
    """The needs list of a village as far as it may be shown: never fewer than five people behind a figure."""
    campaign = queries.campaign_by_public_id(public_id)
    place = _village(campaign, village)
    needs_list = queries.published_needs(place)
    if needs_list is None or needs_list.campaign_id != campaign.pk:
        messages.info(request, f"{place.name}的需求清单还没有公布。")
        return render(request, "surveys/not_yet.html", {"campaign": campaign, "place": place})
    whole = [line | {"width": line["high"] - line["low"]} for line in needs_list.published if not line["group"]]
    groups: dict[str, list[dict]] = {}
    for line in needs_list.published:
        if line["group"]:
            groups.setdefault(line["group"], []).append(line)
    rate = round(100 * needs_list.responses / needs_list.invited) if needs_list.invited else None
    context = {
        "campaign": campaign, "place": place, "list": needs_list, "whole": whole, "groups": sorted(groups.items()),
        "rate": rate, "channels": [(Channel(name).label, n) for name, n in needs_list.channels.items()],
    }  # fmt: skip
    return render(request, "surveys/needs_public.html", context)
