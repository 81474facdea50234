"""Writes about improvements and the sharing-out of a budget among them."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from xiangli.audit.services import record
from xiangli.core.errors import UserError
from xiangli.places.models import Place, Service, Space
from xiangli.planning import queries
from xiangli.planning.ballots import Ballot, result_json
from xiangli.planning.models import FundingRound, Improvement


@transaction.atomic
def add_improvement(*, by: Any, place: Place, title: str, service: Service, kind: str, space: Space | None = None,
                    cost_fen: int | None = None, now: datetime | None = None) -> Improvement:  # fmt: skip
    """Name something that money could buy for a village. The same title in one village is the same improvement."""
    row, created = Improvement.everywhere.get_or_create(
        county_id=place.county_id or place.pk, place=place, title=title,
        defaults={
            "service": service, "kind": kind, "space": space, "cost_fen": cost_fen, "added_at": now or timezone.now(),
        },
    )  # fmt: skip
    if created:
        record("planning.improvement_added", row, by=by, cost_fen=cost_fen)
    return row


@transaction.atomic
def change_improvement(*, by: Any, improvement: Improvement, cost_fen: int | None, dropped: bool) -> Improvement:
    improvement.cost_fen, improvement.dropped = cost_fen, dropped
    improvement.save(update_fields=["cost_fen", "dropped"])
    record("planning.improvement_changed", improvement, by=by, cost_fen=cost_fen, dropped=dropped)
    return improvement


def share_budget(
    *, by: Any, place: Place, budget_fen: int, title: str = "", now: datetime | None = None
) -> FundingRound:
    """Decide which improvements fit a town's budget, by the Method of Equal Shares over the survey's weighted answers.

    Every answer speaks for its weight in people and supports those improvements of its own village that serve what it
    asked for. Raises UserError when nothing has a cost or nobody was asked. Thousands of projects take seconds: all is
    computed before anything is locked.
    """
    from xiangli.planning.funding import FundingError

    now = now or timezone.now()
    projects = list(queries.improvements_of(place).filter(cost_fen__isnull=False))
    if not projects:
        raise UserError("还没有写了估价的改善项目：先在清单里填估价。")
    ballots = queries.ballots_of(place, projects)
    if not ballots:
        raise UserError("还没有民意调查的答卷，不知道乡亲们支持哪些项目。")
    try:
        result = result_json(projects, budget_fen, ballots)
    except FundingError as error:
        raise UserError(str(error)) from error
    with transaction.atomic():
        return _kept(by, place, title or f"{timezone.localdate(now):%Y-%m-%d} 预算分配", budget_fen, projects, ballots,
                     result, now)  # fmt: skip


def _kept(by: Any, place: Place, title: str, budget_fen: int, projects: list[Improvement], ballots: list[Ballot],
          result: dict[str, Any], now: datetime) -> FundingRound:  # fmt: skip
    made = FundingRound.everywhere.create(
        county_id=place.county_id or place.pk, place=place,
        title=title, budget_fen=budget_fen, input=_input(projects, ballots), result=result, made_at=now,
        made_by=by if getattr(by, "is_authenticated", False) else None,
    )  # fmt: skip
    made.chosen.set([int(winner) for winner in result["winners"]])
    record("planning.budget_shared", made, by=by, budget_fen=budget_fen, winners=len(result["winners"]))
    return made


def _input(projects: list[Improvement], ballots: list[Ballot]) -> dict[str, Any]:
    """What was decided on: costs, and how many people stood behind which set of improvements, answers put together."""
    support: dict[tuple[str, tuple[str, ...]], float] = {}
    for ballot in ballots:
        support[ballot.village, ballot.wanted] = support.get((ballot.village, ballot.wanted), 0.0) + ballot.weight
    return {
        "projects": [{"id": str(row.pk), "title": row.title, "cost_fen": row.cost_fen} for row in projects],
        "ballots": [
            {"village": village, "wanted": list(wanted), "people": round(people, 3)}
            for (village, wanted), people in sorted(support.items())
        ],
    }
