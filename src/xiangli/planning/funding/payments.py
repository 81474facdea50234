"""Who paid what: the payments of a finished run by the groups that the voters belong to, exactly."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from .model import Election

if TYPE_CHECKING:
    from .equal_shares import Run
    from .support import Floats, Ints

UNSAID = "未填"
BANDS = ((18, "0-17"), (30, "18-29"), (45, "30-44"), (60, "45-59"))


def payments_by_group(election: Election, run: Run) -> dict[str, dict[str, Fraction]]:
    """What the voters of each group paid together, for every group column of the election (age in bands).

    Who has run out has paid her whole first share, anybody else her part of each purchase; so a group's payments are a
    few fractions, each times the number of voters (x strength) it counts for.
    """
    if not election.groups or not election.ballot_of:
        return {}
    support, shares = run.support, run.purses.shares()
    solvent = np.ones(len(support.counts))
    for purchase in run.purchases:
        solvent[purchase.spent] = 0.0
    parts = [1.0 - solvent]
    for purchase in run.purchases:
        who, strength = support.ballots[purchase.project], support.strength[purchase.project]
        part = np.zeros(len(solvent))
        part[who] = solvent[who] if strength is None else solvent[who] * strength
        parts.append(part)
    amounts = [run.first_share / support.money_unit, *(share / support.money_unit for share in shares)]
    ballot_of = np.asarray(election.ballot_of)
    weights = np.asarray(election.weights, dtype=np.float64) if election.weights else np.ones(len(ballot_of))
    return {
        column: _total(labels(column, values), ballot_of, weights, parts, amounts)
        for column, values in election.groups.items()
    }


def _total(
    groups: list[str], ballot_of: Ints, weights: Floats, parts: list[Floats], amounts: list[Fraction]
) -> dict[str, Fraction]:
    index = {label: number for number, label in enumerate(sorted(set(groups)))}
    codes = np.fromiter(map(index.__getitem__, groups), dtype=np.int64, count=len(groups))
    totals = [Fraction(0)] * len(index)
    for part, amount in zip(parts, amounts, strict=True):
        units = np.bincount(codes, weights=weights * part[ballot_of], minlength=len(index)).tolist()
        totals = [total + int(heads) * amount if heads else total for total, heads in zip(totals, units, strict=True)]
    return dict(zip(index, totals, strict=True))


def labels(column: str, values: Sequence[str]) -> list[str]:
    """Each voter's group in a column: the value as it stands, but age in bands; "未填" for none."""
    name = {value: (age_band(value) if column == "age" else value.strip()) or UNSAID for value in set(values)}
    return [name[value] for value in values]


def age_band(value: str) -> str:
    """Age in years as one of five bands; anything else as it stands."""
    value = value.strip()
    if not value.isdecimal() or len(value) > 3:
        return value
    return next((label for limit, label in BANDS if int(value) < limit), "60+")
