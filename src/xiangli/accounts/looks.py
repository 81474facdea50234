"""Marking pages that show personal data: whoever opens one is noted, once a day for each page and object."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from xiangli.accounts.choices import Role
from xiangli.accounts.queries import places_of
from xiangli.audit.services import looked

View = Callable[..., HttpResponse]
SHOWING: dict[str, str] = {}
"""Name of the view function -> what personal data it shows; filled by ``shows_personal``."""


def shows_personal(shown: str) -> Callable[[View], View]:
    """``@shows_personal("来信人的称呼和电话")`` above ``@login_required``: note who was shown the page.

    The object is the first number in the address; a list has none. A page that was refused or that only sends on
    is not noted.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            response = view(request, *args, **kwargs)
            if response.status_code in (200, 422) and request.user.is_authenticated:
                numbers = [value for value in kwargs.values() if isinstance(value, int)]
                held = places_of(request.user) or places_of(request.user, Role.COUNTER)
                match = request.resolver_match
                looked(
                    by=request.user, place=held[0] if held else None, page=match.url_name or "" if match else "",
                    shown=shown, at=timezone.now(), target_id=numbers[0] if numbers else 0,
                )  # fmt: skip
            return response

        SHOWING[f"{view.__module__}.{view.__name__}"] = shown
        return wrapper

    return decorate
