"""Cut every bubble out of the image, straight and at one scale, and turn grey into ink.

A patch is SIDE x SIDE pixels at DENSITY pixels a millimetre with the bubble in its middle. Ink is 0 on bare paper and 1
where the printer's own black stands, whatever the light: each patch is measured against the paper around its bubble.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .layout import Page, Place
from .locate import PageMap

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Image = NDArray[np.uint8]

DENSITY = 6
REACH_MM = 4.5
"""How far a patch reaches beyond its bubble on each side."""
LABEL_MM = 3.6
"""From here on, right of a bubble, its printed label may begin."""
SHIFT_MM = 1.6
"""Largest error of place that a bubble's own frame can put right."""


@dataclass
class Patches:
    """Patches of one page: `grey` (n, side, side) as scanned, `ink` (n, side, side), both with the frame in place."""

    grey: Image
    ink: Floats
    half: Floats
    """(n, 2) half width and half height of each bubble, pixels."""
    affines: Floats
    """(n, 2, 3) patch pixels to image pixels."""
    blackness: float
    """How much darker than paper the printer's black is: 1 - black / paper."""
    noise: float
    """Standard deviation of ink on bare paper."""


def cut(grey: Image, page: Page, page_map: PageMap) -> Patches:
    """Patches of all bubbles of a page, moved so that each frame sits exactly in the middle."""
    import numpy as np

    side = patch_side(page.bubbles)
    half = np.array([[place.w / 2, place.h / 2] for place in page.bubbles], dtype=np.float32) * DENSITY
    centres = np.array([[place.x + place.w / 2, place.y + place.h / 2] for place in page.bubbles])
    blackness = _blackness(grey, page, page_map)
    affines = _affines(page_map, centres, side)
    stack = warp(grey, affines, side)
    ink = ink_of(stack, half, blackness)
    shifts, sure = _frame_shifts(ink, half, page.line)
    shifts = _settle(shifts, sure, centres)
    moved = np.flatnonzero(np.abs(shifts).max(axis=1) >= 0.75)
    if len(moved):
        affines[moved, :, 2] += np.einsum("nij,nj->ni", affines[moved, :, :2], shifts[moved])
        stack[moved] = warp(grey, affines[moved], side)
        ink[moved] = ink_of(stack[moved], half[moved], blackness)
    return Patches(stack, ink, half, affines, blackness, _noise(ink, half))


def patch_side(bubbles: Sequence[Place]) -> int:
    """Side of the patches in pixels: the largest bubble and its surroundings."""
    largest = max(max(place.w, place.h) for place in bubbles)
    return 2 * int(round((largest / 2 + REACH_MM) * DENSITY))


def warp(image: Image, affines: Floats, side: int) -> Image:
    """Patches (n, side, side[, 3]) of an image under affines (n, 2, 3) from patch to image pixels."""
    import cv2
    import numpy as np

    stack = np.empty((len(affines), side, side, *image.shape[2:]), dtype=np.uint8)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    for index, affine in enumerate(affines):
        cv2.warpAffine(image, affine, (side, side), dst=stack[index], flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return stack


def ink_of(stack: Image, half: Floats, blackness: float) -> Floats:
    """Ink (n, side, side) of grey patches, against the paper on the four sides of each bubble."""
    import numpy as np

    count, side = stack.shape[:2]
    block = 4
    cells = side // block
    coarse = stack[:, : cells * block, : cells * block].reshape(count, cells, block, cells, block)
    coarse = coarse.mean(axis=(2, 4), dtype=np.float32)
    middle = (cells - 1) / 2
    inner = int(np.ceil(float(half.max()) / block + 0.4))
    low, high = int(middle - inner), int(np.ceil(middle + inner)) + 1
    right = cells - 1 - int(np.ceil((REACH_MM - LABEL_MM) * DENSITY / block))
    levels = [
        _bright(coarse[:, :low, : right + 1]), _bright(coarse[:, high:, : right + 1]),
        _bright(coarse[:, :, :low]), _bright(coarse[:, :, high : right + 1]),
    ]  # fmt: skip
    top, bottom, left, right_level = levels
    across = (np.arange(side, dtype=np.float32) - (side - 1) / 2) / (side / 2)
    level = np.median(np.stack(levels), axis=0)
    slope_x = np.clip((right_level - left) / 2 / np.maximum(level, 1), -0.25, 0.25) * level * 1.25
    slope_y = np.clip((bottom - top) / 2 / np.maximum(level, 1), -0.25, 0.25) * level * 1.25
    paper = (
        level[:, None, None]
        + slope_x[:, None, None] * across[None, None, :]
        + slope_y[:, None, None] * across[None, :, None]
    )
    ink: Floats = ((1.0 - stack / np.maximum(paper, 8.0)) * np.float32(1.0 / blackness)).astype(np.float32)
    return ink


def _bright(cells: Floats) -> Floats:
    """The level that three quarters of the cells stay below, (n,): paper, unless nearly all of it is covered."""
    import numpy as np

    flat = cells.reshape(len(cells), -1)
    rank = int(flat.shape[1] * 0.7)
    level: Floats = np.partition(flat, rank, axis=1)[:, rank]
    return level


def _affines(page_map: PageMap, centres: NDArray[np.float64], side: int) -> Floats:
    """(n, 2, 3) from patch pixels to image pixels, exact at each bubble's middle."""
    import numpy as np

    reach = 3.0
    offsets = np.array([[0.0, 0.0], [reach, 0.0], [-reach, 0.0], [0.0, reach], [0.0, -reach]])
    points = page_map.to_pixels(centres[:, None, :] + offsets)
    x_axis = (points[:, 1] - points[:, 2]) / (2 * reach * DENSITY)
    y_axis = (points[:, 3] - points[:, 4]) / (2 * reach * DENSITY)
    corner = points[:, 0] - (x_axis + y_axis) * (side - 1) / 2
    affines: Floats = np.stack([x_axis, y_axis, corner], axis=2).astype(np.float32)
    return affines


def _blackness(grey: Image, page: Page, page_map: PageMap) -> float:
    """1 - black / paper, from the black borders of the corner markers and the paper beside them."""
    import cv2
    import numpy as np

    values = []
    for corners in page.markers.values():
        centre, side = corners.mean(axis=0), float(np.linalg.norm(corners[1] - corners[0]))
        turn = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
        black = np.concatenate([turn * (side * 5 / 12), turn @ [[1, 0.5], [-0.5, 1]] * (side * 5 / 12)]) + centre
        white = turn * (side / 2 + 2.2) + centre
        pixels = page_map.to_pixels(np.concatenate([black, white])).astype(np.float32)
        sampled = cv2.remap(grey, pixels[None], None, cv2.INTER_LINEAR, borderValue=0)[0]
        values.append(1.0 - float(np.median(sampled[:8])) / max(float(sampled[8:].max()), 1.0))
    return float(np.clip(np.median(values), 0.25, 1.0))


def _frame_shifts(ink: Floats, half: Floats, line_mm: float) -> tuple[Floats, NDArray[np.bool_]]:
    """How far (n, 2) pixels each frame lies from the middle of its patch, and (n, 2) whether that is sure."""
    import numpy as np

    count, side = ink.shape[:2]
    middle, line = (side - 1) / 2, line_mm * DENSITY / 2
    most = int(SHIFT_MM * DENSITY)
    width, height = float(np.median(half[:, 0])), float(np.median(half[:, 1]))
    steps = np.arange(-most, most + 1)
    each = np.arange(count)
    shifts, sure = np.zeros((count, 2), np.float32), np.zeros((count, 2), bool)
    for axis, (extent, span) in enumerate(((width, height), (height, width))):
        low, high = int(middle - span * 0.85), int(middle + span * 0.85) + 1
        band = ink[:, low:high, :] if axis == 0 else ink[:, :, low:high]
        profile = np.clip(band, 0.0, 1.0).mean(axis=1 + axis)
        first = np.round(middle - extent + line + steps).astype(int)
        last = np.round(middle + extent - line + steps).astype(int)
        # A line with paper on its outer side: marks inside the box do not look like that on both sides at once.
        match = np.minimum(profile[:, first] - profile[:, first - 4], profile[:, last] - profile[:, last + 4])
        best = match.argmax(axis=1)
        inner = (best > 0) & (best < 2 * most)
        peak, before, after = (match[each, np.clip(best + step, 0, 2 * most)] for step in (0, -1, 1))
        bend = before - 2 * peak + after
        fine = np.where(inner & (bend < -1e-6), (before - after) / (2 * np.minimum(bend, -1e-6)), 0.0)
        shifts[:, axis] = best - most + np.clip(fine, -0.5, 0.5)
        sure[:, axis] = inner & (peak > max(0.04, 0.5 * float(np.median(peak))))
    return shifts, sure


def _settle(shifts: Floats, sure: NDArray[np.bool_], centres: NDArray[np.float64]) -> Floats:
    """Shifts that agree with those of the nearest boxes; where a box does not, it takes theirs."""
    import numpy as np

    distances = ((centres[:, None, :] - centres[None, :, :]) ** 2).sum(axis=-1)
    nearest = np.argsort(distances, axis=1)[:, :7]
    settled = np.zeros_like(shifts)
    for axis in (0, 1):
        known = np.where(sure[:, axis], shifts[:, axis], np.nan)
        if np.isnan(known).all():
            continue
        around = known[nearest]
        lonely = np.isnan(around).all(axis=1)
        around[lonely] = np.nanmedian(known)
        local = np.nanmedian(around, axis=1)
        close = np.abs(known - local) < 0.5 * DENSITY
        settled[:, axis] = np.where(close, known, local)
    return settled


def _noise(ink: Floats, half: Floats) -> float:
    """Noise of bare paper: the median over patches of the spread along their upper and lower edges."""
    import numpy as np

    rows = np.concatenate([ink[:, 1:5], ink[:, -5:-1]], axis=1)[:, :, : -int((REACH_MM - LABEL_MM + 0.3) * DENSITY)]
    spread = np.abs(rows - np.median(rows, axis=(1, 2), keepdims=True))
    return float(1.4826 * np.median(np.median(spread, axis=(1, 2))))
