"""What a batch passes about: the parts of its files, a record of plain data for each page, and the summary."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from . import review
from .errors import SheetError, refusal

COLUMNS = ("file", "sheet", "page", "question", "option", "state", "score")
PROBLEM_COLUMNS = ("file", "file_page", "sheet", "page", "problem", "detail")

Record = dict[str, Any]


@dataclass
class Summary:
    """What a batch came to."""

    pages: int = 0
    sheets: int = 0
    marked: int = 0
    blank: int = 0
    review: int = 0
    resumed: int = 0
    """Pages taken over from the journal of a run that was killed."""
    problems: list[dict[str, Any]] = field(default_factory=list)
    """Keys as in PROBLEM_COLUMNS; `problem` is Chinese."""
    upside_down: list[dict[str, Any]] = field(default_factory=list)
    """Pages that lay upside down and were read all the same, with the same keys."""


@dataclass(frozen=True)
class Part:
    """Some pages (first <= index < last) of a file; `bad` says why the file cannot be read at all."""

    file: str
    first: int
    last: int
    stamp: str
    bad: str = ""

    def key(self) -> str:
        return f"{self.file}|{self.first}|{self.last}|{self.stamp}"


def new_record(part: Part, index: int, problem: str, detail: str) -> Record:
    return {
        "file": part.file, "index": index, "problem": problem, "detail": detail, "survey": "", "version": 0,
        "sheet": None, "page": None, "turned": 0, "bubbles": [], "crops": {},
    }  # fmt: skip


def names_of(rows: Sequence[Mapping[str, Any]], most: int | None = None) -> str:
    """The pages of rows (PROBLEM_COLUMNS) by file and page; of more than `most` the first, and how many they are."""
    names = [f"{row['file']} 第 {row['file_page']} 页" if row["file_page"] > 1 else row["file"] for row in rows[:most]]
    return "、".join(names) + (f"等 {len(rows)} 页" if len(names) < len(rows) else "")


def upside_down_in_words(rows: Sequence[Mapping[str, Any]], most: int | None = None) -> str:
    """What is said of pages that lay upside down."""
    return f"有 {len(rows)} 页上下倒着，已转正读了：{names_of(rows, most)}"


def rows_of(records: Iterable[Record]) -> Iterator[dict[str, Any]]:
    for record in records:
        for question, option, state, score, *_ in record["bubbles"]:
            sheet = "" if record["sheet"] is None else record["sheet"]
            yield {
                "file": record["file"], "sheet": sheet, "page": record["page"], "question": question,
                "option": option, "state": state, "score": f"{score:.3f}",
            }  # fmt: skip


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]], encoding: str) -> None:
    """Write a table whole or not at all; cells that a spreadsheet would run as a formula are defused."""
    if path.exists() and not path.is_file() and not path.is_dir():  # /dev/null must stay what it is
        raise SheetError(f"写不了文件 {path}：这是设备或管道，不是文件。")
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("w", encoding=encoding, newline="") as file:
            _fill_csv(file, columns, rows)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise refusal("写不了文件", path, error) from error


def _fill_csv(file: TextIO, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([review.harmless(row[column]) for column in columns])
