"""The doors of Wagtail's editor: our log-in, our roles; and the photos of published pages."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import SuspiciousFileOperation
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.utils._os import safe_join
from django.views.decorators.http import require_safe

from xiangli.news import rules, services

View = Callable[..., HttpResponse]


def for_editors(view: View) -> View:
    """Wrap a view of Wagtail's editor: strangers log in at our own page, non-editors find nothing here."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not rules.may_edit_everything(request.user):
            raise Http404
        services.admit_editor(request.user)
        return view(request, *args, **kwargs)

    return guarded


@require_safe
def photo(request: HttpRequest, name: str) -> FileResponse:
    """A photo as it is shown (renditions only; originals and other uploads are not served)."""
    try:
        path = safe_join(Path(settings.MEDIA_ROOT) / "images", name)
        response = FileResponse(open(path, "rb"), content_type="image/jpeg")  # noqa: SIM115, PTH123 - closed by the response
    except (OSError, ValueError, SuspiciousFileOperation) as error:
        raise Http404 from error
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
