"""Whom to ring, what waits for an answer, and who waits for a time."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from xiangli.accounts.choices import DESK
from xiangli.accounts.looks import shows_personal
from xiangli.accounts.queries import within_places
from xiangli.accounts.rules import has_any_role, require
from xiangli.bookings import queries, rules, services
from xiangli.bookings.models import Booking, Call
from xiangli.core.numbers import whole_number
from xiangli.opening.models import Closure
from xiangli.places.models import Centre

MOST_CENTRES = 60


@shows_personal("要打电话的人的称呼和电话")
@login_required
def booking_calls(request: HttpRequest) -> HttpResponse:
    """People to be told of a change, requests to be answered, and who waits, in my centres."""
    require(has_any_role(request.user, *DESK))
    if request.method == "POST":
        _tick(request)
        return redirect("booking_calls")
    now = timezone.now()
    mine = Centre.everywhere.filter(within_places(request.user, "place__", *DESK)).select_related("place", "county")
    centres = list(mine.order_by("place__path")[:MOST_CENTRES])
    context = {
        "calls": list(queries.calls_open(centres, now)[:200]),
        "touched": queries.touched_by_closures(centres, now)[:200],
        "requests": list(queries.requests_open(centres, now)[:200]),
        "waiting": list(queries.waiting_in(centres, now)[:200]),
        "centres": centres,
    }
    return render(request, "bookings/calls.html", context)


def _tick(request: HttpRequest) -> None:
    """Somebody has been told: the call with this number, or of a closure the booking."""
    now = timezone.now()
    if (number := whole_number(request.POST.get("call", ""))) is not None:
        call = get_object_or_404(Call.everywhere.select_related("booking__space__centre__place"), pk=number)
        require(rules.may_book_for_others(request.user, call.booking.space.centre))
        services.tell(by=request.user, call=call, now=now)
        messages.success(request, "记下了。")
        return
    numbers = [whole_number(one) for one in request.POST.get("touched", "").split("-")]
    if len(numbers) == 2 and None not in numbers:
        booking = get_object_or_404(Booking.everywhere.select_related("space__centre__place"), pk=numbers[0])
        require(rules.may_book_for_others(request.user, booking.space.centre))
        closure = get_object_or_404(Closure.everywhere, pk=numbers[1], centre=booking.space.centre)
        services.tell_of_closure(by=request.user, booking=booking, closure=closure, now=now)
        messages.success(request, "记下了。")
