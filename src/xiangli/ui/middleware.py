"""How a page is shown (Simplified or Traditional, normal or large print), and what is not text at all.

Two cookies, no personal data.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.module_loading import import_string

SCRIPTS = ("hans", "hant")
MODES = ("normal", "large")


class DisplayMiddleware:
    """Sets ``request.script`` and ``request.display_mode``; converts finished HTML pages to Traditional where asked."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        script = request.COOKIES.get("script", "hans")
        mode = request.COOKIES.get("mode", "normal")
        request.script = script if script in SCRIPTS else "hans"  # type: ignore[attr-defined]
        request.display_mode = mode if mode in MODES else "normal"  # type: ignore[attr-defined]
        response = self.get_response(request)
        if response.get("Content-Type", "").startswith("text/html"):
            patch_vary_headers(response, ["Cookie"])
            if request.script == "hant" and not response.streaming:  # type: ignore[attr-defined]
                self._convert(response)
        return response

    @staticmethod
    def _convert(response: HttpResponse) -> None:
        from xiangli.core.chinese import html_to_traditional

        protected = import_string(settings.PROTECTED_NAMES)()
        response.content = html_to_traditional(response.content.decode(), protected).encode()
        if response.has_header("Content-Length"):
            response["Content-Length"] = str(len(response.content))


class NoNullCharactersMiddleware:
    """Refuses (400) an address or a form with the character NUL, which is in no text and which PostgreSQL cannot store.

    Stands below the CSRF check, which has read the form by then; views exempt from that check read their own input.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, *_: Any) -> None:
        """Looks at what was sent, before the view does."""
        if getattr(view, "csrf_exempt", False):
            return
        sent: Iterable[tuple[str, list[str]]] = [("", [request.path_info]), *request.GET.lists()]
        if request.method == "POST":
            sent = [*sent, *request.POST.lists()]
        if any("\0" in text for name, values in sent for text in (name, *values)):
            raise SuspiciousOperation("NUL in the address or the form")
