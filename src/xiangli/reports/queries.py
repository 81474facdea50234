"""The figures of one place, counted from what the rooms recorded anyway: nobody types a number for them (RULES B4)."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.timezone import localdate

from xiangli.accounts.rules import has_any_role
from xiangli.bookings.choices import State as Held
from xiangli.bookings.models import Activity, Booking
from xiangli.bookings.queries import at_minute
from xiangli.cases import queries as cases
from xiangli.cases.choices import State as CaseState
from xiangli.cases.models import Case
from xiangli.ledger import queries as ledger
from xiangli.ledger.choices import Light
from xiangli.ledger.choices import State as ItemState
from xiangli.ledger.models import LedgerItem
from xiangli.opening.queries import statuses
from xiangli.places.choices import Level
from xiangli.places.models import Place
from xiangli.places.queries import centres, villages
from xiangli.reports.rules import LISTS
from xiangli.surveys.models import Response

NONE = (0, 0)
TONES = {Light.GREEN: "good", Light.YELLOW: "warn", Light.RED: "bad", Light.DONE: "grey"}


@dataclass(frozen=True, slots=True)
class Figure:
    """One number, what it counts, and where the things it counts are listed. ``tone``: good, warn, bad or nothing."""

    label: str
    value: int
    url: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Figures that belong together. ``bars``: those of them that add up to a whole."""

    title: str
    figures: list[Figure]
    bars: list[Figure]


@dataclass(frozen=True, slots=True)
class VillageRow:
    """One village on one line, in the order of the tree: never ranked."""

    place: Place
    items: int
    items_overdue: int
    cases: int
    cases_overdue: int
    answers: int


def _list(name: str, **narrow: Any) -> str:
    query = urlencode({key: value for key, value in narrow.items() if value})
    return f"{reverse(name)}{'?' if query else ''}{query}"


def groups(user: Any, place: Place, now: datetime) -> list[Group]:
    """All figures of a place and below it, in about a dozen queries however large it is.

    A figure leads to its list only where ``user`` may open the list.
    """
    today = localdate(now)
    found = [
        _ledger(place, today),
        _cases(place, today),
        _bookings(place, today),
        _centres(place, now),
        _surveys(place),
    ]
    closed = tuple(reverse(name) for name, roles in LISTS.items() if not has_any_role(user, *roles))
    for group in found:
        for figures in (group.figures, group.bars):
            figures[:] = [replace(each, url="") if each.url.startswith(closed) else each for each in figures]
    return found


def _ledger(place: Place, today: date) -> Group:
    assert place.county  # the dashboard starts at the county
    sums = ledger.figures_of(place, ledger.thresholds(place.county, today))
    green = sums["total"] - sums["closed"] - sums["red"] - sums["yellow"]
    found = {**sums, "green": green, "done": sums["closed"], "overdue": sums["red"]}
    village = place.pk if place.level == Level.VILLAGE else None
    lights = [
        Figure(light.label, found[light.value], _list("ledger_list", village=village, light=light.value), TONES[light])
        for light in Light
    ]
    states = [
        Figure(state.label, found[state.value], _list("ledger_list", village=village, state=state.value))
        for state in ItemState
    ]
    total = Figure("全部事项", found["total"], _list("ledger_list", village=village))
    late = Figure("超期", found["overdue"], _list("ledger_list", village=village, overdue=1), "bad")
    return Group("台账", [total, late, *states], lights)


def _cases(place: Place, today: date) -> Group:
    found = cases.counts(place, today)
    by_state = cases.by_state(place)
    figures = [
        Figure("在办", found["open"], _list("cases_list", show="open", place=place.pk)),
        Figure("超时", found["overdue"], _list("cases_list", show="overdue", place=place.pk), "bad"),
        Figure("全部来信", found["total"], _list("cases_list", show="all", place=place.pk)),
    ]
    bars = [
        Figure(state.label, by_state[state.value], _list("cases_list", show="all", state=state.value, place=place.pk))
        for state in CaseState
    ]
    return Group("来信", figures, bars)


def _bookings(place: Place, today: date) -> Group:
    monday = today - timedelta(days=today.weekday())
    week = Booking.objects.within(place).exclude(state=Held.CANCELLED)
    week = week.filter(starts__gte=at_minute(monday, 0), starts__lt=at_minute(monday + timedelta(days=7), 0))
    tomorrow = at_minute(today + timedelta(days=1), 0)
    held_today = Q(starts__gte=at_minute(today, 0), starts__lt=tomorrow)
    booked = week.aggregate(
        residents=Count("pk", filter=Q(activity__isnull=True)), today=Count("pk", filter=held_today)
    )
    weekly = Activity.objects.within(place).filter(since__lte=today)
    weekly = weekly.filter(Q(until__isnull=True) | Q(until__gte=today))
    figures = [
        Figure("今天用房", booked["today"], _list("bookings_list")),
        Figure("本周居民预约", booked["residents"], _list("bookings_list")),
        Figure("每周活动", weekly.count(), _list("bookings_list")),
    ]
    return Group("预约和活动", figures, [])


def _centres(place: Place, now: datetime) -> Group:
    found = statuses(centres(place).select_related("county"), now)
    states = [status.open for status in found.values()]
    bars = [
        Figure("现在开门", states.count(True), _list("opening_office"), "good"),
        Figure("现在关门", states.count(False), _list("opening_office"), "grey"),
        Figure("开放时间未定", states.count(None), _list("opening_office"), "warn"),
    ]
    return Group("中心", [Figure("中心", len(states), _list("places_list"))], bars)


def _surveys(place: Place) -> Group:
    rows = Response.objects.within(place).order_by().values_list("campaign__title").annotate(number=Count("pk"))
    figures = [Figure(f"《{title}》答卷", number, _list("surveys_list")) for title, number in rows]
    return Group("民意调查", figures or [Figure("答卷", 0, _list("surveys_list"))], [])


def village_rows(place: Place, today: date) -> list[VillageRow]:
    """Each village of a place on one line. Four queries."""
    late = Count("pk", filter=Q(deadline__lt=today))
    items = LedgerItem.objects.within(place).exclude(state=ItemState.CLOSED).order_by().values_list("place")
    voices = Case.objects.within(place).filter(due__isnull=False).order_by().values_list("place")
    answers = Response.objects.within(place).order_by().values_list("place")
    by_items = {pk: (some, over) for pk, some, over in items.annotate(all=Count("pk"), late=late)}
    by_cases = {pk: rest for pk, *rest in voices.annotate(all=Count("pk"), late=Count("pk", filter=Q(due__lt=today)))}
    by_answers = dict(answers.annotate(all=Count("pk")))
    rows = []
    for village in villages(place):
        (some, late_items), (voices_open, late_voices) = by_items.get(village.pk, NONE), by_cases.get(village.pk, NONE)
        rows.append(VillageRow(village, some, late_items, voices_open, late_voices, by_answers.get(village.pk, 0)))
    return rows
