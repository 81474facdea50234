"""Draws: announced and drawn in the office, entered and checked by everybody."""

import secrets
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from xiangli.accounts.looks import shows_personal
from xiangli.accounts.rules import require
from xiangli.bookings import queries, rules, services
from xiangli.bookings.choices import Channel
from xiangli.bookings.exports_draws import draw_data
from xiangli.bookings.forms import DrawForm, EntryForm
from xiangli.bookings.models import Draw
from xiangli.core.errors import UserError
from xiangli.places.models import Centre
from xiangli.places.queries import centre_at
from xiangli.surveys.throttle import may_pass

TOO_MANY = "这会儿从这里报名的太多了，过一小时再试，或者打电话、到柜台报名"


@login_required
def draws(request: HttpRequest, pk: int) -> HttpResponse:
    """The draws of a centre, and announcing one."""
    centre = get_object_or_404(Centre.everywhere.select_related("place", "county"), pk=pk)
    require(rules.may_decide(request.user, centre))
    form = DrawForm(request.POST or None, centre=centre)
    if request.method == "POST" and form.is_valid():
        try:
            draw = services.announce_draw(
                by=request.user, centre=centre, secret=secrets.token_hex(32), now=timezone.now(), **form.wish()
            )
            messages.success(request, "公布了。这些时间从现在起只能抽，不能直接约。")
            return redirect("draw", draw.pk)
        except UserError as error:
            form.add_error(None, str(error))
    context = {"centre": centre, "form": form, "draws": list(queries.draws_of(centre)[:50]), "now": timezone.now()}
    return render(request, "bookings/draws.html", context, status=422 if form.errors else 200)


def _draw(request: HttpRequest, pk: int) -> Draw:
    row = get_object_or_404(Draw.everywhere.select_related("centre__place", "centre__county", "county"), pk=pk)
    require(rules.may_book_for_others(request.user, row.centre))
    return row


@shows_personal("抽签人的称呼和电话")
@login_required
def draw(request: HttpRequest, pk: int) -> HttpResponse:
    """A draw in the office: who entered, entering somebody at the counter, and after the draw who got what."""
    row = _draw(request, pk)
    form = EntryForm(request.POST or None, draw=row)
    now = timezone.now()
    if request.method == "POST" and form.is_valid():
        try:
            made = services.enter_draw(
                by=request.user, draw=row, channel=Channel.COUNTER, code=services.new_code(), now=now, **form.wish()
            )
            messages.success(request, f"报上了，签号 {made.number}，预约号 {made.code}。请念给对方听，或抄在纸条上。")
            return redirect("draw", pk)
        except UserError as error:
            form.add_error(None, str(error))
    context = {
        "draw": row, "centre": row.centre, "form": form, "slots": queries.draw_slots(row), "now": now,
        "entries": row.entries.select_related("booking__space"), "lots": queries.outcome(row),
        "decides": rules.may_decide(request.user, row.centre),
    }  # fmt: skip
    return render(request, "bookings/draw.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def draw_now(request: HttpRequest, pk: int) -> HttpResponse:
    """Draw the lots."""
    row = _draw(request, pk)
    require(rules.may_decide(request.user, row.centre))
    try:
        services.draw_now(by=request.user, draw=row, now=timezone.now())
        messages.success(request, "抽好了。抽中的在下面，要打电话的在“要打电话的人”里。")
    except UserError as error:
        messages.error(request, str(error))
    return redirect("draw", pk)


def _public(county: str, centre: str, pk: int) -> Draw:
    where = centre_at(county, centre)
    row = get_object_or_404(Draw.objects.within(where.county).filter(centre=where), pk=pk)
    row.centre, row.county = where, where.county
    return row


@never_cache
def draw_public(request: HttpRequest, county: str, centre: str, pk: int) -> HttpResponse:
    """A draw for everybody: entering it, and after it who drew what and how to check that."""
    row, now = _public(county, centre, pk), timezone.now()
    form = EntryForm(request.POST or None, draw=row)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                if not may_pass(request, f"booking {row.centre_id}"):
                    raise UserError(TOO_MANY)
                made = services.enter_draw(
                    by=None, draw=row, channel=Channel.WEB, code=services.new_code(), now=now, **form.wish()
                )
                return redirect("booking_public", county, centre, made.code)
            except UserError as error:
                form.add_error(None, str(error))
    context: dict[str, Any] = {
        "draw": row, "centre": row.centre, "form": form, "slots": queries.draw_slots(row), "now": now,
        "lots": queries.outcome(row), "count": row.entries.filter(withdrawn_at=None).count(),
        "open": row.drawn_at is None and now < row.closes_at,
    }  # fmt: skip
    return render(request, "bookings/draw_public.html", context, status=status)


def draw_json(request: HttpRequest, county: str, centre: str, pk: int) -> HttpResponse:
    """The same for a program: all that it takes to do the sum again. No name, no telephone number, no booking code."""
    told = draw_data(_public(county, centre, pk))
    answer = JsonResponse(told, json_dumps_params={"ensure_ascii": False, "indent": 1})
    answer["Access-Control-Allow-Origin"] = "*"
    return answer
