"""What everybody may see of a canteen: menu, prices, the exchange list, points on show, and the chain of digests."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import cache_control, never_cache

from xiangli.canteen.models import Canteen
from xiangli.canteen.queries import points as queries
from xiangli.canteen.queries.meals import price_list
from xiangli.canteen.queries.menus import canteen_of, menu
from xiangli.places.queries import centre_at

SEALS_SHOWN = 7


def _canteen(county: str, centre: str) -> Canteen:
    where = centre_at(county, centre)
    canteen = canteen_of(where)
    if canteen is None:
        raise Http404
    canteen.centre = where
    return canteen


@never_cache
def canteen_public(request: HttpRequest, county: str, centre: str) -> HttpResponse:
    """The canteen's public page. Passbooks are named by their number only (RULES P4)."""
    canteen, today = _canteen(county, centre), timezone.localdate()
    context = {
        "canteen": canteen, "centre": canteen.centre, "today": today, "menu": menu(canteen, today),
        "prices": price_list(canteen, today), "rates": queries.rates_on(canteen, today),
        "on_show": queries.on_show(canteen, today), "seals": queries.seals(canteen).reverse()[:SEALS_SHOWN],
    }  # fmt: skip
    return render(request, "canteen/public.html", context)


@cache_control(public=True, max_age=300)
def points_json(request: HttpRequest, county: str, centre: str) -> JsonResponse:
    """Sums and the whole chain of daily digests: what ``./xiangli points check --against`` compares with."""
    return JsonResponse(queries.points_data(_canteen(county, centre), timezone.localdate()))
