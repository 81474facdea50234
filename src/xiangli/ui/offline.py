"""Pages that open without a line: what a view says of its page, and the service worker that keeps it."""

from pathlib import Path

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse


def keep_offline(response: HttpResponse) -> HttpResponse:
    """Let the device keep this page. Only for a form that somebody fills in where there is no line."""
    response["X-Keep-Offline"] = "1"
    return response


def offline_worker(request: HttpRequest) -> HttpResponse:
    """The service worker. It may only look after addresses below its own: each room has it at an address of its own,
    hence not among the static files."""
    path = finders.find("xiangli/worker.js")
    return HttpResponse(Path(str(path)).read_text(encoding="utf-8"), content_type="text/javascript; charset=utf-8")
