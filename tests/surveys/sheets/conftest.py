"""A printed survey of two pages and ready-made pictures of it, shared by all tests of the sheets engine."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from xiangli.surveys.sheets import Layout, load_layout, print_sheets
from xiangli.surveys.sheets.simulate import render_page

from .foreign import DPI

COPIES = 4
FIRST = 7


def definition() -> dict[str, Any]:
    """Every kind of question, enough of them for two pages."""

    def options(*labels: str) -> list[dict[str, str]]:
        return [{"name": f"o{number}", "label": label} for number, label in enumerate(labels, 1)]

    questions: list[dict[str, Any]] = [
        {"name": "sex", "kind": "single", "label": "您的性别", "options": options("男", "女")},
        {"name": "sat", "kind": "scale", "label": "您对服务满意吗", "options": options("满意", "一般", "不满意")},
        {
            "name": "need",
            "kind": "multiple",
            "label": "您最需要哪些服务",
            "options": options("百姓食堂", "量血压", "下棋书法", "托管孩子", "技能培训", "打篮球", "理发", "复印"),
        },
        {"name": "people", "kind": "number", "label": "家里几口人"},
        {"name": "say", "kind": "text", "label": "您还有什么话想说", "lines": 3},
    ]
    for number in range(1, 5):
        question = {"name": f"q{number}", "kind": "multiple", "label": f"第{number}组时间您哪天有空"}
        questions.append({**question, "options": options("周一", "周二", "周三", "周四", "周五", "周六")})
    return {
        "title": "台荫村乡里中心服务需求调查表",
        "notice": "隐私告知：会盟镇人民政府组织，电话 0379-0000000。只用于安排服务，不记姓名，保存两年。",
        "intro": "乡亲您好！",
        "questions": questions,
    }


@dataclass(frozen=True)
class Printed:
    """A printed batch: its PDF, its layout as JSON and as read, and each page of the first copy in grey at 150 dpi."""

    pdf: Path
    data: Mapping[str, Any]
    layout: Layout
    pages: tuple[NDArray[np.uint8], ...]


@pytest.fixture(scope="session")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Printed:
    pdf = tmp_path_factory.mktemp("sheets") / "sheets.pdf"
    data = print_sheets(
        definition(), campaign="taiyin-2026", version=3, sheet_numbers=range(FIRST, FIRST + COPIES), pdf_path=pdf
    )
    pages = tuple(render_page(pdf, index, 150) for index in range(2))
    return Printed(pdf, data, load_layout(data), pages)


@pytest.fixture(scope="session")
def raster(printed: Printed) -> NDArray[np.uint8]:
    """Page 1 in grey, as fine as hands draw on it."""
    return render_page(printed.pdf, 0, DPI)
