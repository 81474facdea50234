"""What one member of staff needs to know this morning. Everything is counted from work already recorded."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.timezone import localdate

from xiangli.accounts.choices import DESK, STAFF, Role
from xiangli.accounts.queries import places_of, within_places
from xiangli.accounts.rules import assignments, has_any_role
from xiangli.bookings.choices import State as Held
from xiangli.bookings.models import Activity, Booking
from xiangli.bookings.queries import Happening, at_minute, calls_open, programme, touched_by_closures
from xiangli.cases import queries as cases
from xiangli.cases.models import Case
from xiangli.ledger import queries as ledger
from xiangli.ledger.choices import Light
from xiangli.ledger.lights import light
from xiangli.ledger.models import LedgerItem
from xiangli.ledger.rules import READERS
from xiangli.opening.queries import Status, openings
from xiangli.places.models import Centre

SHOWN = 6  # lines of each list; the rest is one tap away
NEAR = 5  # up to so many centres the day is shown room by room; a town sees its villages and looks into one
MOST_CENTRES = 30  # above that (a county) the day is seen town by town
ACTIVITY = ("centre_id", "title", "weekday", "start", "end", "every_weeks", "since", "until", "space__name")
BOOKING = (
    "activity__title", "activity__space_id", "starts", "ends", "held_from", "held_until", "state", "cancel_reason",
    "space__name", "space__centre_id", "change__due", "change__reason",
)  # fmt: skip
ITEM = ("title", "state", "deadline", "added_on", "place__name", "place__short_name", "responsible__name")


@dataclass(frozen=True, slots=True)
class Task:
    """One large button."""

    label: str
    url: str


# The three commonest tasks of each kind of work; whoever does several kinds gets those of the first.
TASKS: list[tuple[tuple[Role, ...], list[tuple[str, str, str]]]] = [
    (
        (Role.VILLAGE_STAFF, Role.COUNTER),
        [
            ("替居民预约", "bookings_list", ""),
            ("替居民记一件事", "case_counter_choose", ""),
            ("改开放时间", "opening_office", ""),
        ],
    ),
    (
        (Role.LIAISON,),
        [
            ("看我的台账", "ledger_list", "mine=1"),
            ("记一次走访", "supervision_list", ""),
            ("替居民记一件事", "case_counter_choose", ""),
        ],
    ),
    (
        (Role.TOWN, Role.COUNTY),
        [
            ("派来信", "cases_list", "show=open&state=filed"),
            ("看超期事项", "ledger_list", "overdue=1"),
            ("定方案", "planning_list", ""),
        ],
    ),
    (
        (Role.SUPERVISOR,),
        [
            ("记一次走访", "supervision_list", ""),
            ("看超期事项", "ledger_list", "overdue=1"),
            ("看看板", "reports_dashboard", ""),
        ],
    ),
    ((Role.EDITOR,), [("写一篇", "news_write", ""), ("看稿件", "news_office", "")]),
]


def tasks(user: Any, centres: list[Centre]) -> list[Task]:
    """The large buttons; with one centre, booking and hours open straight at it."""
    entries = next((entries for roles, entries in TASKS if has_any_role(user, *roles)), [])
    if all(row.role == Role.COUNTER for row in assignments(user)):
        entries = entries[:2]  # the counter changes no hours
    direct = {"bookings_list": "booking_counter", "opening_office": "opening_centre"} if len(centres) == 1 else {}
    found = []
    for label, name, query in entries:
        url = reverse(direct[name], args=[centres[0].pk]) if name in direct else reverse(name)
        found.append(Task(label, f"{url}?{query}" if query else url))
    return found


def centres_of(user: Any) -> list[Centre]:
    """The centres of the user's places, at most ``MOST_CENTRES`` of them."""
    mine = within_places(user, "place__", *STAFF, Role.COUNTER)
    rows = Centre.everywhere.filter(mine).select_related("place", "county").order_by("place__path")
    return list(rows.only("slug", "place__name", "place__short_name", "county__slug", "county__level")[:MOST_CENTRES])


def happenings(user: Any, centres: list[Centre], now: datetime, today: date) -> list[tuple[Centre, Happening]]:
    """What still happens today in these centres, by time, for those who work in few. Two queries."""
    if len(centres) > NEAR or not has_any_role(user, *DESK):
        return []
    running = Q(until__isnull=True) | Q(until__gte=today)
    minute = int((now - at_minute(today, 0)).total_seconds() // 60)
    weekly = Activity.everywhere.filter(
        running, centre__in=centres, since__lte=today, weekday=today.weekday(), end__gt=minute
    )
    # Of the dates of activities only those cancelled, moved or added tell anything that the activity does not.
    telling = Q(activity__isnull=True) | Q(state=Held.CANCELLED) | Q(change__isnull=False)
    held = Booking.everywhere.filter(
        telling, space__centre__in=centres, starts__lt=at_minute(today, 1440), ends__gt=now
    )
    activities: dict[int, list[Activity]] = {}
    for activity in weekly.select_related("space").only(*ACTIVITY):
        activities.setdefault(activity.centre_id, []).append(activity)
    bookings: dict[int, list[Booking]] = {}
    for booking in held.select_related("space", "activity", "change").only(*BOOKING):
        bookings.setdefault(booking.space.centre_id, []).append(booking)
    found = []
    for centre in centres:
        weekly_here, held_here = activities.get(centre.pk, []), bookings.get(centre.pk, [])
        day = programme(centre, today, 1, activities=weekly_here, bookings=held_here)
        found += [(centre, one) for one in day if one.ends > now]
    return sorted(found, key=lambda pair: pair[1].starts)


def to_ring(user: Any, centres: list[Centre], now: datetime) -> int:
    """How many people are to be rung about their bookings, for those who work in few centres: changes and closures."""
    if not centres or len(centres) > NEAR or not has_any_role(user, *DESK):
        return 0
    return len(touched_by_closures(centres, now)) + calls_open(centres, now).count()


def urgent_items(user: Any, today: date) -> list[tuple[LedgerItem, Light]]:
    """Open items of the user's places that are overdue or soon due, nearest deadline first; one more than is shown."""
    if not places_of(user, *READERS):
        return []
    limits = ledger.limits_for(user, today)
    rows = ledger.items_for(user)
    pressing = ledger.narrowed(rows, ledger.Filters(light=Light.RED), limits)
    pressing |= ledger.narrowed(rows, ledger.Filters(light=Light.YELLOW), limits)
    rows = pressing.select_related("place", "responsible").only(*ITEM, "responsible__username")
    found = rows.order_by("deadline", "pk")[: SHOWN + 1]
    return [(item, light(item.state, item.deadline, item.added_on, limits)) for item in found]


def to_decide(user: Any) -> list[LedgerItem]:
    """Close-outs that wait for this person; one more than is shown."""
    if not places_of(user, *READERS):
        return []
    rows = ledger.to_decide(user).select_related("place").only("title", "place__name", "place__short_name")
    return list(rows.order_by("deadline", "pk")[: SHOWN + 1])


def waiting_cases(user: Any) -> list[Case]:
    """Cases that wait for this person; one more than is shown."""
    rows = cases.waiting_for(user).select_related(None).select_related("place")
    return list(rows.only("text", "state", "due", "place__name", "place__short_name")[: SHOWN + 1])


def open_now(centres: list[Centre], now: datetime) -> list[tuple[Centre, Status | None]]:
    """Each centre with whether it is open, where there are few; only today is read, not the next opening."""
    if len(centres) > NEAR:
        return [(centre, None) for centre in centres]
    by_county: dict[int, list[Centre]] = {}
    for centre in centres:
        by_county.setdefault(centre.county_id, []).append(centre)
    found: list[tuple[Centre, Status | None]] = []
    for group in by_county.values():
        read = openings(group[0].county, [centre.pk for centre in group], localdate(now), 1)
        found += [(centre, read.status(centre.pk, now)) for centre in group]
    return found
