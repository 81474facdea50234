"""How well answers agree with those given to a second person who asked again.

Source: Cohen (1960), kappa = (observed - expected) / (1 - expected), expected from the two askings' own frequencies.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Agreement:
    """pairs: decisions compared (answers; for several choices one for each option). same: how many of them agree.

    kappa: agreement beyond chance, 1 is complete, 0 no better than chance; None where chance alone agrees always.
    """

    people: int
    pairs: int
    same: int
    kappa: float | None

    @property
    def share(self) -> float:
        return self.same / self.pairs if self.pairs else 0.0


def agreement(first: Sequence[Hashable], second: Sequence[Hashable], *, people: int | None = None) -> Agreement:
    """Compares two lists, one value a decision; None in either: not answered, left out."""
    pairs = [(a, b) for a, b in zip(first, second, strict=True) if a is not None and b is not None]
    same = sum(a == b for a, b in pairs)
    n = len(pairs)
    return Agreement(n if people is None else people, n, same, _kappa(pairs, same) if n else None)


def _kappa(pairs: Sequence[tuple[Hashable, Hashable]], same: int) -> float | None:
    n = len(pairs)
    before, after = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    by_chance = sum(count * after[value] for value, count in before.items())  # of n * n
    if by_chance == n * n:
        return None
    return (same * n - by_chance) / (n * n - by_chance)
