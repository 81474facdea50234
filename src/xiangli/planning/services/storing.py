"""Keeping a week beside its plan: the engine's own format, figures for pages, and a row for each session and gap."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from xiangli.places.models import Service, Space
from xiangli.planning.gaps import Gap, gaps
from xiangli.planning.models import Plan, PlanGap, PlannedActivity
from xiangli.planning.summary import summary

if TYPE_CHECKING:
    from xiangli.planning.timetable import Difference, Session, Town
    from xiangli.planning.timetable import Plan as Week

FIELDS = ["input", "result", "report", "value", "bound", "gap", "met_share", "worst_share"]


def store(
    plan: Plan, town: "Town", made: "Week", *, only: str | None = None, changes: Sequence["Difference"] = ()
) -> None:
    """Write a week down, in the caller's transaction. ``only``: the one village (id) whose rows are new."""
    from xiangli.planning.timetable import plan_to_json

    written = plan_to_json(town, made, changes)
    plan.input = {**plan.input, "pins": written["input"]["pins"]}
    plan.result = {name: value for name, value in written.items() if name != "input"}
    plan.report = summary(town, made)
    plan.value, plan.bound, plan.gap = made.value, made.bound, made.gap
    plan.met_share, plan.worst_share = made.met_share, made.worst_share
    plan.save(update_fields=FIELDS)
    services = {row.key: row for row in Service.objects.within(plan.place.county)}
    capacity = dict(Space.objects.within(plan.place).values_list("pk", "capacity"))
    rows, shortfalls = plan.activities.all(), plan.gaps.all()
    if only is not None:
        rows, shortfalls = rows.filter(place_id=int(only)), shortfalls.filter(place_id=int(only))
    rows.delete()
    shortfalls.delete()
    PlannedActivity.everywhere.bulk_create(
        _activity(plan, session, services, capacity) for session in made.sessions if only in (None, session.village)
    )  # fmt: skip
    PlanGap.everywhere.bulk_create(_gap(plan, one, services) for one in gaps(town, made, village=only))


def _activity(
    plan: Plan, session: "Session", services: Mapping[str, Service], capacity: Mapping[int, int]
) -> PlannedActivity:
    service, space = services[session.service], int(session.space)
    return PlannedActivity(
        county_id=plan.county_id, plan=plan, place_id=int(session.village), space_id=space, service=service,
        weekday=session.time.day - 1, start_minute=session.time.start, end_minute=session.time.end,
        week=session.week, specialist_id=int(session.specialist) if session.specialist else None,
        people=min(service.capacity, capacity[space]), pinned=session.pinned,
    )  # fmt: skip


def _gap(plan: Plan, gap: Gap, services: Mapping[str, Service]) -> PlanGap:
    return PlanGap(
        county_id=plan.county_id, plan=plan, place_id=int(gap.village), service=services[gap.service],
        group=gap.group, band=gap.band, need=gap.need, person_hours=gap.missing,
        code=gap.code, reason=gap.reason, change=gap.change, changes=gap.changes, serves=gap.serves,
    )  # fmt: skip
