"""What is round and no stroke: a dot, crumbs of dirt that blur has run together, the rim of a drop of mud."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .scale import DENSITY, UNIT
from .zones import BLUR_MM, Evidence

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Mask = NDArray[np.bool_]

BLOB_MOST_MM = 5.0
"""Extent from which a round spot fills the box and is none."""
APART_MM, PARTED = (2.3, 5.0), 0.5
"""Extent of a stroke that may be dots run together by blur, and the part of its ink at which it is seen whether they
come apart."""
SPOT_MM, CRUMB_MM = 2.1, 1.6
"""Diagonal up to which a round piece of it is a dot, and any other a crumb."""
SPOT_DARK, SPOT_AREA = 0.6, (0.5, 0.85)
"""Wide ink in a stroke that is the rim of a round spot: how dark, as a part of the stroke's contrast, and how much of
the square round it is covered (of a disc 0.79)."""


def is_blob(extent: float, width: int, height: int, area: int) -> bool:
    """Whether a stroke inside a box, so long, of so many pixels, is a round spot."""
    return extent < BLOB_MOST_MM and _is_round(width, height, area)


def may_be_dotted(extent: float) -> bool:
    """Whether a stroke is long enough to be several spots and short enough to be nothing else."""
    return APART_MM[0] <= extent < APART_MM[1]


def is_dotted(item: Evidence, stroke: Mask, weight: Bytes) -> bool:
    """Whether the stroke of a box, a mask of its inside, is no line but spots; weight: ink of the inside."""
    return _is_spot(item, stroke) or _comes_apart(weight * stroke, item.contrast)


def _is_spot(item: Evidence, stroke: Mask) -> bool:
    """Whether a stroke, a mask of the inside of a box, is the rim of a round spot, whose middle is wide ink."""
    if item.ring_ink or item.wide < SPOT_DARK * item.contrast:
        return False
    height, width = (int(stroke.any(axis=axis).sum()) for axis in (1, 0))
    return SPOT_AREA[0] < item.wide_share * stroke.size / (width * height) < SPOT_AREA[1]


def _comes_apart(stroke: Bytes, contrast: float) -> bool:
    """Whether a stroke, the ink of nothing else, is a few dots or crumbs that blur has run together."""
    import cv2
    import numpy as np

    parts = (stroke >= PARTED * contrast * UNIT).view(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(parts, connectivity=8)
    return all(_is_dot(*part) for part in stats[1:, cv2.CC_STAT_WIDTH :].tolist())


def _is_dot(width: int, height: int, area: int) -> bool:
    diagonal = math.hypot(width, height) / DENSITY - BLUR_MM
    return diagonal < CRUMB_MM or (diagonal < SPOT_MM and _is_round(width, height, area))


def _is_round(width: int, height: int, area: int) -> bool:
    return area > 0.55 * width * height and max(width, height) < 1.8 * min(width, height)
