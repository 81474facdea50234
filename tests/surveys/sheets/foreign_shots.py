"""Scanners and cameras of the second generator: a real pinhole over a bent sheet, and PIL's own codecs."""

import io
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .foreign import MM

PAGE = (210.0, 297.0)


@dataclass(frozen=True)
class Catch:
    """dpi: a scan; pixels: a photo of this long side; bend: millimetres by which the paper is displaced."""

    dpi: int = 0
    pixels: int = 0
    colour: bool = True
    rough: float = 1.0
    bend: float = 0.0
    tilt: float = 1.0


def caught(sheet: Image.Image, catch: Catch, random: np.random.Generator) -> NDArray[np.uint8]:
    image = _scan(sheet, catch, random) if catch.dpi else _photo(sheet, catch, random)
    u = random.uniform
    image = image + random.normal(0, u(0.5, 5) * catch.rough, image.shape[:2])[:, :, None]
    image += random.normal(0, u(0, 2) * catch.rough, image.shape)
    picture = Image.fromarray(np.clip(image, 0, 255).astype(np.uint8))
    if not catch.colour:
        picture = picture.convert("L")
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=int(random.integers(40, 91)))
    return np.asarray(Image.open(buffer))


def _scan(sheet: Image.Image, catch: Catch, random: np.random.Generator) -> NDArray[np.float32]:
    u = random.uniform
    scale = catch.dpi / 300 * float(random.choice([1.0, 1.0, 0.97, u(0.985, 1.01)]))
    size = round(sheet.width * catch.dpi / 300), round(sheet.height * catch.dpi / 300)
    skew = np.radians(random.normal(0, 1.0 * catch.rough) + float(random.choice([0, 0, 0, 180])))
    cos, sin = np.cos(skew) * scale, np.sin(skew) * scale
    matrix = np.array([[cos, -sin, 0.0], [sin, cos, 0.0]])
    centre = matrix[:, :2] @ np.array([sheet.width / 2, sheet.height / 2])
    matrix[:, 2] = np.array(size) / 2 - centre + u(-2, 2, 2) * catch.dpi / 25.4
    source = np.asarray(sheet)
    if catch.dpi < 300:
        source = cv2.GaussianBlur(source, (0, 0), 0.36 * 300 / catch.dpi * u(0.9, 1.6))
    image = cv2.warpAffine(source, matrix, size, flags=cv2.INTER_LINEAR, borderValue=(int(u(200, 255)),) * 3)
    curve = u(0.8, 1.25)
    return (255 * (image.astype(np.float32) / 255) ** curve * u(0.92, 1.0)).astype(np.float32)


def _photo(sheet: Image.Image, catch: Catch, random: np.random.Generator) -> NDArray[np.float32]:
    """Points of the bent paper are projected, and the picture is resampled through the inverse of that map."""
    u = random.uniform
    gx, gy = np.meshgrid(np.linspace(0, 1, 43), np.linspace(0, 1, 61))
    x, y = (gx - 0.5) * PAGE[0], (gy - 0.5) * PAGE[1]
    z = np.zeros_like(x)
    if catch.bend:
        shape = int(random.integers(5))
        wave = (
            np.sin(np.pi * gy),
            np.sin(np.pi * gx),
            np.sin(2 * np.pi * gy),
            (gx * gy) ** 2,
            np.sin(np.pi * (gx + gy) / 2),
        )[shape]
        if random.random() < 0.5:
            z = wave * catch.bend * 4  # a bulge that a slanting view turns into a few millimetres
        else:
            angle = u(0, 2 * np.pi)
            x, y = x + np.cos(angle) * wave * catch.bend, y + np.sin(angle) * wave * catch.bend
    turn = np.radians(float(random.choice([0, 90, 180, 270, u(0, 360)])) + random.normal(0, 4))
    x, y = x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)
    a, b = np.radians(random.normal(0, 9, 2) * catch.tilt)
    y, z = y * np.cos(a) - z * np.sin(a), y * np.sin(a) + z * np.cos(a)
    x, z = x * np.cos(b) + z * np.sin(b), -x * np.sin(b) + z * np.cos(b)
    depth = z + u(450, 800)
    px, py = x / depth, y / depth
    span = max(np.ptp(px), np.ptp(py))
    zoom = catch.pixels * u(0.82, 0.97) / span
    px, py = (px - px.min()) * zoom, (py - py.min()) * zoom
    wide, tall = (
        (catch.pixels, catch.pixels * 3 // 4) if np.ptp(px) > np.ptp(py) else (catch.pixels * 3 // 4, catch.pixels)
    )
    wide, tall = max(wide, int(np.ptp(px) * 1.03)), max(tall, int(np.ptp(py) * 1.03))
    px, py = px + (wide - np.ptp(px)) * u(0.2, 0.8), py + (tall - np.ptp(py)) * u(0.2, 0.8)
    across, down, inside = _inverse(px, py, (tall, wide))
    source = np.asarray(sheet)
    shrink = 300 / 25.4 / (zoom / np.median(depth))
    if shrink > 1:
        source = cv2.GaussianBlur(source, (0, 0), 0.4 * shrink)
    image = cv2.remap(source, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    table = u(20, 150, 3).astype(np.float32)
    image = np.where(inside[:, :, None], image, table + random.normal(0, 6, (tall, wide, 1)).astype(np.float32))
    image *= _light((tall, wide), random)[:, :, None]
    blur = u(0.3, 1.1) * catch.rough * (0.45 + catch.pixels / 4000)
    return cv2.GaussianBlur(image, (0, 0), blur)


def _inverse(
    px: NDArray[np.float64], py: NDArray[np.float64], size: tuple[int, int]
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]]:
    """Sheet pixels of every image pixel, by painting the sheet's coordinates cell by cell."""
    rows, columns = px.shape
    across, down = np.full(size, -1, np.float32), np.full(size, -1, np.float32)
    inside = np.zeros(size, bool)
    page = PAGE[0] * MM, PAGE[1] * MM
    for i in range(rows - 1):
        for j in range(columns - 1):
            quad = np.array(
                [
                    [px[i, j], py[i, j]],
                    [px[i, j + 1], py[i, j + 1]],
                    [px[i + 1, j + 1], py[i + 1, j + 1]],
                    [px[i + 1, j], py[i + 1, j]],
                ],
                np.float32,
            )
            u0, u1, v0, v1 = j / (columns - 1), (j + 1) / (columns - 1), i / (rows - 1), (i + 1) / (rows - 1)
            target = np.array([[u0, v0], [u1, v0], [u1, v1], [u0, v1]], np.float32) * np.array(page, np.float32)
            left, top = np.maximum(np.floor(quad.min(axis=0)).astype(int), 0)
            right, bottom = np.ceil(quad.max(axis=0)).astype(int) + 1
            right, bottom = min(right, size[1]), min(bottom, size[0])
            if right <= left or bottom <= top:
                continue
            m = cv2.getPerspectiveTransform(quad, target)
            xs, ys = np.meshgrid(np.arange(left, right), np.arange(top, bottom))
            w = m[2, 0] * xs + m[2, 1] * ys + m[2, 2]
            sx, sy = (m[0, 0] * xs + m[0, 1] * ys + m[0, 2]) / w, (m[1, 0] * xs + m[1, 1] * ys + m[1, 2]) / w
            slack = 0.51
            hit = (
                (sx >= u0 * page[0] - slack)
                & (sx <= u1 * page[0] + slack)
                & (sy >= v0 * page[1] - slack)
                & (sy <= v1 * page[1] + slack)
            )
            part = np.s_[top:bottom, left:right]
            across[part][hit], down[part][hit], inside[part][hit] = sx[hit], sy[hit], True
    return across - 0.5, down - 0.5, inside


def _light(size: tuple[int, int], random: np.random.Generator) -> NDArray[np.float32]:
    """An even slope of light, and often the soft-edged shadow of a hand or a phone."""
    tall, wide = size
    u = random.uniform
    light = u(0.7, 1.0) * (
        1 + np.linspace(-1, 1, wide)[None, :] * u(-0.22, 0.22) + np.linspace(-1, 1, tall)[:, None] * u(-0.22, 0.22)
    )
    if random.random() < 0.6:
        mask = np.zeros((tall // 8, wide // 8), np.float32)
        corners = (u(0, 1, (5, 2)) * [wide // 8, tall // 8]).astype(np.int32)
        cv2.fillConvexPoly(mask, cv2.convexHull(corners), 1.0)
        mask = cv2.GaussianBlur(mask, (0, 0), u(1.5, 25))
        light = light * (1 - u(0.15, 0.5) * cv2.resize(mask, (wide, tall)))
    return light.astype(np.float32)
