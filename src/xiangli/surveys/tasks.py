"""Background work: reading piles of scanned sheets."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_tasks import task

from xiangli.surveys import services
from xiangli.surveys.models import ScanBatch
from xiangli.surveys.piles import Pile, read_pile
from xiangli.surveys.services.batches import LEASE, WORK
from xiangli.surveys.sheets import SheetError


@task()
def read_scans(batch_id: int) -> None:
    """Read one uploaded pile. Every file ends in an answer, in the review queue, or in the list of problems."""
    services.discard_scans(data=settings.DATA, at=timezone.now())
    rows = ScanBatch.everywhere.select_related("campaign__place", "place", "uploaded_by")
    batch = rows.filter(pk=batch_id).first()
    claim = services.start_batch(by=batch.uploaded_by, batch=batch, at=timezone.now()) if batch else ""
    if batch and claim:
        read_batch(batch, claim)


@task()
def take_up_scans() -> None:
    """Go on with what a killed worker left behind."""
    for batch in services.stalled_batches(timezone.now()):
        read_scans.enqueue(batch.pk)


def take_up_soon() -> None:
    """For whoever starts a worker: now, and once more when the lease of a reader killed just now has run out."""
    take_up_scans.enqueue()
    take_up_scans.using(run_after=timezone.now() + LEASE).enqueue()


def read_batch(batch: ScanBatch, claim: str) -> None:
    """The reading itself, of a pile that has been claimed; a claim that is lost meanwhile ends it without a word."""
    work = settings.DATA / (batch.archive + WORK)

    def beat(**progress: int) -> None:
        services.beat_batch(batch=batch, claim=claim, at=timezone.now(), **progress)

    try:
        pile = read_pile(batch, data=settings.DATA, work=work, beat=beat, scheduler=settings.DASK)
        _record(batch, claim, pile, timezone.now())
    except services.ClaimLost:
        state = ScanBatch.everywhere.values_list("state", flat=True).get(pk=batch.pk)
        if state == "stopped":
            services.remove_files(settings.DATA, batch.archive)
    except SheetError as error:
        _failed(batch, claim, str(error))
    except Exception as error:
        _failed(batch, claim, f"读取中断（{type(error).__name__}）；可以点“接着读”。")
        raise
    else:
        services.remove_files(settings.DATA, batch.archive + WORK)


@transaction.atomic
def _record(batch: ScanBatch, claim: str, pile: Pile, at: datetime) -> None:
    """Readings and the end of the batch in one transaction: all of it, or nothing and another reader does it."""
    by: Any = batch.uploaded_by
    problems, sheets = list(pile.problems), 0
    for reading in pile.readings:
        done = services.record_readings(
            by=by, campaign=reading.campaign, version=reading.version, place=batch.place, readings=reading.rows,
            batch=batch, crops=reading.crops, words=reading.words,
        )  # fmt: skip
        sheets += done.sealed + done.waiting
        problems += [{"file": file, "reason": reason} for file, reason in done.problems]
    services.finish_batch(by=by, batch=batch, claim=claim, sheets=sheets, problems=problems, at=at)


def _failed(batch: ScanBatch, claim: str, reason: str) -> None:
    problems = [{"file": "", "reason": reason}]
    try:
        services.finish_batch(
            by=batch.uploaded_by, batch=batch, claim=claim, sheets=0, problems=problems, at=timezone.now(), failed=True
        )
    except services.ClaimLost:
        return
