"""What happens to a sheet after printing: poor printers, wear, copiers, scanners, faxes and phones, by ImageMagick.

A sheet is RGB at `inkpen.DPI`; each way of catching it writes a file as a scanner or phone would.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .inkpen import DPI, PAPER, POINT

Sheet = NDArray[np.uint8]
Random = np.random.Generator
PROGRAM = next((name for name in ("magick", "convert-im6.q16", "convert") if shutil.which(name)), "")
"""ImageMagick's program, "" where it is not installed."""


def magick(sheet: Sheet | Sequence[Sheet], words: Sequence[object], out: Path) -> Path:
    """Run ImageMagick on a sheet (PPM on its standard input)."""
    height, width = sheet.shape[:2]
    head = f"P6\n{width} {height}\n255\n".encode()
    limits = {**os.environ, "MAGICK_THREAD_LIMIT": "1", "OMP_NUM_THREADS": "1"}
    command = [PROGRAM, "-seed", "1", "ppm:-", *map(str, words), str(out)]
    subprocess.run(
        command, input=head + np.ascontiguousarray(sheet).tobytes(), check=True, capture_output=True, env=limits
    )
    return out


def _field(random: Random, cells: tuple[int, int], size: tuple[int, int]) -> NDArray[np.float32]:
    """A smooth random field of about -1 to 1, (h, w)."""
    small = Image.fromarray(random.normal(0, 0.6, cells).astype(np.float32), "F")
    return np.asarray(small.resize((size[1], size[0]), Image.Resampling.BICUBIC))


# Printing and paper ---------------------------------------------------------------------------------------------------


def printed(page: Sheet, ink: Sheet, random: Random, *, poor: bool = False, shrunk: bool = False) -> Sheet:
    """Print and ink on paper. poor: little toner, pale bands, white specks; shrunk: 93 to 99 %, out of place."""
    u = random.uniform
    black = 255.0 - page.astype(np.float32)
    size = page.shape[:2]
    if poor:
        black *= u(0.5, 0.85) * np.clip(1 + 0.35 * _field(random, (1, 12), size), 0.45, 1.1)[:, :, None]
        holes = _field(random, (size[0] // 8, size[1] // 8), size) > u(1.0, 1.5)
        black[holes] *= 0.25
    sheet = (255.0 - black) * (ink.astype(np.float32) / 255.0)
    if shrunk:
        part = u(0.93, 0.99)
        small = Image.fromarray(np.clip(sheet, 0, 255).astype(np.uint8)).resize(
            (round(size[1] * part), round(size[0] * part)), Image.Resampling.LANCZOS
        )
        whole = Image.new("RGB", (size[1], size[0]), "white")
        spare = size[1] - small.width, size[0] - small.height
        whole.paste(small, (int(spare[0] * u(0.2, 0.8)), int(spare[1] * u(0.2, 0.8))))
        sheet = np.asarray(whole).astype(np.float32)
    tint = np.array(((255, 255, 255), (250, 246, 232), (226, 222, 212), (246, 226, 228), (228, 238, 246))[
        int(random.choice(5, p=(0.5, 0.2, 0.1, 0.1, 0.1)))
    ])  # fmt: skip
    fibre = 1 + u(0.002, 0.012) * _field(random, (size[0] // 3, size[1] // 3), size)
    return np.clip(sheet * (tint / 255.0) * fibre[:, :, None], 0, 255).astype(np.uint8)


# Wear -----------------------------------------------------------------------------------------------------------------


def _millimetre(sheet: Sheet) -> float:
    return sheet.shape[1] / PAPER[0]


def _grid(sheet: Sheet) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    height, width = sheet.shape[:2]
    unit = _millimetre(sheet)
    return np.meshgrid(np.arange(width, dtype=np.float32) / unit, np.arange(height, dtype=np.float32) / unit)  # type: ignore[return-value]


def creases(sheet: Sheet, random: Random) -> Sheet:
    """Folded once or in four: a lit and a shaded flank along each crease, and worn toner on it."""
    x, y = _grid(sheet)
    light = np.ones(sheet.shape[:2], np.float32)
    for upright in ((True,), (False,), (True, False))[int(random.integers(3))]:
        at = (PAPER[0] if upright else PAPER[1]) * random.uniform(0.3, 0.7)
        away = (x if upright else y) - at - (y if upright else x) * random.normal(0, 0.006)
        away += 0.15 * np.sin((y if upright else x) / random.uniform(9, 30))
        light *= 1 + random.uniform(0.03, 0.12) * np.exp(-np.abs(away - 0.5) / random.uniform(0.3, 1.5))
        light *= 1 - random.uniform(0.08, 0.35) * np.exp(-((away / random.uniform(0.15, 0.35)) ** 2))
    return np.clip(sheet * light[:, :, None], 0, 255).astype(np.uint8)


def coffee(sheet: Sheet, random: Random) -> Sheet:
    """The foot of a cup, and a splash or two."""
    x, y = _grid(sheet)
    cover = np.zeros(sheet.shape[:2], np.float32)
    for radius in (random.uniform(30, 42), *random.uniform(2, 12, int(random.integers(0, 4)))):
        away = np.hypot(x - random.uniform(10, 200), y - random.uniform(40, 280))
        rim = np.exp(-(((away - radius) / random.uniform(0.4, 1.5)) ** 2)) * random.uniform(0.1, 0.45)
        cover = np.maximum(cover, np.maximum(rim, (away < radius) * random.uniform(0, 0.15)))
    cover *= np.clip(1 + 0.6 * _field(random, (40, 28), sheet.shape[:2]), 0, 2)
    stain = 1 - np.clip(cover, 0, 0.7)[:, :, None] * np.array([0.25, 0.5, 0.8], np.float32)
    return np.clip(sheet * stain, 0, 255).astype(np.uint8)


def stamped(sheet: Sheet, random: Random) -> Sheet:
    """A round red seal of 38 to 45 mm with a star; unevenly inked."""
    x, y = _grid(sheet)
    cx, cy, radius = random.uniform(40, 170), random.uniform(80, 250), random.uniform(19, 22.5)
    dx, dy = x - cx, y - cy
    away, angle = np.hypot(dx, dy), np.arctan2(dx, -dy) + random.normal(0, 0.3)
    ink = (np.abs(away - radius) < random.uniform(0.45, 0.8)).astype(np.float32)
    point = np.abs((angle / (2 * np.pi) * 5) % 1 - 0.5) * 2
    ink = np.maximum(ink, away < radius * 0.33 * (0.42 + 0.58 * point**1.3))
    glyph = (np.sin(angle * 46) * np.sin(away * 4.1) > -0.1) & (np.abs(away - radius * 0.76) < 1.9)
    ink = np.maximum(ink, glyph & (np.abs(angle) < 2.2) & (np.sin(angle * 15) > -0.7))
    ink *= np.clip(random.uniform(0.55, 0.9) + 0.35 * _field(random, (150, 100), sheet.shape[:2]), 0, 1)
    colour = random.uniform((0.78, 0.08, 0.08), (0.92, 0.3, 0.3))
    return np.clip(sheet * (1 - ink[:, :, None] * (1 - colour)), 0, 255).astype(np.uint8)


def holes(sheet: Sheet, random: Random) -> Sheet:
    """Punched for a binder, with a staple in the corner."""
    x, y = _grid(sheet)
    out = sheet.copy()
    for at in (108.5, 188.5):
        out[np.hypot(x - random.uniform(4.5, 6.5), y - at) < 3] = int(random.integers(15, 90))
    sx, sy = random.uniform(26, 40), random.uniform(5, 9)
    out[(np.abs(x - sx) < 6) & (np.abs(y - sy - (x - sx) * 0.2) < 0.35)] = 140
    return out


def shine_through(sheet: Sheet, behind: Sheet, random: Random) -> Sheet:
    """The back page, mirrored and faint."""
    back = Image.fromarray(behind[:, ::-1]).convert("L").reduce(6).resize(sheet.shape[1::-1], Image.Resampling.BILINEAR)
    faint = 1 - random.uniform(0.03, 0.11) * (1 - np.asarray(back, np.float32) / 255)
    return np.clip(sheet * faint[:, :, None], 0, 255).astype(np.uint8)


# Scanners -------------------------------------------------------------------------------------------------------------


def _fed(random: Random, dpi: int) -> list[object]:
    """Skewed by the feeder, now and then upside down, a little out of place."""
    angle = random.normal(0, 0.9) + (180 if random.random() < 0.2 else 0)
    dx, dy = random.uniform(-25, 25, 2)
    paper = f"gray({int(random.integers(30, 100))}%)"
    return [
        "-virtual-pixel", "background", "-background", paper, "-filter", "Triangle", "-distort", "SRT",
        f"%[fx:w/2],%[fx:h/2] {random.uniform(0.995, 1.005):.4f} {angle:.3f} %[fx:w/2+{dx:.1f}],%[fx:h/2+{dy:.1f}]",
        "-filter", "Box", "-resize", f"{dpi / DPI * 100:.3f}%",
    ]  # fmt: skip


def scan(dpi: int, grey: bool, low: int = 40) -> Callable[[Sheet, Random, Path], Path]:
    def catch(sheet: Sheet, random: Random, folder: Path) -> Path:
        sharpen = ["-unsharp", f"0x{random.uniform(0.5, 1.2):.2f}+{random.uniform(0.3, 1.5):.2f}"]
        words = [
            *_fed(random, dpi), *(["-colorspace", "Gray"] if grey else []),
            "-level", f"{random.uniform(0, 6):.1f}%,{random.uniform(92, 103):.1f}%,{random.uniform(0.8, 1.25):.2f}",
            *(sharpen if random.random() < 0.5 else []),
            "-attenuate", f"{random.uniform(0.05, 0.35):.2f}", "+noise", "Gaussian",
            "-quality", int(random.integers(low, 92)), "-sampling-factor", "4:2:0",
        ]  # fmt: skip
        return magick(sheet, words, folder / "scan.jpg")

    return catch


def scan_lossless(sheet: Sheet, random: Random, folder: Path) -> Path:
    words = [*_fed(random, 200), "-colorspace", "Gray", "-depth", "8", "-compress", "LZW"]
    return magick(sheet, words, folder / "scan.tif")


def fax(dpi: int, local: bool) -> Callable[[Sheet, Random, Path], Path]:
    """One bit a pixel, CCITT group 4: by one threshold, or by one that follows the paper."""

    def catch(sheet: Sheet, random: Random, folder: Path) -> Path:
        cut = (
            ["(", "+clone", "-blur", "0x45", ")", "-compose", "divide-src", "-composite", "-threshold", "75%"]
            if local
            else ["-threshold", f"{random.uniform(55, 72):.0f}%"]
        )
        words = [*_fed(random, dpi), "-colorspace", "Gray", *cut, "-compress", "Group4"]
        return magick(sheet, words, folder / "fax.tif")

    return catch


def copied(sheet: Sheet, random: Random, folder: Path) -> Path:
    """Photocopied and scanned again: hard contrast, dust, dark rims, and a little out of scale."""
    words = [
        "-distort", "SRT", f"%[fx:w/2],%[fx:h/2] {random.uniform(0.97, 1.01):.4f} {random.normal(0, 0.7):.3f}",
        "-colorspace", "Gray", "-blur", f"0x{random.uniform(0.6, 1.6):.2f}",
        "-sigmoidal-contrast", f"{random.uniform(3, 7):.1f}x{random.uniform(45, 60):.0f}%",
        "-attenuate", f"{random.uniform(0.2, 0.6):.2f}", "+noise", "Laplacian", "-blur", "0x0.6",
        "-bordercolor", "gray30", "-shave", "20x20", "-border", "20x20",
        *_fed(random, 150), "-quality", int(random.integers(50, 85)),
    ]  # fmt: skip
    return magick(sheet, words, folder / "copy.jpg")


def pdf_of_strips(sheet: Sheet, random: Random, folder: Path) -> Path:
    """A colour PDF as multifunction machines write it: the page in four pictures."""
    whole = Image.open(scan(200, grey=False, low=60)(sheet, random, folder))
    rows = [round(whole.height * i / 4) for i in range(5)]
    parts, draw = [], []
    for index in range(4):
        part = folder / f"{index}.jpg"
        whole.crop((0, rows[index], whole.width, rows[index + 1])).save(part, quality=70)
        parts.append((part.read_bytes(), whole.width, rows[index + 1] - rows[index]))
        top, low = (PAPER[1] * POINT * (1 - row / whole.height) for row in (rows[index], rows[index + 1]))
        draw.append(f"q {PAPER[0] * POINT:.3f} 0 0 {top - low:.3f} 0 {low:.3f} cm /I{index} Do Q")
    content = "\n".join(draw).encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {PAPER[0] * POINT:.3f} {PAPER[1] * POINT:.3f}] /Contents 4 0 R "
         f"/Resources << /XObject << {' '.join(f'/I{i} {i + 5} 0 R' for i in range(4))} >> >> >>").encode(),
        f"<< /Length {len(content)} >>\nstream\n".encode() + content + b"\nendstream",
        *(f"<< /Type /XObject /Subtype /Image /Width {w} /Height {h} /ColorSpace /DeviceRGB /BitsPerComponent 8 "
          f"/Filter /DCTDecode /Length {len(data)} >>\nstream\n".encode() + data + b"\nendstream"
          for data, w, h in parts),
    ]  # fmt: skip
    out, starts = b"%PDF-1.4\n", []
    for number, item in enumerate(objects, 1):
        starts.append(len(out))
        out += f"{number} 0 obj\n".encode() + item + b"\nendobj\n"
    table = "".join(f"{start:010d} 00000 n \n" for start in starts)
    out += (
        f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
        f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF"
    ).encode()
    (folder / "scan.pdf").write_bytes(out)
    return folder / "scan.pdf"


# Phones ---------------------------------------------------------------------------------------------------------------


def photo(
    pixels: int, *, turn: float | None = None, bend: float = 0.0, shade: float = 0.0, blur: float = 0.6,
    cast: bool = False, finger: bool = False, crumple: bool = False, low: int = 60,
) -> Callable[[Sheet, Random, Path], Path]:  # fmt: skip
    """A phone's picture of a sheet on a table. turn: degrees (None: a few); bend: millimetres; shade: 0 to 1."""

    def catch(sheet: Sheet, random: Random, folder: Path) -> Path:
        u = random.uniform
        # The sheet is brought down first: a lens sees no more than the sensor does.
        part = min(1.0, pixels * 1.15 / sheet.shape[0])
        unit = _millimetre(sheet) * part
        words: list[object] = ["-filter", "Box", "-resize", f"{part * 100:.3f}%"] if part < 1 else []
        table = f"rgb({int(u(20, 150))},{int(u(20, 120))},{int(u(15, 90))})"
        words += ["-virtual-pixel", "background", "-background", table]
        if bend:
            wave = f"{bend * unit / 2:.2f}x{u(1.1, 2.2) * 210 * unit:.0f}"
            words += ["-wave", wave] if random.random() < 0.5 else ["-rotate", "90", "-wave", wave, "-rotate", "-90"]
        if crumple:
            words += ["(", "-size", "40x56", "xc:", "+noise", "Random", "-colorspace", "Gray", "-blur", "0x2.5",
                      "-normalize", "-resize", f"{int(210 * unit)}x{int(297 * unit)}!", "-write", "mpr:bumps", ")",
                      "-compose", "displace", "-define", f"compose:args={0.9 * unit:.1f}x{0.9 * unit:.1f}",
                      "-composite",
                      "(", "mpr:bumps", "-shade", f"{int(u(0, 360))}x{int(u(35, 60))}", "-auto-level",
                      "+level", f"{int(u(62, 75))}%,100%", ")", "-compose", "multiply", "-composite"]  # fmt: skip
        angle = random.normal(0, 4) if turn is None else turn + random.normal(0, 1)
        reach = pixels * u(0.80, 0.95)
        corners = np.array([[0, 0], [210, 0], [210, 297], [0, 297]]) * unit
        way = np.radians(angle)
        seen = (corners - corners.mean(axis=0)) @ np.array([[np.cos(way), np.sin(way)], [-np.sin(way), np.cos(way)]])
        tilt = random.normal(0, 0.04, 2) / 150 / unit
        seen = seen / (1 + seen @ tilt)[:, None]
        seen *= reach / max(np.ptp(seen[:, 0]), np.ptp(seen[:, 1]))
        wide, tall = np.ptp(seen[:, 0]), np.ptp(seen[:, 1])
        size = (pixels, round(pixels * 0.75)) if wide > tall else (round(pixels * 0.75), pixels)
        size = max(size[0], int(wide * 1.02)), max(size[1], int(tall * 1.02))
        seen += np.array(size) / 2 - (seen.min(axis=0) + seen.max(axis=0)) / 2
        pairs = " ".join(f"{a:.2f},{b:.2f},{c:.2f},{d:.2f}" for (a, b), (c, d) in zip(corners, seen, strict=True))
        words += [
            "-set",
            "option:distort:viewport",
            f"{size[0]}x{size[1]}+0+0",
            "-distort",
            "Perspective",
            pairs,
            "+repage",
        ]
        if random.random() < 0.5:
            words += ["-virtual-pixel", "edge", "-distort", "Barrel", f"0 {random.normal(0, 0.008):.4f} 0"]
        words += _light(size, shade, random)
        if finger:
            # The markers stand in a little from the corners.
            x, y = seen[int(random.integers(4))] * 0.88 + seen.mean(axis=0) * 0.12
            skin = f"rgb({int(u(150, 215))},{int(u(110, 160))},{int(u(90, 130))})"
            tip = f"ellipse {x:.0f},{y:.0f} {reach * u(0.04, 0.06):.0f},{reach * u(0.05, 0.08):.0f} 0,360"
            words += ["-fill", skin, "-draw", tip]
        if cast:
            warm = sorted(u(0.62, 1.0, 3), reverse=random.random() < 0.7)
            words += ["-color-matrix", " ".join(f"{v:.3f}" for v in np.diag(warm).ravel())]
        words += ["-blur", f"0x{blur * u(0.6, 1.3) * max(0.6, pixels / 2400):.2f}", "-attenuate", f"{u(0.1, 0.5):.2f}",
                  "+noise", "Gaussian", "-quality", int(random.integers(low, 93))]  # fmt: skip
        return magick(sheet, words, folder / "photo.jpg")

    return catch


def _light(size: tuple[int, int], shade: float, random: Random) -> list[object]:
    """Uneven light, and with `shade` the shadow of a hand or head."""
    u = random.uniform
    small = size[0] // 10, size[1] // 10
    light: list[object] = ["(", "-size", f"{small[0]}x{small[1]}", f"gradient:white-gray({int(u(60, 95))}%)"]
    if random.random() < 0.5:
        light += ["-rotate", "180"]
    if shade:
        spots = u(0, 1, (4, 2)) * small
        light += ["(", "-size", f"{small[0]}x{small[1]}", "xc:white", "-fill", f"gray({int(100 - 60 * shade)}%)",
                  "-draw", "polygon " + " ".join(f"{x:.0f},{y:.0f}" for x, y in spots),
                  "-blur", f"0x{u(1, 12):.1f}", ")", "-compose", "multiply", "-composite"]  # fmt: skip
    return [*light, "-resize", f"{size[0]}x{size[1]}!", ")", "-compose", "multiply", "-composite"]


CATCHES: Mapping[str, Callable[[Sheet, Random, Path], Path]] = {
    "scan 100 colour": scan(100, grey=False),
    "scan 150 grey": scan(150, grey=True),
    "scan 200 colour": scan(200, grey=False),
    "scan 300 grey": scan(300, grey=True),
    "scan 200 TIFF": scan_lossless,
    "PDF of strips": pdf_of_strips,
    "fax 200": fax(200, local=False),
    "fax 300 local": fax(300, local=True),
    "photocopy": copied,
    "photo 900": photo(900, blur=0.4),
    "photo 1600 shade": photo(1600, shade=0.7),
    "photo 2000 bent": photo(2000, bend=3, shade=0.4),
    "photo 2400 at 37": photo(2400, turn=37, shade=0.4),
    "photo 1500 upside": photo(1500, turn=180, cast=True),
    "photo 1800 finger": photo(1800, finger=True, shade=0.4),
    "photo 2000 crumpled": photo(2000, crumple=True),
    "photo 4000 bent": photo(4000, bend=3, shade=0.6, cast=True),
    "photo 1600 blurred": photo(1600, blur=1.5, low=40),
}
