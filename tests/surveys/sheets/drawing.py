"""Marks drawn by hand on the raster of a printed page, for tests of one rule at a time."""

from collections.abc import Iterable, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from xiangli.surveys.sheets import Layout

from .foreign import Line, Tool, lines_of, put

INK = Tool("", (40,) * 3, 0.5)
Key = tuple[str, str]
Mark = tuple[Key, Iterable[Line], Tool]
"""(question, option), lines in half widths of the box from its middle, and the pen."""


def a_tick(random: np.random.Generator) -> list[Line]:
    """The lines of a tick as one hand makes it."""
    return [[(x / 4, y / 4) for x, y in line] for line in lines_of("tick", 4.0, random)]


def draw(layout: Layout, raster: NDArray[np.uint8], marks: Iterable[Mark], random: np.random.Generator) -> Image.Image:
    """Page 1, a grey raster at DPI, in colour with marks drawn on it one after another."""
    sheet = Image.fromarray(np.stack([raster] * 3, axis=-1))
    places = {(place.question, place.option): place for place in layout.pages[1].bubbles}
    for key, lines, pen in marks:
        place, r = places[key], places[key].w / 2
        put(sheet, [[(x * r, y * r) for x, y in line] for line in lines], (place.x + r, place.y + r), pen, random)
    return sheet


def ticked(
    layout: Layout, raster: NDArray[np.uint8], ticks: Iterable[Key], more: Mapping[Key, tuple[Iterable[Line], Tool]]
) -> Image.Image:
    """The same with like ticks in some boxes, and more: lines and pen by box."""
    random = np.random.default_rng(4)
    marks = {**dict.fromkeys(ticks, (a_tick(random), INK)), **more}
    return draw(layout, raster, [(key, lines, pen) for key, (lines, pen) in marks.items()], random)


def scanned(sheet: Image.Image) -> NDArray[np.uint8]:
    """In grey at 180 dpi."""
    return cv2.resize(cv2.cvtColor(np.asarray(sheet), cv2.COLOR_RGB2GRAY), None, fx=0.6, fy=0.6)
