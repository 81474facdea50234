"""Find the page in an image: corner markers, mid-edge marks, and the map from paper to pixels.

The map is a homography through the corner markers plus a thin-plate spline through the mid-edge marks, so that a
bent page is straightened. All paper coordinates are millimetres, all image coordinates pixels (x right, y down, the
centre of the first pixel at 0, 0).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from . import hollow, markers
from .layout import Layout, Page
from .scale import median_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Points = NDArray[np.float64]
    Image = NDArray[np.uint8]

RESIDUAL_MOST = 3.0
"""Millimetres: pages bent or crumpled stay below 0.5; corners of two sheets make no page."""
REFITS = 2
"""How often the mid-edge marks are measured again where two corner markers are all there is."""
ROOM = 0.5
"""Part of the image below which a page leaves room for another one, which is then looked for."""


@dataclass
class PageMap:
    """Where a page lies in an image: `homography` (3, 3) from millimetres to pixels and the bend on top of it."""

    page: int
    homography: Points
    anchors: Points
    weights: Points
    markers: tuple[int, ...]
    """Ids of the corner markers that were found."""
    residual: float
    """Root mean square distance of the marker corners from the homography, millimetres."""

    def to_pixels(self, points: Points, *, printed: bool = False) -> Points:
        """Image positions (..., 2) of paper positions (..., 2).

        printed: these are places that a layout fixes; what the bend needs to know of them is kept for the next sheet.
        """
        import numpy as np

        flat = points.reshape(-1, 2)
        if len(self.anchors):
            basis = _basis_of(flat.tobytes(), self.anchors.tobytes()) if printed else _spline_basis(flat, self.anchors)
            flat = flat + basis @ self.weights
        image = flat @ self.homography[:, :2].T + self.homography[:, 2]
        result: Points = np.asarray(image[:, :2] / image[:, 2:]).reshape(points.shape)
        return result

    def scale(self) -> float:
        """Pixels a millimetre in the middle of the page."""
        import numpy as np

        square = np.array([[100.0, 140.0], [110.0, 140.0], [110.0, 150.0], [100.0, 150.0]])
        corners = self.to_pixels(square, printed=True)
        across, down = corners[2] - corners[0], corners[3] - corners[1]
        return float(np.sqrt(abs(across[0] * down[1] - across[1] * down[0]) / 2) / 10)


def locate(grey: Image, layout: Layout) -> PageMap | None:
    """The page in a grey image, or None when no two markers of one page are to be found."""
    found = markers.in_corners(grey, layout) or markers.anywhere(grey, layout)
    if found is None or len(found[1]) < 3:
        found = hollow.anywhere(grey, layout) or found
    if found is None:
        return None
    page, corners = found
    missing = [marker for marker in range(4 * page - 4, 4 * page) if marker not in corners]
    # Twice where two are missing: with the second found, it is better known where the first should be.
    for marker in missing * len(missing):
        if marker not in corners:
            corners |= _missed(grey, layout, page, corners, marker)
    return _page_map(grey, layout, page, corners)


def has_others(grey: Image, layout: Layout, page_map: PageMap) -> bool:
    """Whether there is more than one sheet in an image in which this page was found."""
    import cv2
    import numpy as np

    if page_map.residual > RESIDUAL_MOST:
        return True
    width, height = layout.page_mm
    edge = page_map.to_pixels(np.array([[0, 0], [width, 0], [width, height], [0, height]])).astype(np.float32)
    if cv2.contourArea(edge) > ROOM * grey.size:
        return False
    beside = [
        marker // 4
        for marker, corners in markers.all_markers(grey, layout, markers.WHOLE_SIZES[1])
        if cv2.pointPolygonTest(edge, corners.mean(axis=0).tolist(), False) < 0
    ]
    return any(beside.count(page) >= 2 for page in set(beside))


def straighten(grey: Image, page: Page, page_map: PageMap) -> None:
    """Measure the mid-edge marks and put the page's bend into its map."""
    import numpy as np

    if not len(page.marks):
        return
    expected, measured = _measure_marks(grey, page, page_map)
    if len(page_map.markers) == 2:
        for _ in range(REFITS):
            _refit(page, page_map, expected, measured)
            expected, measured = _measure_marks(grey, page, page_map)
    if len(expected) < 3:
        return
    fixed = np.array([page.corners[marker] for marker in page_map.markers if marker in page.corners])
    anchors = np.concatenate([fixed, expected])
    page_map.anchors, page_map.weights = anchors, _bend_of(anchors.tobytes())[:, len(fixed) :] @ (measured - expected)


def _refit(page: Page, page_map: PageMap, expected: Points, measured: Points) -> None:
    """Draw the homography through the mid-edge marks, too: through two markers of one edge it is far off at the other.

    There a mark may be cut off, or out of sight altogether: it is looked for again.
    """
    import cv2
    import numpy as np

    corners = np.concatenate([page.markers[marker] for marker in page_map.markers])
    pixels = page_map.to_pixels(np.concatenate([corners, measured]))
    homography, _ = cv2.findHomography(np.concatenate([corners, expected]), pixels, 0)
    if homography is not None:
        page_map.homography = homography


def _measure_marks(grey: Image, page: Page, page_map: PageMap) -> tuple[Points, Points]:
    """Expected and measured centres (n, 2), millimetres, of the discs that were found."""
    import cv2
    import numpy as np

    reach, density = page.mark_d / 2 + 5.0, 2.0
    size = int(2 * reach * density)
    steps = np.array([[0.0, 0.0], [3.0, 0.0], [0.0, 3.0]])
    points = page_map.to_pixels(page.marks[:, None, :] + steps)
    axes = (points[:, 1:] - points[:, :1]) / (3.0 * density)
    corners = points[:, 0] - axes.sum(axis=1) * (size - 1) / 2
    affines = np.concatenate([axes, corners[:, None]], axis=1).transpose(0, 2, 1)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    patches = np.empty((len(affines), size, size), np.uint8)
    for patch, affine in zip(patches, affines, strict=True):
        cv2.warpAffine(grey, affine, (size, size), dst=patch, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    area = np.pi / 4 * (page.mark_d * density) ** 2
    found, measured = _discs(patches, area)
    expected = page.marks[found]
    return expected, expected + (np.array(measured).reshape(-1, 2) + 0.5) / density - reach


def _discs(patches: Image, area: float) -> tuple[list[int], list[list[float]]]:
    """Which patches (n, size, size) show one dark disc of about this area and no more, and its centre there, pixels."""
    import cv2
    import numpy as np

    count, size = patches.shape[:2]
    # What is darker than nearly all of a patch, and what is lighter than most of it.
    ranks = [int(part * size * size) for part in (0.04, 0.8)]
    low, high = np.partition(patches.reshape(count, -1), ranks, axis=1)[:, ranks].T.astype(np.int64)
    # One under another, with a bare row between.
    dark = np.zeros((count, size + 1, size), np.uint8)
    dark[:, :size] = patches < ((low + high) / 2)[:, None, None]
    _, _, stats, centroids = cv2.connectedComponentsWithStats(dark.reshape(-1, size), connectivity=4)
    fits: list[list[list[float]]] = [[] for _ in range(count)]
    for (_, top, width, height, black), (x, y) in zip(stats[1:].tolist(), centroids[1:].tolist(), strict=True):
        if 0.6 * area < black < 1.5 * area and 0.7 < width / height < 1.4 and black > 0.68 * width * height:
            index = top // (size + 1)
            fits[index].append([x, y - index * (size + 1)])
    clear = [index for index in np.flatnonzero(high - low >= 40).tolist() if len(fits[index]) == 1]
    return clear, [fits[index][0] for index in clear]


def _missed(grey: Image, layout: Layout, page: int, found: dict[int, Points], missing: int) -> dict[int, Points]:
    """A marker that was missed, looked for where the others say it should be."""
    import cv2
    import numpy as np

    rough = _page_map(grey, layout, page, found)
    if rough is None:
        return {}
    middle = rough.to_pixels(_marker_on_paper(layout, missing).mean(axis=0))
    reach = int(18 * rough.scale())
    left, top = (max(0, int(value) - reach) for value in middle)
    part = grey[top : max(0, int(middle[1]) + reach), left : max(0, int(middle[0]) + reach)]
    if min(part.shape) < 20:
        return {}
    factor = 144 / (2 * reach)
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    small = cv2.resize(part, None, fx=factor, fy=factor, interpolation=method)
    corners, ids, _ = markers.detector_of(layout.dictionary, 7, 47, 0.35).detectMarkers(small)
    for marker, four in zip([] if ids is None else ids.ravel().tolist(), corners, strict=True):
        if marker == missing:
            return {missing: (four[0] + 0.5) / factor - 0.5 + np.array([left, top])}
    return {}


def _marker_on_paper(layout: Layout, marker: int) -> Points:
    """Corners of a marker on its page: as the layout says, or as our sheets have them on a page it does not know."""
    import numpy as np

    from .design import marker_corners

    known = layout.pages.get(marker // 4 + 1)
    return known.markers[marker] if known and marker in known.markers else np.array(marker_corners(marker % 4))


def _page_map(grey: Image, layout: Layout, page: int, found: dict[int, Points]) -> PageMap | None:
    """The homography through the corners of the markers found, refined in the full image."""
    import cv2
    import numpy as np

    paper = np.concatenate([_marker_on_paper(layout, marker) for marker in found])
    rough = np.concatenate(list(found.values())).astype(np.float32)
    module = median_of(_lengths(rough[1::4] - rough[::4])) / 6
    reach = max(2, int(module * 0.5))
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 0.02)
    image = cv2.cornerSubPix(grey, rough.copy().reshape(-1, 1, 2), (reach, reach), (-1, -1), criteria).reshape(-1, 2)
    moved = _lengths(image - rough) > module
    image[moved] = rough[moved]
    homography, _ = cv2.findHomography(paper, image, 0)
    if homography is None:
        return None
    empty = np.zeros((0, 2))
    page_map = PageMap(page, homography, empty, empty, tuple(found), 0.0)
    distances = page_map.to_pixels(paper) - image
    page_map.residual = float((distances**2).sum() / len(paper)) ** 0.5 / max(module / 2, 1e-6)
    return page_map


def _lengths(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    import numpy as np

    lengths: NDArray[np.float32] = np.sqrt((vectors * vectors).sum(axis=1))
    return lengths


def _spline_basis(points: Points, anchors: Points) -> Points:
    """Thin-plate basis (n, anchors + 3) at points (n, 2)."""
    import numpy as np

    squared = ((points[:, None, :] - anchors[None, :, :]) ** 2).sum(axis=-1) / 1e4
    bend = squared * np.log(np.maximum(squared, 1e-12))
    basis: Points = np.concatenate([bend, np.ones((len(points), 1)), points / 100.0], axis=1)
    return basis


@lru_cache(maxsize=32)
def _basis_of(points: bytes, anchors: bytes) -> Points:
    """_spline_basis of points that come again and again."""
    import numpy as np

    return _spline_basis(np.frombuffer(points).reshape(-1, 2), np.frombuffer(anchors).reshape(-1, 2))


@lru_cache(maxsize=32)
def _bend_of(anchors: bytes) -> Points:
    """What turns shifts (anchors, 2) into the weights of a thin-plate spline that moves the anchors by them.

    It is lightly smoothed.
    """
    import numpy as np

    basis = _basis_of(anchors, anchors)
    count = len(basis)
    system = np.zeros((count + 3, count + 3))
    system[:count] = basis
    system[:count, :count] += 1e-4 * np.eye(count)
    system[count:, :count] = basis[:, count:].T
    bend: Points = np.linalg.inv(system).astype(np.float64)[:, :count]
    return bend
