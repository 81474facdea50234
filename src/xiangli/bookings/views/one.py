"""One booking as staff see it, and what may be done with it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from xiangli.accounts.looks import shows_personal
from xiangli.accounts.rules import require
from xiangli.audit.queries import timeline
from xiangli.bookings import queries, rules, services
from xiangli.bookings.forms import MoveForm, ReasonForm
from xiangli.bookings.models import Booking
from xiangli.bookings.services import BookingRefused
from xiangli.bookings.wording import span_words
from xiangli.core.errors import UserError

VERBS = {
    "bookings.booked": "约的", "bookings.approved": "同意了", "bookings.refused": "没批准",
    "bookings.moved": "改了时间", "bookings.cancelled": "取消了", "bookings.told": "打过电话了",
    "bookings.moved_up": "排队排到了", "bookings.came": "来了", "bookings.missed": "没来",
}  # fmt: skip


@shows_personal("预约人的称呼、电话和卡号")
@login_required
def booking(request: HttpRequest, pk: int) -> HttpResponse:
    """Who booked what, where it stands, and the steps that are possible now."""
    rows = Booking.everywhere.select_related("space__centre__place", "space__centre__county", "series", "activity")
    row = get_object_or_404(rows, pk=pk)
    require(rules.may_book_for_others(request.user, row.space.centre))
    bound: dict[str, Any] = {}
    if request.method == "POST":
        bound = _step(request, row, timezone.now())
        if not bound:
            return redirect("booking", pk)
    return render(request, "bookings/one.html", {**_shown(request, row), **bound}, status=422 if bound else 200)


def _shown(request: HttpRequest, row: Booking) -> dict[str, Any]:
    now = timezone.now()
    plain = row.activity is None and row.draw_id is None
    return {
        "booking": row, "centre": row.space.centre, "when": span_words(row.starts, row.ends),
        "decides": rules.may_decide(request.user, row.space.centre) and row.waits_for_answer and row.draw_id is None,
        "movable": plain and row.is_held and row.starts > now, "cancellable": row.is_held and row.starts > now,
        "over": row.is_held and row.starts <= now and plain,
        "missed_before": plain and queries.missed_lately(row, now),
        "calls": row.calls.filter(told_at=None), "move_form": MoveForm(booking=row),
        "reason_form": ReasonForm(auto_id="refuse-%s"), "cancel_form": ReasonForm(auto_id="cancel-%s"),
        "events": [(VERBS.get(one.verb, one.verb), one) for one in timeline(row)],
    }  # fmt: skip


def _step(request: HttpRequest, row: Booking, now: datetime) -> dict[str, Any]:
    """Take one step. What is not right comes back to the page, with the words kept."""
    step = STEPS.get(request.POST.get("step", ""))
    if step is None:
        return {"refusal": "没有这一步"}
    try:
        return step(request, row, now)
    except BookingRefused as refused:
        return {
            "refusal": str(refused), "alternatives": refused.alternatives,
            "move_form": MoveForm(request.POST, booking=row),
        }  # fmt: skip
    except UserError as error:
        return {"refusal": str(error), "reason_form": ReasonForm(request.POST, auto_id="refuse-%s")}


def _approve(request: HttpRequest, row: Booking, now: datetime) -> dict[str, Any]:
    require(rules.may_decide(request.user, row.space.centre))
    services.approve(by=request.user, booking=row, now=now)
    messages.success(request, "同意了。")
    return {}


def _refuse(request: HttpRequest, row: Booking, now: datetime) -> dict[str, Any]:
    require(rules.may_decide(request.user, row.space.centre))
    form = ReasonForm(request.POST, auto_id="refuse-%s")
    if not form.is_valid():
        return {"reason_form": form, "refusal": "原因太长了，最多 80 个字"}
    services.refuse(by=request.user, booking=row, reason=form.cleaned_data["reason"], now=now)
    messages.success(request, "没批准，时间空出来了。")
    return {}


def _cancel(request: HttpRequest, row: Booking, now: datetime) -> dict[str, Any]:
    form = ReasonForm(request.POST, auto_id="cancel-%s")
    if not form.is_valid():
        return {"cancel_form": form, "refusal": "原因太长了，最多 80 个字"}
    services.cancel(by=request.user, booking=row, now=now, reason=form.cleaned_data["reason"])
    messages.success(request, "已取消，时间空出来了。")
    return {}


def _move(request: HttpRequest, row: Booking, now: datetime) -> dict[str, Any]:
    form = MoveForm(_chosen(request), booking=row)
    if not form.is_valid():
        return {"move_form": form, "refusal": "请把新的时间填对"}
    space = form.cleaned_data["space"]
    space.centre = row.space.centre
    moved = services.move(by=request.user, booking=row, space=space, starts=form.starts(), now=now)
    messages.success(request, f"改好了：{moved.space.name} {span_words(moved.starts, moved.ends)}。")
    return {}


def _chosen(request: HttpRequest) -> dict[str, str]:
    """The form as sent; an alternative taken ("space 2026-11-24T09:00") replaces what was typed."""
    asked = {name: str(value) for name, value in request.POST.items()}
    parts = asked.get("instead", "").split(" ")
    if len(parts) == 2:
        asked |= {"space": parts[0], "day": parts[1][:10], "at": parts[1][11:]}
    return asked


def _coming(came: bool) -> Callable[[HttpRequest, Booking, datetime], dict[str, Any]]:
    def step(request: HttpRequest, row: Booking, now: datetime) -> dict[str, Any]:
        services.note_coming(by=request.user, booking=row, came=came, now=now)
        messages.success(request, "记下了。")
        return {}

    return step


def _told(request: HttpRequest, row: Booking, now: datetime) -> dict[str, Any]:
    for call in row.calls.filter(told_at=None):
        services.tell(by=request.user, call=call, now=now)
    messages.success(request, "记下了：已经告诉对方。")
    return {}


STEPS: dict[str, Callable[[HttpRequest, Booking, datetime], dict[str, Any]]] = {
    "approve": _approve, "refuse": _refuse, "cancel": _cancel, "move": _move, "came": _coming(True),
    "missed": _coming(False), "told": _told,
}  # fmt: skip
