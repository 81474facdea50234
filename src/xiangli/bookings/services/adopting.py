"""Putting a plan into practice: ledger items, opening hours and a weekly timetable that all follow from it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from xiangli.audit.services import record
from xiangli.bookings.choices import OCCURRENCE_DAYS
from xiangli.bookings.models import Activity
from xiangli.bookings.services.ending import end_before
from xiangli.bookings.services.holding import hold_activity_dates, lock_spaces
from xiangli.ledger.models import LedgerItem
from xiangli.ledger.services import add_items_from_plan
from xiangli.opening.choices import Layer
from xiangli.opening.hours import Intervals, Rule, inside, merge, subtract, usual
from xiangli.opening.models import OpeningRule
from xiangli.opening.queries import Openings, openings
from xiangli.opening.services import PROGRAMME_RULES, add_rule, set_rules
from xiangli.places.calendar import plain_kind
from xiangli.planning.hours import WORKDAYS, minutes
from xiangli.planning.models import Plan, PlannedActivity
from xiangli.planning.services import mark_adopted


@dataclass(frozen=True, slots=True)
class Adoption:
    """What came of adopting a plan. ``displaced`` counts dates on which residents had booked the space before."""

    items: list[LedgerItem]
    activities: list[Activity]
    rules: list[OpeningRule]
    displaced: int


@transaction.atomic
def adopt_plan(*, by: Any, plan: Plan, today: date, now: datetime | None = None) -> Adoption:
    """Adopt ``plan``: its activities replace those of the plan before from ``today`` on.

    Centres without published hours get those that the plan was made for (round the clock on days off, as the programme
    has it); where an activity lies outside a centre's hours, they are extended for it. Residents' bookings stay: an
    activity gives way on that date.
    """
    now = now or timezone.now()
    mark_adopted(by=by, plan=plan, today=today)
    items = add_items_from_plan(by=by, plan=plan, today=today)
    gone = end_planned(plan=plan, today=today, now=now)
    planned = list(
        PlannedActivity.objects.within(plan.place)
        .filter(plan=plan)
        .select_related("space__centre", "service", "specialist")
    )
    cycle = (plan.input.get("rules") or {}).get("cycle_weeks", 2)
    activities = Activity.everywhere.bulk_create([_activity(row, cycle, today) for row in planned])
    rules = open_for(by=by, activities=activities, usual_rules=rules_of_plan(plan), today=today)
    last = today + timedelta(days=OCCURRENCE_DAYS)
    lock_spaces({one.space_id for one in activities})
    held, displaced = hold_activity_dates(activities=activities, first=today, last=last, now=now)
    told = {"activities": len(activities), "dates": len(held), "displaced": displaced, "withdrawn": gone}
    record("bookings.plan_adopted", plan, by=by, at=now, **told)
    return Adoption(items, activities, rules, displaced)


def end_planned(*, plan: Plan, today: date, now: datetime) -> list[tuple[int, int]]:
    """End the activities that came from earlier plans of the place; their dates still to come are given back.

    Returns (centre, activity) of those that never took place and are gone without a trace: feeds must say so.
    """
    rows = Activity.objects.within(plan.place).filter(plan_activity__isnull=False).exclude(plan_activity__plan=plan)
    text = f"从{today:%-m月%-d日}起按新的安排办，原来的时间不办了。"
    return end_before(rows=rows.exclude(until__lt=today), today=today, now=now, text=text)


def _activity(row: PlannedActivity, cycle: int, today: date) -> Activity:
    """One weekly activity; a visit of week 2 of a cycle begins a week later than one of week 1."""
    monday = today - timedelta(days=today.weekday())
    begins = monday + timedelta(weeks=row.week - 1) if row.week else today
    return Activity(
        county_id=row.county_id,
        centre=row.space.centre,
        space=row.space,
        service=row.service,
        title=row.service.name,
        weekday=row.weekday,
        start=row.start_minute,
        end=row.end_minute,
        every_weeks=cycle if row.week else 1,
        since=max(begins, today),
        specialist=row.specialist.title if row.specialist else "",
        people=row.people or None,
        plan_activity=row,
    )


def rules_of_plan(plan: Plan) -> Sequence[Rule]:
    """The plan's hours of working days, and the programme's for days off."""
    spans = [(minutes(line["from"]), minutes(line["to"])) for line in plan.hours if set(line["days"]) & set(WORKDAYS)]
    working, off = PROGRAMME_RULES
    return (replace(working, intervals=merge(spans)) if spans else working, off)


def open_for(*, by: Any, activities: Sequence[Activity], usual_rules: Sequence[Rule], today: date) -> list[OpeningRule]:
    """Give every centre hours in which its activities can take place, changing as little as possible."""
    if not activities:
        return []
    centres = {one.centre_id: one.centre for one in activities}
    county = next(iter(centres.values())).county
    regular = OpeningRule.objects.within(county).filter(centre__in=centres, space=None, layer=Layer.REGULAR)
    published = set(regular.values_list("centre_id", flat=True))
    made: list[OpeningRule] = []
    for centre in centres.values():
        if centre.pk not in published:
            made += set_rules(by=by, centre=centre, rules=usual_rules, since=today)
    read = openings(county, centres, today, 7)
    for (centre_id, missing), weekdays in _outside(read, activities, today).items():
        rule = Rule(missing, weekdays=frozenset(weekdays), layer=Layer.EXTENDED, name="延时服务")
        made.append(add_rule(by=by, centre=centres[centre_id], rule=rule, since=today))
    return made


def _outside(read: Openings, activities: Sequence[Activity], today: date) -> dict[tuple[int, Intervals], set[int]]:
    """What is missing from the hours of each centre for its activities, with the weekdays, on days no notice names."""
    wanted: dict[tuple[int, int], list[tuple[int, int]]] = {}
    hours: dict[tuple[int, int], Intervals] = {}
    for one in activities:
        day = today + timedelta(days=(one.weekday - today.weekday()) % 7)
        if not inside(usual(read.rules_of(one.centre_id, one.space_id), day, plain_kind(day)), one.start, one.end):
            key = (one.centre_id, one.weekday)
            hours[key] = usual(read.rules_of(one.centre_id), day, plain_kind(day))
            wanted.setdefault(key, []).append((one.start, one.end))
    found: dict[tuple[int, Intervals], set[int]] = {}
    for (centre_id, weekday), stretches in wanted.items():
        missing = merge(stretches)
        for start, end in hours[centre_id, weekday]:
            missing = subtract(missing, start, end)
        if missing:
            found.setdefault((centre_id, missing), set()).add(weekday)
    return found
