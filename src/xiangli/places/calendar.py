"""The county's working calendar: what kind each day is, and counting in working days.

Seeded from the chinesecalendar package (the State Council's yearly notices), editable by the county. A year that
has not been announced is unknown: hours and deadlines that fall into it say so instead of guessing.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from xiangli.audit.services import record
from xiangli.core.calendar import announced_years, named_days, plain_kind
from xiangli.places.choices import DayKind
from xiangli.places.models import CalendarDay, CalendarYear, Place

WORKING = (DayKind.WORKING_DAY, DayKind.MAKE_UP_WORKDAY)
SOURCE = "国务院办公厅节假日安排（chinesecalendar）"
TYPED = "国务院办公厅节假日安排（区里照通知录入）"


def day_kinds(county: Place, first: date, last: date) -> dict[date, DayKind]:
    """The kind of every day from ``first`` to ``last`` inclusive. Two queries, however long the span."""
    announced = {row.year for row in CalendarYear.rows_where(county, "year BETWEEN {} AND {}", first.year, last.year)}
    named = {row.date: row.kind for row in CalendarDay.rows_where(county, "date BETWEEN {} AND {}", first, last)}
    kinds = {}
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        if day in named:
            kinds[day] = DayKind(named[day])
        else:
            kinds[day] = DayKind(plain_kind(day)) if day.year in announced else DayKind.UNKNOWN
    return kinds


def day_kind(county: Place, day: date) -> DayKind:
    return day_kinds(county, day, day)[day]


def add_working_days(county: Place, day: date, count: int) -> date:
    """The day ``count`` working days after ``day`` (not counting ``day`` itself).

    In a year not yet announced, days are counted as if no notice named them: a deadline must be some day, and it is
    recomputed once the year is announced. Raises ValueError for a negative count.
    """
    if count < 0:
        raise ValueError("工作日数不能是负数")
    span = count * 2 + 30  # the longest holiday is far shorter than the slack
    kinds = day_kinds(county, day, day + timedelta(days=span))
    left, here = count, day
    while left:
        here += timedelta(days=1)
        kind = kinds[here]
        if (plain_kind(here) if kind == DayKind.UNKNOWN else kind) in WORKING:
            left -= 1
    return here


@transaction.atomic
def seed_calendar(*, by: Any, county: Place, years: Iterable[int] | None = None) -> list[int]:
    """Fill the table from chinesecalendar for ``years`` (default: every year it covers). Days edited by hand stay.

    Returns the years that are now announced. A year the package does not cover is left unknown.
    """
    done = sorted(set(announced_years()) & set(years if years is not None else announced_years()))
    rows = [
        CalendarDay(county=county, date=day, kind=kind, name=name)
        for year in done
        for day, kind, name in named_days(year)
    ]
    CalendarDay.objects.within(county).filter(date__year__in=done, edited=False).delete()
    CalendarDay.everywhere.bulk_create(rows, ignore_conflicts=True)
    CalendarYear.everywhere.bulk_create(
        [CalendarYear(county=county, year=year, source=SOURCE) for year in done], ignore_conflicts=True
    )
    record("calendar.seeded", county, by=by, place=county, years=done)
    return done


@transaction.atomic
def announce_year(*, by: Any, county: Place, year: int, days: Sequence[tuple[date, str, str]]) -> int:
    """Write down a year's notice: (day, kind, name) of every day it names. Days edited by hand stay.

    The year is known from now on. Returns the number of days written.
    """
    edited = set(CalendarDay.objects.within(county).filter(edited=True).values_list("date", flat=True))
    told = [(day, kind, name) for day, kind, name in days if day not in edited]
    stale = Q(date__year=year) | Q(date__in=[day for day, _, _ in told])
    CalendarDay.objects.within(county).filter(stale, edited=False).delete()
    CalendarDay.everywhere.bulk_create(
        CalendarDay(county=county, date=day, kind=kind, name=name) for day, kind, name in told
    )
    CalendarYear.everywhere.update_or_create(county=county, year=year, defaults={"source": TYPED})
    record("calendar.announced", county, by=by, place=county, year=year, days=len(told))
    return len(told)


@transaction.atomic
def set_day(*, by: Any, county: Place, day: date, kind: str, name: str = "") -> CalendarDay:
    """Change one day by hand, for example when a notice comes out late."""
    row, _ = CalendarDay.everywhere.update_or_create(
        county=county, date=day, defaults={"kind": DayKind(kind), "name": name, "edited": True}
    )
    record("calendar.changed", row, by=by, place=county, date=str(day), kind=kind)
    return row
