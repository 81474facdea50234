"""Visits, what they found, what to go back to, and what is said to be a burden."""

from datetime import date, timedelta
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from xiangli.accounts.models import User
from xiangli.accounts.queries import places_of, within_places
from xiangli.ledger.choices import Source, State
from xiangli.ledger.models import LedgerItem
from xiangli.places.choices import Level
from xiangli.places.models import Place
from xiangli.supervision.models import BurdenReport, LiaisonVisit, LookBack
from xiangli.supervision.rules import ANSWERERS, VISITORS

LOOK_BACK_AFTER = timedelta(days=14)  # not before: what is bound to come back has had time to
LOOK_BACK_UNTIL = timedelta(days=180)


def villages_for(user: Any) -> QuerySet[Place]:
    """The villages this person goes to see."""
    return Place.objects.filter(within_places(user, "", *VISITORS), level=Level.VILLAGE, is_open=True)


def visits_for(user: Any) -> QuerySet[LiaisonVisit]:
    parts = [LiaisonVisit.objects.within(place) for place in places_of(user, *VISITORS)]
    rows = reduce(or_, parts, LiaisonVisit.objects.none())
    rows = rows.select_related("place", "visitor", "look_back__item").prefetch_related("findings__item")
    return rows.order_by("-visited_on", "-pk")


def visit_for(user: Any, pk: int) -> LiaisonVisit:
    visit = visits_for(user).filter(pk=pk).first()
    if visit is None:
        raise Http404
    return visit


def to_look_back(places: Any, today: date) -> QuerySet[LedgerItem]:
    """Closed items that came from a finding and that nobody has gone back to since they were closed."""
    rows = LedgerItem.everywhere.filter(
        place__in=places, source=Source.FINDING, state=State.CLOSED,
        closed_at__date__lte=today - LOOK_BACK_AFTER, closed_at__date__gte=today - LOOK_BACK_UNTIL,
    )  # fmt: skip
    return rows.exclude(pk__in=LookBack.everywhere.filter(item__place__in=places).values("item"))


def burdens_for(user: Any) -> QuerySet[BurdenReport]:
    """What staff of this person's places said is a burden, unanswered first."""
    parts = [BurdenReport.objects.within(place) for place in places_of(user, *ANSWERERS)]
    return reduce(or_, parts, BurdenReport.objects.none()).select_related("place").order_by("answered_at", "-said_at")


def visitor_by_number(pk: int) -> User | None:
    """The one whose number stands in the code of a printed list."""
    return User.objects.filter(pk=pk, is_active=True).first()


def known_visits(uuids: list[UUID]) -> set[UUID]:
    """Which of these forms are written down already."""
    rows = LiaisonVisit.everywhere.filter(client_uuid__in=uuids)
    return set(rows.values_list("client_uuid", flat=True))
