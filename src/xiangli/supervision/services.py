"""Writes of supervision."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from xiangli.audit.services import record
from xiangli.core.errors import UserError
from xiangli.ledger.choices import Source
from xiangli.ledger.services import add_evidence, add_item
from xiangli.places.models import Place
from xiangli.supervision.models import BurdenReport, Finding, LiaisonVisit


@transaction.atomic
def record_visit(
    *,
    by: Any,
    place: Place,
    visited_on: date,
    client_uuid: UUID,
    now: datetime,
    seen: str = "",
    problem: str = "",
    measure: str = "",
    unit: str = "",
    deadline: date | None = None,
    photo: bytes = b"",
) -> LiaisonVisit:
    """Write down a visit; a problem found becomes a ledger item at once. The same form sent twice is one visit.

    Raises UserError for a visit in the future or a problem without a deadline.
    """
    if visited_on > now.date():
        raise UserError("走访日期不能在今天以后。")
    if problem.strip() and deadline is None:
        raise UserError("发现了问题，就要写完成时限。")
    visit, created = LiaisonVisit.everywhere.get_or_create(
        county_id=place.county_id or place.pk, client_uuid=client_uuid,
        defaults={"place": place, "visitor": by, "visited_on": visited_on, "seen": seen.strip()},
    )  # fmt: skip
    if not created:
        return visit
    record("supervision.visited", visit, by=by, at=now)
    if problem.strip() and deadline:
        item = add_item(
            by=by, place=place, title=problem.strip(), measure=measure.strip(), responsible_unit=unit.strip(),
            deadline=deadline, source=Source.FINDING, now=now, today=visited_on,
        )  # fmt: skip
        Finding.everywhere.create(county_id=place.county_id or place.pk, visit=visit, item=item)
        if photo:
            add_evidence(by=by, item=item, now=now, kind="before", content=photo)
    return visit


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
