from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from xiangli.accounts.queries import villages_of


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """My villages, my items, today."""
    return render(request, "office/home.html", {"villages": villages_of(request.user)})
