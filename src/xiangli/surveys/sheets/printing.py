"""Print sheets: one definition, many numbered copies, and the layout that tells where every mark stands.

typst lays the text out once (`template.typ`); the copies are that PDF as a page background plus their own codes
(`copies.typ`), which makes 300 different sheets a matter of a second.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from xiangli.fonts import FONT_DIR, FONT_FAMILY

from . import design
from .definition import PRINTED_KIND, WORDS, clean_definition
from .errors import SheetError, refusal
from .places import as_printed, place_names

COPIES_MAX = 20_000


def print_sheets(
    definition: Mapping[str, Any], *, campaign: str, version: int, sheet_numbers: Sequence[int], pdf_path: str | Path,
    language: str = "",
) -> dict[str, Any]:  # fmt: skip
    """Write one PDF with a copy for each sheet number and return the layout (what layout.json holds).

    language: tag of the language that the definition's texts are in, empty for the questionnaire's own; it is part of
    each sheet's code, for what stands where on paper differs from one language to the next.
    Positions are millimetres from the page's top left, exact to 0.01 mm. Raises SheetError for a definition that
    cannot be printed and for anything typst warns about; then no PDF is left behind.
    """
    clean = clean_definition(definition)
    _check_codes(campaign, version, language, sheet_numbers)
    with tempfile.TemporaryDirectory(prefix="xiangli-sheets-") as folder:
        root = Path(folder)
        _write_json(root / "template.json", _template_data(clean))
        pdf, places = _compile(root, "template.typ", "<place>")
        (root / "template.pdf").write_bytes(pdf)
        layout = _layout(clean, design.Code(campaign, version, 0, 0, language), [item["value"] for item in places])
        codes = [
            [design.Code(campaign, version, number, page["number"], language) for page in layout["pages"]]
            for number in sheet_numbers
        ]
        _write_json(root / "copies.json", _copies_data(codes, WORDS[clean["script"]]))
        pdf, _ = _compile(root, "copies.typ")
    _write_beside(Path(pdf_path), pdf)
    return layout


def write_layout(layout: Mapping[str, Any], path: str | Path) -> None:
    """Write layout.json, whole or not at all."""
    _write_beside(Path(path), (json.dumps(layout, ensure_ascii=False, indent=1) + "\n").encode())


def _check_codes(campaign: str, version: int, language: str, sheet_numbers: Sequence[int]) -> None:
    if not design.campaign_is_valid(campaign):
        raise SheetError(f"调查代号“{campaign}”不能印成二维码：只能用 1 到 24 个字母、数字、点、横线、下划线。")
    if not 1 <= version <= 999_999:
        raise SheetError(f"版本号应在 1 到 999999 之间，这里是 {version}。")
    if not design.language_is_valid(language):
        raise SheetError(f"语言代号“{language}”不能印成二维码：只能用最多 16 个字母、数字、横线。")
    if not sheet_numbers:
        raise SheetError("份数应至少是 1。")
    if len(sheet_numbers) > COPIES_MAX:
        raise SheetError(f"一次最多印 {COPIES_MAX} 份，请分批。")
    if len(set(sheet_numbers)) < len(sheet_numbers):
        raise SheetError("有重复的问卷编号。")
    if not all(1 <= number <= design.SHEET_MAX for number in sheet_numbers):
        raise SheetError(f"问卷编号应在 1 到 {design.SHEET_MAX} 之间。")


def _template_data(clean: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "font": FONT_FAMILY,
        "definition": {**clean, "questions": [_with_columns(question) for question in clean["questions"]]},
        "words": WORDS[clean["script"]],
        "geometry": {
            "page": design.PAGE_MM, "content": design.CONTENT_MM, "bubble": design.BUBBLE_MM,
            "bubble_line": design.BUBBLE_LINE_MM, "marks": design.MARKS_MM, "mark_d": design.MARK_D_MM,
        },
        "markers": [
            [_marker_parts(marker, corner) for corner, marker in enumerate(design.marker_ids(page))]
            for page in range(1, design.PAGES_MAX + 1)
        ],
    }  # fmt: skip


def _with_columns(question: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**question, "columns": place_names(question)} if question["kind"] == "ranking" else question


def _marker_parts(marker: int, corner: int) -> list[list[float]]:
    """A marker as rectangles [x, y, w, h, black]: the black square first, then its white runs."""
    import cv2

    dictionary = cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, design.DICTIONARY))
    modules = design.MARKER_MODULES
    cells = cv2.aruco.generateImageMarker(dictionary, marker, modules, borderBits=1)
    x0, y0 = design.marker_corners(corner)[0]
    side = design.MARKER_MM / modules
    parts = [[x0, y0, design.MARKER_MM, design.MARKER_MM, 1.0]]
    for x, y, width in _runs([[value > 0 for value in row] for row in cells.tolist()]):
        parts.append([x0 + x * side, y0 + y * side, width * side, side, 0.0])
    return parts


def _copies_data(sheets: Sequence[Sequence[design.Code]], words: Mapping[str, Any]) -> dict[str, Any]:
    digits = max(4, len(str(max(codes[0].sheet for codes in sheets))))
    copies = []
    for codes in sheets:
        printed = []
        for code in codes:
            matrix = _qr_matrix(code.payload())
            bits = design.strip_bits(code)
            half = len(bits) // 2
            caption = words["sheet"].format(number=f"{code.sheet:0{digits}d}")
            caption += words["page"].format(page=code.page, pages=len(codes)) if len(codes) > 1 else ""
            strip = [_runs([bits[:half]]), _runs([bits[half:]])]
            printed.append({"qr": _runs(matrix), "modules": len(matrix), "strip": strip, "caption": caption})
        copies.append({"codes": printed})
    return {
        "font": FONT_FAMILY, "page": design.PAGE_MM, "qr": design.QR_MM, "strip": design.STRIP_RUNS_MM,
        "strip_cell": design.STRIP_CELL_MM, "copies": copies,
    }  # fmt: skip


def _qr_matrix(text: str) -> list[list[bool]]:
    """Modules of a QR code (error level M), True is black, no quiet zone."""
    import numpy as np
    import zxingcpp

    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    image = barcode.to_image(scale=1, add_quiet_zones=False, add_hrt=False)
    return [[value == 0 for value in row] for row in np.asarray(image).tolist()]


def _runs(rows: Iterable[Iterable[Any]]) -> list[tuple[int, int, int]]:
    """Horizontal runs (x, y, width) of the true cells."""
    runs = []
    for y, row in enumerate(rows):
        x = 0
        for value, group in groupby(row):
            width = len(list(group))
            if value:
                runs.append((x, y, width))
            x += width
    return runs


def _compile(root: Path, source: str, query: str = "") -> tuple[bytes, list[dict[str, Any]]]:
    """Compile one of our typst files in `root`; with a query also what it found. Any warning is an error."""
    import typst

    path = root / source
    path.write_bytes((Path(__file__).parent / source).read_bytes())
    try:
        compiler = typst.Compiler(str(path), root=str(root), font_paths=[str(FONT_DIR)], ignore_system_fonts=True)
        pdf: Any
        pdf, warnings = compiler.compile_with_warnings(format="pdf", pdf_tags=False)
        found = json.loads(compiler.query(query)) if query else []
    except typst.TypstError as error:
        raise SheetError(f"排版失败：{error}") from error
    if warnings:
        raise SheetError("排版有警告：" + "；".join(str(getattr(item, "message", item)) for item in warnings))
    return pdf, found


def _layout(clean: Mapping[str, Any], code: design.Code, places: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """layout.json from what typst placed; refuses what does not fit the paper."""
    left, top, right, bottom = design.CONTENT_MM
    for place in places:
        inside = left - 0.01 <= place["x"] and place["x"] + place["w"] <= right + 0.01
        if not inside or not top - 0.01 <= place["y"] or place["y"] + place["h"] > bottom + 0.01:
            raise SheetError(f"题目“{place['question']}”在纸上放不下，请缩短选项或减少选项。")
    count = max((place["page"] for place in places), default=1)
    if count > design.PAGES_MAX:
        raise SheetError(f"问卷要印 {count} 页，最多 {design.PAGES_MAX} 页，请减少题目。")
    return {
        "survey": code.campaign,
        "version": code.version,
        **({"language": code.language} if code.language else {}),
        "title": clean["title"],
        "page_mm": list(design.PAGE_MM),
        "dictionary": design.DICTIONARY,
        "questions": [
            {
                "name": question["name"],
                "kind": PRINTED_KIND[question["kind"]],
                "label": question["label"],
                "required": question["required"],
                "options": question["options"],
                **({"ranking": question["ranking"]} if "ranking" in question else {}),
            }
            for question in as_printed(clean["questions"], WORDS[clean["script"]]["places"])
        ],
        "pages": [_layout_page(number, places) for number in range(1, count + 1)],
    }


def _layout_page(number: int, places: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    def rectangle(place: Mapping[str, Any]) -> dict[str, Any]:
        return {f"{key}_mm": round(place[key], 4) for key in "xywh"}

    here = [place for place in places if place["page"] == number]
    qr_x, qr_y, qr_side = design.QR_MM
    return {
        "number": number,
        "markers": [
            {"id": marker, "corners_mm": design.marker_corners(corner)}
            for corner, marker in enumerate(design.marker_ids(number))
        ],
        "marks": [{"x_mm": x, "y_mm": y, "d_mm": design.MARK_D_MM} for x, y in design.MARKS_MM],
        "qr": {"x_mm": qr_x, "y_mm": qr_y, "w_mm": qr_side, "h_mm": qr_side},
        "strip": {"runs_mm": [list(run) for run in design.STRIP_RUNS_MM], "cell_mm": design.STRIP_CELL_MM},
        "bubble_line_mm": design.BUBBLE_LINE_MM,
        "bubbles": [
            {"question": place["question"], "option": place["option"], **rectangle(place)}
            for place in here
            if place["kind"] == "bubble"
        ],
        "boxes": [{"question": place["question"], **rectangle(place)} for place in here if place["kind"] == "box"],
    }


def _write_json(path: Path, data: Any) -> None:
    path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")


def _write_beside(path: Path, data: bytes) -> None:
    """Write a file whole or not at all: beside the target first, then moved into its place."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(data)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise refusal("写不了文件", path, error) from error
