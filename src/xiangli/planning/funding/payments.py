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
        column: _total(*groups_of(column, values), [weights * part[ballot_of] for part in parts], amounts)
        for column, values in election.groups.items()
    }


def _total(labels: list[str], codes: Ints, units: list[Floats], amounts: list[Fraction]) -> dict[str, Fraction]:
    """Sum of amount x units of each group; units: for every amount, how often each voter paid it."""
    totals = [Fraction(0)] * len(labels)
    for amount, of_voters in zip(amounts, units, strict=True):
        times = np.bincount(codes, weights=of_voters, minlength=len(labels)).tolist()
        totals = [total + int(n) * amount if n else total for total, n in zip(totals, times, strict=True)]
    return dict(zip(labels, totals, strict=True))


def groups_of(column: str, values: Sequence[str]) -> tuple[list[str], Ints]:
    """The groups of a column, sorted (the value as it stands, but age in bands; "未填" for none), and each voter's."""
    name = {value: (age_band(value) if column == "age" else value.strip()) or UNSAID for value in set(values)}
    labels = sorted(set(name.values()))
    index = {label: number for number, label in enumerate(labels)}
    code = {value: index[label] for value, label in name.items()}
    return labels, np.fromiter(map(code.__getitem__, values), dtype=np.int64, count=len(values))


def age_band(value: str) -> str:
    """Age in years as one of five bands; anything else as it stands."""
    value = value.strip()
    if not value.isdecimal() or len(value) > 3:
        return value
    return next((label for limit, label in BANDS if int(value) < limit), "60+")
