"""Read layout.json: checked, typed, with the arrays that reading needs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import design
from .errors import SheetError, refusal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LAYOUT_BYTES_MAX = 20_000_000
BUBBLES_MAX = 500


@dataclass(frozen=True)
class Place:
    """A bubble (with its option) or a text box (option empty) on a page; millimetres, top left corner and size."""

    question: str
    option: str
    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True)
class Page:
    """One page of a layout.

    markers: id -> four corners (4, 2), clockwise from the marker's own top left; corners: id -> its middle (2,);
    marks: (n, 2) centres of the mid-edge discs of diameter mark_d; qr: x, y, side; strip: left top corners of the runs
    of cells of side strip_cell.
    """

    number: int
    markers: Mapping[int, NDArray[np.float64]]
    corners: Mapping[int, NDArray[np.float64]]
    marks: NDArray[np.float64]
    mark_d: float
    qr: tuple[float, float, float] | None
    strip: tuple[tuple[float, float], ...]
    strip_cell: float
    line: float
    bubbles: tuple[Place, ...]
    boxes: tuple[Place, ...]
    centres: NDArray[np.float64]
    """(n, 2) middles of the bubbles, and half width and half height of each."""
    half: NDArray[np.float64]
    probes: NDArray[np.float64]
    """(markers, 12, 2) places on each corner marker's black border, eight, and on the paper beside it, four."""
    nearest: NDArray[np.int64]
    """(n, up to 7) each bubble and those nearest to it."""
    questions: Mapping[str, list[int]]
    """Where among the bubbles those of each question stand."""


@dataclass(frozen=True)
class Layout:
    """What a printed survey looks like on paper."""

    survey: str
    version: int
    language: str
    """Tag of the language it is printed in, empty where that is the questionnaire's own."""
    page_mm: tuple[float, float]
    dictionary: str
    kinds: Mapping[str, str]
    rankings: Mapping[str, str]
    """Questions that are a place of a ranking -> that ranking."""
    pages: Mapping[int, Page]


_OUR_MARKS = [{"x_mm": x, "y_mm": y, "d_mm": design.MARK_D_MM} for x, y in design.MARKS_MM]
_OUR_QR = dict(zip(("x_mm", "y_mm", "w_mm"), design.QR_MM, strict=True))
_OUR_STRIP = {"runs_mm": design.STRIP_RUNS_MM, "cell_mm": design.STRIP_CELL_MM}


def load_layout(source: str | Path | Mapping[str, Any]) -> Layout:
    """A layout from a layout.json file or from its parsed content; raises SheetError when it is not one."""
    data = source if isinstance(source, Mapping) else _read(Path(source))
    try:
        return _parse(data)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        if isinstance(error, SheetError):
            raise
        raise SheetError(f"版式文件（layout.json）不完整或有错：{error}") from error


def _read(path: Path) -> Mapping[str, Any]:
    try:
        if path.stat().st_size > LAYOUT_BYTES_MAX:
            raise SheetError(f"版式文件太大：{path}")
        data = json.loads(path.read_bytes())
    except OSError as error:
        raise refusal("打不开版式文件", path, error) from error
    except ValueError as error:
        raise SheetError(f"{path} 不是版式文件（layout.json）。") from error
    if not isinstance(data, dict):
        raise SheetError(f"{path} 不是版式文件（layout.json）。")
    return data


def _parse(data: Mapping[str, Any]) -> Layout:
    width, height = (float(value) for value in data["page_mm"])
    kinds = {str(question["name"]): str(question["kind"]) for question in data["questions"]}
    rankings = {str(q["name"]): str(q["ranking"]) for q in data["questions"] if q.get("ranking")}
    paper = (width, height)
    pages = {int(page["number"]): _parse_page(page, paper) for page in data["pages"]}
    if not pages:
        raise SheetError("版式文件里没有页面。")
    for page in pages.values():
        if len(page.bubbles) > BUBBLES_MAX:
            raise SheetError(f"版式文件第 {page.number} 页的方框太多。")
        for place in (*page.bubbles, *page.boxes):
            if place.question not in kinds:
                raise SheetError(f"版式文件里没有题目“{place.question}”。")
            if min(place.x, place.y) < 0 or place.x + place.w > width or place.y + place.h > height:
                raise SheetError(f"题目“{place.question}”的方框在纸外。")
    return Layout(
        survey=str(data["survey"]),
        version=int(data["version"]),
        language=str(data.get("language", "")),
        page_mm=(width, height),
        dictionary=str(data.get("dictionary", "DICT_4X4_50")),
        kinds=kinds,
        rankings=rankings,
        pages=pages,
    )


def _parse_page(page: Mapping[str, Any], paper: tuple[float, float]) -> Page:
    import numpy as np

    def place(item: Mapping[str, Any], option: str) -> Place:
        x, y, w, h = (float(item[f"{key}_mm"]) for key in "xywh")
        return Place(str(item["question"]), option, x, y, w, h)

    markers = {int(item["id"]): np.array(item["corners_mm"], dtype=np.float64) for item in page["markers"]}
    if len(markers) != 4:
        raise SheetError("版式文件里每一页都应有四个角标。")
    if any(corners.shape != (4, 2) for corners in markers.values()):
        raise SheetError("版式文件里的角标应各有四个角。")
    # Marks and code that a layout does not mention are looked for where our own sheets have them.
    ours = paper == design.PAGE_MM
    marks = page.get("marks", _OUR_MARKS if ours else [])
    qr = page.get("qr", _OUR_QR if ours else None)
    strip = page.get("strip", _OUR_STRIP if ours else {})
    bubbles = tuple(place(item, str(item["option"])) for item in page.get("bubbles", []))
    centres = np.array([[item.x + item.w / 2, item.y + item.h / 2] for item in bubbles]).reshape(-1, 2)
    distances = ((centres[:, None, :] - centres[None, :, :]) ** 2).sum(axis=-1)
    return Page(
        number=int(page["number"]),
        markers=markers,
        corners={marker: corners.mean(axis=0) for marker, corners in markers.items()},
        marks=np.array([[item["x_mm"], item["y_mm"]] for item in marks], dtype=np.float64).reshape(-1, 2),
        mark_d=float(marks[0]["d_mm"]) if marks else 0.0,
        qr=(float(qr["x_mm"]), float(qr["y_mm"]), float(qr["w_mm"])) if qr else None,
        strip=tuple((float(x), float(y)) for x, y in strip.get("runs_mm", [])),
        strip_cell=float(strip.get("cell_mm", 0.0)),
        line=float(page.get("bubble_line_mm", 0.35)),
        bubbles=bubbles,
        boxes=tuple(place(item, "") for item in page.get("boxes", [])),
        centres=centres,
        probes=_probes(np.stack(list(markers.values()))),
        half=np.array([[item.w / 2, item.h / 2] for item in bubbles]).reshape(-1, 2),
        nearest=np.argsort(distances, axis=1)[:, :7],
        questions=members_of(item.question for item in bubbles),
    )


def members_of(questions: Iterable[str]) -> dict[str, list[int]]:
    """Where in a row of boxes, each named by its question, those of each question stand."""
    members: dict[str, list[int]] = {}
    for at, question in enumerate(questions):
        members.setdefault(question, []).append(at)
    return members


def _probes(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Places (n, 12, 2) on the black borders of markers with these corners (n, 4, 2), and beside them."""
    import numpy as np

    centres, side = corners.mean(axis=1, keepdims=True), float(np.linalg.norm(corners[0, 1] - corners[0, 0]))
    turn = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    black = np.concatenate([turn, turn @ [[1, 0.5], [-0.5, 1]]]) * (side * 5 / 12)
    white = turn * (side / 2 + 2.2)
    probes: NDArray[np.float64] = centres + np.concatenate([black, white])
    return probes
