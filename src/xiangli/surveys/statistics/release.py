"""Which figures of a question may be shown when villages and their total are published together.

A question's counts are one table, villages by options, with the total of all villages. Where only one option can be
chosen the options add up to those who answered, which the reader is taken to know. What a village does not show of its
groups is decided before (`needs`), village by village: as no group of a hidden line is ever shown, the two levels
cannot be played against each other.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping

from .disclosure import Relation, Share, protect
from .errors import StatisticsError

Cell = tuple[str | None, str]  # (village, or None for all together; option)


def closed_figures(
    chosen: Mapping[str, Mapping[str, int]],
    answered: Mapping[str, int],
    *,
    exclusive: bool,
    k: int = 5,
    closed: Iterable[tuple[str, str]] = (),
    weights: Mapping[str, float] | None = None,
    shares: Mapping[str, float] | None = None,
) -> set[Cell]:
    """The cells (village, option) and (None, option) to hide.

    chosen: village -> option -> how many chose it. answered: village -> how many answered, at least k: a village with
    fewer must be left out of the total as well, which only the caller can do. exclusive: only one option can be chosen.
    closed: cells hidden already for their groups' sake; they are protected like small ones. weights: village -> what
    one answer in it weighs, over the weight of all; shares: option -> the weighted share that is printed for all
    villages together. Both are left out where a share says no more than its count.
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
            hidden |= _close(chosen, answered, together, k, set(closed), printed, adds_up=exclusive)
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
    closed: set[tuple[str, str]],
    shares: list[Share],
    *,
    adds_up: bool,
) -> set[Cell]:
    counts: dict[Hashable, int] = {(v, option): chosen[v].get(option, 0) for v in answered for option in options}
    limits: dict[Hashable, int] = {(v, option): answered[v] for v in answered for option in options}
    links: list[Relation] = []
    known: list[Hashable] = []
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
    also = [cell for cell in counts if cell in closed]
    result = protect(counts, links, k=k, always_shown=known, at_most=limits, also=also, shares=shares)
    return set(result.hidden)  # type: ignore[arg-type]
