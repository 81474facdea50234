"""Reads about people and the places they work for."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404

from xiangli.accounts.choices import STAFF, Role
from xiangli.accounts.models import Assignment, User
from xiangli.accounts.rules import assignments
from xiangli.places.choices import Level
from xiangli.places.models import Place
from xiangli.places.scope import EVERYTHING, under


def places_of(user: Any, *roles: str) -> list[Place]:
    """The places where ``user`` holds one of ``roles`` (default: any of staff), widest first, none inside another."""
    wanted = roles or tuple(STAFF)
    held: list[Place] = []
    for row in sorted(assignments(user), key=lambda row: len(row.place.path)):
        if row.role in wanted and not any(place.contains(row.place) for place in held):
            held.append(row.place)
    return held


def within_places(user: Any, prefix: str = "place__", *roles: str) -> Q:
    """A condition for rows that lie in one of the user's places. Matches nothing for a user without places."""
    condition = Q(pk__in=[])
    for place in places_of(user, *roles):
        if place.level == Level.NATION:
            return EVERYTHING
        condition |= under(place.path, f"{prefix}path")
    return condition


def villages_of(user: Any) -> QuerySet[Place]:
    """The villages a member of staff works for."""
    return Place.objects.filter(within_places(user, ""), level=Level.VILLAGE, is_open=True)


def place_for(user: Any, pk: int, *roles: str) -> Place:
    """One place among those of ``user`` (or below them), else 404."""
    place = Place.objects.filter(within_places(user, "", *roles), pk=pk).first()
    if place is None:
        raise Http404
    return place


def open_assignments(user: Any, text: str = "") -> QuerySet[Assignment]:
    """Who works today in the places that ``user`` manages; with ``text`` in a name, a login or a place."""
    managed = within_places(user, "place__", Role.TOWN, Role.COUNTY)
    rows = Assignment.everywhere.filter(managed, valid_to=None).select_related("user", "place")
    if text:
        named = Q(user__name__icontains=text) | Q(user__username__icontains=text) | Q(place__name__icontains=text)
        rows = rows.filter(named)
    return rows.prefetch_related("user__assignments__place").order_by("place__path", "role", "pk")


def people_of(user: Any) -> QuerySet[User]:
    """Everybody who works or has worked in the places that ``user`` manages."""
    managed = Assignment.everywhere.filter(within_places(user, "place__", Role.TOWN, Role.COUNTY))
    return User.objects.filter(pk__in=managed.values("user")).order_by("username")
