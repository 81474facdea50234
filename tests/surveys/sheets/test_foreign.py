"""Sheets marked and caught by a generator that the engine was not made with; see `foreign`."""

from collections import Counter
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image

from xiangli.surveys.sheets import load_layout, read_image
from xiangli.surveys.sheets.simulate import render_page

from .conftest import FIRST
from .foreign import DPI, MM, Habit, Tool, fill_in, fold, lines_of, put, seal
from .foreign_shots import Catch, caught

MARKS = (
    "tick", "tick_big", "tick_aside", "tick_small", "cross", "plus", "fill", "half_fill", "hatch", "scrawl", "loops",
    "circle", "through", "bar",
)  # fmt: skip
DIRT = ("erased", "erased_clean", "dot", "specks", "tail", "hair")
HABIT = Habit(MARKS, DIRT, ("black", "blue", "pencil", "light"), accidents={"stain": 0.3, "fold": 0.2}, twice=0.05)
SEALED = replace(HABIT, tools=("black", "blue", "pencil"), accidents={"seal": 1.0})
CONDITIONS = {
    "scan 100 grey": (Catch(dpi=100, colour=False), HABIT),
    "scan 150 colour": (Catch(dpi=150), HABIT),
    "scan 200 grey": (Catch(dpi=200, colour=False), replace(HABIT, one_tool=False)),
    "photo 900": (Catch(pixels=900), HABIT),
    "photo 1600 bent": (Catch(pixels=1600, bend=3), HABIT),
    "photo 3000 bent": (Catch(pixels=3000, bend=3), HABIT),
    "seal colour": (Catch(dpi=150), SEALED),
    "seal grey": (Catch(dpi=150, colour=False), SEALED),
}


@pytest.fixture(scope="module")
def rasters(printed):
    return [render_page(printed.pdf, index, DPI) for index in range(2)]


def _read(printed, rasters, catch, habit, seed):
    """Wrong answers, and how many went to review without need, of one page."""
    random = np.random.default_rng(seed)
    number = seed[-1] % 2
    sheet, truth = fill_in(rasters[number], printed.layout.pages[number + 1], printed.layout, habit, random)
    reading = read_image(printed.layout, caught(sheet, catch, random))
    assert (reading.problem, reading.sheet, reading.page) == ("", FIRST, number + 1)
    states = {(item.question, item.option): item.state for item in reading.bubbles}
    doubtful = {question for (question, _), state in states.items() if state == "review"}
    wrong = [
        (seed, key, truth[key], state)
        for key, state in states.items()
        if state != "review" and state != truth[key][0] and not (truth[key][0] == "review" and key[0] in doubtful)
    ]
    return wrong, sum(state == "review" and truth[key][0] != "review" for key, state in states.items()), len(states)


@pytest.mark.slow
@pytest.mark.parametrize("name", CONDITIONS)
def test_no_silent_error_on_sheets_by_another_generator(printed, rasters, name):
    catch, habit = CONDITIONS[name]
    count: Counter[str] = Counter()
    for seed in range(4):
        wrong, review, total = _read(printed, rasters, catch, habit, [len(name), seed])
        assert wrong == []
        count.update(review=review, total=total)
    # Where every mark is made with another pen a light one may be a rubbed-out dark one: more goes to a person.
    assert count["review"] <= (0.12 if habit.one_tool else 0.16) * count["total"]


def _page(rasters):
    return Image.fromarray(np.stack([rasters[0]] * 3, axis=-1))


def _states(printed, sheet, shrink=2):
    image = cv2.cvtColor(np.asarray(sheet.reduce(shrink)), cv2.COLOR_RGB2GRAY)
    return {(item.question, item.option): item for item in read_image(printed.layout, image).bubbles}


def _middle(printed, question, option):
    place = next(p for p in printed.layout.pages[1].bubbles if (p.question, p.option) == (question, option))
    return place.x + place.w / 2, place.y + place.h / 2, place.w / 2


@pytest.mark.parametrize("upright", [True, False])
def test_faint_straight_stroke_is_no_fold(printed, rasters, upright):
    sheet, random = _page(rasters), np.random.default_rng(3)
    x, y, r = _middle(printed, "need", "o6")
    line = [(0.0, -2.1 * r), (0.1, 2.1 * r)] if upright else [(-2.1 * r, 0.1), (2.1 * r, 0.0)]
    put(sheet, [line], (x, y), Tool("light", (150,) * 3, 0.6), random)
    for option in ("o1", "o2"):
        put(sheet, lines_of("tick", r, random), _middle(printed, "need", option)[:2], Tool("", (40,) * 3, 0.6), random)
    assert _states(printed, sheet)["need", "o6"].state != "blank"


@pytest.mark.parametrize(("ends", "state"), [((-2.0, 2.0), "marked"), ((-1.7, 1.9), "marked"), ((-7.0, 7.0), "review")])
def test_line_through_a_box_is_a_mark_where_it_was_drawn_for_that_box(printed, rasters, ends, state):
    tool, random = Tool("", (40,) * 3, 0.6), np.random.default_rng(5)
    x, y, r = _middle(printed, "need", "o6")
    for lean in (-0.2, 0.0, 0.15):
        sheet = _page(rasters)
        put(sheet, [[(lean * end * r, end * r) for end in ends]], (x, y), tool, random)
        for option in ("o1", "o4"):
            put(sheet, lines_of("tick", r, random), _middle(printed, "need", option)[:2], tool, random)
        assert _states(printed, sheet)["need", "o6"].state == state


def test_pencil_beside_a_fold_is_not_lost(printed, rasters):
    for seed in range(4):
        random = np.random.default_rng(seed)
        sheet = _page(rasters)
        x, y, r = _middle(printed, "need", "o3")
        put(sheet, lines_of("tick", r, random), (x, y), Tool("light", (165,) * 3, 0.5), random)
        across = np.asarray(sheet).astype(np.int16)
        row = int(y * MM)
        across[row - 2 : row + 3] -= 70
        sheet = Image.fromarray(np.clip(across, 0, 255).astype(np.uint8))
        assert _states(printed, sheet)["need", "o3"].state != "blank"


def test_fold_over_blank_boxes_is_no_mark(printed, rasters):
    for seed in range(5):
        sheet = _page(rasters)
        fold(sheet, np.random.default_rng(seed))
        assert "marked" not in {item.state for item in _states(printed, sheet).values()}


def test_seal_in_a_grey_scan_is_never_taken_for_a_mark(printed, rasters):
    doubtful = 0
    for seed in range(6):
        sheet = _page(rasters)
        seal(sheet, np.random.default_rng(seed))
        states = [item.state for item in _states(printed, sheet).values()]
        assert "marked" not in states
        doubtful += states.count("review")
    assert doubtful > 0


def test_box_under_something_goes_to_review(printed, rasters):
    for level in (255, 128, 20):
        sheet = _page(rasters)
        x, y, _ = _middle(printed, "need", "o4")
        sheet.paste((level,) * 3, tuple(int(value * MM) for value in (x - 9, y - 9, x + 9, y + 9)))
        assert _states(printed, sheet)["need", "o4"].state == "review"


def test_layout_without_optional_keys_reads_the_same(printed, rasters):
    optional = ("marks", "qr", "strip", "bubble_line_mm")
    pages = [{key: value for key, value in page.items() if key not in optional} for page in printed.data["pages"]]
    bare = load_layout(
        {key: printed.data[key] for key in ("survey", "version", "page_mm", "questions")} | {"pages": pages}
    )
    random = np.random.default_rng(8)
    sheet, _ = fill_in(rasters[0], printed.layout.pages[1], printed.layout, HABIT, random)
    image = caught(sheet, Catch(pixels=2000, bend=3), random)
    full, short = read_image(printed.layout, image), read_image(bare, image)
    assert (short.problem, short.sheet) == ("", FIRST)
    assert [item.state for item in short.bubbles] == [item.state for item in full.bubbles]
