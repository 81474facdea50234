"""Drawing a part of the answers at random so that everyone can check the draw afterwards."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable


def draw(keys: Iterable[str], *, seed: str, share: float) -> list[str]:
    """The drawn keys, in the order drawn: those with the smallest SHA-256 of "seed:key".

    share: 0..1, rounded up, so that at least one is drawn. With the seed and the list of keys anybody can repeat it,
    and nobody can steer it who does not know the keys before the seed.
    """
    ordered = sorted(set(keys), key=lambda key: hashlib.sha256(f"{seed}:{key}".encode()).digest())
    return ordered[: math.ceil(len(ordered) * share - 1e-9)]
