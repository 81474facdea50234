"""Reads of stories."""

from typing import Any

from django.db.models import QuerySet

from xiangli.accounts.queries import within_places
from xiangli.news.models import StoryPage
from xiangli.news.rules import WRITERS
from xiangli.places.models import Place
from xiangli.places.scope import subtree


def latest(place: Place, limit: int) -> QuerySet[StoryPage]:
    """The newest published stories of a place and what lies below: ``title``, ``date``, ``byline``, ``url_path``."""
    found = StoryPage.objects.live().filter(subtree(place)).select_related("place", "photo")
    return found.order_by("-date", "-first_published_at", "-pk")[:limit]


def of_user(user: Any) -> QuerySet[StoryPage]:
    """Drafts and published stories of the places for which someone writes, the last touched first."""
    found = StoryPage.objects.filter(within_places(user, "place__", *WRITERS)).select_related("place")
    return found.order_by("-latest_revision_created_at", "-pk")
