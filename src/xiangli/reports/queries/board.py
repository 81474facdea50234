"""The dashboard of one place: how far it is, what is late, the money, what wants a decision today, and what lies below.

The numbers come from the ledger's summary tables, so a page of the nation costs what a page of a town costs.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import TruncMonth

from xiangli.accounts.rules import has_role
from xiangli.cases.models import Case
from xiangli.ledger import queries as ledger
from xiangli.ledger.choices import State
from xiangli.ledger.lights import OPEN, Thresholds
from xiangli.ledger.models import LedgerItem
from xiangli.ledger.rules import DECIDERS
from xiangli.places.models import Place
from xiangli.places.scope import under
from xiangli.reports.queries.groups import WIDE
from xiangli.surveys.models import Response

SHOWN = 5  # items of each list of decisions
MONTHS = 6
ITEM = ("title", "deadline", "state", "place__name", "place__short_name")


@dataclass(frozen=True, slots=True)
class Row:
    """One place below on one line, in the order of the tree: never ranked. Cases and answers only up to the county."""

    place: Place
    sums: ledger.Sums
    cases: int = 0
    cases_overdue: int = 0
    answers: int = 0

    @property
    def items(self) -> int:
        """What is still to do."""
        return self.sums["total"] - self.sums["closed"]

    @property
    def items_overdue(self) -> int:
        return self.sums["red"]

    @property
    def tone(self) -> str:
        if self.sums["red"]:
            return "bad"
        return "warn" if self.sums["yellow"] else "good" if self.sums["total"] else "grey"


@dataclass(frozen=True, slots=True)
class Board:
    """All that the page and its files show."""

    place: Place
    sums: ledger.Sums
    rows: list[Row]
    to_decide: list[LedgerItem]
    overdue: list[LedgerItem]
    months: list[tuple[date, int]]
    stale: int

    @property
    def share_closed(self) -> float | None:
        return self.sums["closed"] / self.sums["total"] if self.sums["total"] else None


def board(user: Any, place: Place, today: date, limits: Thresholds | None, programme: int | None = None) -> Board:
    """About ten queries at any level. ``limits``: the county's, None above it."""
    items = LedgerItem.objects.within(place)
    items = items.filter(programme=programme) if programme else items
    shown = items.select_related("place").only(*ITEM)
    waiting = shown.filter(state=State.CLOSE_REQUESTED).exclude(Q(requested_by=user) | Q(responsible=user))
    is_wide = place.level in WIDE
    decides = not is_wide and has_role(user, place, *DECIDERS)
    return Board(
        place=place,
        sums=ledger.figures_of(place, limits, programme),
        rows=rows_below(place, today, ledger.lines_below(place, limits, programme)),
        to_decide=list(waiting.order_by("deadline", "pk")[:SHOWN]) if decides else [],
        overdue=list(ledger.first_overdue(shown, place, today, SHOWN)),
        months=[] if is_wide else months_ahead(items, today),
        stale=ledger.stale_counties(place, today),
    )


def rows_below(place: Place, today: date, lines: list[ledger.Line]) -> list[Row]:
    """What lies directly below, with its cases and answers where that is a county or a town. Two queries."""
    if place.level in WIDE or not lines:
        return [Row(line.place, line.sums) for line in lines]
    step = len(lines[0].place.path)
    cases: dict[str, list[int]] = {}
    voices = Case.objects.within(place).filter(due__isnull=False).order_by().values_list("place__path")
    for path, some, late in voices.annotate(some=Count("pk"), late=Count("pk", filter=Q(due__lt=today))):
        kept = cases.setdefault(path[:step], [0, 0])
        kept[0], kept[1] = kept[0] + some, kept[1] + late
    answers: dict[str, int] = {}
    for path, some in Response.objects.within(place).order_by().values_list("place__path").annotate(some=Count("pk")):
        answers[path[:step]] = answers.get(path[:step], 0) + some
    return [
        Row(line.place, line.sums, some, late, answers.get(line.place.path, 0))
        for line in lines
        for some, late in [cases.get(line.place.path, [0, 0])]
    ]


def village_rows(place: Place, today: date) -> list[Row]:
    """Every village of a county or a town on one line, for documents."""
    assert place.county
    return rows_below(place, today, ledger.village_lines(place, ledger.thresholds(place.county, today)))


def months_ahead(items: QuerySet[LedgerItem], today: date) -> list[tuple[date, int]]:
    """How many open items fall due in this month and each of the next; the first holds what is overdue as well."""
    months = [_month(today, ahead) for ahead in range(MONTHS + 1)]
    due = items.filter(OPEN, deadline__lt=months[-1]).order_by().annotate(month=TruncMonth(F("deadline")))
    found: dict[date, int] = dict.fromkeys(months[:-1], 0)
    for month, count in due.values_list("month").annotate(count=Count("pk")):
        found[max(month, months[0])] += count
    return list(found.items())


def _month(today: date, ahead: int) -> date:
    year, month = divmod(today.year * 12 + today.month - 1 + ahead, 12)
    return date(year, month + 1, 1)


def above(user: Any, place: Place, mine: list[Place]) -> list[Place]:
    """The way down to this place, from the widest that this person may open."""
    inside = [other for other in mine if other.contains(place)]
    if not inside or inside[0] == place:
        return []
    top = inside[0]
    return list(
        Place.objects.filter(under(top.path), path__in=_chain(place.path)).exclude(pk=place.pk).order_by("path")
    )


def _chain(path: str) -> list[str]:
    return [path[: end + 1] for end, sign in enumerate(path) if sign == "/" and end]
