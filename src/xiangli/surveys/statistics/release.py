"""Which figures of a question may be shown when villages and their total are published together.

A question's counts are one table, villages by options, with the total of all villages. Where only one option can be
chosen the options add up to those who answered, which the reader is taken to know. What a village does not show of its
groups is decided before (`needs`), village by village: as no group of a hidden line is ever shown, the two levels
cannot be played against each other.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass

from .disclosure import Relation, Share, protect
from .errors import StatisticsError

Cell = tuple[str | None, str]  # (village, or None for all together; option)


@dataclass(frozen=True, slots=True)
class Before:
    """What an earlier page told of one question for good: whoever kept it can lay the new page beside it.

    villages: those whose answers have not moved since. shown: their cells that stood on it; the others stay hidden.
    sums: the options for which the sum of all these villages can be had from it.
    """

    villages: frozenset[str]
    shown: frozenset[Cell]
    sums: frozenset[str]


BEFORE = 0  # in place of a village: their sum on the earlier page
NOTHING = Before(frozenset(), frozenset(), frozenset())


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
    counts: dict[Hashable, int] = {(v, option): chosen[v].get(option, 0) for v in answered for option in options}
    limits: dict[Hashable, int] = {(v, option): answered[v] for v in answered for option in options}
    links: list[Relation] = []
    standing = [village for village in answered if village in before.villages]
    known: list[Hashable] = [cell for cell in counts if cell in before.shown]
    several = len(answered) > 1
    if several:
        for option in options:
            counts[None, option] = sum(chosen[v].get(option, 0) for v in answered)
            limits[None, option] = sum(answered.values())
            links.append(((None, option), [(v, option) for v in answered]))
    if adds_up:
        for unit in [*answered, *([None] if several else [])]:
            known.append((unit,))
            counts[unit,] = sum(answered.values()) if unit is None else answered[unit]
            links.append(((unit,), [(unit, option) for option in options]))
    for option in options if standing else ():
        if option in before.sums:
            known.append((BEFORE, option))
            counts[BEFORE, option] = sum(chosen[v].get(option, 0) for v in standing)
            links.append(((BEFORE, option), [(v, option) for v in standing]))
    old: list[str | None] = [*standing, *([None] if several and len(standing) == len(answered) else [])]
    known += [(None, option) for option in options if None in old and option in before.sums]
    secret = {(unit, option) for unit in old for option in options if counts[unit, option] >= k}
    secret -= {cell for cell in secret if cell in known}
    also = [cell for cell in counts if cell in closed - secret]
    result = protect(
        counts, links, k=k, always_shown=known, at_most=limits, also=also, shares=shares, unpublished=secret
    )
    return set(result.hidden | secret)  # type: ignore[arg-type]
