"""Follow the strokes in and around one box: how long, how dark, and whether they come from somewhere else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from .points import point_of
from .scale import DENSITY, UNIT
from .zones import BLUR_MM, INSET_MM, OUTSET_MM, SLOPES, Evidence, Zones

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Labels = NDArray[np.int32]
    Mask = NDArray[np.bool_]
    Floats = NDArray[np.float64]

STRONG = 0.30
"""Ink above its surroundings that counts as a stroke however wide it is."""
BORDER = 4
"""Pixels from a patch's border within which a stroke is taken to come from beyond it."""
LINE_MM = 0.7
"""Half width of what is taken away with a line through the whole patch."""
MIDDLE_MM = 1.1
"""Half side of the middle of a box, which a stroke that is meant for it goes through."""
BLOB_MOST_MM = 5.0
"""Extent from which a round spot fills the box and is none."""
LONG_MM, RINGED = 5.0, 0.45
"""Extent of a stroke inside that says enough by itself, unless there is something this far round the box."""
PIECE_MM, STRAY_MM = 1.8, 2.6
"""Extent from which ink outside the frame is a stroke, and from which one that ends here means something."""


class Piece(NamedTuple):
    """A connected piece of ink: its label, and left, top, width, height and area in pixels."""

    label: int
    left: int
    top: int
    width: int
    height: int
    area: int
    diagonal: float
    """Millimetres."""

    @property
    def part(self) -> tuple[slice, slice]:
        return slice(self.top, self.top + self.height), slice(self.left, self.left + self.width)


def pieces_of(masks: Mask) -> tuple[Labels, list[list[Piece]]]:
    """The connected pieces of each mask of a stack (n, h, w): labels (n, h, w), no two alike, and each one's pieces."""
    import cv2
    import numpy as np

    count, height, width = masks.shape
    if not count:
        return np.zeros(masks.shape, np.int32), []
    # Looked at in one go, with bare rows between; an even number, for pixels are joined two by two.
    pitch = height + 2 - height % 2
    sheet = np.zeros((count, pitch, width), np.uint8)
    sheet[:, :height] = masks
    # A third of the time that OpenCV's own choice of algorithm takes, and the same numbers.
    _, labels, stats, _ = cv2.connectedComponentsWithStatsWithAlgorithm(
        sheet.reshape(-1, width), 8, cv2.CV_32S, cv2.CCL_BBDT
    )
    found: list[list[Piece]] = [[] for _ in range(count)]
    diagonals = (np.hypot(stats[:, 2], stats[:, 3]) / DENSITY).tolist()
    for label, (left, top, wide, tall, area) in enumerate(stats[1:].tolist(), 1):
        index, top = divmod(top, pitch)
        found[index].append(Piece(label, left, top, wide, tall, area, diagonals[label]))
    return labels.reshape(count, pitch, width)[:, :height], found


def follow(found: Sequence[Evidence], tall: Bytes, thin: Bytes, zone: Zones, floor: float, shades: Floats) -> None:
    """Measure each box's stroke that weighs most, what it has to do with strokes outside, and lines through it all.

    tall, thin: (n, side, side) ink of boxes of one size; shades: (n,) what their surroundings have.
    """

    ink, lines = tall[:, zone.rows, zone.columns], thin[:, zone.rows, zone.columns]
    strong = (shades + STRONG * UNIT)[:, None, None]
    masks = (lines > floor) | (ink > strong)
    inner, inside = pieces_of(masks)
    ringed = [index for index, item in enumerate(found) if item.ring_ink]
    outer, outside = pieces_of(((thin[ringed] > floor) | (tall[ringed] > strong[ringed])) & zone.outside)
    crossed = _may_be_crossed(thin, floor)
    for index, (item, shade) in enumerate(zip(found, shades.tolist(), strict=True)):
        best, crossing = _heaviest(item, ink[index], lines[index], inner[index], inside[index], shade)
        stroke = inner[index] == best if best else None
        if stroke is not None:
            _shape(item, ink[index], stroke, zone, shade)
        if item.ring_ink:
            at = ringed.index(index)
            _outside(item, thin[index], outer[at], outside[at], inner[index], crossing, best, zone)
            if item.entering >= 2 and item.ends == 2 and stroke is not None:
                item.axis = _axis(stroke)
        if (best and item.extent > 1.2) or (item.around_left >= 0.6 and item.around_sides == 1):
            _through_line(item, thin[index], crossed[index], zone, floor)
            if item.through:
                _beside_line(item, ink[index], lines[index], masks[index], shade)


def _heaviest(
    found: Evidence, ink: Bytes, lines: Bytes, labels: Labels, pieces: Sequence[Piece], shade: float
) -> tuple[int, list[int]]:
    """Measure the stroke inside that weighs most; its label (0: none) and those of strokes that reach the frame."""
    import cv2
    import numpy as np

    rows, columns = ink.shape
    best, crossing = 0, []
    for piece in pieces:
        if piece.area < 4:
            continue
        chosen = labels[piece.part] == piece.label
        values = lines[piece.part][chosen]
        if shade < 60:
            values = np.maximum(values, cv2.subtract(ink[piece.part][chosen], shade).ravel())
        contrast, extent = _upper(values) / UNIT, max(0.1, piece.diagonal - BLUR_MM)
        found.specks += extent < 1.7 and contrast > 0.1
        left, top, width, height = piece.left, piece.top, piece.width, piece.height
        sides = (left == 0) + (top == 0) + (left + width == columns) + (top + height == rows)
        if sides:
            crossing.append(piece.label)
        if min(extent, 4.0) * min(contrast, 0.4) > min(found.extent, 4.0) * min(found.contrast, 0.4):
            found.contrast, found.extent, best = contrast, extent, piece.label
            found.cornered = sides >= 2
            found.edge = _hugs_frame(piece, rows, columns)
            round_shape = piece.area > 0.55 * width * height and max(width, height) < 1.8 * min(width, height)
            found.blob = bool(round_shape and extent < BLOB_MOST_MM)
    return best, crossing


def _shape(found: Evidence, ink: Bytes, stroke: Mask, zone: Zones, shade: float) -> None:
    """How much ink the stroke that weighs most has for its length, where it meets the frame, whether it is central."""
    import numpy as np

    values = ink[stroke]
    black = (float(values.sum()) - float(np.minimum(values, np.uint8(shade)).sum())) / UNIT / DENSITY**2
    found.body = black / (found.extent + BLUR_MM)
    rim = stroke.ravel()[zone.rim]
    found.ends = int(np.count_nonzero(rim[1:] & ~rim[:-1])) + bool(rim[0] and not rim[-1])
    rows, columns = (size // 2 for size in stroke.shape)
    reach = round(MIDDLE_MM * DENSITY)
    found.middle = bool(stroke[rows - reach : rows + reach + 1, columns - reach : columns + reach + 1].any())


def _axis(stroke: Mask) -> tuple[float, float]:
    """Direction of a stroke, of length 1."""
    import numpy as np

    y, x = np.nonzero(stroke)
    _, directions = np.linalg.eigh(np.cov(x, y))
    return float(directions[0, 1]), float(directions[1, 1])


def _upper(values: Bytes) -> float:
    """The level that 70 % of some ink stays below."""
    import numpy as np

    rank = int(len(values) * 0.7)
    return float(np.partition(values, rank)[rank])


def _hugs_frame(piece: Piece, rows: int, columns: int) -> bool:
    """Whether a stroke lies all along one edge of the inside: most likely the frame itself, blurred or out of place."""
    left, top, width, height = piece.left, piece.top, piece.width, piece.height
    thick = 0.9 * DENSITY
    level = height <= thick and width >= 0.7 * columns and (top == 0 or top + height == rows)
    upright = width <= thick and height >= 0.7 * rows and (left == 0 or left + width == columns)
    return level or upright


def _outside(
    found: Evidence, thin: Bytes, labels: Labels, strokes: Sequence[Piece], inner: Labels, crossing: list[int],
    best: int, zone: Zones,
) -> None:  # fmt: skip
    """Which strokes outside belong to those inside, which come from beyond the patch, and which end here."""
    side = thin.shape[0]
    far: dict[int, int] = {}
    here: set[int] = set()
    for piece in strokes:
        extent = piece.diagonal - BLUR_MM
        if piece.area < 8 or extent < PIECE_MM - BLUR_MM:
            continue
        left, top = piece.left, piece.top
        if min(left, top) <= BORDER or max(left + piece.width, top + piece.height) >= side - BORDER:
            # Reaching the left border means coming from somewhere else: nobody draws that far away from the label.
            far[piece.label] = 2 if left <= 1 else 1
            continue
        here.add(piece.label)
        if extent >= STRAY_MM:
            found.stray = max(found.stray, _upper(thin[piece.part][labels[piece.part] == piece.label]) / UNIT)
    found.far_ink = bool(far)
    leads = {label: _touched(inner == label, labels, zone) & (far.keys() | here) for label in crossing}
    found.torn = sum(bool(touched) for touched in leads.values()) >= 2
    if best in leads:
        found.entering = sum(far[other] for other in leads[best] if other in far)
        found.here = len(leads[best] & here)
    if (far or here) and (found.extent < LONG_MM or found.entering >= 2 or found.around >= RINGED):
        _point(found, thin, inner, labels, crossing, far.keys() | here, zone)


def _point(
    found: Evidence, thin: Bytes, inner: Labels, labels: Labels, crossing: list[int], strokes: set[int], zone: Zones
) -> None:
    """Put together all that meets the frame, inside and outside, and see whether it turns round below the box."""
    whole = _labelled(labels, _beside_frame(labels, zone) & strokes)
    whole[zone.rows, zone.columns] |= _labelled(inner, crossing)
    if whole.any():
        found.point, found.point_body = point_of(whole, thin, zone)


def _beside_frame(labels: Labels, zone: Zones) -> set[int]:
    """Labels of the strokes outside that come up to the frame."""
    import numpy as np

    reach = round((INSET_MM + OUTSET_MM) * DENSITY) + 3
    top, bottom = zone.rows.start - reach, zone.rows.stop + reach
    left, right = zone.columns.start - reach, zone.columns.stop + reach
    return set(np.flatnonzero(np.bincount(labels[top:bottom, left:right].ravel())).tolist())


def _labelled(labels: Labels, wanted: Iterable[int]) -> Mask:
    """Where one of these labels stands; a table is ten times as fast as numpy's isin."""
    import numpy as np

    table = np.zeros(int(labels.max()) + 1, np.bool_)
    table[list(wanted)] = True
    return table[labels]


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
    return set(np.flatnonzero(np.bincount(near[grown])).tolist())


def _may_be_crossed(thin: Bytes, floor: float) -> list[list[bool]]:
    """Level and upright for each patch (n, side, side): whether there is ink at both ends of a line through it."""
    import numpy as np

    level = np.minimum(thin[:, :, :4].max(axis=(1, 2)), thin[:, :, -12:-6].max(axis=(1, 2)))
    upright = np.minimum(thin[:, :4].max(axis=(1, 2)), thin[:, -12:-6].max(axis=(1, 2)))
    crossed: list[list[bool]] = (np.stack([level, upright], axis=1) >= 0.5 * floor).tolist()
    return crossed


def _through_line(found: Evidence, thin: Bytes, crossed: Sequence[bool], zone: Zones, floor: float) -> None:
    """Find a nearly level or upright straight line through the whole patch: its contrast and where it runs."""
    import cv2
    import numpy as np

    side = thin.shape[0]
    best = 0.4 * floor
    for upright, weights in enumerate(zone.segments):
        if not crossed[upright]:
            continue
        image = cv2.transpose(thin) if upright else thin
        profile = cv2.dilate(image.astype(np.float32) @ weights, np.ones((3, 1), np.uint8))
        levels = profile[zone.gather, np.arange(profile.shape[1])].min(axis=2)
        if float(levels.max()) > best:
            slope, row = np.unravel_index(int(levels.argmax()), levels.shape)
            best = float(levels.max())
            found.through = best / UNIT
            found.line = bool(upright), float(row) - (side - 1) / 2, SLOPES[int(slope)]
            found.line_reach = side / 2


def _beside_line(found: Evidence, ink: Bytes, lines: Bytes, mask: Mask, shade: float) -> None:
    """Contrast and extent of the best stroke inside that stays when the line through the patch is taken away."""
    import cv2
    import numpy as np

    upright, offset, slope = found.line
    rows, columns = mask.shape
    y, x = np.ogrid[:rows, :columns]
    down, across = y - (rows - 1) / 2, x - (columns - 1) / 2
    distance = across - offset - slope * down if upright else down - offset - slope * across
    rest = (mask & (np.abs(distance) > LINE_MM * DENSITY)).view(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(rest, connectivity=8)
    for label in range(1, count):
        _, _, width, height, area = stats[label].tolist()
        if area < 4:
            continue
        chosen = labels == label
        values = lines[chosen]
        if shade < 60:
            values = np.maximum(values, cv2.subtract(ink[chosen], shade).ravel())
        contrast, extent = _upper(values) / UNIT, float(np.hypot(width, height)) / DENSITY - BLUR_MM
        if min(extent, 4.0) * min(contrast, 0.4) > min(found.beside_extent, 4.0) * min(found.beside, 0.4):
            found.beside, found.beside_extent = contrast, extent
