"""The result as JSON: what was decided, the figures people ask for, and the certificate that `checking` verifies.

The certificate of equal shares is short: everybody's first share, the projects in the order bought, and the price of
each (payment per unit of satisfaction). Numbers are exact, written as fractions. The format is
docs/schemas/funding-result.schema.json.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from .numbers import write_fraction
from .outcome import TIE_RULE

if TYPE_CHECKING:
    from .outcome import Outcome

FORMAT = "xiangli-funding/1"


def to_json(outcome: Outcome) -> dict[str, Any]:
    """The outcome as plain data."""
    data: dict[str, Any] = {
        "format": FORMAT,
        "rule": outcome.rule,
        "satisfaction": outcome.measure,
        "completion": outcome.completion,
        "budget": write_fraction(outcome.budget),
        "cost": write_fraction(outcome.cost),
        "winners": list(outcome.winners),
        "prices": _fractions(outcome.prices),
        "tie_rule": TIE_RULE,
        "ties": [list(tied) for tied in outcome.ties],
        "losers": [
            {
                "id": loser.id,
                "cost": write_fraction(loser.cost),
                "money": write_fraction(loser.money),
                "lacking": write_fraction(loser.lacking),
                "voters": write_fraction(loser.voters),
            }
            for loser in outcome.losers
        ],
        "paid_by_group": {
            column: {label: write_fraction(paid) for label, paid in values.items()}
            for column, values in outcome.paid.items()
        },
        "notes": list(outcome.notes),
    }
    if outcome.rule == "equal-shares":
        data["first_share"] = write_fraction(outcome.first_share)
        data["raises"] = outcome.raises
        if outcome.beyond:
            winners, prices = outcome.beyond
            data["beyond"] = {"winners": list(winners), "prices": _fractions(prices)}
    return data


def _fractions(values: Sequence[Fraction]) -> list[str]:
    return [write_fraction(value) for value in values]
