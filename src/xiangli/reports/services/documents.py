"""Writes of reports: issuing a bulletin, replacing a template. Each takes ``by`` and records its event."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.timezone import localdate

from xiangli.audit.services import record
from xiangli.ledger.services import bring_up
from xiangli.places.models import Place
from xiangli.reports.documents import facts, word
from xiangli.reports.models import Bulletin, DocumentTemplate


@transaction.atomic
def issue_bulletin(*, by: Any, place: Place, month: date, now: datetime, client_uuid: UUID) -> Bulletin:
    """Number and keep the next issue of a place. The same draft issued twice, or by two people, is one issue.

    Numbers run without gaps within a year; the place's row is locked, so that two who press at once get two numbers.
    Raises UserError for a month that has not begun.
    """
    Place.objects.select_for_update(of=("self",)).get(pk=place.pk)
    issued = Bulletin.objects.within(place).filter(place=place, client_uuid=client_uuid).first()
    if issued:
        return issued
    bring_up(facts.county_of(place), localdate(now))  # an issue never prints yesterday's lights
    said, year = facts.bulletin(place, month, now), localdate(now).year
    last = Bulletin.objects.within(place).filter(place=place, year=year).order_by("-number").first()
    number = last.number + 1 if last else 1
    made = Bulletin.everywhere.create(
        county_id=place.county_id or place.pk, place=place, year=year, number=number, month=month.replace(day=1),
        issued_at=now, issued_by=by if getattr(by, "is_authenticated", False) else None, client_uuid=client_uuid,
        content=said | {"year": year, "issue": number},
    )  # fmt: skip
    record("reports.bulletin_issued", made, by=by, at=now, number=number)
    return made


@transaction.atomic
def replace_template(*, by: Any, county: Place, kind: str, content: bytes, now: datetime) -> DocumentTemplate:
    """Keep the county's own template. Raises UserError, and keeps the old one, where the new one does not render."""
    word.check(content, kind)
    kept, _ = DocumentTemplate.everywhere.update_or_create(
        county=county, kind=kind, defaults={"content": content, "uploaded_at": now, "uploaded_by": by}
    )
    record("reports.template_replaced", kept, by=by, at=now, place=county, kind=kind)
    return kept


@transaction.atomic
def drop_template(*, by: Any, county: Place, kind: str, now: datetime) -> bool:
    """Back to the template that comes with the product. False where it was in use anyway."""
    kept = DocumentTemplate.objects.within(county).filter(kind=kind).first()
    if kept is None:
        return False
    record("reports.template_dropped", kept, by=by, at=now, place=county, kind=kind)
    kept.delete()
    return True
