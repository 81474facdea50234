"""Writes to the ledger. Each is keyword-only, takes ``by`` and ``now`` or ``today``, and records its event.

An event keeps what the changed fields were before (``before``), so that the last step can be taken back within the day
and a reader of the timeline sees what changed. No step stands before the one it follows: a clock set back does not
turn the order round.
"""

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError

from xiangli.audit.services import record
from xiangli.core.errors import UserError
from xiangli.ledger.choices import STEPS, Action, Source, State
from xiangli.ledger.models import Dependency, Extension, LedgerItem
from xiangli.ledger.services.figures import COUNTED, keeps_figures, touch
from xiangli.places.models import Place

EDITABLE = (
    "title", "measure", "service", "programme", "kind", "tags", "repeats", "responsible_unit", "responsible",
    "responsible_name", "liaison", "liaison_name", "planned_fen", "granted_fen", "spent_fen", "money_note", "people",
    "volunteers",
)  # fmt: skip


@keeps_figures
def add_item(*, by: Any, place: Place, title: str, deadline: date, now: datetime, source: str = Source.OTHER,
             today: date | None = None, **fields: Any) -> LedgerItem:  # fmt: skip
    """Add one item. ``fields`` are those of ``LedgerItem``; an ``origin`` already there raises IntegrityError."""
    item = LedgerItem.everywhere.create(
        county_id=place.county_id or place.pk, place=place, title=title, deadline=deadline, source=source, moved_at=now,
        added_on=today or now.date(), added_by=_person(by), **fields,
    )  # fmt: skip
    record("ledger.added", item, by=by, at=now, source=source, deadline=str(deadline))
    touch([place.pk], now)
    return item


def add_item_once(*, by: Any, place: Place, origin: str, now: datetime, **fields: Any) -> LedgerItem:
    """As ``add_item``; where the village has an item of this ``origin`` already, that one: a form sent twice."""
    try:
        return add_item(by=by, place=place, origin=origin, now=now, **fields)
    except IntegrityError:
        there = LedgerItem.everywhere.filter(county_id=place.county_id, place=place, origin=origin).first()
        if there is None:
            raise
        return there


def _person(by: Any) -> Any:
    return by if getattr(by, "is_authenticated", False) else None


def plain(item: LedgerItem, names: Any) -> dict[str, Any]:
    """The values of some fields as an event can keep them; ``restored`` reads them back."""
    found = {}
    for name in names:
        field: Any = LedgerItem._meta.get_field(name)
        value = getattr(item, field.attname)
        found[name] = value.isoformat() if isinstance(value, date | datetime) else value
    return found


def restored(kept: dict[str, Any]) -> dict[str, Any]:
    """Attribute name -> value of what ``plain`` kept."""
    fields: dict[str, Any] = {name: LedgerItem._meta.get_field(name) for name in kept}
    return {field.attname: field.to_python(kept[name]) for name, field in fields.items()}


def locked(item: LedgerItem) -> LedgerItem:
    """The item as it is now, held until the end of the transaction.

    Without its key: a row that points to it, such as "needs", can still be added by somebody else, who would otherwise
    wait for us while we wait for them.
    """
    return LedgerItem.everywhere.select_for_update(of=("self",), no_key=True).select_related("place").get(pk=item.pk)


def change(item: LedgerItem, *, by: Any, now: datetime, verb: str, event: dict[str, Any], **fields: Any) -> datetime:
    """Write fields of a locked item and its event. Returns the time it stands for: never before the last change.

    A word of progress leaves every figure as it was: nothing is counted and nobody waits for the town's row.
    """
    at = max(now, item.moved_at)
    event = {**event, "before": plain(item, fields)} if fields else event
    for name, value in fields.items():
        setattr(item, name, value)
    item.moved_at, item.version = at, item.version + 1
    item.save(update_fields=[*fields, "moved_at", "version"])
    record(verb, item, by=by, at=at, **event)
    if not COUNTED.isdisjoint(fields):
        touch([item.place_id], now)
    return at


@keeps_figures
def _move(
    item: LedgerItem, action: Action, *, by: Any, now: datetime, event: dict[str, Any], stamps: Any = (),
    row: LedgerItem | None = None, **fields: Any,
) -> LedgerItem:  # fmt: skip
    """Take one step. Of two people who press at once, one is told that it has been done.

    ``stamps`` are fields that get the time of the step; ``row`` is the item where it is locked already.
    """
    before, after = STEPS[action]
    row = row or locked(item)
    if row.state not in before:
        raise UserError(f"“{item.title}”刚刚有人动过，现在不能“{action.label}”。请刷新后再看。")
    fields |= dict.fromkeys(stamps, max(now, row.moved_at))
    fields |= {"state": after} if after else {}
    change(row, by=by, now=now, verb=f"ledger.{action.value}", event=event, **fields)
    for name in ("version", "moved_at", *fields):
        setattr(item, name, getattr(row, name))
    return item


@keeps_figures
def start(*, by: Any, item: LedgerItem, now: datetime) -> LedgerItem:
    """Begin. Raises UserError while something that has to come first is not closed."""
    first = Dependency.everywhere.filter(item=item).exclude(needs__state=State.CLOSED).select_related("needs")
    if waiting := [row.needs.title for row in first]:
        raise UserError(f"要先做完：{'、'.join(waiting)}。都销号了再开始；先后排错了，请乡镇改。")
    return _move(item, Action.START, by=by, now=now, event={}, stamps=["started_at"])


def ask_close(*, by: Any, item: LedgerItem, now: datetime, note: str = "") -> LedgerItem:
    """The doer says it is done; somebody else will look and decide."""
    return _move(item, Action.ASK_CLOSE, by=by, now=now, event=_text(note), stamps=["requested_at"], requested_by=by)


@keeps_figures
def close(*, by: Any, item: LedgerItem, now: datetime, note: str = "") -> LedgerItem:
    """A second person closes the item. Raises UserError for the one who asked or who answers for the work.

    An item that repeats is followed by its next one.
    """
    row = locked(item)
    if by.pk in (row.requested_by_id, row.responsible_id) or (row.responsible_name and str(by) == row.responsible_name):
        raise UserError("谁干的活谁不能自己销号：请另一个人到现场看过再销。")
    _move(item, Action.CLOSE, by=by, now=now, event=_text(note), stamps=["closed_at"], row=row, closed_by=by)
    if row.repeats:
        from xiangli.ledger.services.repeating import add_next

        add_next(by=by, item=row, now=now)
    return item


def return_item(*, by: Any, item: LedgerItem, now: datetime, reason: str) -> LedgerItem:
    """Not good enough yet: back to the doer, with the reason."""
    event = {"text": _needed(reason, "请写明退回的原因。")}
    return _move(item, Action.RETURN, by=by, now=now, event=event, requested_at=None, requested_by=None)


def reopen(*, by: Any, item: LedgerItem, now: datetime, reason: str) -> LedgerItem:
    """The problem has come back. Who had closed it stays in the events."""
    event = {"text": _needed(reason, "请写明问题怎么又出现了。"), "closed_by": item.closed_by_id}
    nothing = dict.fromkeys(("requested_at", "requested_by", "closed_at", "closed_by"))
    return _move(item, Action.REOPEN, by=by, now=now, event=event, **nothing)


@keeps_figures
def note(
    *, by: Any, item: LedgerItem, now: datetime, text: str, spent_fen: int | None = None, money_note: str = ""
) -> LedgerItem:
    """Progress in words, and what has been spent so far where that has changed."""
    row = locked(item)
    fields: dict[str, Any] = {} if spent_fen is None else {"spent_fen": spent_fen}
    if money_note:
        fields["money_note"] = money_note
    _check_money(row, fields)
    event = _text(_needed(text, "请写一句进展。")) | _amount(spent_fen)
    return _move(item, Action.NOTE, by=by, now=now, event=event, row=row, **fields)


def _check_money(row: LedgerItem, fields: dict[str, Any]) -> None:
    """UserError for more spent than granted without a word why, or a sum that is kept by source."""
    sums = {name: fields.get(name, getattr(row, name)) for name in ("planned_fen", "granted_fen", "spent_fen")}
    if sums["spent_fen"] > sums["granted_fen"] and not fields.get("money_note", row.money_note):
        raise UserError("已用的钱超过到位的钱，请在“资金说明”里写明原因。")
    if any(sums[name] != getattr(row, name) for name in sums) and row.money.exists():
        raise UserError("这件事的钱按来源记，请在“资金来源”里改。")


@keeps_figures
def extend(*, by: Any, item: LedgerItem, now: datetime, deadline: date, reason: str) -> LedgerItem:
    """Agree a later deadline. Raises UserError without a reason or for a day that is not later."""
    reason = _needed(reason, "延期要写明原因。")
    row = locked(item)
    if deadline <= row.deadline:
        raise UserError(f"新时限要晚于现在的时限 {row.deadline}。")
    kept = Extension.everywhere.create(
        county_id=row.county_id, item=row, old=row.deadline, new=deadline, reason=reason, by=_person(by),
        at=max(now, row.moved_at),
    )  # fmt: skip
    event = {"from": str(row.deadline), "to": str(deadline), "text": reason, "extension": kept.pk}
    return _move(row, Action.EXTEND, by=by, now=now, event=event, row=row, deadline=deadline)


@keeps_figures
def edit(*, by: Any, item: LedgerItem, now: datetime, **fields: Any) -> LedgerItem:
    """Change what the item says (not its state or deadline). The event keeps the changed fields as they were."""
    if unknown := set(fields) - set(EDITABLE):
        raise ValueError(f"not editable: {sorted(unknown)}")
    row = locked(item)
    changed = {name: value for name, value in fields.items() if getattr(row, name) != value}
    if changed:
        _check_money(row, changed)
        change(row, by=by, now=now, verb="ledger.edited", event={"fields": sorted(changed)}, **changed)
    return row


def _needed(text: str, message: str) -> str:
    if not text.strip():
        raise UserError(message)
    return text.strip()


def _text(text: str) -> dict[str, Any]:
    return {"text": text.strip()} if text.strip() else {}


def _amount(fen: int | None) -> dict[str, Any]:
    return {} if fen is None else {"spent_fen": fen}
