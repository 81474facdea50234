"""Writes about scenarios: the same town with another budget, other rooms, people or hours, to be compared."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from xiangli.audit.services import record
from xiangli.core.errors import UserError
from xiangli.core.money import yuan
from xiangli.planning import queries
from xiangli.planning.ballots import result_json
from xiangli.planning.choices import ImprovementKind, Progress
from xiangli.planning.inputs import GROUND_FLOOR
from xiangli.planning.models import Improvement, Plan
from xiangli.planning.scenarios import changed_input, cost_of

COPIED = ("hours", "input", "result", "report", "changes", "leftovers", "value", "bound", "gap", "met_share",
          "worst_share", "seconds", "workers", "seed")  # fmt: skip
EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]


@transaction.atomic
def draft_scenario(
    *, by: Any, base: Plan, title: str, changes: Sequence[Mapping[str, Any]], keep: float | None, seconds: float,
    now: datetime | None = None,
) -> Plan:  # fmt: skip
    """A new draft that differs from ``base`` by ``changes`` (``planning.scenarios``); its week is worked out later.

    ``keep``: the share of the base's week to keep, None to make it afresh. Raises UserError where nothing would differ.
    """
    if not changes and keep is None:
        raise UserError("没有改动：请至少改一样，或用“另存一份”。")
    hours = next((change["hours"] for change in reversed(changes) if change["kind"] == "hours"), base.hours)
    plan = _new(
        by, base, title or f"{base.title[:70]}（改）", now, hours=hours, input=changed_input(base.input, changes),
        changes=[*base.changes, *map(dict, changes)], keep=keep, seconds=seconds, workers=1, seed=base.seed,
        leftovers=base.leftovers,
    )  # fmt: skip
    record("planning.scenario", plan, by=by, base=base.pk, changes=[change["text"] for change in changes])
    return plan


@transaction.atomic
def copy_plan(*, by: Any, plan: Plan, title: str = "", now: datetime | None = None) -> Plan:
    """The same week once more as a draft, to be changed by hand. Raises UserError unless it is worked out."""
    if not plan.is_ready:
        raise UserError("还没有算好，不能另存。")
    made = _new(
        by, plan, title or f"{plan.title[:70]}（另存）", now, progress=Progress.READY,
        **{name: getattr(plan, name) for name in COPIED},
    )  # fmt: skip
    for rows in (plan.activities.all(), plan.gaps.all()):
        fresh: list[Any] = list(rows)
        for row in fresh:
            row.pk, row.plan = None, made
        rows.model.everywhere.bulk_create(fresh)
    record("planning.copied", made, by=by, base=plan.pk)
    return made


def _new(by: Any, base: Plan, title: str, now: datetime | None, **fields: Any) -> Plan:
    return Plan.everywhere.create(
        county_id=base.county_id, place=base.place, base=base, title=title[:80], made_at=now or timezone.now(),
        made_by=by if getattr(by, "is_authenticated", False) else None, **fields,
    )  # fmt: skip


def budget_change(base: Plan, budget_fen: int) -> dict[str, Any]:
    """What a budget would buy, by the same fair rule as ``share_budget``, as a change of a scenario.

    Raises UserError where the base has a budget already, nothing is priced, or nobody was asked.
    """
    from xiangli.planning.funding import FundingError

    if cost_of(base.changes) is not None:
        raise UserError("这个情景已经定了预算；要比较别的预算，请从没有预算的方案另做。")
    projects = list(queries.improvements_of(base.place).filter(cost_fen__isnull=False))
    if not projects:
        raise UserError("还没有写了估价的改善项目：先在清单里填估价。")
    ballots = queries.ballots_of(base.place, projects)
    if not ballots:
        raise UserError("还没有民意调查的答卷，不知道乡亲们支持哪些项目。")
    try:
        result = result_json(projects, budget_fen, ballots)
    except FundingError as error:
        raise UserError(str(error)) from error
    by_id = {str(row.pk): row for row in projects}
    bought = [by_id[id] for id in result["winners"]]
    parts = [part for row in bought if (part := _brings(base, row))]
    return {
        "kind": "budget", "budget_fen": budget_fen, "cost_fen": result["cost_fen"],
        "bought": [row.pk for row in bought],
        "lost": [[int(loser["id"]), loser["lacking_fen"]] for loser in result["losers"]],
        "rooms": [part for part in parts if part["kind"] == "room"],
        "people": [part for part in parts if part["kind"] == "people"],
        "text": f"预算 {yuan(budget_fen)} 元：做得成 {len(bought)} 项，共 {yuan(result['cost_fen'])} 元",
    }  # fmt: skip


def _brings(base: Plan, row: Improvement) -> dict[str, Any] | None:
    """What one improvement changes: its space can be used for the service, or there is somebody to run it."""
    services = {one["id"]: one for one in base.input["services"]}
    village = next((one for one in base.input["villages"] if one["id"] == str(row.place_id)), None)
    service = services.get(row.service.key)
    if village is None or service is None:
        return None
    if row.kind == ImprovementKind.STAFF:
        if not row.service.skill:
            return None
        rule = base.hours[0] if base.hours else {"from": "08:00", "to": "18:00"}
        return {
            "kind": "people", "villages": [village["id"]], "skill": row.service.skill, "days": EVERY_DAY,
            "from": rule["from"], "to": rule["to"], "count": 1, "volunteers": False, "text": row.title,
        }  # fmt: skip
    wanted = set(service["requires"])
    rooms = [one for one in village["spaces"] if row.space_id is None or one["id"] == str(row.space_id)]
    if not rooms:
        return None
    best = max(rooms, key=lambda one: (len(wanted & set(one["supports"])), one["capacity"], one["id"]))
    return {
        "kind": "room", "village": village["id"], "space": best["id"], "tags": sorted(wanted - {GROUND_FLOOR}),
        "step_free": row.kind == ImprovementKind.REBUILD and GROUND_FLOOR in wanted, "text": row.title,
    }  # fmt: skip
