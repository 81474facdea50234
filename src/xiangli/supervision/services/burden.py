"""What staff find a burden, and the answer."""

from datetime import datetime
from typing import Any

from django.db import transaction

from xiangli.audit.services import record
from xiangli.core.errors import UserError
from xiangli.places.models import Place
from xiangli.supervision.models import BurdenReport


@transaction.atomic
def say_burden(*, place: Place, page: str, text: str, now: datetime) -> BurdenReport:
    """Keep what somebody finds a burden: the page and the words, not who said it; so there is no ``by`` either."""
    report = BurdenReport.everywhere.create(
        county_id=place.county_id or place.pk, place=place, page=page, text=text, said_at=now
    )
    record("supervision.burden_said", report, by=None, at=now)
    return report


@transaction.atomic
def answer_burden(*, by: Any, report: BurdenReport, answer: str, now: datetime) -> BurdenReport:
    """Say what was changed. Raises UserError for an empty answer."""
    if not answer.strip():
        raise UserError("请写一句怎么改的。")
    report.answer, report.answered_at = answer.strip(), now
    report.save(update_fields=["answer", "answered_at"])
    record("supervision.burden_answered", report, by=by, at=now)
    return report
