"""Find the corner markers of a page in an image: in its corners first, then anywhere."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from .layout import Layout

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Points = NDArray[np.float64]
    Image = NDArray[np.uint8]

TILES = (0.11, 0.155, 0.24)
"""Sides of the corner tiles as parts of the image's long side: marker and inset take 0.071 of a page that fills it."""
IN_SMALL, IN_LARGE = (0.33, 4), (0.25, 3)
"""Least perimeter of a marker as a part of a tile's side, and markers to be seen, in the smallest tiles and others."""
TILE_SCALE = 3.2
"""Pixels a millimetre at which tiles are searched."""
WHOLE_SIZES = (1000, 1700, 2800)
"""Long sides at which the whole image is searched, one after another."""
SMALLEST_MARKER = 0.02
"""Side of a marker as a part of the image's long side, where a page fills most of it."""


def has_marker(grey: Image, layout: Layout) -> bool:
    """Whether a corner marker is to be seen at all."""
    import cv2

    least = SMALLEST_MARKER * max(grey.shape)
    return any(
        marker // 4 + 1 in layout.pages and cv2.contourArea(corners) > least**2
        for marker, corners in all_markers(grey, layout, WHOLE_SIZES[0])
    )


def in_corners(grey: Image, layout: Layout) -> tuple[int, dict[int, Points]] | None:
    """The markers of a page in the image's four corners, three at least; None where there are not that many."""
    long_side = max(grey.shape)
    shrink = max(1, round(long_side / layout.page_mm[1] / TILE_SCALE))
    small, middle, large = (int(long_side * part) for part in TILES)
    # The same pixels are put together in small tiles as in those after them: a marker lies in the same place in both.
    small -= (small - middle) % shrink
    for side, perimeter, enough in ((small, *IN_SMALL), (middle, *IN_LARGE), (large, *IN_LARGE)):
        found = _in_tiles(grey, detector_of(layout.dictionary, 19, 19, perimeter), side, shrink, every=enough == 4)
        if found is not None and len(found[1]) >= enough:
            return found
    return None


def _in_tiles(
    grey: Image, detector: Any, side: int, shrink: int, *, every: bool
) -> tuple[int, dict[int, Points]] | None:
    """The markers of a page in corner tiles of this side; None where there are not two, or not one in every tile."""
    import cv2
    import numpy as np

    height, width = grey.shape
    found: dict[int, Points] = {}
    for y, x in ((0, 0), (0, width - side), (height - side, width - side), (height - side, 0)):
        tile = grey[max(y, 0) : max(y, 0) + side, max(x, 0) : max(x, 0) + side]
        size = tile.shape[1] // shrink, tile.shape[0] // shrink
        small = cv2.resize(tile[: size[1] * shrink, : size[0] * shrink], size, interpolation=cv2.INTER_AREA)
        corners, ids, _ = detector.detectMarkers(small)
        if ids is None:
            if every:
                return None
            continue
        for marker, four in zip(ids.ravel().tolist(), corners, strict=True):
            found[marker] = (four[0] + 0.5) * shrink - 0.5 + np.array([max(x, 0), max(y, 0)])
    return best_page(found)


def anywhere(grey: Image, layout: Layout) -> tuple[int, dict[int, Points]] | None:
    """The markers of a page anywhere in the image, searched at growing sizes until four are found."""
    import cv2

    found: dict[int, Points] = {}
    long_side = max(grey.shape)
    for shrink in sorted({max(1, round(long_side / size)) for size in WHOLE_SIZES}, reverse=True):
        size = grey.shape[1] // shrink, grey.shape[0] // shrink
        part = grey[: size[1] * shrink, : size[0] * shrink]
        small = grey if shrink == 1 else cv2.resize(part, size, interpolation=cv2.INTER_AREA)
        for low, high in ((21, 21), (7, 47)):
            corners, ids, _ = detector_of(layout.dictionary, low, high, 0.05).detectMarkers(small)
            if ids is not None:
                for marker, four in zip(ids.ravel().tolist(), corners, strict=True):
                    found[marker] = (four[0] + 0.5) * shrink - 0.5
            best = best_page(found)
            if best and len(best[1]) == 4:
                return best
    return best_page(found)


def all_markers(grey: Image, layout: Layout, long_side: int) -> list[tuple[int, NDArray[np.float32]]]:
    """All markers (id, corners (4, 2) in pixels) in an image brought down to this long side."""
    import cv2

    shrink = max(1, round(max(grey.shape) / long_side))
    size = grey.shape[1] // shrink, grey.shape[0] // shrink
    small = cv2.resize(grey[: size[1] * shrink, : size[0] * shrink], size, interpolation=cv2.INTER_AREA)
    corners, ids, _ = detector_of(layout.dictionary, 7, 47, 0.05).detectMarkers(small)
    return [
        (int(marker), four[0] * shrink)
        for marker, four in zip(() if ids is None else ids.ravel(), corners, strict=True)
    ]


def best_page(found: dict[int, Points]) -> tuple[int, dict[int, Points]] | None:
    """The page with most of its markers found (two at least), and those markers."""
    pages: dict[int, dict[int, Points]] = {}
    for marker, corners in found.items():
        pages.setdefault(marker // 4 + 1, {})[marker] = corners
    best = max(pages.items(), key=lambda item: len(item[1]), default=None)
    return best if best is not None and len(best[1]) >= 2 else None


@cache
def detector_of(dictionary: str, low: int, high: int, perimeter: float) -> Any:
    import cv2

    parameters = cv2.aruco.DetectorParameters()
    parameters.adaptiveThreshWinSizeMin, parameters.adaptiveThreshWinSizeMax = low, high
    parameters.minMarkerPerimeterRate = perimeter
    parameters.errorCorrectionRate = 0.4
    return cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, dictionary)), parameters)
