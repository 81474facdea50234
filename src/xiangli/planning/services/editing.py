"""Writes that change a drafted week by hand. Each is checked by the independent checker before it is kept."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from xiangli.audit.services import record
from xiangli.core.errors import UserError
from xiangli.places.models import Place
from xiangli.planning.choices import EditKind, PlanState
from xiangli.planning.edits import Change, Verdict, Words, consider, judged, pins_of
from xiangli.planning.models import Plan, PlanRevision
from xiangli.planning.services.storing import store
from xiangli.planning.verdicts import told

if TYPE_CHECKING:
    from xiangli.planning.timetable import Plan as Week
    from xiangli.planning.timetable import Town

REPLAN_SECONDS = 3.0


class EditRefused(UserError):
    """A change that would break a rule; ``reasons`` say which, in plain words."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__("；".join(reasons))
        self.reasons = list(reasons)


class EditConflict(UserError):
    """Somebody else changed the plan meanwhile; ``others`` are those changes, the newest first. Nothing was written."""

    def __init__(self, others: Sequence[PlanRevision]) -> None:
        super().__init__("这个方案刚刚被别人改过，您的改动还没有写进去。")
        self.others = list(others)


def try_edit(*, plan: Plan, place: Place, change: Change) -> Verdict:
    """What a change would bring; nothing is written."""
    town, week = read_week(plan)
    return consider(town, week, str(place.pk), change)


def edit_week(
    *, by: Any, plan: Plan, place: Place, change: Change, revision: int, now: datetime | None = None
) -> PlanRevision:
    """Change one village's week. ``revision``: the one that the person saw.

    Raises EditConflict when the plan has changed since, EditRefused when a rule would be broken; both write nothing.
    """
    town, week = read_week(_row(plan, revision))
    verdict = consider(town, week, str(place.pk), change)
    text = Words.of(town).change(change)
    return _keep(plan, revision, week, verdict, by=by, place=place, kind=change.kind, text=text, now=now)


def replan_village(
    *, by: Any, plan: Plan, place: Place, keep: float, revision: int, seconds: float = REPLAN_SECONDS,
    now: datetime | None = None,
) -> PlanRevision:  # fmt: skip
    """Make one village's week again around what is pinned, keeping a share of the rest; visits elsewhere stay.

    Raises EditConflict, or UserError where the pins contradict one another or the rules.
    """
    from xiangli.planning.timetable import TimetableError, replan, with_week_of

    row = _row(plan, revision)
    town, week = read_week(row)
    town, village = replace(town, pins=pins_of(week)), str(place.pk)
    try:
        made = replan(town, week, keep=keep, villages=[village], seconds=seconds, seed=row.seed, strict=False)
    except TimetableError as error:
        raise UserError(f"没有重排：{told(error)}。") from error
    verdict = judged(town, week, with_week_of(town, week, village, made), village)
    text = f"{place.name}：围着钉住的重排，保留 {keep:.0%}"
    return _keep(plan, revision, week, verdict, by=by, place=place, kind=EditKind.REPLAN, text=text, now=now)


def undo(*, by: Any, plan: Plan, revision: int, now: datetime | None = None) -> PlanRevision:
    """Take back the newest change that still stands, exactly. Raises EditConflict, or UserError where there is none."""
    from xiangli.planning.timetable import with_week_of

    row = _row(plan, revision)
    last = standing(row)
    if last is None:
        raise UserError("没有可以撤回的改动。")
    town, week = read_week(row)
    village = str(last.place_id)
    verdict = judged(town, week, with_week_of(town, week, village, _as_it_was(row, last)), village)
    return _keep(
        plan, revision, week, verdict, by=by, place=last.place, kind=EditKind.UNDO, text=f"撤回：{last.text}", now=now,
        undoes=last.number,
    )  # fmt: skip


def standing(plan: Plan) -> PlanRevision | None:
    """The newest change that has not been taken back."""
    rows = PlanRevision.objects.within(plan.place).filter(plan=plan)
    gone = rows.filter(undoes__isnull=False).values("undoes")
    return rows.filter(undoes=None).exclude(number__in=gone).select_related("place").order_by("-number").first()


def _row(plan: Plan, revision: int, *, lock: bool = False) -> Plan:
    rows = Plan.everywhere.select_related("place__county")
    row = (rows.select_for_update(of=("self",)) if lock else rows).get(pk=plan.pk)
    if row.state != PlanState.DRAFT or not row.is_ready:
        raise UserError("只有算好的草案能改。采纳过的方案，请另存一份再改。")
    if row.revision != revision:
        others = PlanRevision.objects.within(row.place).filter(plan=row, number__gt=revision)
        raise EditConflict(list(others.select_related("made_by", "place").order_by("-number")))
    return row


def read_week(plan: Plan) -> tuple["Town", "Week"]:
    """A worked-out plan as the engine's data: what a change by hand starts from."""
    from xiangli.planning.timetable import read_plan

    return read_plan(plan.whole())


def _of_village(plan: Plan, village: str) -> dict[str, Any]:
    """What is kept of a village's week before it is changed: its sessions, needs met and line of the report."""
    found = {name: [one for one in plan.result[name] if one["village"] == village] for name in ("sessions", "met")}
    return {**found, "report": [one for one in plan.result["report"]["villages"] if one["village"] == village]}


def _as_it_was(plan: Plan, revision: PlanRevision) -> "Week":
    from xiangli.planning.timetable import read_plan

    was = revision.before
    report = {**plan.result["report"], "villages": was["report"]}
    return read_plan({**plan.whole(), "sessions": was["sessions"], "met": was["met"], "report": report})[1]


@transaction.atomic
def _keep(
    plan: Plan, revision: int, week: "Week", verdict: Verdict, *, by: Any, place: Place, kind: EditKind, text: str,
    now: datetime | None, undoes: int | None = None,
) -> PlanRevision:  # fmt: skip
    """Store a week that passed the checker as the plan's next revision, unless somebody was faster."""
    from xiangli.planning.timetable import differences, read_town

    if verdict.reasons:
        raise EditRefused(verdict.reasons)
    row = _row(plan, revision, lock=True)
    town = replace(read_town(row.input), pins=pins_of(verdict.made))
    before, words = _of_village(row, str(place.pk)), Words.of(town)
    changes = [words.difference(one) for one in differences(week.sessions, verdict.made.sessions)]
    row.revision += 1
    row.save(update_fields=["revision"])
    store(row, town, verdict.made, only=str(place.pk))
    kept = PlanRevision.everywhere.create(
        county_id=row.county_id, plan=row, number=row.revision, place=place, kind=kind, text=text[:300], before=before,
        differences=changes, figures=verdict.figures, undoes=undoes, made_at=now or timezone.now(),
        made_by=by if getattr(by, "is_authenticated", False) else None,
    )  # fmt: skip
    record("planning.edited", row, by=by, place=place, number=kept.number, kind=str(kind), text=kept.text)
    return kept
