"""Switching script and print size: a plain form post or link, remembered in a cookie, back to where one was."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme

from xiangli.ui.middleware import MODES, SCRIPTS

YEAR = 365 * 86400


def show_as(request: HttpRequest) -> HttpResponse:
    """``/show-as?script=hant|hans&mode=large|normal&next=/path``: sets the cookies and goes back."""
    target = request.GET.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = "/"
    response = HttpResponseRedirect(target)
    for name, allowed in (("script", SCRIPTS), ("mode", MODES)):
        if request.GET.get(name) in allowed:
            response.set_cookie(name, request.GET[name], max_age=YEAR, samesite="Lax")
    return response
