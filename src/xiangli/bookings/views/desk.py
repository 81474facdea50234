"""The day at the desk, giving times back, and adopting a plan."""

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from xiangli.accounts.choices import DESK
from xiangli.accounts.looks import shows_personal
from xiangli.accounts.queries import within_places
from xiangli.accounts.rules import has_any_role, require
from xiangli.bookings import queries, rules, services
from xiangli.bookings.choices import FREE
from xiangli.bookings.models import Booking
from xiangli.core.errors import UserError
from xiangli.core.redaction import redact
from xiangli.places.models import Centre
from xiangli.planning.queries import plan_for
from xiangli.planning.rules import may_adopt
from xiangli.ui.days import day_asked

CENTRES_PER_PAGE = 10
REACH_DAYS = 3 * 366


@shows_personal("预约人的称呼、电话和卡号")
@login_required
def bookings_list(request: HttpRequest) -> HttpResponse:
    """What happens today in my centres, with a day before and after."""
    require(has_any_role(request.user, *DESK))
    today = timezone.localdate()
    day = day_asked(request.GET.get("day", ""), today, reach=REACH_DAYS)
    mine = Centre.everywhere.filter(within_places(request.user, "place__", *DESK)).select_related("place", "county")
    page = Paginator(mine.order_by("place__path"), CENTRES_PER_PAGE).get_page(request.GET.get("page"))
    centres = list(page)
    held = Booking.everywhere.filter(
        space__centre__in=centres, starts__lt=queries.at_minute(day, 1440), ends__gt=queries.at_minute(day, 0)
    ).exclude(state__in=FREE)
    rows: dict[int, list[Booking]] = {centre.pk: [] for centre in centres}
    for booking in held.select_related("space", "activity").order_by("starts", "space__name"):
        rows[booking.space.centre_id].append(booking)
    booked = {pk: sum(booking.activity is None for booking in of) for pk, of in rows.items()}
    context = {
        "page": page, "day": day, "today": today, "before": day - timedelta(days=1), "after": day + timedelta(days=1),
        "rows": [(centre, rows[centre.pk], booked[centre.pk]) for centre in centres], "now": timezone.now(),
    }  # fmt: skip
    return render(request, "bookings/list.html", context)


@login_required
@require_POST
def booking_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Staff give a time back, with the reason."""
    booking = get_object_or_404(Booking.everywhere.select_related("space__centre__place", "activity"), pk=pk)
    require(rules.may_book_for_others(request.user, booking.space.centre))
    by, now, reason = request.user, timezone.now(), redact(request.POST.get("reason", ""))[0][:80]
    try:
        if booking.activity:
            services.cancel_date(by=by, activity=booking.activity, starts=booking.starts, reason=reason, now=now)
        else:
            services.cancel(by=by, booking=booking, reason=reason, now=now)
        messages.success(request, "已取消。")
    except UserError as error:
        messages.error(request, str(error))
    return redirect(f"/office/bookings/?day={timezone.localdate(booking.starts)}")


@login_required
@require_POST
def plan_adopt(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a plan into practice: as the person saw it, not as somebody has changed it since."""
    plan = plan_for(request.user, pk)
    require(may_adopt(request.user, plan))
    if request.POST.get("revision", str(plan.revision)) != str(plan.revision):
        messages.error(request, "这个方案刚刚被别人改过，还没有采纳。请看过改动再采纳。")
        return redirect("plan", pk)
    try:
        done = services.adopt_plan(by=request.user, plan=plan, today=timezone.localdate())
    except UserError as error:
        messages.error(request, str(error))
        return redirect("plan", pk)
    told = f"方案已采纳：台账新增 {len(done.items)} 项，"
    told += f"每周活动 {len(done.activities)} 场，开放时间 {len(done.rules)} 条。"
    if done.displaced:
        told += f"有 {done.displaced} 场让给了已经约好的居民。"
    messages.success(request, told)
    return redirect("ledger_list")
