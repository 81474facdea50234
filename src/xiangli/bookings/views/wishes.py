"""Booking a room or a court: residents without log-in, staff on their behalf."""

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.cache import never_cache

from xiangli.accounts.rules import require
from xiangli.bookings import queries, rules, services
from xiangli.bookings.choices import BOOK_AHEAD_DAYS, Channel
from xiangli.bookings.forms import CounterForm, WishForm
from xiangli.bookings.models import Booking
from xiangli.bookings.services import BookingRefused
from xiangli.core.errors import UserError
from xiangli.places.models import Centre
from xiangli.places.queries import centre_at


@never_cache
def book(request: HttpRequest, county: str, centre: str) -> HttpResponse:
    """A resident books a room or a court. No log-in, no name needed."""
    where = centre_at(county, centre)
    if code := request.GET.get("code"):
        found = Booking.objects.within(where.county).filter(space__centre=where, code=code.strip().upper()).first()
        if found and found.code:
            return redirect("booking_public", county, centre, found.code)
        messages.error(request, "没有找到这个预约号，请对一下字母和数字。")
    made, context = _make(request, where, WishForm, by=None)
    if made:
        return redirect("booking_public", county, centre, made.code)
    return render(request, "bookings/book.html", context, status=context["status"])


@login_required
@never_cache
def counter(request: HttpRequest, pk: int) -> HttpResponse:
    """Staff book on a resident's behalf, at the counter or on the telephone."""
    where = get_object_or_404(Centre.everywhere.select_related("place", "county"), pk=pk)
    require(rules.may_book_for_others(request.user, where))
    made, context = _make(request, where, CounterForm, by=request.user)
    if made:
        messages.success(request, f"约好了，预约号 {made.code}。请念给对方听，或抄在纸条上。")
        return redirect("bookings_list")
    return render(request, "bookings/counter.html", context, status=context["status"])


def _make(
    request: HttpRequest, centre: Centre, form_class: type[WishForm], by: Any
) -> tuple[Booking | None, dict[str, Any]]:
    """The booking made, or what the page needs to ask (again): spaces, days, slots, alternatives after a refusal."""
    now = timezone.now()
    asked = _asked(request)
    spaces = list(queries.bookable_spaces(centre))
    for one in spaces:
        one.centre = centre
    space = next((one for one in spaces if str(one.pk) == asked.get("space")), spaces[0] if spaces else None)
    day = _day(asked.get("day", ""), timezone.localdate(now))
    context: dict[str, Any] = {"status": 200, "refusal": "", "alternatives": []}
    form = form_class(asked if request.method == "POST" else None)
    if request.method == "POST" and space and form.is_valid():
        wish = {"channel": Channel.WEB, **form.wish()}
        try:
            return services.book(by=by, space=space, now=now, code=services.new_code(), **wish), {}
        except BookingRefused as refused:
            context |= {"status": 409, "refusal": str(refused), "alternatives": refused.alternatives}
    elif request.method == "POST":
        context["status"] = 422
    today = timezone.localdate(now)
    days = [today + timedelta(days=offset) for offset in range(BOOK_AHEAD_DAYS + 1)]
    slots = queries.slots(space, day, now) if space else []
    context |= {
        "centre": centre,
        "spaces": spaces,
        "space": space,
        "day": day,
        "days": days,
        "slots": slots,
        "form": form,
    }
    return None, context


def _asked(request: HttpRequest) -> dict[str, str]:
    """What was asked for, as plain text. An alternative taken ("space 2026-11-24T09:00 60") replaces the wish."""
    asked = {name: str(value) for name, value in (request.POST or request.GET).items()}
    parts = asked.get("instead", "").split(" ")
    if len(parts) == 3:
        asked |= {"space": parts[0], "slot": parts[1], "minutes": parts[2], "day": parts[1][:10]}
    return asked


def _day(text: str, today: date) -> date:
    """The day asked for where it can be booked, else today."""
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    return day if day and today <= day <= today + timedelta(days=BOOK_AHEAD_DAYS) else today


@never_cache
def booking_public(request: HttpRequest, county: str, centre: str, code: str) -> HttpResponse:
    """What stands behind a booking code, and giving it back. Shows no name and no number."""
    where = centre_at(county, centre)
    booking = queries.booking_by_code(where, code)
    now = timezone.now()
    if request.method == "POST":
        try:
            services.cancel(by=None, booking=booking, now=now, reason="本人取消")
            messages.success(request, "已取消，这个时间让给别人了。谢谢您说一声。")
        except UserError as error:
            messages.error(request, str(error))
        return redirect("booking_public", county, centre, code)
    context = {"centre": where, "booking": booking, "may_cancel": booking.is_held and booking.starts > now}
    return render(request, "bookings/public.html", context)
