"""Campaigns in the office: the list, one campaign, a new one, and the steps from answers to published needs."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.views.decorators.http import require_POST

from xiangli.accounts.choices import Role
from xiangli.accounts.queries import places_of, within_places
from xiangli.accounts.rules import has_any_role, require
from xiangli.core.errors import UserError
from xiangli.places.models import Place, Service
from xiangli.surveys import queries, rules, services
from xiangli.surveys.answer_forms import AnswerForm
from xiangli.surveys.channels import gaps
from xiangli.surveys.choices import Channel
from xiangli.surveys.exports import qr_data_uri
from xiangli.surveys.forms import CampaignForm, LastDayForm, PrintForm, SampleForm, ScansForm
from xiangli.surveys.models import Campaign
from xiangli.surveys.questionnaire import by_role
from xiangli.surveys.standard import standard_questionnaire
from xiangli.surveys.villages import address_of, labels_of
from xiangli.ui.forms import faults

MANAGERS = (Role.COUNTY, Role.TOWN)
PER_PAGE = 20


@login_required
def surveys_list(request: HttpRequest) -> HttpResponse:
    """The campaigns that concern my villages, newest first."""
    require(has_any_role(request.user, *rules.READERS))
    page = Paginator(queries.with_counts(queries.campaigns_for(request.user)), PER_PAGE).get_page(
        request.GET.get("page")
    )
    context = {"page": page, "today": timezone.localdate(), "may_add": has_any_role(request.user, *MANAGERS)}
    return render(request, "surveys/list.html", context)


@login_required
def survey_new(request: HttpRequest) -> HttpResponse:
    """A new campaign from the standard questionnaire and the county's catalogue."""
    places = Place.objects.filter(
        within_places(request.user, "", *MANAGERS), level__in=["town", "village"], is_open=True
    )
    mine = places_of(request.user, *MANAGERS)
    require(bool(mine))
    catalogue = Service.everywhere.filter(county_id=mine[0].county_id)
    form = CampaignForm(
        request.POST or None,
        places=places,
        catalogue=catalogue,
        initial={"opens": timezone.localdate(), "place": mine[0]},
    )
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        definition = standard_questionnaire(
            form.asked(), title=said["title"], handler=said["handler"], contact=said["contact"]
        )
        try:
            campaign = services.create_campaign(
                by=request.user, place=said["place"], title=said["title"], definition=definition, opens=said["opens"],
                closes=said["closes"],
            )  # fmt: skip
        except UserError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "问卷建好了。下一步：印问卷，或者把网址告诉大家。")
            return redirect("survey", campaign.pk)
    return render(request, "surveys/new.html", {"form": form})


def campaign_of(request: HttpRequest, pk: int) -> Campaign:
    """The campaign, if it concerns one of this person's villages; else 404."""
    require(has_any_role(request.user, *rules.READERS))
    return queries.campaign_for(request.user, pk)


@login_required
def survey(request: HttpRequest, pk: int) -> HttpResponse:
    """One campaign: how far each village has come, and what can be done next."""
    return survey_page(request, campaign_of(request, pk))


def survey_page(request: HttpRequest, campaign: Campaign, **asked_again: Any) -> HttpResponse:
    """The page of a campaign. ``asked_again``: forms of it that were sent and refused, with what was written."""
    mine = queries.villages_for(request.user, campaign)
    rows = _by_village(campaign, list(mine))
    address = request.build_absolute_uri(reverse("survey_answer", args=[campaign.public_id]))
    context = {
        "campaign": campaign, "today": timezone.localdate(), "rows": rows,
        "answers": sum(row["answers"] for row in rows), "address": address, "qr": qr_data_uri(address),
        "doubts": queries.open_doubts(campaign, campaign.place).filter(reading__place__in=mine).count(),
        "runs": campaign.print_runs.filter(place__in=mine).select_related("place").order_by("-pk")[:10],
        "words": queries.open_words(campaign, mine).count(),
        "batches": campaign.batches.filter(place__in=mine).select_related("place")[:10],
        "print_form": PrintForm(villages=mine, definition=campaign.definition, prefix="print"),
        "scans_form": ScansForm(villages=mine, prefix="scans"),
        "sample_form": SampleForm(villages=mine, prefix="sample", definition=campaign.definition),
        "last_day_form": LastDayForm(initial={"closes": campaign.closes}),
        "may_manage": rules.may_manage(request.user, campaign.place), "gaps": gaps(campaign.definition),
        "ready": queries.waiting_sheets(campaign, campaign.place).filter(place__in=mine, open_doubts=False).count(),
    }  # fmt: skip
    return render(request, "surveys/survey.html", context | asked_again, status=422 if asked_again else 200)


def _by_village(campaign: Campaign, villages: list[Place]) -> list[dict[str, Any]]:
    counts = queries.channel_counts(campaign, campaign.place)
    samples = queries.samples_of(campaign, campaign.place)
    lists = {one.place_id: one for one in queries.needs_lists(campaign.place).filter(campaign=campaign)}
    rows = []
    for village, label in zip(villages, labels_of(villages), strict=True):
        answers = sum(counts.get(village.pk, {}).values())
        sample = samples.get(village.pk)
        invited = sample.invited if sample else None
        rows.append(
            {
                "village": village, "label": label, "address": address_of(campaign.place, village), "answers": answers,
                "invited": invited, "needs": lists.get(village.pk),
                "rate": round(100 * answers / invited) if invited else None,
            }
        )  # fmt: skip
    return rows


@login_required
@require_POST
def survey_sample(request: HttpRequest, pk: int) -> HttpResponse:
    """Say how many were asked in a village."""
    campaign = campaign_of(request, pk)
    form = SampleForm(
        request.POST, villages=queries.villages_for(request.user, campaign), prefix="sample",
        definition=campaign.definition,
    )  # fmt: skip
    if form.is_valid():
        said = form.cleaned_data
        require(rules.may_collect(request.user, said["village"]))
        try:
            services.set_sample(
                by=request.user, campaign=campaign, place=said["village"], kind=said["kind"], invited=said["invited"],
                question=said["question"], sizes=said["sizes"], units=said["units"],
            )  # fmt: skip
        except UserError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "记下了。")
            return redirect("survey", pk)
    messages.error(request, "没有记下：" + faults(form))
    return survey_page(request, campaign, sample_form=form)


@login_required
@require_POST
def survey_derive(request: HttpRequest, pk: int) -> HttpResponse:
    """Weigh the answers of all villages and derive their needs lists."""
    campaign = campaign_of(request, pk)
    require(rules.may_manage(request.user, campaign.place))
    try:
        weighed = services.weigh_all(by=request.user, campaign=campaign)
        if not weighed:
            raise UserError("还没有答卷，得不出需求。")
        notes = [f"{one.village.name}：{note}" for one in weighed for note in one.weighed.notes]
        needs = services.derive_needs(by=request.user, campaign=campaign, place=campaign.place)
    except UserError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{len(weighed)} 个村的需求清单出来了，共 {len(needs)} 条。看过以后再公布。")
        if notes:
            messages.warning(request, "；".join(notes[:5]) + ("……" if len(notes) > 5 else ""))
    return redirect("survey", pk)


@login_required
@require_POST
def survey_publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish the current needs lists of this campaign."""
    campaign = campaign_of(request, pk)
    require(rules.may_manage(request.user, campaign.place))
    lists = queries.needs_lists(campaign.place).filter(campaign=campaign)
    try:
        if by_role(campaign.definition, "need") or lists:
            count = services.publish_needs(by=request.user, lists=lists, at=timezone.now())
        else:
            count = services.publish_figures(by=request.user, campaign=campaign, at=timezone.now())
    except UserError as error:
        messages.error(request, str(error))
    else:
        if count:
            messages.success(request, f"公布了 {count} 个村的结果。")
        else:
            messages.warning(request, "没有新的需求清单要公布。有新的答卷，先按“加权，得出需求”。")
    return redirect("survey", pk)


@login_required
@require_POST
def survey_close(request: HttpRequest, pk: int) -> HttpResponse:
    """End the campaign today; or move its last day, also where that had passed."""
    campaign = campaign_of(request, pk)
    require(rules.may_manage(request.user, campaign.place))
    if "closes" in request.POST:
        return _move_last_day(request, campaign)
    services.close_campaign(by=request.user, campaign=campaign, on=timezone.localdate())
    messages.success(request, "今天收完网上答卷；还在路上的纸质问卷仍可读入。")
    return redirect("survey", pk)


def _move_last_day(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    form = LastDayForm(request.POST)
    if not form.is_valid():
        messages.error(request, "没有改：" + faults(form))
        return redirect("survey", campaign.pk)
    day = form.cleaned_data["closes"]
    try:
        services.move_last_day(by=request.user, campaign=campaign, day=day)
    except UserError as error:
        messages.error(request, f"没有改：{error}")
    else:
        messages.success(request, f"改好了：收到 {day:%Y-%m-%d}为止。" if day else "改好了：不限期，什么时候都收。")
    return redirect("survey", campaign.pk)


@login_required
def survey_counter(request: HttpRequest, pk: int) -> HttpResponse:
    """Fill in the form for somebody at the counter."""
    campaign = queries.campaign_at_counter(request.user, pk)
    places = queries.villages_at_counter(request.user, campaign)
    require(bool(places))
    form = AnswerForm(campaign.definition, places, request.POST or None, asked=campaign.place)
    if request.method == "POST" and form.is_valid():
        try:
            sealed, new = services.record_response(
                by=request.user, campaign=campaign, place=form.village(), channel=Channel.COUNTER, raw=form.raw(),
                client_uuid=form.cleaned_data["uuid"],
            )  # fmt: skip
        except UserError as error:
            form.add_error(None, str(error))
        else:
            if new or services.says_the_same(sealed, form.raw()):
                messages.success(request, "收下了，可以填下一份。")
                return redirect("survey_counter", pk)
            anew = {**dict(request.POST.lists()), "uuid": [str(uuid4())]}
            form = AnswerForm(campaign.definition, places, MultiValueDict(anew), asked=campaign.place)
            form.add_error(None, "这一页刚才已经交过一份。现在填的是另一份，还没有交；还要交，请再点一次。")
    context = {"campaign": campaign, "form": form, "reads": has_any_role(request.user, *rules.READERS)}
    return render(request, "surveys/counter.html", context)
