"""Scanners and phone cameras: a filled-in page becomes an image file's pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .paper import Sheet

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Image = NDArray[np.uint8]
    Floats = NDArray[np.float64]
    Random = np.random.Generator


@dataclass(frozen=True)
class Shot:
    """How a page was caught.

    dpi for scanners; pixels (long side) for cameras; turn and skew in degrees; scale of the print; tilt (0 none to 0.25
    strong perspective); bend in millimetres; light: flat, gradient, shadow; blur (sigma) and motion in pixels; noise
    (sigma of 255); jpeg quality; colour or grey; gamma; border: millimetres of dark edge beside the paper.
    """

    dpi: int = 150
    pixels: int = 0
    turn: int = 0
    skew: float = 0.0
    scale: tuple[float, float] = (1.0, 1.0)
    tilt: float = 0.0
    bend: float = 0.0
    light: str = "flat"
    blur: float = 0.4
    motion: float = 0.0
    noise: float = 2.0
    jpeg: int = 85
    colour: bool = False
    gamma: float = 1.0
    border: float = 0.0
    black_white: bool = False


def scanner(random: Random, dpi: int, *, colour: bool = False, rough: bool = False) -> Shot:
    """A flat-bed scan with the usual faults; rough: an old machine and a hurried hand."""
    return Shot(
        dpi=dpi, turn=int(random.choice([0, 0, 0, 180])), skew=float(random.normal(0, 2.0 if rough else 0.7)),
        scale=_print_scale(random), blur=float(random.uniform(0.25, 0.9 if rough else 0.6)),
        noise=float(random.uniform(1, 6 if rough else 3)), jpeg=int(random.integers(55 if rough else 75, 93)),
        colour=colour, gamma=float(random.uniform(0.8, 1.25)), border=float(random.uniform(0, 6) if rough else 0),
    )  # fmt: skip


def camera(random: Random, pixels: int, *, bend: float = 0.0, rough: bool = False) -> Shot:
    """A phone photo, its long side in pixels; bend in millimetres."""
    detail = pixels / 4000
    return Shot(
        pixels=pixels, turn=int(random.choice([0, 90, 180, 270])),
        skew=float(random.uniform(-12, 12) if rough else random.normal(0, 3)),
        scale=_print_scale(random), tilt=float(random.uniform(0.02, 0.16 if rough else 0.08)), bend=bend,
        light=str(random.choice(["gradient", "shadow"])),
        blur=float(random.uniform(0.5, 1.6 if rough else 1.0)) * (0.4 + detail),
        motion=float(random.uniform(0, 6) * detail) if rough else 0.0,
        noise=float(random.uniform(2, 7 if rough else 4)),
        jpeg=int(random.integers(60, 92)), colour=True, gamma=float(random.uniform(0.8, 1.3)),
    )  # fmt: skip


def _print_scale(random: Random) -> tuple[float, float]:
    """Printers stretch by a percent or so; "fit to page" shrinks to 94-97 %."""
    base = float(random.uniform(0.94, 0.97) if random.random() < 0.2 else random.normal(1, 0.006))
    return base * float(random.normal(1, 0.002)), base


def take(sheet: Sheet, shot: Shot, random: Random) -> Image:
    """The image: (h, w) grey or (h, w, 3) RGB, eight bits, jpeg already lost."""
    import cv2
    import numpy as np

    where, size, density = _geometry(sheet, shot, random)
    blur = 0.42 * sheet.density / density
    canvas = cv2.GaussianBlur(sheet.canvas, (0, 0), blur) if blur > 0.5 else sheet.canvas
    surround = (0, 0, 0) if not shot.pixels else tuple(float(value) for value in random.uniform(20, 130, 3))
    across, down = where
    image = cv2.remap(canvas, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=surround)
    if not shot.pixels and not shot.border:
        outside = cv2.remap(np.ones(canvas.shape[:2], np.float32), where[0], where[1], cv2.INTER_LINEAR, borderValue=0)
        image += (1 - outside)[:, :, None] * np.float32(248)
    image = image * _light(size, shot, random)[:, :, None]
    image = 255 * np.power(np.clip(image / 255, 0, 1), shot.gamma, dtype=np.float32)
    if shot.motion >= 1:
        image = cv2.filter2D(image, -1, _motion(shot.motion, random))
    if shot.blur > 0.2:
        image = cv2.GaussianBlur(image, (0, 0), shot.blur)
    image += random.normal(0, shot.noise, size).astype(np.float32)[:, :, None]
    image = np.clip(image, 0, 255).astype(np.uint8)
    if not shot.colour:
        image = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    if shot.black_white:
        return np.where(image < 150, 0, 255).astype(np.uint8)
    return through_jpeg(image, shot.jpeg)


def through_jpeg(image: Image, quality: int) -> Image:
    """The image as it comes back from a JPEG file."""
    import simplejpeg

    if image.ndim == 2:
        return simplejpeg.decode_jpeg(simplejpeg.encode_jpeg(image[:, :, None], quality, "GRAY"), "GRAY")[:, :, 0]
    return simplejpeg.decode_jpeg(simplejpeg.encode_jpeg(image, quality, "RGB"), "RGB")


def _geometry(sheet: Sheet, shot: Shot, random: Random) -> tuple[list[NDArray[np.float32]], tuple[int, int], float]:
    """Canvas coordinates of every image pixel, the image's size (h, w), and its pixels a millimetre."""
    import cv2
    import numpy as np

    height_mm, width_mm = sheet.canvas.shape[0] / sheet.density, sheet.canvas.shape[1] / sheet.density
    page = np.array([[0, 0], [width_mm, 0], [width_mm, height_mm], [0, height_mm]])
    angle = np.radians(shot.turn + shot.skew)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    centre = page.mean(axis=0)
    paper = (page - centre) * shot.scale @ turn.T
    if shot.pixels:
        paper = paper * (1 + random.uniform(-shot.tilt, shot.tilt, (4, 1)))
        paper = paper + random.uniform(-1, 1, (4, 2)) * shot.tilt * 20
        low, high = paper.min(axis=0), paper.max(axis=0)
        edge = random.uniform(4, 25)
        density = shot.pixels / float((high - low).max() + 2 * edge)
        paper = (paper - low + edge) * density
        width, height = ((high - low + 2 * edge) * density).astype(int)
    else:
        density = shot.dpi / 25.4
        extent = np.array([width_mm, height_mm]) if shot.turn % 180 == 0 else np.array([height_mm, width_mm])
        extent = extent + 2 * shot.border
        width, height = (extent * density).astype(int)
        # A shrunken print still comes out of the middle of a full sheet of paper.
        paper = (paper + extent / 2 + random.uniform(-1.5, 1.5, 2)) * density
    forward = cv2.getPerspectiveTransform(page.astype(np.float32), paper.astype(np.float32))
    inverse = np.linalg.inv(forward)
    xs, ys = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    scale = inverse[2, 0] * xs + inverse[2, 1] * ys + inverse[2, 2]
    x = (inverse[0, 0] * xs + inverse[0, 1] * ys + inverse[0, 2]) / scale
    y = (inverse[1, 0] * xs + inverse[1, 1] * ys + inverse[1, 2]) / scale
    if shot.bend:
        x, y = _bent(x, y, width_mm, height_mm, shot.bend, random)
    where = [((value * sheet.density) - 0.5).astype(np.float32) for value in (x, y)]
    return where, (int(height), int(width)), density


def _bent(x: Floats, y: Floats, width: float, height: float, bend: float, random: Random) -> tuple[Floats, Floats]:
    """A page that does not lie flat: points move by up to `bend` millimetres, along one axis or both."""
    import numpy as np

    u, v = np.clip(x / width, -0.1, 1.1), np.clip(y / height, -0.1, 1.1)
    kind = int(random.integers(4))
    sign = random.choice([-1, 1])
    if kind == 0:
        return x, y + sign * bend * np.sin(np.pi * v)
    if kind == 1:
        return x + sign * bend * np.sin(np.pi * v), y
    if kind == 2:
        return x, y + sign * bend * np.sin(np.pi * u)
    return x + sign * 0.7 * bend * np.sin(np.pi * v), y + 0.7 * bend * np.sin(np.pi * (0.5 * u + 0.5 * v))


def _light(size: tuple[int, int], shot: Shot, random: Random) -> NDArray[np.float32]:
    import cv2
    import numpy as np

    height, width = size
    if shot.light == "flat":
        return np.ones(size, np.float32)
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    angle = random.uniform(0, 2 * np.pi)
    along = (columns / width - 0.5) * np.cos(angle) + (rows / height - 0.5) * np.sin(angle)
    light = 0.82 + along * np.float32(random.uniform(0.1, 0.45))
    if shot.light == "shadow":
        offset = random.uniform(-0.3, 0.3)
        angle = random.uniform(0, 2 * np.pi)
        side = (columns / width - 0.5) * np.cos(angle) + (rows / height - 0.5) * np.sin(angle) - offset
        soft = random.uniform(0.004, 0.05)
        light = light * (1 - np.float32(random.uniform(0.2, 0.5)) / (1 + np.exp(np.clip(-side / soft, -40, 40))))
    return np.clip(cv2.GaussianBlur(light.astype(np.float32), (0, 0), 2), 0.05, 1.15)


def _motion(length: float, random: Random) -> NDArray[np.float32]:
    import cv2
    import numpy as np

    size = int(length) * 2 + 1
    kernel = np.zeros((size, size), np.float32)
    angle = random.uniform(0, np.pi)
    reach = length / 2 * np.array([np.cos(angle), np.sin(angle)])
    start, end = size / 2 - 0.5 - reach, size / 2 - 0.5 + reach
    cv2.line(kernel, tuple(int(v * 16) for v in start), tuple(int(v * 16) for v in end), 1.0, 1, cv2.LINE_AA, 4)
    return kernel / max(float(kernel.sum()), 1e-6)
