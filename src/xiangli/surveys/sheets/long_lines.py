"""Lines that go through a box and on: a fold, a scanner's streak, somebody's long stroke; and what lies beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .scale import DENSITY, UNIT, stroke_level
from .zones import BLUR_MM, FOLD, SLOPES, Evidence, Zones

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Mask = NDArray[np.bool_]

LINE_MM = 0.7
"""Half width of what is taken away with a line through the whole patch."""
STRIP_MM = (1.2, 2.6)
"""Most breadth and least length of what may be a piece of a fold or of a scanner's streak."""


def may_be_crossed(thin: Bytes, floor: float) -> list[list[bool]]:
    """Level and upright for each patch (n, side, side): whether there is ink at both ends of a line through it."""
    import numpy as np

    level = np.minimum(thin[:, :, :4].max(axis=(1, 2)), thin[:, :, -12:-6].max(axis=(1, 2)))
    upright = np.minimum(thin[:, :4].max(axis=(1, 2)), thin[:, -12:-6].max(axis=(1, 2)))
    crossed: list[list[bool]] = (np.stack([level, upright], axis=1) >= 0.5 * floor).tolist()
    return crossed


def through_line(found: Evidence, thin: Bytes, crossed: Sequence[bool], zone: Zones, floor: float) -> None:
    """Find a nearly level or upright straight line through the whole patch: its contrast and where it runs."""
    import cv2
    import numpy as np

    side = thin.shape[0]
    best = 0.4 * floor
    for upright, weights in enumerate(zone.segments):
        if not crossed[upright]:
            continue
        image = cv2.transpose(thin) if upright else thin
        profile = cv2.dilate(image.astype(np.float32) @ weights, np.ones((3, 1), np.uint8))
        levels = profile[zone.gather, np.arange(profile.shape[1])].min(axis=2)
        if float(levels.max()) > best:
            slope, row = np.unravel_index(int(levels.argmax()), levels.shape)
            best = float(levels.max())
            found.through = best / UNIT
            found.line = bool(upright), float(row) - (side - 1) / 2, SLOPES[int(slope)]
            found.line_reach = side / 2


def may_be_strip(found: Evidence) -> bool:
    """Whether a stroke is long enough for a piece of what goes on across the page, and something does go on."""
    long = found.extent + BLUR_MM >= STRIP_MM[1] and found.contrast >= FOLD * found.through
    return long and bool(found.foreign or found.entering)


def strip(found: Evidence, stroke: Mask, side: int) -> None:
    """Where a stroke, a mask of the inside of a box, runs that is as narrow and straight as a piece of a fold."""
    import numpy as np

    down, across = np.flatnonzero(stroke.any(axis=1)), np.flatnonzero(stroke.any(axis=0))
    upright = len(down) > len(across)
    long, wide = (down, across) if upright else (across, down)
    if len(wide) <= STRIP_MM[0] * DENSITY and len(long) >= STRIP_MM[1] * DENSITY:
        middle = (stroke.shape[1 if upright else 0] - 1) / 2
        found.strip, found.line_reach = True, side / 2
        found.line = upright, float(wide[0] + wide[-1]) / 2 - middle, 0.0


def beside_line(found: Evidence, weight: Bytes, mask: Mask) -> None:
    """Contrast and extent of the best stroke inside that stays when the line through the patch is taken away."""
    import cv2
    import numpy as np

    upright, offset, slope = found.line
    rows, columns = mask.shape
    y, x = np.ogrid[:rows, :columns]
    down, across = y - (rows - 1) / 2, x - (columns - 1) / 2
    distance = across - offset - slope * down if upright else down - offset - slope * across
    rest = (mask & (np.abs(distance) > LINE_MM * DENSITY)).view(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(rest, connectivity=8)
    for label in range(1, count):
        _, _, width, height, area = stats[label].tolist()
        if area < 4:
            continue
        chosen = labels == label
        contrast, extent = stroke_level(weight[chosen]) / UNIT, float(np.hypot(width, height)) / DENSITY - BLUR_MM
        if min(extent, 4.0) * min(contrast, 0.4) > min(found.beside_extent, 4.0) * min(found.beside, 0.4):
            found.beside, found.beside_extent = contrast, extent
