"""What a person decides about paper: is this box meant, and what do these words say. The first decision stands."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from xiangli.audit.services import record
from xiangli.core.errors import UserError
from xiangli.core.redaction import redact
from xiangli.surveys.models import Campaign, DoubtfulMark, SheetReading, WrittenText
from xiangli.surveys.queries import open_doubts
from xiangli.surveys.questionnaire import TEXT_MAX

HELD = timedelta(minutes=3)  # crops handed to one person are kept from the others for so long


@transaction.atomic
def hold_marks(
    *, by: Any, campaign: Campaign, places: Any, at: datetime, most: int, without: Sequence[int] = ()
) -> list[DoubtfulMark]:
    """Hand the next open marks to one person, so that two who review at once do not look at the same crops."""
    free = Q(held_until=None) | Q(held_until__lt=at) | Q(held_by=by)
    queue = open_doubts(campaign, campaign.place).filter(free, reading__place__in=places).exclude(pk__in=without)
    marks = list(queue.select_for_update(of=("self",), skip_locked=True)[:most])
    DoubtfulMark.everywhere.filter(pk__in=[mark.pk for mark in marks]).update(held_by=by, held_until=at + HELD)
    return marks


@transaction.atomic
def decide_mark(*, by: Any, mark: DoubtfulMark, marked: bool, at: datetime) -> bool:
    """A person has looked at the crop: this box is meant, or it is not. False when the same was said before.

    Raises UserError where the sheet is sealed, or where somebody has decided otherwise before.
    """
    reading = SheetReading.everywhere.select_for_update().get(pk=mark.reading_id)
    fresh = DoubtfulMark.everywhere.filter(pk=mark.pk, marked=None)
    if reading.response_id is None and fresh.update(marked=marked, decided_by=by, decided_at=at, held_until=None):
        mark.marked, mark.decided_by, mark.decided_at = marked, by, at
        record("surveys.mark_decided", reading, by=by, question=mark.question, option=mark.option, marked=marked)
        return True
    now = DoubtfulMark.everywhere.select_related("decided_by").get(pk=mark.pk)
    if now.marked == marked and now.decided_by_id == getattr(by, "pk", None):
        return False
    if now.marked is None or now.decided_by_id == getattr(by, "pk", None):
        raise UserError("这份问卷已经计入，不能再改；要改请作更正。" if reading.response_id else "这一处已经判过。")
    verdict = "算选中" if now.marked else "不算"
    raise UserError(f"编号 {reading.sheet} 的这一处，{now.decided_by or '别人'}先判了“{verdict}”，以先判的为准。")


@transaction.atomic
def undo_mark(*, by: Any, campaign: Campaign, mark: int | None = None) -> DoubtfulMark | None:
    """Take back a decision of this person in a campaign (the last, or the one named), unless its sheet is sealed."""
    rows = DoubtfulMark.objects.within(campaign.place).filter(
        reading__campaign=campaign, reading__response=None, decided_by=by, marked__isnull=False
    )
    found = (rows if mark is None else rows.filter(pk=mark)).order_by("-decided_at", "-pk").first()
    if found is None:
        return None
    reading = SheetReading.everywhere.select_for_update().get(pk=found.reading_id)
    if reading.response_id:
        return None
    found.marked = found.decided_by = found.decided_at = None
    found.save(update_fields=["marked", "decided_by", "decided_at"])
    record("surveys.mark_undone", reading, by=by, question=found.question, option=found.option)
    return found


@transaction.atomic
def type_words(*, by: Any, words: WrittenText, text: str, at: datetime) -> str:
    """Keep what a person read on a crop, without identity-card numbers; empty text says that it cannot be read.

    Returns what was kept. Raises UserError where somebody else has typed it before.
    """
    kept = redact(text.strip())[0][:TEXT_MAX]
    rows = WrittenText.everywhere.filter(pk=words.pk, typed_at=None)
    if not rows.update(text=kept, unreadable=not kept, typed_by=by, typed_at=at):
        now = WrittenText.everywhere.get(pk=words.pk)
        if now.text == kept and now.typed_by_id == getattr(by, "pk", None):
            return kept
        raise UserError(f"编号 {words.reading.sheet} 的这一格，别人先录过了，以先录的为准。")
    record("surveys.words_typed", words.reading, by=by, question=words.question, unreadable=not kept)
    return kept
