"""An official seal in a picture without colour: a ring that no printed page and no hand draws that round and large."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .layout import Page

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from .locate import PageMap

    Bytes = NDArray[np.uint8]
    Circle = tuple[float, float, float]

DENSITY = 1.0
"""Pixels a millimetre at which rings are looked for."""
RADIUS_MM = (14.0, 26.0)
BESIDE_MM = 2.0
DARKER = 0.06
"""Part by which a ring is darker than the paper on both sides of it."""
TRIES, VOTES = 3, 90.0
"""Places looked at, and edges that must point away from the square of ASIDE pixels round one: whole seals get 150 to
270 of them, print and handwriting 75 to 105."""
ASIDE = 5
EDGE, EDGES_MOST = 60.0, 6_000
"""Steepness (Sobel) of an edge that votes for a ring's middle, and how many may vote."""
ROUND = 0.6
"""Part of the way round that has to be seen: a seal may be worn, or lie half beside the page."""


def covered(grey: Bytes, page: Page, page_map: PageMap) -> NDArray[np.bool_]:
    """Which bubbles (n,) lie under a seal of a grey picture."""
    import numpy as np

    under = np.zeros(len(page.bubbles), bool)
    reach = page.half.max(axis=1) * 1.5
    for x, y, radius in find_rings(grey, page_map):
        under |= np.hypot(page.centres[:, 0] - x, page.centres[:, 1] - y) < radius + reach
    return under


def find_rings(grey: Bytes, page_map: PageMap) -> list[Circle]:
    """Rings of a seal's size: middle and radius in millimetres."""
    import cv2
    import numpy as np

    flat = _flat(grey, page_map)
    votes = _votes(flat)
    found = []
    for _ in range(TRIES):
        _, peak, _, (x, y) = cv2.minMaxLoc(votes)
        if peak < VOTES:
            break
        share, circle = _roundness(flat, float(x), float(y), np.zeros((1, 2)), np.arange(*RADIUS_MM, 0.5) * DENSITY)
        if share >= 0.6 * ROUND:
            steps = np.stack(np.meshgrid((-2.0, -1.0, 0.0, 1.0, 2.0), (-2.0, -1.0, 0.0, 1.0, 2.0)), axis=-1)
            radii = circle[2] + np.arange(-2.0, 2.1, 0.5)
            share, circle = _roundness(flat, float(x), float(y), steps.reshape(-1, 2), radii)
        if share >= ROUND:
            found.append((circle[0] / DENSITY, circle[1] / DENSITY, circle[2] / DENSITY))
        cv2.circle(votes, (x, y), int(6 * DENSITY), 0.0, -1)
    return found


def _votes(flat: Bytes) -> NDArray[np.float32]:
    """For each place how many edges turn their back to it at a seal's radius (gradient Hough transform)."""
    import cv2
    import numpy as np

    across, down = (slope.ravel().astype(np.float32) for slope in cv2.spatialGradient(flat))
    # Squares of whole numbers are exact; cv2.magnitude rounds as the memory lies: one page would read two ways.
    squares = across * across + down * down
    edges = np.flatnonzero(squares > EDGE**2)
    if len(edges) > EDGES_MOST:
        edges = edges[np.linspace(0, len(edges) - 1, EDGES_MOST).astype(np.int64)]
    steepness = np.sqrt(squares[edges])
    unit_x, unit_y = across[edges] / steepness, down[edges] / steepness
    # It gets lighter outwards: a ring's outer edge is enough, what its inner one says is no news.
    radii = -np.arange(*RADIUS_MM, 1.5, dtype=np.float32)[:, None] * np.float32(DENSITY)
    # Counted with a border wide enough for every vote, so that none has to be looked at twice.
    border = int(RADIUS_MM[1] * DENSITY) + 1
    height, width = (size + 2 * border for size in flat.shape)
    # Places are counted through row by row: whole numbers that a float holds exactly.
    row, column = np.divmod(edges, flat.shape[1])
    places, along = radii * unit_y, radii * unit_x
    np.floor(places, out=places)
    places *= width
    places += np.floor(along, out=along)
    places += ((row + border) * width + column + border).astype(np.float32)
    counts = np.bincount(places.ravel().astype(np.int64), minlength=height * width).reshape(height, width)
    counts = counts[border:-border, border:-border]
    votes: NDArray[np.float32] = cv2.boxFilter(counts.astype(np.uint16), cv2.CV_32F, (ASIDE, ASIDE), normalize=False)
    return votes


def _flat(grey: Bytes, page_map: PageMap) -> Bytes:
    """The page, straight, at DENSITY."""
    import cv2

    size = int(210 * DENSITY), int(297 * DENSITY)
    shrink, wanted = 1, page_map.scale() / DENSITY / 1.5
    # Halved as often as it takes: many times faster than shrinking at one go, and a seal is large.
    while 2 * shrink < 1.4 * wanted:
        half = grey.shape[1] // 2, grey.shape[0] // 2
        grey = cv2.resize(grey[: 2 * half[1], : 2 * half[0]], half, interpolation=cv2.INTER_AREA)
        shrink *= 2
    scale = page_map.homography * [[1 / shrink], [1 / shrink], [1.0]] * [1 / DENSITY, 1 / DENSITY, 1.0]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    flat: Bytes = cv2.warpPerspective(grey, scale, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return flat


def _roundness(
    flat: Bytes, x: float, y: float, offsets: NDArray[np.float64], radii: NDArray[np.float64]
) -> tuple[float, Circle]:
    """How far round the best of these circles there is a dark line, where paper is to be seen on both its sides."""
    import cv2
    import numpy as np

    angles = np.linspace(0, 2 * np.pi, 100, endpoint=False)
    spokes = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    best, where = 0.0, (x, y, 0.0)
    beside = BESIDE_MM * DENSITY
    rings = np.concatenate([radii - beside, radii, radii + beside])
    paper = float(np.percentile(flat[::4, ::4], 70))
    for dx, dy in offsets.tolist():
        points = (rings[:, None, None] * spokes[None] + (x + dx, y + dy)).astype(np.float32)
        values = cv2.remap(flat, points, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
        inner, line, outer = np.split(values, 3)
        sides = np.minimum(inner, outer)
        bare = sides > 0.7 * paper
        shares = ((line < (1 - DARKER) * sides) & bare).sum(axis=1) / np.maximum(bare.sum(axis=1), 40)
        if float(shares.max()) > best:
            best = float(shares.max())
            where = x + dx, y + dy, float(radii[int(shares.argmax())])
    return best, where
