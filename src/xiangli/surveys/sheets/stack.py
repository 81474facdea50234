"""Look at a whole stack of pages: second scans, missing pages, questions that go on over a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from . import images, review
from .bubbles import BubbleReading, compare_options
from .errors import SheetError
from .layout import Layout
from .reading import PROBLEMS, read_image
from .records import Record, Summary
from .states import BLANK, MARKED, REVIEW


def settle(records: Sequence[Record], layout: Layout, summary: Summary, review_dir: str | None) -> None:
    """Look at the whole stack: second scans, missing pages, questions that go on over a page; fill in the summary."""
    first: dict[tuple[int, int], Record] = {}
    for record in records:
        if record["problem"]:
            summary.problems.append(_problem(record, record["problem"], record["detail"]))
        if record["sheet"] is None or not _was_read(record):
            continue
        key = (record["sheet"], record["page"])
        if key not in first:
            first[key] = record
            continue
        changed = _compare_scans(first[key], record)
        record["bubbles"] = []
        record["problem"] = "duplicate"
        agree = f"{changed} 处不一致，已送人工核对" if changed else "内容一致"
        detail = f"编号 {key[0]} 第 {key[1]} 页，先读的是 {first[key]['file']}；{agree}"
        summary.problems.append(_problem(record, "duplicate", detail))
    _over_pages(first, layout)
    for sheet in sorted({sheet for sheet, _ in first}):
        for number in layout.pages:
            if (sheet, number) not in first:
                some = next(record for key, record in first.items() if key[0] == sheet)
                said = f"编号 {sheet} 缺第 {number} 页"
                summary.problems.append(_problem({**some, "page": number}, "missing_page", said))
    if review_dir is not None:
        _late_crops(records, layout, Path(review_dir))
    for record in records:
        summary.pages += 1
        if _is_upside_down(record):
            summary.upside_down.append(_problem(record, "upside_down", ""))
        for bubble in record["bubbles"]:
            summary.marked += bubble[2] == MARKED
            summary.blank += bubble[2] == BLANK
            summary.review += bubble[2] == REVIEW
    summary.sheets = len({sheet for sheet, _ in first})


def _is_upside_down(record: Record) -> bool:
    """Whether a page was read that stands on its head as one looks at the picture."""
    # One without a number has its boxes read all the same; one of text alone has no boxes.
    if not record["turned"] or not (record["bubbles"] or _was_read(record)):
        return False
    return bool((record["turned"] + images.shown_turned(Path(record["file"]))) % 360 == 180)


def _was_read(record: Record) -> bool:
    return record["problem"] == "" and record["page"] is not None


def _problem(record: Record, problem: str, detail: str) -> dict[str, Any]:
    """A row of PROBLEM_COLUMNS."""
    return {
        "file": record["file"], "file_page": record["index"] + 1,
        "sheet": "" if record["sheet"] is None else record["sheet"],
        "page": "" if record["page"] is None else record["page"],
        "problem": PROBLEMS[problem], "detail": detail,
    }  # fmt: skip


def _compare_scans(kept: Record, other: Record) -> int:
    """Send to review what two scans of one page do not agree on; how many bubbles that are."""
    changed = 0
    for bubble, again in zip(kept["bubbles"], other["bubbles"], strict=False):
        if {bubble[2], again[2]} == {MARKED, BLANK}:
            bubble[2], bubble[4] = REVIEW, "两次扫描不一致"
            changed += 1
    return changed


def _over_pages(first: Mapping[tuple[int, int], Record], layout: Layout) -> None:
    """A single choice whose options go on over a page is compared over all its pages."""
    places: dict[str, set[int]] = {}
    for number, page in layout.pages.items():
        for place in page.bubbles:
            places.setdefault(place.question, set()).add(number)
    split = {question for question, numbers in places.items() if len(numbers) > 1}
    for sheet in {sheet for sheet, _ in first} if split else ():
        rows = [row for key, record in first.items() if key[0] == sheet for row in record["bubbles"] if row[0] in split]
        bubbles = [BubbleReading(*row) for row in rows]
        compare_options(bubbles, layout.kinds)
        for row, bubble in zip(rows, bubbles, strict=True):
            row[2], row[4] = bubble.state, bubble.reason


def _late_crops(records: Sequence[Record], layout: Layout, folder: Path) -> None:
    """Crops of what became doubtful only when the stack was looked at as a whole."""
    for record in records:
        missing = [row for row in record["bubbles"] if row[2] == REVIEW and f"{row[0]}|{row[1]}" not in record["crops"]]
        if not missing:
            continue
        for _, picture in images.open_pages(Path(record["file"]), range(record["index"], record["index"] + 1)):
            if isinstance(picture, SheetError):
                continue
            reading = read_image(layout, picture)
            for bubble in reading.bubbles:
                if any(bubble.question == row[0] and bubble.option == row[1] for row in missing):
                    bubble.state = REVIEW
            record["crops"] |= review.write_crops(folder, layout, reading, record["file"], record["index"])
