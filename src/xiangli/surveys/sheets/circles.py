"""A circle drawn close round a box: the frame hides much of it, but what is to be seen lies on one ellipse."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .scale import DENSITY, UNIT, level_of
from .zones import INSET_MM, Zones

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Mask = NDArray[np.bool_]
    Floats = NDArray[np.float64]

DARK, CORE = 0.9, 0.5
"""Part of all ink up to which none is darker than the strokes' own; and ink as a part of theirs that is no blur."""
LEAST = 14
"""Pixels of ink below which there is too little of it to tell a circle."""
PART, CORNER, CORNERS = 0.2, 4, 3
"""Part of the way round a box along which there is ink outside it from which it may have a circle; or else the side of
the inside's corners, and how many of them have some."""
RADII, ROUND, ASTRAY = (0.84, 2.1), 0.55, 0.6
"""Half axes of a circle in half sides of its box; the shorter as a part of the longer; and how far its middle may lie
from that of the box, in half sides."""
NEAR_MM, ON_IT = 0.6, 0.9
"""How far from the ellipse ink may lie that belongs to it, for nobody draws one; and how much of all ink does."""
STEPS, SEEN, DRAWN = 72, 6, 0.85
"""Places once round it; how many of them must not be hidden; and the part of these that must have ink."""
GAP = 27
"""How many places one after another may be hidden or bare: half a circle may hide its other half, but not all of it."""


@dataclass(frozen=True)
class Ellipse:
    """Middle (x, y) and half axes, pixels of the patch, and the matrix that turns the axes into the patch's."""

    middle: Floats
    half: Floats
    across: Floats


def may_be_circled(inside: Bytes, parts: Floats, floor: float) -> Mask:
    """Which boxes (n,) may have a circle: stroke ink inside (n, h, w), and how far round there is some outside."""
    import numpy as np

    near = np.concatenate([inside[:, :, :CORNER], inside[:, :, -CORNER:]], axis=2)
    ends = np.stack([near[:, :CORNER], near[:, -CORNER:]], axis=1).reshape(len(inside), 2, CORNER, 2, CORNER)
    corners: Mask = (ends.max(axis=(2, 4)) > floor).sum(axis=(1, 2)) >= CORNERS
    return corners | (parts >= PART)


def circle_of(strokes: Bytes, zone: Zones, floor: float) -> float:
    """Contrast (as in Evidence) of a circle round a box, from the strokes of its patch (side, side); 0 for none."""
    import numpy as np

    seen = zone.outside.copy()
    seen[zone.rows, zone.columns] = True
    ink = (strokes > floor) & seen
    if np.count_nonzero(ink) < LEAST:
        return 0.0
    level = level_of(strokes[ink], DARK)
    ink &= strokes > CORE * level
    if np.count_nonzero(ink) < LEAST:
        return 0.0
    found = _ellipse_through(ink)
    drawn = _is_round(found, zone, len(strokes)) and _is_on(ink, found) and _is_closed(ink, seen, found)
    return level / UNIT if drawn else 0.0


def _ellipse_through(ink: Mask) -> Ellipse:
    """The ellipse nearest to a patch's ink."""
    import cv2
    import numpy as np

    y, x = ink.nonzero()
    middle, axes, degrees = cv2.fitEllipseDirect(np.stack([x, y], axis=1).astype(np.float32))
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return Ellipse(np.array(middle, np.float64), np.array(axes, np.float64) / 2, np.array([[cos, -sin], [sin, cos]]))


def _is_round(found: Ellipse, zone: Zones, side: int) -> bool:
    """Whether an ellipse is about round, and lies round the box."""
    import numpy as np

    inside = (zone.rows.stop - zone.rows.start + zone.columns.stop - zone.columns.start) / 2
    half = inside / 2 + INSET_MM * DENSITY
    least, most = float(found.half.min()), float(found.half.max())
    return (
        RADII[0] * half < least
        and most < RADII[1] * half
        and least >= ROUND * most
        and bool(np.hypot(*(found.middle - (side - 1) / 2)) <= ASTRAY * half)
    )


def _is_on(ink: Mask, found: Ellipse) -> bool:
    """Whether nearly all ink lies on an ellipse."""
    import numpy as np

    from_middle = np.argwhere(ink)[:, ::-1] - found.middle
    along = np.hypot(*(from_middle @ found.across / found.half).T)
    off = np.abs(1 - 1 / np.maximum(along, 1e-6)) * np.hypot(*from_middle.T)
    return bool((off < NEAR_MM * DENSITY).mean() >= ON_IT)


def _is_closed(ink: Mask, seen: Mask, found: Ellipse) -> bool:
    """Whether there is ink wherever an ellipse is not hidden by the frame, the label or the border, and all round."""
    import cv2
    import numpy as np

    angles = np.arange(STEPS) * (2 * np.pi / STEPS)
    places = np.stack([np.cos(angles), np.sin(angles)], axis=1) * found.half @ found.across.T + found.middle
    columns, rows = np.rint(places).astype(np.int64).T
    there = (np.minimum(rows, columns) >= 0) & (np.maximum(rows, columns) < len(ink))
    there[there] = seen[rows[there], columns[there]]
    reach = 2 * round(NEAR_MM * DENSITY) + 1
    grown = cv2.dilate(ink.view(np.uint8), np.ones((reach, reach), np.uint8))
    hits = np.zeros(STEPS, np.bool_)
    hits[there] = grown[rows[there], columns[there]] > 0
    if there.sum() < SEEN or hits.sum() < DRAWN * there.sum():
        return False
    drawn = hits.nonzero()[0]
    return bool(np.diff(drawn, append=drawn[0] + STEPS).max() <= GAP)
