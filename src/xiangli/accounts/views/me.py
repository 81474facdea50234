from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from xiangli.accounts.rules import assignments


@login_required
def me(request: HttpRequest) -> HttpResponse:
    """Who I am here: my roles, my password, my second factor, log out."""
    return render(request, "accounts/me.html", {"assignments": assignments(request.user)})
