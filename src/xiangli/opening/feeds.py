"""Answers that other programs fetch again and again: made once for each state of the county, else 304 Not Modified."""

from collections.abc import Callable
from datetime import date
from hashlib import sha256

from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control

from xiangli.audit.queries import newest_event

KEPT = 3600  # seconds that a finished answer is kept for the next caller


def state_tag(request: HttpRequest, county_id: int, today: date) -> str:
    """The ETag of whatever depends only on the address, on what the county has recorded, and on the day."""
    state = f"{request.build_absolute_uri()} {newest_event(county_id)} {today}"
    return f'"{sha256(state.encode()).hexdigest()[:32]}"'


def feed(
    request: HttpRequest,
    county_id: int,
    make: Callable[[], bytes],
    content_type: str,
    *,
    max_age: int = 300,
    filename: str = "",
) -> HttpResponse:
    """The answer of ``make``, or 304 where the caller has it already; anyone on any site may read it.

    Every write records its event, so the newest event names the state: nothing is made or read to say "no change".
    """
    tag = state_tag(request, county_id, timezone.localdate())
    answer = get_conditional_response(request, etag=tag)
    if answer is None:
        kept = caches["pages"] if not request.GET else None  # any query may be thought up: not kept
        body = kept.get(tag) if kept else None
        if body is None:
            body = make()
            if kept:
                kept.set(tag, body, KEPT)
        answer = HttpResponse(body, content_type=content_type)
        if filename:
            answer["Content-Disposition"] = f'inline; filename="{filename}"'
    answer["ETag"] = tag
    answer["Access-Control-Allow-Origin"] = "*"
    patch_cache_control(answer, public=True, max_age=max_age)
    return answer
