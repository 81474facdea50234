"""What people do on paper, drawn with `inkpen`: marks of every kind, and what is no mark."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from xiangli.surveys.sheets.layout import Layout, Page, Place

from .inkpen import Hand, Ink, Nib, blot, pick_hand, pick_nib, pull

Truth = dict[tuple[str, str], tuple[str, str]]
"""(question, option) -> (marked, blank or review; the kind of what is in the box)."""


@dataclass
class Box:
    """A box with a hand over it: half side r, points in half sides from the middle."""

    ink: Ink
    nib: Nib
    hand: Hand
    place: Place
    random: np.random.Generator
    off: tuple[float, float] = (0.0, 0.0)

    @property
    def r(self) -> float:
        return self.place.w / 2

    def at(self, x: float, y: float) -> tuple[float, float]:
        s = self.hand.slant
        x, y = x * math.cos(s) - y * math.sin(s) + self.off[0], x * math.sin(s) + y * math.cos(s) + self.off[1]
        return self.place.x + self.r + x * self.r, self.place.y + self.r + y * self.r

    def line(self, *points: tuple[float, float], sharp: bool = False, nib: Nib | None = None) -> None:
        pull(self.ink, nib or self.nib, self.hand, [self.at(*point) for point in points], self.random, sharp=sharp)

    def u(self, low: float, high: float) -> float:
        return float(self.random.uniform(low, high))


def tick(box: Box) -> None:
    k, u = box.u(0.65, 1.1), box.u
    box.line(
        (-0.7 * k, u(-0.3, 0.1) * k), (-0.2 * k, u(0.5, 0.8) * k), (u(0.7, 1.0) * k, -0.85 * k), sharp=u(0, 1) < 0.4
    )


def tick_huge(box: Box) -> None:
    k, u = box.u(1.4, 2.3), box.u
    box.line((-0.5 * k, -0.1 * k), (-0.1 * k, 0.4 * k), (u(0.5, 0.9) * k, u(-1.2, -0.8) * k), sharp=u(0, 1) < 0.3)


def tick_off(box: Box) -> None:
    """A tick whose corner is in the box and whose arms are not."""
    u = box.u
    box.line((u(-0.7, -0.4), u(-0.2, 0.1)), (u(-0.2, 0.1), u(0.5, 0.8)), (u(1.5, 2.1), u(-1.8, -1.2)))


def cross(box: Box) -> None:
    for way in (1, -1):
        k = box.u(0.6, 1.15)
        box.line((-k * way, -k * box.u(0.8, 1.1)), (k * way, k * box.u(0.8, 1.1)), sharp=box.u(0, 1) < 0.5)


def cross_huge(box: Box) -> None:
    for way in (1, -1):
        k = box.u(1.25, 1.8)
        box.line((-k * way, -k * box.u(0.8, 1.1)), (k * way, k * box.u(0.8, 1.1)))


def slash(box: Box) -> None:
    angle, k = box.u(0, math.pi), box.u(0.65, 1.7)
    c, s = math.cos(angle) * k, math.sin(angle) * k
    box.line((-c, -s), (box.u(-0.12, 0.12), box.u(-0.12, 0.12)), (c, s))


def double(box: Box) -> None:
    """Two strokes side by side."""
    k = box.u(0.6, 0.95)
    for x in (-0.3, 0.3):
        box.line((x - 0.2, k), (x + 0.2, -k))


def fill(box: Box) -> None:
    step, turn = box.u(0.12, 0.24), box.u(0, 1) < 0.5
    rows = np.arange(-0.88, 0.9, step * max(1.0, box.nib.width / 0.9))
    points = [((-1) ** i * box.u(0.75, 0.98), float(y)) for i, y in enumerate(rows)]
    box.line(*[(y, x) if turn else (x, y) for x, y in points], sharp=True)


def half_fill(box: Box) -> None:
    rows = np.arange(-0.88, box.u(-0.15, 0.3), box.u(0.12, 0.2) * max(1.0, box.nib.width / 0.9))
    points = [((-1) ** i * box.u(0.75, 0.98), float(y)) for i, y in enumerate(rows)]
    way = int(box.random.integers(4))
    box.line(*[((x, y), (y, x), (x, -y), (-y, x))[way] for x, y in points], sharp=True)


def scrawl(box: Box) -> None:
    box.line(*[(box.u(-1.05, 1.05), box.u(-1.05, 1.05)) for _ in range(int(box.random.integers(5, 12)))])


def zigzag(box: Box) -> None:
    count = int(box.random.integers(4, 7))
    k = box.u(0.6, 1.0)
    box.line(*[(-k + 2 * k * i / (count - 1), (0.6 if i % 2 else -0.6) * box.u(0.7, 1.2)) for i in range(count)])


def ring_inside(box: Box) -> None:
    k, start, over = box.u(0.45, 0.75), box.u(0, 7), box.u(-0.3, 0.6)
    turns = start + np.linspace(0, 2 * math.pi + over, 14)
    box.line(*[(k * math.cos(turn), k * math.sin(turn) * 0.9) for turn in turns])


def circle(box: Box) -> None:
    a, b, start, over = box.u(1.4, 1.9), box.u(1.4, 1.8), box.u(0, 7), box.u(-0.3, 0.9)
    drift = box.u(-0.1, 0.1)
    turns = np.linspace(0, 2 * math.pi + over, 20)
    box.line(*[(a * math.cos(start + t) * (1 + drift * t / 6), b * math.sin(start + t)) for t in turns])


def through(box: Box) -> None:
    k, tilt = box.u(1.3, 2.1), box.u(-0.5, 0.5)
    ends = ((-k, tilt * k), (k, -tilt * k))
    box.line(*(ends if box.u(0, 1) < 0.7 else [(y, x) for x, y in ends]))


MARKS: Mapping[str, Callable[[Box], None]] = {
    "tick": tick, "tick_huge": tick_huge, "tick_off": tick_off, "cross": cross, "cross_huge": cross_huge,
    "slash": slash, "double": double, "fill": fill, "half_fill": half_fill, "scrawl": scrawl, "zigzag": zigzag,
    "ring_inside": ring_inside, "circle": circle, "through": through,
}  # fmt: skip


def blackout(box: Box) -> None:
    """A choice taken back: the tick is still below, the box is blackened to its frame and beyond."""
    tick(box)
    wide = Nib("", max(box.nib.width, 0.8), box.nib.colour, max(box.nib.cover, 0.7), box.nib.hairs)
    for turn in (False, True):
        rows = np.arange(-1.02, 1.05, 0.16)
        points = [((-1) ** i * box.u(0.95, 1.2), float(y)) for i, y in enumerate(rows)]
        box.line(*[(y, x) if turn else (x, y) for x, y in points], sharp=True, nib=wide)


def erased(box: Box) -> None:
    """Pencil rubbed out: what is left of the lines, and the smudge of the rubber."""
    rest = Nib("", box.u(0.5, 0.8), (0.4, 0.4, 0.42), box.u(0.05, 0.13), int(box.random.integers(0, 6)))
    (tick, cross, half_fill, scrawl)[int(box.random.integers(4))](
        Box(box.ink, rest, box.hand, box.place, box.random, box.off)
    )
    for _ in range(int(box.random.integers(1, 5))):
        smudge = Nib("", box.u(1.5, 3.0), (0.5, 0.5, 0.5), box.u(0.01, 0.045))
        y = box.u(-0.8, 0.8)
        box.line((-1.2, y), (0, y + box.u(-0.2, 0.2)), (1.2, y + box.u(-0.3, 0.3)), nib=smudge)


def dot(box: Box) -> None:
    """Where the pen rested."""
    blot(
        box.ink,
        box.at(box.u(-0.9, 0.9), box.u(-0.9, 0.9)),
        box.u(0.15, 0.55),
        box.nib.colour,
        box.nib.cover,
        box.random,
    )


def specks(box: Box) -> None:
    for _ in range(int(box.random.integers(2, 7))):
        grey = box.u(0.1, 0.6)
        blot(box.ink, box.at(box.u(-1.7, 1.7), box.u(-1.7, 1.7)), box.u(0.06, 0.28), (grey, grey, grey * 0.9),
             box.u(0.4, 0.9), box.random)  # fmt: skip


def tail(box: Box) -> None:
    """The end of a stroke that belongs elsewhere comes in over an edge."""
    side, aside = int(box.random.integers(3)), box.u(-0.6, 0.6)
    inner, outer, lean = box.u(0.45, 0.95), box.u(2.0, 3.2), box.u(-0.5, 0.5)
    points = [(outer, aside + lean), ((outer + inner) / 2, aside + lean / 2), (inner, aside)]
    turned = [((-x, y), (y, x), (y, -x))[side] for x, y in points]
    box.line(*turned)


def hair(box: Box) -> None:
    nib = Nib("", box.u(0.05, 0.11), (0.3, 0.25, 0.2), 0.75)
    box.line(*[(box.u(-2.5, 2.5), box.u(-2.2, 2.2)) for _ in range(4)], nib=nib)


def smear(box: Box) -> None:
    """A dirty finger."""
    grey = box.u(0.35, 0.55)
    x, y = box.u(-1, 1), box.u(-1, 1)
    for k in np.linspace(1, 0.3, 9):
        blot(
            box.ink,
            box.at(x, y),
            box.r * float(k) * box.u(1.0, 1.5),
            (grey, grey * 0.95, grey * 0.85),
            0.02,
            box.random,
        )


def scratch(box: Box) -> None:
    """A faint straight line that a fingernail or the feeder left, over much more than the box."""
    nib = Nib("", box.u(0.1, 0.2), (0.4, 0.4, 0.4), box.u(0.15, 0.35))
    x = box.u(-0.9, 0.9)
    box.line((x - 0.3, -9), (x, 0), (x + 0.3, 9), nib=nib)


DIRT: Mapping[str, Callable[[Box], None]] = {
    "erased": erased, "dot": dot, "specks": specks, "tail": tail, "hair": hair, "smear": smear, "scratch": scratch,
}  # fmt: skip

DIRT_DRAWN = ("erased",) * 6 + ("dot", "specks", "tail") * 4 + ("smear",) * 2 + ("hair", "scratch")
"""How often what is drawn: erasures most, hairs seldom."""


@dataclass
class Habit:
    """Shares of what happens on a page."""

    nibs: tuple[str, ...] = ("gel", "gel", "ballpoint", "ballpoint", "felt", "brush", "pencil", "pencil", "light")
    chosen: float = 0.4
    dirty: float = 0.35
    """Of the boxes that are not chosen, these have dirt in them."""
    twice: float = 0.06
    taken_back: float = 0.06
    notes: float = 0.15
    """Questions beside which somebody writes a word."""
    marks: tuple[str, ...] = tuple(MARKS)
    dirt: tuple[str, ...] = DIRT_DRAWN


def fill_page(page: Page, layout: Layout, habit: Habit, random: np.random.Generator) -> tuple[Ink, Truth, str]:
    """The ink of one page, what is true of each of its boxes, and what it was written with."""
    ink = Ink()
    truth: Truth = {}
    hand, nib = pick_hand(random), pick_nib(str(random.choice(habit.nibs)), random)
    questions: dict[str, list[Place]] = {}
    for place in page.bubbles:
        questions.setdefault(place.question, []).append(place)
    for question, places in questions.items():
        single, count = layout.kinds[question] == "single", len(places)
        first = int(random.integers(count))
        chosen = {first} if single else {i for i in range(count) if random.random() < habit.chosen}
        second, chance = (first + 1) % count, random.random()
        for index, place in enumerate(places):
            box = Box(ink, nib, hand, place, random, tuple(random.normal(0, hand.aim * 0.3, 2)))
            key = question, place.option
            if single and count > 1 and index == second and chance < habit.taken_back:
                blackout(box)
                truth[key] = "review", "blacked out"
            elif index in chosen or (single and count > 1 and index == second and chance > 1 - habit.twice):
                kind = str(random.choice(habit.marks))
                MARKS[kind](box)
                both = single and count > 1 and (chance > 1 - habit.twice or chance < habit.taken_back)
                truth[key] = ("review" if both else "marked", f"{kind}")
            elif random.random() < habit.dirty:
                kind = str(random.choice(habit.dirt))
                DIRT[kind](box)
                truth[key] = "blank", kind
            else:
                truth[key] = "blank", ""
        if random.random() < habit.notes:
            _note(ink, nib, hand, places[-1], random)
    return ink, truth, nib.name


def _note(ink: Ink, nib: Nib, hand: Hand, place: Place, random: np.random.Generator) -> None:
    """A few strokes like writing, in the free space right of the last option's label."""
    thin = Nib("", min(nib.width, 0.6), nib.colour, nib.cover, nib.hairs, nib.swell)
    left = min(place.x + place.w + 32, 176.0)
    for index in range(int(random.integers(4, 12))):
        x, y = left + (index % 4) * 3.0, place.y + 1 + random.uniform(0, 5)
        if x < 186:
            pull(ink, thin, hand, [(x, y), (x + random.uniform(-1, 2.5), y + random.uniform(-1, 3))], random)
