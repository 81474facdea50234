"""Crops for a person to look at: doubtful bubbles, text boxes with something in them, pages without a number."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import SheetError, refusal
from .layout import Layout, Place
from .reading import PageReading
from .states import REVIEW

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

INDEX = "review.csv"
INDEX_COLUMNS = ("crop", "kind", "file", "file_page", "sheet", "page", "question", "option", "score", "reason")
KNOTS = 30
"""Pixels of a crop over which a sheet does not bend: 5 mm at the usual density."""
_UNSAFE = re.compile(r"^[.-]+|[^\w.-]+")
_FORMULA = re.compile(r"[=+@\t\r-]")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


def harmless(value: Any) -> str:
    """A cell's text that no spreadsheet takes for a formula."""
    text = str(value)
    return "'" + text if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def write_crops(folder: Path, layout: Layout, reading: PageReading, file: str, index: int) -> dict[str, str]:
    """Write the crops of one page; question|option -> file name. Names depend on the page alone: no duplicates."""
    page = layout.pages.get(reading.page or 0)
    if page is None or reading.page_map is None or reading.problem in ("other_survey", "other_language", "too_small"):
        return {}
    stem = _UNSAFE.sub("_", f"{Path(file).stem}-{index + 1}-{'' if reading.sheet is None else reading.sheet}")
    crops: dict[str, str] = {}
    for place, bubble in zip(page.bubbles, reading.bubbles, strict=False):
        if bubble.state == REVIEW:
            name = _UNSAFE.sub("_", f"{stem}-{place.question}-{place.option}") + ".png"
            _write(folder / name, crop(reading, place))
            crops[f"{place.question}|{place.option}"] = name
    for place in page.boxes if reading.bubbles or not page.bubbles else ():
        image = crop(reading, place, margin_mm=1.5)
        if _is_written_on(image):
            name = _UNSAFE.sub("_", f"{stem}-{place.question}") + ".png"
            _write(folder / name, image)
            crops[f"{place.question}|"] = name
    if reading.problem == "no_number" and page.qr is not None:
        x, y, side = page.qr
        name = f"{stem}-number.png"
        _write(folder / name, crop(reading, Place("", "", x - 15, y, side + 30, side + 10)))
        crops["|"] = name
    return crops


def crop(reading: PageReading, place: Place, margin_mm: float = 4.0, density: float = 6.0) -> NDArray[np.uint8]:
    """A straight cut-out around a bubble or box: (h, w) grey or (h, w, 3) RGB."""
    import cv2
    import numpy as np

    if reading.picture is None or reading.page_map is None:
        raise ValueError("the reading carries no picture")
    left, top = place.x - margin_mm, place.y - margin_mm
    width, height = place.w + 2 * margin_mm, place.h + 2 * margin_mm
    if place.option:
        width += 24.0
    columns, rows = int(width * density), int(height * density)
    image = reading.picture.grey if reading.picture.colour is None else reading.picture.colour
    # Where its pixels lie is worked out once in so many, from one before the first on, and between these in proportion.
    across, down = (np.arange(-KNOTS / 2, count + KNOTS, KNOTS) - 0.5 for count in (columns, rows))
    knots = reading.page_map.to_pixels(np.stack(np.meshgrid(across / density + left, down / density + top), axis=-1))
    size = len(across) * KNOTS, len(down) * KNOTS
    pixels = cv2.resize(knots.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
    pixels = pixels[KNOTS : KNOTS + rows, KNOTS : KNOTS + columns]
    cut: NDArray[np.uint8] = cv2.remap(image, pixels, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return cut


def write_index(folder: Path, records: Iterable[Mapping[str, Any]]) -> None:
    """Write the list of all crops of a batch, review.csv, into the folder."""
    path = folder / INDEX
    temporary = folder / f".{INDEX}.{os.getpid()}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with temporary.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(INDEX_COLUMNS)
            for record in records:
                bubbles = {f"{row[0]}|{row[1]}": row for row in record["bubbles"]}
                if record["problem"] == "duplicate":
                    continue
                for key, name in record["crops"].items():
                    writer.writerow([harmless(cell) for cell in _index_row(record, key, name, bubbles.get(key))])
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise refusal("写不了文件", path, error) from error


def _index_row(record: Mapping[str, Any], key: str, name: str, bubble: list[Any] | None) -> list[Any]:
    question, _, option = key.partition("|")
    kind = "bubble" if bubble is not None else "text" if question else "number"
    sheet = "" if record["sheet"] is None else record["sheet"]
    score, reason = (bubble[3], bubble[4]) if bubble is not None else ("", "")
    return [name, kind, record["file"], record["index"] + 1, sheet, record["page"], question, option, score, reason]


def _is_written_on(image: NDArray[np.uint8]) -> bool:
    """Whether a text box (cropped with 1.5 mm of margin) holds more than its own frame."""
    import cv2
    import numpy as np

    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) if image.ndim == 3 else image
    inside = grey[18:-18, 18:-18]
    if inside.size == 0:
        return True
    paper = cv2.blur(cv2.dilate(inside, np.ones((25, 25), np.uint8)), (25, 25))
    return bool(((inside / np.maximum(paper, 1.0)) < 0.8).sum() > 25)


def _write(path: Path, image: NDArray[np.uint8]) -> None:
    import cv2

    if image.ndim == 3:
        image = image[:, :, ::-1]
    path.parent.mkdir(parents=True, exist_ok=True)
    encoded, data = cv2.imencode(".png", image)
    if not encoded:
        raise SheetError(f"写不了图片 {path}")
    try:
        path.write_bytes(data.tobytes())
    except OSError as error:
        raise refusal("写不了图片", path, error) from error
