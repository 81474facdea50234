"""Log out whoever has left the counter computer unattended (level-2 protection)."""

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

KEY = "seen"
WRITE_EVERY = 60  # seconds: a session write for each request would double the writes of a page


class IdleLogoutMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            now = int(time.time())
            seen = request.session.get(KEY, now)
            if now - seen > settings.IDLE_LOGOUT_SECONDS:
                logout(request)
            elif KEY not in request.session or now - seen > WRITE_EVERY:
                request.session[KEY] = now
        return self.get_response(request)
