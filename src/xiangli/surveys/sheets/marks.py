"""Tell a mark from dirt: the state of each bubble from the ink in and around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .patches import DENSITY, Patches

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass
class Verdict:
    """state: marked, blank or review; score 0 to 1; reason in plain words for a doubtful one."""

    state: str
    score: float
    reason: str = ""


def judge(cut: Patches, colour: NDArray[np.uint8] | None) -> list[Verdict]:
    """Verdicts for all patches of a page."""
    import numpy as np

    side = cut.ink.shape[1]
    inset = 0.75 * DENSITY
    across = np.abs(np.arange(side) - (side - 1) / 2)
    verdicts = []
    for ink, (half_w, half_h) in zip(cut.ink, cut.half, strict=True):
        inside = ink[np.ix_(across < half_h - inset, across < half_w - inset)]
        score = float((inside > 0.35).mean() * 5)
        state = "marked" if score > 0.25 else "review" if score > 0.08 else "blank"
        verdicts.append(Verdict(state, min(score, 1.0), "看不准" if state == "review" else ""))
    return verdicts
