"""Cut every bubble out of the image, straight and at one scale, and turn grey into ink.

A patch is a square of DENSITY pixels a millimetre with the bubble in its middle. Ink is 0 on bare paper and UNIT where
the printer's own black stands, whatever the light: each patch is measured against the paper around its bubble.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import frames
from .layout import Page
from .locate import PageMap
from .scale import DENSITY, UNIT, coarse_of, middle_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Image = NDArray[np.uint8]

REACH_MM = 4.1
"""How far a patch reaches beyond its bubble on each side."""
LABEL_MM = 3.6
"""From here on, right of a bubble, its printed label may begin."""
LEVEL_LIGHT = 0.025
"""Fall of light over half a patch below which it is taken as even."""
SHIFT_LEFT = 0.9
"""Pixels of misplacement that do no harm and are left alone."""
FAR, ROUNDS = 4.0, 3
"""Frames that had to move this many pixels are looked at again, this often in all."""


@dataclass
class Patches:
    """Patches of one page: `ink` (n, side, side), each with its frame exactly in the middle."""

    ink: Image
    half: Floats
    """(n, 2) half width and half height of each bubble, pixels, and the usual ones."""
    spans: Sequence[float]
    affines: Floats
    """(n, 2, 3) patch pixels to image pixels."""
    blackness: float
    """How much darker than paper the printer's black is: 1 - black / paper."""
    noise: float
    """Standard deviation of ink on bare paper."""
    framed: NDArray[np.bool_]
    """(n,) whether the bubble's own frame is to be seen: where it is not, something hides the paper."""

    def millimetre(self) -> float:
        """Pixels of the image a millimetre."""
        (a, b), (c, d) = self.affines[0, :, :2].tolist()
        return float(abs(a * d - b * c) ** 0.5) * DENSITY


def cut(grey: Image, page: Page, page_map: PageMap) -> Patches:
    """Patches of all bubbles of a page, moved so that each frame sits in the middle."""
    import numpy as np

    side = 2 * round((float(page.half.max()) + REACH_MM) * DENSITY)
    half = page.half.astype(np.float32) * DENSITY
    spans = middle_of(half.T).tolist()
    blackness = _blackness(grey, page, page_map)
    affines = _affines(page_map, page.centres, side)
    ink = ink_of(warp(grey, affines, side), half, blackness)
    profiles = frames.profiles_of(ink, spans)
    look = np.arange(len(ink))
    for _ in range(ROUNDS):
        shifts = frames.shifts_of(profiles, spans, page.line, page.nearest)
        look = look[np.abs(shifts[look]).max(axis=1) >= SHIFT_LEFT]
        if not len(look):
            break
        affines[look, :, 2] += np.einsum("nij,nj->ni", affines[look, :, :2], shifts[look])
        ink[look] = moved = ink_of(warp(grey, affines[look], side), half[look], blackness)
        profiles[:, :, look] = frames.profiles_of(moved, spans)
        if float(np.abs(shifts[look]).max()) < FAR:
            break
    turned = frames.turns_of(profiles, spans, page.line, page.nearest)
    if turned is not None:
        middle = np.full(2, (side - 1) / 2, np.float32)
        centres = affines[:, :, :2] @ middle + affines[:, :, 2]
        affines[:, :, :2] = affines[:, :, :2] @ turned
        affines[:, :, 2] = centres - affines[:, :, :2] @ middle
        ink = ink_of(warp(grey, affines, side), half, blackness)
        profiles = frames.profiles_of(ink, spans)
    return Patches(ink, half, spans, affines, blackness, _noise(ink), frames.seen(profiles, spans, page.line))


def warp(image: Image, affines: Floats, side: int) -> Image:
    """Patches (n, side, side[, 3]) of an image under affines (n, 2, 3) from patch to image pixels."""
    import cv2
    import numpy as np

    stack = np.empty((len(affines), side, side, *image.shape[2:]), dtype=np.uint8)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    for index, affine in enumerate(affines):
        cv2.warpAffine(image, affine, (side, side), dst=stack[index], flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return stack


def ink_of(stack: Image, half: Floats, blackness: float) -> Image:
    """Ink (n, side, side) of grey patches, against the paper on the four sides of each bubble."""
    import cv2
    import numpy as np

    four = _paper(stack, half)
    top, bottom, left, right = four
    four = np.sort(four, axis=0)
    level = np.maximum((four[1] + four[2]) / 2, 8.0)
    slopes = np.stack([(right - left) / level, (bottom - top) / level], axis=1) / 2
    ink = np.empty_like(stack)
    gain = UNIT / blackness
    uneven = (np.abs(slopes).max(axis=1) >= LEVEL_LIGHT).tolist()
    for index, (patch, out, scale) in enumerate(zip(stack, ink, (-gain / level).tolist(), strict=True)):
        if uneven[index]:
            out[:] = _unshaded(patch, slopes[index].tolist(), scale, gain)
        else:
            cv2.addWeighted(patch, scale, patch, 0.0, gain, out)
    return ink


def _unshaded(patch: Image, slopes: Sequence[float], scale: float, gain: float) -> Floats:
    """gain + scale * patch / paper, 0 to 255, where the paper's light falls off evenly over the patch, by these slopes
    across and down."""
    import cv2
    import numpy as np

    ramp = np.linspace(-1, 1, len(patch), dtype=np.float32)
    # Sides are measured at about four fifths of the way from the middle to the border.
    across, down = (min(max(slope, -0.25), 0.25) * 1.25 for slope in slopes)
    paper = np.add.outer(ramp * np.float32(down), ramp * np.float32(across) + 1)
    light: Floats = cv2.divide(patch, paper, scale=scale, dtype=cv2.CV_32F)
    light += np.float32(gain)
    np.maximum(light, 0, out=light)
    return np.minimum(light, 255, out=light)


def _paper(stack: Image, half: Floats) -> Floats:
    """Level of the paper above, below, left and right of each bubble, (4, n)."""
    import numpy as np

    coarse = coarse_of(stack)
    count, cells = coarse.shape[:2]
    block = 4
    inner = int(np.ceil(float(half.max()) / block + 0.4))
    # As many rows above the bubbles as below them, and no label.
    low, right = int((cells - 1) / 2 - inner), cells - int(np.ceil((REACH_MM - LABEL_MM) * DENSITY / block))
    level = np.empty((4, count), np.float32)
    level[:2] = _bright(np.concatenate([coarse[:, :low, :right], coarse[:, cells - low :, :right]])).reshape(2, count)
    level[2], level[3] = _bright(coarse[:, :, :low]), _bright(coarse[:, :, cells - low : right])
    return level


def _bright(cells: Image) -> Image:
    """The level that 70 % of the cells stay below, (n,): paper, unless nearly all of it is covered."""
    import numpy as np

    flat = cells.reshape(len(cells), -1)
    rank = int(flat.shape[1] * 0.7)
    level: Image = np.partition(flat, rank, axis=1)[:, rank]
    return level


def _affines(page_map: PageMap, centres: NDArray[np.float64], side: int) -> Floats:
    """(n, 2, 3) from patch pixels to image pixels, exact at each bubble's middle."""
    import numpy as np

    reach = 3.0
    offsets = np.array([[0.0, 0.0], [reach, 0.0], [-reach, 0.0], [0.0, reach], [0.0, -reach]])
    points = page_map.to_pixels(centres[:, None, :] + offsets, printed=True)
    x_axis = (points[:, 1] - points[:, 2]) / (2 * reach * DENSITY)
    y_axis = (points[:, 3] - points[:, 4]) / (2 * reach * DENSITY)
    corner = points[:, 0] - (x_axis + y_axis) * (side - 1) / 2
    affines: Floats = np.stack([x_axis, y_axis, corner], axis=2).astype(np.float32)
    return affines


def _blackness(grey: Image, page: Page, page_map: PageMap) -> float:
    """1 - black / paper, from the black borders of the corner markers that were found and the paper beside them."""
    import cv2
    import numpy as np

    seen = [marker in page_map.markers for marker in page.markers]
    pixels = page_map.to_pixels(page.probes[seen], printed=True).astype(np.float32)
    sampled = cv2.remap(grey, pixels, None, cv2.INTER_LINEAR, borderValue=0).astype(np.float32)
    ratios = middle_of(sampled[:, :8]) / np.maximum(sampled[:, 8:].max(axis=1), 1.0)
    return min(max(float(1.0 - middle_of(ratios[None])[0]), 0.25), 1.0)


def _noise(ink: Image) -> float:
    """Noise of bare paper: the spread of the ink along the patches' upper edges, where paper is to be expected."""
    import numpy as np

    # Ink below paper is cut off at 0: half of the noise is missing, and the median of the other half is its spread. In
    # a picture of one bit nearly all paper is 0, and the few pixels that are not are somebody's stroke.
    rows = ink[:, 1:4, ::2].ravel()
    lit = max(int(np.count_nonzero(rows)), len(rows) // 2)
    rank = len(rows) - lit // 2 - 1
    seen = float(np.partition(rows, rank)[rank])
    return 1.4826 * seen / UNIT
