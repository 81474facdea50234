"""The canteen's pages in the office: the list, one canteen today, and the week's menu."""

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from xiangli.accounts.choices import WORKERS
from xiangli.accounts.queries import within_places
from xiangli.accounts.rules import has_any_role, require, works_in
from xiangli.canteen import services
from xiangli.canteen.forms.kitchen import CanteenForm, MenuForm
from xiangli.canteen.models import Canteen
from xiangli.canteen.queries.meals import monday_of, orders_on
from xiangli.canteen.queries.menus import menu
from xiangli.canteen.queries.money import forecast
from xiangli.canteen.queries.points import open_claims, open_objections
from xiangli.canteen.views.common import canteen_for, day_asked, done
from xiangli.places.models import Centre


@login_required
def canteen_office(request: HttpRequest) -> HttpResponse:
    """My centres, each with its canteen or without."""
    require(has_any_role(request.user, *WORKERS))
    mine = within_places(request.user, "place__", *WORKERS)
    centres = Centre.everywhere.filter(mine).select_related("place", "canteen")[:200]
    return render(request, "canteen/office.html", {"centres": centres})


@login_required
def canteen_centre(request: HttpRequest, pk: int) -> HttpResponse:
    """One canteen today: what is cooked, how many eat, what waits; and what is known of it."""
    centre = get_object_or_404(Centre.everywhere.select_related("place", "county"), pk=pk)
    require(works_in(request.user, centre.place))
    canteen = Canteen.objects.within(centre.county).filter(centre=centre).select_related("centre__place").first()
    about = CanteenForm(request.POST if "about" in request.POST else None, instance=canteen)
    if request.method == "POST" and about.is_bound and about.is_valid():
        services.save_canteen(by=request.user, centre=centre, **about.cleaned_data)
        messages.success(request, "食堂的说明已保存。")
        return redirect(request.get_full_path())
    today = timezone.localdate()
    context = {"centre": centre, "canteen": canteen, "about": about, "today": today}
    if canteen:
        canteen.centre = centre
        orders = list(orders_on(canteen, today))
        context |= {
            "menu": menu(canteen, today, 1), "forecast": forecast(canteen, today),
            "portions": sum(one.portions for one in orders), "eaten": sum(o.portions for o in orders if o.served_at),
            "carried": sum(one.portions for one in orders if one.delivered), "claims": open_claims(canteen).count(),
            "objections": open_objections(canteen).count(),
        }  # fmt: skip
    return render(request, "canteen/centre.html", context)


@login_required
def canteen_menu(request: HttpRequest, pk: int) -> HttpResponse:
    """The menu of a week, of this one or of that of ``?day=``; a week can be copied from the one before."""
    canteen = canteen_for(request, pk)
    monday = monday_of(day_asked(request))
    if "copy" in request.POST:
        return done(request, lambda: f"抄来 {services.copy_menu(by=request.user, canteen=canteen, monday=monday)} 餐。")
    form = MenuForm(request.POST if "menu" in request.POST else None, monday=monday, menu=menu(canteen, monday))
    if form.is_bound and form.is_valid():
        services.set_menu(by=request.user, canteen=canteen, dishes=form.dishes())
        messages.success(request, f"菜单已保存，这一周共 {menu(canteen, monday).count()} 餐，公开页面马上更新。")
        return redirect(request.get_full_path())
    context = {
        "canteen": canteen, "form": form, "monday": monday, "sunday": monday + timedelta(days=6),
        "before": monday - timedelta(days=7), "after": monday + timedelta(days=7),
    }  # fmt: skip
    return render(request, "canteen/menu.html", context)
