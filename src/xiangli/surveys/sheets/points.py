"""The point of a large tick: a stroke that turns round close below a box was made for that box, wherever it leads.

A neighbour's tail has its own point beside its own box; what only passes by has none here.
"""

from __future__ import annotations

from math import ceil, floor
from typing import TYPE_CHECKING

from .scale import DENSITY, UNIT, stroke_level
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
SHORT_ARM_MM, LONG_ARM_MM = 1.0, 2.2
"""How far the arms of a tick come up inside its box from a point that lies in it."""
STEEP = 2.4
"""How far apart a tick's arms are, as a part of the height above its point at which they are."""
ASTRAY_MM = 1.0
"""How far an arm may lie on the other side of the point: a tick's longer arm may lean over its shorter one."""
OPEN_MM, GAP_MM = (0.8, 3.6), 0.5
"""Where above the point the arms are looked at, and how much bare paper lies between them there."""


def may_turn(top: int, low: int, side: int, zone: Zones) -> bool:
    """Whether a stroke from row `top` to row `low` of a patch reaches far enough up and below the box, not too far."""
    bottom = zone.rows.stop + round(INSET_MM * DENSITY)
    return top <= (side - 1) / 2 and zone.rows.stop - 2 <= low <= min(bottom + BELOW_MM * DENSITY, side - 3)


def point_of(stroke: Mask, low: int, thin: Bytes, zone: Zones) -> tuple[float, float]:
    """Contrast and body (as in Evidence) of a stroke, a mask of the patch, that turns round below the box; else 0, 0.

    low: its last row. What runs under the frame is not in the mask.
    """
    import numpy as np

    line, aside = round(INSET_MM * DENSITY), ASIDE_MM * DENSITY
    bottom, left, right = zone.rows.stop + line, zone.columns.start - line, zone.columns.stop + line
    column = float(stroke[low - 1 : low + 1].nonzero()[1].mean())
    if not left - aside <= column <= right + aside or not _is_open(stroke, low, column):
        return 0.0, 0.0
    y, x = stroke.nonzero()
    # Rows come from the top down: the first place on either side is that arm's top.
    left_top, right_top = int(y[(x < column).argmax()]), int(y[(x > column).argmax()])
    least = bottom + OUTSET_MM * DENSITY + 1 if low - bottom >= DEEP_MM * DENSITY else bottom - ARM_MM * DENSITY
    if min(left_top, right_top) > (len(stroke) - 1) / 2 or max(left_top, right_top) > least:
        return 0.0, 0.0
    values = thin[y, x]
    arms = float(np.hypot(column - x.min(), low - left_top)) + float(np.hypot(x.max() - column, low - right_top))
    length = max(1.0, arms / DENSITY - 2 * (INSET_MM + OUTSET_MM))
    black = float(values.sum()) / UNIT / DENSITY**2
    return stroke_level(values) / UNIT, black / length


def turns_inside(stroke: Mask) -> bool:
    """Whether a stroke, a mask of the inside of a box, turns round in there as a tick does: down, and up again."""
    y, x = stroke.nonzero()
    # Rows come from the top down: the last places are the lowest, the first on either side that arm's top.
    low = int(y[-1])
    column = float(x[y.searchsorted(low - 1) :].mean())
    before, after = (x < column).argmax(), (x > column).argmax()
    if x[before] >= column or x[after] <= column:
        return False
    rises = sorted((low - int(y[before]), low - int(y[after])))
    long_enough = rises[0] >= SHORT_ARM_MM * DENSITY and rises[1] >= LONG_ARM_MM * DENSITY
    return long_enough and _is_open(stroke, low, column)


def turns_around(stroke: Mask, zone: Zones) -> bool:
    """Whether a stroke, a mask of the patch, has its lowest place in the box and two arms that lead up from there.

    One arm may leave the box at once and come up outside.
    """
    import numpy as np

    rows, left = np.flatnonzero(stroke.any(axis=1)), zone.columns.start
    low = int(rows[-1])
    if not zone.rows.start <= low < zone.rows.stop or low - int(rows[0]) < LONG_ARM_MM * DENSITY:
        return False
    column = float(stroke[low - 1 : low + 1].nonzero()[1].mean())
    if not left <= column < zone.columns.stop:
        return False
    above = stroke[: low - round(OPEN_MM[0] * DENSITY)]
    y, x = above.nonzero()
    steps = np.diff(x)
    # From one place to the next in the same row: where bare paper lies between two arms.
    parted: Mask = (np.diff(y) == 0) & (steps > GAP_MM * DENSITY + 1)
    parted &= steps <= STEEP * (low - y[:-1])  # An arc is shallow.
    parted &= (x[:-1] <= column + ASTRAY_MM * DENSITY) & (x[1:] >= column - ASTRAY_MM * DENSITY)
    apart = y[:-1][parted]
    return len(apart) >= 2 and low - int(apart[0]) >= SHORT_ARM_MM * DENSITY


def _is_open(stroke: Mask, low: int, column: float) -> bool:
    """Whether a little above its lowest place a stroke has two arms, one on each side, and bare paper between them."""
    rows = stroke[max(0, low - round(OPEN_MM[1] * DENSITY)) : low - round(OPEN_MM[0] * DENSITY)]
    end, start = ceil(column), floor(column) + 1
    before, after = rows[:, end - 1 :: -1], rows[:, start:]
    gaps = after.argmax(axis=1) + before.argmax(axis=1) + (start - end + 1)
    parted = before.any(axis=1) & after.any(axis=1) & (gaps > GAP_MM * DENSITY)
    return int(parted.sum()) >= 2
