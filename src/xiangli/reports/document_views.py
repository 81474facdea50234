"""Office pages of the documents: look, take away as Word or PDF, issue a numbered bulletin, replace a template."""

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST

from xiangli.accounts.choices import Role
from xiangli.accounts.queries import place_for, places_of
from xiangli.accounts.rules import require
from xiangli.core.errors import UserError
from xiangli.core.numbers import whole_number
from xiangli.places.choices import Level
from xiangli.places.models import Place
from xiangli.places.queries import below
from xiangli.reports import rules, services
from xiangli.reports.choices import DocumentKind
from xiangli.reports.documents import making, word
from xiangli.reports.documents.facts import month_text
from xiangli.reports.documents.samples import SAMPLES
from xiangli.reports.forms import IssueForm, TemplateForm

PER_PAGE = 20
MONTHS_SHOWN = 6


def _place(request: HttpRequest) -> Place:
    """The place asked for among mine, or the widest of mine that a document can speak of."""
    mine = places_of(request.user, *rules.DOCUMENT_READERS)
    require(bool(mine))
    wanted = whole_number(request.GET.get("place") or request.POST.get("place") or "")
    return mine[0] if wanted is None else place_for(request.user, wanted, *rules.DOCUMENT_READERS)


def _day(request: HttpRequest) -> date:
    """``?day=2026-06-10`` or ``?month=2026-06``; today where nothing sensible is asked for."""
    text = request.GET.get("day") or f"{request.GET.get('month', '')}-01"
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    return day if day and 2000 <= day.year <= 2100 else timezone.localdate()


def _kind(kind: str) -> DocumentKind:
    if kind not in DocumentKind.values:
        raise Http404
    return DocumentKind(kind)


@login_required
def documents(request: HttpRequest) -> HttpResponse:
    """What can be had for a place: the bulletins issued so far, the weekly list, the monthly figures, the dossiers."""
    place, today = _place(request), timezone.localdate()
    towns = list(below(place, Level.TOWN)) if place.level == Level.COUNTY else []
    months, first = [], today.replace(day=1)
    for _ in range(MONTHS_SHOWN):
        months.append({"value": f"{first:%Y-%m}", "label": month_text(first)})
        first = (first - timedelta(days=1)).replace(day=1)
    rows = making.bulletins_about(request.user, place)
    context = {
        "place": place, "today": today, "next_week": today + timedelta(days=7), "months": months,
        "mine": places_of(request.user, *rules.DOCUMENT_READERS), "towns": towns,
        "villages": below(place, Level.VILLAGE).select_related("parent"),
        "may_issue": rules.may_issue(request.user, place),
        "may_set": bool(place.county and rules.may_set_templates(request.user, place.county)),
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
    }  # fmt: skip
    return render(request, "reports/documents.html", context)


@login_required
def document(request: HttpRequest, kind: str) -> HttpResponse:
    """A document as a page; of a bulletin the draft, with the button that numbers and keeps it."""
    wanted, place, day = _kind(kind), _place(request), _day(request)
    try:
        said = making.gather(wanted, user=request.user, place=place, day=day, now=timezone.now())
    except UserError as error:
        messages.error(request, str(error))
        return redirect(f"{reverse('documents')}?place={place.pk}")
    context = {
        "kind": wanted, "place": place, "day": day, **making.shown(wanted, said),
        "query": f"place={place.pk}&day={day:%Y-%m-%d}", "files": reverse("document_file", args=[wanted, "x"])[:-1],
        "form": IssueForm(initial={"month": day, "client_uuid": making.draft_key(place, day)})
        if wanted == DocumentKind.BULLETIN and rules.may_issue(request.user, place) else None,
    }  # fmt: skip
    return render(request, "reports/document.html", context)


@login_required
def document_file(request: HttpRequest, kind: str, suffix: str) -> HttpResponse:
    wanted, place, day = _kind(kind), _place(request), _day(request)
    try:
        said = making.gather(wanted, user=request.user, place=place, day=day, now=timezone.now())
        content = making.made(wanted, said, county=place.county or place, suffix=suffix)
    except UserError as error:
        messages.error(request, str(error))
        return redirect(f"{reverse('documents')}?place={place.pk}")
    return _file(content, suffix, f"{place.name}{wanted.label}{day:%Y%m%d}")


def _file(content: bytes, suffix: str, name: str) -> HttpResponse:
    shown = content_disposition_header(suffix != "pdf", f"{name}.{suffix}") or ""
    return HttpResponse(content, content_type=making.TYPES[suffix], headers={"Content-Disposition": shown})


@login_required
@require_POST
def bulletin_issue(request: HttpRequest) -> HttpResponse:
    """Number the draft and keep it as it is now."""
    place = _place(request)
    require(rules.may_issue(request.user, place))
    form = IssueForm(request.POST)
    if not form.is_valid():
        messages.error(request, "没有印发：请先选月份，看过草稿再印发。")
        return redirect(f"{reverse('documents')}?place={place.pk}")
    try:
        issued = services.issue_bulletin(by=request.user, place=place, now=timezone.now(), **form.cleaned_data)
    except UserError as error:
        messages.error(request, str(error))
        return redirect(f"{reverse('documents')}?place={place.pk}")
    if issued.issued_by_id == request.user.pk:
        messages.success(request, f"已印发：{issued}。")
    else:
        messages.info(request, f"{issued.issued_by or '别人'}刚才已经印发了这一期：{issued}。没有再编一期。")
    return redirect("bulletin", issued.pk)


@login_required
def bulletin(request: HttpRequest, pk: int) -> HttpResponse:
    issued = making.bulletin_for(request.user, pk)
    context = {
        "kind": DocumentKind.BULLETIN, "place": issued.place, "issued": issued, "query": "",
        "files": reverse("bulletin_file", args=[pk, "x"])[:-1],
        **making.shown(DocumentKind.BULLETIN, issued.content),
    }  # fmt: skip
    return render(request, "reports/document.html", context)


@login_required
def bulletin_file(request: HttpRequest, pk: int, suffix: str) -> HttpResponse:
    issued = making.bulletin_for(request.user, pk)
    try:
        content = making.made(DocumentKind.BULLETIN, issued.content, county=issued.county, suffix=suffix)
    except UserError as error:
        messages.error(request, str(error))
        return redirect("bulletin", pk)
    return _file(content, suffix, f"{issued.place.name}督查通报{issued.year}年第{issued.number}期")


def _county(request: HttpRequest) -> Place:
    """The county whose templates this person keeps, else 404."""
    county = next((place.county for place in places_of(request.user, Role.COUNTY) if place.county), None)
    if county is None:
        raise Http404
    return county


@login_required
def templates(request: HttpRequest) -> HttpResponse:
    """Each document's template: take it, change it in Word, bring it back. What does not render is refused."""
    county = _county(request)
    form = TemplateForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        kind, content = form.cleaned_data["kind"], form.cleaned_data["file"].read(word.MOST_BYTES + 1)
        try:
            services.replace_template(by=request.user, county=county, kind=kind, content=content, now=timezone.now())
        except UserError as error:
            form.add_error("file", str(error))
        else:
            messages.success(request, f"“{DocumentKind(kind).label}”以后用您传的模板。")
            return redirect("document_templates")
    own: dict[str, Any] = {row.kind: row for row in making.own_templates(county)}
    rows = [{"kind": kind, "own": own.get(kind), "names": word.names(SAMPLES[kind])} for kind in DocumentKind]
    return render(request, "reports/templates.html", {"rows": rows, "form": form, "county": county})


@login_required
def template_file(request: HttpRequest, kind: str) -> HttpResponse:
    """The template in use, or with ``?shipped=1`` the one that came with the product."""
    wanted, county = _kind(kind), _county(request)
    content = word.shipped(wanted) if request.GET.get("shipped") else making.template_of(county, wanted)
    return _file(content, "docx", f"{wanted.label}模板")


@login_required
@require_POST
def template_drop(request: HttpRequest, kind: str) -> HttpResponse:
    wanted = _kind(kind)
    if services.drop_template(by=request.user, county=_county(request), kind=wanted, now=timezone.now()):
        messages.success(request, f"“{wanted.label}”恢复用自带的模板。")
    return redirect("document_templates")
