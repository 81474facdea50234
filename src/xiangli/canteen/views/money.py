"""What comes in and goes out, what a meal costs, how long the money lasts; prices and the exchange list."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from xiangli.canteen import services
from xiangli.canteen.choices import MONEY_IN, EntryKind, Settled
from xiangli.canteen.forms.meals import EntryForm, PriceForm
from xiangli.canteen.forms.points import RateForm
from xiangli.canteen.models import CanteenEntry
from xiangli.canteen.queries.meals import price_list
from xiangli.canteen.queries.money import LEAST_DAYS, entries_of, forecast, period
from xiangli.canteen.queries.points import rates_on, rates_to_come
from xiangli.canteen.views.common import canteen_for, done, number_asked, tried

PER_PAGE = 40


@login_required
def canteen_money(request: HttpRequest, pk: int) -> HttpResponse:
    """The canteen's book. Cash taken for meals is not typed here: it follows from the meals."""
    canteen, today, now = canteen_for(request, pk), timezone.localdate(), timezone.now()
    act = request.POST.get("act")
    form = EntryForm(request.POST if act == "enter" else None, initial={"day": today})
    if (
        act == "enter"
        and form.is_valid()
        and (answer := tried(request, lambda: _entered(request, canteen, form.cleaned_data)))
    ):
        return answer
    if act == "strike":
        rows = CanteenEntry.objects.within(canteen.county).select_related("canteen__centre__place")
        entry = get_object_or_404(rows, canteen=canteen, pk=number_asked(request, "entry"))
        return done(request, lambda: f"{services.strike(by=request.user, entry=entry, now=now).item} 划掉了。")
    month = period(canteen, today - timedelta(days=29), today)
    context = {
        "canteen": canteen, "form": form, "today": today, "forecast": forecast(canteen, today), "month": month,
        "cash": month.settled[Settled.CASH], "points": month.settled[Settled.POINTS], "least": LEAST_DAYS,
        "kinds": [(kind.label, month.entries[kind], kind in MONEY_IN) for kind in EntryKind if kind in month.entries],
        "page": Paginator(entries_of(canteen), PER_PAGE).get_page(request.GET.get("page")), "income": MONEY_IN,
    }  # fmt: skip
    return render(request, "canteen/money.html", context)


def _entered(request: HttpRequest, canteen: Any, data: dict[str, Any]) -> str:
    row = services.enter(by=request.user, canteen=canteen, now=timezone.now(), **data)
    return f"{row.item} 记上了。"


@login_required
def canteen_prices(request: HttpRequest, pk: int) -> HttpResponse:
    """Prices by age band and the exchange list, with the day from which each holds."""
    canteen, today = canteen_for(request, pk), timezone.localdate()
    act = request.POST.get("act")
    price = PriceForm(request.POST if act == "price" else None, initial={"valid_from": today}, prefix="price")
    rate = RateForm(request.POST if act == "rate" else None, initial={"valid_from": today}, prefix="rate")
    now = timezone.now()
    answer = None
    if act == "price" and price.is_valid():
        answer = tried(request, lambda: _priced(request, canteen, price.cleaned_data))
    if act == "rate" and rate.is_valid():
        answer = tried(request, lambda: str(services.set_rate(
            by=request.user, canteen=canteen, now=now, **rate.cleaned_data
        )) + " 的折价定好了。")  # fmt: skip
    if answer:
        return answer
    context = {
        "canteen": canteen, "price_form": price, "rate_form": rate, "prices": price_list(canteen, today),
        "rates": rates_on(canteen, today), "to_come": rates_to_come(canteen, today),
        "prices_to_come": canteen.prices.filter(valid_from__gt=today),
    }  # fmt: skip
    return render(request, "canteen/prices.html", context)


def _priced(request: HttpRequest, canteen: Any, data: dict[str, Any]) -> str:
    row = services.set_price(by=request.user, canteen=canteen, now=timezone.now(), **data)
    return f"{row.get_band_display()}的价格定好了，{row.valid_from:%-m月%-d日}起。"
