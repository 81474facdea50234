"""What people do to a box with a pen: strokes in millimetres around the box's middle, and how ink lands on paper."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Random = np.random.Generator


@dataclass(frozen=True)
class Pen:
    """colour RGB of full ink, width in millimetres, strength (part of the paper it covers), grain of graphite."""

    colour: tuple[int, int, int]
    width: float
    strength: float
    grain: float = 0.0


def pen(name: str, random: Random) -> Pen:
    """A pen of a kind: gel, ballpoint, pencil, light_pencil, marker, red, dry (a ballpoint running out)."""
    vary = float(random.uniform(0.9, 1.1))
    if name == "gel":
        return Pen((22, 22, 26), 0.55 * vary, float(random.uniform(0.9, 0.98)))
    if name == "ballpoint":
        return Pen((28, 42, 135), 0.42 * vary, float(random.uniform(0.75, 0.92)), 0.15)
    if name == "pencil":
        return Pen((70, 70, 74), 0.55 * vary, float(random.uniform(0.5, 0.75)), 0.35)
    if name == "light_pencil":
        return Pen((95, 95, 100), 0.55 * vary, float(random.uniform(0.28, 0.42)), 0.35)
    if name == "marker":
        return Pen((30, 30, 40), 1.6 * vary, 0.93)
    if name == "red":
        return Pen((200, 30, 40), 0.5 * vary, 0.88)
    if name == "dry":
        return Pen((40, 50, 120), 0.38 * vary, float(random.uniform(0.5, 0.65)), 0.5)
    raise ValueError(f"no pen called {name}")


PENS = ("gel", "ballpoint", "pencil", "light_pencil", "marker", "red", "dry")


def mark(kind: str, side: float, random: Random) -> list[Floats]:
    """Strokes (each (n, 2), millimetres from the box's middle, y down) of a mark in a box of this side."""
    strokes = _MARKS[kind](side / 2, random)
    turn = random.normal(0, 0.07)
    rotation = [[_cos(turn), -_sin(turn)], [_sin(turn), _cos(turn)]]
    return [_wobble(_smooth(stroke @ _array(rotation).T), random) for stroke in strokes]


def _tick(half: float, random: Random) -> list[Floats]:
    size = half * random.uniform(0.75, 1.15)
    x, y = random.normal(0, 0.12 * half, 2)
    return [_array([[-0.75, -0.05], [-0.25, 0.65], [0.85, -0.85]]) * size + (x, y)]


def _big_tick(half: float, random: Random) -> list[Floats]:
    size = half * random.uniform(1.5, 2.3)
    return [_array([[-0.5, -0.1], [-0.12, 0.42], [0.95, -0.95]]) * size + random.normal(0, 0.15 * half, 2)]


def _small_tick(half: float, random: Random) -> list[Floats]:
    size = half * random.uniform(0.5, 0.7)
    return [_array([[-0.7, 0.0], [-0.2, 0.6], [0.8, -0.8]]) * size + random.normal(0, 0.25 * half, 2)]


def _cross(half: float, random: Random) -> list[Floats]:
    size = half * random.uniform(0.65, 1.25)
    centre = random.normal(0, 0.12 * half, 2)
    bar = _array([[-0.8, -0.8], [0.8, 0.8]]) * size
    return [bar + centre, bar * (-1, 1) * random.uniform(0.85, 1.1) + centre]


def _fill(half: float, random: Random, low: float = -0.95, high: float = 0.95) -> list[Floats]:
    rows = _span(low, high, 0.11)
    jitter = random.normal(0, 0.04, (len(rows), 2))
    ends = [(0.9 if index % 2 else -0.9, row) for index, row in enumerate(rows)]
    return [(_array(ends) + jitter) * half]


def _half_fill(half: float, random: Random) -> list[Floats]:
    strokes = _fill(half, random, -0.95, float(random.uniform(-0.1, 0.25)))
    quarter = int(random.integers(4))
    turn = _array([[0.0, 1.0], [-1.0, 0.0]]) if quarter % 2 else _array([[1.0, 0.0], [0.0, 1.0]])
    return [stroke @ turn * (-1 if quarter > 1 else 1) for stroke in strokes]


def _scrawl(half: float, random: Random) -> list[Floats]:
    return [random.uniform(-1.05, 1.05, (int(random.integers(6, 11)), 2)) * half]


def _circle(half: float, random: Random) -> list[Floats]:
    angle = _span(0, 2 * 3.1416 + random.uniform(-0.35, 0.5), 0.15) + random.uniform(0, 6.28)
    radius_x, radius_y = half * random.uniform(1.4, 1.9), half * random.uniform(1.35, 1.75)
    return [_columns(radius_x * _cos(angle), radius_y * _sin(angle)) + random.normal(0, 0.12 * half, 2)]


def _oval_with_label(half: float, random: Random) -> list[Floats]:
    angle = _span(0, 2 * 3.1416 + random.uniform(-0.2, 0.5), 0.1) + random.uniform(0, 6.28)
    reach = half * random.uniform(5.0, 7.0)
    points = _columns(reach * _cos(angle), half * random.uniform(1.4, 1.7) * _sin(angle))
    points[:, 0] += reach - half * random.uniform(1.5, 1.9)
    return [points]


def _stroke(half: float, random: Random) -> list[Floats]:
    angle = random.choice([0.0, -0.75, 0.75, 0.2, -0.3])
    reach = half * random.uniform(1.0, 1.6)
    turn = _array([[_cos(angle), _sin(angle)], [-_sin(angle), _cos(angle)]])
    return [_array([[-1, 0], [0, 0.05], [1, 0]]) @ turn * reach]


def _inner_circle(half: float, random: Random) -> list[Floats]:
    angle = _span(0, 6.28 + random.uniform(-0.3, 0.4), 0.2) + random.uniform(0, 6.28)
    return [_columns(_cos(angle), _sin(angle)) * half * random.uniform(0.45, 0.75) + random.normal(0, 0.1 * half, 2)]


def _double_tick(half: float, random: Random) -> list[Floats]:
    return [*_tick(half, random), *_tick(half * 0.9, random)]


def _zigzag(half: float, random: Random) -> list[Floats]:
    xs = _span(-0.9, 0.9, 0.3)
    return [_columns(xs, [(-0.7 if index % 2 else 0.7) for index in range(len(xs))]) * half * random.uniform(0.7, 1.0)]


def _star(half: float, random: Random) -> list[Floats]:
    return [*_cross(half * 0.8, random), _array([[-0.8, 0], [0.8, 0.05]]) * half]


def _hook(half: float, random: Random) -> list[Floats]:
    return [_array([[-0.1, 0.5], [0.3, 0.1], [0.9, -0.9], [1.3, -1.5]]) * half * random.uniform(0.8, 1.1)]


def _blackout(half: float, random: Random) -> list[Floats]:
    """A choice taken back: a tick buried under a scribble that fills the box and leaves it."""
    scribble = _fill(half * random.uniform(1.05, 1.25), random)
    across = [stroke @ _array([[0.0, 1.0], [1.0, 0.0]]) for stroke in _fill(half, random)]
    return [*_tick(half, random), *scribble, *across]


def _dot(half: float, random: Random) -> list[Floats]:
    at = random.uniform(-0.7, 0.7, 2) * half
    return [_array([[0, 0], [0.12, 0.1], [0.05, 0.15]]) * random.uniform(0.5, 3.0) + at]


def _tail(half: float, random: Random) -> list[Floats]:
    """The end of a neighbour's stroke, coming in over one edge and stopping early."""
    angle = random.choice([0.0, 1.57, 3.14, 4.71]) + random.normal(0, 0.35)
    direction, across = _array([_cos(angle), _sin(angle)]), random.uniform(-0.6, 0.6) * half
    aside = _array([-direction[1], direction[0]]) * across
    outer, inner = half * random.uniform(2.2, 3.2), half * random.uniform(0.6, 0.95)
    start, halfway, end = direction * outer, direction * (outer + inner) / 2, direction * inner
    return [_array([start + aside * 1.3, halfway + aside, end + aside])]


_MARKS: dict[str, Callable[[float, Random], list[Floats]]] = {
    "tick": _tick, "big_tick": _big_tick, "small_tick": _small_tick, "cross": _cross, "fill": _fill,
    "half_fill": _half_fill, "scrawl": _scrawl, "circle": _circle, "stroke": _stroke, "blackout": _blackout,
    "dot": _dot, "tail": _tail, "oval_with_label": _oval_with_label, "inner_circle": _inner_circle,
    "double_tick": _double_tick, "zigzag": _zigzag, "star": _star, "hook": _hook,
}  # fmt: skip

CHOOSING = ("tick", "big_tick", "small_tick", "cross", "fill", "half_fill", "scrawl", "circle", "stroke")
"""Marks that mean yes, on which thresholds were set."""
CHOOSING_HELD_OUT = ("oval_with_label", "inner_circle", "double_tick", "zigzag", "star", "hook")
"""Marks that mean yes, kept for validation."""
NOISE = ("dot", "tail", "erasure", "specks")
"""What is found in a box that means nothing."""


def _smooth(points: Floats) -> Floats:
    """A hand does not draw corners: Catmull-Rom through the points."""
    import numpy as np

    if len(points) < 2:
        return points
    padded = np.concatenate([points[:1], points, points[-1:]])
    step = np.linspace(0, 1, 9)[:-1, None]
    pieces = []
    for index in range(len(points) - 1):
        a, b, c, d = padded[index : index + 4]
        curve = 2 * b + (c - a) * step + (2 * a - 5 * b + 4 * c - d) * step**2 + (3 * b - a - 3 * c + d) * step**3
        pieces.append(curve / 2)
    result: Floats = np.concatenate([*pieces, points[-1:]])
    return result


def _wobble(points: Floats, random: Random) -> Floats:
    """The tremor of old hands: slow noise of a tenth of a millimetre."""
    import numpy as np

    noise = random.normal(0, 1, (len(points), 2))
    kernel = np.ones(5) / 5
    drift = np.stack([np.convolve(noise[:, axis], kernel, mode="same") for axis in (0, 1)], axis=1)
    result: Floats = points + drift * random.uniform(0.04, 0.16)
    return result


def _array(values: object) -> Floats:
    import numpy as np

    return np.asarray(values, dtype=np.float64)


def _columns(x: object, y: object) -> Floats:
    import numpy as np

    return np.stack([_array(x), _array(y)], axis=1)


def _span(start: float, stop: float, step: float) -> Floats:
    import numpy as np

    return np.arange(start, stop, step)


def _cos(value: object) -> Floats:
    import numpy as np

    return np.cos(_array(value))


def _sin(value: object) -> Floats:
    import numpy as np

    return np.sin(_array(value))
