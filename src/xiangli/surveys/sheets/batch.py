"""Read a stack of files into one table, over several processes, so that a killed run can be taken up again.

The unit of work is `read_part` (some pages of one file): plain data in and out, so that the same function runs in this
process, in a pool, or on a Dask scheduler. Finished parts go into a journal beside the table; the table itself is
written once, whole, at the end, and the journal is then removed.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from pathlib import Path
from typing import Any, TextIO

from . import images, review
from .errors import SheetError
from .layout import Layout, load_layout
from .reading import BLANK, MARKED, PROBLEMS, REVIEW, BubbleReading, compare_options, read_image

COLUMNS = ("file", "sheet", "page", "question", "option", "state", "score")
PROBLEM_COLUMNS = ("file", "file_page", "sheet", "page", "problem", "detail")
PART_PAGES = 8
ENGINE = 1
"""Number of the reading rules: a journal of other rules is not taken up."""

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


Runner = Callable[[Sequence[Part], Mapping[str, Any], "str | None"], Iterable[tuple[Part, list[Record]]]]


def read_files(
    layout: Mapping[str, Any],
    paths: Iterable[str | Path],
    *,
    out: str | Path,
    review_dir: str | Path | None = None,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
    run: Runner | None = None,
) -> Summary:
    """Read all files and folders into the CSV `out` (columns COLUMNS) and OUT's problems beside it.

    What is doubtful gets its crop in review_dir. progress(pages done, pages in all) is called after each part.
    `run` reads the parts instead of this process and its `jobs`, on other machines for instance; it gives each part
    with its records as they get done, in any order.
    Raises SheetError when nothing can be read or written; then no table is left, but the journal is.
    """
    checked = load_layout(layout)
    target = Path(out)
    parts = list_parts(paths)
    if not parts:
        raise SheetError("没有可读的文件。")
    total = sum(part.last - part.first for part in parts)
    crops = str(review_dir) if review_dir is not None else None
    with Journal(target, layout, crops) as journal:
        summary = Summary(resumed=sum(part.last - part.first for part in parts if part.key() in journal.done))
        finished = summary.resumed
        rest = [part for part in parts if part.key() not in journal.done]
        for part, records in run(rest, layout, crops) if run else _run(rest, layout, crops, jobs):
            journal.add(part, records)
            finished += part.last - part.first
            if progress is not None:
                progress(finished, total)
        records = [record for part in parts for record in journal.done[part.key()]]
        settle(records, checked, summary, crops)
        if not any(record["bubbles"] or not record["problem"] for record in records):
            worst = summary.problems[0]
            journal.forget()
            raise SheetError(f"没有读到一张问卷。{worst['file']}：{worst['problem']} {worst['detail']}".rstrip())
        _write_csv(target.with_name(target.stem + ".problems.csv"), PROBLEM_COLUMNS, summary.problems, "utf-8-sig")
        _write_csv(target, COLUMNS, _rows(records), "utf-8")
        if crops is not None:
            review.write_index(Path(crops), records)
        journal.forget()
    return summary


def list_parts(paths: Iterable[str | Path]) -> list[Part]:
    """The parts of all files, folders searched; a file that cannot be opened is a part with its reason."""
    parts = []
    for path in _files(paths):
        try:
            stat = path.stat()
            count = images.page_count(path)
        except (SheetError, OSError) as error:
            text = str(error) if isinstance(error, SheetError) else f"打不开 {path}：{error.strerror}"
            parts.append(Part(str(path), 0, 1, "", text))
            continue
        stamp = f"{stat.st_size}.{stat.st_mtime_ns}"
        for first in range(0, count, PART_PAGES):
            parts.append(Part(str(path), first, min(count, first + PART_PAGES), stamp))
    return parts


def read_part(layout: Layout, part: Part, review_dir: str | None) -> list[Record]:
    """Read the pages of a part: one record of plain data for each, crops written on the way."""
    if part.bad:
        return [_record(part, 0, "bad_file", part.bad)]
    records: list[Record] = []
    try:
        for index, picture in images.open_pages(Path(part.file), range(part.first, part.last)):
            if isinstance(picture, SheetError):
                records.append(_record(part, index, "bad_file", str(picture)))
            else:
                records.append(_read_page(layout, part, index, picture, review_dir))
    except SheetError:
        raise
    except Exception as error:
        # Decoders fail in ways that no list can hold; one file made to break them must not cost the batch.
        for index in range(part.first + len(records), part.last):
            records.append(_record(part, index, "bad_file", f"读不了：{type(error).__name__}"))
    return records


def _read_page(layout: Layout, part: Part, index: int, picture: images.Picture, review_dir: str | None) -> Record:
    reading = read_image(layout, picture)
    record = _record(part, index, reading.problem, reading.detail)
    record.update(
        survey=reading.survey, version=reading.version, sheet=reading.sheet, page=reading.page, turned=reading.turned,
        bubbles=[list(astuple(item)) for item in reading.bubbles],
    )  # fmt: skip
    if review_dir is not None:
        record["crops"] = review.write_crops(Path(review_dir), layout, reading, part.file, index)
    return record


def settle(records: Sequence[Record], layout: Layout, summary: Summary, review_dir: str | None) -> None:
    """Look at the whole stack: second scans, missing pages, questions that go on over a page; fill in the summary."""
    first: dict[tuple[int, int], Record] = {}
    for record in records:
        if record["problem"]:
            _problem(summary, record, record["problem"], record["detail"])
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
        _problem(summary, record, "duplicate", detail)
    _over_pages(first, layout)
    for sheet in sorted({sheet for sheet, _ in first}):
        for number in layout.pages:
            if (sheet, number) not in first:
                some = next(record for key, record in first.items() if key[0] == sheet)
                _problem(summary, {**some, "page": number}, "missing_page", f"编号 {sheet} 缺第 {number} 页")
    if review_dir is not None:
        _late_crops(records, layout, Path(review_dir))
    for record in records:
        summary.pages += 1
        for bubble in record["bubbles"]:
            summary.marked += bubble[2] == MARKED
            summary.blank += bubble[2] == BLANK
            summary.review += bubble[2] == REVIEW
    summary.sheets = len({sheet for sheet, _ in first})


class Journal:
    """Finished parts, one JSON line each, beside the table; taken up again only for the same layout and rules."""

    def __init__(self, target: Path, layout: Mapping[str, Any], review_dir: str | None) -> None:
        self.path = target.with_name(target.name + ".journal")
        digest = hashlib.sha256(json.dumps(layout, sort_keys=True).encode()).hexdigest()
        self.head = json.dumps({"engine": ENGINE, "layout": digest, "review": review_dir})
        self.done: dict[str, list[Record]] = {}

    def __enter__(self) -> Journal:
        self._load()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lines = [self.head, *(json.dumps(item, ensure_ascii=False) for item in self.done.items())]
            temporary = self.path.with_name(self.path.name + ".part")
            temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")
            temporary.replace(self.path)
            self.file = self.path.open("a", encoding="utf-8")
        except OSError as error:
            raise SheetError(f"写不了文件 {self.path}：{error.strerror}") from error
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def add(self, part: Part, records: list[Record]) -> None:
        """Keep a finished part."""
        self.done[part.key()] = records
        try:
            self._write(json.dumps([part.key(), records], ensure_ascii=False))
        except OSError as error:
            raise SheetError(f"写不了文件 {self.path}：{error.strerror}") from error

    def forget(self) -> None:
        """The table is written: the journal has done its work."""
        self.path.unlink(missing_ok=True)

    def _write(self, line: str) -> None:
        self.file.write(line + "\n")
        self.file.flush()

    def _load(self) -> None:
        try:
            lines = self.path.read_text(encoding="utf-8").split("\n")
        except (OSError, UnicodeDecodeError):
            return
        if lines[0] != self.head:
            return
        for line in lines[1:-1]:
            try:
                key, records = json.loads(line)
            except ValueError:
                return
            self.done[key] = records


_worker_layout: Layout | None = None


def _start_worker(layout: Mapping[str, Any]) -> None:
    global _worker_layout  # one layout a process, instead of one a task
    import cv2

    cv2.setNumThreads(1)
    _worker_layout = load_layout(layout)


def _work(part: Part, review_dir: str | None) -> list[Record]:
    if _worker_layout is None:
        raise RuntimeError("worker was started without a layout")
    return read_part(_worker_layout, part, review_dir)


def _run(
    parts: Sequence[Part], layout: Mapping[str, Any], review_dir: str | None, jobs: int
) -> Iterator[tuple[Part, list[Record]]]:
    """Each part with its records, as they get done."""
    jobs = max(1, min(jobs, len(parts)))
    if jobs == 1:
        checked = load_layout(layout)
        for part in parts:
            yield part, read_part(checked, part, review_dir)
        return
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor, as_completed
    from concurrent.futures.process import BrokenProcessPool

    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_start_worker, initargs=(dict(layout),)) as pool:
        waiting = {pool.submit(_work, part, review_dir): part for part in parts}
        try:
            for future in as_completed(waiting):
                yield waiting[future], future.result()
        except BrokenProcessPool as error:
            raise SheetError("读图进程意外退出（可能内存不足）；再运行一次会接着读。") from error
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _files(paths: Iterable[str | Path]) -> Iterator[Path]:
    """Files as given, folders by name order with everything in them that looks like a scan; each file once."""
    seen: set[Path] = set()
    for given in paths:
        path = Path(given)
        inside = [path]
        if path.is_dir():
            inside = sorted(item for item in path.rglob("*") if item.suffix.lower() in images.SUFFIXES)
        for item in inside:
            if item.is_dir() or item.resolve() in seen:
                continue
            seen.add(item.resolve())
            yield item


def _record(part: Part, index: int, problem: str, detail: str) -> Record:
    return {
        "file": part.file, "index": index, "problem": problem, "detail": detail, "survey": "", "version": 0,
        "sheet": None, "page": None, "turned": 0, "bubbles": [], "crops": {},
    }  # fmt: skip


def _was_read(record: Record) -> bool:
    return record["problem"] == "" and record["page"] is not None


def _problem(summary: Summary, record: Record, problem: str, detail: str) -> None:
    summary.problems.append(
        {
            "file": record["file"], "file_page": record["index"] + 1,
            "sheet": "" if record["sheet"] is None else record["sheet"],
            "page": "" if record["page"] is None else record["page"],
            "problem": PROBLEMS[problem], "detail": detail,
        }
    )  # fmt: skip


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


def _rows(records: Iterable[Record]) -> Iterator[dict[str, Any]]:
    for record in records:
        for question, option, state, score, *_ in record["bubbles"]:
            sheet = "" if record["sheet"] is None else record["sheet"]
            yield {
                "file": record["file"], "sheet": sheet, "page": record["page"], "question": question,
                "option": option, "state": state, "score": f"{score:.3f}",
            }  # fmt: skip


def _write_csv(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]], encoding: str) -> None:
    """Write a table whole or not at all; cells that a spreadsheet would run as a formula are defused."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("w", encoding=encoding, newline="") as file:
            _fill_csv(file, columns, rows)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise SheetError(f"写不了文件 {path}：{error.strerror}") from error


def _fill_csv(file: TextIO, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([review.harmless(row[column]) for column in columns])
