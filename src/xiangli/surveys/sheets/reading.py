"""Read one image of a sheet: which page it is, and the state of every bubble on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import codes, locate, markers
from .bubbles import BubbleReading, read_bubbles
from .layout import Layout, load_layout
from .pictures import Picture, picture_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SMALLEST_SCALE = 1.5
"""Pixels a millimetre below which nothing on a page can be told for certain: a box is seven of them wide."""

COARSE = 5.0
"""Pixels a millimetre up to which a code may be lost to blur of a pixel or two: its cells are 0.8 mm."""


@dataclass
class PageReading:
    """What one image says. `problem` is empty for a good page, else a word for what is wrong (see PROBLEMS)."""

    problem: str = ""
    detail: str = ""
    survey: str = ""
    version: int = 0
    sheet: int | None = None
    page: int | None = None
    turned: int = 0
    """Degrees by which the page was turned, to the nearest quarter: 0, 90, 180, 270."""
    bubbles: list[BubbleReading] = field(default_factory=list)
    picture: Picture | None = None
    page_map: locate.PageMap | None = None


PROBLEMS = {
    "no_page": "不是问卷页（找不到角标，可能是别的照片）",
    "blank_page": "空白页（可能是背面）",
    "other_survey": "是另一次调查的问卷",
    "other_language": "是这份问卷的另一种语言，要用那种语言的版式读",
    "unknown_page": "版式里没有这一页",
    "no_number": "编号读不出，请人工认",
    "several": "一张图里有几张问卷，请一张一张拍（扫）",
    "cut_off": "纸没有拍全，请把四个角都拍进来",
    "too_small": "图太小或太糊，请重扫",
    "duplicate": "同一张扫了两次",
    "missing_page": "缺页",
    "upside_down": "上下倒着，已转正读了",
    "bad_file": "文件打不开",
}


def read_image(layout: Layout | Mapping[str, Any], image: Any) -> PageReading:
    """Read an image: array grey (h, w) or RGB (h, w, 3), eight bits, or a Picture. Never raises for a bad picture."""
    layout = layout if isinstance(layout, Layout) else load_layout(layout)
    picture = image if isinstance(image, Picture) else picture_of(image)
    page_map = locate.locate(picture.grey, layout)
    if page_map is None:
        named = _without_markers(picture, layout)
        page_map = locate.locate(_sharper(picture.grey), layout) if named.problem in ("cut_off", "too_small") else None
        if page_map is None:
            return named
    if locate.has_others(picture.grey, layout, page_map):
        return PageReading(problem="several", picture=picture)
    reading = PageReading(page=page_map.page, turned=_turned(page_map), picture=picture, page_map=page_map)
    page = layout.pages.get(page_map.page)
    any_page = page or next(iter(layout.pages.values()))
    code = codes.read_code(picture.grey, any_page, page_map, layout)
    if code is None and page_map.scale() < COARSE:
        sharper = _sharper(picture.grey)
        code = codes.read_code(sharper, any_page, locate.locate(sharper, layout) or page_map, layout)
    if code is not None:
        reading.survey, reading.version, reading.sheet = code.campaign, code.version, code.sheet
        reading.problem, reading.detail = _elsewhere(code, layout)
        if reading.problem:
            return reading
    if page is None or (code is not None and code.page != page.number):
        reading.problem = "unknown_page"
        return reading
    if page_map.scale() < SMALLEST_SCALE:
        reading.problem = "too_small"
        return reading
    if code is None:
        reading.problem = "no_number"
    locate.straighten(picture.grey, page, page_map)
    reading.bubbles = read_bubbles(picture, page, page_map, layout.kinds)
    return reading


def _without_markers(picture: Picture, layout: Layout) -> PageReading:
    """Name a picture without markers: a sheet too damaged to read, a blank page, or something else altogether."""
    if _is_blank(picture):
        return PageReading(problem="blank_page", picture=picture)
    code = codes.find_code(picture.grey)
    if code is not None:
        problem, detail = _elsewhere(code, layout)
        cut_off = "cut_off" if markers.has_marker(picture.grey, layout) else "too_small"
        return PageReading(
            problem=problem or cut_off, survey=code.campaign, version=code.version, sheet=code.sheet,
            page=code.page, picture=picture, detail=detail or "角标看不清",
        )  # fmt: skip
    if markers.has_marker(picture.grey, layout):
        return PageReading(problem="cut_off", picture=picture)
    return PageReading(problem="no_page", picture=picture)


def _sharper(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture in which small markers and codes that blur has run together come apart again."""
    import cv2

    return cv2.addWeighted(grey, 2.5, cv2.GaussianBlur(grey, (0, 0), 2.0), -1.5, 0.0)


def _elsewhere(code: codes.Code, layout: Layout) -> tuple[str, str]:
    """Problem and detail of a sheet that this layout does not describe; empty where it does."""
    same = (code.campaign, code.version) == (layout.survey, layout.version)
    if same and code.language == layout.language:
        return "", ""
    language = f" 语言 {code.language}" if code.language else ""
    detail = f"{code.campaign} 第 {code.version} 版 编号 {code.sheet}{language}"
    return "other_language" if same else "other_survey", detail


def _is_blank(picture: Picture) -> bool:
    """Whether a picture is a page with hardly anything on it (what shines through from the other side included)."""
    import cv2
    import numpy as np

    small = cv2.resize(picture.grey, (210, 297), interpolation=cv2.INTER_AREA)[12:-12, 10:-10]
    paper = cv2.GaussianBlur(cv2.dilate(small, np.ones((9, 9), np.uint8)), (0, 0), 6)
    ratio = small / np.maximum(paper, 1.0)
    return bool(np.median(small) > 90 and (ratio < 0.7).mean() < 0.004)


def _turned(page_map: locate.PageMap) -> int:
    import numpy as np

    ends = page_map.to_pixels(np.array([[60.0, 148.5], [150.0, 148.5]]))
    across = ends[1] - ends[0]
    return round(float(np.degrees(np.arctan2(across[1], across[0]))) / 90) % 4 * 90
