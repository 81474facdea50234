"""A draw as JSON: all that it takes to check it."""

from typing import Any

from django.utils import timezone

from xiangli.bookings import lots
from xiangli.bookings.models import Draw
from xiangli.bookings.queries import draw_slots, outcome


def draw_data(draw: Draw) -> dict[str, Any]:
    """Title, times, commitment; once drawn also the secret, every lot with its wishes, its digest and what it got."""
    drawn = draw.drawn_at is not None
    return {
        "draw": draw.pk,
        "centre": draw.centre.slug,
        "title": draw.title,
        "announced_at": _iso(draw.announced_at),
        "closes_at": _iso(draw.closes_at),
        "drawn_at": _iso(draw.drawn_at),
        "commitment": draw.commitment,
        "how_to_check": lots.HOW_TO_CHECK,
        "slots": [
            {"id": row.pk, "space": row.space.name, "starts": _iso(row.starts), "ends": _iso(row.ends)}
            for row in draw_slots(draw)
        ],
        "secret": draw.secret if drawn else None,
        "lots": [
            {"number": lot.number, "digest": lot.digest, "wishes": lot.entry.wishes, "got": lot.entry.booking_id}
            for lot in outcome(draw)
        ],
    }


def _iso(at: Any) -> str | None:
    return timezone.localtime(at).isoformat() if at else None
