"""What the canteen's office pages share: the canteen of an address, days and meals asked for, acts of a page."""

from collections.abc import Callable
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone

from xiangli.accounts.rules import require
from xiangli.canteen import rules
from xiangli.canteen.choices import Meal
from xiangli.canteen.models import Canteen
from xiangli.core.errors import UserError
from xiangli.core.numbers import whole_number
from xiangli.ui import days

REACH_DAYS = 3 * 366


def canteen_for(request: HttpRequest, pk: int) -> Canteen:
    """The canteen of a centre, for those who run it."""
    canteen = get_object_or_404(Canteen.everywhere.select_related("centre__place", "county"), centre=pk)
    require(rules.may_run(request.user, canteen))
    return canteen


def day_asked(request: HttpRequest, name: str = "day") -> date:
    """The day of the address where it is within reach, else today."""
    return days.day_asked(request.GET.get(name, ""), timezone.localdate(), reach=REACH_DAYS)


def meal_asked(request: HttpRequest) -> Meal:
    """The meal of the address, else lunch."""
    asked = request.GET.get("meal", "")
    return Meal(asked) if asked in Meal.values else Meal.LUNCH


def number_asked(request: HttpRequest, name: str) -> int:
    """A row's number out of a posted button; 404 where it is none."""
    number = whole_number(request.POST.get(name, ""))
    if number is None:
        raise Http404
    return number


def tried(request: HttpRequest, act: Callable[[], str]) -> HttpResponseRedirect | None:
    """Do what a form asks and say what came of it. None where it was refused: the page asks again, what was written
    stands in the form."""
    try:
        messages.success(request, act())
    except UserError as error:
        messages.error(request, str(error))
        return None
    return redirect(request.get_full_path())


def done(request: HttpRequest, act: Callable[[], str]) -> HttpResponseRedirect:
    """Do what a button says and say what came of it, on the page on which it was asked for."""
    return tried(request, act) or redirect(request.get_full_path())
