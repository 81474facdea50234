"""From scans to answers: what was read is kept, doubts wait for a person (``review.py``), then sheets are sealed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction

from xiangli.audit.services import record
from xiangli.places.models import Place
from xiangli.surveys.choices import Channel
from xiangli.surveys.models import (
    Campaign,
    DoubtfulMark,
    PrintRun,
    Response,
    ScanBatch,
    SheetReading,
    WrittenText,
)
from xiangli.surveys.queries import layouts_of, waiting_sheets
from xiangli.surveys.questionnaire import check_answers
from xiangli.surveys.sheets.places import as_printed, put_together
from xiangli.surveys.versions import carried_over

PAPER = UUID("0d9b6a0e-52a7-5d0b-8a3c-5a8c0a4c7b11")  # namespace of the ids of paper sheets

Crops = Mapping[tuple[int, str, str], bytes]
Words = Mapping[tuple[int, str], bytes]


@dataclass(slots=True)
class Recorded:
    """What a stack of readings came to. ``problems``: (what, reason), nothing is dropped without one."""

    sealed: int = 0
    waiting: int = 0
    doubts: int = 0
    problems: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Sheet:
    file: str = ""
    pages: set[int] = field(default_factory=set)
    marks: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    doubts: list[tuple[str, str, float]] = field(default_factory=list)


@transaction.atomic
def record_readings(
    *,
    by: Any,
    campaign: Campaign,
    place: Place,
    readings: Iterable[Mapping[str, Any]],
    version: int | None = None,
    crops: Crops | None = None,
    words: Words | None = None,
    batch: ScanBatch | None = None,
) -> Recorded:
    """Keep what the sheets engine read: rows with file, sheet, page, question, option, state and score (readings.csv).

    A sheet without doubt becomes a sealed answer at once; one with doubtful marks or a missing page waits for a person.
    The village is the one the sheet was printed for; ``place`` where no print run of the campaign is on record.
    ``version``: that of the sheets, where it is not today's.
    ``crops``: (sheet, question, option) -> PNG for the review page; ``words``: (sheet, question) -> PNG of a text box
    that somebody has written in, to be typed in by a person.
    """
    done = Recorded()
    version = version or campaign.version
    runs = list(PrintRun.objects.within(campaign.place).filter(campaign=campaign).select_related("place"))
    kept = {
        reading.sheet: reading
        for reading in SheetReading.objects.within(campaign.place)
        .filter(campaign=campaign, version=version)
        .select_related("campaign", "place")
    }
    ready, written = [], {}
    for number, sheet in sorted(_by_sheet(readings, done).items()):
        run = next((run for run in runs if run.first <= number <= run.last and run.version == version), None)
        if runs and run is None:
            done.problems.append((sheet.file, f"编号 {number} 不在这份问卷的印制记录里"))
            continue
        new = SheetReading(
            county_id=campaign.county_id, campaign=campaign, place=run.place if run else place, batch=batch,
            version=version, sheet=number, file=sheet.file[-200:],
        )  # fmt: skip
        reading = _keep(new, sheet, kept.get(number), done)
        if reading is None:
            continue
        _add_doubts(reading, sheet, crops or {}, done)
        written.update({key: reading for key in words or {} if key[0] == number})
        if _is_whole(reading, sheet, run, done):
            ready.append(reading)
        else:
            done.waiting += 1
    done.sealed = _seal(ready, by=by, problems=done.problems)
    texts = [
        WrittenText(county_id=reading.county_id, reading=reading, question=key[1], crop=(words or {})[key])
        for key, reading in written.items()
    ]
    WrittenText.everywhere.bulk_create(texts, ignore_conflicts=True)
    record("surveys.readings", campaign, by=by, place=place, sealed=done.sealed, waiting=done.waiting)
    return done


def _is_whole(reading: SheetReading, sheet: _Sheet, run: PrintRun | None, done: Recorded) -> bool:
    """Whether all of a sheet has been read and nobody need look at it; pages that are missing are named."""
    # A page with nothing to tick leaves no rows, so nobody can tell from them whether it was scanned.
    asked = {page["number"] for page in run.layout["pages"] if page["bubbles"]} if run else set()
    if missing := sorted(asked - set(reading.pages)):
        pages = "、".join(map(str, missing))
        done.problems.append((sheet.file, f"编号 {reading.sheet} 缺第 {pages} 页，等读到后再计入"))
    return not missing and not reading.doubts.filter(marked=None).exists()


def _by_sheet(readings: Iterable[Mapping[str, Any]], done: Recorded) -> dict[int, _Sheet]:
    sheets: dict[int, _Sheet] = defaultdict(_Sheet)
    unnumbered = set()
    for row in readings:
        if row["sheet"] in ("", None):
            unnumbered.add(str(row["file"]))
            continue
        sheet = sheets[int(row["sheet"])]
        sheet.file = str(row["file"])
        sheet.pages.add(int(row["page"] or 1))
        if row["state"] == "marked":
            sheet.marks[row["question"]].append(row["option"])
        elif row["state"] == "review":
            sheet.doubts.append((row["question"], row["option"], float(row["score"] or 0)))
    done.problems += [(file, "读不出问卷编号") for file in sorted(unnumbered)]
    return sheets


def _keep(new: SheetReading, sheet: _Sheet, before: SheetReading | None, done: Recorded) -> SheetReading | None:
    """The reading of one sheet: new, or pages added to one that still waits for them."""
    if before is None:
        new.pages, new.marks = sorted(sheet.pages), dict(sheet.marks)
        new.save()
        return new
    fresh = sheet.pages - set(before.pages)
    if before.response_id or not fresh:
        done.problems.append((sheet.file, f"编号 {new.sheet} 以前读过（{before.file}），没有重复计入"))
        return None
    before.pages = sorted(set(before.pages) | fresh)
    for question, options in sheet.marks.items():
        before.marks[question] = [*before.marks.get(question, []), *options]
    before.save(update_fields=["pages", "marks"])
    return before


def _add_doubts(reading: SheetReading, sheet: _Sheet, crops: Crops, done: Recorded) -> None:
    rows = [
        DoubtfulMark(
            county_id=reading.county_id, reading=reading, question=question, option=option, score=score,
            crop=crops.get((reading.sheet, question, option), b""),
        )
        for question, option, score in sheet.doubts
    ]  # fmt: skip
    DoubtfulMark.everywhere.bulk_create(rows, ignore_conflicts=True)
    done.doubts += len(rows)


def _seal(readings: list[SheetReading], *, by: Any, problems: list[tuple[str, str]]) -> int:
    """Make sealed answers of readings. Two marks on a single choice are no answer, nor is a blank sheet; both said."""
    responses = []
    older = {reading.campaign_id for reading in readings if reading.version != reading.campaign.version}
    layouts = layouts_of(older) if older else {}
    for reading in readings:
        marks, lost = _todays(reading, layouts)
        checked = check_answers(reading.campaign.definition, marks)
        problems += [
            (reading.file, f"编号 {reading.sheet} “{label}”{reason}，这一题不计")
            for label, reason in checked.problems
            if reason != "没有回答"
        ]
        before = f"编号 {reading.sheet} 是第 {reading.version} 版"
        problems += [
            (reading.file, f"{before}：“{label}”选了“{option}”，现在没有这一项，不计") for label, option in lost
        ]
        if not checked.answers:
            reading.set_aside = "答的都是旧版的题" if lost else "空白，没有作答"
            problems.append((reading.file, f"编号 {reading.sheet} {reading.set_aside}，不计入"))
            continue
        reading.response = Response(
            county_id=reading.county_id, campaign=reading.campaign, place=reading.place, channel=Channel.PAPER,
            version=reading.version, sheet=reading.sheet, answers=checked.answers,
            client_uuid=uuid5(PAPER, f"{reading.campaign.public_id}/{reading.version}/{reading.sheet}"),
            recorded_by=by if getattr(by, "is_authenticated", False) else None,
        )  # fmt: skip
        responses.append(reading.response)
    Response.everywhere.bulk_create(responses, batch_size=500)
    for reading in readings:
        reading.response = reading.response  # takes over the key that the database gave
    SheetReading.everywhere.bulk_update(readings, ["response", "set_aside"], batch_size=200)
    return len(responses)


def _todays(
    reading: SheetReading, layouts: Mapping[tuple[int, int], Mapping[str, Any]]
) -> tuple[dict[str, list[Any]], list[tuple[str, str]]]:
    """What is decided, in today's names, and what an earlier version asked that is asked no more."""
    marks = _decided(reading)
    printed = layouts.get((reading.campaign_id, reading.version))
    asked = reading.campaign.definition["questions"]
    lost: list[tuple[str, str]] = []
    if printed is not None and reading.version != reading.campaign.version:
        marks, lost = carried_over(printed, {"questions": as_printed(asked)}, marks)
    return put_together(asked, marks), lost


def _decided(reading: SheetReading) -> dict[str, list[str]]:
    """Plain marks and those that a person decided are meant."""
    marks: dict[str, list[str]] = {question: list(options) for question, options in reading.marks.items()}
    for doubt in reading.doubts.filter(marked=True):
        marks.setdefault(doubt.question, []).append(doubt.option)
    return marks


@transaction.atomic
def seal_reviewed(*, by: Any, campaign: Campaign, place: Place) -> Recorded:
    """Seal every waiting sheet of a place on which nothing is left to decide (a sheet that lacks a page as well)."""
    done = Recorded()
    list(
        waiting_sheets(campaign, place).order_by("pk").select_for_update(of=("self",)).values_list("pk")
    )  # no undo now
    waiting = waiting_sheets(campaign, place).select_related("campaign", "place")
    done.sealed = _seal(list(waiting.filter(open_doubts=False)), by=by, problems=done.problems)
    done.waiting = waiting.count()
    record("surveys.sealed", campaign, by=by, place=place, sealed=done.sealed)
    return done
