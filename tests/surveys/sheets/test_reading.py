from dataclasses import replace

import cv2
import numpy as np
import pytest

from xiangli.surveys.sheets import SheetError, load_layout, print_sheets, read_image
from xiangli.surveys.sheets.bubbles import BubbleReading, compare_options
from xiangli.surveys.sheets.simulate import Shot, Style, blank_sheet, camera, draw, fill_page, pen, render_page, take
from xiangli.surveys.sheets.simulate.strokes import Pen

from .conftest import FIRST, definition


def _states(reading):
    return {(item.question, item.option): item.state for item in reading.bubbles}


def _mark(printed, marks, shot, seed=1, tool="gel"):
    """Page 1 with marks {(question, option): kind}, caught by a shot."""
    random = np.random.default_rng(seed)
    page = render_page(printed.pdf, 0)
    sheet = blank_sheet(page, page.shape[1] / 210, "white", random)
    for place in printed.layout.pages[1].bubbles:
        if kind := marks.get((place.question, place.option)):
            draw(sheet, place, kind, pen(tool, random), random)
    return take(sheet, shot, random)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
@pytest.mark.parametrize("index", [0, 1])
def test_clean_page_reads_blank_whichever_way_up(printed, index, turns):
    reading = read_image(printed.layout, np.rot90(printed.pages[index], turns))
    assert (reading.problem, reading.sheet, reading.page) == ("", FIRST, index + 1)
    assert reading.turned == -90 * turns % 360
    assert {item.state for item in reading.bubbles} == {"blank"}


@pytest.mark.parametrize("angle", [7, 45, 133, 290])
def test_page_is_found_at_any_angle(printed, angle):
    shot = Shot(pixels=2200, turn=angle, tilt=0.05, bend=2.0, light="shadow", colour=True, noise=3)
    reading = read_image(printed.layout, _mark(printed, {("need", "o3"): "tick"}, shot))
    assert (reading.problem, reading.sheet) == ("", FIRST)
    assert [key for key, state in _states(reading).items() if state != "blank"] == [("need", "o3")]


MEANT = ("tick", "big_tick", "cross", "fill", "half_fill", "scrawl", "circle", "stroke")


@pytest.mark.parametrize("tool", ["gel", "ballpoint", "pencil"])
@pytest.mark.parametrize("kind", MEANT)
def test_mark_of_every_kind_is_seen(printed, kind, tool):
    reading = read_image(printed.layout, _mark(printed, {("need", "o5"): kind, ("sex", "o1"): "tick"}, Shot(), 2, tool))
    states = _states(reading)
    assert (states.pop(("need", "o5")), states.pop(("sex", "o1"))) == ("marked", "marked")
    assert set(states.values()) == {"blank"}


@pytest.mark.parametrize("kind", ["dot", "tail", "erasure", "specks"])
def test_dirt_of_no_kind_is_a_mark(printed, kind):
    marks = {("need", f"o{number}"): kind for number in range(1, 9)} | {("sex", "o1"): "tick"}
    states = _states(read_image(printed.layout, _mark(printed, marks, Shot(dpi=200), 3, "ballpoint")))
    assert [key for key, state in states.items() if state == "marked"] == [("sex", "o1")]


@pytest.mark.parametrize("share", [0.0, 0.05])
def test_what_is_rubbed_out_is_no_mark_however_much_of_it_there_is(printed, share):
    page = printed.layout.pages[2]
    kinds = dict.fromkeys(printed.layout.kinds, "multiple")
    style = Style(("tick",), ("gel", "pencil"), ("erasure",), share=share, noise_share=0.8)
    for seed in range(6):
        random = np.random.default_rng([12, seed])
        sheet, truth = fill_page(render_page(printed.pdf, 1), page, kinds, style, random)
        states = _states(read_image(printed.layout, take(sheet, Shot(dpi=150 + 50 * (seed % 2)), random)))
        assert {key for key, state in states.items() if state == "marked"} == {
            key for key, (true, _) in truth.items() if true == "marked"
        }


@pytest.mark.parametrize("width", [0.5, 1.6, 2.4, 3.0])
def test_ring_of_a_pen_however_broad_is_a_mark(printed, width):
    page = render_page(printed.pdf, 0)
    for seed in range(4):
        random = np.random.default_rng([13, seed])
        sheet = blank_sheet(page, page.shape[1] / 210, "white", random)
        for place in printed.layout.pages[1].bubbles:
            if (place.question, place.option) in (("need", "o2"), ("need", "o7"), ("sex", "o1")):
                draw(sheet, place, "circle", Pen((40, 40, 40), width, 0.7), random)
        states = _states(read_image(printed.layout, take(sheet, Shot(dpi=150), random)))
        assert "blank" not in {states["need", "o2"], states["need", "o7"], states["sex", "o1"]}


def test_two_answers_to_a_single_choice_go_to_review(printed):
    marks = {("sat", "o1"): "tick", ("sat", "o3"): "cross", ("need", "o1"): "tick", ("need", "o2"): "tick"}
    states = _states(read_image(printed.layout, _mark(printed, marks, Shot())))
    assert {key for key, state in states.items() if state == "review"} == {("sat", "o1"), ("sat", "o3")}
    assert {key for key, state in states.items() if state == "marked"} == {("need", "o1"), ("need", "o2")}


def test_choice_taken_back_goes_to_review(printed):
    marks = {("sat", "o1"): "blackout", ("sat", "o2"): "tick"}
    states = _states(read_image(printed.layout, _mark(printed, marks, Shot())))
    assert (states["sat", "o1"], states["sat", "o2"]) == ("review", "review")


def test_blackened_box_of_a_multiple_choice_goes_to_review_beside_ticks():
    bubbles = [BubbleReading("m", "a", "marked", 1.0, filled=2), BubbleReading("m", "b", "marked", 1.0)]
    compare_options(bubbles, {"m": "multiple"})
    assert [bubble.state for bubble in bubbles] == ["review", "marked"]


def test_red_seal_is_no_mark_and_red_pen_is(printed):
    random = np.random.default_rng(5)
    style = Style(marks=("tick",), pens=("gel",), noise=(), seal=1.0, stocks=("white",))
    page = render_page(printed.pdf, 0)
    answers = {"sex": ["o1"], "need": ["o2", "o7"]}
    sheet, truth = fill_page(page, printed.layout.pages[1], printed.layout.kinds, style, random, answers)
    states = _states(read_image(printed.layout, take(sheet, Shot(dpi=200, colour=True), random)))
    assert {key for key, state in states.items() if state == "marked"} <= {
        k for k, v in truth.items() if v[0] == "marked"
    }
    assert not {key for key, (true, _) in truth.items() if true == "marked" and states[key] == "blank"}
    red = _mark(printed, {("need", "o2"): "tick", ("sex", "o2"): "cross"}, Shot(colour=True), tool="red")
    assert {k for k, v in _states(read_image(printed.layout, red)).items() if v == "marked"} == {
        ("need", "o2"), ("sex", "o2"),
    }  # fmt: skip


@pytest.mark.parametrize("tint", [(1.0, 0.96, 0.86), (0.95, 0.72, 0.6), (0.86, 0.92, 1.0)])
def test_seal_on_tinted_paper_is_no_mark_and_pencil_on_it_is_not_red(printed, tint):
    random = np.random.default_rng(5)
    style = Style(("tick",), ("pencil",), (), seal=1.0, stocks=("white",))
    page, answers = render_page(printed.pdf, 0), {"sex": ["o1"], "need": ["o2", "o7"]}
    for _ in range(3):
        sheet, truth = fill_page(page, printed.layout.pages[1], printed.layout.kinds, style, random, answers)
        image = (take(sheet, Shot(dpi=200, colour=True), random) * np.array(tint)).astype(np.uint8)
        for item in read_image(printed.layout, image).bubbles:
            assert item.state in (truth[item.question, item.option][0], "review")
            assert item.reason != "红色笔迹"


def _two_tones(printed, strokes):
    """Page 1 put to a threshold; strokes: (number of the box, whether the pen came through or left crumbs)."""
    grey = render_page(printed.pdf, 0, 200)
    page, scale = printed.layout.pages[1], 200 / 25.4
    for number, whole in strokes:
        place = page.bubbles[number]
        x, y = round((place.x + place.w / 2) * scale), round((place.y + place.h / 2) * scale)
        line = [(x - 12, y - 2), (x - 4, y + 8), (x + 14, y - 12)]
        if whole:
            cv2.polylines(grey, [np.array(line, np.int32)], False, 0, 4)
        for at in line:
            grey[at[1] : at[1] + 2, at[0] : at[0] + 2] = 0
    return _states(read_image(printed.layout, np.where(grey < 128, 0, 255).astype(np.uint8)))


def test_threshold_that_left_crumbs_of_the_strokes_makes_every_empty_box_doubtful(printed):
    count = len(printed.layout.pages[1].bubbles)
    assert set(_two_tones(printed, [(1, False), (4, False), (8, False), (3, True)]).values()) == {"marked", "review"}
    states = _two_tones(printed, [(0, True), (1, False), (3, True), (5, True)])
    assert list(states.values()).count("blank") == count - 3


def test_fold_over_the_page_is_no_mark(printed):
    random = np.random.default_rng(6)
    style = Style(noise=(), share=0.0, fold=1.0, stocks=("white",))
    page = render_page(printed.pdf, 0)
    for _ in range(3):
        sheet, _ = fill_page(page, printed.layout.pages[1], printed.layout.kinds, style, random, {})
        assert "marked" not in _states(read_image(printed.layout, take(sheet, Shot(), random))).values()


def test_code_under_a_stain_is_read_from_the_strip(printed):
    image = printed.pages[0].copy()
    x, y, side = (int(value * 150 / 25.4) for value in printed.layout.pages[1].qr)
    image[y + side // 3 : y + side, x : x + side] = 60
    assert (read_image(printed.layout, image).problem, read_image(printed.layout, image).sheet) == ("", FIRST)


def test_number_that_cannot_be_read_is_said_so_and_nothing_is_lost(printed):
    image = printed.pages[0].copy()
    x, y, side = (int(value * 150 / 25.4) for value in printed.layout.pages[1].qr)
    image[y : y + side, x : x + side] = 60
    image[int(281 * 150 / 25.4) : int(285 * 150 / 25.4), int(27 * 150 / 25.4) : int(182 * 150 / 25.4)] = 255
    reading = read_image(printed.layout, image)
    assert (reading.problem, reading.sheet, len(reading.bubbles)) == (
        "no_number", None, len(printed.layout.pages[1].bubbles),
    )  # fmt: skip


def test_marker_torn_off_does_not_lose_the_page(printed):
    for corner in ((0, 0), (0, 1), (1, 0), (1, 1)):
        image = printed.pages[0].copy()
        height, width = (int(size * 0.12) for size in image.shape)
        image[-height if corner[0] else 0 :, -width if corner[1] else 0 :][:height, :width] = 255
        reading = read_image(printed.layout, image)
        assert reading.sheet == FIRST
        assert {item.state for item in reading.bubbles} == {"blank"}


def _cat(random):
    image = cv2.GaussianBlur(random.integers(0, 255, (1200, 900, 3), dtype=np.uint8), (0, 0), 9)
    image = cv2.normalize(image, None, 0, 255, cv2.NORM_MINMAX)
    for centre, axes in (((450, 600), (250, 300)), ((300, 330), (60, 120)), ((600, 330), (60, 120))):
        cv2.ellipse(image, centre, axes, 0, 0, 360, (120, 90, 60), -1)
    return image


def test_picture_of_something_else_is_named(printed):
    random = np.random.default_rng(7)
    assert read_image(printed.layout, _cat(random)).problem == "no_page"
    back = np.clip(random.normal(240, 3, (1754, 1240)), 0, 255).astype(np.uint8)
    assert read_image(printed.layout, back).problem == "blank_page"
    dim = np.clip(random.normal(120, 4, (1600, 1200)) * np.linspace(0.7, 1, 1200), 0, 255).astype(np.uint8)
    assert read_image(printed.layout, dim).problem == "blank_page"


def _on_a_table(*sheets):
    """Pictures of sheets laid on one table, (left, top, picture) each."""
    height = max(top + sheet.shape[0] for _, top, sheet in sheets) + 40
    width = max(left + sheet.shape[1] for left, _, sheet in sheets) + 40
    table = np.full((height, width), 90, np.uint8)
    for left, top, sheet in sheets:
        table[top : top + sheet.shape[0], left : left + sheet.shape[1]] = sheet
    return table


def test_two_sheets_in_one_picture_are_said_so_and_neither_is_lost_unseen(printed):
    first, second = printed.pages
    half = first[:, first.shape[1] // 2 :]
    for other in (first, second, half):
        for place in ((first.shape[1] + 60, 90), (50, first.shape[0] + 60)):
            reading = read_image(printed.layout, _on_a_table((30, 20, first), (*place, other)))
            assert (reading.problem, reading.bubbles) == ("several", [])


def test_sheet_that_fills_a_small_part_of_the_picture_is_read(printed):
    first = printed.pages[0]
    table = _on_a_table((700, 900, first), (2600, 3300, np.full((1, 1), 90, np.uint8)))
    assert (read_image(printed.layout, table).problem, read_image(printed.layout, table).sheet) == ("", FIRST)


def test_page_that_is_not_all_in_the_picture_is_said_so(printed):
    first = printed.pages[0]
    reading = read_image(printed.layout, np.ascontiguousarray(first[first.shape[0] // 4 :, : first.shape[1] * 3 // 4]))
    assert reading.problem == "cut_off"


def test_back_that_shines_through_is_a_blank_page(printed):
    mirrored = 255 - (255 - printed.pages[0][:, ::-1].astype(int)) // 9
    assert read_image(printed.layout, mirrored.astype(np.uint8)).problem == "blank_page"


def test_sheet_of_another_survey_is_named(printed, tmp_path):
    for campaign, version in (("other-2025", 3), ("taiyin-2026", 2)):
        print_sheets(definition(), campaign=campaign, version=version, sheet_numbers=[5], pdf_path=tmp_path / "o.pdf")
        reading = read_image(printed.layout, render_page(tmp_path / "o.pdf", 0, 150))
        assert (reading.problem, reading.survey, reading.version) == ("other_survey", campaign, version)
        assert reading.bubbles == []


def test_boxes_that_are_not_square_are_read_in_colour_too(printed):
    pages = [{**page, "bubbles": [{**one, "h_mm": 6.0} for one in page["bubbles"]]} for page in printed.data["pages"]]
    red = _mark(printed, {("need", "o2"): "fill", ("sex", "o2"): "fill"}, Shot(colour=True), tool="red")
    reading = read_image(load_layout({**printed.data, "pages": pages}), red)
    assert (reading.problem, reading.sheet) == ("", FIRST)
    assert "blank" not in {_states(reading)["need", "o2"], _states(reading)["sex", "o2"]}


def test_page_that_the_layout_lacks_is_named(printed):
    short = replace(printed.layout, pages={1: printed.layout.pages[1]})
    assert read_image(short, printed.pages[1]).problem == "unknown_page"


def test_picture_too_small_is_said_so(printed):
    small = cv2.resize(printed.pages[0], None, fx=0.24, fy=0.24, interpolation=cv2.INTER_AREA)
    assert read_image(printed.layout, small).problem == "too_small"


def test_array_that_is_no_picture_is_refused(printed):
    with pytest.raises(SheetError, match="8 位"):
        read_image(printed.layout, np.zeros((100, 100), np.float32))


@pytest.mark.parametrize("broken", [{}, {"pages": []}, {"page_mm": [1]}, {"survey": "x", "version": "y"}])
def test_layout_that_is_none_is_refused(printed, broken):
    data = dict(printed.data) | broken if broken else {}
    if broken == {"pages": []} or not broken:
        data = {**data, "pages": []}
    with pytest.raises(SheetError):
        load_layout(data)


@pytest.mark.slow
def test_no_silent_error_on_marks_that_thresholds_were_not_set_on(printed):
    """Pages by cameras and hands kept out of the tuning; every wrong answer must at least be in review."""
    from xiangli.surveys.sheets.simulate import CHOOSING_HELD_OUT

    style = Style(marks=CHOOSING_HELD_OUT, pens=("gel", "ballpoint", "pencil", "dry"), stain=0.4, back=0.4)
    wrong, review, total = [], 0, 0
    for seed in range(8):
        random = np.random.default_rng([99, seed])
        index = seed % 2
        page = printed.layout.pages[index + 1]
        sheet, truth = fill_page(render_page(printed.pdf, index), page, printed.layout.kinds, style, random)
        shot = Shot(dpi=150 + 50 * (seed % 3)) if seed < 4 else camera(random, 1200 + 400 * seed, bend=2.5)
        reading = read_image(printed.layout, take(sheet, shot, random))
        assert (reading.problem, reading.sheet) == ("", FIRST)
        for key, state in _states(reading).items():
            total += 1
            review += state == "review"
            if state not in ("review", truth[key][0]):
                wrong.append((seed, key, truth[key], state))
    assert wrong == []
    assert review < 0.1 * total


def test_page_reads_the_same_whatever_was_read_before(printed):
    image = _mark(printed, {("need", "o3"): "tick"}, Shot(pixels=2200, bend=3.0, turn=2), 3)
    first = read_image(printed.layout, image)
    page = printed.data["pages"][0]
    fewer = load_layout({**printed.data, "pages": [{**page, "marks": page["marks"][::2]}]})
    assert read_image(fewer, image).page_map.anchors.shape != first.page_map.anchors.shape
    again = read_image(printed.layout, image)
    assert again.bubbles == first.bubbles
    assert again.page_map.weights.tobytes() == first.page_map.weights.tobytes()


@pytest.mark.parametrize("count", [0, 3])
def test_layout_of_a_page_without_four_markers_is_refused(printed, count):
    page = printed.data["pages"][0]
    with pytest.raises(SheetError, match="四个角标"):
        load_layout({**printed.data, "pages": [{**page, "markers": page["markers"][:count]}]})


def test_layout_without_pages_is_refused(printed):
    with pytest.raises(SheetError, match="没有页面"):
        load_layout({**printed.data, "pages": []})
