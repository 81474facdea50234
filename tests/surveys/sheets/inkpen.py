"""A third generator of filled-in sheets: marks are vector strokes in a PDF of our own, drawn by poppler or pdfium.

It shares nothing with `sheets.simulate` (OpenCV) and `foreign` (PIL): a hand moves a nib along a spline with pressure,
speed and tremor; the outline of what it leaves is filled. `weather` prints, wears out and catches the sheets.
"""

import math
import shutil
import subprocess
import tempfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Rgb = tuple[float, float, float]
Points = Sequence[tuple[float, float]]
POINT = 72 / 25.4
PAPER = (210.0, 297.0)
DPI = 240


@dataclass(frozen=True)
class Nib:
    """What somebody writes with: width and its spread (mm), colour, cover 0 to 1, hairs (parallel threads of graphite
    or a dry brush, 0 for liquid ink), how much pressure and speed show."""

    name: str
    width: float
    colour: Rgb
    cover: float
    hairs: int = 0
    swell: float = 0.2


@dataclass(frozen=True)
class Hand:
    """tremor in millimetres, slant in radians, how hard it presses and how carelessly it aims."""

    tremor: float
    slant: float
    press: float
    aim: float


def pick_hand(random: np.random.Generator) -> Hand:
    old = random.random() < 0.35
    return Hand(
        float(random.uniform(0.1, 0.32) if old else random.uniform(0.0, 0.08)), float(random.normal(0.0, 0.12)),
        float(random.uniform(0.75, 1.2)), float(random.uniform(0.1, 0.5)),
    )  # fmt: skip


def pick_nib(name: str, random: np.random.Generator) -> Nib:
    u = random.uniform
    dark = float(u(0.03, 0.2))
    black, blue = (dark, dark, dark + 0.03), (float(u(0.05, 0.2)), float(u(0.1, 0.3)), float(u(0.45, 0.75)))
    ink = blue if random.random() < 0.4 else black
    if name == "gel":
        return Nib(name, float(u(0.45, 0.75)), ink, 0.96)
    if name == "ballpoint":
        return Nib(name, float(u(0.35, 0.5)), ink, float(u(0.75, 0.92)), 4, 0.12)
    if name == "felt":
        return Nib(name, float(u(1.2, 2.4)), ink, float(u(0.75, 0.95)))
    if name == "brush":
        return Nib(name, float(u(0.9, 2.0)), black, 0.95, 0, 0.75)
    if name == "pencil":
        return Nib(name, float(u(0.45, 0.8)), (0.25, 0.25, 0.28), float(u(0.55, 0.75)), 7)
    if name == "light":
        return Nib(name, float(u(0.4, 0.75)), (0.35, 0.35, 0.38), float(u(0.33, 0.48)), 7)
    if name == "red":
        return Nib(name, float(u(0.45, 0.8)), (float(u(0.7, 0.9)), 0.1, 0.12), 0.92)
    raise ValueError(name)


class Ink:
    """A page of ink: filled outlines, written as one PDF content stream; millimetres from the top left."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.states: dict[int, str] = {}

    def fill(self, outline: Points, colour: Rgb, cover: float) -> None:
        level = max(1, min(100, round(cover * 100)))
        self.states[level] = f"/G{level}"
        path = " ".join(
            f"{x * POINT:.2f} {(PAPER[1] - y) * POINT:.2f} {'l' if index else 'm'}"
            for index, (x, y) in enumerate(outline)
        )
        self.parts.append(f"/G{level} gs {colour[0]:.3f} {colour[1]:.3f} {colour[2]:.3f} rg {path} h f")

    def pdf(self) -> bytes:
        states = " ".join(f"/G{level} << /ca {level / 100} /BM /Multiply >>" for level in self.states)
        body = zlib.compress("\n".join(self.parts).encode())
        objects = [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            (
                f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {PAPER[0] * POINT:.3f} {PAPER[1] * POINT:.3f}] "
                f"/Contents 4 0 R /Resources << /ExtGState << {states} >> >> >>"
            ).encode(),
            f"<< /Length {len(body)} /Filter /FlateDecode >>\nstream\n".encode() + body + b"\nendstream",
        ]
        out, starts = b"%PDF-1.5\n", []
        for number, item in enumerate(objects, 1):
            starts.append(len(out))
            out += f"{number} 0 obj\n".encode() + item + b"\nendobj\n"
        table = "".join(f"{start:010d} 00000 n \n" for start in starts)
        tail = f"xref\n0 5\n0000000000 65535 f \n{table}trailer << /Size 5 /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF"
        return out + tail.encode()


def raster(pdf: bytes | Path, page: int = 0, dpi: int = DPI) -> NDArray[np.uint8]:
    """A page as RGB (h, w, 3): by poppler where it is installed, else by pdfium."""
    with tempfile.TemporaryDirectory() as folder:
        path = pdf if isinstance(pdf, Path) else Path(folder) / "page.pdf"
        if isinstance(pdf, bytes):
            path.write_bytes(pdf)
        if shutil.which("pdftoppm") is None:
            import pypdfium2

            with pypdfium2.PdfDocument(path) as document:
                return np.asarray(document[page].render(scale=dpi / 72).to_pil().convert("RGB"))
        words = ["pdftoppm", "-r", str(dpi), "-f", str(page + 1), "-l", str(page + 1), str(path)]
        done = subprocess.run(words, capture_output=True, check=True).stdout
    _, size, _, body = done.split(b"\n", 3)
    width, height = map(int, size.split())
    return np.frombuffer(body, np.uint8).reshape(height, width, 3)


def spline(points: Points, step: float = 0.25) -> list[tuple[float, float]]:
    """Catmull-Rom through the points, a point about every `step` millimetres."""
    if len(points) < 3:
        points = [points[0], tuple((a + b) / 2 for a, b in zip(points[0], points[-1], strict=True)), points[-1]]  # type: ignore[list-item]
    ends = [points[0], *points, points[-1]]
    out = []
    for a, b, c, d in zip(ends, ends[1:], ends[2:], ends[3:], strict=False):
        count = max(2, int(math.dist(b, c) / step))
        for index in range(count):
            t = index / count
            weights = (
                -t / 2 + t * t - t**3 / 2, 1 - 2.5 * t * t + 1.5 * t**3,
                t / 2 + 2 * t * t - 1.5 * t**3, -t * t / 2 + t**3 / 2,
            )  # fmt: skip
            out.append(tuple(sum(w * p[axis] for w, p in zip(weights, (a, b, c, d), strict=True)) for axis in (0, 1)))
    return [*out, points[-1]]  # type: ignore[list-item]


def pull(ink: Ink, nib: Nib, hand: Hand, points: Points, random: np.random.Generator, *, sharp: bool = False) -> None:
    """Draw one stroke through the points (sharp: straight from point to point)."""
    path = np.array(_straight(points) if sharp else spline(points))
    count = len(path)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
    for axis in (0, 1):
        for wave in (random.uniform(1.2, 2.2), random.uniform(2.5, 5.0)):
            path[:, axis] += hand.tremor * 0.5 * np.sin(2 * np.pi * along / wave + random.uniform(0, 7))
    t = np.linspace(0, 1, count)
    press = 1 + nib.swell * (np.sin(np.pi * t ** random.uniform(0.6, 1.6)) - 0.6) + nib.swell * 0.2 * np.sin(5 * t)
    flick = np.clip((1 - t) / random.uniform(0.08, 0.3), 0.25, 1) if random.random() < 0.6 else np.ones(count)
    half = np.maximum(nib.width * hand.press * press * flick / 2, 0.07)
    if not nib.hairs:
        ink.fill(_outline(path, half), nib.colour, nib.cover)
        return
    for _ in range(nib.hairs):
        shift = random.uniform(-0.8, 0.8)
        offset = path + _normals(path) * (half * shift)[:, None]
        thread = np.maximum(half * random.uniform(0.25, 0.55), 0.05)
        first = 0
        while first < count - 2:  # a thread leaves gaps where the grain of the paper does not take the lead
            last = min(count, first + int(random.integers(4, 40)))
            if last - first > 1:
                part = slice(first, last)
                ink.fill(_outline(offset[part], thread[part]), nib.colour, nib.cover * random.uniform(0.5, 0.9))
            first = last + int(random.integers(0, 3 if nib.cover > 0.5 else 4))


def _straight(points: Points) -> list[tuple[float, float]]:
    out: list[tuple[float, float]] = []
    for a, b in pairwise(points):
        count = max(2, int(math.dist(a, b) / 0.3))
        out += [(a[0] + (b[0] - a[0]) * i / count, a[1] + (b[1] - a[1]) * i / count) for i in range(count)]
    return [*out, points[-1]]


def _normals(path: NDArray[np.float64]) -> NDArray[np.float64]:
    ways = np.gradient(path, axis=0)
    ways /= np.maximum(np.hypot(ways[:, 0], ways[:, 1]), 1e-6)[:, None]
    return np.stack([-ways[:, 1], ways[:, 0]], axis=1)


def _outline(path: NDArray[np.float64], half: NDArray[np.float64]) -> Points:
    side = _normals(path) * half[:, None]
    return [tuple(point) for point in np.concatenate([path + side, (path - side)[::-1]])]


def blot(
    ink: Ink, at: tuple[float, float], radius: float, colour: Rgb, cover: float, random: np.random.Generator
) -> None:
    """A round spot that is not quite round."""
    angles = np.linspace(0, 2 * np.pi, 26, endpoint=False)
    radii = radius * (1 + random.normal(0, 0.08, 26))
    ink.fill(
        [(at[0] + r * math.cos(a), at[1] + r * math.sin(a)) for a, r in zip(angles, radii, strict=True)], colour, cover
    )
