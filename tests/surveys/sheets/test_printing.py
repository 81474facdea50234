import copy
import json
import re

import numpy as np
import pypdfium2
import pytest

from xiangli.fonts import FONT_DIR, missing_characters
from xiangli.surveys.sheets import SheetError, print_sheets, printing, write_layout
from xiangli.surveys.sheets.codes import find_code
from xiangli.surveys.sheets.design import Code
from xiangli.surveys.sheets.simulate import render_page

from .conftest import COPIES, FIRST, definition

DPI = 600


def _dark_extent(page, x, y, w, h):
    """Left, top, right, bottom in millimetres of the black inside a window, by how much of each pixel is covered."""
    unit = DPI / 25.4
    left, top = int((x - 1) * unit), int((y - 1) * unit)
    cut = 1 - page[top : int((y + h + 1) * unit), left : int((x + w + 1) * unit)].astype(float) / 255
    columns, rows = cut.max(axis=0), cut.max(axis=1)
    across, down = np.flatnonzero(columns > 0.02), np.flatnonzero(rows > 0.02)
    return (
        (left + across[0] + 1 - columns[across[0]]) / unit,
        (top + down[0] + 1 - rows[down[0]]) / unit,
        (left + across[-1] + columns[across[-1]]) / unit,
        (top + down[-1] + rows[down[-1]]) / unit,
    )


@pytest.mark.parametrize("number", [1, 2])
def test_boxes_and_markers_stand_where_the_layout_says(printed, number):
    page = printed.data["pages"][number - 1]
    image = render_page(printed.pdf, number - 1, DPI)
    things = [(item["x_mm"], item["y_mm"], item["w_mm"], item["h_mm"]) for item in page["bubbles"] + page["boxes"]]
    for marker in page["markers"]:
        (x, y), (far_x, far_y) = marker["corners_mm"][0], marker["corners_mm"][2]
        things.append((x, y, far_x - x, far_y - y))
    worst = 0.0
    for x, y, w, h in things:
        found = _dark_extent(image, x, y, w, h)
        worst = max(worst, *(abs(a - b) for a, b in zip(found, (x, y, x + w, y + h), strict=True)))
    assert worst < 0.05


def test_word_longer_than_its_column_breaks_before_it_reaches_the_marks(tmp_path):
    """An address, or a long name in Latin letters, used to run over the mid-edge marks and off the sheet."""
    asked = copy.deepcopy(definition())
    asked["title"], asked["questions"][0]["label"] = "W" * 50, "https://example.org/" + "n" * 180
    asked["questions"][0]["options"][0]["label"] = "Supercalifragilistic" * 6
    layout = print_sheets(asked, campaign="c", version=1, sheet_numbers=[1], pdf_path=tmp_path / "s.pdf")
    image = render_page(tmp_path / "s.pdf", 0, DPI)
    for mark in layout["pages"][0]["marks"]:
        side = mark["d_mm"]
        x, y = mark["x_mm"] - side / 2, mark["y_mm"] - side / 2
        found = _dark_extent(image, x, y, side, side)
        assert found == pytest.approx((x, y, x + side, y + side), abs=0.05)


def test_every_copy_carries_its_own_code(printed):
    codes = [find_code(render_page(printed.pdf, index, 150)) for index in range(2 * COPIES)]
    assert codes == [Code("taiyin-2026", 3, sheet, page) for sheet in range(FIRST, FIRST + COPIES) for page in (1, 2)]


def test_sheet_says_what_the_law_wants(printed):
    document = pypdfium2.PdfDocument(printed.pdf)
    text = "".join(document[0].get_textpage().get_text_bounded().split())
    document.close()
    for wanted in ("隐私告知", "自愿填写，非统计调查", "编号0007"):
        assert wanted in text


def test_layout_has_what_the_specification_names(printed):
    assert printed.data["survey"] == "taiyin-2026"
    assert printed.data["version"] == 3
    assert printed.data["page_mm"] == [210.0, 297.0]
    assert [question["kind"] for question in printed.data["questions"][:5]] == [
        "single", "single", "multiple", "text", "text",
    ]  # fmt: skip
    assert [page["number"] for page in printed.data["pages"]] == [1, 2]
    ids = [marker["id"] for page in printed.data["pages"] for marker in page["markers"]]
    assert len(set(ids)) == 8


def test_bubbles_are_big_and_stand_apart(printed):
    for page in printed.layout.pages.values():
        assert min(min(place.w, place.h) for place in page.bubbles) >= 6.0
        gaps = np.abs(page.centres[:, None] - page.centres[None]).max(axis=2) + 99 * np.eye(len(page.centres))
        assert gaps.min() >= 12.0


def test_only_the_own_font_is_embedded(printed):
    names = re.findall(rb"/BaseFont\s*/(\S+)", printed.pdf.read_bytes())
    assert names
    assert all(re.match(rb"[A-Z]{6}\+XiangliHei-(Regular|Bold)\b", name) for name in names)


def test_rare_names_can_be_printed():
    assert missing_characters("喆堃𬭚䶮乡里鄉裡于秀英") == ""
    assert missing_characters("a😀b😀") == "😀"
    assert sum(path.stat().st_size for path in FONT_DIR.glob("*.otf")) < 25_000_000


def test_typst_warning_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(printing, "FONT_FAMILY", "No Such Family")
    with pytest.raises(SheetError, match="unknown font family"):
        print_sheets(definition(), campaign="c", version=1, sheet_numbers=[1], pdf_path=tmp_path / "s.pdf")
    assert list(tmp_path.iterdir()) == []


def _broken(**changes):
    broken = copy.deepcopy(definition())
    broken.update(changes)
    return broken


LONG = [{"name": f"o{number}", "label": "很" * 150} for number in range(16)]
BAD = {
    "emoji": (_broken(title="调查😀"), "印不出的字：😀"),
    "no notice": (_broken(notice=" "), "隐私告知"),
    "no questions": (_broken(questions=[]), "没有题目"),
    "kind": (_broken(questions=[{"name": "a", "kind": "geopoint", "label": "x"}]), "geopoint"),
    "same name": (_broken(questions=[definition()["questions"][0]] * 2), "都叫“sex”"),
    "too long": (
        _broken(questions=[{"name": "a", "kind": "multiple", "label": "x", "options": LONG}]),
        "放不下",
    ),
    "not a mapping": ([], "对象"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_definition_that_cannot_be_printed_is_refused(case, tmp_path):
    bad, words = BAD[case]
    with pytest.raises(SheetError, match=words):
        print_sheets(bad, campaign="c", version=1, sheet_numbers=[1], pdf_path=tmp_path / "s.pdf")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        ({"campaign": "调查"}, "二维码"),
        ({"version": 0}, "版本号"),
        ({"sheet_numbers": []}, "份数"),
        ({"sheet_numbers": [1, 1]}, "重复"),
        ({"sheet_numbers": [1 << 20]}, "编号"),
    ],
)
def test_codes_that_cannot_be_printed_are_refused(codes, words, tmp_path):
    arguments = {"campaign": "c", "version": 1, "sheet_numbers": [1]} | codes
    with pytest.raises(SheetError, match=words):
        print_sheets(definition(), pdf_path=tmp_path / "s.pdf", **arguments)


def test_layout_file_is_written_whole(printed, tmp_path):
    write_layout(printed.data, tmp_path / "layout.json")
    assert json.loads((tmp_path / "layout.json").read_text("utf-8")) == printed.data


def test_own_words_are_in_the_script_of_the_questionnaire(tmp_path):
    said = {}
    for script in ("hans", "hant"):
        asked = {**definition(), "script": script}
        print_sheets(asked, campaign="c", version=1, sheet_numbers=[7], pdf_path=tmp_path / f"{script}.pdf")
        with pypdfium2.PdfDocument(tmp_path / f"{script}.pdf") as document:
            said[script] = document[0].get_textpage().get_text_range()
    for hans, hant in (("自愿填写", "自願填寫"), ("选一项", "選一項"), ("涂黑", "塗黑"), ("编号 0007", "編號 0007")):
        assert (hans in said["hans"], hant in said["hans"]) == (True, False)
        assert (hans in said["hant"], hant in said["hant"]) == (False, True)


def test_script_that_nobody_knows_is_refused(tmp_path):
    with pytest.raises(SheetError, match="字体"):
        print_sheets(
            {**definition(), "script": "latn"}, campaign="c", version=1, sheet_numbers=[1], pdf_path=tmp_path / "x.pdf"
        )
