"""A second generator of filled-in sheets that shares nothing with `sheets.simulate`: PIL draws on a raster of the PDF.

Other people print our PDF, mark it with their own programs and read it with ours; this one stands for them. Some
thresholds in `verdicts` were moved after looking at seeds below 40 of it: only fresh seeds are unseen.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import cos, hypot, pi, sin
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from xiangli.surveys.sheets.layout import Layout, Page, Place

Line = list[tuple[float, float]]
Truth = dict[tuple[str, str], tuple[str, str]]
DPI = 300
MM = DPI / 25.4
FINE = 3


@dataclass(frozen=True)
class Tool:
    """A pen: colour at full cover, width in millimetres, and how evenly it covers (1 even, 0.5 patchy)."""

    name: str
    colour: tuple[int, int, int]
    width: float
    even: float = 1.0


@dataclass
class Habit:
    """Shares of what happens on a page; marks, dirt: kinds to draw from; tools: names of pens."""

    marks: Sequence[str]
    dirt: Sequence[str]
    tools: Sequence[str]
    chosen: float = 0.3
    dirty: float = 0.12
    accidents: dict[str, float] = field(default_factory=dict)
    taken_back: float = 0.0
    twice: float = 0.0
    one_tool: bool = True


def tool(name: str, random: np.random.Generator) -> Tool:
    low, high = {"black": (15, 60), "blue": (0, 1), "pencil": (90, 150), "light": (150, 190), "red": (0, 1)}[name]
    if name == "blue":
        colour = tuple(int(value) for value in random.integers((15, 30, 110), (90, 100, 210)))
    elif name == "red":
        colour = tuple(int(value) for value in random.integers((170, 10, 10), (225, 70, 70)))
    else:
        colour = (int(random.integers(low, high + 1)),) * 3
    width = random.uniform(0.3, 1.0) if name != "light" else random.uniform(0.4, 0.9)
    return Tool(name, colour, float(width), float(random.uniform(0.6, 1.0)) if name in ("pencil", "light") else 1.0)


def bent(points: Sequence[tuple[float, float]], random: np.random.Generator, sag: float = 0.12) -> Line:
    """Quadratic curves between points, each a little off the straight."""
    line: Line = [points[0]]
    for (x0, y0), (x1, y1) in pairwise(points):
        length = hypot(x1 - x0, y1 - y0)
        off = float(random.normal(0, sag)) * length
        mx, my = (
            (x0 + x1) / 2 - (y1 - y0) / max(length, 1e-6) * off,
            (y0 + y1) / 2 + (x1 - x0) / max(length, 1e-6) * off,
        )
        for step in np.linspace(0, 1, 14)[1:]:
            t = float(step)
            a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t * t
            line.append((a * x0 + b * mx + c * x1, a * y0 + b * my + c * y1))
    return line


def lines_of(kind: str, r: float, random: np.random.Generator) -> list[Line]:
    """Lines of a mark in a box of half side r, millimetres from its middle."""
    u = random.uniform
    dx, dy = float(u(-0.2, 0.2)) * r, float(u(-0.2, 0.2)) * r

    def make(*points: tuple[Any, Any], sag: float = 0.08) -> Line:
        return bent([(float(x) * r + dx, float(y) * r + dy) for x, y in points], random, sag)

    if kind == "tick":
        k = u(0.6, 1.2)
        return [make((-0.8 * k, u(-0.2, 0.2)), (-0.25 * k, 0.7 * k), (0.9 * k, -0.9 * k))]
    if kind == "tick_small":
        k = u(0.42, 0.6)
        return [make((-0.8 * k, 0.0), (-0.2 * k, 0.6 * k), (0.9 * k, -0.8 * k))]
    if kind == "tick_big":
        k = u(1.3, 2.2)
        return [make((-0.55 * k, -0.15 * k), (-0.15 * k, 0.4 * k), (u(0.8, 1.1) * k, -1.0 * k))]
    if kind == "tick_aside":  # begins in the box, most of it runs out to the upper right
        return [make((-0.6, 0.0), (-0.05, 0.75), (u(1.4, 2.0), -u(1.1, 1.7)))]
    if kind == "cross":
        k, m = u(0.6, 1.3), u(0.6, 1.3)
        return [make((-k, -k), (k, k)), make((m, -m), (-m, m))]
    if kind == "plus":
        k = u(0.7, 1.2)
        return [make((-k, 0), (k, 0)), make((0, -k), (0, k))]
    if kind == "fill":
        step = u(0.09, 0.2)
        rows = np.arange(-0.85, 0.86, step)
        return [make(*[((0.85 if i % 2 else -0.85) + u(-0.1, 0.1), float(y)) for i, y in enumerate(rows)], sag=0.02)]
    if kind == "half_fill":
        rows = np.arange(-0.85, u(-0.1, 0.3), u(0.09, 0.17))
        points = [((0.85 if i % 2 else -0.85) + u(-0.1, 0.1), float(y)) for i, y in enumerate(rows)]
        flip = int(random.integers(4))
        points = [((x, y), (y, x), (x, -y), (-y, x))[flip] for x, y in points]
        return [make(*points, sag=0.02)]
    if kind == "hatch":
        return [make((t - 0.7, -0.85), (t + 0.1, 0.85), sag=0.03) for t in np.arange(-0.2, 0.9, u(0.2, 0.35))]
    if kind == "scrawl":
        return [make(*[(u(-1, 1), u(-1, 1)) for _ in range(int(random.integers(5, 12)))], sag=0.25)]
    if kind == "loops":
        turns = np.arange(0, u(10, 22), 0.25)
        return [[(r * (u(0.55, 0.65) * cos(t)) + t * 0.02, r * 0.6 * sin(t)) for t in turns]]
    if kind == "circle":
        a, b, start = u(1.35, 1.95) * r, u(1.35, 1.8) * r, u(0, 2 * pi)
        turns = np.arange(start, start + 2 * pi + u(-0.3, 0.7), 0.12)
        drift = u(-0.12, 0.12)
        return [[(a * cos(t) * (1 + drift * (t - start) / 6) + dx, b * sin(t) + dy) for t in turns]]
    if kind == "through":
        angle, k = u(0, pi), u(1.15, 2.0)
        return [make((-k * cos(angle), -k * sin(angle)), (k * cos(angle), k * sin(angle)))]
    if kind == "bar":  # a short bar that stays inside
        angle, k = u(0, pi), u(0.6, 0.85)
        return [make((-k * cos(angle), -k * sin(angle)), (k * cos(angle), k * sin(angle)))]
    raise ValueError(kind)


def put(
    sheet: Image.Image, lines: Sequence[Line], at: tuple[float, float], pen: Tool, random: Any, soft: float = 0.0
) -> None:
    """Draw lines (millimetres from `at`) on the sheet, at three times its resolution and brought down again."""
    points = [(x + at[0], y + at[1]) for line in lines for x, y in line]
    pad = pen.width + 1.0 + soft * 3
    left, top = min(x for x, _ in points) - pad, min(y for _, y in points) - pad
    right, bottom = max(x for x, _ in points) + pad, max(y for _, y in points) + pad
    x0, y0 = int(left * MM), int(top * MM)
    size = max(4, int(right * MM) - x0), max(4, int(bottom * MM) - y0)
    mask = Image.new("L", (size[0] * FINE, size[1] * FINE), 0)
    draw = ImageDraw.Draw(mask)
    thick = max(1, round(pen.width * MM * FINE))
    for line in lines:
        moved = [(((x + at[0]) * MM - x0) * FINE, ((y + at[1]) * MM - y0) * FINE) for x, y in line]
        draw.line(moved, fill=255, width=thick, joint="curve")
        for x, y in (moved[0], moved[-1]):
            draw.ellipse((x - thick / 2, y - thick / 2, x + thick / 2, y + thick / 2), fill=255)
    mask = mask.resize(size, Image.Resampling.BOX)
    if pen.even < 1:
        grain = random.uniform(2 * pen.even - 1, 1, (size[1], size[0]))
        mask = Image.fromarray(
            (np.asarray(mask) * np.clip(grain, 0, 1) * 0.5 + np.asarray(mask) * 0.5 * (1 + pen.even) / 2)
            .clip(0, 255)
            .astype(np.uint8)
        )
    if soft:
        mask = mask.filter(ImageFilter.GaussianBlur(soft * MM))
    layer = Image.new("RGB", size, pen.colour)
    under = sheet.crop((x0, y0, x0 + size[0], y0 + size[1]))
    darker = Image.fromarray(np.minimum(np.asarray(layer), np.asarray(under)))
    sheet.paste(darker, (x0, y0), mask)


def _grey(level: int, width: float, even: float = 1.0) -> Tool:
    return Tool("", (level,) * 3, width, even)


def dirt(sheet: Image.Image, kind: str, place: Place, pen: Tool, random: np.random.Generator) -> None:
    """Something that means nothing, in or at an empty box."""
    u = random.uniform
    r, at = place.w / 2, (place.x + place.w / 2, place.y + place.h / 2)
    if kind == "erased":
        level = int(random.integers(214, 243))
        put(
            sheet,
            lines_of("tick", r, random),
            at,
            _grey(level, float(u(0.5, 0.9)), 0.7),
            random,
            soft=float(u(0.05, 0.25)),
        )
        put(sheet, [[(-0.8 * r, y), (0.8 * r, y + 0.4)] for y in np.arange(-0.7 * r, 0.8 * r, 1.0)], at,
            _grey(int(random.integers(225, 248)), 1.4), random, soft=float(u(0.3, 0.8)))  # fmt: skip
    elif kind == "erased_clean":
        put(
            sheet,
            lines_of("cross" if u() < 0.3 else "tick", r, random),
            at,
            _grey(int(random.integers(222, 246)), float(u(0.4, 0.8))),
            random,
            soft=0.08,
        )
    elif kind == "dot":
        x, y = float(u(-0.8, 0.8)) * r, float(u(-0.8, 0.8)) * r
        put(sheet, [[(x, y), (x + 0.05, y)]], at, Tool("", pen.colour, float(u(0.3, 1.3))), random)
    elif kind == "specks":
        for _ in range(int(random.integers(2, 7))):
            x, y = float(u(-1.6, 1.6)) * r, float(u(-1.6, 1.6)) * r
            put(
                sheet,
                [[(x, y), (x + float(u(0, 0.3)), y)]],
                at,
                _grey(int(random.integers(40, 170)), float(u(0.15, 0.6))),
                random,
            )
    elif kind == "tail":  # a neighbour's stroke comes in over an edge and stops within a third of the box
        angle = float(random.choice([0.0, pi / 2, pi, -pi / 2])) + float(u(-0.5, 0.5))
        c, s, aside = cos(angle), sin(angle), float(u(-0.55, 0.55)) * r
        inner, outer = r * float(u(0.5, 0.95)), r * float(u(1.9, 3.0))
        put(
            sheet,
            [
                bent(
                    [(c * outer - s * aside, s * outer + c * aside), (c * inner - s * aside, s * inner + c * aside)],
                    random,
                    0.05,
                )
            ],
            at,
            pen,
            random,
        )
    elif kind == "hair":
        put(
            sheet,
            [
                bent(
                    [(float(u(-2, 2)) * r, float(u(-2, -1)) * r), (float(u(-2, 2)) * r, float(u(-1, 1)) * r)],
                    random,
                    0.3,
                )
            ],
            at,
            _grey(170, 0.12),
            random,
        )
    else:
        raise ValueError(kind)


def stain(sheet: Image.Image, random: np.random.Generator) -> None:
    """Tea: a broad blob with a darker rim."""
    size = int(random.uniform(12, 45) * MM)
    mask = Image.new("L", (size, size), 0)
    draw = ImageDraw.Draw(mask)
    edge = int(size * 0.12)
    draw.ellipse(
        (edge, edge, size - edge, size - edge),
        fill=int(random.integers(30, 100)),
        outline=int(random.integers(60, 150)),
        width=int(random.uniform(0.4, 2.0) * MM),
    )
    mask = mask.filter(ImageFilter.GaussianBlur(float(random.uniform(0.15, 1.2)) * MM))
    spot = int(random.uniform(0.1, 0.8) * sheet.width), int(random.uniform(0.1, 0.8) * sheet.height)
    colour = tuple(int(value) for value in random.integers((140, 95, 40), (190, 150, 100)))
    under = np.asarray(sheet.crop((*spot, spot[0] + size, spot[1] + size)))
    sheet.paste(Image.fromarray(np.minimum(under, np.array(colour, np.uint8))), spot, mask)


def fold(sheet: Image.Image, random: np.random.Generator) -> None:
    """A straight line over the whole page, dark or bright or both."""
    level_across = random.random() < 0.5
    shift = float(random.uniform(-0.02, 0.02))
    at = float(random.uniform(0.2, 0.85))
    width, height = sheet.size
    start, end = (
        ((0, at * height), (width, (at + shift) * height))
        if level_across
        else ((at * width, 0), ((at + shift) * width, height))
    )
    for side, share in ((255, 0.5), (0, float(random.uniform(0.15, 0.4)))):
        mask = Image.new("L", sheet.size, 0)
        off = 0.35 * MM if side else 0.0
        ImageDraw.Draw(mask).line(
            [(start[0] + off, start[1] + off), (end[0] + off, end[1] + off)],
            fill=int(255 * share),
            width=max(2, round(float(random.uniform(0.25, 0.7)) * MM)),
        )
        mask = mask.filter(ImageFilter.GaussianBlur(float(random.uniform(0.5, 2.5))))
        sheet.paste((side, side, side), (0, 0), mask)


def seal(sheet: Image.Image, random: np.random.Generator) -> None:
    """A red round seal: ring, star, and characters of the font along the ring."""
    across = float(random.uniform(36, 45)) * MM
    size = int(across * 1.1)
    mask = Image.new("L", (size, size), 0)
    draw = ImageDraw.Draw(mask)
    strength, middle, r = int(random.integers(130, 235)), size / 2, across / 2
    draw.ellipse(
        (middle - r, middle - r, middle + r, middle + r),
        outline=strength,
        width=round(float(random.uniform(0.8, 1.6)) * MM),
    )
    star = [
        (
            middle + (0.35 if i % 2 == 0 else 0.14) * r * sin(i * pi / 5),
            middle - (0.35 if i % 2 == 0 else 0.14) * r * cos(i * pi / 5),
        )
        for i in range(10)
    ]
    draw.polygon(star, fill=strength)
    for i in range(12):
        angle = -2.3 + i * 4.6 / 11
        x, y = middle + 0.77 * r * sin(angle), middle - 0.77 * r * cos(angle)
        h = 0.1 * r
        for k in (-1, 0, 1):
            draw.line((x - h, y + k * h, x + h, y + k * h), fill=strength, width=round(0.45 * MM))
        draw.line((x, y - h, x, y + h), fill=strength, width=round(0.45 * MM))
    mask = mask.rotate(float(random.uniform(-30, 30)), resample=Image.Resampling.BICUBIC)
    spot = int(random.uniform(0.15, 0.7) * sheet.width), int(random.uniform(0.3, 0.8) * sheet.height)
    colour = tuple(int(value) for value in random.integers((190, 20, 25), (230, 70, 70)))
    under = np.asarray(sheet.crop((*spot, spot[0] + size, spot[1] + size)))
    sheet.paste(Image.fromarray(np.minimum(under, np.array(colour, np.uint8))), spot, mask)


ACCIDENTS: dict[str, Callable[[Image.Image, np.random.Generator], None]] = {"stain": stain, "fold": fold, "seal": seal}


def fill_in(
    raster: NDArray[np.uint8], page: Page, layout: Layout, habit: Habit, random: np.random.Generator
) -> tuple[Image.Image, Truth]:
    """A filled-in page (RGB at DPI) and for each bubble its true state and the kind of what is in it."""
    grey = np.clip(raster.astype(np.int16) + int(random.integers(0, 35)), 0, int(random.integers(240, 256))).astype(
        np.uint8
    )
    sheet = Image.fromarray(np.stack([grey] * 3, axis=-1))
    pen = tool(str(random.choice(habit.tools)), random)
    truth: Truth = {}
    options: dict[str, list[Place]] = {}
    for place in page.bubbles:
        options.setdefault(place.question, []).append(place)
    for name in ("stain",):
        if random.random() < habit.accidents.get(name, 0):
            stain(sheet, random)
    for question, places in options.items():
        single = layout.kinds.get(question) == "single"
        chosen = (
            {int(random.integers(len(places)))}
            if single
            else {i for i in range(len(places)) if random.random() < habit.chosen}
        )
        taken = -1
        if single and len(places) > 1 and random.random() < habit.twice:
            chosen = {0, len(places) - 1}
        elif single and len(places) > 1 and random.random() < habit.taken_back:
            taken = (next(iter(chosen)) + 1) % len(places)
        for index, place in enumerate(places):
            key, at = (place.question, place.option), (place.x + place.w / 2, place.y + place.h / 2)
            mine = pen if habit.one_tool else tool(str(random.choice(habit.tools)), random)
            if index == taken:
                put(
                    sheet,
                    lines_of("tick", place.w / 2, random)
                    + lines_of("fill", place.w / 2, random)
                    + lines_of("scrawl", place.w / 2, random),
                    at,
                    Tool("", mine.colour, max(mine.width, 0.8)),
                    random,
                )
                truth[key] = ("review", "taken_back")
            elif index in chosen:
                kind = str(random.choice(habit.marks))
                put(sheet, lines_of(kind, place.w / 2, random), at, mine, random)
                state = "review" if single and (len(chosen) > 1 or taken >= 0) else "marked"
                truth[key] = (state if len(chosen) > 1 else "marked", f"{kind}/{mine.name}")
            elif habit.dirt and random.random() < habit.dirty:
                kind = str(random.choice(habit.dirt))
                dirt(sheet, kind, place, mine, random)
                truth[key] = ("blank", kind)
            else:
                truth[key] = ("blank", "")
    for name in ("fold", "seal"):
        if random.random() < habit.accidents.get(name, 0):
            ACCIDENTS[name](sheet, random)
            truth = {key: (state, f"{kind} +{name}") for key, (state, kind) in truth.items()}
    return sheet, truth
