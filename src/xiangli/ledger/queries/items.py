"""Reads of the ledger."""

from dataclasses import asdict, dataclass
from datetime import date
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Case, Count, Q, QuerySet, When
from django.http import Http404

from xiangli.accounts.queries import places_of, within_places
from xiangli.ledger import lights
from xiangli.ledger.choices import Light, State
from xiangli.ledger.lights import Thresholds
from xiangli.ledger.models import ItemKind, LedgerItem, Programme
from xiangli.ledger.queries.figures import WIDE, thresholds
from xiangli.ledger.rules import READERS
from xiangli.places.choices import Level
from xiangli.places.models import Place
from xiangli.places.scope import EVERYTHING, under
from xiangli.planning.queries import BULKY, services_held, why_here


def items_of(place: Place) -> QuerySet[LedgerItem]:
    """All items of a place and below it."""
    return LedgerItem.objects.within(place)


def items_for(user: Any) -> QuerySet[LedgerItem]:
    """All items in the places this person works for."""
    parts = [LedgerItem.objects.within(place) for place in places_of(user, *READERS)]
    return reduce(or_, parts, LedgerItem.objects.none())


def items_from_improvements(place: Place) -> QuerySet[LedgerItem]:
    """What is being done about improvements that a budget pays for; ``origin`` names which."""
    return LedgerItem.objects.within(place).filter(origin__startswith="improvement:")


def needs_behind(item: LedgerItem) -> dict[str, Any]:
    """``why``: the published needs that an item answers: those of its service, else of all that its plan holds in the
    village. Nothing for an item that came of neither.
    """
    if item.service:
        return {"from_needs": True, "why": why_here(item.place, [item.service.key])}
    if item.plan:
        return {"from_needs": True, "why": why_here(item.place, services_held(item.plan, item.place))}
    return {"from_needs": False}


def item_for(user: Any, pk: int) -> LedgerItem:
    """One item with all that its page shows, else 404."""
    related = (
        "place__county", "programme", "plan", "service", "kind", "responsible", "liaison", "added_by", "requested_by",
        "closed_by",
    )  # fmt: skip
    bulky = [f"plan__{name}" for name in (*BULKY, "report")]
    item = items_for(user).select_related(*related).defer(*bulky).filter(pk=pk).first()
    if item is None:
        raise Http404
    return item


def works_widely(user: Any) -> bool:
    """True for somebody above the county: lists of all their villages or items would never end."""
    return any(place.level in WIDE for place in places_of(user, *READERS))


def programmes_for(user: Any) -> QuerySet[Programme]:
    """The programmes of this person's places and those of the county and town above them, newest first."""
    return Programme.everywhere.filter(here_or_above(user)).select_related("place")


def programmes_about(user: Any, place: Place) -> QuerySet[Programme]:
    """Those of them that are kept at a place below the province, above it or below it."""
    rows = programmes_for(user).filter(county=place.county_id)
    return rows.filter(under(place.path, "place__path") | Q(place__path__in=_chain(place.path)))


def here_or_above(user: Any) -> Q:
    """Rows of this person's places, below them, and of what stands above: the town's word holds in the village."""
    mine = places_of(user, *READERS)
    if any(place.level == Level.NATION for place in mine):
        return EVERYTHING
    inside = [under(place.path, "place__path" if place.county_id else "county__path") for place in mine]
    above = [Q(place__path__in=_chain(place.path)) for place in mine]
    return reduce(or_, inside + above, Q(pk__in=[]))


def _chain(path: str) -> list[str]:
    """The paths of a place and of all above it."""
    return [path[: end + 1] for end, sign in enumerate(path) if sign == "/" and end]


def kinds_for(user: Any) -> QuerySet[ItemKind]:
    counties = {place.county_id for place in places_of(user, *READERS)}
    return ItemKind.everywhere.filter(county__in=counties)


def villages_of_reader(user: Any) -> QuerySet[Place]:
    """The villages whose ledger this person keeps or reads."""
    return Place.objects.filter(within_places(user, "", *READERS), level=Level.VILLAGE, is_open=True)


def heading_place(user: Any) -> Place:
    """The place that stands in the heading of what this person prints: the widest of theirs, else 404."""
    held = places_of(user, *READERS)
    if not held:
        raise Http404
    return held[0]


def limits_for(user: Any, today: date) -> Thresholds:
    """The lights' dates for this person's county. Above the county the defaults hold, in plain working weeks."""
    place = heading_place(user)
    county = place.county or Place.objects.filter(path__startswith=place.path, level=Level.COUNTY).first()
    if county is None:
        raise Http404
    return thresholds(county, today)


def nearest_first(rows: QuerySet[LedgerItem]) -> QuerySet[LedgerItem]:
    """Only what is still to do, the nearest deadline first; read off an index however many there are."""
    return rows.filter(lights.OPEN).order_by("deadline", "pk")


def first_overdue(rows: QuerySet[LedgerItem], place: Place, today: date, most: int) -> QuerySet[LedgerItem]:
    """The ``most`` items of ``rows`` (those of ``place``) that are overdue for longest.

    Of a province or city only the counties are looked into that can hold one of them: each county's oldest is one step
    in an index, and no item further down can be younger than the ``most``-th of those.
    """
    late = nearest_first(rows).filter(deadline__lt=today)
    if place.level not in (Level.PROVINCE, Level.CITY):
        return late[:most]
    counties = Place.objects.filter(under(place.path), level=Level.COUNTY).annotate(oldest=lights.OLDEST_OPEN)
    found = sorted((day, pk) for pk, day in counties.values_list("pk", "oldest") if day and day < today)
    if not found:
        return late.none()
    bound = found[min(most, len(found)) - 1][0] if len(found) >= most else today
    return late.filter(county__in=[pk for day, pk in found if day <= bound], deadline__lte=bound)[:most]


def open_first(rows: QuerySet[LedgerItem]) -> QuerySet[LedgerItem]:
    """What is still to do before what is done, the nearest deadline first."""
    return rows.order_by(Case(When(state=State.CLOSED, then=1), default=0), "deadline", "pk")


def for_export(rows: QuerySet[LedgerItem]) -> QuerySet[LedgerItem]:
    """The items with all that the official columns need, village by village."""
    pictures = {kind: Count("evidence", filter=Q(evidence__kind=kind)) for kind in ("before", "after")}
    related = rows.select_related("place__parent", "responsible", "liaison", "closed_by")
    return related.annotate(**pictures).order_by("place__path", "deadline", "pk")


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; empty means all."""

    village: int | None = None
    place: int | None = None
    programme: int | None = None
    kind: int | None = None
    tag: str = ""
    state: str = ""
    light: str = ""
    source: str = ""
    overdue: bool = False
    mine: bool = False
    text: str = ""

    def as_query(self) -> dict[str, str]:
        """The parameters of the same list in an address."""
        return {name: "1" if value is True else str(value) for name, value in asdict(self).items() if value}


def narrowed(
    rows: QuerySet[LedgerItem], filters: Filters, limits: Thresholds, user: Any = None
) -> QuerySet[LedgerItem]:
    """``rows`` after the filters; ``mine`` are items for which ``user`` answers, as doer or liaison officer."""
    for pk in filter(None, (filters.village, filters.place)):
        place = Place.objects.filter(pk=pk).first()
        rows = rows.filter(LedgerItem.scope_filter(place) if place else Q(pk__in=[]))
    if filters.programme:
        rows = rows.filter(programme=filters.programme)
    if filters.kind:
        rows = rows.filter(kind=filters.kind)
    if filters.tag:
        rows = rows.filter(tags__contains=filters.tag)
    if filters.state:
        rows = rows.filter(state=filters.state)
    if filters.source:
        rows = rows.filter(source=filters.source)
    if filters.light:
        rows = rows.filter(lights.condition(filters.light, limits))
    if filters.overdue:
        rows = rows.filter(lights.OPEN, lights.condition(Light.RED, limits))
    if filters.mine:
        rows = rows.filter(Q(responsible=user) | Q(liaison=user))
    if filters.text:
        rows = rows.filter(Q(title__icontains=filters.text) | Q(measure__icontains=filters.text))
    return rows


def headline(rows: QuerySet[LedgerItem], limits: Thresholds, user: Any) -> dict[str, int]:
    """The four numbers above the list, in one short query: total, red, yellow, to_decide (waits for this person)."""
    mine_to_decide = (
        Q(state=State.CLOSE_REQUESTED) & ~Q(requested_by=user) & (Q(responsible__isnull=True) | ~Q(responsible=user))
    )
    return rows.order_by().aggregate(
        total=Count("pk"),
        red=Count("pk", filter=lights.condition(Light.RED, limits)),
        yellow=Count("pk", filter=lights.condition(Light.YELLOW, limits)),
        to_decide=Count("pk", filter=mine_to_decide),
    )


def to_decide(user: Any) -> QuerySet[LedgerItem]:
    """Items whose close-out waits for somebody, and this person may be the one."""
    return items_for(user).filter(state=State.CLOSE_REQUESTED).exclude(Q(requested_by=user) | Q(responsible=user))
