"""Background work: reading piles of scanned sheets."""

import csv
import shutil
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone
from django_tasks import task

from xiangli.surveys import services
from xiangli.surveys.models import PrintRun, ScanBatch

KEPT_DAYS = 180  # as the retention that ScanBatch declares for its archive


@task()
def read_scans(batch_id: int) -> None:
    """Read one uploaded pile. Every file ends in an answer, in the review queue, or in the list of problems."""
    discard_old(time.time())
    batch = ScanBatch.everywhere.select_related("campaign__place", "place", "uploaded_by").get(pk=batch_id)
    if services.start_batch(by=batch.uploaded_by, batch=batch):
        read_batch(batch)


def read_batch(batch: ScanBatch) -> None:
    """The reading itself, of a pile that has been claimed."""
    from xiangli.surveys.sheets import SheetError, read_files

    run = PrintRun.everywhere.filter(campaign=batch.campaign, version=batch.campaign.version).order_by("-pk").first()
    if run is None:
        _failed(batch, "这份问卷还没有印过，读不了扫描件")
        return
    with tempfile.TemporaryDirectory(prefix="xiangli-scans-") as folder:
        out, review = Path(folder) / "readings.csv", Path(folder) / "review"
        try:
            summary = read_files(run.layout, [settings.DATA / batch.archive], out=out, review_dir=review, jobs=1)
        except SheetError as error:
            _failed(batch, str(error))
            return
        recorded = services.record_readings(
            by=batch.uploaded_by, campaign=batch.campaign, place=batch.place, readings=_rows(out), batch=batch,
            crops=_crops(review),
        )  # fmt: skip
    problems = [_said(problem) for problem in summary.problems]
    problems += [{"file": Path(file).name, "reason": reason} for file, reason in recorded.problems]
    services.finish_batch(
        by=batch.uploaded_by,
        batch=batch,
        sheets=recorded.sealed + recorded.waiting,
        problems=problems,
        at=timezone.now(),
    )


def _failed(batch: ScanBatch, reason: str) -> None:
    problems = [{"file": "", "reason": reason}]
    services.finish_batch(
        by=batch.uploaded_by, batch=batch, sheets=0, problems=problems, at=timezone.now(), failed=True
    )


def _said(problem: Mapping[str, Any]) -> dict[str, str]:
    page = f"第 {problem['file_page']} 页：" if int(problem["file_page"]) > 1 else ""
    return {"file": Path(problem["file"]).name, "reason": f"{page}{problem['problem']} {problem['detail']}".strip()}


def _rows(path: Path) -> Iterable[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            yield {**row, "file": Path(row["file"]).name}


def _crops(folder: Path) -> dict[tuple[int, str, str], bytes]:
    """(sheet, question, option) -> PNG of every doubtful box."""
    index = folder / "review.csv"
    if not index.exists():
        return {}
    with index.open(encoding="utf-8-sig", newline="") as file:
        return {
            (int(row["sheet"]), row["question"], row["option"]): (folder / row["crop"]).read_bytes()
            for row in csv.DictReader(file)
            if row["kind"] == "bubble" and row["sheet"]
        }


def discard_old(now: float) -> None:
    """Remove scans that are past their retention."""
    root = settings.DATA / "scans"
    for folder in root.iterdir() if root.is_dir() else ():
        if folder.stat().st_mtime < now - KEPT_DAYS * 86400:
            shutil.rmtree(folder, ignore_errors=True)
