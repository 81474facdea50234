"""The point of a large tick: a stroke that turns round close below a box was made for that box, wherever it leads.

A neighbour's tail has its own point beside its own box; what only passes by has none here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .scale import DENSITY, UNIT
from .zones import INSET_MM, OUTSET_MM, Zones

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Mask = NDArray[np.bool_]

BELOW_MM, ASIDE_MM = 3.6, 1.0
"""How far below the frame and how far beside it the point may lie."""
DEEP_MM = 1.5
"""Depth of the point from which the shorter arm need not come further up than the frame."""
ARM_MM = 1.3
"""How far above the lower edge of the frame it comes otherwise; the longer one always passes the middle of the box."""
OPEN_MM, GAP_MM = (0.8, 3.6), 0.5
"""Where above the point the arms are looked at, and how much bare paper lies between them there."""


def point_of(stroke: Mask, thin: Bytes, zone: Zones) -> tuple[float, float]:
    """Contrast and body (as in Evidence) of a stroke, a mask of the patch, that turns round below the box; else 0, 0.

    What runs under the frame is not in the mask.
    """
    import numpy as np

    y, x = np.nonzero(stroke)
    side, line = len(stroke), round(INSET_MM * DENSITY)
    bottom, left, right = zone.rows.stop + line, zone.columns.start - line, zone.columns.stop + line
    low = int(y.max())
    column = float(x[y >= low - 1].mean())
    aside = ASIDE_MM * DENSITY
    if not zone.rows.stop - 2 <= low <= min(bottom + BELOW_MM * DENSITY, side - 3):
        return 0.0, 0.0
    if not left - aside <= column <= right + aside or not _is_open(stroke, low, column):
        return 0.0, 0.0
    arms = [(np.abs(x[beside] - column), y[beside]) for beside in (x < column, x > column)]
    tops = sorted(int(rows.min()) for _, rows in arms)
    least = bottom + OUTSET_MM * DENSITY + 1 if low - bottom >= DEEP_MM * DENSITY else bottom - ARM_MM * DENSITY
    if tops[0] > (side - 1) / 2 or tops[1] > least:
        return 0.0, 0.0
    values = thin[y, x]
    length = sum(float(np.hypot(away.max(), low - rows.min())) for away, rows in arms) / DENSITY
    length = max(1.0, length - 2 * (INSET_MM + OUTSET_MM))
    rank = int(len(values) * 0.7)
    black = float(values.sum()) / UNIT / DENSITY**2
    return float(np.partition(values, rank)[rank]) / UNIT, black / length


def _is_open(stroke: Mask, low: int, column: float) -> bool:
    """Whether a little above its lowest place a stroke has two arms, one on each side, and bare paper between them."""
    import numpy as np

    parted = 0
    for row in stroke[max(0, low - round(OPEN_MM[1] * DENSITY)) : low - round(OPEN_MM[0] * DENSITY)]:
        inked = np.flatnonzero(row)
        before, after = inked[inked < column], inked[inked > column]
        parted += bool(len(before) and len(after) and after[0] - before[-1] > GAP_MM * DENSITY)
    return parted >= 2
