"""Activities in the office: the list, one by hand, one with its dates and everybody who signed up."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from xiangli.accounts.choices import DESK
from xiangli.accounts.looks import shows_personal
from xiangli.accounts.queries import within_places
from xiangli.accounts.rules import has_any_role, require
from xiangli.bookings import queries, rules, services
from xiangli.bookings.activity_forms import (
    CounterSignUpForm,
    DetailsForm,
    EndForm,
    NewActivityForm,
    SignUpForm,
    TargetForm,
)
from xiangli.bookings.choices import SignUpState
from xiangli.bookings.models import Activity, SignUp, Telling
from xiangli.core.errors import UserError
from xiangli.core.numbers import whole_number
from xiangli.places.models import Centre

PER_PAGE = 40


@login_required
def activities_office(request: HttpRequest) -> HttpResponse:
    """The activities of my centres, village by village."""
    require(has_any_role(request.user, *DESK))
    today = timezone.localdate()
    mine = Activity.everywhere.filter(within_places(request.user, "centre__place__", *DESK))
    open_tellings = Telling.everywhere.filter(told_at__isnull=True).values("sign_up__activity")
    running = mine.filter(Q(until__isnull=True) | Q(until__gte=today) | Q(pk__in=open_tellings))
    standing = Q(sign_ups__state=SignUpState.SEATED), Q(sign_ups__state=SignUpState.WAITING)
    rows = running.annotate(
        seated=Count("sign_ups", filter=standing[0], distinct=True),
        waiting=Count("sign_ups", filter=standing[1], distinct=True),
        tellings=Count(
            "sign_ups__tellings", filter=Q(sign_ups__tellings__told_at__isnull=True), distinct=True
        ),
    )  # fmt: skip
    ordered = rows.select_related("centre__place", "space").order_by("centre__place__path", "weekday", "start", "pk")
    page = Paginator(ordered, PER_PAGE).get_page(request.GET.get("page"))
    centres = Centre.everywhere.filter(within_places(request.user, "place__", *DESK)).select_related("place")[:200]
    may_add = [one for one in centres if rules.may_run_activities(request.user, one)]
    return render(request, "bookings/activities.html", {"page": page, "may_add": may_add, "today": today})


@login_required
def activity_new(request: HttpRequest, pk: int) -> HttpResponse:
    """An activity by hand."""
    centre = get_object_or_404(Centre.everywhere.select_related("place", "county"), pk=pk)
    require(rules.may_run_activities(request.user, centre))
    form = NewActivityForm(request.POST or None, centre=centre, today=timezone.localdate())
    if request.method == "POST" and form.is_valid():
        try:
            made = services.new_activity(by=request.user, now=timezone.now(), **form.activity())
            messages.success(request, "加好了，公开页面和日历马上更新。")
            return redirect("activity", made.pk)
        except UserError as error:
            form.add_error(None, str(error))
    status = 422 if form.is_bound else 200
    return render(request, "bookings/activity_new.html", {"centre": centre, "form": form}, status=status)


def activity_for(request: HttpRequest, pk: int) -> Activity:
    """An activity, for those before whom its people may stand."""
    rows = Activity.everywhere.select_related("centre__place", "centre__county", "space", "service", "county")
    activity = get_object_or_404(rows, pk=pk)
    require(rules.may_book_for_others(request.user, activity.centre))
    return activity


@login_required
def activity_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """What is told of an activity, and its seats."""
    activity = activity_for(request, pk)
    require(rules.may_run_activities(request.user, activity.centre))
    form = DetailsForm(request.POST or None, instance=activity)
    if request.method == "POST" and form.is_valid():
        try:
            services.update_activity(by=request.user, activity=activity, now=timezone.now(), **form.details())
            messages.success(request, "保存了。名额多了的话，排队的人已经补上，请看“要告诉的人”。")
            return redirect("activity", pk)
        except UserError as error:
            form.add_error(None, str(error))
    status = 422 if form.is_bound else 200
    return render(request, "bookings/activity_edit.html", {"activity": activity, "form": form}, status=status)


@shows_personal("报名人的称呼和电话")
@login_required
def activity(request: HttpRequest, pk: int) -> HttpResponse:
    """One activity: its dates, who signed up, whom to tell."""
    shown, now, today = activity_for(request, pk), timezone.now(), timezone.localdate()
    rows = queries.date_rows(shown, today, now)
    open_rows = [row for row in rows if row.is_on and row.item.starts > now]
    posted = request.POST if request.method == "POST" else None
    act = request.POST.get("act", "")
    join = CounterSignUpForm(posted if act == "sign_up" else None, activity=shown, rows=open_rows, series=shown.rhythm)
    extra = TargetForm(
        posted if act == "extra" else None, centre=shown.centre,
        initial={"day": today, "start": clock_of(shown.start), "space": shown.space_id},
    )  # fmt: skip
    end = EndForm(posted if act == "end" else None, initial={"last": today}, auto_id="end_%s")
    if posted:
        answer = _act(request, shown, act, join, extra, end)
        if answer:
            return answer
    people = list(queries.sign_ups_of(shown, now))
    context = {
        "activity": shown, "rows": rows, "today": today, "now": now, "join": join, "extra": extra, "end": end,
        "seated": [one for one in people if one.state == SignUpState.SEATED],
        "waiting": [one for one in people if one.state == SignUpState.WAITING],
        "tellings": list(queries.to_tell(shown.county, sign_up__activity=shown)),
        "may_run": rules.may_run_activities(request.user, shown.centre),
        "over": bool(shown.until and shown.until < today),
    }  # fmt: skip
    return render(request, "bookings/activity.html", context, status=422 if posted else 200)


def _act(
    request: HttpRequest, shown: Activity, act: str, join: SignUpForm, extra: TargetForm, end: EndForm
) -> HttpResponse | None:
    """Do what a button of the page says. None where the form has to be asked again, with what was written."""
    if act in ("extra", "end"):
        require(rules.may_run_activities(request.user, shown.centre))
    form = {"sign_up": join, "extra": extra, "end": end}.get(act)
    if form is not None and not form.is_valid():
        return None
    try:
        messages.success(request, _done(request, shown, act, form))
    except UserError as error:
        messages.error(request, str(error))
        if form is not None:
            return None
    gone = act == "end" and not Activity.everywhere.filter(pk=shown.pk).exists()
    return redirect("activities_office") if gone else redirect("activity", shown.pk)


def _done(request: HttpRequest, shown: Activity, act: str, form: Any) -> str:
    now, by = timezone.now(), request.user
    if act == "sign_up":
        data = form.cleaned_data
        made = sign_up_from(shown, data, by=by, channel=data["channel"])
        return f"{told(made)}报名号 {made.code}，请念给对方听，或抄在纸条上。"
    if act == "extra":
        data = form.cleaned_data
        services.add_date(
            by=by, activity=shown, space=data["space"], starts=form.moment(), reason=data["reason"], now=now
        )
        return "加了一次。整期报名的人列在“要告诉的人”里。"
    if act == "end":
        data = form.cleaned_data
        services.end_activity(by=by, activity=shown, last=data["last"], reason=data["reason"], now=now)
        return "这个活动办到那天为止。报了名的人列在“要告诉的人”里。"
    if act == "leave":
        services.leave(by=by, sign_up=_one(SignUp, shown, request.POST.get("one", ""), "activity"), now=now)
        return "退掉了；有人排队的，已经补上，请看“要告诉的人”。"
    if act == "told":
        only = request.POST.get("one", "")
        telling = _one(Telling, shown, only, "sign_up__activity") if only else None
        return f"记下了：告诉了 {services.mark_told(by=by, activity=shown, now=now, only=telling)} 位。"
    raise UserError("没有看懂要做什么，请再点一次")


def _one(model: Any, shown: Activity, number: str, path: str) -> Any:
    """The row of this activity behind a button; 404 otherwise."""
    return get_object_or_404(model.everywhere, pk=whole_number(number), **{path: shown})


def sign_up_from(shown: Activity, data: dict[str, Any], *, by: Any, channel: str) -> SignUp:
    """The sign-up that a form asks for."""
    return services.sign_up(
        by=by, activity=shown, starts=None if data["to"] == "series" else queries.moment_of(data["to"]),
        channel=channel, now=timezone.now(), code=services.new_code(), called=data["called"],
        contact_phone=data["contact_phone"], request_key=data["request_key"],
    )  # fmt: skip


def told(made: SignUp) -> str:
    """What came of a sign-up, in a sentence."""
    if made.state == SignUpState.SEATED:
        return "报上了，有位子。"
    return f"满了，排在第 {queries.turn(made, timezone.now())} 位，有人退就自动补上。"


def clock_of(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
