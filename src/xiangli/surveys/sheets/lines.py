"""Follow the strokes in and around one box: how long, how dark, and whether they come from somewhere else."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from . import long_lines, spots
from .pieces import Piece, pieces_of
from .points import may_turn, point_of, turns_around, turns_inside
from .scale import DENSITY, UNIT, stroke_level, sums_of
from .ways import ways_of
from .zones import ACROSS_MM, BLUR_MM, INSET_MM, OUTSET_MM, Axis, Evidence, Zones

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Labels = NDArray[np.int32]
    Mask = NDArray[np.bool_]
    Floats = NDArray[np.float64]

STRONG = 0.30
"""Ink above its surroundings that counts as a stroke however wide it is."""
DARK = 60.0
"""Ink of the surroundings from which they are dark."""
BORDER = 4
"""Pixels from a patch's border within which a stroke is taken to come from beyond it."""
RAGGED = 2
"""Pixels by which the places where a stroke meets the frame are widened before they are counted."""
MIDDLE_MM = 1.1
"""Half side of the middle of a box, which a stroke that is meant for it goes through."""
LONG_MM, RINGED = 5.0, 0.45
"""Extent of a stroke inside that says enough by itself, unless there is something this far round the box."""
EDGED = 0.5
"""What a stroke along the frame weighs against others: it may be the frame itself."""
LINE_MM, LIKE = 2.6, 0.6
"""Extent of a line of its own, and its contrast as a part of the strongest one's, from which it is one of several."""
PIECE_MM, STRAY_MM = 1.8, 2.6
"""Extent from which ink outside the frame is a stroke, and from which one that ends here means something."""


def follow(found: Sequence[Evidence], tall: Bytes, thin: Bytes, zone: Zones, floor: float, shades: Floats) -> None:
    """Measure each box's stroke that weighs most, what it has to do with strokes outside, and lines through it all.

    tall, thin: (n, side, side) ink of boxes of one size; shades: (n,) what their surroundings have.
    """
    import numpy as np

    ink, lines = tall[:, zone.rows, zone.columns], thin[:, zone.rows, zone.columns]
    strong = (shades + STRONG * UNIT)[:, None, None]
    masks = (lines > floor) | (ink > strong)
    inner, inside = pieces_of(masks)
    above = ink - np.minimum(ink, shades.astype(np.uint8)[:, None, None])
    # In a dark shade only what stands out as a line is sure to be a stroke's.
    weight = np.maximum(lines, above * (shades < DARK)[:, None, None])
    strokes = [_heaviest(*each) for each in zip(found, weight, inner, inside, strict=True)]
    bests = [best for best, _ in strokes]
    for index, (item, best) in enumerate(zip(found, bests, strict=True)):
        if spots.may_be_dotted(item.extent):
            item.dotted = spots.is_dotted(item, inner[index] == best, weight[index])
    _shapes(found, above, inner, bests, zone)
    ringed = [index for index, item in enumerate(found) if item.ring_ink]
    outer, outside = pieces_of(((thin[ringed] > floor) | (tall[ringed] > strong[ringed])) & zone.outside)
    for at, index in enumerate(ringed):
        item, (best, crossing) = found[index], strokes[index]
        _outside(item, thin[index], outer[at], outside[at], inner[index], crossing, best, zone)
        if item.entering and item.ends == 2 and item.middle and not item.turned and item.extent >= ACROSS_MM:
            item.axis = _axis(inner[index] == best)
    may_cross = long_lines.may_be_crossed(thin, floor)
    for index, (item, best, crossed) in enumerate(zip(found, bests, may_cross, strict=True)):
        if (best and item.extent > 1.2) or (item.around_left >= 0.6 and item.around_sides == 1):
            long_lines.through_line(item, thin[index], crossed, zone, floor)
            if item.through:
                long_lines.beside_line(item, weight[index], masks[index])
        if long_lines.may_be_strip(item):
            long_lines.strip(item, inner[index] == best, thin.shape[1])


def _heaviest(found: Evidence, weight: Bytes, labels: Labels, pieces: Sequence[Piece]) -> tuple[int, list[Piece]]:
    """Measure the stroke inside that weighs most; its label (0: none), and those that reach the frame."""
    rows, columns = weight.shape
    best, most, crossing = 0, 0.0, []
    long: list[float] = []
    for piece in pieces:
        if piece.area < 4:
            continue
        values = weight[piece.part][labels[piece.part] == piece.label]
        contrast, extent = stroke_level(values) / UNIT, max(0.1, piece.diagonal - BLUR_MM)
        found.specks += extent < 1.7 and contrast > 0.1
        if extent >= LINE_MM:
            long.append(contrast)
        left, top, width, height = piece.left, piece.top, piece.width, piece.height
        sides = (left == 0) + (top == 0) + (left + width == columns) + (top + height == rows)
        if sides:
            crossing.append(piece)
        edge = _hugs_frame(piece, rows, columns)
        ink = min(extent, 4.0) * min(contrast, 0.4) * (EDGED if edge else 1.0)
        if ink > most:
            found.contrast, found.extent, best, most = contrast, extent, piece.label, ink
            found.cornered, found.edge = sides >= 2, edge
            found.blob = spots.is_blob(extent, width, height, piece.area)
    found.lines = sum(contrast >= LIKE * found.contrast for contrast in long)
    return best, crossing


def _shapes(found: Sequence[Evidence], above: Bytes, inner: Labels, bests: Sequence[int], zone: Zones) -> None:
    """How much ink the strokes that weigh most have for their length, where they meet the frame, if they are central.

    above: (n, h, w) ink above that of the surroundings.
    """
    import cv2
    import numpy as np

    drawn = inner == np.array([best or -1 for best in bests])[:, None, None]
    black = sums_of((above * drawn).reshape(len(drawn), -1)) / UNIT / DENSITY**2
    rim = drawn.reshape(len(drawn), -1)[:, zone.rim]
    # Where the rim comes to a stroke, once round; a ragged edge is one place.
    closed = np.concatenate([rim[:, -RAGGED - 1 :], rim, rim[:, :RAGGED]], axis=1).view(np.uint8)
    wider = cv2.dilate(closed, np.ones((1, 2 * RAGGED + 1), np.uint8))[:, RAGGED : RAGGED + rim.shape[1] + 1]
    ends = sums_of(wider[:, 1:] > wider[:, :-1])
    rows, columns = (size // 2 for size in drawn.shape[1:])
    reach = round(MIDDLE_MM * DENSITY)
    middle = drawn[:, rows - reach : rows + reach + 1, columns - reach : columns + reach + 1].any(axis=(1, 2))
    lengths, rounds = ways_of(drawn)
    shapes = zip(found, bests, black.tolist(), ends.tolist(), middle.tolist(), strict=True)
    ways = zip(lengths.tolist(), rounds.tolist(), strict=True)
    for (item, best, ink, count, central), (length, disc) in zip(shapes, ways, strict=True):
        if best:
            item.body, item.ends, item.middle = ink / (item.extent + BLUR_MM), count, central
            # The ends of a stroke cut off by the frame have no outline: no way is shorter than its extent.
            item.pen, item.round = ink / max(length, item.extent + BLUR_MM), disc


def _axis(stroke: Mask) -> Axis:
    """Where a stroke runs, a mask of the inside of its box."""
    import numpy as np

    y, x = np.nonzero(stroke)
    middle_x, middle_y = float(x.mean()), float(y.mean())
    right, low = x - middle_x, y - middle_y
    turn = math.atan2(2 * float(right @ low), float(right @ right) - float(low @ low)) / 2
    across, down = math.cos(turn), math.sin(turn)
    beside = (middle_y - (stroke.shape[0] - 1) / 2) * across - (middle_x - (stroke.shape[1] - 1) / 2) * down
    return across, down, beside


def _hugs_frame(piece: Piece, rows: int, columns: int) -> bool:
    """Whether a stroke lies all along one edge of the inside: most likely the frame itself, blurred or out of place."""
    left, top, width, height = piece.left, piece.top, piece.width, piece.height
    thick = 0.9 * DENSITY
    level = height <= thick and width >= 0.7 * columns and (top == 0 or top + height == rows)
    upright = width <= thick and height >= 0.7 * rows and (left == 0 or left + width == columns)
    return level or upright


def _outside(
    found: Evidence, thin: Bytes, labels: Labels, pieces: Sequence[Piece], inner: Labels, crossing: Sequence[Piece],
    best: int, zone: Zones,
) -> None:  # fmt: skip
    """Which strokes outside belong to those inside, which come from beyond the patch, and which end here."""
    side = thin.shape[0]
    far: dict[int, int] = {}
    strokes: dict[int, Piece] = {}
    for piece in pieces:
        extent = piece.diagonal - BLUR_MM
        if piece.area < 8 or extent < PIECE_MM - BLUR_MM:
            continue
        strokes[piece.label] = piece
        left, top = piece.left, piece.top
        if min(left, top) <= BORDER or max(left + piece.width, top + piece.height) >= side - BORDER:
            # Reaching the left border means coming from somewhere else: nobody draws that far away from the label. And
            # the flick of a tick goes up: what comes from below is a neighbour's.
            far[piece.label] = 2 if left <= 1 or top + piece.height >= side - 1 else 1
        elif extent >= STRAY_MM:
            found.stray = max(found.stray, stroke_level(thin[piece.part][labels[piece.part] == piece.label]) / UNIT)
    if not strokes:
        return
    leads = {piece.label: _touched(inner == piece.label, labels, zone) & strokes.keys() for piece in crossing}
    own = set().union(*leads.values()) | {label for label in far if _encircles(strokes[label], zone)}
    found.foreign = bool(far.keys() - own)
    found.torn = sum(bool(touched) for touched in leads.values()) >= 2
    if best in leads:
        found.entering = sum(far[other] for other in leads[best] if other in far)
        found.here = len(leads[best] - far.keys())
        if found.entering:
            found.turned = _turns(inner == best, [strokes[other] for other in leads[best]], labels, zone)
    if found.extent < LONG_MM or found.entering >= 2 or found.around >= RINGED:
        _point(found, thin, inner, labels, crossing, strokes, zone)


def _turns(stroke: Mask, outside: Sequence[Piece], labels: Labels, zone: Zones) -> bool:
    """Whether a stroke, a mask of the inside, turns round there as a tick does, perhaps with an arm or both outside."""
    if turns_inside(stroke):
        return True
    if any(piece.bottom >= zone.rows.stop for piece in outside):
        return False
    whole = _together(outside, labels)
    whole[zone.rows, zone.columns] = stroke
    return turns_around(whole, zone)


def _together(pieces: Sequence[Piece], labels: Labels) -> Mask:
    """Some pieces of a patch in one mask."""
    import numpy as np

    whole = np.zeros(labels.shape, np.bool_)
    for piece in pieces:
        whole[piece.part] |= labels[piece.part] == piece.label
    return whole


def _encircles(piece: Piece, zone: Zones) -> bool:
    """Whether a stroke reaches beyond the box on three sides and more."""
    rows, columns = zone.rows, zone.columns
    beyond = (piece.top < rows.start, piece.bottom >= rows.stop, piece.left < columns.start)
    return sum(beyond) + (piece.left + piece.width > columns.stop) >= 3


def _point(
    found: Evidence, thin: Bytes, inner: Labels, labels: Labels, crossing: Sequence[Piece],
    strokes: Mapping[int, Piece], zone: Zones,
) -> None:  # fmt: skip
    """Put together all that meets the frame, inside and outside, and see whether it turns round below the box."""
    near = [strokes[label] for label in _beside_frame(labels, zone) & strokes.keys()]
    start = zone.rows.start
    tops = [piece.top for piece in near] + [start + piece.top for piece in crossing]
    lows = [piece.bottom for piece in near] + [start + piece.bottom for piece in crossing]
    if not tops or not may_turn(min(tops), max(lows), len(thin), zone):
        return
    whole = _together(near, labels)
    inside = whole[zone.rows, zone.columns]
    for piece in crossing:
        inside[piece.part] |= inner[piece.part] == piece.label
    found.point, found.point_body = point_of(whole, max(lows), thin, zone)


def _beside_frame(labels: Labels, zone: Zones) -> set[int]:
    """Labels of the strokes outside that come up to the frame."""
    import numpy as np

    reach = round((INSET_MM + OUTSET_MM) * DENSITY) + 3
    top, bottom = zone.rows.start - reach, zone.rows.stop + reach
    left, right = zone.columns.start - reach, zone.columns.stop + reach
    return set(np.bincount(labels[top:bottom, left:right].ravel()).nonzero()[0].tolist())


def _touched(inner: Mask, labels: Labels, zone: Zones) -> set[int]:
    """Labels of the strokes outside that a piece inside leads over to where it meets the frame."""
    import cv2
    import numpy as np

    reach = round((INSET_MM + OUTSET_MM) * DENSITY) + 2
    around = np.zeros((inner.shape[0] + 2 * reach, inner.shape[1] + 2 * reach), np.uint8)
    rim = around[reach:-reach, reach:-reach]
    rim[:] = inner
    rim[1:-1, 1:-1] = 0
    grown = cv2.dilate(around, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)).view(np.bool_)
    near = labels[
        zone.rows.start - reach : zone.rows.stop + reach, zone.columns.start - reach : zone.columns.stop + reach
    ]
    return set(np.bincount(near[grown]).nonzero()[0].tolist())
