"""Teams, and who looks after which village."""

from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404

from xiangli.accounts.choices import Role
from xiangli.accounts.models import Assignment, User
from xiangli.accounts.queries import places_of, within_places
from xiangli.places.models import Place
from xiangli.places.queries import villages
from xiangli.supervision.models import Team
from xiangli.supervision.rules import VISITORS

KEEPERS = (Role.COUNTY, Role.TOWN, Role.SUPERVISOR)


def teams_for(user: Any) -> QuerySet[Team]:
    parts = [Team.objects.within(place) for place in places_of(user, *VISITORS)]
    rows = reduce(or_, parts, Team.objects.none())
    return rows.select_related("place").prefetch_related("members", "villages").order_by("place__path", "name")


def team_for(user: Any, pk: int) -> Team:
    team = teams_for(user).filter(pk=pk).first()
    if team is None:
        raise Http404
    return team


def colleagues(place: Place) -> QuerySet[User]:
    """Who may go to see villages of a place: those assigned there or above."""
    above = [int(part) for part in place.path.strip("/").split("/")]
    holds = Q(assignments__role__in=VISITORS, assignments__valid_to__isnull=True)
    there = Q(assignments__place__in=above) | Q(assignments__place__path__startswith=place.path)
    return User.objects.filter(holds & there, is_active=True).distinct().order_by("name", "pk")


def own_villages(user: Any) -> set[int]:
    """The villages of the teams this person is in, and those where the person is liaison officer."""
    mine = set(Team.everywhere.filter(members=user, is_active=True).values_list("villages", flat=True))
    held = Assignment.everywhere.filter(user=user, role=Role.LIAISON, valid_to__isnull=True)
    return (mine | set(held.values_list("place", flat=True))) - {None}


def duties(user: Any) -> list[dict[str, Any]]:
    """Each village of this person's places with its liaison officers and teams, in the order of the tree. 4 queries."""
    mine = within_places(user, "place__", *VISITORS)
    rows = Assignment.everywhere.filter(mine, role=Role.LIAISON, valid_to__isnull=True).select_related("user")
    officers: dict[int, list[str]] = {}
    for row in rows.order_by("user__name"):
        officers.setdefault(row.place_id, []).append(str(row.user))
    teams: dict[int, list[str]] = {}
    for team in teams_for(user).filter(is_active=True):
        for village in team.villages.all():
            teams.setdefault(village.pk, []).append(team.name)
    found = []
    for place in places_of(user, *VISITORS):
        for village in villages(place):
            found.append(
                {"place": village, "officers": officers.get(village.pk, []), "teams": teams.get(village.pk, [])}
            )
    return found
