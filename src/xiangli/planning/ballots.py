"""From survey answers to a budget: who supports which improvement, and what the funding engine made of it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from xiangli.surveys.questionnaire import by_role


@dataclass(frozen=True, slots=True)
class Ballot:
    """One answer: its village, the improvements (ids) it supports, and how many people it speaks for."""

    village: str
    wanted: tuple[str, ...]
    weight: float


def wanted_services(definition: Mapping[str, Any], answers: Mapping[str, Any]) -> set[str]:
    """Keys of the catalogue's services that one person asked for."""
    found = set()
    for question in by_role(definition, "need"):
        given = answers.get(question["name"])
        chosen = {given} if isinstance(given, str) else set(given or ())
        found |= {o["service"] for o in question["options"] if o["name"] in chosen and o.get("service")}
    return found


def result_json(projects: Sequence[Any], budget_fen: int, ballots: Sequence[Ballot]) -> dict[str, Any]:
    """What the Method of Equal Shares buys, what each loser lacked (fen), who paid, and what greedy would have bought.

    Amounts go to the engine in yuan: completion raises every voter's share by one yuan at a time.
    """
    from xiangli.planning.funding import from_answers, fund
    from xiangli.planning.funding.outcome import TIE_RULE

    election = from_answers(
        {str(row.pk): Fraction(row.cost_fen, 100) for row in projects},
        Fraction(budget_fen, 100),
        [(ballot.weight, dict.fromkeys(ballot.wanted, 1)) for ballot in ballots],
        names={str(row.pk): row.title for row in projects},
        groups={"village": [ballot.village for ballot in ballots]},
    )
    outcome = fund(election, completion="add1")
    greedy = fund(election, rule="greedy")
    return {
        "rule": outcome.rule,
        "measure": outcome.measure,
        "completion": outcome.completion,
        "tie_rule": TIE_RULE,
        "ties": [list(tie) for tie in outcome.ties],
        "winners": list(outcome.winners),
        "cost_fen": _fen(outcome.cost),
        "losers": [
            {
                "id": loser.id,
                "money_fen": _fen(loser.money),
                "lacking_fen": _fen(loser.lacking),
                "people": round(loser.voters),
            }
            for loser in outcome.losers
        ],
        "paid_fen": {village: round(paid * 100) for village, paid in outcome.paid.get("village", {}).items()},
        "greedy": list(greedy.winners),
        "people": round(election.voters / election.unit),
    }


def _fen(amount: Fraction) -> int:
    return round(amount * 100)
