"""The figures of one place, counted from what the rooms recorded anyway: nobody types a number for them (RULES B4)."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.timezone import localdate

from xiangli.accounts.rules import has_any_role
from xiangli.bookings.choices import FREE
from xiangli.bookings.models import Activity, Booking
from xiangli.bookings.queries import at_minute
from xiangli.cases import queries as cases
from xiangli.cases.choices import State as CaseState
from xiangli.ledger import queries as ledger
from xiangli.ledger.choices import Light, Source
from xiangli.ledger.choices import State as ItemState
from xiangli.opening.queries import openings
from xiangli.places.choices import Level
from xiangli.places.models import Centre, Place
from xiangli.reports.queries.visits import week_visits
from xiangli.reports.rules import LISTS
from xiangli.surveys.models import Response

WIDE = (Level.NATION, Level.PROVINCE, Level.CITY)
MONEY = (("planned", "计划"), ("granted", "到位"), ("spent", "已用"))
TONES = {Light.GREEN: "good", Light.YELLOW: "warn", Light.RED: "bad", Light.DONE: "grey"}


@dataclass(frozen=True, slots=True)
class Figure:
    """One number, what it counts, and where the things it counts are listed. ``tone``: good, warn, bad or nothing."""

    label: str
    value: int | float
    url: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Figures that belong together. ``bars``: those of them that add up to a whole."""

    title: str
    figures: list[Figure]
    bars: list[Figure]


def _list(name: str, **narrow: Any) -> str:
    query = urlencode({key: value for key, value in narrow.items() if value})
    return f"{reverse(name)}{'?' if query else ''}{query}"


def groups(
    user: Any, place: Place, now: datetime, sums: ledger.Sums | None = None, programme: int | None = None
) -> list[Group]:
    """All figures of a place and below it, in about a dozen queries however large it is.

    ``sums``: the ledger's figures of the place, where they have been read already. Above the county, and for one
    programme, there are only those of the ledger. A figure leads to its list only where ``user`` may open the list.
    """
    today = localdate(now)
    if sums is None:
        sums = ledger.figures_of(place, ledger.thresholds(place.county, today) if place.county else None)
    found = ledger_groups(place, sums, programme)
    if not programme and place.level not in WIDE:
        here = list(Centre.objects.within(place).only("pk").order_by())  # their keys are all that is needed
        found += [_cases(place, today), _bookings(place, today), _visits(here, now)]
        found += [_centres(place, here, now), _surveys(place)]
    closed = tuple(reverse(name) for name, roles in LISTS.items() if not has_any_role(user, *roles))
    for group in found:
        for figures in (group.figures, group.bars):
            figures[:] = [replace(each, url="") if each.url.startswith(closed) else each for each in figures]
    return found


def ledger_groups(place: Place, sums: ledger.Sums, programme: int | None) -> list[Group]:
    """What the ledger says: from the summary tables, so the same on every page; and where it comes from."""

    def to(**narrow: Any) -> str:
        return _list("ledger_list", place=place.pk, programme=programme, **narrow)

    kept = ledger.with_lights(sums)
    lights = [Figure(light.label, kept[light], to(light=light.value), TONES[light]) for light in Light]
    states = [Figure(state.label, sums[state], to(state=state.value)) for state in ItemState]
    sources = [Figure(f"来自{source.label}", sums[f"from_{source}"], to(source=source.value)) for source in Source]
    money = [Figure(f"{label}资金（元）", _yuan(sums[f"{kind}_fen"])) for kind, label in MONEY]
    late = Figure("超期", sums["red"], to(overdue=1), "bad")
    return [
        Group("台账", [Figure("全部事项", sums["total"], to()), late, *states], lights),
        Group("事项来源和资金", [*sources, *money], []),
    ]


def _yuan(fen: int) -> int | float:
    return fen // 100 if fen % 100 == 0 else fen / 100


def _cases(place: Place, today: date) -> Group:
    found = cases.counts(place, today)
    figures = [
        Figure("在办", found["open"], _list("cases_list", show="open", place=place.pk)),
        Figure("超时", found["overdue"], _list("cases_list", show="overdue", place=place.pk), "bad"),
        Figure("全部来信", found["total"], _list("cases_list", show="all", place=place.pk)),
    ]
    bars = [
        Figure(state.label, found[state.value], _list("cases_list", show="all", state=state.value, place=place.pk))
        for state in CaseState
    ]
    return Group("来信", figures, bars)


def _bookings(place: Place, today: date) -> Group:
    monday = today - timedelta(days=today.weekday())
    week = Booking.objects.within(place).exclude(state__in=FREE)
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


def _visits(here: list[Centre], now: datetime) -> Group:
    """Who came this week, counted from sign-ups, bookings, meals and the counter: nobody counts heads for it."""
    week = week_visits(here, localdate(now), now)
    bars = [
        Figure("活动", week.activities, "", "good"), Figure("用房间、场地", week.rooms, "", "asked"),
        Figure("吃饭", week.meals, "", "at-work"), Figure("柜台", week.counter, "", "grey"),
    ]  # fmt: skip
    return Group("本周来的人", [Figure("人次", week.total)], bars)


def _centres(place: Place, here: list[Centre], now: datetime) -> Group:
    pks = [centre.pk for centre in here]
    assert place.county
    read = openings(place.county, pks, localdate(now), 1)
    states = [read.status(pk, now).open for pk in pks]
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
