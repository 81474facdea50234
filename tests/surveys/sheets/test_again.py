"""What a fifth simulator taught: rings round the words, ticks beside the box, stamps, grain, lost pens."""

import dataclasses

import numpy as np
import pytest
from PIL import Image

from xiangli.surveys.sheets import read_image
from xiangli.surveys.sheets.bubbles import BubbleReading, compare_options
from xiangli.surveys.sheets.images import open_pages
from xiangli.surveys.sheets.pens import Hand, hand_of
from xiangli.surveys.sheets.pictures import picture_of
from xiangli.surveys.sheets.verdicts import decide
from xiangli.surveys.sheets.zones import Evidence

from .drawing import INK, scanned, ticked
from .foreign import DPI

TICKS = (("sex", "o1"), ("sat", "o2"))
TICK = Evidence(contrast=0.6, extent=7.0, body=0.5, middle=True)
BESIDE = [[(-2.0, 0.0), (-1.55, 0.45), (-1.0, -0.5)]]
WORDS = [[(3.4 + 2.1 * np.cos(t), 1.1 * np.sin(t)) for t in np.arange(0, 6.4, 0.05)]]


def _drawn(printed, raster, drawn, ticks=TICKS):
    """Page 1 in grey at 180 dpi with ticks and {(question, option): lines in half widths of the box} drawn."""
    return scanned(ticked(printed.layout, raster, ticks, {key: (lines, INK) for key, lines in drawn.items()}))


def _doubtful(printed, image):
    bubbles = read_image(printed.layout, image).bubbles
    return {(item.question, item.option): item.state for item in bubbles if item.state != "blank"}


@pytest.mark.parametrize("stroke", [BESIDE, WORDS], ids=["tick beside the box", "ring round the words"])
def test_answer_set_beside_the_box_goes_to_review_where_the_question_has_no_other(printed, raster, stroke):
    alone = _drawn(printed, raster, {("sex", "o2"): stroke}, ticks=[("sat", "o2"), ("need", "o4")])
    assert _doubtful(printed, alone) == {("sat", "o2"): "marked", ("need", "o4"): "marked", ("sex", "o2"): "review"}


def test_stroke_beside_a_box_is_nothing_where_the_one_answer_has_been_given(printed, raster):
    image = _drawn(printed, raster, {("sex", "o2"): BESIDE})
    assert _doubtful(printed, image) == dict.fromkeys(TICKS, "marked")


def test_stroke_beside_a_box_of_several_goes_to_review_unless_a_neighbour_can_have_sent_it(printed, raster):
    fill = [[(0.8 if at % 2 else -0.8, y) for at, y in enumerate(np.arange(-0.7, 0.7, 0.12))]]
    leaves = [[(-0.4, 0.0), (0.0, 0.5), (1.0, -2.3)]]
    for sender, lines, state in (("o5", fill, "review"), ("o5", leaves, "blank"), ("o8", leaves, "review")):
        image = _drawn(printed, raster, {("need", sender): lines, ("need", "o1"): BESIDE})
        assert _doubtful(printed, image).get(("need", "o1"), "blank") == state


def test_ring_of_grain_round_most_boxes_is_nobodys():
    ring = Evidence(around=0.8, around_sides=3, around_contrast=0.5, around_body=0.4)
    assert decide([TICK, TICK, TICK, ring])[-1].state == "marked"
    assert [item.state for item in decide([TICK, ring, ring, ring])] == ["marked", "blank", "blank", "blank"]


@pytest.mark.parametrize(
    ("change", "state"),
    [({}, "marked"), ({"specks": 1}, "blank"), ({"around_contrast": 0.15}, "blank"), ({"around_body": 0.1}, "blank")],
)
def test_closed_rings_of_the_pen_round_most_boxes_are_no_grain_which_would_lie_in_them_too(change, state):
    ring = Evidence(around=1.0, around_sides=3, around_contrast=0.5, around_body=0.4)
    ring = dataclasses.replace(ring, **change)
    assert [item.state for item in decide([TICK, ring, ring, ring])] == ["marked"] + [state] * 3


def test_words_of_a_stamp_that_run_across_a_box_are_not_believed():
    letters = dataclasses.replace(TICK, torn=True, entering=1, around=0.4, ends=3)
    assert [item.state for item in decide([TICK, TICK, letters])] == ["marked", "marked", "review"]
    assert decide([TICK, TICK, dataclasses.replace(letters, around=0.0)])[-1].state == "marked"


def test_hair_whose_both_ends_lie_beyond_is_no_large_tick():
    point = Evidence(contrast=0.4, extent=5.2, body=0.25, point=0.4, point_body=0.25, entering=2)
    assert decide([TICK, point])[-1].state == "marked"
    assert decide([TICK, dataclasses.replace(point, entering=3)])[-1].state == "review"


def test_thin_stroke_on_a_sheet_in_a_pen_hardly_seen_is_doubtful():
    faint = [Evidence(contrast=0.16, extent=5.0, body=0.1, middle=True)] * 4
    thin = Evidence(contrast=0.09, extent=2.8, body=0.036)
    assert decide([*faint, thin])[-1].state == "review"
    assert hand_of([*faint, thin, None]) == Hand(0.16, 0.1, False)
    assert decide([TICK, TICK, TICK, thin])[-1].state == "blank"


@pytest.mark.parametrize("suffix", ["tif", "pdf"])
def test_page_of_one_bit_without_an_answer_is_not_believed(printed, raster, tmp_path, suffix):
    path = tmp_path / f"fax.{suffix}"
    how = {"compression": "group4"} if suffix == "tif" else {}
    for drawn, states in ((None, {"review"}), (_drawn(printed, raster, {}), {"marked", "blank"})):
        page = raster if drawn is None else drawn
        Image.fromarray(page).convert("1", dither=0).save(path, resolution=DPI if drawn is None else 180, **how)
        [(_, picture)] = open_pages(path, range(1))
        assert picture.two_tones
        assert {item.state for item in read_image(printed.layout, picture).bubbles} == states
    assert {item.state for item in read_image(printed.layout, picture_of(raster)).bubbles} == {"blank"}


@pytest.mark.parametrize(("fills", "rings", "state"), [(1, 0, "review"), (2, 0, "marked"), (1, 1, "marked")])
def test_the_one_box_filled_among_ticks_may_be_taken_back(fills, rings, state):
    """Who marks his boxes in several ways may have filled one of them, too."""
    ticks = [BubbleReading(name, "o1", "marked", 1.0, drawn=True) for name in "abc"]
    both = [BubbleReading("m", "o1", "marked", 1.0, filled=1), BubbleReading("m", "o2", "marked", 1.0, drawn=True)]
    more = [BubbleReading("d", "o1", "marked", 1.0, filled=1)] * (fills - 1)
    more += [BubbleReading("e", "o1", "marked", 1.0)] * rings
    compare_options([*ticks, *both, *more], {"m": "multiple"})
    assert [bubble.state for bubble in both] == [state, "marked"]
    compare_options(few := [BubbleReading("n", "o1", "marked", 1.0, filled=1), *ticks[:2]], {"n": "multiple"})
    assert few[0].state == "marked"


def test_page_of_two_tones_with_nothing_but_a_doubtful_dot_is_not_believed(printed, raster):
    dot = [[(0.28 * np.cos(t), 0.28 * np.sin(t)) for t in np.arange(0, 6.4, 0.3)], [(-0.2, 0.0), (0.2, 0.0)]]
    for ticks, states in (((), {"review"}), (TICKS, {"marked", "review", "blank"})):
        grey = _drawn(printed, raster, {("need", "o4"): dot}, ticks)
        image = np.where(grey < 150, 0, 255).astype(np.uint8)
        bubbles = read_image(printed.layout, image).bubbles
        assert {item.state for item in bubbles} == states
