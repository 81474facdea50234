"""What a seventh simulator taught: strokes that a picture has lost, dots run together, grey seals in three channels."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image, ImageFilter

from xiangli.surveys.sheets import again, load_layout, locate, print_sheets, read_image
from xiangli.surveys.sheets.pens import Hand
from xiangli.surveys.sheets.pictures import picture_of
from xiangli.surveys.sheets.simulate import render_page
from xiangli.surveys.sheets.zones import Evidence

from .conftest import FIRST
from .drawing import INK, a_tick, draw
from .foreign import DPI, MM, Tool, seal

STROKE = Evidence(contrast=0.6, extent=6.0, body=0.3, pen=0.3, middle=True)
HAND = Hand(0.6, 0.3, False, pen=0.3)


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """Layout and raster of a page of four single choices."""
    pdf = tmp_path_factory.mktemp("asked") / "sheets.pdf"
    options = [{"name": f"o{number}", "label": "选项"} for number in (1, 2, 3)]
    questions = [{"name": f"q{at}", "kind": "single", "label": "问题", "options": options} for at in range(1, 5)]
    definition = {"title": "问卷", "notice": "不记姓名。", "questions": questions}
    data = print_sheets(definition, campaign="asked", version=1, sheet_numbers=range(1, 2), pdf_path=pdf)
    return load_layout(data), render_page(pdf, 0, DPI)


def _sheet(layout, raster, drawn, pen=INK, blur=0.0, others=()):
    """Page 1 in RGB with {(question, option): lines in half widths of the box} drawn, at 0.6 of DPI; others: (key, pen)
    of what is drawn with another."""
    pens = dict.fromkeys(drawn, pen) | dict(others)
    keys = [(place.question, place.option) for place in layout.pages[1].bubbles]
    marks = [(key, drawn[key], pens[key]) for key in keys if key in drawn]
    sheet = draw(layout, raster, marks, np.random.default_rng(4))
    sheet = sheet.filter(ImageFilter.GaussianBlur(blur)) if blur else sheet
    return cv2.resize(np.asarray(sheet), None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)


def _ticks(*keys):
    return dict.fromkeys(keys, a_tick(np.random.default_rng(4)))


def _states(layout, image):
    return {(item.question, item.option): item.state for item in read_image(layout, image).bubbles}


@pytest.mark.parametrize("answered", [1, 2, 3])
def test_page_of_two_tones_with_more_choices_unanswered_than_boxes_marked_is_not_believed(asked, answered):
    layout, raster = asked
    ticks = _ticks(*[(f"q{at}", "o1") for at in range(1, answered + 1)])
    image = np.where(_sheet(layout, raster, ticks)[:, :, 0] < 150, 0, 255).astype(np.uint8)
    states = _states(layout, image)
    assert {states.pop(key) for key in ticks} == {"marked"}
    assert set(states.values()) == {"review" if answered < 2 else "blank"}


@pytest.mark.parametrize(("white", "blur"), [(255, 0.0), (240, 7.0), (240, 0.0)], ids=["white", "blurred", "clear"])
def test_choices_without_an_answer_are_looked_at_where_a_picture_may_have_lost_it(asked, white, blur):
    layout, raster = asked
    ticks = _ticks(("q1", "o2"))
    image = _sheet(layout, np.minimum(raster, white), ticks, Tool("", (0,) * 3, 0.9), blur)
    states = _states(layout, image)
    assert {key[0] for key, state in states.items() if state == "blank"} == (
        {"q1", "q2", "q3", "q4"} if (white, blur) == (240, 0.0) else {"q1"}
    )
    assert set(_states(layout, _sheet(layout, np.minimum(raster, white), {}, blur=blur)).values()) == {"blank"}


@pytest.mark.parametrize(("ink", "state"), [(40, "blank"), (205, "review")], ids=["ink", "light pencil"])
def test_picture_so_small_that_a_light_pen_may_be_lost_is_believed_where_a_dark_one_is_seen(asked, ink, state):
    layout, raster = asked
    ticks = _ticks(*[(f"q{at}", f"o{1 + at % 3}") for at in range(1, 5)])
    image = _sheet(layout, raster, ticks, Tool("", (ink,) * 3, 0.5))
    small = cv2.resize(image, None, fx=1.62 / 0.6 / MM, fy=1.62 / 0.6 / MM, interpolation=cv2.INTER_AREA)
    reading = read_image(layout, small)
    assert (reading.problem, reading.sheet) == ("", 1)
    states = {(item.question, item.option): item.state for item in reading.bubbles}
    assert {states.pop(key) for key in ticks} <= {"marked", "review"}
    assert set(states.values()) == {state}


def test_two_dots_that_blur_runs_together_are_no_stroke(printed):
    layout, raster = printed.layout, render_page(printed.pdf, 0, DPI)
    ticks = _ticks(("sex", "o1"), ("sat", "o2"), ("need", "o4"))
    dots, small = [[(-0.3, 0.0), (-0.25, 0.0)], [(0.25, -0.15), (0.3, -0.1)]], [[(-0.3, 0.0), (0.0, 0.2), (0.3, -0.3)]]
    for drawn, state in ((dots, "review"), (small, "marked")):
        image = _sheet(layout, raster, {**ticks, ("need", "o1"): drawn}, Tool("", (20,) * 3, 1.0), blur=3.5)
        assert _states(layout, image)["need", "o1"] == state


@pytest.mark.parametrize("blur", [1.0, 2.5])
def test_rim_of_a_round_spot_is_no_stroke(printed, blur):
    """A drop of mud: its middle is wide ink, so of a spot a stroke's width broader only the rim is left."""
    layout, raster = printed.layout, render_page(printed.pdf, 0, DPI)
    drawn = {**_ticks(("sex", "o1"), ("sat", "o2"), ("need", "o4")), ("need", "o1"): [[(-0.015, 0.0), (0.015, 0.0)]]}
    mud = [(("need", "o1"), Tool("", (130,) * 3, 2.8))]
    assert _states(layout, _sheet(layout, raster, drawn, blur=blur, others=mud))["need", "o1"] == "review"


@pytest.mark.parametrize("crossing", [True, False])
def test_fold_torn_in_pieces_by_a_threshold_is_no_mark_and_a_line_that_ends_near_its_box_is(printed, crossing):
    layout, raster = printed.layout, render_page(printed.pdf, 0, DPI).copy()
    place = next(place for place in layout.pages[1].bubbles if (place.question, place.option) == ("need", "o3"))
    x, y, wide = ((place.x + 1.7) * MM, (place.y + place.h / 2) * MM, 0.2 * MM)
    for down in np.arange(-29.8, 30.0, 7.0) if crossing else [-1.8]:
        raster[round(y + down * MM) : round(y + (down + 5.0) * MM), round(x - wide) : round(x + wide)] = 0
    image = np.where(
        _sheet(layout, raster, _ticks(("sex", "o1"), ("sat", "o2"), ("need", "o8")))[:, :, 0] < 150, 0, 255
    )
    states = _states(layout, image.astype(np.uint8))
    assert states["need", "o3"] == ("review" if crossing else "marked")
    assert states["need", "o8"] == "marked"


def test_beside_the_one_answer_a_lighter_line_as_broad_as_its_own_is_looked_at():
    pencil = Evidence(contrast=0.33, extent=4.0, pen=0.15, middle=True)
    for item, left in ((pencil, []), (replace(pencil, pen=0.1), [1]), (replace(pencil, contrast=0.4), [])):
        assert again.beside_answer(["marked", "review"], [STROKE, item], 0, HAND) == left


def test_a_box_whose_frame_is_hidden_does_not_stand_for_an_answer():
    trace = Evidence(contrast=0.12, extent=1.2, body=0.06)
    assert again.unanswered(["review", "blank"], [Evidence(), trace], HAND) == [1]
    assert again.unanswered(["review", "blank"], [STROKE, trace], HAND) == []


def test_any_trace_is_looked_at_on_a_page_on_which_far_more_is_doubtful_than_marked():
    faint, trace, bare = Evidence(contrast=0.1, extent=2.0), Evidence(trace=2.0), Evidence(trace=0.5)
    seen = [STROKE, faint, faint, faint, trace, bare, None]
    assert again.hardly_seen(["marked"] + ["review"] * 3 + ["blank"] * 3, seen) == [4]
    assert again.hardly_seen(["marked"] * 2 + ["review"] * 2 + ["blank"] * 3, seen) == []
    folded = [STROKE, *[replace(faint, through=0.2)] * 3, trace, bare, None]
    assert again.hardly_seen(["marked"] + ["review"] * 3 + ["blank"] * 3, folded) == []


def test_faint_ink_that_no_spot_explains_is_looked_at():
    """What blur leaves of a light cross. Where the faint ink is one spot it explains itself."""
    torn = Evidence(contrast=0.2, extent=1.7, trace=8.2, specks=3)
    spot = replace(torn, specks=1)
    assert again.unexplained(["blank"] * 4, [torn, spot, replace(torn, trace=7.9), None]) == [0]
    assert again.unexplained(["blank", "marked"], [replace(torn, through=0.2), torn]) == []


def test_seal_of_a_grey_scan_in_three_channels_is_known_as_in_a_grey_one(printed):
    """As most PDFs of office scanners are."""
    sheet = Image.fromarray(np.stack([render_page(printed.pdf, 0, DPI)] * 3, axis=-1))
    seal(sheet, np.random.default_rng(3))
    colour = cv2.resize(np.asarray(sheet), None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(colour, cv2.COLOR_RGB2GRAY)
    assert picture_of(colour).colour is not None
    assert picture_of(np.stack([grey] * 3, axis=-1)).colour is None
    states = _states(printed.layout, grey)
    assert "review" in states.values()
    assert _states(printed.layout, np.stack([grey] * 3, axis=-1)) == states


def test_small_blurred_photo_whose_markers_have_run_together_is_found(printed):
    """A sheet that fills half of a picture of 900 pixels."""
    scale = 2.1 * 25.4 / DPI
    small = cv2.resize(render_page(printed.pdf, 0, DPI), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    table = cv2.copyMakeBorder(small, 40, 40, 40, 40, cv2.BORDER_CONSTANT, value=90)
    photo = (60 + 0.5 * cv2.GaussianBlur(table, (0, 0), 1.6)).astype(np.uint8)
    assert locate.locate(photo, printed.layout) is None
    reading = read_image(printed.layout, photo)
    assert (reading.problem, reading.sheet, reading.page) == ("", FIRST, 1)
