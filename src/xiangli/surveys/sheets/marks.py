"""Measure the ink in and around each box: what `verdicts` decides on.

Ink is split in two: thin (strokes: what a morphological opening of 1.3 mm takes away) and wide (fills, smears, stains:
what it leaves). A stroke is measured by its contrast, its extent and where it comes from; a fill by how much darker
than its surroundings it is and how large; a ring around a box by how far round it goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from . import colours
from .patches import DENSITY, LABEL_MM, UNIT, Patches

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Mask = NDArray[np.bool_]
    Whole = NDArray[np.int64]
    Floats = NDArray[np.float64]

OPEN_MM = 1.3
INSET_MM = 0.85
"""From the frame's outer edge inwards: line, blur and a little error of place."""
OUTSET_MM = 0.5
STRONG = 0.30
"""Ink above its surroundings that counts as a stroke however wide it is."""
FLOOR = 0.06
"""Stroke contrast below which nothing is looked at; more where the image is noisy."""
BLUR_MM = 0.3
"""What blur adds to the extent of a stroke."""
SECTORS = 40
SEGMENTS = 8
SLOPES = (-0.1, -0.075, -0.05, -0.025, 0.0, 0.025, 0.05, 0.075, 0.1)


@dataclass
class Evidence:
    """What was measured in and around one box; contrasts in units of the printer's black, lengths in millimetres."""

    contrast: float = 0.0
    """Of the stroke inside that weighs most, and below its extent and whether it is a blob rather than a line."""
    extent: float = 0.0
    blob: bool = False
    edge: bool = False
    """The stroke runs all along an edge of the inside."""
    entering: int = 0
    """At how many places that stroke comes in from beyond the patch."""
    through: float = 0.0
    """Contrast of a straight line that crosses the whole patch: a fold, a scratch, a long strike."""
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
    valid: Mask
    side_of: Whole
    near: Whole
    outside: Mask
    segments: tuple[NDArray[np.float32], ...]
    """Level and upright: (side, stretches) weights that average a patch over stretches free of the frame's lines."""
    gather: Whole
    """(slopes, side, stretches) where a line of each slope crosses each stretch."""
    coarse_ring: Whole
    """Flat indices of the ring in a patch at a quarter of the size."""


def measure(cut: Patches, colour: Any) -> list[Evidence | None]:
    """Evidence for each patch; None where there is nothing at all to see. colour: the RGB image, or None."""
    import cv2
    import numpy as np

    count, side = cut.ink.shape[:2]
    sealed = np.zeros(count, bool) if colour is None else colours.under_seal(cut, colour)
    ink = cut.ink if colour is None else colours.without_seal(cut, colour, sealed)
    tall = ink.reshape(count * side, side)
    tall = cv2.GaussianBlur(tall, (3, 3), 0) if cut.noise < 0.06 else cv2.GaussianBlur(tall, (5, 5), 1.3)
    size = round(OPEN_MM * DENSITY) | 1
    wide = cv2.morphologyEx(tall, cv2.MORPH_OPEN, np.ones((size, size), np.uint8))
    thin = cv2.subtract(tall, wide).reshape(count, side, side)
    tall, wide = tall.reshape(count, side, side), wide.reshape(count, side, side)
    _take_off_frame(thin, cut)
    floor = max(FLOOR, 1.5 * cut.noise) * UNIT
    zone = _zones(side, *(float(value) for value in np.median(cut.half, axis=0)))
    traces = _traces(thin[:, zone.rows, zone.columns])
    coarse = [_coarse(stack) for stack in (thin, wide)]
    worth = _worth_a_look(thin, wide, coarse[0], traces, zone, floor)
    evidence: list[Evidence | None] = [None] * count
    for group, zone in _by_size(np.flatnonzero(worth | sealed), cut):
        found = [Evidence(trace=float(traces[index])) for index in group]
        cells = coarse[1].reshape(count, -1)[group][:, zone.coarse_ring]
        middle, high = cells.shape[1] // 2, int(cells.shape[1] * 0.85)
        parted = np.partition(cells, (middle, high), axis=1).astype(np.float64)
        around, shade = parted[:, middle], parted[:, high]
        _fills(found, wide[group], zone, around, shade)
        lines = thin.reshape(count, -1)[group][:, zone.ring]
        thick = tall.reshape(count, -1)[group][:, zone.ring]
        thick[thick <= (shade + STRONG * UNIT)[:, None]] = 0
        _rings(found, np.maximum(lines, thick), zone, floor)
        for item, index, dark in zip(found, group.tolist(), shade.tolist(), strict=True):
            _strokes(item, tall[index], thin[index], zone, floor, dark)
            if colour is not None and max(item.contrast, item.wide) > 0:
                item.red = colours.red_share(cut, colour, index, zone.rows, zone.columns)
            if sealed[index]:
                item.under_seal = bool((cut.ink[index][zone.rows, zone.columns] > 0.25 * UNIT).mean() > 0.03)
            evidence[index] = item
    return evidence


def _by_size(indices: Whole, cut: Patches) -> Iterator[tuple[Whole, Zones]]:
    """Boxes of one size together, with the masks for that size."""
    import numpy as np

    side = cut.ink.shape[1]
    for half_w, half_h in {(float(w), float(h)) for w, h in cut.half[indices]}:
        same = (cut.half[indices, 0] == np.float32(half_w)) & (cut.half[indices, 1] == np.float32(half_h))
        yield indices[same], _zones(side, half_w, half_h)


def _coarse(stack: Bytes) -> Bytes:
    """A stack at a quarter of its size: (n, side / 4, side / 4)."""
    import cv2

    count, side = stack.shape[:2]
    cells = side // 4
    small: Bytes = cv2.resize(stack.reshape(count * side, side), (cells, count * cells), interpolation=cv2.INTER_AREA)
    return small.reshape(count, cells, cells)


def _worth_a_look(
    thin: Bytes, wide: Bytes, coarse_thin: Bytes, traces: NDArray[np.float64], zone: Zones, floor: float
) -> Mask:
    """Which boxes have anything in or around them at all (n,)."""
    lines = thin[:, zone.rows, zone.columns].max(axis=(1, 2)) >= floor
    fills = wide[:, zone.rows, zone.columns][:, ::3, ::3].max(axis=(1, 2)) >= 0.1 * UNIT
    ring = (coarse_thin.reshape(len(thin), -1)[:, zone.coarse_ring] > 0.35 * floor).sum(axis=1) >= 4
    worth: Mask = lines | fills | ring | (traces >= 4)
    return worth


def _traces(inside: Bytes) -> NDArray[np.float64]:
    """For each box the faint line ink inside, in spreads above the bare boxes of the page (n,)."""
    import numpy as np

    level = np.minimum(inside, np.uint8(0.12 * UNIT)).mean(axis=(1, 2), dtype=np.float32) / UNIT
    quiet = np.sort(level)[: max(3, len(level) // 2)]
    spread = max(0.0012, 1.5 * float(np.median(np.abs(quiet - np.median(quiet)))) * 1.4826)
    traces: NDArray[np.float64] = (level - np.median(quiet)) / spread
    return traces


def _take_off_frame(thin: Bytes, cut: Patches) -> None:
    """Take off what the blurred frame leaves along the inside's border, as seen in the emptiest boxes of the page."""
    import cv2
    import numpy as np

    if len(thin) < 8:
        return
    zone = _zones(thin.shape[1], *(float(value) for value in np.median(cut.half, axis=0)))
    inside = thin[:, zone.rows, zone.columns]
    quiet = np.argsort(inside[:, ::2, ::2].mean(axis=(1, 2)))[: len(thin) // 3]
    bare = inside[quiet].mean(axis=0)
    rim = round(0.7 * DENSITY)
    bare[rim:-rim, rim:-rim] = 0
    if bare.max() < 0.02 * UNIT:
        return
    leak = np.minimum(bare * 1.3, 0.4 * UNIT).astype(np.uint8)
    for patch in inside:
        cv2.subtract(patch, leak, dst=patch)


@cache
def _zones(side: int, half_w: float, half_h: float) -> Zones:
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
    starts = np.searchsorted(sectors.ravel()[flat], np.arange(SECTORS))
    directions = (np.arange(SECTORS) + 0.5) / SECTORS * 2 * np.pi - np.pi
    # Towards the label nobody can tell a ring from print: those directions do not count.
    valid = np.abs(directions) > 0.62
    side_of = np.where(np.abs(directions) > 2.36, 0, np.where(directions < 0, 1, 2))
    near = outside & (np.abs(x) < half_w + 1.4 * DENSITY) & (np.abs(y) < half_h + 1.4 * DENSITY)
    lengths = tuple(_segments(side, half) for half in (half_w, half_h))
    centres = (np.arange(SEGMENTS) - (SEGMENTS - 1) / 2) * side / SEGMENTS
    shifts = np.round(np.outer(SLOPES, centres)).astype(np.int64)
    gather = np.clip(np.arange(side)[None, :, None] + shifts[:, None, : SEGMENTS - 1], 0, side - 1)
    coarse = outside[: side // 4 * 4, : side // 4 * 4].reshape(side // 4, 4, side // 4, 4).all(axis=(1, 3))
    return Zones(
        rows, columns, flat, starts, valid, side_of, np.flatnonzero(near), outside, lengths, gather,
        np.flatnonzero(coarse),
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


def _strokes(found: Evidence, tall: Bytes, thin: Bytes, zone: Zones, floor: float, shade: float) -> None:
    """The stroke inside that weighs most, whether it enters from outside, and lines that cross the whole patch."""
    import cv2
    import numpy as np

    ink, lines = tall[zone.rows, zone.columns], thin[zone.rows, zone.columns]
    strong = shade + STRONG * UNIT
    mask = ((lines > floor) | (ink > strong)).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    best = 0
    for label in range(1, count):
        _, _, width, height, area = stats[label].tolist()
        if area < 4:
            continue
        chosen = labels == label
        values = np.maximum(lines[chosen], cv2.subtract(ink[chosen], shade).ravel() if shade < 60 else lines[chosen])
        rank = int(len(values) * 0.7)
        contrast = float(np.partition(values, rank)[rank]) / UNIT
        extent = max(0.1, float(np.hypot(width, height)) / DENSITY - BLUR_MM)
        found.specks += extent < 1.7 and contrast > 0.1
        if min(extent, 4.0) * min(contrast, 0.4) > min(found.extent, 4.0) * min(found.contrast, 0.4):
            found.contrast, found.extent, best = contrast, extent, label
            found.edge = _hugs_frame(stats[label].tolist(), mask.shape)
            round_shape = area > 0.55 * width * height and max(width, height) < 1.8 * min(width, height)
            found.blob = bool(round_shape and extent < 4.0)
    if best and found.extent > 1.2:
        found.entering = _crossings(tall, thin, labels == best, zone, floor, strong)
        found.through = _through_line(thin, zone, floor)


def _hugs_frame(box: list[int], shape: tuple[int, ...]) -> bool:
    """Whether a stroke lies all along one edge of the inside: most likely the frame itself, blurred or out of place."""
    left, top, width, height, _ = box
    thick = 0.9 * DENSITY
    level = height <= thick and width >= 0.7 * shape[1] and (top == 0 or top + height == shape[0])
    upright = width <= thick and height >= 0.7 * shape[0] and (left == 0 or left + width == shape[1])
    return level or upright


def _crossings(tall: Bytes, thin: Bytes, inner: Mask, zone: Zones, floor: float, strong: float) -> int:
    """At how many places a stroke inside the box goes on over the frame to the border of the patch."""
    import cv2
    import numpy as np

    border = np.concatenate([thin[:2].ravel(), thin[-2:].ravel(), thin[:, :2].ravel(), thin[:, -2:].ravel()])
    if border.max() <= floor and max(tall[0].max(), tall[-1].max(), tall[:, 0].max()) <= strong:
        return 0
    outside = (((thin > floor) | (tall > strong)) & zone.outside).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(outside, connectivity=8)
    side = thin.shape[0]
    grown = None
    crossings = 0
    for label in range(1, count):
        left, top, width, height, area = stats[label].tolist()
        if area < 8 or np.hypot(width, height) < 1.8 * DENSITY:
            continue
        if left > 1 and top > 1 and left + width < side - 1 and top + height < side - 1:
            continue
        if grown is None:
            edge = np.zeros(thin.shape, np.uint8)
            edge[zone.rows, zone.columns] = inner
            reach = 2 * round((INSET_MM + OUTSET_MM) * DENSITY) + 5
            grown = cv2.dilate(edge, np.ones((reach, reach), np.uint8)) > 0
        if (labels[grown] == label).any():
            # Reaching the left border means coming from somewhere else: nobody draws that far away from the label.
            crossings += 2 if left <= 1 else 1
    return crossings


def _through_line(thin: Bytes, zone: Zones, floor: float) -> float:
    """Contrast of a nearly level or upright straight line through the whole patch; 0 where there is none."""
    import cv2
    import numpy as np

    best = 0.0
    for image, weights in ((thin, zone.segments[0]), (cv2.transpose(thin), zone.segments[1])):
        if min(image[:, :4].max(), image[:, -12:-6].max()) < 0.5 * floor:
            continue
        profile = cv2.dilate(image.astype(np.float32) @ weights, np.ones((3, 1), np.uint8))
        lines = profile[zone.gather, np.arange(profile.shape[1])]
        best = max(best, float(lines.min(axis=2).max()))
    return best / UNIT if best > 0.4 * floor else 0.0


def _fills(found: Sequence[Evidence], wide: Bytes, zone: Zones, around: Floats, shade: Floats) -> None:
    """How dark and how large the wide ink inside is, above what lies around the boxes."""
    import numpy as np

    inside = wide[:, zone.rows, zone.columns].reshape(len(wide), -1)
    strong = inside > (np.minimum(shade, around + 0.5 * UNIT) + 0.1 * UNIT)[:, None]
    shares = strong.mean(axis=1)
    near = wide.reshape(len(wide), -1)[:, zone.near]
    over = (near > (around + 0.4 * UNIT)[:, None]).mean(axis=1)
    for index in np.flatnonzero(shares > 0.02).tolist():
        item = found[index]
        level = float(np.median(inside[index][strong[index]]))
        item.wide_share, item.over = float(shares[index]), float(over[index])
        item.wide = (level - float(shade[index])) / UNIT
        base = float(around[index])
        if level > base:
            item.spill = max(0.0, float(np.median(near[index])) - base) / (level - base)


def _rings(found: Sequence[Evidence], ring_thin: Bytes, zone: Zones, floor: float) -> None:
    """How far round the boxes a stroke runs outside them."""
    import numpy as np

    peaks = np.maximum.reduceat(ring_thin, zone.starts, axis=1)
    hits = (peaks > floor) & zone.valid
    part = hits.sum(axis=1) / zone.valid.sum()
    for index in np.flatnonzero(part >= 0.3).tolist():
        item, hit = found[index], hits[index]
        item.around = float(part[index])
        item.around_contrast = float(np.median(peaks[index][hit])) / UNIT
        for which in (0, 1, 2):
            here = zone.valid & (zone.side_of == which)
            covered = float((hit & here).sum()) / float(here.sum())
            item.around_sides += covered >= 0.55
            if which == 0:
                item.around_left = covered
