"""Signing up to an activity: residents without log-in, and what stands behind their code."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from xiangli.bookings import queries, services
from xiangli.bookings.activity_forms import SignUpForm
from xiangli.bookings.choices import Channel, SignUpState
from xiangli.bookings.models import Activity, SignUp
from xiangli.bookings.views.activities import sign_up_from
from xiangli.core.errors import UserError
from xiangli.places.queries import centre_at
from xiangli.surveys.throttle import may_pass

SHOWN = 12
TOO_MANY = "这会儿从这里报名的太多了，先歇一歇。您填的还在下面，过一小时再点；急用请打电话或者到柜台，我们替您报。"


@never_cache
def activity_public(request: HttpRequest, county: str, centre: str, pk: int) -> HttpResponse:
    """What an activity is, when, and signing up to it. No log-in, no name needed."""
    where = centre_at(county, centre)
    shown = get_object_or_404(Activity.everywhere.select_related("space", "county"), centre=where, pk=pk)
    shown.centre = where
    now, today = timezone.now(), timezone.localdate()
    if code := request.GET.get("code"):
        found = SignUp.objects.within(where.county).filter(activity__centre=where, code=code.strip().upper()).first()
        if found:
            return redirect("sign_up_public", county, centre, found.code)
        messages.error(request, "没有找到这个报名号，请对一下字母和数字。")
    rows = [row for row in queries.date_rows(shown, today, now) if row.item.ends > now]
    coming = [row for row in rows if row.is_on and row.item.starts > now]
    form = SignUpForm(request.POST or None, activity=shown, rows=coming, series=shown.rhythm)
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        try:
            if not may_pass(request, f"booking {where.pk}"):
                status = 429
                raise UserError(TOO_MANY)
            made = sign_up_from(shown, form.cleaned_data, by=None, channel=Channel.WEB)
            return redirect("sign_up_public", county, centre, made.code)
        except UserError as error:
            form.add_error("to", str(error))
    free = queries.taken_of(shown, now).free(shown, Channel.WEB, None)
    context = {
        "centre": where, "activity": shown, "rows": rows[:SHOWN], "form": form, "today": today, "free": free,
        "may_join": bool(shown.sign_up and (coming or shown.sign_up == "series")),
        "over": bool(shown.until and shown.until < today),
    }  # fmt: skip
    return render(request, "bookings/activity_public.html", context, status=status)


@never_cache
def sign_up_public(request: HttpRequest, county: str, centre: str, sign_up: str) -> HttpResponse:
    """What stands behind a sign-up's code: seat or place in the list, changes, giving it back. No name, no number."""
    where = centre_at(county, centre)
    row = queries.sign_up_by_code(where, sign_up)
    now = timezone.now()
    if request.method == "POST":
        try:
            services.leave(by=None, sign_up=row, now=now)
            messages.success(request, "退掉了，位子让给别人了。谢谢您说一声。")
        except UserError as error:
            messages.error(request, str(error))
        return redirect("sign_up_public", county, centre, sign_up)
    waits = row.state == SignUpState.WAITING
    holds = waits or row.state == SignUpState.SEATED
    context = {
        "centre": where, "row": row, "waits": waits,
        "standing": f"在排队，第 {queries.turn(row, now)} 位" if waits else row.get_state_display(),
        "holds": holds, "tellings": row.tellings.order_by("-pk")[:5],
        "may_leave": holds and not (row.date and row.date.starts <= now),
    }  # fmt: skip
    return render(request, "bookings/sign_up_public.html", context)
