"""Hours, market days and closures as staff keep them; the poster for the door and the words for the loudspeaker."""

from datetime import date, datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from xiangli.accounts.choices import WORKERS
from xiangli.accounts.queries import within_places
from xiangli.accounts.rules import has_any_role, require
from xiangli.core.errors import UserError
from xiangli.core.numbers import whole_number
from xiangli.opening import door, exports, forms, queries, rules, services
from xiangli.opening.choices import Layer
from xiangli.opening.hours import NO_MARKET, Market, Rule
from xiangli.opening.models import Closure, OpeningRule
from xiangli.opening.poster import door_poster
from xiangli.opening.sentence import written_rules
from xiangli.opening.views.published import pdf_answer
from xiangli.opening.wording import market_words
from xiangli.places.models import Centre, Space
from xiangli.planning.queries import adopted_plan, services_held, why_here


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
    chosen = whole_number(request.POST.get("at") or request.GET.get("space") or "")
    return None if chosen is None else get_object_or_404(Space.everywhere, centre=centre, pk=chosen)


def _page(request: HttpRequest, centre: Centre, **bound: object) -> HttpResponse:
    now, today = timezone.now(), timezone.localdate()
    space = _space(request, centre)
    space_id = space.pk if space else None
    rows = list(queries.rules_in_force(centre, today, space))
    read = queries.openings(centre.county, [centre.pk], today, door.HORIZON)
    days = read.hours(centre.pk, space_id)
    market = queries.market_of(centre)
    printed = None if space else queries.printed_poster(centre)
    context: dict[str, object] = {
        "centre": centre,
        "space": space,
        "spaces": Space.objects.within(centre.county).filter(centre=centre, office_use=False),
        "status": read.status(centre.pk, now, space_id),
        "week": exports.week_rows(days[:14]),
        "unknown_from": next((item.day for item in days if not item.known), None),
        "has_rules": bool(read.rules_of(centre.pk, space_id)),
        "inherits": space is not None and not rows,
        "market": market_words(market) if market.numbers else "",
        "extras": [(row, exports.rule_words(row, market)) for row in rows if row.layer != Layer.REGULAR],
        "closures": [(row, exports.closure_span(row.starts, row.ends)) for row in queries.coming_closures(centre, now)],
        "printed": printed,
        "poster_outdated": "" if space else door.poster_outdated(centre, printed, now),
        **_forms(read.rules_of(centre.pk, space_id), market, centre, today, now),
        **_needs_behind(centre, space),
        **bound,
    }
    status = 422 if bound else 200
    return render(request, "opening/centre.html", context, status=status)


def _forms(current: list[Rule], market: Market, centre: Centre, today: date, now: datetime) -> dict[str, object]:
    """The forms of the page, unfilled."""
    return {
        "rules_form": forms.RulesForm(current=current, today=today),
        "special_form": forms.SpecialForm(today=today, prefix="special"),
        "extended_form": forms.ExtendedForm(today=today, prefix="extended"),
        "market_form": forms.MarketForm(current=market, prefix="market"),
        "closure_form": forms.ClosureForm(centre=centre, now=now, prefix="closure"),
    }


def _needs_behind(centre: Centre, space: Space | None) -> dict[str, object]:
    """The plan in force and the published needs behind what it holds here."""
    plan = adopted_plan(centre.place)
    if plan is None:
        return {"plan": None}
    return {"plan": plan, "why": why_here(centre.place, services_held(plan, centre.place, space))}


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
    today = timezone.localdate()
    read = queries.openings(centre.county, [centre.pk], today, door.HORIZON)
    form = forms.RulesForm(request.POST, current=read.rules_of(centre.pk, space.pk if space else None), today=today)
    if not form.is_valid():
        return _page(request, centre, rules_form=form)
    since = form.cleaned_data["since"]
    services.set_rules(by=request.user, centre=centre, space=space, rules=form.rules(), since=since)
    messages.success(request, f"已保存：{written_rules(form.rules())}。公开页面马上更新，请看一遍下面的“今后十四天”。")
    return _back(centre, space)


@login_required
@require_POST
def opening_extended(request: HttpRequest, pk: int) -> HttpResponse:
    """Add extended hours."""
    centre = _centre(request, pk)
    space = _space(request, centre)
    form = forms.ExtendedForm(request.POST, today=timezone.localdate(), prefix="extended")
    if not form.is_valid():
        return _page(request, centre, extended_form=form)
    for rule in form.rules():
        services.add_rule(by=request.user, centre=centre, space=space, rule=rule, since=form.cleaned_data["since"])
    messages.success(request, "延时服务已加上。")
    return _back(centre, space)


@login_required
@require_POST
def opening_market(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down when the market of the centre's village is held."""
    centre = _centre(request, pk)
    form = forms.MarketForm(request.POST, current=NO_MARKET, prefix="market")
    if not form.is_valid():
        return _page(request, centre, market_form=form)
    services.set_market_days(by=request.user, place=centre.place, **form.cleaned_data)
    messages.success(request, "赶集日已保存。")
    return _back(centre, None)


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
    try:
        services.withdraw_closure(by=request.user, closure=closure, now=timezone.now())
        messages.success(request, "已恢复开放。")
    except UserError as error:
        messages.error(request, str(error))
    return _back(closure.centre, None)


@login_required
@require_POST
def opening_poster(request: HttpRequest, pk: int) -> HttpResponse:
    """The poster that goes to the door now. What it says is remembered, to tell when that is true no more."""
    centre = _centre(request, pk)
    now = timezone.now()
    url = request.build_absolute_uri(reverse("centre", args=[centre.county.slug, centre.slug]))
    paper = request.POST.get("paper", "a4")
    try:
        data = door.poster_data(centre, now, url)
        pdf = door_poster(data, paper)
    except UserError as error:
        messages.error(request, str(error))
        return _back(centre, None)
    services.poster_printed(by=request.user, centre=centre, digest=door.poster_digest(data), now=now)
    return pdf_answer(pdf, f"poster-{centre.slug}-{paper}.pdf")


@login_required
def opening_script(request: HttpRequest, pk: int) -> HttpResponse:
    """What to say on the loudspeaker about the hours of the next days, to be read out or printed."""
    centre = _centre(request, pk)
    scripts = door.scripts(centre, timezone.now())
    return render(request, "opening/script.html", {"centre": centre, "scripts": scripts})
