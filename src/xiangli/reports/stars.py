"""Stars of centres from recorded facts: what each fact is, measured for all centres of a county in one go.

A star shows its facts. Nothing here counts stars together, orders by them or compares villages.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db.models import Avg, Count, F, Q

from xiangli.bookings.models import Activity
from xiangli.cases.models import Case
from xiangli.ledger.choices import State
from xiangli.ledger.models import LedgerItem
from xiangli.opening.queries import openings
from xiangli.places.models import Centre, Place
from xiangli.places.queries import centres, office_share
from xiangli.reports.choices import Bound, Fact
from xiangli.reports.models import Star, StarCondition
from xiangli.supervision.models import SiteScore

YEAR, QUARTER = timedelta(days=365), timedelta(days=91)
Facts = dict[str, int | None]  # fact -> its value; None: nothing recorded to measure it by


def stars_of(county: Place) -> list[Star]:
    """The county's stars with their conditions, those in use first."""
    return list(Star.objects.within(county).prefetch_related("conditions").order_by("-is_active", "pk"))


def measure(county: Place, today: date) -> dict[Centre, Facts]:
    """The facts of every centre of a county, in the order of the tree. About a dozen queries however many centres."""
    rows = list(centres(county).prefetch_related("spaces__supports").order_by("place__path"))
    read = openings(county, [centre.pk for centre in rows], today, 7)
    items, voices, walks = _items(county, today), _voices(county, today), _reviews(county)
    weekly = Activity.objects.within(county).filter(Q(until__isnull=True) | Q(until__gte=today), since__lte=today)
    activities = dict(weekly.order_by().values_list("centre").annotate(Count("pk")))
    found: dict[Centre, Facts] = {}
    for centre in rows:
        spaces = list(centre.spaces.all())
        share = office_share(spaces)
        week = read.hours(centre.pk)
        known = all(day.known for day in week)
        minutes = sum(b - a for day in week for a, b in day.intervals or ())
        required = {one.pk for space in spaces for one in space.supports.all() if one.required}
        found[centre] = {
            Fact.OPEN_HOURS: minutes // 60 if known else None,
            Fact.REQUIRED_SERVICES: len(required), Fact.ACTIVITIES: activities.get(centre.pk, 0),
            Fact.OFFICE_SHARE: None if share is None else round(100 * share),
            Fact.REVIEW_SHARE: walks.get(centre.place_id), **items(centre.place_id), **voices(centre.place_id),
        }  # fmt: skip
    return found


def _percent(part: int, whole: int) -> int | None:
    return round(100 * part / whole) if whole else None


def _items(county: Place, today: date) -> Any:
    lately = Q(state=State.CLOSED, closed_at__date__gte=today - YEAR)
    rows = LedgerItem.objects.within(county).order_by().values("place").annotate(
        overdue=Count("pk", filter=~Q(state=State.CLOSED) & Q(deadline__lt=today)),
        reopened=Count("pk", filter=Q(state=State.REOPENED)), closed=Count("pk", filter=lately),
        in_time=Count("pk", filter=lately & Q(closed_at__date__lte=F("deadline"))),
    )  # fmt: skip
    by_place = {row["place"]: row for row in rows}

    def of(place: int) -> Facts:
        row = by_place.get(place, {})
        return {
            Fact.ITEMS_OVERDUE: row.get("overdue", 0), Fact.ITEMS_REOPENED: row.get("reopened", 0),
            Fact.ITEMS_ON_TIME: _percent(row.get("in_time", 0), row.get("closed", 0)),
        }  # fmt: skip

    return of


def _voices(county: Place, today: date) -> Any:
    lately = Q(filed_at__date__gte=today - QUARTER)
    rows = Case.objects.within(county).order_by().values("place").annotate(
        overdue=Count("pk", filter=Q(due__lt=today)), filed=Count("pk", filter=lately),
        answered=Count("pk", filter=lately & Q(replied_at__isnull=False)),
    )  # fmt: skip
    by_place = {row["place"]: row for row in rows}

    def of(place: int) -> Facts:
        row = by_place.get(place, {})
        return {
            Fact.CASES_OVERDUE: row.get("overdue", 0),
            Fact.CASES_ANSWERED: _percent(row.get("answered", 0), row.get("filed", 0)),
        }

    return of


def _reviews(county: Place) -> dict[int, int]:
    """Village -> the share of the full points in its latest on-site review, in per cent."""
    rows = SiteScore.objects.within(county).order_by("review__held_on", "review")
    shares = rows.values_list("place", "review").annotate(share=Avg(F("points") * 100.0 / F("indicator__most")))
    return {place: round(share) for place, _, share in shares}


def judged(stars: Iterable[Star], facts: Facts) -> list[dict[str, Any]]:
    """Each star in use: given or not, and every fact it hangs on with what was wanted and what was found."""
    found = []
    for star in stars:
        rows = [_judged(condition, facts[condition.fact]) for condition in star.conditions.all()]
        if star.is_active and rows:
            found.append({"star": star.name, "given": all(row["holds"] for row in rows), "facts": rows})
    return found


def _judged(condition: StarCondition, value: int | None) -> dict[str, Any]:
    at_least = condition.bound == Bound.AT_LEAST
    holds = value is not None and (value >= condition.value if at_least else value <= condition.value)
    return {
        "label": condition.get_fact_display(), "wanted": f"{condition.get_bound_display()} {condition.value}",
        "found": "没有记录" if value is None else str(value), "holds": holds,
    }  # fmt: skip
