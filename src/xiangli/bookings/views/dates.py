"""One date of an activity: who is expected, who came, calling it off, moving it; and the list to be printed."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from xiangli.accounts.looks import shows_personal
from xiangli.accounts.rules import require
from xiangli.bookings import queries, rules, services
from xiangli.bookings.activity_forms import AttendanceForm, TargetForm, WhyForm
from xiangli.bookings.models import Activity, Attendance
from xiangli.bookings.queries import Happening, moment_text
from xiangli.bookings.roll import roll_pdf
from xiangli.bookings.views.activities import activity_for
from xiangli.core.errors import UserError
from xiangli.core.numbers import whole_number
from xiangli.opening.views.published import pdf_answer


@shows_personal("报名人的称呼和电话")
@login_required
def activity_date(request: HttpRequest, pk: int, moment: str) -> HttpResponse:
    """One date. Each act is one form, and the page works without JavaScript."""
    shown, now = activity_for(request, pk), timezone.now()
    item = queries.date_at(shown, queries.moment_of(moment), timezone.localdate(now))
    act = request.POST.get("act", "")
    posted = request.POST if request.method == "POST" else None
    target = TargetForm(
        posted if act == "move" else None, centre=shown.centre,
        initial={"day": item.starts.date(), "start": f"{item.starts:%H:%M}", "space": item.space.pk},
    )  # fmt: skip
    reason = WhyForm(posted if act == "cancel" else None, auto_id="off_%s")
    count = AttendanceForm(posted if act in ("came", "all") else None)
    if posted:
        if act in ("move", "cancel"):
            require(rules.may_run_activities(request.user, shown.centre))
        answer = _act(request, shown, item, act, target, reason, count)
        if answer:
            return answer
    people = list(queries.expected_at(shown, item.booking))
    noted = Attendance.everywhere.filter(date=item.booking).prefetch_related("came").first() if item.booking else None
    came = {one.sign_up_id for one in noted.came.all()} if noted else {one.pk for one in people}
    total = len(came) + noted.unlisted if noted else None
    if act == "came":  # asked again: as it was ticked
        came = _ticked(request)
    if noted and not count.is_bound:
        count = AttendanceForm(initial={"unlisted": noted.unlisted})
    context = {
        "activity": shown, "item": item, "moment": moment, "people": people, "came": came, "noted": noted,
        "total": total, "target": target, "reason": reason, "count": count,
        "begun": item.starts <= now, "may_run": rules.may_run_activities(request.user, shown.centre),
    }  # fmt: skip
    return render(request, "bookings/date.html", context, status=422 if posted else 200)


def _act(
    request: HttpRequest, shown: Activity, item: Happening, act: str, target: Any, reason: Any, count: Any
) -> HttpResponse | None:
    """Do what a button says and go on; None where the form has to be asked again."""
    form = {"move": target, "cancel": reason, "came": count, "all": count}.get(act)
    if form is not None and not form.is_valid():
        return None
    now, by, goes = timezone.now(), request.user, item.starts
    try:
        if act == "move":
            data, goes = target.cleaned_data, target.moment()
            services.move_date(
                by=by, activity=shown, starts=item.starts, space=data["space"], to=goes, reason=data["reason"], now=now
            )
            messages.success(request, "挪好了。报了名的人列在活动页的“要告诉的人”里。")
        elif act == "cancel":
            services.cancel_date(
                by=by, activity=shown, starts=item.starts, reason=reason.cleaned_data["reason"], now=now
            )
            messages.success(request, "这一次取消了。报了名的人列在活动页的“要告诉的人”里。")
        elif act in ("came", "all"):
            number = _note(request, shown, item, everybody=act == "all", unlisted=count.cleaned_data["unlisted"])
            messages.success(request, f"记好了，一共来了 {number} 人。")
    except UserError as error:
        messages.error(request, str(error))
        if form is not None:
            return None
    return redirect("activity_date", shown.pk, moment_text(goes))


def _ticked(request: HttpRequest) -> set[int]:
    return {number for text in request.POST.getlist("here") if (number := whole_number(text)) is not None}


def _note(request: HttpRequest, shown: Activity, item: Happening, *, everybody: bool, unlisted: int) -> int:
    ticked = _ticked(request)
    if everybody:
        ticked = set(queries.expected_at(shown, item.booking).values_list("pk", flat=True))
    return services.note_attendance(
        by=request.user, activity=shown, starts=item.starts, came=ticked, unlisted=unlisted, now=timezone.now()
    )


@shows_personal("报名人的称呼和电话（点名单）")
@login_required
def activity_roll(request: HttpRequest, pk: int, moment: str) -> HttpResponse:
    """The list of those expected, to be ticked on paper."""
    shown = activity_for(request, pk)
    item = queries.date_at(shown, queries.moment_of(moment), timezone.localdate())
    try:
        return pdf_answer(roll_pdf(shown, item), f"roll-{pk}-{moment}.pdf")
    except UserError as error:
        return HttpResponse(str(error), status=422, content_type="text/plain; charset=utf-8")
