"""A bubble's own printed frame: where it lies in its patch, how it is turned, and whether it is there at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .scale import DENSITY, UNIT, middle_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Image = NDArray[np.uint8]
    Mask = NDArray[np.bool_]

SHIFT_MM = 2.6
"""Largest error of place that a bubble's own frame can put right."""
TURN = 0.018
"""Turn or shear in radians that does no harm and is left alone; and the largest that is believed."""
TURN_MOST = 0.14
CLEAR = 0.75
"""Part of the usual ink of a frame from which it is believed against its neighbours."""
SEEN = 0.3
"""Part of the usual ink of a frame's line below which the line is not there."""
FAINT = 0.1
"""Usual ink of frames below which nothing is said about them: somebody else's print without frames."""


def shifts_of(ink: Image, half: Floats, line_mm: float, nearest: NDArray[np.int64]) -> Floats:
    """How far (n, 2) pixels each frame lies from the middle of its patch, in agreement with its neighbours."""
    import numpy as np

    spans = middle_of(half.T).tolist()
    looks = [(axis, -0.85 * spans[1 - axis], 0.85 * spans[1 - axis]) for axis in (0, 1)]
    shifts, clear = _along(ink, spans, line_mm, looks, int(SHIFT_MM * DENSITY))
    return _settle(np.ascontiguousarray(shifts.T), clear.T, nearest, 0.5 * DENSITY)


def turns_of(ink: Image, half: Floats, line_mm: float, nearest: NDArray[np.int64]) -> Floats | None:
    """Matrices (n, 2, 2) that straighten frames turned or sheared by a bend; None where all are straight enough."""
    import numpy as np

    spans = middle_of(half.T).tolist()
    looks = [
        (axis, low * spans[1 - axis], high * spans[1 - axis])
        for low, high in ((-0.9, -0.3), (0.3, 0.9))
        for axis in (0, 1)
    ]
    ends, known = _along(ink, spans, line_mm, looks, 4)
    slopes = (ends[2:] - ends[:2]).T / (1.2 * np.float32(spans[::-1]))
    clear = np.minimum(known[:2], known[2:]).T
    clear[np.abs(slopes) > TURN_MOST] = 0
    slopes = _settle(slopes, clear, nearest, 0.04)
    if not len(slopes) or float(np.abs(slopes).max()) < TURN:
        return None
    turned = np.zeros((len(ink), 2, 2), np.float32)
    turned[:, 0, 0] = turned[:, 1, 1] = 1.0
    turned[:, 0, 1], turned[:, 1, 0] = slopes[:, 0], slopes[:, 1]
    return turned


def seen(ink: Image, half: Floats, line_mm: float) -> Mask:
    """Whether (n,) at least three sides of each bubble's frame are to be seen."""
    import numpy as np

    count, side = ink.shape[:2]
    middle, line = (side - 1) / 2, line_mm * DENSITY / 2
    levels = []
    for axis in (0, 1):
        extent, span = middle_of(half.T).tolist()[:: 1 - 2 * axis]
        low, high = int(middle - span * 0.85), int(middle + span * 0.85) + 1
        profile = _profiles(ink, low, high, axis)
        for sign in (-1, 1):
            at = round(middle + sign * (extent - line))
            levels.append(profile[:, at - 2 : at + 3].max(axis=1))
    sides = np.stack(levels, axis=1)
    usual = float(np.median(sides)) if count else 0.0
    there: Mask = (sides > SEEN * usual).sum(axis=1) >= 3
    return there if usual >= FAINT else np.ones(count, bool)


def _along(
    ink: Image, spans: Sequence[float], line_mm: float, looks: Sequence[tuple[int, float, float]], most: int
) -> tuple[Floats, Floats]:
    """Shift (looks, n) of the frame's two lines for each look: along an axis (0 across, 1 down), seen in a band.

    Also (looks, n) how clear they are: the lines' ink as a part of what is usual on this page; 0 where they are not
    found. spans: half width and half height of the frames, pixels.
    """
    import numpy as np

    count, side = ink.shape[:2]
    middle, line = (side - 1) / 2, line_mm * DENSITY / 2
    steps, aside = np.arange(-most, most + 1), round(0.65 * DENSITY)
    match = np.empty((len(looks), count, len(steps)), np.float32)
    for index, (axis, low, high) in enumerate(looks):
        profile = _profiles(ink, int(middle + low), int(middle + high) + 1, axis)
        first = np.round(middle - spans[axis] + line + steps).astype(int)
        last = np.round(middle + spans[axis] - line + steps).astype(int)
        # A line with paper on its outer side: marks inside the box do not look like that on both sides at once.
        outer, inner = profile[:, first] - profile[:, first - aside], profile[:, last] - profile[:, last + aside]
        np.minimum(outer, inner, out=match[index])
    best = match.argmax(axis=2)
    within = (best > 0) & (best < 2 * most)
    flat = match.ravel()
    at = np.arange(0, match.size, len(steps)).reshape(best.shape) + np.clip(best, 1, 2 * most - 1)
    peak, before, after = match.max(axis=2), flat[at - 1], flat[at + 1]
    bend = before - 2 * peak + after
    fine = np.where(within & (bend < -1e-6), (before - after) / (2 * np.minimum(bend, -1e-6)), 0.0)
    shifts: Floats = (best - most + np.clip(fine, -0.5, 0.5)).astype(np.float32)
    usual = np.maximum(middle_of(peak), 0.04)
    clear: Floats = np.where(within & (peak > 0.04), peak / usual[:, None], 0.0).astype(np.float32)
    return shifts, clear


def _profiles(ink: Image, low: int, high: int, axis: int) -> Floats:
    """Mean ink, 0 to 1, of the patches' columns (axis 0) or rows (axis 1) over the bubble's span; (n, side)."""
    import cv2
    import numpy as np

    count, side = ink.shape[:2]
    if axis == 0:
        band = np.minimum(ink[:, low:high], np.uint8(UNIT)).reshape(count * (high - low), side)
        profiles = cv2.resize(band, (side, count), interpolation=cv2.INTER_AREA)
    else:
        band = np.minimum(ink[:, :, low:high], np.uint8(UNIT)).reshape(count * side, high - low)
        profiles = cv2.resize(band, (1, count * side), interpolation=cv2.INTER_AREA).reshape(count, side)
    return profiles.astype(np.float32) / np.float32(UNIT)


def _settle(values: Floats, clear: Floats, nearest: NDArray[np.int64], close_by: float) -> Floats:
    """Values (n, 2) that agree with those of the nearest boxes; where a box's own does not, it takes theirs.

    A frame that is quite clear is believed against its neighbours: a turned-up corner moves one box and not the next,
    and no mark looks like two lines at a frame's distance with paper beyond them.
    """
    import numpy as np

    settled = np.zeros_like(values)
    for axis in (0, 1):
        sure = clear[:, axis] > 0.5
        if not sure.any():
            continue
        usual = float(middle_of(values[None, sure, axis])[0])
        known = np.where(sure, values[:, axis], usual)
        local = middle_of(known[nearest])
        own = (sure & (np.abs(known - local) < close_by)) | (clear.min(axis=1) > CLEAR)
        settled[:, axis] = np.where(own, known, local)
    return settled
