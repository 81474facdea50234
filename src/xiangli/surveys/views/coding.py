"""Open answers in the office: read one after the other, put under a code, with the likeliest codes on top."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import F
from django.db.models.expressions import Combinable
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from xiangli.accounts.looks import shows_personal
from xiangli.accounts.rules import require
from xiangli.core.errors import UserError
from xiangli.core.numbers import whole_number
from xiangli.places.models import Place, Service
from xiangli.surveys import queries, rules, services, trust_queries
from xiangli.surveys.forms import CodeForm, CodingForm
from xiangli.surveys.models import Campaign, Code, Response
from xiangli.surveys.views.office import campaign_of
from xiangli.ui.forms import faults

PER_PAGE = 10


def _question(request: HttpRequest, campaign: Campaign) -> dict[str, Any]:
    """The open question that is being coded: the one asked for, else the first."""
    questions = trust_queries.text_questions(campaign)
    if not questions:
        raise Http404
    wanted = request.POST.get("question") or request.GET.get("question")
    return next((one for one in questions if one["name"] == wanted), questions[0])


def _mine(request: HttpRequest, campaign: Campaign) -> list[Place]:
    mine = [one for one in queries.villages_for(request.user, campaign) if rules.may_collect(request.user, one)]
    require(bool(mine))
    return mine


def _services(campaign: Campaign) -> Any:
    return Service.everywhere.filter(county_id=campaign.county_id)


@shows_personal("问卷上写的话")
@login_required
def coding(request: HttpRequest, pk: int) -> HttpResponse:
    """What people wrote and nobody has coded yet, ten at a time, each with suggestions."""
    campaign = campaign_of(request, pk)
    mine, question = _mine(request, campaign), _question(request, campaign)
    rows = trust_queries.uncoded(campaign, campaign.place, question["name"]).filter(place__in=mine)
    rows = rows.order_by(_order(request.user), "pk")
    page = Paginator(rows.select_related("place"), PER_PAGE).get_page(request.GET.get("page"))
    book = list(trust_queries.code_book(campaign, campaign.place))
    said = trust_queries.words_of({row.pk: row.texts for row in page}, question["name"])
    texts = [said[row.pk] for row in page]
    likely = trust_queries.suggestions(campaign, campaign.place, question["name"], texts)
    context = {
        "campaign": campaign, "question": question, "questions": trust_queries.text_questions(campaign), "page": page,
        "items": [_item(row, text, found, book) for row, text, found in zip(page, texts, likely, strict=True)],
        "book": book, "form": CodeForm(services=_services(campaign)), "services": _services(campaign),
        "last": trust_queries.last_coding(campaign, request.user),
    }  # fmt: skip
    return render(request, "surveys/coding.html", context)


def _order(user: Any) -> Combinable:
    """An order of one's own, so that two people who code at once do not both read the same answer first."""
    return F("pk") * (user.pk * 7919 % 10007 or 1) % 10007


def _item(row: Response, text: str, found: list[tuple[int, float]], book: list[Code]) -> dict[str, Any]:
    """One written answer: suggested codes first, the rest of the book behind them."""
    by_key = {code.pk: code for code in book}
    first = [by_key[key] for key, _ in found]
    return {"row": row, "text": text, "likely": first, "others": [code for code in book if code not in first]}


@login_required
@require_POST
def code_answer(request: HttpRequest, pk: int, response: int) -> HttpResponse:
    """Put one written answer under codes; with a new label, under a new code as well."""
    campaign = campaign_of(request, pk)
    question = _question(request, campaign)
    row = Response.objects.within(campaign.place).filter(campaign=campaign, pk=response).first()
    require(row is not None and rules.may_collect(request.user, row.place))
    assert row is not None
    form = CodingForm(request.POST, codes=Code.everywhere.filter(campaign=campaign))
    if not form.is_valid():
        messages.error(request, faults(form))
    elif not form.cleaned_data["codes"] and "nothing" not in request.POST:
        messages.error(request, "请先勾选归成什么；不算需求的，按“不算需求”。")
    else:
        try:
            services.code_answer(
                by=request.user, response=row, question=question["name"], codes=form.cleaned_data["codes"],
                at=timezone.now(),
            )  # fmt: skip
        except UserError as error:
            messages.error(request, str(error))
    return _back(campaign, question)


@login_required
@require_POST
def code_add(request: HttpRequest, pk: int) -> HttpResponse:
    """A new entry of the code book, or (with ``code``) another service for one that is there."""
    campaign = campaign_of(request, pk)
    _mine(request, campaign)
    question = _question(request, campaign)
    wanted = whole_number(request.POST.get("code", ""))
    there = None if wanted is None else Code.everywhere.filter(campaign=campaign, pk=wanted).first()
    form = CodeForm({**request.POST.dict(), **({"label": there.label} if there else {})}, services=_services(campaign))
    if not form.is_valid():
        messages.error(request, faults(form))
        return _back(campaign, question)
    try:
        if there:
            services.map_code(by=request.user, code=there, service=form.cleaned_data["service"])
        else:
            services.add_code(by=request.user, campaign=campaign, **form.cleaned_data)
        messages.success(request, "归类表改好了。")
    except UserError as error:
        messages.error(request, str(error))
    return _back(campaign, question)


@login_required
@require_POST
def code_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back my last coding: the answer stands in the queue again."""
    campaign = campaign_of(request, pk)
    _mine(request, campaign)
    undone = services.undo_coding(by=request.user, campaign=campaign)
    messages.success(request, "撤回了上一份。" if undone else "没有可以撤回的。")
    return _back(campaign, _question(request, campaign))


def _back(campaign: Campaign, question: dict[str, Any]) -> HttpResponse:
    return redirect(f"{_address(campaign)}?question={question['name']}")


def _address(campaign: Campaign) -> str:
    from django.urls import reverse

    return reverse("coding", args=[campaign.pk])
