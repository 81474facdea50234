"""Whether a stroke that leaves a box on two sides is a line through this box: both its ends are near, around it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .scale import DENSITY, level_of, median_of
from .zones import Axis, Evidence

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from .patches import Patches

    Bytes = NDArray[np.uint8]

REACH_MM, ASIDE_MM = 11.0, 1.6
"""How far from the box's middle an end is looked for, and how far beside the stroke the paper has to be bare there."""
BARE_MM = 0.6
"""Length of bare paper that ends a stroke."""
LAST_MM = 1.6
"""The last of a stroke, which keeps away from the sides of the strip looked at."""
WEAK = 0.4
"""Ink as a part of the stroke's own below which paper counts as bare."""
ASTRAY_MM = 1.25
"""How far from the middle of the box the middle of the whole stroke may lie."""


def confirm(evidence: Sequence[Evidence | None], cut: Patches, grey: Bytes) -> None:
    """Set `lone` on every stroke through a box whose two ends are seen."""
    for index, item in enumerate(evidence):
        if item is not None and item.axis is not None:
            item.lone = _is_lone(item.axis, cut.affines[index], cut.ink.shape[1], grey)


def _is_lone(axis: Axis, affine: NDArray[np.float32], side: int, grey: Bytes) -> bool:
    """Whether paper lies bare beyond both ends of a stroke of this direction, and the box halfway between them."""
    import numpy as np

    ink = _strip(axis, affine, side, grey)
    middle, half = len(ink) // 2, round(DENSITY)
    own = median_of(ink[middle - half : middle + half + 1].max(axis=1))
    bare, aside = ink.max(axis=1) < WEAK * own, ink[:, [0, 1, -2, -1]].max(axis=1) >= WEAK * own
    run, last = round(BARE_MM * DENSITY), round(LAST_MM * DENSITY)
    gaps = np.convolve(bare, np.ones(run), mode="valid") == run
    before, after = np.flatnonzero(gaps[: middle - run]), np.flatnonzero(gaps[middle:])
    if own <= 0 or not len(before) or not len(after):
        return False
    ends = int(before[-1]) + run - middle, int(after[0])
    # An arc or a long word leaves sideways: there is no end to be seen.
    first, second = middle + ends[0], middle + ends[1]
    if aside[first : first + last].any() or aside[second - last : second].any():
        return False
    return abs(ends[0] + ends[1]) / 2 <= ASTRAY_MM * DENSITY


def _strip(axis: Axis, affine: NDArray[np.float32], side: int, grey: Bytes) -> NDArray[np.float32]:
    """Darkness (along, aside) of the paper along a stroke through a patch, 0 where bare."""
    import cv2
    import numpy as np

    x, y, beside = axis
    long, wide = round(2 * REACH_MM * DENSITY) | 1, round(2 * ASIDE_MM * DENSITY) | 1
    middle = np.full(2, (side - 1) / 2) + beside * np.array([-y, x])
    turn = np.array([[x, -y], [y, x]])
    matrix = affine[:, :2] @ turn
    start = affine[:, :2] @ middle + affine[:, 2] - matrix @ np.array([long - 1, wide - 1]) / 2
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    strip = cv2.warpAffine(
        grey, np.column_stack([matrix, start]), (long, wide), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    strip = cv2.blur(strip, (3, 3)).T
    paper = level_of(strip.ravel(), 0.7)
    dark: NDArray[np.float32] = np.clip(1 - strip / np.float32(max(paper, 8.0)), 0, None).astype(np.float32)
    return dark
