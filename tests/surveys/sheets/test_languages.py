"""Sheets in another language than the questionnaire's own: the code says which; only their own layout reads them."""

import cv2
import numpy as np
import pytest

from xiangli.surveys.sheets import SheetError, load_layout, print_sheets, read_image
from xiangli.surveys.sheets.codes import read_code
from xiangli.surveys.sheets.design import Code, parse_payload, strip_bits, survey_digest
from xiangli.surveys.sheets.locate import locate
from xiangli.surveys.sheets.simulate import render_page

from .conftest import FIRST, definition

SHEET = 31


@pytest.fixture(scope="module")
def english(tmp_path_factory):
    """Layout (as JSON) and first page of sheets whose long labels move every box."""
    said = definition()
    for question in said["questions"]:
        question["label"] = f"{question['label']} / In English this takes much more room on the paper"
    pdf = tmp_path_factory.mktemp("english") / "sheets.pdf"
    data = print_sheets(
        said, campaign="taiyin-2026", version=3, sheet_numbers=[SHEET], pdf_path=pdf, language="en"
    )  # fmt: skip
    return data, render_page(pdf, 0, 150)


def test_sheet_in_another_language_is_read_by_its_own_layout(english):
    data, page = english
    reading = read_image(load_layout(data), page)
    assert (data["language"], reading.problem, reading.sheet) == ("en", "", SHEET)
    assert {bubble.state for bubble in reading.bubbles} == {"blank"}


def test_sheet_in_another_language_is_named_and_not_read(printed, english):
    reading = read_image(printed.layout, english[1])
    assert (reading.problem, reading.detail) == ("other_language", "taiyin-2026 第 3 版 编号 31 语言 en")
    assert reading.bubbles == []
    back = read_image(load_layout(english[0]), printed.pages[0])
    assert (back.problem, back.detail) == ("other_language", f"taiyin-2026 第 3 版 编号 {FIRST}")


def test_other_survey_in_another_language_is_another_survey(printed, tmp_path):
    print_sheets(
        definition(), campaign="other", version=1, sheet_numbers=[5], pdf_path=tmp_path / "o.pdf", language="zh-Hant"
    )
    reading = read_image(printed.layout, render_page(tmp_path / "o.pdf", 0, 150))
    assert (reading.problem, reading.detail) == ("other_survey", "other 第 1 版 编号 5 语言 zh-Hant")


def test_number_strip_is_that_of_one_language(printed, english):
    layout, page = load_layout(english[0]), english[1].copy()
    cv2.rectangle(page, (920, 40), (1110, 230), 255, -1)  # nothing is left of the QR code
    found = locate(page, layout)
    assert read_code(page, layout.pages[1], found, layout) == Code("taiyin-2026", 3, SHEET, 1, "en")
    assert read_code(page, printed.layout.pages[1], found, printed.layout) is None


def test_codes_of_sheets_without_a_language_are_what_they_were():
    code = Code("taiyin-2026", 3, 7, 2)
    assert code.payload() == "XL1:taiyin-2026:3:7:2"
    assert parse_payload("XL1:taiyin-2026:3:7:2") == code
    assert parse_payload("XL1:taiyin-2026:3:7:2:zh-Hant") == Code("taiyin-2026", 3, 7, 2, "zh-Hant")
    assert parse_payload("XL1:taiyin-2026:3:7:2:") is None
    assert survey_digest("taiyin-2026", 3) == 0x75
    assert int("".join(map(str, strip_bits(code))), 2) >> 16 == 7 << 12 | 2 << 8 | 0x75


def test_layout_without_a_language_is_one_in_the_own(printed):
    assert "language" not in printed.data
    assert printed.layout.language == ""


def test_language_that_no_code_can_carry_is_refused(tmp_path):
    for language in ("藏语", "en:1", "x" * 17):
        with pytest.raises(SheetError, match="语言代号"):
            print_sheets(
                definition(), campaign="a", version=1, sheet_numbers=[1], pdf_path=tmp_path / "a.pdf", language=language
            )
    assert not (tmp_path / "a.pdf").exists()


def test_reading_does_not_change_the_picture(english):
    before = english[1].copy()
    read_image(load_layout(english[0]), english[1])
    assert np.array_equal(before, english[1])
