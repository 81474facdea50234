"""Which figures of a question may be shown when villages and their total are published together.

A question's counts are one table, villages by options, with the total of all villages. Where only one option can be
chosen the options add up to those who answered, which the reader is taken to know. What a village does not show of its
groups is decided before (`needs`), village by village: as no group of a hidden line is ever shown, the two levels
cannot be played against each other.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass

from .disclosure import protect
from .errors import StatisticsError
from .searching import Relation, Share

Cell = tuple[str | None, str]  # (village, or None for all together; option)


@dataclass(frozen=True, slots=True)
class Before:
    """What an earlier page told of one question for good: whoever kept it can lay the new page beside it.

    villages: those whose answers have not moved since. shown: their cells that stood on it; the others stay hidden.
    sums: the options for which the sum of all these villages can be had from it.
    """

    villages: frozenset[str] = frozenset()
    shown: frozenset[Cell] = frozenset()
    sums: frozenset[str] = frozenset()


BEFORE = 0  # in place of a village: their sum on the earlier page
NOTHING = Before()


def closed_figures(
    chosen: Mapping[str, Mapping[str, int]],
    answered: Mapping[str, int],
    *,
    exclusive: bool,
    k: int = 5,
    closed: Iterable[tuple[str, str]] = (),
    weights: Mapping[str, float] | None = None,
    shares: Mapping[str, float] | None = None,
    before: Before = NOTHING,
) -> set[Cell]:
    """The cells (village, option) and (None, option) to hide.

    chosen: village -> option -> how many chose it. answered: village -> how many answered, at least k: a village with
    fewer must be left out of the total as well, which only the caller can do. exclusive: only one option can be chosen.
    closed: cells hidden already for their groups' sake; they are protected like small ones. weights: village -> what
    one answer in it weighs, over the weight of all; shares: option -> the weighted share that is printed for all
    villages together. Both are left out where a share says no more than its count. before: what is known already.
    """
    for village, n in answered.items():
        if n < k:
            raise StatisticsError(f"{village}只有 {n} 人回答，少于 {k} 人，不能公布")
    options = list(dict.fromkeys(option for counts in chosen.values() for option in counts))
    groups = [options] if exclusive else [[option] for option in options]
    hidden: set[Cell] = set()
    for together in groups:
        try:
            printed = _printed(together, answered, weights or {}, shares or {})
            hidden |= _close(chosen, answered, together, k, set(closed), printed, before, adds_up=exclusive)
        except StatisticsError:  # no set of hidden cells is enough, e.g. everybody chose the same
            hidden |= {(village, option) for village in [*answered, None] for option in together}
    return hidden


def _printed(
    options: Iterable[str], answered: Iterable[str], weights: Mapping[str, float], shares: Mapping[str, float]
) -> list[Share]:
    return [
        Share.printed((None, option), shares[option], {(village, option): weights[village] for village in answered})
        for option in options
        if option in shares
    ]


def _close(
    chosen: Mapping[str, Mapping[str, int]],
    answered: Mapping[str, int],
    options: list[str],
    k: int,
    closed: set[Cell],
    shares: list[Share],
    before: Before,
    *,
    adds_up: bool,
) -> set[Cell]:
    table = _Table(chosen, answered, options)
    if adds_up:
        table.add_up()
    secret = table.remember(before, k)
    also = [cell for cell in table.counts if cell in closed - secret]
    result = protect(
        table.counts, table.links, k=k, always_shown=table.known, at_most=table.limits, also=also, shares=shares,
        unpublished=secret,
    )  # fmt: skip
    return set(result.hidden | secret)  # type: ignore[arg-type]


class _Table:
    """Villages by options with the total of all villages, as ``protect`` wants it."""

    def __init__(
        self, chosen: Mapping[str, Mapping[str, int]], answered: Mapping[str, int], options: list[str]
    ) -> None:
        self.villages, self.options, self.several = list(answered), options, len(answered) > 1
        cells = [(village, option) for village in answered for option in options]
        self.counts: dict[Hashable, int] = {(v, option): chosen[v].get(option, 0) for v, option in cells}
        self.limits: dict[Hashable, int] = {(v, option): answered[v] for v, option in cells}
        self.links: list[Relation] = []
        self.known: list[Hashable] = []
        for option in options if self.several else ():
            self.limits[None, option] = sum(answered.values())
            self._sum((None, option), [(village, option) for village in answered])

    def _sum(self, whole: Hashable, parts: list[Hashable]) -> None:
        self.counts[whole] = sum(self.counts[part] for part in parts)
        self.links.append((whole, parts))

    def add_up(self) -> None:
        """Only one option can be chosen: the options add up to those who answered, which is known."""
        for unit in [*self.villages, *([None] if self.several else [])]:
            self._sum((unit,), [(unit, option) for option in self.options])
            self.known.append((unit,))

    def remember(self, before: Before, k: int) -> set[Cell]:
        """Takes in what an earlier page told for good. Returns the cells that it kept from the reader."""
        standing = [village for village in self.villages if village in before.villages]
        same = self.several and len(standing) == len(self.villages)
        self.known += [cell for cell in self.counts if cell in before.shown]
        for option in self.options if standing else ():
            if option in before.sums:
                self._sum((BEFORE, option), [(village, option) for village in standing])
                self.known += [(BEFORE, option), *([(None, option)] if same else [])]
        old: list[str | None] = [*standing, *([None] if same else [])]
        cells = {(unit, option) for unit in old for option in self.options}
        return {cell for cell in cells if self.counts[cell] >= k and cell not in self.known}
