"""Visits: what needs a look and why, writing a visit down (page, script, paper), going back."""

import re
from datetime import date
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from xiangli.accounts.choices import Role
from xiangli.accounts.rules import has_any_role, require
from xiangli.core.errors import UserError
from xiangli.core.paper import set_pdf
from xiangli.ledger.choices import State
from xiangli.ledger.queries import item_for
from xiangli.ledger.uploads import MOST_BYTES
from xiangli.places.models import Place
from xiangli.supervision import queries, rules, services
from xiangli.supervision.forms import NEEDS, FindingForm, LookBackForm, PaperRowForm, VisitForm
from xiangli.ui.offline import keep_offline

PER_PAGE = 20
CALLS_SHOWN = 8
PAPER_MOST = 60  # villages on one printed list
LIST_CODE = re.compile(r"(\d{8})-(\d{1,9})")


@login_required
def supervision_list(request: HttpRequest) -> HttpResponse:
    """The villages that need a look, with the reason; what to go back to; the visits so far."""
    require(rules.sees_visits(request.user))
    today, own = timezone.localdate(), queries.own_villages(request.user)
    calls = queries.calls(request.user, today)
    mine = bool(own) and request.GET.get("all") != "1"
    if mine:
        calls = [call for call in calls if call.place.pk in own]
    back = queries.to_look_back(queries.villages_for(request.user), today).select_related("place").order_by("closed_at")
    shown = len(calls) if "every" in request.GET else CALLS_SHOWN
    context = {
        "calls": calls[:shown], "more": len(calls) - shown, "mine": mine, "has_own": bool(own),
        "back": back[:CALLS_SHOWN], "sets": has_any_role(request.user, Role.COUNTY),
        "page": Paginator(queries.visits_for(request.user), PER_PAGE).get_page(request.GET.get("page")),
    }  # fmt: skip
    return render(request, "supervision/list.html", context)


@login_required
def visit_add(request: HttpRequest) -> HttpResponse:
    require(rules.sees_visits(request.user))
    initial = {"place": request.GET.get("village"), "visited_on": timezone.localdate(), "client_uuid": uuid4()}
    form = VisitForm(
        request.POST or None, request.FILES or None, villages=queries.villages_for(request.user), initial=initial
    )
    if request.method == "POST" and form.is_valid() and _recorded(request, form):
        messages.success(request, "已记下。" + ("发现的问题已进台账。" if form.cleaned_data["problem"] else ""))
        return redirect("supervision_list")
    response = render(request, "supervision/visit.html", {"form": form, "needs": NEEDS})
    return keep_offline(response) if request.method == "GET" else response


def _recorded(request: HttpRequest, form: VisitForm) -> bool:
    """Write a valid form down; if that cannot be, the form says why."""
    data = {name: value for name, value in form.cleaned_data.items() if name != "photo"}
    try:
        services.record_visit(by=request.user, now=timezone.now(), photo=_photo(form), **data)
    except UserError as error:
        form.add_error(None, str(error))
        return False
    return True


def _photo(form: Any) -> bytes:
    photo = form.cleaned_data["photo"]
    return photo.read(MOST_BYTES + 1) if photo else b""


@login_required
@require_POST
def visit_send(request: HttpRequest) -> JsonResponse:
    """A visit sent by the page's script, now or when the line is back: 200 taken, 422 cannot be used. Twice is once."""
    require(rules.sees_visits(request.user))
    form = VisitForm(request.POST, request.FILES, villages=queries.villages_for(request.user))
    if form.is_valid() and _recorded(request, form):
        return JsonResponse({"next": reverse("supervision_list")})
    reasons = [str(error) for errors in form.errors.values() for error in errors]
    return JsonResponse({"reason": " ".join(reasons)}, status=422)


@login_required
def visit(request: HttpRequest, pk: int) -> HttpResponse:
    """One visit; more of what it found can be added."""
    seen = queries.visit_for(request.user, pk)
    form = FindingForm(request.POST or None, request.FILES or None, initial={"client_uuid": uuid4()})
    if request.method == "POST" and form.is_valid():
        data = {name: value for name, value in form.cleaned_data.items() if name != "photo"}
        try:
            services.add_finding(by=request.user, visit=seen, now=timezone.now(), photo=_photo(form), **data)
        except UserError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "已记下，问题已进台账。")
            return redirect("visit", pk)
    return render(request, "supervision/one_visit.html", {"visit": seen, "form": form})


@login_required
def look_back(request: HttpRequest, item: int) -> HttpResponse:
    """Go back to something that was closed."""
    found = item_for(request.user, item)
    require(rules.may_visit(request.user, found.place))
    if found.state != State.CLOSED:
        messages.info(request, "这个事项还没有销号，不用回头看。")
        return redirect("supervision_list")
    initial = {"visited_on": timezone.localdate(), "client_uuid": uuid4()}
    form = LookBackForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.look_back(by=request.user, item=found, now=timezone.now(), **form.cleaned_data)
        except UserError as error:
            form.add_error(None, str(error))
        else:
            holds = form.cleaned_data["holds"]
            messages.success(request, "已记下。" + ("" if holds else "事项已重新办理。"))
            return redirect("supervision_list")
    return render(request, "supervision/look_back.html", {"item": found, "form": form})


def _list_villages(owner: Any, search: str = "") -> list[Place]:
    """The villages of a printed list: its owner's own, else all of the owner's places."""
    rows = queries.villages_for(owner).select_related("parent")
    own = queries.own_villages(owner)
    rows = rows.filter(pk__in=own) if own else rows
    return list(rows.filter(name__contains=search) if search else rows)


@login_required
def visit_list_pdf(request: HttpRequest) -> HttpResponse:
    """A list to take along on paper: each village with the reason, and room to write. Its code is for typing it in."""
    require(rules.sees_visits(request.user))
    today = timezone.localdate()
    calls = {call.place.pk: call.reasons for call in queries.calls(request.user, today)}
    places = _list_villages(request.user)
    if len(places) > PAPER_MOST:  # a whole county: those that need a look
        places = [place for place in places if place.pk in calls][:PAPER_MOST]
    rows = [{"village": place.label, "why": "，".join(calls.get(place.pk, []))} for place in places]
    data = {
        "code": f"{today:%Y%m%d}-{request.user.pk}", "rows": rows,
        "day": f"{today.year} 年 {today.month} 月 {today.day} 日", "who": str(request.user),
    }  # fmt: skip
    pdf = set_pdf(Path(__file__).parent.parent / "visit_list.typ", data)
    shown = {"Content-Disposition": f'inline; filename="visits-{data["code"]}.pdf"'}
    return HttpResponse(pdf, content_type="application/pdf", headers=shown)


def paper_uuid(code: str, village: int) -> UUID:
    """The number of the visit that stands on one line of a printed list: typed in twice it is one visit."""
    return uuid5(NAMESPACE_URL, f"xiangli:visit-list:{code}:{village}")


@login_required
def visit_paper(request: HttpRequest) -> HttpResponse:
    """Type in a printed list, one's own or a colleague's: a line for each village; lines without a day were not
    visited. The visitor is the one whose list it is."""
    require(rules.sees_visits(request.user))
    code = request.POST.get("list") or request.GET.get("list", "")
    match = LIST_CODE.fullmatch(code.strip())
    owner = queries.visitor_by_number(int(match[2])) if match else None
    places = _list_villages(owner, request.GET.get("find", "")) if owner else []
    places = [place for place in places if rules.may_visit(request.user, place)]
    many = len(places) > PAPER_MOST
    context: dict[str, Any] = {"code": code, "wrong": bool(code) and not places, "many": many}
    if not match or not places or many:
        return render(request, "supervision/paper.html", context)
    known = queries.known_visits([paper_uuid(match[0], place.pk) for place in places])
    rows: list[dict[str, Any]] = []
    for place in places:
        key = paper_uuid(match[0], place.pk)
        form = PaperRowForm(request.POST or None, prefix=f"v{place.pk}")
        rows.append({"place": place, "uuid": key, "form": form, "done": key in known})
    filled = [row for row in rows if not row["done"]]
    valid = [row["form"].is_valid() for row in filled]  # all of them, so that each says what is wrong
    if request.method == "POST" and all(valid):
        try:
            count = services.record_visits(by=request.user, now=timezone.now(), rows=_typed(filled, owner))
        except UserError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, f"已录入 {count} 次走访。")
            return redirect("supervision_list")
    return render(request, "supervision/paper.html", context | {"rows": rows})


def _typed(rows: list[dict[str, Any]], owner: Any) -> list[dict[str, Any]]:
    return [
        {"place": row["place"], "visitor": owner, "client_uuid": row["uuid"], **row["form"].cleaned_data}
        for row in rows
        if isinstance(row["form"].cleaned_data.get("visited_on"), date)
    ]
