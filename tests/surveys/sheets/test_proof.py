"""A small slice of the proof on sheets of the third generator (see `proof`), and what it taught, one by one."""

import cv2
import numpy as np
import pytest

from tests.conftest import REQUIRE_ALL
from xiangli.surveys.sheets import read_image

from . import weather
from .habits import Box, circle, cross_huge, hair, tick
from .inkpen import Hand, Ink, Nib, raster
from .proof import run

CALM = Hand(tremor=0.03, slant=0.0, press=1.0, aim=0.1)
GEL, FELT = Nib("gel", 0.6, (0.1, 0.1, 0.12), 0.95), Nib("felt", 2.4, (0.1, 0.1, 0.12), 0.9)
SLICE = (5, 6, 8, 14, 15, 30)
"""Pages of the proof: strips in a PDF, a fax, a photocopy, a finger over a marker, a crumpled sheet, a shrunk one."""


@pytest.mark.slow
@pytest.mark.skipif(not (weather.PROGRAM or REQUIRE_ALL), reason="apt-get install imagemagick")
def test_no_silent_error_on_sheets_of_the_third_generator():
    tally = run(100, SLICE)
    assert (tally.silent, tally.lost) == ([], [])
    assert tally.total("review") <= 0.08 * tally.total("boxes")


def _read(printed, *drawn, nib=GEL, one_bit=False):
    """States of page 1 with things drawn at its boxes: (question, option, what)."""
    ink, random = Ink(), np.random.default_rng(4)
    for question, option, what in drawn:
        place = next(p for p in printed.layout.pages[1].bubbles if (p.question, p.option) == (question, option))
        what(Box(ink, nib, CALM, place, random))
    page = raster(printed.pdf, 0, 200).astype(np.uint16) * raster(ink.pdf(), 0, 200) // 255
    grey = cv2.cvtColor(page.astype(np.uint8), cv2.COLOR_RGB2GRAY)
    if one_bit:
        grey = np.where(grey > 160, 255, 0).astype(np.uint8)
    return {(item.question, item.option): item.state for item in read_image(printed.layout, grey).bubbles}


TICKED = (("sex", "o1", tick), ("sat", "o2", tick), ("need", "o2", tick), ("need", "o7", tick))


def test_picture_of_one_bit_is_read(printed):
    states = _read(printed, *TICKED, ("need", "o4", circle), one_bit=True)
    marked = {key[:2] for key in TICKED} | {("need", "o4")}
    assert states == {key: "marked" if key in marked else "blank" for key in states}


def test_ring_of_a_broad_pen_is_seen(printed):
    states = _read(printed, ("need", "o4", circle), ("need", "o6", circle), nib=FELT)
    assert "blank" not in {states["need", "o4"], states["need", "o6"]}


def test_cross_that_goes_far_beyond_its_box_is_a_mark(printed):
    states = _read(printed, *TICKED, ("need", "o4", cross_huge))
    assert states["need", "o4"] == "marked"


def test_hair_is_never_taken_for_a_mark_of_the_pen(printed):
    states = _read(printed, *TICKED, *(("need", option, hair) for option in ("o1", "o3", "o4", "o5")))
    assert {key for key, state in states.items() if state == "marked"} == {key[:2] for key in TICKED}
