"""Disclosure control: which cells of the published tables must stay hidden so that no small cell can be derived.

Source: Fischetti & Salazar (2001), cell suppression; here each small cell is protected in turn by the cheapest set of
further cells (an integer programme), which is a heuristic for the number of cells hidden, not for safety.

The guarantee. The attacker knows every table's layout, that counts are whole and not negative, every shown cell and
every sum among the tables (margins, shared margins, several linked tables), and what a respondent of each cell weighs
where a weighted share stands beside a total (`Share`). Then for each cell that is hidden because it is small there are
two complete sets of whole-number tables that agree with all that is shown, one with the cell's true count and one with
a count at least k higher: its possible range is k wide or wider and reaches k. No hidden cell at all is determined
exactly. Not covered: what the width of a share's interval says; a respondent who subtracts his own answer learns one
less (choose k accordingly); rates or shares printed beside a hidden count, which must be hidden with it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .errors import StatisticsError
from .searching import Finder, Known, Relation, Room, Share, enough


@dataclass(frozen=True)
class Protected:
    """primary: hidden because smaller than k. complementary: hidden to protect them. shown: what may be published."""

    primary: frozenset[Hashable]
    complementary: frozenset[Hashable]
    shown: dict[Hashable, int]

    @property
    def hidden(self) -> frozenset[Hashable]:
        return self.primary | self.complementary


def protect(
    counts: Mapping[Hashable, int],
    relations: Iterable[Relation],
    *,
    k: int = 5,
    hide_zeros: bool = True,
    unpublished: Iterable[Hashable] = (),
    always_shown: Iterable[Hashable] = (),
    at_most: Mapping[Hashable, int] | None = None,
    also: Iterable[Hashable] = (),
    shares: Iterable[Share] = (),
    rounded: Mapping[Hashable, tuple[int, int]] | None = None,
) -> Protected:
    """Chooses the cells to hide.

    counts: every cell of every table, totals included, each once however many tables show it.
    relations: total = sum of parts, for every table. They must hold, or StatisticsError names the one that does not.
    hide_zeros: whether 0 counts as small (it does in law: nobody is somebody known). unpublished: cells nobody sees,
    given only for the sums they take part in. always_shown: cells the public knows anyway; where a small cell cannot be
    protected without them, StatisticsError names it. at_most: what the public knows a cell cannot exceed (the size of
    its group); where that leaves less than k above the count, all of that room is kept open instead of k (and k below,
    where it leaves none). also: cells that are hidden and protected as if they were small. shares: weighted shares that
    stand beside totals. rounded: cells that are printed rounded -> how far below and above the count others are printed
    the same.
    """
    relations = [(whole, tuple(parts)) for whole, parts in relations]
    _check(counts, relations, k)
    secret, fixed, more = set(unpublished), set(always_shown), set(also)
    small = [
        key
        for key, n in counts.items()
        if (key in more or (n < k and (hide_zeros or n > 0))) and key not in secret and key not in fixed
    ]
    hidden = secret | set(small)
    safe: set[Hashable] = set()
    limits = _limits(counts, k, at_most or {})
    need = {key: _need(n, limits[key], k) for key, n in counts.items()}
    shares = [share for share in shares if len(set(share.weights.values())) > 1]  # else the count says as much
    loose = {key: (-below, above) for key, (below, above) in (rounded or {}).items()}
    known = Known(relations, limits, need, shares, loose)
    finder, room = Finder(known, counts, fixed), Room(known, hidden - fixed)
    for key in sorted(small, key=lambda key: (-counts[key], repr(key))):
        if key in safe:
            continue
        if raised := room.raising(key):
            safe |= raised
            continue
        moved, opened = finder.alternative(key, hidden)
        if not moved:
            raise StatisticsError(
                f"单元格“{_name(key)}”只有 {counts[key]} 份答卷，别的单元格都已公开，无法保护：请不要单独公布这张表"
            )
        if not opened <= hidden:
            hidden |= opened
            room = Room(known, hidden - fixed)
        safe |= {other for other, by in moved.items() if enough(by, need[other])}
    primary = frozenset(small)
    shown = {key: n for key, n in counts.items() if key not in hidden}
    return Protected(primary, frozenset(hidden - secret - primary), shown)


def _need(n: int, limit: tuple[int, int], k: int) -> int:
    """By how much a hidden cell must be able to change: up by k or all its room, down where it has no room above."""
    return min(k, limit[1]) if limit[1] > 0 else -max(1, min(k, n))


def _limits(counts: Mapping[Hashable, int], k: int, at_most: Mapping[Hashable, int]) -> dict[Hashable, tuple[int, int]]:
    """How far down and up each count may be imagined: not below 0, not above what the public knows, 4 k at most."""
    limits = {}
    for key, n in counts.items():
        above = at_most.get(key, n + 4 * k) - n
        if above < 0:
            raise StatisticsError(f"单元格“{_name(key)}”的数 {n} 超过了它的上限 {at_most[key]}")
        limits[key] = (-min(n, 4 * k), min(above, 4 * k))
    return limits


def _check(counts: Mapping[Hashable, int], relations: Sequence[Relation], k: int) -> None:
    if k < 1:
        raise StatisticsError(f"最小公布人数 k 要是正整数，不能是 {k}")
    for key, n in counts.items():
        if n != int(n) or n < 0:
            raise StatisticsError(f"单元格“{_name(key)}”的数 {n} 不是非负整数")
    for whole, parts in relations:
        for key in (whole, *parts):
            if key not in counts:
                raise StatisticsError(f"关系中的单元格“{_name(key)}”不在表里")
        if sum(counts[part] for part in parts) != counts[whole]:
            raise StatisticsError(f"单元格“{_name(whole)}”不等于它各部分之和")


def _name(key: Any) -> str:
    if isinstance(key, frozenset):
        return "，".join(f"{variable}={level}" for variable, level in sorted(key, key=repr)) or "合计"
    return "，".join(map(str, key)) if isinstance(key, tuple) else str(key)
