"""The rule most towns know: most satisfaction for the money first, as long as the budget lasts."""

from __future__ import annotations

from fractions import Fraction
from itertools import groupby

from .support import Support


class Greedy:
    """Goes through the projects once, by satisfaction per cost; equal ones by id. What does not fit is passed over."""

    def __init__(self, support: Support) -> None:
        self.support = support
        order = sorted(range(len(support.ids)), key=lambda p: (-self.density(p), support.ids[p]))
        self.bought: list[int] = []
        self.passed_over: list[tuple[int, int]] = []  # project, money left when its turn came
        left = support.budget
        for p in order:
            if support.costs[p] <= left:
                self.bought.append(p)
                left -= support.costs[p]
            else:
                self.passed_over.append((p, left))
        self.ties = [
            tuple(support.ids[p] for p in tied)
            for _, group in groupby(order, key=self.density)
            if len(tied := list(group)) > 1
        ]

    def density(self, p: int) -> Fraction:
        """Satisfaction of all voters together per unit of money; nothing for what nobody likes on balance."""
        total = self.support.raw_total[p]
        if total <= 0:
            return Fraction(0)
        return Fraction(total * self.support.money_unit, self.support.costs[p] * self.support.unit)
