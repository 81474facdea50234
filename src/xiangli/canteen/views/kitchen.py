"""The canteen's page in the office: what it is, and the week's menu."""

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
from xiangli.canteen.queries import menus as queries
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
    """One canteen: its prices and ways to order, and the menu of this week or with ``?week=1`` the next."""
    centre = get_object_or_404(Centre.everywhere.select_related("place", "county"), pk=pk)
    require(works_in(request.user, centre.place))
    canteen = Canteen.objects.within(centre.county).filter(centre=centre).select_related("centre__place").first()
    today = timezone.localdate()
    week = 1 if request.GET.get("week") == "1" else 0
    monday = today - timedelta(days=today.weekday()) + timedelta(weeks=week)
    about = CanteenForm(request.POST if "about" in request.POST else None, instance=canteen)
    menu = queries.menu(canteen, monday) if canteen else []
    week_form = MenuForm(request.POST if "menu" in request.POST else None, monday=monday, menu=menu)
    if request.method == "POST" and about.is_bound and about.is_valid():
        services.save_canteen(by=request.user, centre=centre, **about.cleaned_data)
        messages.success(request, "食堂的说明已保存。")
        return redirect(request.get_full_path())
    if request.method == "POST" and canteen and week_form.is_bound and week_form.is_valid():
        meals = services.set_menu(by=request.user, canteen=canteen, dishes=week_form.dishes())
        messages.success(request, f"菜单已保存，共 {meals} 餐，公开页面马上更新。")
        return redirect(request.get_full_path())
    context = {
        "centre": centre,
        "canteen": canteen,
        "about": about,
        "week_form": week_form,
        "week": week,
        "monday": monday,
    }
    return render(request, "canteen/centre.html", context)
