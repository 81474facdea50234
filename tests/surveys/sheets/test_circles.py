"""What a judge in a hurry taught: circles that the frame hides, hatching in lines of their own, fills among ticks."""

import numpy as np
import pytest

from xiangli.surveys.sheets import read_image
from xiangli.surveys.sheets.bubbles import BubbleReading, compare_options

from .drawing import INK, scanned, ticked
from .foreign import Tool

TICKED = (("sex", "o1"), ("sat", "o2"))
PENCIL = Tool("", (150,) * 3, 0.4)


def _round(across, down, beside=0.0, since=0.0, until=1.0):
    """A circle or part of one, in half widths of its box."""
    turns = np.linspace(since, until, 60) * 2 * np.pi
    return [[(across * np.cos(turn) + beside, down * np.sin(turn)) for turn in turns]]


def _state(printed, raster, lines, pen=INK):
    image = scanned(ticked(printed.layout, raster, TICKED, {("need", "o4"): (lines, pen)}))
    states = {(item.question, item.option): item.state for item in read_image(printed.layout, image).bubbles}
    state = states.pop(("need", "o4"))
    assert {key for key, other in states.items() if other != "blank"} == set(TICKED)
    return state


@pytest.mark.parametrize("across", [1.15, 1.2, 1.3, 1.4, 1.6])
@pytest.mark.parametrize("pen", [INK, PENCIL], ids=["ink", "pencil"])
def test_circle_that_the_frame_hides_in_part_is_a_mark(printed, raster, across, pen):
    assert _state(printed, raster, _round(across, 1.1 * across, 0.08), pen) == "marked"


@pytest.mark.parametrize(
    "lines",
    [
        _round(1.25, 1.25, until=0.5),
        _round(1.25, 1.25, since=0.5),
        _round(1.25, 1.25, beside=-1.0),
        [[(-1.25, -1.25), (-1.25, 1.25), (1.25, 1.25)]],
    ],
    ids=["half", "other half", "beside", "corner"],
)
def test_what_goes_only_in_part_round_a_box_is_no_circle(printed, raster, lines):
    assert _state(printed, raster, lines) != "marked"


@pytest.mark.parametrize("count", [3, 4, 5])
def test_hatching_whose_first_line_lies_along_the_frame_is_a_mark(printed, raster, count):
    heights = np.linspace(-0.72, 0.72, count)
    assert _state(printed, raster, [[(-0.8, y + 0.03), (0.8, y - 0.03)] for y in heights]) == "marked"


@pytest.mark.parametrize(("grey", "state"), [(40, "marked"), (120, "marked"), (225, "blank")])
def test_hatching_in_thin_lines_among_fills_is_a_mark_unless_rubbed_out(printed, raster, grey, state):
    dense = [[(-0.8, y), (0.8, y)] for y in np.linspace(-0.8, 0.8, 12)]
    drawn = {("need", f"o{at}"): (dense, Tool("", (30,) * 3, 1.0)) for at in (1, 2, 5, 6, 8)}
    thin = Tool("", (grey,) * 3, 0.3)
    drawn |= {("need", "o4"): ([[(-0.8, y + 0.03), (0.8, y - 0.03)] for y in np.linspace(-0.72, 0.72, 5)], thin)}
    image = scanned(ticked(printed.layout, raster, (), drawn))
    states = {(item.question, item.option): item.state for item in read_image(printed.layout, image).bubbles}
    assert states["need", "o4"] == state


def test_line_along_the_frame_alone_is_looked_at(printed, raster):
    assert _state(printed, raster, [[(-0.8, -0.72), (0.8, -0.72)]]) == "review"


@pytest.mark.parametrize(
    ("fills", "beside", "state"), [(3, "blank", "marked"), (2, "blank", "review"), (3, "marked", "review")]
)
def test_who_blackens_boxes_to_answer_takes_none_back(fills, beside, state):
    """Unless one of them stands beside another answer to a single choice: that one was taken back."""
    black = [BubbleReading(name, "o1", "marked", 1.0, filled=2) for name in "mno"[:fills]]
    tick = BubbleReading("m", "o2", "marked", 1.0, drawn=True)
    other = BubbleReading("n", "o2", beside, 1.0, drawn=beside == "marked")
    compare_options([*black, tick, other], {"m": "multiple", "n": "single", "o": "single"})
    assert black[0].state == state
