"""Whether a stroke that leaves a box on two sides is a line through this box: both its ends are near, around it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .scale import DENSITY, level_of, median_of
from .zones import OUTSET_MM, Axis, Evidence

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from .patches import Patches

    Bytes = NDArray[np.uint8]

REACH_MM, ASIDE_MM = 11.0, 1.6
"""How far from the box's middle an end is looked for, and how far beside the stroke the paper has to be bare there."""
BARE_MM = 0.6
"""Length of bare paper that ends a stroke."""
TRACK_MM = 0.8
"""How far beside its line a stroke sways."""
LAST_MM = 1.6
"""The last of a stroke, which keeps away from the sides of the strip looked at."""
EDGES = [0, 1, -2, -1]
"""Columns on the sides of the strip."""
WEAK = 0.4
"""Ink as a part of the stroke's own below which paper counts as bare."""
ASTRAY_MM = 1.25
"""How far from the middle of the box the middle of the whole stroke may lie."""


def confirm(evidence: Sequence[Evidence | None], cut: Patches, grey: Bytes) -> None:
    """Set `lone` on every stroke through a box whose two ends are seen."""
    for index, item in enumerate(evidence):
        if item is not None and item.axis is not None:
            item.lone = _is_lone(item.axis, cut.affines[index], cut.half[index].tolist(), cut.ink.shape[1], grey)


def _is_lone(axis: Axis, affine: NDArray[np.float32], half_sizes: Sequence[float], side: int, grey: Bytes) -> bool:
    """Whether paper lies bare beyond both ends of a stroke of this direction, and the box halfway between them."""
    import numpy as np

    ink = _strip(axis, affine, side, grey)
    middle, half = len(ink) // 2, round(DENSITY)
    own = median_of(ink[middle - half : middle + half + 1].max(axis=1))
    if own <= 0:
        return False
    inked = ink >= WEAK * own
    # The box's own frame crosses the sides of the strip: it is no ink that leaves there.
    aside: NDArray[np.bool_] = np.any(inked[:, EDGES] & _beyond(axis, ink.shape, half_sizes), axis=1)
    last = round(LAST_MM * DENSITY)
    first = _last_gap(inked[:middle], BARE_MM)
    # An arc or a long word leaves sideways: there is no end to be seen.
    if first is None or aside[first : first + last].any():
        return False
    track = slice(inked.shape[1] // 2 - round(TRACK_MM * DENSITY), inked.shape[1] // 2 + round(TRACK_MM * DENSITY) + 1)
    # The label's print begins close to where a line across the box ends: there its own track has to do.
    for ends in (_first_gap(inked[middle:], BARE_MM), _first_gap(inked[middle:, track], BARE_MM / 2)):
        if ends is not None and not aside[middle + ends - last : middle + ends].any():
            return abs(first - middle + ends) / 2 <= ASTRAY_MM * DENSITY
    return False


def _beyond(axis: Axis, shape: tuple[int, ...], half_sizes: Sequence[float]) -> NDArray[np.bool_]:
    """Which places on the sides of the strip (along, 4) lie outside the frame."""
    import numpy as np

    x, y, beside = axis
    along = (np.arange(shape[0]) - (shape[0] - 1) / 2)[:, None]
    off = np.arange(shape[1])[EDGES] - (shape[1] - 1) / 2 + beside
    width, height = (half + OUTSET_MM * DENSITY for half in half_sizes)
    beyond: NDArray[np.bool_] = (np.abs(along * x - off * y) > width) | (np.abs(along * y + off * x) > height)
    return beyond


def _first_gap(inked: NDArray[np.bool_], least_mm: float) -> int | None:
    """Where along a strip (along, aside) the paper is first bare over this length."""
    import numpy as np

    run = round(least_mm * DENSITY)
    gaps = np.flatnonzero(np.convolve(~inked.any(axis=1), np.ones(run), mode="valid") == run)
    return int(gaps[0]) if len(gaps) else None


def _last_gap(inked: NDArray[np.bool_], least_mm: float) -> int | None:
    """Where along a strip the last stretch of so much bare paper ends."""
    gap = _first_gap(inked[::-1], least_mm)
    return None if gap is None else len(inked) - gap


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
