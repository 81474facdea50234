"""A bubble's own printed frame: where it lies in its patch, how it is turned, and whether it is there at all."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from .scale import DENSITY, UNIT, median_of, middle_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Image = NDArray[np.uint8]
    Mask = NDArray[np.bool_]
    Whole = NDArray[np.int64]

SHIFT_MM = 2.6
"""Largest error of place that a bubble's own frame can put right."""
TURN = 0.018
"""Turn or shear in radians that does no harm and is left alone; and the largest that is believed."""
TURN_MOST = 0.14
CLEAR = 0.75
"""Part of the usual ink of a frame from which it is believed against its neighbours."""
SEEN = 0.3
"""Part of the usual ink of a frame's line below which the line is not there."""
BANDS = ((-0.85, 0.85), (-0.9, -0.3), (0.3, 0.9))
WHOLE, ENDS = 0, slice(1, 3)
"""Parts of a frame's side, from its middle to its ends, over which ink is averaged; which of them are which."""
FAINT = 0.1
"""Usual ink of frames below which nothing is said about them: somebody else's print without frames."""


def profiles_of(ink: Image, spans: Sequence[float]) -> Floats:
    """Mean ink (bands, 2, n, side), 0 to 1, of the patches' columns and rows over each of BANDS of the other axis.

    Here and below spans are the usual half width and half height of a frame, pixels.
    """
    import cv2
    import numpy as np

    count, side = ink.shape[:2]
    sums = cv2.integral(cv2.min(ink.reshape(count * side, side), UNIT))
    profiles = np.empty((len(BANDS), 2, count, side), np.float32)
    for axis, span in enumerate(reversed(spans)):
        for index, (low, high) in enumerate(BANDS):
            first, last = int((side - 1) / 2 + low * span), int((side - 1) / 2 + high * span) + 1
            if axis == 0:
                part = sums[last::side] - sums[first:-1:side]
                band = part[:, 1:] - part[:, :-1]
            else:
                part = sums[:, last] - sums[:, first]
                band = (part[1:] - part[:-1]).reshape(count, side)
            # Their means to a level of ink, as bytes would hold them.
            np.multiply(band, np.float32(1 / (last - first)), out=profiles[index, axis], casting="same_kind")
    np.rint(profiles, out=profiles)
    profiles /= np.float32(UNIT)
    return profiles


def shifts_of(profiles: Floats, spans: Sequence[float], line_mm: float, nearest: NDArray[np.int64]) -> Floats:
    """How far (n, 2) pixels each frame lies from the middle of its patch, in agreement with its neighbours."""
    import numpy as np

    shifts, clear = _along(profiles[WHOLE], spans, line_mm, int(SHIFT_MM * DENSITY))
    return _settle(np.ascontiguousarray(shifts.T), clear.T, nearest, 0.5 * DENSITY)


def turns_of(profiles: Floats, spans: Sequence[float], line_mm: float, nearest: NDArray[np.int64]) -> Floats | None:
    """Matrices (n, 2, 2) that straighten frames turned or sheared by a bend; None where all are straight enough."""
    import numpy as np

    ends, known = _along(profiles[ENDS].reshape(4, *profiles.shape[2:]), spans, line_mm, 4)
    slopes = (ends[2:] - ends[:2]).T / (1.2 * np.array(spans[::-1], np.float32))
    clear = np.minimum(known[:2], known[2:]).T
    clear[np.abs(slopes) > TURN_MOST] = 0
    slopes = _settle(slopes, clear, nearest, 0.04)
    if not len(slopes) or float(np.abs(slopes).max()) < TURN:
        return None
    turned = np.zeros((len(slopes), 2, 2), np.float32)
    turned[:, 0, 0] = turned[:, 1, 1] = 1.0
    turned[:, 0, 1], turned[:, 1, 0] = slopes[:, 0], slopes[:, 1]
    return turned


def seen(profiles: Floats, spans: Sequence[float], line_mm: float) -> Mask:
    """Whether (n,) at least three sides of each bubble's frame are to be seen."""
    import numpy as np

    count, side = profiles.shape[2:]
    middle, line = (side - 1) / 2, line_mm * DENSITY / 2
    levels = []
    for profile, extent in zip(profiles[WHOLE], spans, strict=True):
        for sign in (-1, 1):
            at = round(middle + sign * (extent - line))
            levels.append(profile[:, at - 2 : at + 3].max(axis=1))
    sides = np.stack(levels, axis=1)
    usual = median_of(sides) if count else 0.0
    there: Mask = (sides > SEEN * usual).sum(axis=1) >= 3
    return there if usual >= FAINT else np.ones(count, bool)


def _along(profiles: Floats, spans: Sequence[float], line_mm: float, most: int) -> tuple[Floats, Floats]:
    """Shift (looks, n) of the frame's two lines in each look, profiles (looks, n, side) across and down in turn.

    Also (looks, n) how clear they are: the lines' ink as a part of what is usual on this page; 0 where they are not
    found.
    """
    import numpy as np

    looks, count, side = profiles.shape
    first, before, last, after = profiles.ravel()[_places(looks, count, side, tuple(spans), line_mm, most)]
    # A line with paper on its outer side: marks inside the box do not look like that on both sides at once.
    match = np.minimum(first - before, last - after)
    best = match.argmax(axis=2)
    within = (best > 0) & (best < 2 * most)
    flat = match.ravel()
    at = np.arange(0, match.size, match.shape[2]).reshape(best.shape)
    at += np.minimum(np.maximum(best, 1), 2 * most - 1)
    peak, before, after = match.max(axis=2), flat[at - 1], flat[at + 1]
    bend = before - 2 * peak + after
    fine = (before - after) / (2 * np.minimum(bend, -1e-6))
    fine *= within & (bend < -1e-6)
    shifts: Floats = (best - most + np.minimum(np.maximum(fine, -0.5), 0.5)).astype(np.float32)
    usual = np.maximum(middle_of(peak), 0.04)
    clear: Floats = peak / usual[:, None]
    clear *= within & (peak > 0.04)
    return shifts, clear


@lru_cache(maxsize=8)
def _places(
    looks: int, count: int, side: int, spans: tuple[float, ...], line_mm: float, most: int
) -> NDArray[np.int64]:
    """Flat indices (4, looks, count, steps) of profiles, for each step that a frame may be out of place.

    Where its first line is then, what lies before that, its last line, and what lies after it.
    """
    import numpy as np

    middle, line = (side - 1) / 2, line_mm * DENSITY / 2
    steps, aside = np.arange(-most, most + 1), round(0.65 * DENSITY)
    across = np.array(spans)[:, None]
    first = np.round(middle - across + line + steps).astype(int)
    last = np.round(middle + across - line + steps).astype(int)
    columns = np.tile(np.stack([first, first - aside, last, last + aside]), (1, looks // 2, 1))
    return columns[:, :, None] + np.arange(looks * count).reshape(looks, count, 1) * side


def _settle(values: Floats, clear: Floats, nearest: NDArray[np.int64], close_by: float) -> Floats:
    """Values (n, 2) that agree with those of the nearest boxes; where a box's own does not, it takes theirs.

    A frame that is quite clear is believed against its neighbours: a turned-up corner moves one box and not the next,
    and no mark looks like two lines at a frame's distance with paper beyond them.
    """
    import numpy as np

    sure = clear > 0.5
    usual = [float(middle_of(values[None, each, axis])[0]) if each.any() else 0.0 for axis, each in enumerate(sure.T)]
    known = np.where(sure, values, np.array(usual, np.float32))
    local = middle_of(known[nearest])
    own = (sure & (np.abs(known - local) < close_by)) | (clear.min(axis=1) > CLEAR)[:, None]
    return np.where(own, known, local)
