"""Read a stack of files into one table, over several processes, so that a killed run can be taken up again.

The unit of work is `read_part` (some pages of one file): plain data in and out, so that the same function runs in this
process, in a pool, or on a Dask scheduler. Finished parts go into a journal beside the table; the table itself is
written once, whole, at the end, and the journal is then removed.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from . import images, review, stack
from .errors import SheetError, refusal
from .journal import Journal
from .layout import Layout, load_layout
from .pictures import Picture
from .places import compare_places
from .reading import read_image
from .records import COLUMNS, PROBLEM_COLUMNS, Part, Record, Summary, new_record, rows_of, write_csv

PART_PAGES = 8
NAMED_MOST = 50


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
        stack.settle(records, checked, summary, crops)
        if not any(record["bubbles"] or not record["problem"] for record in records):
            journal.forget()
            raise SheetError("没有读到一张问卷。" + _named(summary.problems))
        named = summary.problems + summary.upside_down
        write_csv(target.with_name(target.stem + ".problems.csv"), PROBLEM_COLUMNS, named, "utf-8-sig")
        write_csv(target, COLUMNS, rows_of(records), "utf-8")
        if crops is not None:
            review.write_index(Path(crops), records)
        journal.forget()
    return summary


def _named(problems: list[dict[str, Any]]) -> str:
    """What is wrong with each file, on a line of its own."""
    said = [f"{item['file']}：{item['problem']} {item['detail']}".rstrip() for item in problems[:NAMED_MOST]]
    rest = len(problems) - len(said)
    return "\n".join(["", *said, *([f"……还有 {rest} 个"] if rest else [])]) if len(problems) > 1 else said[0]


def list_parts(paths: Iterable[str | Path]) -> list[Part]:
    """The parts of all files, folders searched; a file that cannot be opened is a part with its reason."""
    parts = []
    for path in _files(paths):
        try:
            stat = path.stat()
            count = images.page_count(path)
        except (SheetError, OSError) as error:
            reason = refusal("打不开", path, error) if isinstance(error, OSError) else error
            parts.append(Part(str(path), 0, 1, "", str(reason)))
            continue
        stamp = f"{stat.st_size}.{stat.st_mtime_ns}"
        for first in range(0, count, PART_PAGES):
            parts.append(Part(str(path), first, min(count, first + PART_PAGES), stamp))
    return parts


def read_part(layout: Layout, part: Part, review_dir: str | None) -> list[Record]:
    """Read the pages of a part: one record of plain data for each, crops written on the way."""
    if part.bad:
        return [new_record(part, 0, "bad_file", part.bad)]
    records: list[Record] = []
    try:
        for index, picture in images.open_pages(Path(part.file), range(part.first, part.last)):
            if isinstance(picture, SheetError):
                records.append(new_record(part, index, "bad_file", str(picture)))
            else:
                records.append(_read_page(layout, part, index, picture, review_dir))
    except SheetError:
        raise
    except Exception as error:
        # Decoders fail in ways that no list can hold; one file made to break them must not cost the batch.
        for index in range(part.first + len(records), part.last):
            records.append(new_record(part, index, "bad_file", f"读不了：{type(error).__name__}"))
    return records


def _read_page(layout: Layout, part: Part, index: int, picture: Picture, review_dir: str | None) -> Record:
    reading = read_image(layout, picture)
    compare_places(reading.bubbles, layout.rankings)
    record = new_record(part, index, reading.problem, reading.detail)
    record.update(
        survey=reading.survey, version=reading.version, sheet=reading.sheet, page=reading.page, turned=reading.turned,
        bubbles=[list(vars(item).values()) for item in reading.bubbles],
    )  # fmt: skip
    if review_dir is not None:
        record["crops"] = review.write_crops(Path(review_dir), layout, reading, part.file, index)
    return record


_worker_layout: Layout | None = None


def _start_worker(layout: Mapping[str, Any]) -> None:
    global _worker_layout  # one layout a process, instead of one a task
    import cv2

    cv2.setNumThreads(1)
    _worker_layout = load_layout(layout)
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    """A worker whose parent was killed would otherwise wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


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
    wanted = images.SUFFIXES + images.OTHER_SUFFIXES
    for given in paths:
        path = Path(given)
        inside = [path]
        if path.is_dir():
            inside = sorted(item for item in path.rglob("*") if item.suffix.lower() in wanted)
        for item in inside:
            if item.is_dir() or item.resolve() in seen:
                continue
            seen.add(item.resolve())
            yield item
