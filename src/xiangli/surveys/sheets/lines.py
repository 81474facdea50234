"""Follow the strokes in and around one box: how long, how dark, and whether they come from somewhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .points import point_of
from .scale import DENSITY, UNIT
from .zones import BLUR_MM, INSET_MM, OUTSET_MM, SLOPES, Evidence, Zones

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Labels = NDArray[np.int32]

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


def follow(found: Evidence, tall: Bytes, thin: Bytes, zone: Zones, floor: float, shade: float) -> None:
    """Measure the stroke inside that weighs most, what it has to do with strokes outside, and lines through it all."""
    import cv2
    import numpy as np

    ink, lines = tall[zone.rows, zone.columns], thin[zone.rows, zone.columns]
    strong = shade + STRONG * UNIT
    mask = ((lines > floor) | (ink > strong)).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    best, crossing = 0, []
    for label in range(1, count):
        left, top, width, height, area = stats[label].tolist()
        if area < 4:
            continue
        chosen = labels[top : top + height, left : left + width] == label
        values = lines[top : top + height, left : left + width][chosen]
        if shade < 60:
            dark = ink[top : top + height, left : left + width][chosen]
            values = np.maximum(values, cv2.subtract(dark, shade).ravel())
        contrast = _upper(values) / UNIT
        extent = max(0.1, float(np.hypot(width, height)) / DENSITY - BLUR_MM)
        found.specks += extent < 1.7 and contrast > 0.1
        sides = (left == 0) + (top == 0) + (left + width == mask.shape[1]) + (top + height == mask.shape[0])
        if sides:
            crossing.append(label)
        if min(extent, 4.0) * min(contrast, 0.4) > min(found.extent, 4.0) * min(found.contrast, 0.4):
            found.contrast, found.extent, best = contrast, extent, label
            found.cornered = sides >= 2
            found.edge = _hugs_frame(stats[label].tolist(), mask.shape)
            round_shape = area > 0.55 * width * height and max(width, height) < 1.8 * min(width, height)
            found.blob = bool(round_shape and extent < BLOB_MOST_MM)
    if best:
        _shape(found, ink, labels == best, shade)
    if found.ring_ink:
        _outside(found, ((thin > floor) | (tall > strong)), thin, labels, crossing, best, zone)
        if found.entering >= 2 and found.ends == 2:
            found.axis = _axis(labels == best)
    if (best and found.extent > 1.2) or (found.around_left >= 0.6 and found.around_sides == 1):
        _through_line(found, thin, zone, floor)
        if found.through:
            _beside_line(found, ink, lines, mask, shade)


def _shape(found: Evidence, ink: Bytes, stroke: NDArray[np.bool_], shade: float) -> None:
    """How much ink the stroke that weighs most has for its length, where it meets the frame, whether it is central."""
    import numpy as np

    values = ink[stroke]
    black = (float(values.sum()) - float(np.minimum(values, np.uint8(shade)).sum())) / UNIT / DENSITY**2
    found.body = black / (found.extent + BLUR_MM)
    rim = np.concatenate([stroke[0], stroke[1:, -1], stroke[-1, -2::-1], stroke[-2:0:-1, 0]])
    found.ends = int(np.count_nonzero(rim[1:] & ~rim[:-1])) + bool(rim[0] and not rim[-1])
    rows, columns = (size // 2 for size in stroke.shape)
    reach = round(MIDDLE_MM * DENSITY)
    found.middle = bool(stroke[rows - reach : rows + reach + 1, columns - reach : columns + reach + 1].any())


def _axis(stroke: NDArray[np.bool_]) -> tuple[float, float]:
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


def _hugs_frame(box: list[int], shape: tuple[int, ...]) -> bool:
    """Whether a stroke lies all along one edge of the inside: most likely the frame itself, blurred or out of place."""
    left, top, width, height, _ = box
    thick = 0.9 * DENSITY
    level = height <= thick and width >= 0.7 * shape[1] and (top == 0 or top + height == shape[0])
    upright = width <= thick and height >= 0.7 * shape[0] and (left == 0 or left + width == shape[1])
    return level or upright


def _outside(
    found: Evidence, ink: NDArray[np.bool_], thin: Bytes, inner: Labels, crossing: list[int], best: int, zone: Zones
) -> None:
    """Which strokes outside belong to those inside, which come from beyond the patch, and which end here."""
    import cv2
    import numpy as np

    count, labels, stats, _ = cv2.connectedComponentsWithStats((ink & zone.outside).astype(np.uint8), connectivity=8)
    side = thin.shape[0]
    far: dict[int, int] = {}
    here: set[int] = set()
    for label in range(1, count):
        left, top, width, height, area = stats[label].tolist()
        extent = float(np.hypot(width, height)) / DENSITY - BLUR_MM
        if area < 8 or extent < PIECE_MM - BLUR_MM:
            continue
        if min(left, top) <= BORDER or max(left + width, top + height) >= side - BORDER:
            # Reaching the left border means coming from somewhere else: nobody draws that far away from the label.
            far[label] = 2 if left <= 1 else 1
            continue
        here.add(label)
        if extent >= STRAY_MM:
            part = slice(top, top + height), slice(left, left + width)
            found.stray = max(found.stray, _upper(thin[part][labels[part] == label]) / UNIT)
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
    import numpy as np

    whole = np.isin(labels, list(_beside_frame(labels, zone) & strokes))
    whole[zone.rows, zone.columns] |= np.isin(inner, crossing)
    if whole.any():
        found.point, found.point_body = point_of(whole, thin, zone)


def _beside_frame(labels: Labels, zone: Zones) -> set[int]:
    """Labels of the strokes outside that come up to the frame."""
    import numpy as np

    reach = round((INSET_MM + OUTSET_MM) * DENSITY) + 3
    top, bottom = zone.rows.start - reach, zone.rows.stop + reach
    left, right = zone.columns.start - reach, zone.columns.stop + reach
    return set(np.unique(labels[top:bottom, left:right]).tolist())


def _touched(inner: NDArray[np.bool_], labels: Labels, zone: Zones) -> set[int]:
    """Labels of the strokes outside that a piece inside leads over to where it meets the frame."""
    import cv2
    import numpy as np

    edge = np.zeros(labels.shape, np.uint8)
    rim = edge[zone.rows, zone.columns]
    rim[:] = inner
    rim[1:-1, 1:-1] = 0
    reach = 2 * round((INSET_MM + OUTSET_MM) * DENSITY) + 5
    grown = cv2.dilate(edge, np.ones((reach, reach), np.uint8)) > 0
    return set(np.unique(labels[grown]).tolist())


def _through_line(found: Evidence, thin: Bytes, zone: Zones, floor: float) -> None:
    """Find a nearly level or upright straight line through the whole patch: its contrast and where it runs."""
    import cv2
    import numpy as np

    side = thin.shape[0]
    best = 0.4 * floor
    for upright, (image, weights) in enumerate(((thin, zone.segments[0]), (cv2.transpose(thin), zone.segments[1]))):
        if min(image[:, :4].max(), image[:, -12:-6].max()) < 0.5 * floor:
            continue
        profile = cv2.dilate(image.astype(np.float32) @ weights, np.ones((3, 1), np.uint8))
        levels = profile[zone.gather, np.arange(profile.shape[1])].min(axis=2)
        if float(levels.max()) > best:
            slope, row = np.unravel_index(int(levels.argmax()), levels.shape)
            best = float(levels.max())
            found.through = best / UNIT
            found.line = bool(upright), float(row) - (side - 1) / 2, SLOPES[int(slope)]
            found.line_reach = side / 2


def _beside_line(found: Evidence, ink: Bytes, lines: Bytes, mask: Bytes, shade: float) -> None:
    """Contrast and extent of the best stroke inside that stays when the line through the patch is taken away."""
    import cv2
    import numpy as np

    upright, offset, slope = found.line
    rows, columns = mask.shape
    y, x = np.ogrid[:rows, :columns]
    down, across = y - (rows - 1) / 2, x - (columns - 1) / 2
    distance = across - offset - slope * down if upright else down - offset - slope * across
    rest = mask & (np.abs(distance) > LINE_MM * DENSITY).astype(np.uint8)
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
