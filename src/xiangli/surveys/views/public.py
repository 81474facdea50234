"""What the public sees: the web form of a questionnaire, and the needs list of a village."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from xiangli.core.errors import UserError
from xiangli.core.numbers import whole_number
from xiangli.places.models import Place
from xiangli.places.queries import villages
from xiangli.surveys import queries, services
from xiangli.surveys.answer_forms import AnswerForm
from xiangli.surveys.channels import in_language, language_tag, languages
from xiangli.surveys.choices import Channel
from xiangli.surveys.estimating import public_changes, public_questions
from xiangli.surveys.models import Campaign
from xiangli.surveys.throttle import may_pass
from xiangli.surveys.villages import address_of, called
from xiangli.ui.offline import keep_offline

LATE = timedelta(days=7)
TOO_MANY = "这个网络地址今天交得太多了。请过一小时再试，或者到中心柜台，由工作人员代填。"


def survey_answer(request: HttpRequest, public_id: str) -> HttpResponse:
    """Fill in the form. ``?v=slug`` chooses the village, so that a QR code on a door can say where it hangs."""
    campaign = queries.campaign_by_public_id(public_id)
    if not _in_time(campaign, request.POST.get("filled", "")):
        return render(request, "surveys/closed.html", {"campaign": campaign, "today": timezone.localdate()})
    places = _villages(campaign, request.GET.get("v", ""))
    names = languages(campaign.definition)
    chosen = whole_number(request.GET.get("l", ""))
    language = names[chosen] if chosen is not None and chosen < len(names) else names[0]
    form = AnswerForm(campaign.definition, places, request.POST or None, asked=campaign.place, language=language)
    if request.method == "POST" and form.is_valid() and _taken(request, campaign, form, by=request.user):
        return redirect(_thanks(campaign, form.village()))
    village = places[0] if len(places) == 1 else None
    named = address_of(campaign.place, village) if village else ""
    send = reverse("survey_send", args=[public_id])
    context = {
        "campaign": campaign, "form": form, "village": village, "shown": in_language(campaign.definition, language),
        "languages": list(enumerate(names)), "language_tag": language_tag(language) if language != names[0] else "",
        "chosen_village": named if village != campaign.place else "", "send": f"{send}?v={named}" if village else send,
        "now": str(int(timezone.now().timestamp() * 1000)),
    }  # fmt: skip
    return keep_offline(render(request, "surveys/answer.html", context))


def _taken(request: HttpRequest, campaign: Campaign, form: AnswerForm, *, by: Any) -> bool:
    """Seal what a valid form says; if that cannot be, the form says why."""
    if not may_pass(request):
        form.add_error(None, TOO_MANY)
        return False
    try:
        sealed, new = services.record_response(
            by=by, campaign=campaign, place=form.village(), channel=Channel.WEB, raw=form.raw(),
            client_uuid=form.cleaned_data["uuid"],
        )  # fmt: skip
    except UserError as error:
        form.add_error(None, str(error))
        return False
    if not new and not services.says_the_same(sealed, form.raw()):
        form.add_error(None, "这一页刚才已经交过一份，交上的不能再改。要替别人填，请重新打开这个网址。")
        return False
    return True


@csrf_exempt  # nothing here is done in anybody's name: the answer is kept without whoever is logged in
@require_POST
def survey_send(request: HttpRequest, public_id: str) -> JsonResponse:
    """An answer sent by the page's script, now or when the line is back. The same one sent twice counts once.

    200 taken, 410 closed, 422 cannot be used, 429 too many: later. One that was filled in before the campaign closed
    is taken for a week after; its time is the device's own word.
    """
    campaign = queries.campaign_by_public_id(public_id)
    if not _in_time(campaign, request.POST.get("filled", "")):
        return JsonResponse({"reason": "这份问卷已经截止。"}, status=410)
    places = _villages(campaign, request.GET.get("v", ""))
    form = AnswerForm(campaign.definition, places, request.POST, asked=campaign.place)
    if form.is_valid() and _taken(request, campaign, form, by=None):
        return JsonResponse({"thanks": _thanks(campaign, form.village())})
    reasons = [str(error) for errors in form.errors.values() for error in errors]
    return JsonResponse({"reason": " ".join(reasons)}, status=429 if TOO_MANY in reasons else 422)


def _in_time(campaign: Campaign, filled: str) -> bool:
    """Whether an answer is taken now: ``filled`` (ms) says when the form was opened, or filled in without a line."""
    today = timezone.localdate()
    if campaign.opens > today:
        return False
    if campaign.closes is None or today <= campaign.closes:
        return True
    if today > campaign.closes + LATE or not filled.isdecimal() or len(filled) > 13:
        return False
    return timezone.localdate(datetime.fromtimestamp(int(filled) / 1000, tz=UTC)) <= campaign.closes


def _villages(campaign: Campaign, chosen: str) -> list[Place]:
    if campaign.place.level in ("village", "group"):
        return [campaign.place]
    rows = list(villages(campaign.place).select_related("parent"))
    return called(campaign.place, rows, chosen) or rows


def _village(campaign: Campaign, name: str) -> Place:
    rows = Place.objects.filter(path__startswith=campaign.place.path, is_open=True).select_related("county", "parent")
    found = called(campaign.place, rows.filter(slug__in=[name, name.rpartition("-")[0]]), name)
    if not found:
        raise Http404
    return found[0]


def _thanks(campaign: Campaign, village: Place) -> str:
    return reverse("survey_thanks", args=[campaign.public_id, address_of(campaign.place, village)])


def survey_thanks(request: HttpRequest, public_id: str, village: str) -> HttpResponse:
    """Thanks, and what happens now."""
    campaign = queries.campaign_by_public_id(public_id)
    place = _village(campaign, village)
    needs = queries.published_needs(place)
    context = {
        "campaign": campaign, "place": place, "needs": needs, "village": village,
        "needs_village": address_of(needs.campaign.place, place) if needs else "",
    }  # fmt: skip
    return render(request, "surveys/thanks.html", context)


def needs_public(request: HttpRequest, public_id: str, village: str) -> HttpResponse:
    """The needs list of a village as far as it may be shown: never fewer than five people behind a figure."""
    campaign = queries.campaign_by_public_id(public_id)
    place = _village(campaign, village)
    needs_list = queries.published_needs(place)
    if needs_list is None or needs_list.campaign_id != campaign.pk:
        messages.info(request, f"{place.name}的需求清单还没有公布。")
        context = {"campaign": campaign, "place": place, "village": village}
        return render(request, "surveys/not_yet.html", context)
    whole = [line | {"width": line["high"] - line["low"]} for line in needs_list.published if not line["group"]]
    groups: dict[str, list[dict]] = {}
    for line in needs_list.published:
        if line["group"]:
            groups.setdefault(line["group"], []).append(line)
    enough = needs_list.responses >= needs_list.hidden_below
    rate = round(100 * needs_list.responses / needs_list.invited) if needs_list.invited and enough else None
    figures = queries.published_figures(campaign)
    unit = next((one for one in figures.content["units"] if one["slug"] == village), None) if figures else None
    context = {
        "campaign": campaign, "place": place, "village": village, "list": needs_list, "whole": whole,
        "groups": sorted(groups.items()),
        "rate": rate, "enough": enough, "channels": unit["channels"] if unit else [], "unit": unit,
    }  # fmt: skip
    return render(request, "surveys/needs_public.html", context)


def figures_public(request: HttpRequest, public_id: str) -> HttpResponse:
    """All published figures of a campaign: one village or all together, and the change from another campaign."""
    campaign = queries.campaign_by_public_id(public_id)
    figures = queries.published_figures(campaign)
    if figures is None or not figures.content["units"]:
        messages.info(request, "结果还没有公布。")
        context = {"campaign": campaign, "place": campaign.place, "village": ""}
        return render(request, "surveys/not_yet.html", context)
    units = figures.content["units"]
    unit = next((one for one in units if one["slug"] == request.GET.get("v", "")), units[0])
    others = queries.published_waves(campaign)
    before = next((one for one in others if one.campaign.public_id == request.GET.get("before")), None)
    was = _same_unit(before.content, unit) if before else None
    context = {
        "campaign": campaign, "figures": figures, "units": units, "unit": unit, "others": others,
        "questions": public_questions(unit), "rate": _rate(unit), "before": before, "was": was,
        "changes": public_changes(was, unit) if was else [],
    }  # fmt: skip
    return render(request, "surveys/figures_public.html", context)


def _rate(unit: dict[str, Any]) -> int | None:
    return round(100 * unit["answers"] / unit["invited"]) if unit["invited"] else None


def _same_unit(content: dict[str, Any], unit: dict[str, Any]) -> dict[str, Any] | None:
    return next((one for one in content["units"] if one["slug"] == unit["slug"]), None)
