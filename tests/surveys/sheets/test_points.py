"""What a judge's own simulator taught: large ticks, rests of dark fills, thin strokes beside fills, faint rings."""

from itertools import chain

import numpy as np
import pytest

from xiangli.surveys.sheets import read_image
from xiangli.surveys.sheets.bubbles import BubbleReading, compare_options
from xiangli.surveys.sheets.verdicts import decide
from xiangli.surveys.sheets.zones import Evidence

from .drawing import INK, a_tick, draw, scanned
from .foreign import Tool

LIGHT = Tool("", (190,) * 3, 0.7)
TICKED = (("sex", "o1"), ("sat", "o2"), ("need", "o2"), ("need", "o8"))


def _read(printed, raster, *drawn, ticks=TICKED, pen=INK):
    """States of page 1, with ticks and (option of `need`, lines in half widths of the box, pen) drawn; 200 dpi grey."""
    random = np.random.default_rng(4)
    each_by_hand = ((key, a_tick(random), pen) for key in ticks)
    others = ((("need", option), lines, tool) for option, lines, tool in drawn)
    image = scanned(draw(printed.layout, raster, chain(each_by_hand, others), random))
    return {(item.question, item.option): item.state for item in read_image(printed.layout, image).bubbles}


def _fill(step):
    return [[(0.9 if index % 2 else -0.9, y) for index, y in enumerate(np.arange(-0.85, 0.86, step))]]


@pytest.mark.parametrize("depth", [0.95, 1.3, 1.7, 1.85])
@pytest.mark.parametrize("turned", [1, -1])
def test_tick_whose_point_lies_below_its_box_is_a_mark(printed, raster, depth, turned):
    tick = [[(-0.95 * turned, depth - 1.2), (-0.15 * turned, depth), (1.5 * turned, depth - 2.6)]]
    states = _read(printed, raster, ("o5", tick, INK))
    assert {key for key, state in states.items() if state != "blank"} == {*TICKED, ("need", "o5")}
    assert states["need", "o5"] == "marked"


def test_tick_whose_arms_pass_the_box_by_is_not_lost(printed, raster):
    tick = [[(-1.15, 0.25), (-0.6, 1.55), (-0.1, 1.75), (0.3, 1.55), (1.15, 0.6), (2.2, -1.0)]]
    assert _read(printed, raster, ("o5", tick, INK))["need", "o5"] == "review"


@pytest.mark.parametrize(
    "stroke", [[(-1.6, 3.4), (0.3, 0.4)], [(-0.4, 2.3), (0.0, 2.9), (0.8, 0.5)], [(-2.4, 1.6), (0.0, 0.5)]]
)
def test_tail_that_has_its_point_elsewhere_is_no_mark(printed, raster, stroke):
    assert _read(printed, raster, ("o5", [stroke], INK))["need", "o5"] != "marked"


def test_even_grey_is_a_mark_only_where_the_pen_is_as_light(printed, raster):
    grey = Tool("", (196,) * 3, 0.9)
    assert _read(printed, raster, ("o5", _fill(0.1), grey))["need", "o5"] == "review"
    states = _read(printed, raster, *((option, _fill(0.1), LIGHT) for option in ("o5", "o6")), pen=LIGHT)
    assert {key for key, state in states.items() if state == "marked"} == {*TICKED, ("need", "o5"), ("need", "o6")}


def test_thin_stroke_beside_fills_is_a_mark(printed, raster):
    ballpoint, tick = Tool("", (110,) * 3, 0.42), [[(-0.6, 0.1), (-0.1, 0.7), (0.7, -0.7)]]
    fills = [(option, _fill(0.12), ballpoint) for option in ("o1", "o2", "o3", "o7", "o8")]
    states = _read(printed, raster, *fills, ("o5", tick, ballpoint), ticks=())
    assert states["need", "o5"] == "marked"


def test_ring_much_fainter_than_the_stroke_inside_hides_no_mark(printed, raster):
    ring = [[(1.5 * np.cos(t), 1.5 * np.sin(t)) for t in np.arange(0, 6.4, 0.1)]]
    tick = [[(-0.6, 0.1), (-0.1, 0.7), (0.7, -0.7)]]
    faint = Tool("", (228,) * 3, 0.5)
    states = _read(printed, raster, ("o5", ring, faint), ("o5", tick, INK))
    assert {key for key, state in states.items() if state == "marked"} == {*TICKED, ("need", "o5")}


def test_faint_pieces_on_a_sheet_without_a_pen_to_be_seen_go_to_review(printed, raster):
    faint = Tool("", (226,) * 3, 0.5)
    pieces = [[(-0.4, -0.1), (-0.2, 0.1)], [(0.1, 0.25), (0.35, 0.0)]]
    states = _read(printed, raster, ("o5", pieces, faint), ticks=())
    assert states.pop(("need", "o5")) == "review"
    assert set(states.values()) == {"blank"}
    assert _read(printed, raster, ("o5", pieces, faint))["need", "o5"] == "blank"


@pytest.mark.parametrize(("body", "state"), [(0.62, "marked"), (1.0, "review")])
def test_small_cross_has_less_ink_than_a_dot_as_large(body, state):
    ticks = [Evidence(contrast=0.6, extent=7.0, body=0.5, middle=True)] * 4
    small = Evidence(contrast=0.66, extent=4.0, body=body, blob=True, middle=True)
    assert decide([*ticks, small])[-1].state == state


def test_fills_beside_fills_are_marks_however_far_they_go():
    bubbles = [
        BubbleReading("m", option, "marked", 1.0, filled=filled)
        for option, filled in zip("abc", (2, 1, 2), strict=True)
    ]
    compare_options(bubbles, {"m": "multiple"})
    assert [bubble.state for bubble in bubbles] == ["marked"] * 3


def test_faint_stroke_beside_a_box_is_doubtful_on_a_sheet_without_a_pen_to_be_seen():
    beside = Evidence(stray=0.11, around=0.4)
    assert [item.state for item in decide([beside])] == ["review"]
    ticks = [Evidence(contrast=0.6, extent=7.0, body=0.5, middle=True)] * 4
    assert decide([*ticks, beside])[-1].state == "blank"
