"""Booking a room or a court: residents without log-in, staff on their behalf."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.cache import never_cache

from xiangli.accounts.rules import require
from xiangli.bookings import queries, rules, services
from xiangli.bookings.choices import Channel, State
from xiangli.bookings.forms import CounterForm, WishForm
from xiangli.bookings.models import Booking, Waiting
from xiangli.bookings.services import BookingRefused, KeyReused
from xiangli.bookings.wording import rule_words
from xiangli.core.errors import UserError
from xiangli.places.models import Centre, Space
from xiangli.places.queries import centre_at
from xiangli.surveys.throttle import may_pass

Made = Booking | Waiting
TOO_MANY = "这会儿从这里约的太多了，先歇一歇。您填的还在下面，过一小时再点；急用请打电话或者到柜台，我们替您约"


class TooMany(BookingRefused):
    """One more than may come from one network address in an hour."""

    status = 429


@never_cache
def book(request: HttpRequest, county: str, centre: str) -> HttpResponse:
    """A resident books a room or a court, or queues up for a time that is taken. No log-in, no name needed."""
    where = centre_at(county, centre)
    if code := request.GET.get("code", "").strip().upper():
        if any(find(where, code) for find in (queries.find_booking, queries.find_waiting, queries.find_entry)):
            return redirect("booking_public", county, centre, code)
        messages.error(request, "没有找到这个预约号，请对一下字母和数字。")
    made, context = _make(request, where, WishForm, by=None)
    if made:
        return redirect("booking_public", county, centre, made.code)
    context["draws"] = queries.draws_open(where, timezone.now())
    return render(request, "bookings/book.html", context, status=context["status"])


@login_required
@never_cache
def counter(request: HttpRequest, pk: int) -> HttpResponse:
    """Staff book on a resident's behalf, at the counter or on the telephone."""
    where = get_object_or_404(Centre.everywhere.select_related("place", "county"), pk=pk)
    require(rules.may_book_for_others(request.user, where))
    made, context = _make(request, where, CounterForm, by=request.user)
    if made:
        told = (
            "排上队了" if isinstance(made, Waiting) else "记下了，等工作人员同意" if made.waits_for_answer else "约好了"
        )
        messages.success(request, f"{told}，预约号 {made.code}。请念给对方听，或抄在纸条上。")
        return redirect("bookings_list")
    return render(request, "bookings/counter.html", context, status=context["status"])


def _make(
    request: HttpRequest, centre: Centre, form_class: type[WishForm], by: Any
) -> tuple[Made | None, dict[str, Any]]:
    """What was made, or what the page needs to ask (again): spaces, days, slots, alternatives after a refusal."""
    now = timezone.now()
    asked = _asked(request)
    spaces = queries.spaces_to_book(centre)
    space = next((one for one in spaces if str(one.pk) == asked.get("space")), spaces[0] if spaces else None)
    context: dict[str, Any] = {"status": 200, "refusal": "", "alternatives": []}
    form = form_class(asked if request.method == "POST" else None)
    if request.method == "POST" and space and form.is_valid():
        wish = {"channel": Channel.WEB, **form.wish(), "by": by, "space": space, "now": now}
        try:
            return _granted(request, wish), {}
        except KeyReused as again:
            return again.made, {}
        except BookingRefused as refused:
            context |= {"status": refused.status, "refusal": str(refused), "alternatives": refused.alternatives}
            context["may_wait"] = refused.alternatives and "刚被约走" in str(refused)
    elif request.method == "POST":
        context["status"] = 422
    return None, {**context, **_choices(asked, space, now), "centre": centre, "spaces": spaces, "form": form}


def _granted(request: HttpRequest, wish: dict[str, Any]) -> Made:
    """A booking, or a place in the queue where that was asked for."""
    if wish["channel"] == Channel.WEB and not may_pass(request, f"booking {wish['space'].centre_id}"):
        raise TooMany(TOO_MANY)
    make = services.wait if "wait" in request.POST else services.book
    return make(code=services.new_code(), **wish)


def _choices(asked: dict[str, str], space: Space | None, now: datetime) -> dict[str, Any]:
    """What there is to choose from: days within the space's reach, and the slots of the day asked for."""
    today = timezone.localdate(now)
    if space is None:
        return {"space": None, "day": today, "days": [today], "slots": []}
    rule = queries.rule_of(space)
    days = [today + timedelta(days=offset) for offset in range(rule.days_ahead + 1)]
    day = _day(asked.get("day", ""), days)
    slots = queries.slots(space, day, now, rule=rule)
    return {"space": space, "day": day, "days": days, "slots": slots, "rule_words": rule_words(rule)}


def _asked(request: HttpRequest) -> dict[str, str]:
    """What was asked for, as plain text. An alternative taken ("space 2026-11-24T09:00 60") replaces the wish."""
    asked = {name: str(value) for name, value in (request.POST or request.GET).items()}
    parts = asked.get("instead", "").split(" ")
    if len(parts) == 3:
        asked |= {"space": parts[0], "slot": parts[1], "minutes": parts[2], "day": parts[1][:10]}
    if asked.get("wait"):
        asked["slot"] = asked["wait"]
    return asked


def _day(text: str, days: list[date]) -> date:
    """The day asked for where it can be booked, else today."""
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    return day if day and days[0] <= day <= days[-1] else days[0]


@never_cache
def booking_public(request: HttpRequest, county: str, centre: str, code: str) -> HttpResponse:
    """What stands behind a code (a booking, a place in the queue, a lot) and giving it back. No name, no number."""
    where, now = centre_at(county, centre), timezone.now()
    kinds = ((queries.find_booking, _booking), (queries.find_waiting, _waiting), (queries.find_entry, _entry))
    for find, show in kinds:
        if found := find(where, code):
            template, give_back, context = show(found, now)
            break
    else:
        raise Http404
    if request.method == "POST":
        try:
            messages.success(request, give_back())
        except UserError as error:
            messages.error(request, str(error))
        return redirect("booking_public", county, centre, code)
    return render(request, template, {"centre": where, "now": now, **context})


Shown = tuple[str, Callable[[], str], dict[str, Any]]
"""Template, what giving back does and says, and what the template needs."""


def _booking(row: Any, now: datetime) -> Shown:
    def give_back() -> str:
        services.cancel(by=None, booking=row, now=now, reason="本人取消")
        return "已取消，这个时间让给别人了。谢谢您说一声。"

    may_cancel = row.is_held and row.starts > now
    context = {"booking": row, "may_cancel": may_cancel, "refused": row.state == State.REFUSED}
    return "bookings/public.html", give_back, context


def _waiting(row: Any, now: datetime) -> Shown:
    def give_back() -> str:
        services.give_up(by=None, waiting=row, now=now)
        return "不排了，记下了。"

    return "bookings/waiting.html", give_back, {"waiting": row, "place": queries.place_in_line(row)}


def _entry(row: Any, now: datetime) -> Shown:
    def give_back() -> str:
        services.withdraw_entry(by=None, entry=row, now=now)
        return "退出抽签了，记下了。"

    return "bookings/entry.html", give_back, {"entry": row}
