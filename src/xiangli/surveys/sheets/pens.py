"""The pen that a sheet was written with: what its strokes are measured by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .marks import Evidence

FILL_SHARE, BRIM = 0.28, 0.85
"""Part of the inside that is covered from which a box is filled, and filled to the brim."""
FAINT = (0.18, 0.25)
"""Usual contrast of the pen below which its strokes come in pieces, and may be doubtful ones."""
HALF = 0.5
"""Part of the pen's from which something is as likely the pen's own."""
HAIR_MM, LIGHT_MM, BROAD_MM = 0.05, 0.08, 0.5
"""Bodies: thinner than any pen's; the least that a light pencil has; a broad stroke's, for comparing."""
PEN = (0.28, 0.3)
"""Contrast and body from which a stroke is some pen's, if not the one that most of the sheet was written with."""
RUBBED = 0.2
"""Strength as a part of the strongest on a sheet below which a stroke says nothing of its pen."""
FEW, FILLS = 4, 3
"""Strokes that make a pen known which is no darker than what is left of rubbed-out ones, and fills that are a habit."""
ALIKE = 1.5
"""How many times a stroke's body or contrast may be the usual one, or go into it, for one pen to have drawn both: a pen
draws alike, a rubber does not leave alike."""


@dataclass(frozen=True)
class Hand:
    """The pen of a sheet: its usual contrast and body (0 where no clear stroke is to be seen) and whether it is red."""

    contrast: float
    body: float
    red: bool
    pen: float = 0.0
    """Body of its strokes along their way."""

    @property
    def marked(self) -> float:
        """Contrast from which a stroke is a mark."""
        return min(max(0.7 * self.contrast, 0.12), 0.21) if self.contrast else 0.21

    @property
    def trace(self) -> float:
        """Contrast up to which a stroke is a trace of something rubbed out or showing through."""
        return min(max(0.28 * self.contrast, 0.06), 0.1) * self.unit

    @property
    def stroke(self) -> float:
        """Body of a single stroke. Where the sheet's marks are fills they say nothing of it: then an ordinary pen's."""
        return self.body if self.body <= BROAD_MM else PEN[1]

    @property
    def unit(self) -> float:
        """What a full black is: on a pale print the pen, which is then darker than the printer."""
        return max(1.0, self.contrast)

    def is_trace(self, item: Evidence) -> bool:
        """Whether a stroke is too faint or too thin to have been drawn."""
        # A pen so faint that its strokes come in pieces leaves thin ones too, and a hair is darker than it.
        thin = item.body < min(HAIR_MM, HALF * self.body) and not 0 < self.contrast < FAINT[0]
        return item.contrast < self.trace or (thin and item.contrast < self.marked)


def hand_of(evidence: Sequence[Evidence | None]) -> Hand:
    """The pen that most of a page was written with, from what is in and around its boxes."""
    seen = [item for item in evidence if item is not None]
    strokes = [item for item in seen if item.extent >= 3.0 and item.contrast >= 0.1 and not item.through]
    # What is rubbed out must not pass for the pen, however much of it there is; nor the little that is blacked out.
    lines = [item for item in strokes if item.wide_share < BRIM]
    firm = lines if len(lines) > len(strokes) - FILLS else strokes
    least = RUBBED * max((_strength(item) for item in firm or strokes), default=0.0)
    weak = [item for item in strokes if _strength(item) < least and item.wide_share < FILL_SHARE]
    strokes = [item for item in strokes if _strength(item) >= least]
    # One mark by somebody's felt tip does not make all others rubbed out, nor do fills, which are darker than a stroke.
    drawn = [item for item in strokes if item.wide_share < FILL_SHARE]
    if _is_one_pen(weak) and (len(weak) > len(strokes) or (len(weak) > len(drawn) and _is_near(weak, strokes))):
        strokes = weak
    red = sum(item.red > 0.5 for item in strokes) > 0.6 * len(strokes) if strokes else False
    if not strokes:
        return Hand(0.0, 0.0, red)
    contrasts = sorted(item.contrast for item in strokes)
    bodies = sorted(item.body for item in strokes)
    # Of two the thinner: a fill is many strokes in one.
    contrast, body = contrasts[len(strokes) // 2], bodies[(len(strokes) - 1) // 2]
    if contrast < FAINT[1] and (len(strokes) < FEW or body < LIGHT_MM):
        return Hand(0.0, 0.0, red)
    # A pen is at its thinnest where it crosses nothing: the third of three.
    pen = sorted(item.pen for item in strokes)[(len(strokes) - 1) // 3]
    return Hand(contrast, body, red, min(pen, BROAD_MM))


def _is_one_pen(strokes: Sequence[Evidence]) -> bool:
    """Whether these faint strokes are enough, and most of them enough alike, to have been drawn with one pen."""
    alike = sum(are_alike([item.body for item in strokes]))
    return alike >= FEW and 3 * alike >= 2 * len(strokes)


def are_alike(values: Sequence[float]) -> list[bool]:
    """Which of some strokes' measures are like the usual one."""
    usual = _usual(values)
    return [usual <= value * ALIKE and value <= usual * ALIKE for value in values]


def _is_near(weak: Sequence[Evidence], strong: Sequence[Evidence]) -> bool:
    """Whether strokes are too dark beside others to be what a rubber left of such."""
    return _usual([item.contrast for item in weak]) >= HALF * _usual([item.contrast for item in strong])


def _usual(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2] if values else 0.0


def _strength(item: Evidence) -> float:
    """How much of a stroke there is; a fill counts as no more than one broad stroke."""
    return item.contrast * min(item.body, BROAD_MM)
