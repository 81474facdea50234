"""Red ink: the official seal that is stamped over a page, and the red pen that is not a seal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .patches import Patches, ink_of, warp
from .scale import DENSITY, UNIT

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Image = NDArray[np.uint8]
    Gains = tuple[float, float]
    Box = tuple[float, float, float, float]

SEAL_MM = (24.0, 60.0)
"""Smallest and largest side of what can be a round or square official seal."""
SEAL_IN_RED = 0.6
"""Ink that seals leave in the red channel, at most, as a part of what they lose there."""
GAINS = (0.6, 2.5)
"""Least and most that a tint is taken off."""
CORNER_MM = 1.0
"""Where in a patch, from its upper left corner, paper is looked for."""
RED = 27
"""How much more red than green and blue makes a pixel red, of 255."""


def paper_gains(cut: Patches, colour: Image) -> Gains:
    """What green and blue are to be multiplied with so that this page's paper is grey, whatever its tint and light."""
    import numpy as np

    # Up and left of each box there is paper, more often than not.
    corner = np.full(2, CORNER_MM * DENSITY, np.float32)
    places = np.rint(cut.affines[:, :, :2] @ corner + cut.affines[:, :, 2]).astype(np.int64)
    height, width = colour.shape[:2]
    x, y = np.clip(places[:, 0], 0, width - 1), np.clip(places[:, 1], 0, height - 1)
    red, green, blue = np.maximum(np.median(colour[y, x], axis=0), 8.0).tolist()
    return min(max(red / green, GAINS[0]), GAINS[1]), min(max(red / blue, GAINS[0]), GAINS[1])


def find_seals(colour: Image, millimetre: float, gains: Gains = (1.0, 1.0)) -> list[Box]:
    """Seals in an RGB image with this many pixels a millimetre: left, top, right, bottom in pixels."""
    import cv2
    import numpy as np

    shrink = max(1, round(millimetre / 1.5))
    red = _redness(_every(colour, shrink), gains) > RED
    if np.count_nonzero(red) < 40:
        return []
    unit = millimetre / shrink
    reach = int(2.5 * unit) | 1
    joined = cv2.dilate(red.astype(np.uint8), np.ones((reach, reach), np.uint8))
    # What has been widened that much is connected in every other pixel too.
    _, _, stats, _ = cv2.connectedComponentsWithStats(np.ascontiguousarray(joined[::2, ::2]), connectivity=8)
    stats = 2 * stats
    seals = []
    stats = stats[1:][stats[1:, 2:4].min(axis=1) >= SEAL_MM[0] * unit + reach]
    for left, top, width, height, _ in stats.tolist():
        sides = (width - reach) / unit, (height - reach) / unit
        ink = np.count_nonzero(red[top : top + height, left : left + width]) / unit**2
        if max(sides) <= SEAL_MM[1] and max(sides) / min(sides) < 1.5 and ink > 60:
            seals.append((left * shrink, top * shrink, (left + width) * shrink, (top + height) * shrink))
    return seals


def any_red(colour: Image, millimetre: float, gains: Gains) -> bool:
    """Whether an image with this many pixels a millimetre has anything red in it as large as a stroke."""
    import numpy as np

    return int(np.count_nonzero(_redness(_every(colour, max(1, round(millimetre / 2.5))), gains) > RED)) >= 3


def _every(colour: Image, step: int) -> Image:
    """Every step-th pixel of every step-th row, as `colour[::step, ::step]` but many times faster."""
    import cv2

    rows, columns = colour.shape[0] // step, colour.shape[1] // step
    part = colour[: rows * step, : columns * step]
    return cv2.resize(part, (columns, rows), interpolation=cv2.INTER_NEAREST)


def under_seals(cut: Patches, seals: Sequence[Box]) -> NDArray[np.bool_]:
    """Which patches (n,) a seal is stamped over, or beside."""
    import numpy as np

    side = cut.ink.shape[1]
    middles = cut.affines[:, :, :2] @ np.full(2, (side - 1) / 2, np.float32) + cut.affines[:, :, 2]
    reach = side / 2 / DENSITY * cut.millimetre()
    under = np.zeros(len(middles), bool)
    for seal in seals:
        under |= _within(middles, seal, reach)
    return under


def _within(places: NDArray[np.floating], box: Box, reach: float = 0.0) -> NDArray[np.bool_]:
    left, top, right, bottom = box
    x, y = places[..., 0], places[..., 1]
    inside: NDArray[np.bool_] = (x > left - reach) & (x < right + reach) & (y > top - reach) & (y < bottom + reach)
    return inside


def without_seals(cut: Patches, colour: Image, seals: Sequence[Box], under: NDArray[np.bool_]) -> Image:
    """The patches' ink, with the ink of seals left out: within one, only what is dark in the red channel counts."""
    import numpy as np

    if not under.any():
        return cut.ink
    side = cut.ink.shape[1]
    ink = cut.ink.copy()
    red_channel = np.ascontiguousarray(colour[:, :, 0])
    red_ink = ink_of(warp(red_channel, cut.affines[under], side), cut.half[under], cut.blackness)
    # What a seal still darkens in the red channel goes with what it darkens more in grey.
    excess = np.clip(ink[under].astype(np.float32) - red_ink, 0, None) * np.float32(SEAL_IN_RED)
    # Red beside a seal is a pen's.
    steps = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1).reshape(1, -1, 2)
    places = steps @ cut.affines[under][:, :, :2].transpose(0, 2, 1) + cut.affines[under][:, None, :, 2]
    sealed = np.any([_within(places, _square(seal)) for seal in seals], axis=0).reshape(-1, side, side)
    ink[under] = np.where(sealed, np.clip(red_ink - excess, 0, 255).astype(np.uint8), ink[under])
    return ink


def _square(box: Box) -> Box:
    """What a seal covers that may be worn on one side: as high as wide."""
    left, top, right, bottom = box
    across, down = max(0.0, bottom - top - right + left), max(0.0, right - left - bottom + top)
    return left - across, top - down, right + across, bottom + down


def red_shares(
    cut: Patches, colour: Image, gains: Gains, which: Sequence[int], rows: slice, columns: slice
) -> list[float]:
    """Which part of the ink inside these bubbles is red, 0 where less than half of it is.

    In an image that has nothing red as large as a stroke it is the camera's colours.
    """
    import numpy as np

    height, width = rows.stop - rows.start, columns.stop - columns.start
    side = max(height, width)
    affines = cut.affines[which]
    affines[:, :, 2] += affines[:, :, :2] @ np.array([columns.start, rows.start], np.float32)
    inside = warp(colour, affines, side).reshape(-1, side, 3)
    red = (_redness(inside, gains) > RED).reshape(-1, side, side)[:, :height, :width]
    dark = cut.ink[which][:, rows, columns] > 0.2 * UNIT
    area = dark.sum(axis=(1, 2))
    shares = np.where(area >= 4, (red & dark).sum(axis=(1, 2)) / np.maximum(area, 1), 0.0)
    shares[shares <= 0.5] = 0.0
    # Looking through the whole image takes longest and is hardly ever needed.
    seen: list[float] = (shares * (shares.any() and any_red(colour, cut.millimetre(), gains))).tolist()
    return seen


def _redness(colour: Image, gains: Gains) -> Image:
    """By how much red exceeds green and blue as they would be on grey paper, 0 where it does not; (h, w)."""
    import cv2

    red, green, blue = cv2.split(colour)
    if max(abs(gain - 1) for gain in gains) > 0.02:
        green, blue = (cv2.convertScaleAbs(each, alpha=gain) for each, gain in zip((green, blue), gains, strict=True))
    redness: Image = cv2.subtract(red, cv2.max(green, blue))
    return redness
