"""Supervision by exception: villages that somebody should look at, with the reason, from what is recorded anyway."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Max, Q

from xiangli.ledger.choices import State
from xiangli.ledger.models import LedgerItem
from xiangli.places.calendar import WORKING, day_kinds, plain_kind
from xiangli.places.choices import DayKind
from xiangli.places.models import Place
from xiangli.supervision.deadlines import WorkingTime
from xiangli.supervision.models import LiaisonVisit, SupervisionRule
from xiangli.supervision.queries.rules import rule_of
from xiangli.supervision.queries.visits import to_look_back, villages_for

LOOKS_BACK = timedelta(days=400)  # an item older than that has its working time counted from there
LEAST_ITEMS = 3  # below that a percentage says nothing
AT_WORK = (State.NOT_STARTED, State.IN_PROGRESS, State.RETURNED, State.REOPENED)


@dataclass(frozen=True, slots=True)
class Call:
    """A village that somebody should look at, and why, in words."""

    place: Place
    reasons: list[str]
    weight: int


def working_time(county: Place, today: date) -> WorkingTime:
    """The county's working days around today. A year not announced counts as plain weeks, as deadlines do."""
    kinds = day_kinds(county, today - LOOKS_BACK, today + LOOKS_BACK)
    days = (
        day for day, kind in kinds.items() if (plain_kind(day) if kind == DayKind.UNKNOWN else kind) in WORKING
    )  # fmt: skip
    return WorkingTime(days)


def calls(user: Any, today: date) -> list[Call]:
    """Villages with something overdue, stalled, reopened, behind plan or running out of time, or long unseen.

    Nine queries for each county among the person's places. Nobody is asked to report that nothing happened.
    """
    by_county: dict[int, list[Place]] = {}
    for place in villages_for(user).select_related("county"):
        by_county.setdefault(place.county_id or 0, []).append(place)
    found = [call for places in by_county.values() for call in _in_county(places, today)]
    return sorted(found, key=lambda call: -call.weight)


def _in_county(places: list[Place], today: date) -> list[Call]:
    county = places[0].county
    assert county  # a village has a county: a constraint
    rule, time = rule_of(county), working_time(county, today)
    here = [place.pk for place in places]
    still = ~Q(state=State.CLOSED)
    stalled_since = time.before(today, rule.stalled_days)
    rows = LedgerItem.everywhere.filter(place__in=here).order_by().values("place")
    counts: Any = rows.annotate(
        total=Count("pk"), closed=Count("pk", filter=Q(state=State.CLOSED)),
        due=Count("pk", filter=Q(deadline__lt=today)), overdue=Count("pk", filter=still & Q(deadline__lt=today)),
        stalled=Count("pk", filter=still & Q(moved_at__date__lt=stalled_since)),
        reopened=Count("pk", filter=Q(state=State.REOPENED)),
    )  # fmt: skip
    by_place = {row["place"]: row for row in counts}
    late = _running_out(here, rule, time, today)
    back = Counter(to_look_back(here, today).values_list("place", flat=True))
    last = LiaisonVisit.everywhere.filter(place__in=here).order_by().values_list("place").annotate(Max("visited_on"))
    seen: dict[int, date] = dict(last)
    found = []
    for place in places:
        row: dict[str, int] = by_place.get(place.pk, {}) | {"late": late[place.pk], "back": back[place.pk]}
        reasons, weight = _reasons(row, rule)
        reason, more = _unseen(seen.get(place.pk), rule, time, today)
        if reasons or reason:
            found.append(Call(place, reasons + ([reason] if reason else []), weight + more))
    return found


def _running_out(places: list[int], rule: SupervisionRule, time: WorkingTime, today: date) -> Counter:
    """How many items of each village have little of their working time left and are not even up for close-out."""
    rows = LedgerItem.everywhere.filter(place__in=places, state__in=AT_WORK, deadline__gte=today)
    counted: Counter = Counter()
    for place, added, deadline in rows.values_list("place", "added_on", "deadline"):
        counted[place] += time.share_left(added, deadline, today) * 100 < rule.share_left
    return counted


def _reasons(row: dict[str, int], rule: SupervisionRule) -> tuple[list[str], int]:
    reasons, weight = [], 0
    for name, points, text in (
        ("reopened", 4, "{n} 件问题复发"), ("overdue", 3, "{n} 件超期"), ("late", 2, "{n} 件快到期还没申请销号"),
        ("stalled", 1, "{n} 件" + f" {rule.stalled_days} 个工作日没动"), ("back", 1, "{n} 件销号后还没回头看"),
    ):  # fmt: skip
        if n := row.get(name, 0):
            reasons.append(text.format(n=n))
            weight += points * n
    total = row.get("total", 0)
    behind = round(100 * (row["due"] - row["closed"]) / total) if total >= LEAST_ITEMS else 0
    if behind >= max(rule.points_behind, 1):
        reasons.append(f"比计划落后 {behind} 个百分点")
        weight += 2
    return reasons, weight


def _unseen(seen: date | None, rule: SupervisionRule, time: WorkingTime, today: date) -> tuple[str, int]:
    if seen is None:
        return "还没有人去看过", 2
    days = time.between(seen, today)
    return (f"{days} 个工作日没有人去看过", 1) if days > rule.unseen_days else ("", 0)
