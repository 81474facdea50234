"""A printed page as paper: filled in, dirtied, stamped; RGB at a canvas density, before any scanner sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from ..layout import Place
from .strokes import Pen, mark

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Image = NDArray[np.uint8]
    Floats = NDArray[np.float64]
    Random = np.random.Generator

STOCKS = {"white": (250, 250, 248), "cream": (246, 240, 224), "recycled": (222, 220, 212), "thin": (243, 243, 243)}


@dataclass
class Sheet:
    """A page being filled in. canvas: RGB float32 (h, w, 3) 0 to 255; density: pixels a millimetre."""

    canvas: NDArray[np.float32]
    density: float


def blank_sheet(printed: Image, density: float, stock: str, random: Random) -> Sheet:
    """A printed page (grey or RGB, 8 bits) on a kind of paper: white, cream, recycled, thin."""
    import cv2
    import numpy as np

    ink = 1.0 - (printed if printed.ndim == 2 else printed.mean(axis=2)).astype(np.float32) / 255.0
    paper = np.array(STOCKS[stock], dtype=np.float32)
    toner = np.float32(random.uniform(18, 60))
    canvas = paper * (1 - ink[:, :, None]) + toner * ink[:, :, None]
    if stock == "recycled":
        grain = random.normal(0, 7, (ink.shape[0] // 3 + 1, ink.shape[1] // 3 + 1)).astype(np.float32)
        canvas += cv2.resize(grain, ink.shape[::-1], interpolation=cv2.INTER_LINEAR)[:, :, None]
    return Sheet(np.clip(canvas, 0, 255), density)


def draw(sheet: Sheet, place: Place, kind: str, pen: Pen, random: Random) -> None:
    """Put a mark of a kind into a box."""
    if kind == "erasure":
        _erasure(sheet, place, pen, random)
    elif kind == "specks":
        _specks(sheet, place, random)
    else:
        side = min(place.w, place.h)
        middle = (place.x + place.w / 2, place.y + place.h / 2)
        ink(sheet, [stroke + middle for stroke in mark(kind, side, random)], pen, random)


def ink(sheet: Sheet, strokes: Sequence[Floats], pen: Pen, random: Random, strength: float | None = None) -> None:
    """Draw strokes (millimetres on the page) with a pen."""
    import cv2
    import numpy as np

    points = np.concatenate(list(strokes))
    margin = pen.width + 1.0
    x0, y0 = (np.floor((points.min(axis=0) - margin) * sheet.density)).astype(int)
    x1, y1 = (np.ceil((points.max(axis=0) + margin) * sheet.density)).astype(int)
    x0, y0 = max(0, int(x0)), max(0, int(y0))
    x1, y1 = min(sheet.canvas.shape[1], int(x1)), min(sheet.canvas.shape[0], int(y1))
    if x1 - x0 < 3 or y1 - y0 < 3:
        return
    fine = 3
    layer = np.zeros(((y1 - y0) * fine, (x1 - x0) * fine), np.uint8)
    for stroke in strokes:
        scaled = (stroke * sheet.density - (x0, y0)) * fine
        for start, end in pairwise(scaled):
            width = max(1, round(pen.width * sheet.density * fine * random.uniform(0.85, 1.15)))
            cv2.line(layer, _whole(start), _whole(end), 255, width, cv2.LINE_AA, 4)
    cover = cv2.resize(layer, (x1 - x0, y1 - y0), interpolation=cv2.INTER_AREA).astype(np.float32) / 255.0
    if pen.grain:
        noise = random.uniform(0, 1, cover.shape).astype(np.float32)
        noise = cv2.GaussianBlur(noise, (0, 0), max(0.3, 0.09 * sheet.density))
        noise = (noise - noise.mean()) / max(float(noise.std()), 1e-6)
        cover *= np.clip(1 + pen.grain * noise, 0, 1.25)
    cover = np.clip(cover * (pen.strength if strength is None else strength), 0, 1)[:, :, None]
    part = sheet.canvas[y0:y1, x0:x1]
    part += (np.minimum(np.array(pen.colour, np.float32), part) - part) * cover


def _erasure(sheet: Sheet, place: Place, pen: Pen, random: Random) -> None:
    """A pencil tick rubbed out: a trace of the line in a smear of graphite."""
    import numpy as np

    middle = (place.x + place.w / 2, place.y + place.h / 2)
    trace = [stroke + middle for stroke in mark("tick", min(place.w, place.h), random)]
    ink(sheet, trace, Pen((95, 95, 98), 0.6, 1.0, 0.4), random, strength=float(random.uniform(0.03, 0.14)))
    reach = random.uniform(0.6, 1.3) * place.w / 2
    smear = [np.array([[-reach, y], [reach, y + 0.5]]) + middle for y in np.arange(-reach, reach, 0.8)]
    ink(sheet, smear, Pen((120, 120, 122), 1.6, 1.0, 0.2), random, strength=float(random.uniform(0.03, 0.16)))


def _specks(sheet: Sheet, place: Place, random: Random) -> None:
    """Dirt: a few small grains in and around the box."""
    import numpy as np

    for _ in range(int(random.integers(1, 5))):
        at = np.array([place.x, place.y]) + random.uniform(-0.2, 1.2, 2) * (place.w, place.h)
        grain = Pen((60, 52, 45), float(random.uniform(0.15, 0.6)), float(random.uniform(0.4, 0.9)))
        ink(sheet, [at + np.array([[0.0, 0.0], [0.08, 0.05]])], grain, random)


def stain(sheet: Sheet, random: Random) -> None:
    """A ring of tea and a faint pool."""
    import cv2
    import numpy as np

    height, width = sheet.canvas.shape[:2]
    radius = random.uniform(15, 32) * sheet.density
    x, y = random.uniform(0.2, 0.8, 2) * (width, height)
    rows, columns = np.ogrid[:height, :width]
    wobble = 1 + 0.05 * np.sin(3 * np.arctan2(rows - y, columns - x) + random.uniform(0, 6))
    distance = np.hypot(rows - y, columns - x) / (radius * wobble)
    edge = (distance - 1) * radius / sheet.density
    pool = 0.10 / (1 + np.exp((distance - 1) * 40)) + 0.16 * np.exp(-(edge**2) / 0.8)
    pool = cv2.GaussianBlur(pool.astype(np.float32), (0, 0), 0.3 * sheet.density) * np.float32(random.uniform(0.5, 1.4))
    colour = np.array([150, 110, 60], np.float32)
    sheet.canvas += (np.minimum(colour, sheet.canvas) - sheet.canvas) * pool[:, :, None]


def fold(sheet: Sheet, random: Random) -> None:
    """A sharp fold over the whole page: a dark line with a light lip beside it."""
    import numpy as np

    height, width = sheet.canvas.shape[:2]
    across = bool(random.integers(2))
    length = height if across else width
    at = length * random.choice([1 / 3, 1 / 2, 2 / 3, random.uniform(0.2, 0.8)])
    rows, columns = np.ogrid[:height, :width]
    slope = random.normal(0, 0.004)
    offset = (rows - at - slope * columns) if across else (columns - at - slope * rows)
    distance = offset / sheet.density
    shade = -random.uniform(15, 60) * np.exp(-((distance / 0.18) ** 2)) + 6 * np.exp(-(((distance - 0.5) / 0.4) ** 2))
    sheet.canvas += shade.astype(np.float32)[:, :, None]
    np.clip(sheet.canvas, 0, 255, out=sheet.canvas)


def seal(sheet: Sheet, random: Random) -> None:
    """A round official seal in red, 40 mm across, stamped where it likes."""
    import cv2
    import numpy as np

    density, radius = sheet.density, 20.0
    height, width = sheet.canvas.shape[:2]
    x, y = random.uniform(0.25, 0.75) * width, random.uniform(0.25, 0.85) * height
    size = int(2 * (radius + 2) * density)
    layer = np.zeros((size, size), np.uint8)
    middle = (size // 2, size // 2)
    cv2.circle(layer, middle, int(radius * density), 255, round(1.2 * density), cv2.LINE_AA)
    points = np.arange(10) * np.pi / 5
    reach = np.where(np.arange(10) % 2 == 0, 7.0, 2.8) * density
    star = np.stack([np.sin(points), -np.cos(points)], axis=1) * reach[:, None] + middle
    cv2.fillPoly(layer, [star.astype(np.int32)], 255, cv2.LINE_AA)
    for angle in np.linspace(-2.2, 2.2, 13):
        at = middle + density * 15.5 * np.array([np.sin(angle), -np.cos(angle)])
        for _ in range(5):
            start, end = random.uniform(-1.7, 1.7, (2, 2)) * density
            cv2.line(layer, _whole(at + start), _whole(at + end), 255, round(0.5 * density), cv2.LINE_AA, 4)
    worn = cv2.GaussianBlur(random.uniform(0, 1, layer.shape).astype(np.float32), (0, 0), 0.6 * density)
    worn = np.clip(0.85 + 2.0 * (worn - worn.mean()) / max(float(worn.std()), 1e-6) * 0.15, 0.2, 1)
    cover = layer.astype(np.float32) / 255 * worn * np.float32(random.uniform(0.55, 0.9))
    x0, y0 = int(x - size / 2), int(y - size / 2)
    clip_x, clip_y = slice(max(0, x0), min(width, x0 + size)), slice(max(0, y0), min(height, y0 + size))
    cover = cover[clip_y.start - y0 : clip_y.stop - y0, clip_x.start - x0 : clip_x.stop - x0, None]
    part = sheet.canvas[clip_y, clip_x]
    part += (np.minimum(np.array([205, 40, 45], np.float32), part) - part) * cover


def show_through(sheet: Sheet, other: Image, strength: float) -> None:
    """What is printed on the back, mirrored and faint. other: grey page of any size."""
    import cv2
    import numpy as np

    height, width = sheet.canvas.shape[:2]
    back = cv2.resize(other, (width, height), interpolation=cv2.INTER_AREA)[:, ::-1]
    back = cv2.GaussianBlur(back, (0, 0), 0.25 * sheet.density).astype(np.float32)
    sheet.canvas -= (255 - back)[:, :, None] * np.float32(strength)
    np.clip(sheet.canvas, 0, 255, out=sheet.canvas)


def _whole(point: Floats) -> tuple[int, int]:
    """cv2's fixed-point coordinates with four fractional bits."""
    return round(float(point[0]) * 16), round(float(point[1]) * 16)
