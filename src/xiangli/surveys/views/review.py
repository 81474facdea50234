"""What a person decides about paper: doubtful boxes one at a time or a page at once, and words to be typed in.

Each step is a plain form. With JavaScript (review.js) the same addresses answer a fetch, so that the next crop is
there before it is needed and a decision survives a lost line.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from xiangli.accounts.looks import shows_personal
from xiangli.accounts.rules import require
from xiangli.core.errors import UserError
from xiangli.core.numbers import whole_number
from xiangli.places.models import Place
from xiangli.surveys import queries, rules, services
from xiangli.surveys.models import Campaign, DoubtfulMark
from xiangli.surveys.questionnaire import find, labels
from xiangli.surveys.sheets.places import as_printed
from xiangli.surveys.views.office import campaign_of

AHEAD = 20  # crops handed out at once
PER_PAGE = 24


@shows_personal("纸表上的截图")
@login_required
def survey_review(request: HttpRequest, pk: int) -> HttpResponse:
    """The review queue: one crop, yes or no; undo; when all are decided, count the sheets in."""
    campaign = campaign_of(request, pk)
    mine = queries.villages_for(request.user, campaign)
    queue = _queue(campaign, mine)
    mark = _free(queue, request.user).first() or queue.first()
    context = {"shown": _shown(campaign, [mark])[0] if mark else None, **_progress(request, campaign, mine)}
    return render(request, "surveys/review.html", context)


@login_required
@require_POST
def review_take(request: HttpRequest, pk: int) -> HttpResponse:
    """The next crops as a fragment, kept from others for some minutes. ``without``: ids that the page has already."""
    campaign = campaign_of(request, pk)
    numbers = map(whole_number, request.POST.get("without", "").split(","))
    without = [one for one in numbers if one is not None]
    marks = services.hold_marks(
        by=request.user, campaign=campaign, places=queries.villages_for(request.user, campaign), at=timezone.now(),
        most=AHEAD, without=without,
    )  # fmt: skip
    return render(request, "surveys/_crops.html", {"crops": _shown(campaign, marks)})


@login_required
@require_POST
def review_decide(request: HttpRequest, pk: int, mark: int) -> HttpResponse:
    """Yes, this box is meant; or no."""
    campaign = campaign_of(request, pk)
    said = request.POST.get("marked")
    mine = queries.villages_for(request.user, campaign)
    found = _marks(campaign, mine).filter(pk=mark).first()
    if found is None or said not in ("yes", "no"):
        raise Http404
    require(rules.may_collect(request.user, found.reading.place))
    refused = ""
    try:
        services.decide_mark(by=request.user, mark=found, marked=said == "yes", at=timezone.now())
    except UserError as error:
        refused = str(error)
    if "fetch" in request.POST:
        return _answer(request, campaign, mine, refused)
    if refused:
        messages.error(request, refused)
    return redirect("survey_review", pk)


@login_required
@require_POST
def review_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back my last decision, or the one named."""
    campaign = campaign_of(request, pk)
    named = whole_number(request.POST.get("mark", ""))
    mark = services.undo_mark(by=request.user, campaign=campaign, mark=named)
    said = f"撤回了编号 {mark.reading.sheet} 的一处。" if mark else "没有可以撤回的。"
    if "fetch" in request.POST:
        return _answer(request, campaign, queries.villages_for(request.user, campaign), "" if mark else said)
    messages.info(request, said)
    return redirect("survey_review", pk)


@shows_personal("纸表上的截图")
@login_required
def review_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Many crops on one page, each with yes and no; what is left open stays in the queue."""
    campaign = campaign_of(request, pk)
    mine = queries.villages_for(request.user, campaign)
    if request.method == "POST":
        kept, refused = _decide_many(request, _marks(campaign, mine))
        messages.success(request, f"记下了 {kept} 处。")
        for reason in refused:
            messages.error(request, reason)
        return redirect("review_page", pk)
    marks = _free(_queue(campaign, mine), request.user)[:PER_PAGE]
    context = {"crops": _shown(campaign, list(marks)), **_progress(request, campaign, mine)}
    return render(request, "surveys/review_page.html", context)


def _decide_many(request: HttpRequest, rows: QuerySet[DoubtfulMark]) -> tuple[int, list[str]]:
    said = {
        number: value == "yes"
        for name, value in request.POST.items()
        if name.startswith("mark-") and (number := whole_number(name.removeprefix("mark-"))) and value in ("yes", "no")
    }
    kept, refused = 0, []
    for mark in rows.filter(pk__in=said):
        require(rules.may_collect(request.user, mark.reading.place))
        try:
            services.decide_mark(by=request.user, mark=mark, marked=said[mark.pk], at=timezone.now())
        except UserError as error:
            refused.append(str(error))
        else:
            kept += 1
    return kept, refused


@login_required
@require_POST
def review_seal(request: HttpRequest, pk: int) -> HttpResponse:
    """Count in every sheet on which nothing is left to decide."""
    campaign = campaign_of(request, pk)
    sealed, problems = 0, []
    for place in queries.villages_for(request.user, campaign):
        require(rules.may_collect(request.user, place))
        done = services.seal_reviewed(by=request.user, campaign=campaign, place=place)
        sealed += done.sealed
        problems += done.problems
    messages.success(request, f"{sealed} 份问卷已计入，从此不能再改。")
    for _, reason in problems[:10]:
        messages.warning(request, reason)
    return redirect("survey", pk)


@shows_personal("纸表上手写的话")
@login_required
def review_words(request: HttpRequest, pk: int) -> HttpResponse:
    """Words written by hand: look at the crop, type what it says; or it cannot be read; or later."""
    campaign = campaign_of(request, pk)
    queue = queries.open_words(campaign, queries.villages_for(request.user, campaign))
    after = whole_number(request.GET.get("after", ""))
    words = (None if after is None else queue.filter(pk__gt=after).first()) or queue.first()
    context: dict[str, Any] = {"campaign": campaign, "words": words, "left": queue.count()}
    if words:
        question = find(_asked(campaign, {words.reading.version})[words.reading.version], words.question)
        context |= {"label": question["label"] if question else words.question, "image": _image(words.crop)}
    return render(request, "surveys/words.html", context)


@login_required
@require_POST
def words_type(request: HttpRequest, pk: int, words: int) -> HttpResponse:
    """Keep what was typed; without words and with ``unreadable`` it is said that nobody can read it."""
    campaign = campaign_of(request, pk)
    rows = queries.words_of(campaign, queries.villages_for(request.user, campaign))
    found = rows.filter(pk=words).first()
    if found is None:
        raise Http404
    require(rules.may_collect(request.user, found.reading.place))
    text = "" if "unreadable" in request.POST else request.POST.get("text", "").strip()
    if not text and "unreadable" not in request.POST:
        messages.error(request, "还没有写字。看不清就按“看不清”，想以后再录就按“先跳过”。")
        return redirect("review_words", pk)
    try:
        kept = services.type_words(by=request.user, words=found, text=text, at=timezone.now())
    except UserError as error:
        messages.error(request, str(error))
    else:
        if kept != text:
            messages.warning(request, "像身份证号的数字没有存，已涂去。")
    return redirect("review_words", pk)


def _marks(campaign: Campaign, mine: QuerySet[Place]) -> QuerySet[DoubtfulMark]:
    rows = DoubtfulMark.objects.within(campaign.place).filter(reading__campaign=campaign, reading__place__in=mine)
    return rows.select_related("reading__campaign", "reading__place")


def _queue(campaign: Campaign, mine: QuerySet[Place]) -> QuerySet[DoubtfulMark]:
    return queries.open_doubts(campaign, campaign.place).filter(reading__place__in=mine)


def _free(queue: QuerySet[DoubtfulMark], user: Any) -> QuerySet[DoubtfulMark]:
    """Without what somebody else has before him just now."""
    return queue.filter(Q(held_until=None) | Q(held_until__lt=timezone.now()) | Q(held_by=user))


def _progress(request: HttpRequest, campaign: Campaign, mine: QuerySet[Place]) -> dict[str, Any]:
    decided = _marks(campaign, mine).filter(reading__response=None, marked__isnull=False)
    waiting = queries.waiting_sheets(campaign, campaign.place).filter(place__in=mine)
    return {
        "campaign": campaign, "left": _queue(campaign, mine).count(), "decided": decided.count(),
        "undoable": decided.filter(decided_by=request.user.pk).exists(),
        "ready": waiting.filter(open_doubts=False).count(), "words": queries.open_words(campaign, mine).count(),
    }  # fmt: skip


def _answer(request: HttpRequest, campaign: Campaign, mine: QuerySet[Place], refused: str) -> HttpResponse:
    context = {"refused": refused, "left": _queue(campaign, mine).count()}
    return render(request, "surveys/_decided.html", context, status=409 if refused else 200)


def _shown(campaign: Campaign, marks: Sequence[DoubtfulMark]) -> list[dict[str, Any]]:
    """Marks with the words of their question, as their sheet has it, and the picture of the box."""
    asked = _asked(campaign, {mark.reading.version for mark in marks})
    return [_said(asked[mark.reading.version], mark) for mark in marks]


def _asked(campaign: Campaign, versions: set[int]) -> dict[int, Mapping[str, Any]]:
    """What the sheets of these versions ask."""
    layouts = queries.layouts_of([campaign.pk]) if versions - {campaign.version} else {}
    today = {"questions": as_printed(campaign.definition["questions"])}
    return {version: layouts.get((campaign.pk, version), today) for version in versions}


def _said(asked: Mapping[str, Any], mark: DoubtfulMark) -> dict[str, Any]:
    question = find(asked, mark.question) or {"label": mark.question, "options": []}
    said = labels(question)
    return {
        "mark": mark,
        "question": question,
        "option": said.get(mark.option, mark.option),
        "others": [said.get(option, option) for option in mark.reading.marks.get(mark.question, [])],
        "image": _image(mark.crop),
    }


def _image(crop: Any) -> str:
    return f"data:image/png;base64,{b64encode(bytes(crop)).decode()}" if crop else ""
