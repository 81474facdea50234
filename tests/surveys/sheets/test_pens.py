"""What a sixth simulator taught: whose pen it is, where a stroke was made, what lies beside an answer or a seal."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import ImageDraw, ImageFilter

from xiangli.surveys.sheets import again, read_image
from xiangli.surveys.sheets.pens import Hand, hand_of
from xiangli.surveys.sheets.points import turns_inside
from xiangli.surveys.sheets.verdicts import decide
from xiangli.surveys.sheets.zones import Evidence

from .drawing import INK, ticked
from .foreign import MM, Tool

RED = Tool("", (200, 40, 50), 0.5)
TICKED = (("sex", "o1"), ("sat", "o2"), ("need", "o8"))
STROKE = Evidence(contrast=0.6, extent=6.0, body=0.5, middle=True)
LIGHT = Evidence(contrast=0.15, extent=6.0, body=0.1, middle=True)
STRONG = Hand(0.6, 0.5, False)


def _sheet(printed, raster, drawn):
    """Page 1 in colour with ticks and {(question, option): (lines in half widths of the box, pen)} drawn."""
    return ticked(printed.layout, raster, TICKED, drawn)


def _states(printed, sheet, colour=False):
    image = cv2.resize(np.asarray(sheet), None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    image = image if colour else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    return {(item.question, item.option): item.state for item in read_image(printed.layout, image).bubbles}


def test_tick_whose_arms_both_leave_far_behind_is_a_mark_of_the_box_in_which_it_turns(printed, raster):
    tick = [[(-2.6, -0.9), (-0.1, 0.5), (2.0, -2.6)]]
    assert _states(printed, _sheet(printed, raster, {("need", "o5"): (tick, INK)}))["need", "o5"] == "marked"


@pytest.mark.parametrize("flick", [[(-0.9, 3.3), (-0.4, 3.9), (0.1, -0.3)], [(-0.9, 3.3), (-0.4, 3.9), (0.5, -1.3)]])
def test_flick_of_the_tick_below_that_runs_through_a_box_is_no_mark(printed, raster, flick):
    assert _states(printed, _sheet(printed, raster, {("need", "o1"): ([flick], INK)}))["need", "o1"] != "marked"


def test_shaking_flick_of_a_felt_tip_from_below_is_no_cross(printed, raster):
    steps = np.arange(0.0, 1.0, 0.02)
    flick = [(-0.9, 3.3), *((-0.4 + 0.95 * t + 0.11 * np.sin(60 * t), 3.9 - 4.3 * t) for t in steps)]
    felt = Tool("", (40,) * 3, 1.1)
    assert _states(printed, _sheet(printed, raster, {("need", "o1"): ([flick], felt)}))["need", "o1"] != "marked"


def test_cross_in_a_blurred_picture_is_one_stroke_and_no_smear(printed, raster):
    cross, pen = [[(-0.5, -0.5), (0.5, 0.5)], [(0.5, -0.5), (-0.5, 0.5)]], Tool("", (90,) * 3, 0.5)
    crosses = dict.fromkeys((*TICKED, ("need", "o1"), ("need", "o5")), (cross, pen))
    sheet = _sheet(printed, raster, crosses).filter(ImageFilter.GaussianBlur(0.42 * MM))
    states = _states(printed, sheet)
    assert {key: state for key, state in states.items() if state != "blank"} == dict.fromkeys(crosses, "marked")


def test_turn_of_a_tick_is_told_from_a_line_and_an_arc():
    def stroke(*points):
        mask = np.zeros((27, 27), np.uint8)
        cv2.polylines(mask, [np.array(points, np.int32)], False, 1, 2)
        return mask.astype(bool)

    tick, line = stroke((2, 8), (9, 22), (24, 2)), stroke((2, 24), (24, 2))
    assert [turns_inside(mask) for mask in (tick, tick[:, ::-1], line)] == [True, True, False]
    assert not turns_inside(stroke((2, 20), (9, 23), (24, 20)))


@pytest.mark.parametrize("line", [[(-0.7, -2.2), (1.1, 2.1)], [(-2.3, 0.8), (1.7, -0.2)]])
def test_line_through_a_box_beside_its_middle_is_a_mark_where_both_ends_are_seen(printed, raster, line):
    assert _states(printed, _sheet(printed, raster, {("need", "o5"): ([line], INK)}))["need", "o5"] == "marked"


def test_one_mark_in_a_felt_tip_does_not_make_light_pencil_rubbed_out():
    felt = Evidence(contrast=0.9, extent=6.0, body=1.0, middle=True)
    assert hand_of([felt, *[LIGHT] * 4]) == Hand(0.15, 0.1, False)
    unlike = [replace(LIGHT, body=body) for body in (0.02, 0.05, 0.12, 0.3)]
    assert hand_of([felt, *unlike]) == Hand(0.9, 1.0, False)
    assert hand_of([felt, felt, felt, felt, *[LIGHT] * 4]) == Hand(0.9, 1.0, False)


def test_fills_do_not_make_strokes_of_the_same_pen_rubbed_out():
    fill, stroke = replace(STROKE, body=1.5, wide=0.4, wide_share=0.7), replace(STROKE, contrast=0.3, body=0.13)
    assert hand_of([fill] * 6 + [stroke] * 5) == Hand(0.3, 0.13, False)
    left = replace(stroke, contrast=0.15)
    assert hand_of([fill] * 6 + [left] * 5).contrast == 0.6


def test_faint_ring_is_doubtful_and_one_as_thin_as_a_hair_no_mark():
    ring = Evidence(around=0.9, around_sides=3, around_contrast=0.5, around_body=0.4)
    states = [decide([STROKE] * 4 + [replace(ring, **less)])[-1].state for less in (
        {}, {"around_contrast": 0.07}, {"around_body": 0.1},
    )]  # fmt: skip
    assert states == ["marked", "review", "review"]


def test_box_blacked_out_is_told_from_a_box_filled():
    fill = Evidence(contrast=0.9, extent=7.0, body=3.0, wide=0.7, wide_share=1.0, smear=0.6, middle=True)
    assert [decide([STROKE] * 4 + [replace(fill, smear=smear)])[-1].filled for smear in (0.6, 0.9)] == [1, 2]


def test_line_that_only_passes_is_no_mark_on_a_sheet_in_a_pen_as_faint_as_a_hair():
    passing = replace(LIGHT, entering=1, ends=2)
    for change, state in (
        ({}, "review"),
        ({"turned": True}, "marked"),
        ({"lone": True}, "marked"),
        ({"ends": 1}, "marked"),
    ):
        assert decide([LIGHT] * 4 + [replace(passing, **change)])[-1].state == state


def test_faint_strokes_in_many_boxes_are_a_lighter_pens():
    faint = replace(LIGHT, contrast=0.08, body=0.03)
    assert again.fainter(["blank"] * 4, [faint] * 4) == [0, 1, 2, 3]
    assert again.fainter(["blank"] * 4, [faint] * 3 + [replace(faint, middle=False)]) == []
    assert again.fainter(["marked"] + ["blank"] * 3, [STROKE] + [faint] * 3) == []


def test_one_faint_stroke_to_a_question_is_how_a_sheet_was_answered():
    singles, doubtful = [[0, 1], [2, 3], [4, 5]], ["review", "blank"] * 3
    assert again.answers(singles, doubtful, [LIGHT, None] * 3) == [0, 2, 4]
    assert again.answers(singles, doubtful, [LIGHT, None, LIGHT, None, LIGHT, LIGHT]) == []
    assert again.answers(singles, doubtful, [LIGHT, None] * 2 + [replace(LIGHT, contrast=0.4), None]) == []
    assert again.answers(singles, doubtful, [LIGHT, None] * 2 + [replace(LIGHT, entering=2, trace=20.0), None]) == [
        0,
        2,
    ]


def test_trace_through_the_middle_is_looked_at_though_another_box_of_its_question_is():
    trace = Evidence(trace=5.0, middle=True)
    assert again.unanswered(["review", "blank"], [LIGHT, trace], STRONG) == [1]
    assert again.unanswered(["review", "blank"], [LIGHT, replace(trace, middle=False)], STRONG) == []
    assert again.unanswered(["marked", "blank"], [STROKE, trace], STRONG) == []


def test_red_beside_a_seal_is_a_pens(printed, raster):
    zigzag = [[(-0.8 if at % 2 else 0.8, y) for at, y in enumerate(np.arange(-0.8, 0.1, 0.15))]]
    sheet = _sheet(printed, raster, {("need", "o5"): (zigzag, RED)})
    place = next(it for it in printed.layout.pages[1].bubbles if (it.question, it.option) == ("need", "o5"))
    x, y, r = (place.x + place.w + 3.0) * MM, (place.y + place.h + 25.0) * MM, 20 * MM
    ImageDraw.Draw(sheet).ellipse((x - r, y - r, x + r, y + r), outline=(210, 50, 60), width=14)
    ImageDraw.Draw(sheet).ellipse((x - 80, y - 80, x + 80, y + 80), fill=(210, 50, 60))
    states = _states(printed, sheet, colour=True)
    assert {key for key, state in states.items() if state != "blank"} == {*TICKED, ("need", "o5")}
    assert states["need", "o5"] == "review"
