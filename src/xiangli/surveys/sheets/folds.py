"""Whether a straight line through a box is a fold: a fold goes on across the page, a pen's stroke ends soon."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .layout import Page
from .scale import DENSITY, middle_of
from .zones import Evidence

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from .locate import PageMap

BEYOND_MM = (0.5, 20.0)
"""How far beyond the patch, on both sides, a fold has to go on."""
STEP_MM, ASIDE_MM, SWAY_MM = 0.5, 1.7, 1.0
GOES_ON = 0.6
"""Part of the places looked at where the line has to be seen."""


def confirm(evidence: Sequence[Evidence | None], grey: NDArray[np.uint8], page: Page, page_map: PageMap) -> None:
    """Clear `through` of every line that ends near its box: that is a stroke like any other.

    A threshold tears a fold in pieces: a piece in line with what goes on across the page is one as well.
    """
    for item, centre in zip(evidence, page.centres.tolist(), strict=True):
        if item is None:
            continue
        if item.strip and _goes_on(item, item.contrast, grey, centre, page_map):
            item.through = item.contrast
        elif item.through and not _goes_on(item, item.through, grey, centre, page_map):
            item.through = 0.0


def _goes_on(item: Evidence, contrast: float, grey: NDArray[np.uint8], centre: list[float], page_map: PageMap) -> bool:
    """Whether the line is there on both sides of the box; a side off the page or full of print says nothing."""
    import cv2
    import numpy as np

    upright, offset, slope = item.line
    start = item.line_reach / DENSITY
    far = start + np.arange(BEYOND_MM[0], BEYOND_MM[1], STEP_MM)
    aside = np.concatenate([[-ASIDE_MM, ASIDE_MM], np.arange(-SWAY_MM, SWAY_MM + 0.01, 0.2)])
    along = np.concatenate([-far, far])
    across = offset / DENSITY + slope * along
    grid = np.stack(np.broadcast_arrays(along[:, None], across[:, None] + aside[None]), axis=-1) + 0.0
    if upright:
        grid = grid[..., ::-1]
    grid = grid + np.array(centre)
    pixels = page_map.to_pixels(grid).astype(np.float32)
    values = cv2.remap(grey, pixels, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    paper = values[:, :2].min(axis=1)
    inside = (grid[..., 0] > 3).all(axis=1) & (grid[..., 0] < 207).all(axis=1)
    inside &= (grid[..., 1] > 3).all(axis=1) & (grid[..., 1] < 294).all(axis=1)
    # Where the places beside the line are dark there is print: nothing can be told.
    bare = inside & (paper > 0.75 * float(middle_of(values.max(axis=1)[None])[0]))
    there = paper - values[:, 2:].min(axis=1) > 0.3 * contrast * item.blackness * paper
    half, known = len(far), 0
    for side in (slice(0, half), slice(half, 2 * half)):
        if bare[side].sum() < 8:
            continue
        known += 1
        if there[side][bare[side]].mean() < GOES_ON:
            return False
    return known > 0
