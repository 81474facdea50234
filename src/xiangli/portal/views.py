from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from xiangli.audit.services import personal_fields
from xiangli.places.models import Centre


def home(request: HttpRequest) -> HttpResponse:
    """All centres of this deployment, nearest thing to a front door."""
    return render(request, "portal/home.html", {"centres": Centre.everywhere.select_related("place")})


def privacy(request: HttpRequest) -> HttpResponse:
    """What personal data we keep, why and for how long: read from the models themselves."""
    return render(request, "portal/privacy.html", {"fields": personal_fields()})
