"""Writes about plans: draft, work out, check, store, adopt."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from xiangli.audit.services import record
from xiangli.core.errors import UserError
from xiangli.places.models import Place, Service, Space
from xiangli.planning import queries
from xiangli.planning.choices import PlanState, Progress
from xiangli.planning.gaps import Gap, gaps
from xiangli.planning.hours import DEFAULT_HOURS, minutes
from xiangli.planning.inputs import timetable_input
from xiangli.planning.models import Plan, PlanGap, PlannedActivity


def propose(
    *,
    by: Any,
    place: Place,
    seconds: float = 20,
    workers: int = 1,
    seed: int = 1,
    title: str = "",
    hours: Sequence[Mapping[str, Any]] = DEFAULT_HOURS,
    now: datetime | None = None,
) -> Plan:
    """Draft a plan for a town from its current needs and work it out at once. Raises UserError when that fails."""
    plan = draft(by=by, place=place, seconds=seconds, workers=workers, seed=seed, title=title, hours=hours, now=now)
    work_out(by=by, plan=plan)
    if plan.progress == Progress.FAILED:
        raise UserError(plan.problem)
    return plan


@transaction.atomic
def draft(*, by: Any, place: Place, seconds: float, workers: int, seed: int, title: str,
          hours: Sequence[Mapping[str, Any]], now: datetime | None = None) -> Plan:  # fmt: skip
    """Keep the input of a plan as it stands now; the week is worked out later. Raises UserError without any need."""
    now = now or timezone.now()
    data, leftovers = timetable_input(**queries.planning_rows(place), hours=hours)
    if not any(village["needs"] for village in data["villages"]):
        raise UserError("还没有需求清单：先做民意调查并得出需求，再排方案。")
    plan = Plan.everywhere.create(
        county_id=place.county_id or place.pk, place=place,
        title=title or f"{place.name} {timezone.localdate(now):%Y-%m-%d} 方案",
        hours=[dict(rule) for rule in hours], input=data, seconds=seconds, workers=workers, seed=seed, made_at=now,
        made_by=by if getattr(by, "is_authenticated", False) else None,
    )  # fmt: skip
    record("planning.drafted", plan, by=by, at=now, needs_without_service=len(leftovers))
    return plan


def work_out(*, by: Any, plan: Plan) -> Plan:
    """Solve, check independently, explain and store. Nothing unsound is stored: the plan then says why it failed.

    The solver runs outside any transaction of ours; a plan that somebody else is working out is left alone.
    """
    from xiangli.planning.timetable import TimetableError, check, plan_to_json, read_town, solve

    now = timezone.now()
    # A worker that was killed leaves its plan running; after a generous while anybody may take it up again.
    stale = Q(progress=Progress.RUNNING, started_at__lt=now - timedelta(seconds=3 * plan.seconds + 120))
    free = Plan.everywhere.filter(stale | Q(progress__in=[Progress.WAITING, Progress.FAILED]), pk=plan.pk)
    if not free.update(progress=Progress.RUNNING, started_at=now, problem=""):
        raise UserError("这个方案正在计算，或已经算好。")
    plan.refresh_from_db()
    try:
        town = read_town(plan.input)
        made = solve(town, seconds=plan.seconds, workers=plan.workers, seed=plan.seed, strict=False)
        if broken := check(town, made):
            raise TimetableError("排出的方案没有通过独立核对：" + "；".join(v.text for v in broken[:5]))
        result = plan_to_json(town, made)
        missing = gaps(town, made)
    except TimetableError as error:
        _fail(plan, str(error), by=by)
    except BaseException:
        _fail(plan, "计算被中断，可以再算一次。", by=by)
        raise
    else:
        _store(plan, result, missing, by=by)
    return plan


@transaction.atomic
def _fail(plan: Plan, problem: str, *, by: Any) -> None:
    plan.progress, plan.problem = Progress.FAILED, problem
    plan.save(update_fields=["progress", "problem"])
    record("planning.failed", plan, by=by, problem=problem[:500])


@transaction.atomic
def _store(plan: Plan, result: dict[str, Any], missing: Sequence[Gap], *, by: Any) -> None:
    report = result["report"]
    plan.result = {name: value for name, value in result.items() if name != "input"}
    plan.value, plan.bound, plan.gap = report["value"], report["bound"], report["gap"]
    plan.met_share, plan.worst_share = report["met_share"], report["worst_share"]
    plan.progress = Progress.READY
    plan.save(update_fields=["result", "value", "bound", "gap", "met_share", "worst_share", "progress"])
    services = {row.key: row for row in Service.objects.within(plan.place.county)}
    capacity = dict(Space.objects.within(plan.place).values_list("pk", "capacity"))
    PlannedActivity.everywhere.bulk_create(
        _activity(plan, session, services, capacity) for session in result["sessions"]
    )  # fmt: skip
    PlanGap.everywhere.bulk_create(
        PlanGap(
            county_id=plan.county_id, plan=plan, place_id=int(gap.village), service=services[gap.service],
            group=gap.group, band=gap.band, need=gap.need, person_hours=gap.missing,
            code=gap.code, reason=gap.reason, change=gap.change, changes=gap.changes, serves=gap.serves,
        )
        for gap in missing
    )  # fmt: skip
    record("planning.proposed", plan, by=by, value=plan.value, gap=plan.gap, activities=len(result["sessions"]))


def _activity(
    plan: Plan, session: Mapping[str, Any], services: Mapping[str, Service], capacity: Mapping[int, int]
) -> PlannedActivity:
    service, space = services[session["service"]], int(session["space"])
    return PlannedActivity(
        county_id=plan.county_id, plan=plan, place_id=int(session["village"]), space_id=space, service=service,
        weekday=session["day"] - 1, start_minute=minutes(session["from"]), end_minute=minutes(session["to"]),
        week=session["week"], specialist_id=int(session["specialist"]) if session["specialist"] else None,
        people=min(service.capacity, capacity[space]),
    )  # fmt: skip


@transaction.atomic
def mark_adopted(*, by: Any, plan: Plan, today: date) -> Plan:
    """Put a plan in force; the one before it is superseded. Raises UserError unless it is a worked-out draft."""
    rows = Plan.everywhere.filter(pk=plan.pk, state=PlanState.DRAFT, progress=Progress.READY)
    before = Plan.everywhere.filter(county_id=plan.county_id, place_id=plan.place_id, state=PlanState.ADOPTED)
    superseded = list(before.values_list("pk", flat=True))
    before.update(state=PlanState.SUPERSEDED)
    person = by if getattr(by, "is_authenticated", False) else None
    if not rows.update(state=PlanState.ADOPTED, adopted_on=today, adopted_by=person):
        raise UserError("只有算好的草案才能采纳；这个方案可能刚刚被采纳过，请刷新。")
    plan.refresh_from_db(fields=["state", "adopted_on", "adopted_by"])
    record("planning.adopted", plan, by=by, superseded=superseded)
    return plan


@transaction.atomic
def discard(*, by: Any, plan: Plan) -> None:
    """Throw a draft away. Raises UserError for a plan that is or was in force."""
    if plan.state != PlanState.DRAFT:
        raise UserError("采纳过的方案要留作依据，不能删除。")
    record("planning.discarded", plan, by=by, title=plan.title)
    plan.delete()
