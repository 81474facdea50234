"""Writes to the ledger. Each is keyword-only, takes ``by`` and ``now`` or ``today``, and records its event."""

from datetime import date, datetime
from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile
from django.db import transaction

from xiangli.audit.services import record
from xiangli.core.errors import UserError
from xiangli.ledger.choices import STEPS, Action, Source
from xiangli.ledger.models import Evidence, Extension, LedgerItem, Programme
from xiangli.ledger.uploads import cleaned_upload
from xiangli.places.models import Place

EDITABLE = (
    "title", "measure", "service", "programme", "responsible_unit", "responsible", "liaison",
    "planned_fen", "granted_fen", "spent_fen", "money_note", "people", "volunteers",
)  # fmt: skip


@transaction.atomic
def add_programme(*, by: Any, place: Place, title: str, starts: date, **fields: Any) -> Programme:
    programme = Programme.everywhere.create(
        county_id=place.county_id or place.pk, place=place, title=title, starts=starts, **fields
    )
    record("ledger.programme_added", programme, by=by)
    return programme


@transaction.atomic
def add_item(*, by: Any, place: Place, title: str, deadline: date, now: datetime, source: str = Source.OTHER,
             today: date | None = None, **fields: Any) -> LedgerItem:  # fmt: skip
    """Add one item. ``fields`` are those of ``LedgerItem``; an ``origin`` already there raises IntegrityError."""
    item = LedgerItem.everywhere.create(
        county_id=place.county_id or place.pk, place=place, title=title, deadline=deadline, source=source, moved_at=now,
        added_on=today or now.date(), added_by=_person(by), **fields,
    )  # fmt: skip
    record("ledger.added", item, by=by, at=now, source=source, deadline=str(deadline))
    return item


@transaction.atomic
def add_from_sheet(*, by: Any, rows: list[dict[str, Any]], now: datetime, today: date) -> int:
    """Add the rows of a spreadsheet that are not there yet (by village and ``origin``). Returns how many were new."""
    places = {row["place"].pk for row in rows}
    kept = LedgerItem.everywhere.filter(place__in=places, source=Source.SHEET).values_list("place_id", "origin")
    known = set(kept)
    added = 0
    for row in rows:
        key = (row["place"].pk, row["origin"])
        if key not in known:
            known.add(key)
            add_item(by=by, now=now, today=today, source=Source.SHEET, **row)
            added += 1
    return added


def _person(by: Any) -> Any:
    return by if getattr(by, "is_authenticated", False) else None


def _move(
    item: LedgerItem, action: Action, *, by: Any, now: datetime, event: dict[str, Any], **fields: Any
) -> LedgerItem:
    """Take one step. The database decides: of two people who press at once, one is told that it has been done."""
    before, after = STEPS[action]
    changes = {"moved_at": now, **fields} | ({"state": after} if after else {})
    rows = LedgerItem.everywhere.filter(pk=item.pk, county_id=item.county_id, state__in=before)
    with transaction.atomic():
        if not rows.update(**changes):
            raise UserError(f"“{item.title}”刚刚有人动过，现在不能“{action.label}”。请刷新后再看。")
        item.refresh_from_db(fields=[*changes])
        record(f"ledger.{action.value}", item, by=by, at=now, **event)
    return item


def start(*, by: Any, item: LedgerItem, now: datetime) -> LedgerItem:
    return _move(item, Action.START, by=by, now=now, event={}, started_at=now)


def ask_close(*, by: Any, item: LedgerItem, now: datetime, note: str = "") -> LedgerItem:
    """The doer says it is done; somebody else will look and decide."""
    return _move(item, Action.ASK_CLOSE, by=by, now=now, event=_text(note), requested_at=now, requested_by=by)


def close(*, by: Any, item: LedgerItem, now: datetime, note: str = "") -> LedgerItem:
    """A second person closes the item. Raises UserError for the one who asked or who answers for the work."""
    item.refresh_from_db(fields=["requested_by", "responsible"])
    if by.pk in (item.requested_by_id, item.responsible_id):
        raise UserError("谁干的活谁不能自己销号：请另一个人到现场看过再销。")
    return _move(item, Action.CLOSE, by=by, now=now, event=_text(note), closed_at=now, closed_by=by)


def return_item(*, by: Any, item: LedgerItem, now: datetime, reason: str) -> LedgerItem:
    """Not good enough yet: back to the doer, with the reason."""
    event = {"text": _needed(reason, "请写明退回的原因。")}
    return _move(item, Action.RETURN, by=by, now=now, event=event, requested_at=None, requested_by=None)


def reopen(*, by: Any, item: LedgerItem, now: datetime, reason: str) -> LedgerItem:
    """The problem has come back. Who had closed it stays in the events."""
    event = {"text": _needed(reason, "请写明问题怎么又出现了。"), "closed_by": item.closed_by_id}
    nothing = dict.fromkeys(("requested_at", "requested_by", "closed_at", "closed_by"))
    return _move(item, Action.REOPEN, by=by, now=now, event=event, **nothing)


def note(
    *, by: Any, item: LedgerItem, now: datetime, text: str, spent_fen: int | None = None, money_note: str = ""
) -> LedgerItem:
    """Progress in words, and what has been spent so far where that has changed."""
    fields: dict[str, Any] = {} if spent_fen is None else {"spent_fen": spent_fen}
    if money_note:
        fields["money_note"] = money_note
    if spent_fen is not None and spent_fen > item.granted_fen and not (money_note or item.money_note):
        raise UserError("已用的钱超过到位的钱，请在“资金说明”里写明原因。")
    return _move(
        item, Action.NOTE, by=by, now=now, event=_text(_needed(text, "请写一句进展。")) | _amount(spent_fen), **fields
    )


@transaction.atomic
def extend(*, by: Any, item: LedgerItem, now: datetime, deadline: date, reason: str) -> LedgerItem:
    """Agree a later deadline. Raises UserError without a reason or for a day that is not later."""
    _needed(reason, "延期要写明原因。")
    item = LedgerItem.everywhere.select_for_update().get(pk=item.pk)
    if deadline <= item.deadline:
        raise UserError(f"新时限要晚于现在的时限 {item.deadline}。")
    Extension.everywhere.create(
        county_id=item.county_id, item=item, old=item.deadline, new=deadline, reason=reason, by=_person(by), at=now
    )
    event = {"from": str(item.deadline), "to": str(deadline), "text": reason}
    return _move(item, Action.EXTEND, by=by, now=now, event=event, deadline=deadline)


@transaction.atomic
def edit(*, by: Any, item: LedgerItem, now: datetime, **fields: Any) -> LedgerItem:
    """Change what the item says (not its state or deadline). The event keeps the names of the changed fields."""
    if unknown := set(fields) - set(EDITABLE):
        raise ValueError(f"not editable: {sorted(unknown)}")
    item = LedgerItem.everywhere.select_for_update().get(pk=item.pk)
    changed = sorted(name for name, value in fields.items() if getattr(item, name) != value)
    if not changed:
        return item
    for name in changed:
        setattr(item, name, fields[name])
    item.moved_at = now
    item.save(update_fields=[*changed, "moved_at"])
    record("ledger.edited", item, by=by, at=now, fields=changed)
    return item


@transaction.atomic
def add_evidence(*, by: Any, item: LedgerItem, now: datetime, kind: str, content: bytes) -> Evidence:
    """Keep a picture or paper. Raises UserError unless it is a picture or a PDF within the limits of ``uploads``."""
    suffix, content_type, content = cleaned_upload(content)
    evidence = Evidence(
        county_id=item.county_id, item=item, kind=kind, token=uuid4(), suffix=suffix, content_type=content_type,
        by=_person(by), at=now,
    )  # fmt: skip
    evidence.file.save("", ContentFile(content), save=False)
    evidence.save()
    record("ledger.evidence", item, by=by, at=now, kind=kind, evidence=evidence.pk)
    return evidence


def _needed(text: str, message: str) -> str:
    if not text.strip():
        raise UserError(message)
    return text.strip()


def _text(text: str) -> dict[str, Any]:
    return {"text": text.strip()} if text.strip() else {}


def _amount(fen: int | None) -> dict[str, Any]:
    return {} if fen is None else {"spent_fen": fen}
