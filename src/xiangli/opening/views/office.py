"""Hours and closures as staff keep them, and as they are published."""

from hashlib import sha256

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST

from xiangli.accounts.choices import WORKERS
from xiangli.accounts.queries import within_places
from xiangli.accounts.rules import has_any_role, require
from xiangli.core.errors import UserError
from xiangli.opening import exports, forms, queries, rules, services
from xiangli.opening.choices import Layer
from xiangli.opening.models import Closure, OpeningRule
from xiangli.places.models import Centre, Space
from xiangli.places.queries import centre_at

JSON_DAYS, JSON_DAYS_MAX = 14, 400
POSTER_SECONDS = 300


@login_required
def opening_office(request: HttpRequest) -> HttpResponse:
    """My centres and whether each is open now."""
    require(has_any_role(request.user, *WORKERS))
    mine = within_places(request.user, "place__", *WORKERS)
    centres = list(Centre.everywhere.filter(mine).select_related("place", "county")[:200])
    if len(centres) == 1:
        return redirect("opening_centre", centres[0].pk)
    found = queries.statuses(centres, timezone.now())
    return render(request, "opening/office.html", {"rows": [(centre, found[centre.pk]) for centre in centres]})


def _centre(request: HttpRequest, pk: int) -> Centre:
    centre = get_object_or_404(Centre.everywhere.select_related("place", "county"), pk=pk)
    require(rules.may_change_hours(request.user, centre))
    return centre


@login_required
def opening_centre(request: HttpRequest, pk: int) -> HttpResponse:
    """The hours of a centre, or with ``?space=`` of one of its spaces, and what is announced."""
    return _page(request, _centre(request, pk))


def _space(request: HttpRequest, centre: Centre) -> Space | None:
    chosen = request.POST.get("at") or request.GET.get("space") or ""
    if not chosen.isdecimal():
        return None
    return get_object_or_404(Space.everywhere, centre=centre, pk=int(chosen))


def _page(request: HttpRequest, centre: Centre, **bound: object) -> HttpResponse:
    now, today = timezone.now(), timezone.localdate()
    space = _space(request, centre)
    rows = list(queries.rules_in_force(centre, today, space))
    read = queries.openings(centre.county, [centre.pk], today, queries.HORIZON_DAYS)
    days = read.hours(centre.pk, space.pk if space else None)
    context: dict[str, object] = {
        "centre": centre,
        "space": space,
        "spaces": Space.objects.within(centre.county).filter(centre=centre, office_use=False),
        "status": read.status(centre.pk, now, space.pk if space else None),
        "week": exports.week_rows(days[:7]),
        "unknown_from": next((item.day for item in days if not item.known), None),
        "inherits": space is not None and not rows,
        "extras": [(row, exports.rule_words(row)) for row in rows if row.layer != Layer.REGULAR],
        "closures": [(row, exports.closure_span(row.starts, row.ends)) for row in queries.coming_closures(centre, now)],
        "rules_form": forms.RulesForm(current=read.rules_of(centre.pk, space.pk if space else None), today=today),
        "special_form": forms.SpecialForm(today=today, prefix="special"),
        "closure_form": forms.ClosureForm(centre=centre, now=now, prefix="closure"),
    }
    status = 200
    for name, form in bound.items():
        context[name] = form
        status = 422
    return render(request, "opening/centre.html", context, status=status)


def _back(centre: Centre, space: Space | None) -> HttpResponse:
    answer = redirect("opening_centre", centre.pk)
    if space:
        answer["Location"] += f"?space={space.pk}"
    return answer


@login_required
@require_POST
def opening_rules(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the regular hours."""
    centre = _centre(request, pk)
    space = _space(request, centre)
    form = forms.RulesForm(request.POST, today=timezone.localdate())
    if not form.is_valid():
        return _page(request, centre, rules_form=form)
    since = form.cleaned_data["since"]
    services.set_rules(by=request.user, centre=centre, space=space, rules=form.rules(), since=since)
    messages.success(request, "开放时间已保存，公开页面马上更新。门上的海报请重新打印一张。")
    return _back(centre, space)


@login_required
@require_POST
def opening_special(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a special day."""
    centre = _centre(request, pk)
    space = _space(request, centre)
    form = forms.SpecialForm(request.POST, today=timezone.localdate(), prefix="special")
    if not form.is_valid():
        return _page(request, centre, special_form=form)
    rule = form.rule()
    services.add_rule(by=request.user, centre=centre, space=space, rule=rule, since=form.cleaned_data["since"])
    messages.success(request, "特别日子已加上。")
    return _back(centre, space)


@login_required
@require_POST
def opening_rule_end(request: HttpRequest, pk: int) -> HttpResponse:
    rule = get_object_or_404(OpeningRule.everywhere.select_related("centre__place", "space"), pk=pk)
    require(rules.may_change_hours(request.user, rule.centre))
    try:
        services.end_rule(by=request.user, rule=rule, today=timezone.localdate())
        messages.success(request, "已取消这一行。")
    except UserError as error:
        messages.error(request, str(error))
    return _back(rule.centre, rule.space)


@login_required
@require_POST
def opening_close(request: HttpRequest, pk: int) -> HttpResponse:
    """Announce a closure."""
    centre = _centre(request, pk)
    now = timezone.now()
    form = forms.ClosureForm(request.POST, centre=centre, now=now, prefix="closure")
    if not form.is_valid():
        return _page(request, centre, closure_form=form)
    services.announce_closure(by=request.user, centre=centre, now=now, **form.cleaned_data)
    messages.success(request, "已公告。公开页面和海报都会写上。")
    return _back(centre, _space(request, centre))


@login_required
@require_POST
def opening_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a closure back."""
    closure = get_object_or_404(Closure.everywhere.select_related("centre__place"), pk=pk, withdrawn_at=None)
    require(rules.may_change_hours(request.user, closure.centre))
    services.withdraw_closure(by=request.user, closure=closure, now=timezone.now())
    messages.success(request, "已恢复开放。")
    return _back(closure.centre, None)


@cache_control(public=True, max_age=60)
def hours_json(request: HttpRequest, county: str, centre: str) -> HttpResponse:
    """The hours of the next days (``?days=``, at most 400) as plain JSON."""
    where = centre_at(county, centre)
    asked = request.GET.get("days", str(JSON_DAYS))
    if not asked.isdecimal() or not 1 <= int(asked) <= JSON_DAYS_MAX:
        return JsonResponse({"error": f"days 应在 1 到 {JSON_DAYS_MAX} 之间"}, status=400)
    now = timezone.now()
    read = queries.openings(where.county, [where.pk], timezone.localdate(now), max(int(asked), queries.HORIZON_DAYS))
    days = read.hours(where.pk)[: int(asked)]
    data = exports.hours_data(where, days, read.status(where.pk, now), timezone.localtime(now))
    return JsonResponse(data, json_dumps_params={"ensure_ascii": False, "indent": 1})


def door_poster(request: HttpRequest, county: str, centre: str) -> HttpResponse:
    """The poster for the door, A4 or with ``?paper=a3`` A3. Set once and kept for a few minutes."""
    where = centre_at(county, centre)
    paper = request.GET.get("paper", "a4").lower()
    url = request.build_absolute_uri(f"/c/{county}/{centre}/")
    try:
        data = exports.poster_data(where, timezone.now(), url)
        key = f"poster-{paper}-{sha256(repr(data).encode()).hexdigest()}"
        pdf = cache.get(key) or exports.door_poster(data, paper)
    except UserError as error:
        return HttpResponse(str(error), status=422, content_type="text/plain; charset=utf-8")
    cache.set(key, pdf, POSTER_SECONDS)
    answer = HttpResponse(pdf, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="poster-{centre}-{paper}.pdf"'
    return answer
