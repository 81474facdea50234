"""How long a stroke is along its own way, which may fold, and how near a disc: from the area and outline of its mask.

A cross has twice the ink of a line of the same extent, a scrawl several times: for its way it has as much.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from .scale import DENSITY, sums_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]
    Floats = NDArray[np.float64]

ACROSS = 20
"""What one crossing counts, so that whole numbers will do."""


def ways_of(strokes: Mask) -> tuple[Floats, Floats]:
    """Length along its way in millimetres and roundness of each mask (n, h, w); 1.27 is a disc, a line has far less.

    What is cut off by the mask's border has no outline there.
    """
    import numpy as np

    area = sums_of(strokes.reshape(len(strokes), -1)) / DENSITY**2
    outline = np.maximum(_outlines(strokes), 1 / DENSITY)
    # A line of length l and width w has area l w and outline 2 l + 2 w.
    quarter = outline / 4
    length = quarter + np.sqrt(np.maximum(quarter**2 - area, 0))
    return length, area / quarter**2


def _outlines(strokes: Mask) -> Floats:
    """Length of the outline of each mask, millimetres: by how often lines of four directions cross it (Crofton)."""
    import cv2
    import numpy as np

    tall = strokes.view(np.uint8).reshape(-1, strokes.shape[2])
    cells = cv2.filter2D(
        tall, -1, np.array([[1, 2], [4, 8]], np.float32), anchor=(0, 0), borderType=cv2.BORDER_REPLICATE
    ).reshape(strokes.shape)
    # The last row of a mask meets the first of the next.
    crossed = cv2.LUT(np.ascontiguousarray(cells[:, :-1]).reshape(len(strokes), -1), _crossings())
    outlines: Floats = sums_of(crossed) * (np.pi / 8 / DENSITY / ACROSS)
    return outlines


@cache
def _crossings() -> NDArray[np.uint8]:
    """For each pattern of two by two pixels how often it is crossed: every side belongs to two such cells."""
    import numpy as np

    table = np.zeros(256, np.uint8)
    for pattern in range(16):
        a, b, c, d = (pattern >> bit & 1 for bit in range(4))
        sides, slants = (a != b) + (c != d) + (a != c) + (b != d), (a != d) + (b != c)
        table[pattern] = round(ACROSS * (sides / 2 + slants * 0.5**0.5))
    return table
