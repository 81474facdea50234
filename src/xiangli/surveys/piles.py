"""Reading one pile of scans from its files to what can be recorded; pages of other surveys go to their own."""

import csv
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xiangli.surveys.channels import languages
from xiangli.surveys.models import Campaign, PrintRun, ScanBatch
from xiangli.surveys.queries import campaigns_for
from xiangli.surveys.sheets import SheetError, read_files
from xiangli.surveys.sheets.batch import Part, Record
from xiangli.surveys.sheets.reading import PROBLEMS
from xiangli.surveys.sheets.records import upside_down_in_words
from xiangli.surveys.workers import spread

BEAT_EVERY = 1.0  # seconds between two signs of life
NAMED = 10  # pages that are no more than remarked on
_OTHER = re.compile(r"(?P<survey>\S+) 第 (?P<version>\d+) 版 编号 (?P<sheet>\d+)(?: 语言 (?P<language>\S+))?")
_ELSEWHERE = (PROBLEMS["other_survey"], PROBLEMS["other_language"])
_NUMBERED = re.compile(r"^\d{4}-")

Beat = Callable[..., None]


@dataclass
class Reading:
    """What the pile says about the sheets of one version and language of a campaign: readings.csv's rows, crops of
    doubtful boxes and of written words."""

    campaign: Campaign
    version: int
    rows: list[dict[str, str]] = field(default_factory=list)
    crops: dict[tuple[int, str, str], bytes] = field(default_factory=dict)
    words: dict[tuple[int, str], bytes] = field(default_factory=dict)
    upside_down: list[dict[str, Any]] = field(default_factory=list)
    """Pages that lay so and were read all the same: rows as in the problems of a batch."""


@dataclass
class Pile:
    """All of it, and what went wrong with which file."""

    readings: list[Reading] = field(default_factory=list)
    problems: list[dict[str, str]] = field(default_factory=list)


def read_pile(batch: ScanBatch, *, data: Path, work: Path, beat: Beat, scheduler: str = "") -> Pile:
    """Read every file of a batch. ``beat(**progress)`` is called about once a second and may stop it by raising.

    Raises SheetError where nothing can be read at all; ``work`` then keeps what was read for the next try.
    """
    run = _newest_run(batch.campaign, batch.campaign.version) or _newest_run(batch.campaign)
    if run is None:
        raise SheetError("这份问卷还没有印过，读不了扫描件")
    pile, counter = Pile(), _Counter(batch, beat, scheduler)
    reading, problems = _read(batch.campaign, run, [data / batch.archive], work, counter)
    strange, theirs = _sorted_out(problems)
    for (survey, version, language), rows in theirs.items():
        other = _run_of(batch, survey, version, language)
        if other is None:
            strange += [{**row, "detail": _named(batch, survey, row["detail"])} for row in rows]
            continue
        files = sorted({Path(row["file"]) for row in rows})
        counter.quiet = True  # the figures are those of the whole pile
        more, again = _read(other.campaign, other, files, work / f"{survey}-{version}{language}", counter)
        strange += [row for row in again if row["problem"] == PROBLEMS["duplicate"]]
        pile.readings.append(more)
        pile.problems.append({"file": "", "reason": _sorted_in(run, other, more)})
    if reading.rows or not pile.readings:
        pile.readings.insert(0, reading)
    pile.problems += [_said(row) for row in strange]
    turned = [{**row, "file": _name_of(row)} for reading in pile.readings for row in reading.upside_down]
    if turned:
        pile.problems.append({"file": "", "reason": upside_down_in_words(turned, NAMED)})
    return pile


def _newest_run(campaign: Campaign, version: int | None = None, language: str | None = None) -> PrintRun | None:
    """The last print run of a version, or of any: its layout says where the boxes of that version stand.

    ``language``: the tag of that language's sheets, "" for those in the questionnaire's own.
    """
    runs = PrintRun.everywhere.filter(campaign=campaign).select_related("campaign").order_by("-pk")
    if version is not None:
        runs = runs.filter(version=version)
    if language is not None:
        runs = runs.filter(layout__language=language) if language else runs.filter(language="")
    return runs.first()


def _read(
    campaign: Campaign, run: PrintRun, files: Sequence[Path], work: Path, counter: "_Counter"
) -> tuple[Reading, list[dict[str, Any]]]:
    """Read files with one layout; a stack without a single sheet of it is no error here, but all problems."""
    out, review = work / "readings.csv", work / "review"
    counter.start()
    try:
        work.mkdir(parents=True, exist_ok=True)
        summary = read_files(
            run.layout, files, out=out, review_dir=review, run=counter.run, progress=counter.progress
        )  # fmt: skip
    except SheetError:
        if not counter.problems:
            raise
        return Reading(campaign, run.version), counter.problems
    reading = Reading(campaign, run.version, list(_rows(out)), *_crops(review), summary.upside_down)
    return reading, summary.problems


class _Counter:
    """Counts files, pages and sheets while they are read, and passes the figures on."""

    def __init__(self, batch: ScanBatch, beat: Beat, scheduler: str) -> None:
        self.beat, self.scheduler, self.files = beat, scheduler, batch.files
        self.before = batch.files_done, batch.sheets  # of a reader that was killed
        self.last = 0.0
        self.quiet = False

    def start(self) -> None:
        self.left: dict[str, int] = {}
        self.sheets: set[int] = set()
        self.problems: list[dict[str, Any]] = []

    def run(
        self, parts: Sequence[Part], layout: Mapping[str, Any], crops: str | None
    ) -> Iterator[tuple[Part, list[Record]]]:
        for part in parts:
            self.left[part.file] = self.left.get(part.file, 0) + 1
        for part, records in spread(parts, layout, crops, scheduler=self.scheduler):
            self.left[part.file] -= 1
            self.sheets |= {record["sheet"] for record in records if record["sheet"] is not None and record["bubbles"]}
            self.problems += [
                {"file": record["file"], "file_page": record["index"] + 1, "problem": PROBLEMS[record["problem"]],
                 "detail": record["detail"]}
                for record in records if record["problem"]
            ]  # fmt: skip
            yield part, records

    def progress(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self.last < BEAT_EVERY and done < total:
            return
        self.last = now
        if self.quiet:
            self.beat()
            return
        files, sheets = self.before
        files = min(self.files, files + sum(1 for left in self.left.values() if not left))
        self.beat(pages=total, pages_done=done, files_done=files, sheets=sheets + len(self.sheets))


def _sorted_out(
    problems: Iterable[dict[str, Any]],
) -> tuple[list[dict[str, Any]], dict[tuple[str, int, str], list[dict[str, Any]]]]:
    """Problems proper, and pages of other surveys or languages by (public id, version, tag of the language).

    Missing pages are judged when recorded.
    """
    strange: list[dict[str, Any]] = []
    theirs: dict[tuple[str, int, str], list[dict[str, Any]]] = {}
    for row in problems:
        match = _OTHER.match(row["detail"]) if row["problem"] in _ELSEWHERE else None
        if match:
            sheets = match["survey"], int(match["version"]), match["language"] or ""
            theirs.setdefault(sheets, []).append(row)
        elif row["problem"] != PROBLEMS["missing_page"]:
            strange.append(row)
    return strange, theirs


def _run_of(batch: ScanBatch, survey: str, version: int, language: str) -> PrintRun | None:
    """The print run of other pages in this pile: another version or language, or a survey its uploader works on."""
    if survey == batch.campaign.public_id:
        return _newest_run(batch.campaign, version, language)
    if batch.uploaded_by is None:
        return None
    campaign = campaigns_for(batch.uploaded_by).filter(public_id=survey).first()
    return _newest_run(campaign, version, language) if campaign else None


def _sorted_in(first: PrintRun, run: PrintRun, reading: Reading) -> str:
    """Where the pages of another language, version or survey went."""
    sheets = len({row["sheet"] for row in reading.rows if row["sheet"]})
    language = f"用“{run.language or languages(run.campaign.definition)[0]}”"
    if (run.campaign, run.version) == (first.campaign, first.version):
        return f"有 {sheets} 份是{language}印的，已按那种语言的版式读"
    if run.campaign == first.campaign:
        return f"有 {sheets} 份是第 {run.version} 版印的，已按那一版读"
    return f"有 {sheets} 份是“{run.campaign.title}”的，已记到那一份里"


def _named(batch: ScanBatch, survey: str, detail: str) -> str:
    if survey == batch.campaign.public_id:
        return f"是这份问卷的另一版，那一版没有印制记录；现在是第 {batch.campaign.version} 版。{detail}"
    return detail


def _said(problem: Mapping[str, Any]) -> dict[str, str]:
    """A problem for the page, by the name that the file had before it was stored under a number."""
    name, number = Path(problem["file"]).name, int(problem["file_page"])
    detail = problem["detail"].removeprefix(name).strip().removeprefix(f"第 {number} 页").strip().removeprefix("的")
    page = f"第 {number} 页：" if number > 1 else ""
    between = "：" if problem["problem"] == PROBLEMS["bad_file"] and detail else " "
    return {"file": _name_of(problem), "reason": f"{page}{problem['problem']}{between}{detail}".strip()}


def _name_of(problem: Mapping[str, Any]) -> str:
    """The name of a file before it was stored under a number."""
    return _NUMBERED.sub("", Path(problem["file"]).name)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            yield {**row, "file": Path(row["file"]).name}


def _crops(folder: Path) -> tuple[dict[tuple[int, str, str], bytes], dict[tuple[int, str], bytes]]:
    """PNG of every doubtful box by (sheet, question, option), and of every box written in by (sheet, question)."""
    doubts, words = {}, {}
    index = folder / "review.csv"
    if index.exists():
        with index.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                if row["kind"] == "bubble" and row["sheet"]:
                    doubts[int(row["sheet"]), row["question"], row["option"]] = (folder / row["crop"]).read_bytes()
                elif row["kind"] == "text" and row["sheet"]:
                    words[int(row["sheet"]), row["question"]] = (folder / row["crop"]).read_bytes()
    return doubts, words
