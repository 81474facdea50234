"""What looking at every undemanded review taught: a stroke's ink along its way, what is no second answer, ends seen."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from xiangli.surveys.sheets import again, lone, read_image
from xiangli.surveys.sheets.bubbles import BubbleReading, compare_options
from xiangli.surveys.sheets.pens import Hand, hand_of
from xiangli.surveys.sheets.points import turns_around
from xiangli.surveys.sheets.scale import DENSITY
from xiangli.surveys.sheets.verdicts import decide
from xiangli.surveys.sheets.ways import ways_of
from xiangli.surveys.sheets.zones import Evidence, zones_of

from .drawing import INK, scanned, ticked
from .foreign import Tool

THIN = Tool("", (150,) * 3, 0.12)
TICKED = (("sat", "o2"), ("need", "o3"), ("need", "o4"), ("need", "o8"))
STROKE = Evidence(contrast=0.6, extent=6.0, body=0.4, pen=0.35, round=0.4, middle=True)
PEN, UNKNOWN = Hand(0.6, 0.4, False, 0.35), Hand(0.0, 0.0, False)


def _states(printed, raster, drawn, ticks=TICKED):
    """States of page 1 in grey at 180 dpi with ticks and {(question, option): (lines in half widths, pen)} drawn."""
    image = scanned(ticked(printed.layout, raster, ticks, drawn))
    return {(item.question, item.option): item.state for item in read_image(printed.layout, image).bubbles}


def _disc(radius):
    return [[(k * np.cos(t), k * np.sin(t)) for k in np.arange(radius, 0, -0.1) for t in np.arange(0, 6.4, 0.2)]]


def _mask(*strokes, side=27):
    mask = np.zeros((side, side), np.uint8)
    for points in strokes:
        cv2.polylines(mask, [np.array(points, np.int32)], False, 1, 2)
    return mask.astype(bool)


def test_way_of_a_cross_is_that_of_both_its_lines_and_a_disc_is_round():
    line, cross = _mask([(3, 3), (23, 23)]), _mask([(3, 3), (23, 23)], [(23, 3), (3, 23)])
    y, x = np.mgrid[:27, :27] - 13
    disc = np.hypot(x, y) < 8
    lengths, rounds = ways_of(np.stack([line, cross, disc]))
    assert lengths[1] == pytest.approx(2 * lengths[0], rel=0.1)
    assert lengths[0] == pytest.approx(20 * 2**0.5 / 5, rel=0.1)
    assert rounds[2] == pytest.approx(1.2, abs=0.1)
    assert rounds[0] < 0.6 > rounds[1]


def test_line_of_the_pen_is_a_mark_among_scrawls_and_half_as_much_ink_is_doubtful():
    scrawl = replace(STROKE, contrast=0.48, body=0.8, pen=0.3)
    line = replace(STROKE, contrast=0.25, body=0.2, pen=0.2)
    assert hand_of([scrawl] * 4).pen == 0.3
    for change, state in (
        ({}, "marked"),
        ({"pen": 0.15}, "review"),  # What is left of a rubbed-out line.
        ({"contrast": 0.22}, "review"),
        ({"round": 0.9, "extent": 4.0}, "review"),  # Crumbs of dirt that blur joins.
    ):
        assert decide([*[scrawl] * 4, replace(line, **change)])[-1].state == state


def test_long_line_is_a_mark_where_no_pen_is_known_if_it_is_more_than_any_rest():
    line = replace(STROKE, contrast=0.22, body=0.18, pen=0.18)
    for change, state in (({}, "marked"), ({"pen": 0.13}, "review"), ({"contrast": 0.18}, "review")):
        assert decide([replace(line, **change)])[0].state == state


def test_disc_cut_off_by_the_frame_is_no_mark():
    disc = replace(STROKE, contrast=0.8, extent=2.7, body=0.55, pen=0.55, round=2.8)
    assert decide([STROKE] * 4 + [disc])[-1].state == "review"
    assert decide([STROKE] * 4 + [replace(disc, round=0.6)])[-1].state == "marked"


def test_round_spot_is_no_small_cross_however_pale_blur_makes_it():
    cross = replace(STROKE, extent=4.0, body=0.6, pen=0.4, round=0.8, blob=True)
    assert decide([STROKE] * 4 + [cross])[-1].state == "marked"
    assert decide([STROKE] * 4 + [replace(cross, round=1.1)])[-1].state == "review"


def test_dot_beside_the_one_answer_to_a_single_choice_is_no_second_answer(printed, raster):
    drawn = {("sex", "o2"): (_disc(0.2), INK), ("need", "o6"): (_disc(0.2), INK)}
    states = _states(printed, raster, drawn, (*TICKED, ("sex", "o1")))
    assert (states["sex", "o2"], states["need", "o6"]) == ("blank", "review")
    assert _states(printed, raster, drawn)["sex", "o2"] == "review"


@pytest.mark.parametrize(
    ("item", "left"),
    [
        (replace(STROKE, contrast=0.2, pen=0.08, extent=4.0), [1]),
        (replace(STROKE, contrast=0.2, pen=0.08), []),  # Right across the box, and ends there: a lighter pen's tick.
        (replace(STROKE, contrast=0.2, pen=0.08, foreign=True), [1]),
        (replace(STROKE, contrast=0.2, pen=0.08, specks=1), [1]),
        (replace(STROKE, contrast=0.2, pen=0.15), []),
        (replace(STROKE, contrast=0.4, pen=0.08), []),
        (replace(STROKE, extent=2.0, trace=8.0), [1]),
        (replace(STROKE, extent=2.0, trace=15.0), []),
        (replace(STROKE, extent=2.0, specks=4), []),
        (replace(STROKE, extent=2.0, stray=0.5), []),
        (replace(STROKE, extent=2.0, under_seal=True), []),
        (replace(STROKE, extent=3.5, round=1.3), [1]),
        (replace(STROKE, extent=3.5, round=0.5), []),
        (replace(STROKE, extent=3.0, entering=1, ends=1, middle=False), [1]),
        (replace(STROKE, extent=3.0, entering=1, ends=1), []),
        (Evidence(wide=0.15, wide_share=0.5), [1]),
        (Evidence(wide=0.4, wide_share=0.5), []),
        (Evidence(around=0.9, around_sides=3, around_contrast=0.2), [1]),
        (Evidence(around=0.9, around_sides=3, around_contrast=0.5), []),
    ],
)
def test_what_is_no_second_answer(item, left):
    assert again.beside_answer(["marked", "review"], [STROKE, item], 0, PEN) == left


def test_trace_is_not_measured_by_a_pen_that_is_not_known():
    trace = replace(STROKE, contrast=0.1, pen=0.05, extent=4.0)
    assert again.beside_answer(["marked", "review"], [STROKE, trace], 0, PEN) == [1]
    assert again.beside_answer(["marked", "review"], [STROKE, trace], 0, Hand(0.0, 0.0, False)) == []


@pytest.mark.parametrize(("fills", "state"), [(2, "review"), (3, "marked")])
def test_who_fills_boxes_takes_none_back_by_filling_it(fills, state):
    filled = [BubbleReading(name, "o1", "marked", 1.0, filled=1) for name in "abc"[:fills]]
    doubtful = BubbleReading("a", "o2", "review", 0.5, "痕迹短或淡")
    compare_options([*filled, doubtful], dict.fromkeys("abc", "single"))
    assert filled[0].state == state
    black = BubbleReading("a", "o1", "marked", 1.0, filled=2)
    compare_options([black, doubtful, *filled[1:]], dict.fromkeys("abc", "single"))
    assert black.state == "review"


def test_line_that_ends_just_before_the_label_is_a_mark_and_one_that_goes_on_is_looked_at(printed, raster):
    drawn = {
        ("need", "o7"): ([[(-2.7, 0.1), (2.0, 0.0)]], INK),
        ("need", "o6"): ([[(-2.7, 0.0), (9.0, 0.1)]], INK),
    }
    states = _states(printed, raster, drawn)
    assert (states["need", "o7"], states["need", "o6"]) == ("marked", "review")


@pytest.mark.parametrize(("from_mm", "to_mm", "alone"), [(-6.6, 4.6, True), (-7.6, 4.6, False), (-10.5, 10.5, False)])
def test_frame_of_its_box_does_not_hide_where_a_line_ends(from_mm, to_mm, alone):
    """A line that ends 1.1 mm behind the frame: the frame crosses the sides of the strip close by."""
    grey = np.full((240, 240), 240, np.uint8)
    cv2.rectangle(grey, (102, 102), (138, 138), 60, 2)
    cv2.line(grey, (round(120 + from_mm * DENSITY), 120), (round(120 + to_mm * DENSITY), 120), 60, 2)
    side = 75
    affine = np.float32([[1, 0, 120 - (side - 1) / 2], [0, 1, 120 - (side - 1) / 2]])
    assert lone._is_lone((1.0, 0.0, 0.0), affine, (17.5, 17.5), side, grey) is alone


def test_flick_of_a_mark_below_that_ends_in_a_box_is_that_marks(printed, raster):
    flick = {("need", "o1"): ([[(-0.1, 3.4), (0.1, -0.1)]], INK)}
    below = {("need", "o5"): ([[(-0.6, 0.0), (-0.2, 0.5), (-0.1, -1.9)]], INK)}
    assert _states(printed, raster, {**flick, **below})["need", "o1"] == "blank"
    assert _states(printed, raster, flick, TICKED[:1])["need", "o1"] == "review"


def test_tail_is_no_mark_of_its_box_unless_it_turns_or_goes_on():
    places = [_Place(40.0), _Place(53.0)]
    tail = replace(STROKE, entering=2, ends=1)
    sent = replace(STROKE, ring_ink=True)
    for change, left in (
        ({}, [0]),
        ({"turned": True}, []),
        ({"entering": 3}, []),
        ({"here": 1}, []),
        ({"ends": 2}, []),
    ):
        assert again.tails(places, ["review", "marked"], [replace(tail, **change), sent]) == left
    upright = replace(tail, ends=2, axis=(0.1, 0.99, 0.0))
    assert again.tails(places, ["review", "marked"], [upright, sent]) == [0]
    # A stroke right through the box that leads past the other: from the upper left, say.
    assert again.tails(places, ["review", "marked"], [replace(upright, axis=(0.7, 0.71, 0.0)), sent]) == []
    assert again.tails(places, ["review", "blank"], [tail, sent]) == []
    assert again.tails(places[::-1], ["review", "marked"], [tail, sent]) == []


class _Place:
    x, w, h = 20.0, 4.7, 4.7

    def __init__(self, y):
        self.y = y


def test_tick_turns_in_its_box_though_its_short_arm_leaves_at_once():
    zone = zones_of(64, 11.75, 11.75)
    tick = _mask([(8, 26), (24, 38), (48, 4)], side=64)
    assert turns_around(tick, zone)
    assert not turns_around(_mask([(4, 60), (48, 4)], side=64), zone)
    arc = _mask([(8, 33), (20, 37), (32, 38), (44, 37), (60, 26)], side=64)
    assert not turns_around(arc, zone)
    assert not turns_around(np.roll(tick, 20, axis=0), zone)


def test_thread_through_a_box_is_nobodys_and_a_line_of_the_pen_is_looked_at(printed, raster):
    lines = [[(-3.0, 2.6), (3.0, -2.8)]]
    states = [_states(printed, raster, {("need", "o6"): (lines, pen)})["need", "o6"] for pen in (THIN, INK)]
    assert states == ["blank", "review"]


def test_line_too_thin_for_the_pen_is_a_thread_only_if_it_comes_from_beyond():
    thread = replace(STROKE, contrast=0.25, body=0.1, pen=0.1, entering=1, ends=2)
    for change, state in (
        ({}, "blank"),
        ({"entering": 0}, "review"),
        ({"turned": True}, "review"),
        ({"lone": True}, "review"),
        ({"pen": 0.15}, "review"),
        ({"contrast": 0.4}, "review"),
    ):
        assert decide([STROKE] * 4 + [replace(thread, **change)])[-1].state == state


def test_hair_as_dark_as_a_faint_pen_that_cuts_off_a_corner_is_no_mark():
    faint = replace(STROKE, contrast=0.18, body=0.12, pen=0.1)
    corner = replace(faint, extent=4.0, ends=2, middle=False, body=0.08, pen=0.08)
    for change, state in (({}, "review"), ({"middle": True}, "marked"), ({"ends": 1}, "marked")):
        assert decide([faint] * 4 + [replace(corner, **change)])[-1].state == state


def test_frame_out_of_place_is_no_tick_with_its_point_below():
    frame = replace(STROKE, contrast=0.25, pen=0.05, body=0.05, edge=True, point=0.5, point_body=0.3)
    assert decide([STROKE] * 4 + [frame])[-1].state == "review"
    assert decide([STROKE] * 4 + [replace(frame, edge=False)])[-1].state == "marked"


def test_closed_rings_like_each_other_are_how_a_page_was_answered():
    ring = Evidence(around=0.9, around_sides=3, around_contrast=0.14)
    assert again.ringed(["review"] * 3, [ring] * 3, UNKNOWN) == [0, 1, 2]
    assert again.ringed(["review"] * 2, [ring] * 2, UNKNOWN) == []
    unlike = [replace(ring, around_contrast=contrast) for contrast in (0.05, 0.1, 0.2, 0.4)]
    assert again.ringed(["review"] * 4, unlike, UNKNOWN) == []
    rubbed = replace(ring, around_contrast=0.14)
    assert again.ringed(["marked"] * 3 + ["review"], [replace(ring, around_contrast=0.6)] * 3 + [rubbed], UNKNOWN) == []
    assert again.ringed(["review"] * 3, [replace(ring, around=0.8)] * 3, UNKNOWN) == []
    # Grain that lies round many boxes, on a page whose pen is far darker.
    assert again.ringed(["review"] * 3, [replace(ring, around_contrast=0.09)] * 3, PEN) == []
    assert again.ringed(["review"] * 3, [replace(ring, around_contrast=0.12)] * 3, PEN) == [0, 1, 2]


def test_dark_dot_in_a_question_without_an_answer_is_all_there_is_of_it():
    dot = replace(STROKE, extent=1.2, round=1.3, trace=4.5, specks=1)
    assert again.unanswered(["blank"], [dot], PEN) == []
    for change in ({"contrast": 0.2}, {"extent": 1.6}, {"specks": 4}, {"trace": 12.0}, {"round": 0.5}):
        assert again.unanswered(["blank"], [replace(dot, **change)], PEN) == [0]
