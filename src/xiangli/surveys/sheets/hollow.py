"""Corner markers whose black has gone hollow: what an adaptive threshold (a scanner app's "black and white") leaves.

Such a filter calls dark what is darker than its surroundings: of a large black only the rim stays black. So a marker is
known by what lies close to its edges, where black and white are still told apart.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from . import markers
from .layout import Layout

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Points = NDArray[np.float64]
    Image = NDArray[np.uint8]

CELL, CELLS, RIM = 8, 6, 3
"""Pixels of a marker's cell when looked at, cells along its side, and pixels from an edge up to which black holds."""
ALIKE, CLEARLY = 0.9, 0.015
"""Part of those pixels that must agree, and by how much the next best marker must fall short of it."""


def anywhere(grey: Image, layout: Layout) -> tuple[int, dict[int, Points]] | None:
    """The markers of a page anywhere in the image, hollow ones among them; None where there are not two."""
    import cv2
    import numpy as np

    shrink = max(1, round(max(grey.shape) / markers.WHOLE_SIZES[1]))
    size = grey.shape[1] // shrink, grey.shape[0] // shrink
    small = cv2.resize(grey[: size[1] * shrink, : size[0] * shrink], size, interpolation=cv2.INTER_AREA)
    whole, ids, squares = markers.detector_of(layout.dictionary, 7, 47, 0.05).detectMarkers(small)
    found: dict[int, tuple[float, Points]] = {}
    for (square,) in squares:
        known = _known(small, square, layout.dictionary)
        if known is not None and known[1] > found.get(known[0], (0.0,))[0]:
            marker, alike, turns = known
            found[marker] = alike, np.roll(square, -turns, axis=0)
    corners = {marker: square for marker, (_, square) in found.items()}
    if ids is not None:
        corners |= {marker: square[0] for marker, square in zip(ids.ravel().tolist(), whole, strict=True)}
    return markers.best_page({marker: (square + 0.5) * shrink - 0.5 for marker, square in corners.items()})


def _known(small: Image, square: NDArray[np.float32], dictionary: str) -> tuple[int, float, int] | None:
    """Which marker of the dictionary a square is, how far it agrees, and by how many quarters it is turned."""
    import cv2
    import numpy as np

    side = CELL * CELLS
    flat = np.array([[0, 0], [side, 0], [side, side], [0, side]], np.float32) - 0.5
    seen = cv2.warpPerspective(small, cv2.getPerspectiveTransform(square, flat), (side, side)) > 127
    weights, black = _patterns(dictionary)
    turned = np.stack([np.rot90(seen, turns).ravel() for turns in range(4)], axis=1).astype(np.float32)
    alike = weights @ turned + black[:, None]
    best = alike.max(axis=1)
    marker = int(best.argmax())
    other = np.partition(best, -2)[-2]
    if best[marker] < ALIKE or best[marker] - other < CLEARLY:
        return None
    return marker, float(best[marker]), int(alike[marker].argmax())


@cache
def _patterns(dictionary: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Weights (n, pixels) of white pixels and constants (n,) that together give the part close to edges that agrees."""
    import cv2
    import numpy as np

    known = cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, dictionary))
    kernel, inside = np.ones((2 * RIM + 1, 2 * RIM + 1), np.uint8), slice(CELL, -CELL)
    weights, constants = [], []
    for marker in range(len(known.bytesList)):
        image = np.pad(cv2.aruco.generateImageMarker(known, marker, CELL * CELLS), CELL, constant_values=255)
        edge = (cv2.dilate(image, kernel) != cv2.erode(image, kernel))[inside, inside].ravel()
        black = (image == 0)[inside, inside].ravel()
        weights.append(np.where(black, -1.0, 1.0) * edge / edge.sum())
        constants.append((black & edge).sum() / edge.sum())
    return np.array(weights, np.float32), np.array(constants, np.float32)
