"""What is measured about a box, and the parts of a patch in which it is measured."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from .patches import LABEL_MM
from .scale import DENSITY

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]
    Whole = NDArray[np.int64]

Axis = tuple[float, float, float]
"""Direction of a stroke, of length 1, and how far beside the middle of its box it runs, in pixels of the patch."""
INSET_MM = 0.85
"""From the frame's outer edge inwards: line, blur and a little error of place."""
OUTSET_MM = 0.5
BLUR_MM = 0.3
"""What blur adds to the extent of a stroke."""
ACROSS_MM = 4.7
"""Extent of a stroke that goes from one side of a box to the other."""
FOLD = 2.5
"""Contrast of a stroke, as a multiple of that of a line through the whole patch, from which it is no part of it."""
SECTORS = 40
SEGMENTS = 8
SLOPES = (-0.1, -0.075, -0.05, -0.025, 0.0, 0.025, 0.05, 0.075, 0.1)


@dataclass(slots=True)
class Evidence:
    """What was measured in and around one box; contrasts in units of the printer's black, lengths in millimetres."""

    contrast: float = 0.0
    """Of the stroke inside that weighs most, and below its extent and whether it is a blob rather than a line."""
    extent: float = 0.0
    blob: bool = False
    lines: int = 0
    """How many strokes like that one lie inside, each by itself."""
    dotted: bool = False
    """That stroke is a few dots that blur has run together, or the rim of a spot."""
    cornered: bool = False
    """The stroke reaches two sides of the frame, under which part of it may be hidden."""
    body: float = 0.0
    """Black in that stroke a millimetre of its length, as a width in millimetres: blur does not change it."""
    pen: float = 0.0
    """The same a millimetre of its way, which may fold or cross itself: as much whatever shape the pen has drawn."""
    round: float = 0.0
    """How near a disc it is: 1.27, and more where the frame cuts it off; a line has far less."""
    ends: int = 0
    """At how many places that stroke reaches the frame from inside."""
    middle: bool = False
    """That stroke runs through the middle of the box."""
    here: int = 0
    """How many strokes outside that it leads over to end in the patch."""
    edge: bool = False
    """The stroke runs all along an edge of the inside."""
    entering: int = 0
    """At how many places that stroke comes in from beyond the patch."""
    turned: bool = False
    """That stroke comes in and turns round inside, as a tick does."""
    axis: Axis | None = None
    """Where that stroke runs if it comes in twice, and whether it is a line of its own through this box."""
    lone: bool = False
    through: float = 0.0
    """Contrast of a straight line that crosses the whole patch: a fold, a scratch, a long strike."""
    line: tuple[bool, float, float] = (False, 0.0, 0.0)
    """Where that line runs: upright or level, pixels from the middle, slope; `line_reach`: pixels to the border."""
    line_reach: float = 0.0
    strip: bool = False
    """The stroke inside is a narrow, straight one along that line, with others outside."""
    beside: float = 0.0
    """Contrast of the best stroke inside when that line is taken away, and its extent."""
    beside_extent: float = 0.0
    blackness: float = 1.0
    specks: int = 0
    wide: float = 0.0
    """How much darker than its surroundings the wide ink inside is, and which part of the inside it covers."""
    wide_share: float = 0.0
    spill: float = 0.0
    """Wide ink just outside the frame as a part of that inside: a fill stops at the frame, a smear does not."""
    around: float = 0.0
    """Part of the way round the box along which there is a stroke outside it."""
    around_sides: int = 0
    """On how many of the three sides away from the label there is such a stroke over most of the side."""
    around_left: float = 0.0
    """Part of the side opposite the label along which there is such a stroke."""
    around_contrast: float = 0.0
    around_body: float = 0.0
    """Contrast and body of that stroke."""
    circle: float = 0.0
    """Contrast of a circle that all strokes in and around the box belong to, much of which the frame may hide."""
    smear: float = 0.0
    """How much darker than its surroundings the paper inside is: rubbed out graphite, a stain."""
    ring_ink: bool = False
    """There is some stroke outside the frame."""
    nearby: float = 0.0
    """Contrast that ink beside or below the frame, towards the label too, has in several directions: no speck."""
    nearby_wide: float = 0.0
    """The same in as many directions as a tick or an arc is seen in, and the end of a stroke is not."""
    foreign: bool = False
    """Some stroke outside comes from beyond the patch, leads to none inside and does not run round the box."""
    stray: float = 0.0
    """Contrast of a stroke outside the frame that does not come from beyond the patch."""
    point: float = 0.0
    """Contrast of a stroke with a piece inside that turns round close below the box, and its body."""
    point_body: float = 0.0
    torn: bool = False
    """Two pieces inside lead over to strokes outside: one stroke, most of which runs outside."""
    red: float = 0.0
    """Part of the ink inside that is red."""
    under_seal: bool = False
    """There was ink inside that went with the seal's."""
    over: float = 0.0
    """Dark wide ink just outside the frame: a scribble that leaves the box."""
    trace: float = 0.0
    """Faint line ink inside in all, above what bare boxes of this page show, in units of their spread."""


@dataclass(frozen=True)
class Zones:
    """Masks of a patch: inside the frame, the ring outside it, near the frame, and directions."""

    rows: slice
    columns: slice
    ring: Whole
    """Flat indices of the ring, sorted by direction."""
    starts: Whole
    """Where each direction starts in `ring`."""
    sectors: Whole
    far: NDArray[np.float32]
    """Direction of each place of `ring`, and how far it is from the middle of the box, millimetres."""
    valid: Mask
    side_of: Whole
    beside: Mask
    """Directions in which no question stands printed: all but upwards."""
    near: Whole
    outside: Mask
    segments: tuple[NDArray[np.float32], ...]
    """Level and upright: (side, stretches) weights that average a patch over stretches free of the frame's lines."""
    gather: Whole
    """(slopes, side, stretches) where a line of each slope crosses each stretch."""
    rim: Whole
    """Flat indices once round the border of the inside."""
    coarse_ring: Whole
    """Flat indices of the ring in a patch at a quarter of the size."""


@cache
def zones_of(side: int, half_w: float, half_h: float) -> Zones:
    import numpy as np

    middle = (side - 1) / 2
    inset, outset = INSET_MM * DENSITY, OUTSET_MM * DENSITY
    rows = slice(int(np.ceil(middle - half_h + inset)), int(np.floor(middle + half_h - inset)) + 1)
    columns = slice(int(np.ceil(middle - half_w + inset)), int(np.floor(middle + half_w - inset)) + 1)
    y, x = np.mgrid[:side, :side] - middle
    outside = (np.abs(x) > half_w + outset) | (np.abs(y) > half_h + outset)
    outside &= x < half_w + LABEL_MM * DENSITY
    angle = np.arctan2(y, x)
    sectors = ((angle / (2 * np.pi) + 0.5) * SECTORS).astype(np.int64) % SECTORS
    # Every other pixel will do: no stroke is that thin.
    flat = np.flatnonzero(outside & ((np.arange(side)[:, None] + np.arange(side)) % 2 == 0))
    flat = flat[np.argsort(sectors.ravel()[flat], kind="stable")]
    far = (np.hypot(x, y).ravel()[flat] / DENSITY).astype(np.float32)
    starts = np.searchsorted(sectors.ravel()[flat], np.arange(SECTORS))
    directions = (np.arange(SECTORS) + 0.5) / SECTORS * 2 * np.pi - np.pi
    # Towards the label nobody can tell a ring from print: those directions do not count.
    valid = np.abs(directions) > 0.62
    side_of = np.where(np.abs(directions) > 2.36, 0, np.where(directions < 0, 1, 2))
    beside = (directions > -0.6) | (directions < -2.4)
    near = outside & (np.abs(x) < half_w + 1.4 * DENSITY) & (np.abs(y) < half_h + 1.4 * DENSITY)
    lengths = tuple(_segments(side, half) for half in (half_w, half_h))
    centres = (np.arange(SEGMENTS) - (SEGMENTS - 1) / 2) * side / SEGMENTS
    shifts = np.round(np.outer(SLOPES, centres)).astype(np.int64)
    gather = np.clip(np.arange(side)[None, :, None] + shifts[:, None, : SEGMENTS - 1], 0, side - 1)
    coarse = outside[: side // 4 * 4, : side // 4 * 4].reshape(side // 4, 4, side // 4, 4).all(axis=(1, 3))
    inside = np.arange((rows.stop - rows.start) * (columns.stop - columns.start)).reshape(rows.stop - rows.start, -1)
    rim = np.concatenate([inside[0], inside[1:, -1], inside[-1, -2::-1], inside[-2:0:-1, 0]])
    return Zones(
        rows, columns, flat, starts, sectors.ravel()[flat], far, valid, side_of, beside, np.flatnonzero(near), outside,
        lengths, gather, rim, np.flatnonzero(coarse),
    )  # fmt: skip


def _segments(side: int, half: float) -> NDArray[np.float32]:
    """Seven of eight stretches along a patch's axis that leave the frame's lines out, as weights (side, 7)."""
    import numpy as np

    edges = np.linspace(0, side, SEGMENTS + 1)
    middle = (side - 1) / 2
    inset, outset = INSET_MM * DENSITY, OUTSET_MM * DENSITY
    weights = np.zeros((side, SEGMENTS - 1), np.float32)
    for index, (low, high) in enumerate(pairwise(edges[:-1])):
        for line in (middle - half, middle + half):
            inner = line + (inset if line < middle else -inset)
            outer = line - (outset if line < middle else -outset)
            first, last = min(inner, outer), max(inner, outer)
            if first <= low < last:
                low = last
            if first < high <= last:
                high = first
        first, last = int(np.ceil(low)), max(int(np.ceil(low)) + 2, int(high))
        weights[first:last, index] = 1.0 / (last - first)
    return weights
