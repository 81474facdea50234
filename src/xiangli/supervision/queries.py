"""Reads of supervision: what was seen, and which villages need somebody to look, with the reason."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, Max, Q, QuerySet

from xiangli.accounts.queries import places_of, within_places
from xiangli.ledger.choices import State
from xiangli.ledger.models import LedgerItem
from xiangli.places.choices import Level
from xiangli.places.models import Place
from xiangli.supervision.models import BurdenReport, LiaisonVisit
from xiangli.supervision.rules import ANSWERERS, VISITORS

UNSEEN_DAYS = 30
STALLED_DAYS = 21


def villages_for(user: Any) -> QuerySet[Place]:
    """The villages this person goes to see."""
    return Place.objects.filter(within_places(user, "", *VISITORS), level=Level.VILLAGE, is_open=True)


def visits_for(user: Any) -> QuerySet[LiaisonVisit]:
    parts = [LiaisonVisit.objects.within(place) for place in places_of(user, *VISITORS)]
    rows = reduce(or_, parts, LiaisonVisit.objects.none())
    return rows.select_related("place", "visitor").prefetch_related("findings__item").order_by("-visited_on", "-pk")


@dataclass(frozen=True, slots=True)
class Call:
    """A village that somebody should look at, and why, in words."""

    place: Place
    reasons: list[str]
    weight: int


def calls(user: Any, today: date) -> list[Call]:
    """Supervision by exception: villages with something overdue, stalled or reopened, or long unseen. Three queries.

    Nobody is asked to report that nothing happened.
    """
    places = {place.pk: place for place in villages_for(user)}
    still = ~Q(state=State.CLOSED)
    counts = (
        LedgerItem.everywhere.filter(place__in=places)
        .order_by()
        .values("place")
        .annotate(
            overdue=Count("pk", filter=still & Q(deadline__lt=today)),
            stalled=Count("pk", filter=still & Q(moved_at__date__lt=today - timedelta(days=STALLED_DAYS))),
            reopened=Count("pk", filter=Q(state=State.REOPENED)),
        )
    )
    by_place = {row["place"]: row for row in counts}
    seen = dict(
        LiaisonVisit.everywhere.filter(place__in=places).order_by().values_list("place").annotate(Max("visited_on"))
    )
    found = [_call(place, by_place.get(pk, {}), seen.get(pk), today) for pk, place in places.items()]
    return sorted((call for call in found if call.reasons), key=lambda call: -call.weight)


def _call(place: Place, counts: dict[str, int], seen: date | None, today: date) -> Call:
    reasons, weight = [], 0
    for name, points, text in (
        ("reopened", 4, "{n} 件问题复发"),
        ("overdue", 3, "{n} 件超期"),
        ("stalled", 1, "{n} 件三周没动"),
    ):
        if n := counts.get(name, 0):
            reasons.append(text.format(n=n))
            weight += points * n
    if seen is None:
        reasons.append("还没有人去看过")
        weight += 2
    elif (days := (today - seen).days) > UNSEEN_DAYS:
        reasons.append(f"{days} 天没有人去看过")
        weight += 1
    return Call(place, reasons, weight)


def burdens_for(user: Any) -> QuerySet[BurdenReport]:
    """What staff of this person's places said is a burden, unanswered first."""
    parts = [BurdenReport.objects.within(place) for place in places_of(user, *ANSWERERS)]
    return reduce(or_, parts, BurdenReport.objects.none()).select_related("place").order_by("answered_at", "-said_at")
