"""A pile of scans on its way: taken in, claimed by one reader at a time, finished, cancelled, in the end discarded.

Reading takes minutes and a worker may be killed at any moment. So a reader holds a claim and shows signs of life;
whoever takes over a silent pile gets a new claim, and the old reader can no longer write. What was read is recorded in
one transaction with the end of the batch: there is no half of it.
"""

import secrets
import shutil
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet

from xiangli.audit.services import record
from xiangli.core.errors import UserError
from xiangli.places.models import Place
from xiangli.surveys.choices import BatchState
from xiangli.surveys.models import Campaign, ScanBatch
from xiangli.surveys.queries import PATIENCE

LEASE = PATIENCE  # a reader silent for so long is taken to be gone
WORK = "-work"  # beside the folder of scans: what a reader has got so far, so that the next one goes on from there
OPEN = (BatchState.WAITING, BatchState.RUNNING)


class ClaimLost(Exception):
    """The pile was cancelled, or another reader has taken it over: stop, and record nothing."""


@transaction.atomic
def accept_scans(
    *, by: Any, campaign: Campaign, place: Place, archive: str, files: int, digests: Mapping[str, str] | None = None
) -> ScanBatch:
    """A pile of files lies in ``archive`` (a folder below DATA) and waits to be read."""
    batch = ScanBatch.everywhere.create(
        county_id=campaign.county_id, campaign=campaign, place=place, archive=archive, files=files, uploaded_by=by,
        digests=dict(digests or {}),
    )  # fmt: skip
    record("surveys.scans_uploaded", batch, by=by, files=files)
    return batch


@transaction.atomic
def start_batch(*, by: Any, batch: ScanBatch, at: datetime) -> str:
    """Claim a pile for reading. The claim, or "" where another reader is at it or there is nothing to read."""
    silent = Q(state=BatchState.RUNNING) & (Q(beat_at=None) | Q(beat_at__lt=at - LEASE))
    free = Q(state__in=[BatchState.WAITING, BatchState.FAILED]) | silent
    claim = secrets.token_hex(16)
    rows = ScanBatch.everywhere.filter(free, pk=batch.pk)
    if not rows.update(state=BatchState.RUNNING, claim=claim, beat_at=at, finished_at=None, problems=[]):
        return ""
    record("surveys.scans_started", batch, by=by)
    return claim


def beat_batch(*, batch: ScanBatch, claim: str, at: datetime, **progress: int) -> None:
    """Show that the reader lives and how far it is (``pages``, ``pages_done``, ``files_done``, ``sheets``)."""
    held = ScanBatch.everywhere.filter(pk=batch.pk, state=BatchState.RUNNING, claim=claim)
    if not held.update(beat_at=at, **progress):
        raise ClaimLost


@transaction.atomic
def finish_batch(
    *, by: Any, batch: ScanBatch, claim: str, sheets: int, problems: list[dict[str, Any]], at: datetime,
    failed: bool = False,
) -> None:  # fmt: skip
    """Say what became of a pile, in the transaction in which its readings were recorded."""
    state = BatchState.FAILED if failed else BatchState.DONE
    held = ScanBatch.everywhere.filter(pk=batch.pk, state=BatchState.RUNNING, claim=claim)
    done = 0 if failed else F("files")
    if not held.update(
        state=state, sheets=sheets, problems=problems, finished_at=at, claim="", files_done=done, pages_done=F("pages")
    ):
        raise ClaimLost
    record("surveys.scans_read", batch, by=by, sheets=sheets, problems=len(problems))


@transaction.atomic
def cancel_batch(*, by: Any, batch: ScanBatch, at: datetime) -> None:
    """Call a pile off before it is counted; its scans are removed. What has been recorded is not taken back."""
    rows = ScanBatch.everywhere.filter(Q(state__in=OPEN) | Q(state=BatchState.FAILED), pk=batch.pk)
    if not rows.update(state=BatchState.STOPPED, claim="", archive="", finished_at=at, digests={}):
        raise UserError("这一批已经读完，不能再取消。")
    record("surveys.scans_cancelled", batch, by=by)


def stalled_batches(at: datetime) -> QuerySet[ScanBatch]:
    """Piles that nobody is reading although they should be read: waiting for long, or their reader fell silent."""
    silent = Q(state=BatchState.RUNNING) & (Q(beat_at=None) | Q(beat_at__lt=at - LEASE))
    return ScanBatch.everywhere.filter(silent | Q(state=BatchState.WAITING, created_at__lt=at - LEASE))


def remove_files(data: Path, archive: str) -> None:
    """Remove the scans of a pile and what was read from them so far."""
    for folder in (archive, archive + WORK):
        if archive:
            shutil.rmtree(data / folder, ignore_errors=True)


def discard_scans(*, data: Path, at: datetime) -> int:
    """Remove scans that are past their retention from the disk, and folders that no batch knows. How many folders.

    The purge blanks ``ScanBatch.archive``; the files themselves go here. A folder without a batch is left alone for a
    day: its upload may still be under way.
    """
    past = at - timedelta(days=ScanBatch.PERSONAL["archive"].days)
    ScanBatch.everywhere.filter(created_at__lt=past).exclude(archive="").update(archive="", digests={})
    root = data / "scans"
    known = set(ScanBatch.everywhere.exclude(archive="").values_list("archive", flat=True))
    removed = 0
    for folder in sorted(root.iterdir()) if root.is_dir() else ():
        young = folder.stat().st_mtime > (at - timedelta(days=1)).timestamp()
        if f"scans/{folder.name.removesuffix(WORK)}" in known or young:
            continue
        shutil.rmtree(folder, ignore_errors=True)
        removed += 1
    return removed
