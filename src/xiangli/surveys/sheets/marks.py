"""Measure the ink in and around each box: what `verdicts` decides on.

Ink is split in two: thin (strokes: what a morphological opening of 1.3 mm takes away, 1.8 mm in a blurred picture) and
wide (fills, smears, stains: what it leaves). A stroke is measured by its contrast, its extent and where it comes from;
a fill by how much darker than its surroundings it is and how large; a ring around a box by how far round it goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from . import circles, colours, lines
from .patches import Patches
from .scale import DENSITY, UNIT, coarse_of, level_of, median_of, sums_of
from .zones import ACROSS_MM, Evidence, Zones, zones_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Mask = NDArray[np.bool_]
    Whole = NDArray[np.int64]
    Floats = NDArray[np.float64]

OPEN_MM, OPEN_BLURRED_MM, BLURRED = 1.3, 1.8, 0.33
"""What is wider than this is no stroke; where the picture is so blurred that the frames' lines are no darker than
this part of black, the middle of a cross is wider."""
SHADE_MOST = 0.25
"""Ink above the median of the surroundings that a shadow or stain beside the box may have."""
BROAD = 0.4
"""Ink of a broad pen around a box."""
LIGHTER = -0.05
"""Darkness of the inside against most of its surroundings below which these are ink rather than shade."""
SPECK, STROKE = 2, 3
"""Directions in which no more than a speck is seen outside a box, and no more than the end of a stroke."""
BESIDE = 12
"""Pixels of every second one just outside the frame from which there is a stroke."""
FLOOR = 0.06
"""Stroke contrast below which nothing is looked at; more where the image is noisy."""


def measure(cut: Patches, colour: Any) -> list[Evidence | None]:
    """Evidence for each patch; None where there is nothing at all to see. colour: the RGB image, or None."""
    import numpy as np

    count, side = cut.ink.shape[:2]
    gains = (1.0, 1.0) if colour is None else colours.paper_gains(cut, colour)
    seals = [] if colour is None else colours.find_seals(colour, cut.millimetre(), gains)
    sealed = colours.under_seals(cut, seals)
    ink = colours.without_seals(cut, colour, seals, sealed)
    tall, thin, wide = _split(ink, cut.noise, _open_mm(cut))
    zone = zones_of(side, *cut.spans)
    _take_off_frame(thin[:, zone.rows, zone.columns])
    floor = max(FLOOR, 1.5 * cut.noise) * UNIT
    traces = _traces(thin[:, zone.rows, zone.columns])
    coarse = [coarse_of(stack) for stack in (thin, wide)]
    worth = _worth_a_look(thin, wide, coarse, traces, zone, floor)
    evidence: list[Evidence | None] = [None] * count
    for group, zone in _by_size(np.flatnonzero(worth | sealed), cut):
        found = [Evidence(trace=float(traces[index]), blackness=cut.blackness) for index in group]
        cells = coarse[1].reshape(count, -1)[group][:, zone.coarse_ring]
        middle, high = cells.shape[1] // 2, int(cells.shape[1] * 0.85)
        around, shade = np.partition(cells, (middle, high), axis=1)[:, (middle, high)].T.astype(np.float64)
        # What is much darker than most of the surroundings is somebody's ink, and no shade.
        shade = np.minimum(shade, around + SHADE_MOST * UNIT)
        own, strokes, fills = (stack[group] for stack in (tall, thin, wide))
        _fills(found, own, fills, zone, around, shade)
        ring, thick = (stack.reshape(len(group), -1).take(zone.ring, axis=1) for stack in (strokes, own))
        thick *= thick > (_bare(found, around, shade) + lines.STRONG * UNIT)[:, None]
        parts = _rings(found, np.maximum(ring, thick), zone, floor)
        lines.follow(found, own, strokes, zone, floor, shade)
        for at in np.flatnonzero(circles.may_be_circled(strokes[:, zone.rows, zone.columns], parts, floor)).tolist():
            if found[at].extent < ACROSS_MM:
                found[at].circle = circles.circle_of(strokes[at], zone, floor)
        for item, index in zip(found, group.tolist(), strict=True):
            if sealed[index]:
                gone = cut.ink[index].astype(np.int16) - ink[index] > 0.25 * UNIT
                item.under_seal = bool(max(gone.mean(), gone[zone.rows, zone.columns].mean()) > 0.025)
            evidence[index] = item
        inked = [at for at, item in enumerate(found) if item.contrast * min(item.extent, 1.0) > 0.1 or item.wide > 0.1]
        if colour is not None and inked:
            shares = colours.red_shares(cut, colour, gains, group[inked].tolist(), zone.rows, zone.columns)
            for at, share in zip(inked, shares, strict=True):
                found[at].red = share
    return evidence


def is_blurred(cut: Patches) -> bool:
    """Whether lines as thin as the frames' are much fainter in this picture than they were printed."""
    return _line_ink(cut) < BLURRED


def _line_ink(cut: Patches) -> float:
    """Ink of the frames' lines where they are darkest, as a part of black: the less, the more blurred the picture."""
    import numpy as np

    middle = (cut.ink.shape[1] - 1) / 2
    left, reach = round(middle - cut.spans[0]), round(0.6 * DENSITY)
    rows = slice(round(middle) - 8, round(middle) + 9)
    return median_of(cut.ink[:, rows, left - reach : left + reach + 1].max(axis=2).astype(np.float32)) / UNIT


def _open_mm(cut: Patches) -> float:
    """The widest that a stroke is in this picture."""
    return OPEN_BLURRED_MM if is_blurred(cut) else OPEN_MM


def _split(ink: Bytes, noise: float, open_mm: float) -> tuple[Bytes, Bytes, Bytes]:
    """Ink (n, side, side) without noise, and its two parts: strokes, and what is wider."""
    import cv2
    import numpy as np

    # Turned: filters are several times faster on a few long rows than on many short ones.
    tall = cv2.transpose(ink.reshape(-1, ink.shape[2]))
    tall = cv2.GaussianBlur(tall, (3, 3), 0) if noise < 0.06 else cv2.GaussianBlur(tall, (5, 5), 1.3)
    size = round(open_mm * DENSITY) | 1
    wide = cv2.morphologyEx(tall, cv2.MORPH_OPEN, np.ones((size, size), np.uint8))
    thin = cv2.subtract(tall, wide)
    return (
        cv2.transpose(tall).reshape(ink.shape), cv2.transpose(thin).reshape(ink.shape),
        cv2.transpose(wide).reshape(ink.shape),
    )  # fmt: skip


def _by_size(indices: Whole, cut: Patches) -> Iterator[tuple[Whole, Zones]]:
    """Boxes of one size together, with the masks for that size."""
    import numpy as np

    side = cut.ink.shape[1]
    for half_w, half_h in {(w, h) for w, h in cut.half[indices].tolist()}:
        same = (cut.half[indices, 0] == np.float32(half_w)) & (cut.half[indices, 1] == np.float32(half_h))
        yield indices[same], zones_of(side, half_w, half_h)


def _worth_a_look(
    thin: Bytes, wide: Bytes, coarse: Sequence[Bytes], traces: NDArray[np.floating], zone: Zones, floor: float
) -> Mask:
    """Which boxes have anything in or around them at all (n,)."""
    lines = thin[:, zone.rows, zone.columns].max(axis=(1, 2)) >= floor
    fills = wide[:, zone.rows, zone.columns][:, ::3, ::3].max(axis=(1, 2)) >= 0.1 * UNIT
    around, broad = (stack.reshape(len(thin), -1)[:, zone.coarse_ring] for stack in coarse)
    ring = (sums_of(around > 0.35 * floor) >= 4) | (sums_of(broad > BROAD * UNIT) >= 4)
    beside = sums_of(thin.reshape(len(thin), -1).take(zone.near[::2], axis=1) > floor) >= BESIDE
    worth: Mask = lines | fills | ring | beside | (traces >= 4)
    return worth


def _traces(inside: Bytes) -> NDArray[np.floating]:
    """For each box the faint line ink inside, in spreads above the bare boxes of the page (n,)."""
    import numpy as np

    faint = np.minimum(inside, np.uint8(0.12 * UNIT)).reshape(len(inside), -1)
    level = sums_of(faint).astype(np.float32) / np.float32(faint.shape[1]) / np.float32(UNIT)
    quiet = np.sort(level)[: max(3, len(level) // 2)]
    usual = np.float32(median_of(quiet))
    spread = max(0.0012, 1.5 * median_of(np.abs(quiet - usual)) * 1.4826)
    traces: NDArray[np.floating] = (level - usual) / spread
    return traces


def _take_off_frame(inside: Bytes) -> None:
    """Take off what the blurred frame leaves along the inside's border, as seen in the emptiest boxes of the page."""
    import cv2
    import numpy as np

    if len(inside) < 8:
        return
    some = inside[:, ::2, ::2].reshape(len(inside), -1)
    quiet = np.argsort(sums_of(some) / some.shape[1])[: len(inside) // 3]
    bare = inside[quiet].mean(axis=0)
    rim = round(0.7 * DENSITY)
    bare[rim:-rim, rim:-rim] = 0
    if bare.max() < 0.02 * UNIT:
        return
    leak = np.minimum(bare * 1.3, 0.4 * UNIT).astype(np.uint8)
    for patch in inside:
        cv2.subtract(patch, leak, dst=patch)


def _fills(found: Sequence[Evidence], tall: Bytes, wide: Bytes, zone: Zones, around: Floats, shade: Floats) -> None:
    """How dark and how large the wide ink inside is, above what lies around the boxes."""
    import numpy as np

    inside = wide[:, zone.rows, zone.columns].reshape(len(wide), -1)
    strong = inside > (np.minimum(shade, around + 0.5 * UNIT) + 0.1 * UNIT)[:, None]
    shares = sums_of(strong) / strong.shape[1]
    ink = tall[:, zone.rows, zone.columns].reshape(len(tall), -1)
    low = int(ink.shape[1] * 0.15)
    levels = np.partition(ink, low, axis=1)[:, low] - around
    for item, level in zip(found, levels.tolist(), strict=True):
        item.smear = level / UNIT
    near = wide.reshape(len(wide), -1).take(zone.near, axis=1)
    over = sums_of(near > (around + 0.4 * UNIT)[:, None]) / near.shape[1]
    for item, share in zip(found, over.tolist(), strict=True):
        item.over = share
    for index in np.flatnonzero(shares > 0.02).tolist():
        item = found[index]
        level = level_of(inside[index][strong[index]], 0.5)
        item.wide_share = float(shares[index])
        item.wide = (level - float(shade[index])) / UNIT
        base = float(around[index])
        if level > base:
            item.spill = max(0.0, level_of(near[index], 0.5) - base) / (level - base)


def _bare(found: Sequence[Evidence], around: Floats, shade: Floats) -> Floats:
    """Ink (n,) above which the surroundings are written on: what the inside has where a broad ring covers the rest."""
    import numpy as np

    smear = np.array([item.smear for item in found])
    return np.where(smear < LIGHTER, np.minimum(shade, around + smear * UNIT), shade)


def _ring_body(ink: Bytes, hit: Mask, zone: Zones, floor: float) -> float:
    """Black in a ring a millimetre of its length, from its ink in the directions in which it is seen."""
    import numpy as np

    seen = hit[zone.sectors] & (ink > 0.5 * floor)
    black = ink[seen].astype(np.float32)
    total = float(black.sum())
    length = 2 * np.pi * float((black * zone.far[seen]).sum()) / max(total, 1.0) * float(hit.mean())
    # `ring` holds every other pixel.
    return 2 * total / UNIT / DENSITY**2 / max(length, 1.0)


def _rings(found: Sequence[Evidence], ring_thin: Bytes, zone: Zones, floor: float) -> Floats:
    """How far round the boxes a stroke runs outside them; (n,) the part of the way round."""
    import numpy as np

    peaks = np.maximum.reduceat(ring_thin, zone.starts, axis=1)
    hits = (peaks > floor) & zone.valid
    part = hits.sum(axis=1) / zone.valid.sum()
    beside = np.sort(peaks[:, zone.beside], axis=1)[:, ::-1] / UNIT
    for index in np.flatnonzero((peaks > floor).any(axis=1)).tolist():
        found[index].ring_ink = True
        found[index].nearby = float(beside[index, SPECK])
        found[index].nearby_wide = float(beside[index, STROKE])
    for index in np.flatnonzero(part >= 0.3).tolist():
        item, hit = found[index], hits[index]
        item.around = float(part[index])
        item.around_contrast = level_of(peaks[index][hit], 0.5) / UNIT
        item.around_body = _ring_body(ring_thin[index], hit, zone, floor)
        for which in (0, 1, 2):
            here = zone.valid & (zone.side_of == which)
            covered = float((hit & here).sum()) / float(here.sum())
            item.around_sides += covered >= 0.55
            if which == 0:
                item.around_left = covered
    return part
