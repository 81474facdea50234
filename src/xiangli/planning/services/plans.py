"""Writes about plans: draft, work out, check, store, adopt."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from xiangli.audit.services import record
from xiangli.core.errors import UserError
from xiangli.places.models import Place
from xiangli.planning import queries
from xiangli.planning.choices import PlanState, Progress
from xiangli.planning.hours import DEFAULT_HOURS
from xiangli.planning.inputs import timetable_input
from xiangli.planning.models import Plan
from xiangli.planning.promises import promised
from xiangli.planning.scenarios import refreshed
from xiangli.planning.services.storing import store
from xiangli.planning.verdicts import SHOWN, told

if TYPE_CHECKING:
    from xiangli.planning.timetable import Plan as Week
    from xiangli.planning.timetable import Progress as Standing
    from xiangli.planning.timetable import Town

SAY_EVERY = 1.0  # seconds between two notes of how far a computation is


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
          hours: Sequence[Mapping[str, Any]], lasting: bool = False, now: datetime | None = None) -> Plan:  # fmt: skip
    """Keep the input of a plan as it stands now; the week is worked out later. Raises UserError without any need.

    Time that is promised (bookings, activities put in by hand, closures) is left alone; with ``lasting`` only what is
    promised in every one of the coming weeks.
    """
    now = now or timezone.now()
    keep_free = promised(place, timezone.localdate(now), lasting=lasting)
    data, leftovers = timetable_input(**queries.planning_rows(place), hours=hours, promised=keep_free)
    if not any(village["needs"] for village in data["villages"]):
        raise UserError(_nothing_asked(leftovers))
    plan = Plan.everywhere.create(
        county_id=place.county_id or place.pk, place=place,
        title=title or f"{place.name} {timezone.localdate(now):%Y-%m-%d} 方案",
        hours=[dict(rule) for rule in hours], input=data, seconds=seconds, workers=workers, seed=seed, made_at=now,
        made_by=by if getattr(by, "is_authenticated", False) else None,
        leftovers=[{"place": row.place, "label": row.label} for row in leftovers],
    )  # fmt: skip
    record("planning.drafted", plan, by=by, at=now, needs_without_service=len(leftovers))
    return plan


def _nothing_asked(leftovers: Sequence[Any]) -> str:
    if not leftovers:
        return "还没有需求清单：先做民意调查并得出需求，再排方案。"
    named = "、".join(dict.fromkeys(row.label for row in leftovers[:5]))
    return f"需求都不在服务目录里（{named}），没有可排的：先在目录里加上，或把答卷归到已有的服务。"


def work_out(*, by: Any, plan: Plan) -> Plan:
    """Solve, check independently, explain and store. Nothing unsound is stored: the plan then says why it failed.

    The solver runs outside any transaction of ours; a plan that somebody else is working out is left alone.
    """
    from xiangli.planning.timetable import TimetableError, check, read_town

    now = timezone.now()
    # A worker that was killed leaves its plan running; after a generous while anybody may take it up again.
    stale = Q(progress=Progress.RUNNING, started_at__lt=now - timedelta(seconds=3 * plan.seconds + 120))
    free = Plan.everywhere.filter(stale | Q(progress__in=[Progress.WAITING, Progress.FAILED]), pk=plan.pk)
    if not free.update(progress=Progress.RUNNING, started_at=now, problem="", standing={}):
        raise UserError("这个方案正在计算，或已经算好。")
    plan.refresh_from_db()
    try:
        town = read_town(plan.input)
        made = _solved(plan, town)
        if broken := check(town, made):
            raise TimetableError("排出的方案没有通过独立核对：" + "；".join(v.text for v in broken[:5]))
    except TimetableError as error:
        _fail(plan, told(error), by=by)
    except BaseException:
        _fail(plan, "计算被中断，可以再算一次。", by=by)
        raise
    else:
        _keep(plan, town, made, by=by)
    return plan


def _solved(plan: Plan, town: "Town") -> "Week":
    """A week made afresh, or one that keeps the wished share of the base's."""
    from xiangli.planning.timetable import read_plan, replan, solve

    if plan.keep is not None and plan.base is not None and plan.base.is_ready:
        _, before = read_plan(plan.base.whole())
        return replan(town, before, keep=plan.keep, seconds=plan.seconds, seed=plan.seed, strict=False)
    said = -SAY_EVERY

    def say(standing: "Standing") -> None:
        nonlocal said
        if standing.seconds - said >= SAY_EVERY:
            said = standing.seconds
            rows = Plan.everywhere.filter(pk=plan.pk, progress=Progress.RUNNING)
            rows.update(
                standing={
                    "phase": standing.phase, "best": standing.best, "bound": standing.bound, "gap": standing.gap,
                    "done": standing.villages_done, "villages": standing.villages, "seconds": round(standing.seconds),
                }
            )  # fmt: skip

    return solve(town, seconds=plan.seconds, workers=plan.workers, seed=plan.seed, strict=False, progress=say)


@transaction.atomic
def _fail(plan: Plan, problem: str, *, by: Any) -> None:
    plan.progress, plan.problem, plan.standing = Progress.FAILED, problem, {}
    plan.save(update_fields=["progress", "problem", "standing"])
    record("planning.failed", plan, by=by, problem=problem[:500])


@transaction.atomic
def _keep(plan: Plan, town: "Town", made: "Week", *, by: Any) -> None:
    plan.progress, plan.standing = Progress.READY, {}
    plan.save(update_fields=["progress", "standing"])
    store(plan, town, made)
    record("planning.proposed", plan, by=by, value=plan.value, gap=plan.gap, activities=len(made.sessions))


def faults_now(plan: Plan, today: date) -> list[str]:
    """Why a plan cannot be put into practice: what the independent checker finds, in words; empty for a sound plan.

    It is checked as it was made, and once more against the rooms, the people and the lasting promises of today. What a
    scenario takes for granted is granted; needs are those that the plan was made for.
    """
    from xiangli.planning.timetable import TimetableError, check, read_plan, read_town

    try:
        town, made = read_plan(plan.whole())
        if broken := check(town, made):
            return [violation.text for violation in broken]
        keep_free = promised(plan.place, today, lasting=True)
        data, _ = timetable_input(**queries.planning_rows(plan.place), hours=plan.hours, promised=keep_free)
        return [violation.text for violation in check(read_town(refreshed(data, plan.input, plan.changes)), made)]
    except TimetableError as error:
        return [problem.text for problem in error.problems]


@transaction.atomic
def mark_adopted(*, by: Any, plan: Plan, today: date) -> Plan:
    """Put a plan in force; the one before it is superseded. Raises UserError unless it is a worked-out draft that the
    independent checker still passes.
    """
    rows = Plan.everywhere.filter(pk=plan.pk, state=PlanState.DRAFT, progress=Progress.READY)
    if not rows.select_for_update().values_list("pk", flat=True):
        raise UserError("只有算好的草案才能采纳；这个方案可能刚刚被采纳过，请刷新。")
    plan.refresh_from_db()
    if faults := faults_now(plan, today):
        more = "……" if len(faults) > SHOWN else ""
        raise UserError(f"这个方案现在行不通，没有采纳：{'；'.join(faults[:SHOWN])}{more}。可以改一改，或重排。")
    before = Plan.everywhere.filter(county_id=plan.county_id, place_id=plan.place_id, state=PlanState.ADOPTED)
    superseded = list(before.values_list("pk", flat=True))
    before.update(state=PlanState.SUPERSEDED)
    person = by if getattr(by, "is_authenticated", False) else None
    rows.update(state=PlanState.ADOPTED, adopted_on=today, adopted_by=person)
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
