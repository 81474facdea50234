"""Reads of the ledger."""

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Case, Count, Q, QuerySet, Sum, When
from django.http import Http404

from xiangli.accounts.queries import places_of, within_places
from xiangli.ledger import lights
from xiangli.ledger.choices import Light, State
from xiangli.ledger.lights import Thresholds
from xiangli.ledger.models import LedgerItem, LightRule
from xiangli.ledger.rules import READERS
from xiangli.places.calendar import WORKING, day_kinds, plain_kind
from xiangli.places.choices import DayKind, Level
from xiangli.places.models import Place


def items_of(place: Place) -> QuerySet[LedgerItem]:
    """All items of a place and below it."""
    return LedgerItem.objects.within(place)


def items_for(user: Any) -> QuerySet[LedgerItem]:
    """All items in the places this person works for."""
    parts = [LedgerItem.objects.within(place) for place in places_of(user, *READERS)]
    return reduce(or_, parts, LedgerItem.objects.none())


def item_for(user: Any, pk: int) -> LedgerItem:
    """One item with all that its page shows, else 404."""
    related = (
        "place__county",
        "programme",
        "plan",
        "service",
        "responsible",
        "liaison",
        "added_by",
        "requested_by",
        "closed_by",
    )
    item = items_for(user).select_related(*related).filter(pk=pk).first()
    if item is None:
        raise Http404
    return item


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


def open_first(rows: QuerySet[LedgerItem]) -> QuerySet[LedgerItem]:
    """What is still to do before what is done, the nearest deadline first."""
    return rows.order_by(Case(When(state=State.CLOSED, then=1), default=0), "deadline", "pk")


def for_export(rows: QuerySet[LedgerItem]) -> QuerySet[LedgerItem]:
    """The items with all that the official columns need, village by village."""
    pictures = {kind: Count("evidence", filter=Q(evidence__kind=kind)) for kind in ("before", "after")}
    related = rows.select_related("place", "responsible", "liaison", "closed_by")
    return related.annotate(**pictures).order_by("place__path", "deadline", "pk")


def thresholds(county: Place, today: date) -> Thresholds:
    """The dates at which lights change today, by the county's rule, counted in working days."""
    rule = LightRule.objects.within(county).first() or LightRule()
    span = timedelta(days=max(rule.warn_days, rule.start_days) * 2 + 30)
    kinds = day_kinds(county, today - span, today + span)
    work = [day for day, kind in kinds.items() if (plain_kind(day) if kind == DayKind.UNKNOWN else kind) in WORKING]
    ahead = [day for day in work if day > today][: rule.warn_days]
    past = [day for day in work if day <= today]
    return Thresholds(today, ahead[-1] if ahead else today, past[-1 - rule.start_days])


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; empty means all."""

    village: int | None = None
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
    if filters.village:
        rows = rows.filter(place_id=filters.village)
    if filters.state:
        rows = rows.filter(state=filters.state)
    if filters.source:
        rows = rows.filter(source=filters.source)
    if filters.light:
        rows = rows.filter(lights.condition(filters.light, limits))
    if filters.overdue:
        rows = rows.filter(lights.condition(Light.RED, limits))
    if filters.mine:
        rows = rows.filter(Q(responsible=user) | Q(liaison=user))
    if filters.text:
        rows = rows.filter(Q(title__icontains=filters.text) | Q(measure__icontains=filters.text))
    return rows


def figures(rows: QuerySet[LedgerItem], limits: Thresholds) -> dict[str, Any]:
    """Counts by state and light, overdue, and money in fen, of any selection of items, in one query.

    Keys: total, each ``State`` value, each ``Light`` value, overdue, planned, granted, spent.
    """
    counts: dict[str, Any] = {state.value: Count("pk", filter=Q(state=state)) for state in State}
    counts |= {light.value: Count("pk", filter=lights.condition(light, limits)) for light in Light}
    found = rows.order_by().aggregate(
        total=Count("pk"), planned=Sum("planned_fen"), granted=Sum("granted_fen"), spent=Sum("spent_fen"), **counts
    )
    return {name: value or 0 for name, value in found.items()} | {"overdue": found[Light.RED] or 0}


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


def light_rule_of(county: Place) -> LightRule:
    """The county's rule for the lights, or the defaults."""
    return LightRule.objects.within(county).first() or LightRule(county=county)
