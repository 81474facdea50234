"""Meals of a day, the delivery list, who eats here, and signature lists."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from xiangli.accounts.looks import shows_personal
from xiangli.canteen import exports, services
from xiangli.canteen.choices import WEEKDAYS, Diet, Meal, Settled
from xiangli.canteen.forms.meals import DinerForm, NeedsForm, OrderForm, ScansForm, SignaturesForm, SpotForm
from xiangli.canteen.models import Canteen, Diner, MealOrder, SignatureSheet
from xiangli.canteen.queries import meals as queries
from xiangli.canteen.queries.menus import menu
from xiangli.canteen.queries.points import passbooks
from xiangli.canteen.views.common import canteen_for, day_asked, meal_asked, number_asked, tried
from xiangli.core.errors import UserError
from xiangli.ui.forms import faults

DINERS_PER_PAGE = 60


@shows_personal("订餐的人")
@login_required
def canteen_meals(request: HttpRequest, pk: int) -> HttpResponse:
    """One meal of one day: who ordered, who has eaten, who came on the spot. Each act is one tap."""
    canteen, day, meal = canteen_for(request, pk), day_asked(request), meal_asked(request)
    orders = list(queries.orders_on(canteen, day, meal))
    known = {one.diner_id for one in orders}
    waiting = [one for one in queries.diners_of(canteen).order_by("account__number", "number") if one.pk not in known]
    prices = queries.price_on(canteen, day)
    order_form = OrderForm(request.POST if request.POST.get("act") == "order" else None, diners=waiting)
    spot_form = SpotForm(request.POST if request.POST.get("act") == "spot" else None, prices=prices)
    if request.method == "POST":
        answer = tried(request, lambda: _meal_act(request, canteen, day, meal, order_form, spot_form))
        if answer or not (order_form.is_bound or spot_form.is_bound):
            return answer or redirect(request.get_full_path())
    context = {
        "canteen": canteen, "day": day, "meal": meal, "meals": Meal, "today": timezone.localdate(), "orders": orders,
        "before": day - timedelta(days=1), "after": day + timedelta(days=1), "order_form": order_form,
        "spot_form": spot_form, "waiting": waiting, "dishes": menu(canteen, day, 1).filter(meal=meal).first(),
        **_counted(orders),
    }  # fmt: skip
    return render(request, "canteen/meals.html", context)


def _counted(orders: list[MealOrder]) -> dict[str, Any]:
    """Portions of a meal: in all, eaten, to be carried, and what the cook must mind."""
    diets: dict[str, int] = {}
    for one in orders:
        if one.diner and hasattr(one.diner, "needs"):
            one.diets = [Diet(key).label for key in one.diner.needs.diets]  # type: ignore[attr-defined]
            for label in one.diets:  # type: ignore[attr-defined]
                diets[label] = diets.get(label, 0) + one.portions
    return {
        "portions": sum(one.portions for one in orders),
        "eaten": sum(one.portions for one in orders if one.served_at),
        "carried": sum(one.portions for one in orders if one.delivered),
        "open": sum(1 for one in orders if not one.served_at),
        "diets": diets,
    }


def _meal_act(request: HttpRequest, canteen: Canteen, day: Any, meal: Meal, orders: OrderForm, spot: SpotForm) -> str:
    """Do what a button of the page says; the words tell what was done."""
    now, by, act = timezone.now(), request.user, request.POST.get("act", "")
    if act == "order":
        if not orders.is_valid():
            raise UserError(faults(orders))
        data = orders.cleaned_data
        made = services.order_household(
            by=by, canteen=canteen, diners=data["diners"], day=day, meal=meal, way=data["way"], now=now
        )
        return f"订好了 {len(made)} 份。"
    if act == "spot":
        if not spot.is_valid():
            raise UserError(faults(spot))
        row = services.eat_on_the_spot(by=by, canteen=canteen, day=day, meal=meal, now=now, **spot.cleaned_data)
        return f"记上了 {row.portions} 份。"
    if act == "all":
        return _told(services.serve_all(by=by, canteen=canteen, day=day, meal=meal, now=now))
    name, _, settled = act.partition(":")
    if name not in ("serve", "unserve", "cancel") or (name == "serve" and settled not in Settled.values):
        raise UserError("没有这个按钮，请刷新页面再试")
    one = get_object_or_404(
        MealOrder.objects.within(canteen.county), canteen=canteen, pk=number_asked(request, "order")
    )
    if name == "serve":
        services.serve(by=by, order=one, settled=settled, now=now)
        return "记上了。"
    if name == "unserve":
        services.unserve(by=by, order=one, now=now)
        return "撤回了，扣的积分已经退回去。" if one.settled == Settled.POINTS else "撤回了。"
    services.cancel_order(by=by, order=one, now=now)
    return "退掉了。"


def _told(served: services.Served) -> str:
    """What became of many meals, in a sentence."""
    parts = [(served.points, "扣积分"), (served.cash, "收现金"), (served.free, "不收费")]
    ways = "、".join(f"{words} {number}" for number, words in parts if number)
    text = f"记上 {served.meals} 份" + (f"：{ways}" if ways else "")
    if served.short:
        text += f"。积分不够或没有存折、还没记的卡号：{'、'.join(served.short)}，请收现金后再点"
    return text + "。"


@shows_personal("送餐单")
@login_required
def canteen_delivery(request: HttpRequest, pk: int) -> HttpResponse:
    """The delivery list of a meal, to be printed and carried along."""
    canteen, day, meal = canteen_for(request, pk), day_asked(request), meal_asked(request)
    rows = list(queries.deliveries(canteen, day, meal))
    _counted(rows)
    dishes = menu(canteen, day, 1).filter(meal=meal).first()
    return render(
        request, "canteen/delivery.html", {"canteen": canteen, "day": day, "meal": meal, "rows": rows, "dishes": dishes}
    )


@shows_personal("用餐人")
@login_required
def canteen_diners(request: HttpRequest, pk: int) -> HttpResponse:
    """Who eats here often; somebody new is added at the top."""
    canteen = canteen_for(request, pk)
    form = DinerForm(request.POST or None, accounts=passbooks(canteen))
    if request.method == "POST" and form.is_valid():
        try:
            diner = services.save_diner(by=request.user, canteen=canteen, now=timezone.now(), **form.cleaned_data)
        except UserError as error:
            form.add_error("number", str(error))
        else:
            messages.success(request, f"{diner} 登记好了。")
            return redirect("canteen_diners", pk)
    page = Paginator(queries.diners_of(canteen), DINERS_PER_PAGE).get_page(request.GET.get("page"))
    gone = queries.diners_of(canteen, gone=True)[:DINERS_PER_PAGE]
    return render(request, "canteen/diners.html", {"canteen": canteen, "page": page, "form": form, "gone": gone})


@shows_personal("用餐人的忌口和地址")
@login_required
def canteen_diner(request: HttpRequest, pk: int, diner: int) -> HttpResponse:
    """One diner: card, age band, passbook; diet and delivery with consent."""
    canteen = canteen_for(request, pk)
    row = get_object_or_404(queries.diners_of(canteen) | queries.diners_of(canteen, gone=True), pk=diner)
    act = request.POST.get("act")
    needs = getattr(row, "needs", None)
    kept = {name: getattr(needs, name) for name in ("diets", "delivered", "address")} if needs else {}
    about = {name: getattr(row, name) for name in ("number", "label", "band", "account")}
    form = DinerForm(request.POST if act == "about" else None, accounts=passbooks(canteen), initial=about)
    wishes = NeedsForm(request.POST if act == "needs" else None, initial={"agreed": bool(needs), **kept})
    now = timezone.now()
    if act == "about" and form.is_valid() and (answer := tried(request, lambda: _saved(request, canteen, row, form))):
        return answer
    if act == "needs" and wishes.is_valid():
        services.set_needs(by=request.user, diner=row, now=now, **wishes.cleaned_data)
        messages.success(request, "记好了。" if wishes.cleaned_data["agreed"] else "没有同意，什么都没有留。")
        return redirect(request.get_full_path())
    if act == "leave":
        services.leave(by=request.user, diner=row, now=now)
        messages.success(request, "不再列在名单里了。" if row.left_at else "又列进名单了。")
        return redirect("canteen_diners", pk)
    return render(request, "canteen/diner.html", {"canteen": canteen, "diner": row, "form": form, "wishes": wishes})


def _saved(request: HttpRequest, canteen: Canteen, row: Diner, form: DinerForm) -> str:
    services.save_diner(by=request.user, canteen=canteen, diner=row, now=timezone.now(), **form.cleaned_data)
    return "保存了。"


@shows_personal("签名表")
@login_required
def canteen_signatures(request: HttpRequest, pk: int) -> HttpResponse:
    """A week's signature list: print it, read its scans, type it in, all on one page; recorded in one go."""
    canteen, meal, now = canteen_for(request, pk), meal_asked(request), timezone.now()
    monday = queries.monday_of(day_asked(request))
    act = request.POST.get("act")
    if act == "print":
        return _printed(request, canteen, monday, meal)
    sheet = SignatureSheet.objects.within(canteen.county).filter(canteen=canteen, monday=monday, meal=meal).first()
    days = [monday + timedelta(days=offset) for offset in range(7)]
    diners = {one.pk: one for one in queries.diners_of(canteen)}
    form = SignaturesForm(request.POST if act == "record" else None)
    ticks = form.ticks(diners, days) if form.is_bound else []
    if act == "record" and form.is_valid():
        otherwise = Settled.CASH if form.cleaned_data["otherwise"] == Settled.CASH else None
        if answer := tried(request, lambda: _told(services.record_signatures(
            by=request.user, canteen=canteen, meal=meal, ticks=ticks, otherwise=otherwise, now=now
        ))):  # fmt: skip
            return answer
    scans = ScansForm(request.POST, request.FILES) if act == "read" else ScansForm()
    read = exports.Ticks()
    if act == "read" and sheet and scans.is_valid():
        try:
            read = exports.read_scans(sheet, scans.contents())
            messages.info(request, "读好了，请对一遍，改好以后点“一起记上”。标着“看”的格子机器拿不准。")
        except UserError as error:
            messages.error(request, str(error))
    eaten = {
        (one.diner_id, one.day)
        for one in queries.served(canteen, monday, days[-1]).filter(meal=meal, diner__isnull=False)
    }  # fmt: skip
    lines = [
        (one, [_cell(pk, offset, day, eaten, read, ticks) for offset, day in enumerate(days)])
        for pk, one in diners.items()
    ]
    context = {
        "canteen": canteen, "monday": monday, "meal": meal, "meals": Meal, "days": days, "lines": lines, "form": form,
        "scans": scans, "sheet": sheet, "before": monday - timedelta(days=7), "after": monday + timedelta(days=7),
        "problems": read.problems, "doubts": sum(1 for state in read.cells.values() if state is None),
    }  # fmt: skip
    return render(request, "canteen/signatures.html", context)


def _cell(
    diner: int, offset: int, day: Any, eaten: set[Any], read: exports.Ticks, ticks: list[Any]
) -> dict[str, Any]:  # fmt: skip
    """One box of the grid: recorded already, ticked by what was read or by hand before, or for somebody to look at."""
    state = read.cells.get((diner, day), False)
    return {
        "name": f"t{diner}-{offset}", "label": f"周{WEEKDAYS[offset]}", "eaten": (diner, day) in eaten,
        "ticked": state is True or (diner, day) in ticks, "doubtful": state is None,
    }  # fmt: skip


def _printed(request: HttpRequest, canteen: Canteen, monday: Any, meal: Meal) -> HttpResponse:
    try:
        pdf = exports.print_sheet(by=request.user, canteen=canteen, monday=monday, meal=meal, now=timezone.now())
    except UserError as error:
        messages.error(request, str(error))
        return redirect(request.get_full_path())
    answer = HttpResponse(pdf, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="canteen-{monday:%Y%m%d}.pdf"'
    return answer
