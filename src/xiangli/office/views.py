"""The office's home page, and one day at one centre."""

from collections.abc import Mapping
from datetime import date, timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from xiangli.accounts.choices import DESK
from xiangli.accounts.looks import shows_personal
from xiangli.accounts.rules import has_any_role, require
from xiangli.bookings import services
from xiangli.bookings.rules import may_book_for_others, may_run_activities
from xiangli.core.errors import UserError
from xiangli.office import today
from xiangli.office.day import DayPage, tally_of
from xiangli.places.models import Centre
from xiangli.ui.days import day_asked

REACH_DAYS = 366


@shows_personal("来信（今天）")
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Today: my commonest tasks, what waits for me, what happens in my centres, my villages."""
    now = timezone.now()
    day = timezone.localdate(now)
    user = request.user
    centres = today.centres_of(user)
    context = {
        "day": day,
        "tasks": today.tasks(user, centres),
        "shown": f":{today.SHOWN}",
        "most": today.SHOWN,
        "items": today.urgent_items(user, day),
        "decide": today.to_decide(user),
        "cases": today.waiting_cases(user),
        "happening": today.happenings(user, centres, now, day),
        "centres": today.open_now(centres, now),
        "to_ring": today.to_ring(user, centres, now),
        "at_desk": has_any_role(user, *DESK),
        "is_near": len(centres) <= today.NEAR,
        "is_many": len(centres) == today.MOST_CENTRES,
    }
    return render(request, "office/home.html", context)


@shows_personal("当天预约、报名人的称呼和电话")
@login_required
def today_centre(request: HttpRequest, pk: int) -> HttpResponse:
    """A day at a centre on one screen: rooms, people, meals, who opens the door; to be printed on one sheet too."""
    centre = get_object_or_404(Centre.everywhere.select_related("place", "county"), pk=pk)
    require(may_book_for_others(request.user, centre))
    now = timezone.now()
    day = timezone.localdate(now)
    asked = day_asked(request.GET.get("day", ""), day, reach=REACH_DAYS)
    told = {name: str(value) for name, value in request.POST.items()}
    if told and _note(request, centre, asked, told):
        return redirect(request.get_full_path())
    context = {
        "page": DayPage(centre, asked, now, told=told), "again": bool(told), "centre": centre,
        "day": asked, "today": day,
        "before": asked - timedelta(days=1), "after": asked + timedelta(days=1),
        "may_run": may_run_activities(request.user, centre),
    }  # fmt: skip
    return render(request, "office/day.html", context, status=422 if told else 200)


def _note(request: HttpRequest, centre: Centre, day: date, told: Mapping[str, str]) -> bool:
    """Note of a day what was sent, and say so; False, and why, where it cannot be noted."""
    now = timezone.now()
    try:
        if "door" in told:
            services.note_day(by=request.user, centre=centre, day=day, now=now, door=told["door"])
            messages.success(request, "记下了谁来开门。")
        elif "tally" in told:
            services.note_day(by=request.user, centre=centre, day=day, now=now, tally=tally_of(told))
            messages.success(request, "门口的人数记下了。")
    except UserError as error:
        messages.error(request, str(error))
        return False
    return True
