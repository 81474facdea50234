"""Reads of cases."""

from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from xiangli.accounts.choices import WORKERS
from xiangli.accounts.models import User
from xiangli.accounts.queries import within_places
from xiangli.cases.choices import Channel, State
from xiangli.cases.models import Case, CaseEvent, CaseLimits
from xiangli.places.models import Place

UNCLAIMED = (State.FILED, State.ACCEPTED, State.RETURNED)


def limits(county: Place) -> CaseLimits:
    """The county's limits, or the defaults."""
    return CaseLimits.objects.within(county).first() or CaseLimits(county=county)


def of_user(user: Any) -> QuerySet[Case]:
    """All cases that a member of staff may see, with what a list shows."""
    return Case.everywhere.filter(within_places(user, "place__", *WORKERS)).select_related("place", "centre", "handler")


def waiting_for(user: Any) -> QuerySet[Case]:
    """Open cases that wait for this person: their own, and those that nobody has yet. Most urgent first."""
    mine = Q(handler=user, state__in=[State.DISPATCHED, State.WORKING, State.FOLLOW_UP, State.REPLIED])
    return of_user(user).filter(mine | Q(state__in=UNCLAIMED)).order_by("due", "pk")


def urgent_first(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Open before ended, nearest limit first, then newest."""
    return cases.order_by(F("due").asc(nulls_last=True), "-filed_at", "-pk")


def overdue(cases: QuerySet[Case], today: date) -> QuerySet[Case]:
    return cases.filter(due__lt=today)


def counts(place: Place, today: date) -> dict[str, int]:
    """How many cases of a place and below there are (``total``), are open and overdue, and are in each state, by its
    value. One query."""
    sums = dict.fromkeys(("total", "open", "overdue", *State.values), 0)
    grouped = Case.objects.within(place).order_by().values_list("state")
    late = Count("pk", filter=Q(due__lt=today))
    for state, number, is_open, overdue in grouped.annotate(number=Count("pk"), open=Count("due"), late=late):
        sums[state] = number
        sums["total"] += number
        sums["open"] += is_open
        sums["overdue"] += overdue
    return sums


def published(place: Place) -> QuerySet[Case]:
    """Published voices of a place, newest first: ``public_question``, ``public_reply``, ``published_at``; no names."""
    rows = Case.objects.within(place).filter(published_at__isnull=False).select_related("centre", "place")
    return rows.order_by("-published_at", "-pk")


def answered(place: Place, limit: int) -> QuerySet[Case]:
    """The latest published voices of a place, for its page."""
    return published(place)[:limit]


def steps_shown(case: Case) -> QuerySet[CaseEvent]:
    """What the resident may read, oldest first."""
    return case.events.filter(shown=True).order_by("pk")


def filed_since(centre: Any, since: datetime) -> int:
    """Messages from the web to one centre since a time: the flood gate of the form."""
    return Case.everywhere.filter(centre=centre, channel=Channel.WEB, filed_at__gte=since).count()


def handlers_for(place: Place) -> QuerySet[User]:
    """Who may be given a case of this place: its own staff and those above it."""
    above = [int(pk) for pk in place.path.strip("/").split("/")]
    return (
        User.objects.filter(
            is_active=True,
            assignments__place__in=above,
            assignments__role__in=WORKERS,
            assignments__valid_to__isnull=True,
        )
        .distinct()
        .order_by("name", "pk")
    )
