"""What every template may use."""

from typing import Any

from django.http import HttpRequest


def display(request: HttpRequest) -> dict[str, Any]:
    return {
        "script": getattr(request, "script", "hans"),
        "display_mode": getattr(request, "display_mode", "normal"),
    }
