"""Public pages that are the same for everybody are made once a minute, and anew as soon as anything happens.

Every write records its event in its own transaction, so the newest event of a county says which state of it a page
shows; the minute says which "open now". What a page shows is therefore never older than the minute.
"""

from collections.abc import Callable

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from xiangli.audit.queries import newest_event
from xiangli.places.models import Place

SECONDS = 60


def remembered(request: HttpRequest, place: Place, make: Callable[[], HttpResponse]) -> HttpResponse:
    """The page of ``request`` about something in the county of ``place``; ``make`` renders it where it is not kept.

    Visitors with a session or a message to read, and addresses with a query, get a page of their own.
    """
    personal = {settings.SESSION_COOKIE_NAME, "messages"} & set(request.COOKIES)
    if request.method != "GET" or request.GET or personal:
        return make()
    look = f"{request.script}:{request.display_mode}"  # type: ignore[attr-defined]  # set by ui.middleware
    key = f"{request.get_host()}{request.path}:{look}:{timezone.now():%d%H%M}:{newest_event(place.county_id)}"
    body = caches["pages"].get(key)
    if body is not None:
        return HttpResponse(body)
    response = make()
    caches["pages"].set(key, response.content, SECONDS)
    return response
