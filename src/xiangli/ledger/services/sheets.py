"""Writing what a checked spreadsheet says: in one transaction, under lock, and only what was looked at."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.timezone import localdate

from xiangli.accounts.models import User
from xiangli.audit.services import record, record_many
from xiangli.core.errors import UserError
from xiangli.ledger.choices import AT_WORK, Source, State
from xiangli.ledger.models import Extension, ItemMoney, LedgerItem, SheetHeading, SheetImport
from xiangli.ledger.services.figures import keeps_figures, touch
from xiangli.ledger.services.items import plain
from xiangli.ledger.sheets import base, values
from xiangli.ledger.sheets.checking import SHEET, Checked, Edit
from xiangli.ledger.sheets.columns import MONEY, normal
from xiangli.ledger.sheets.rows import Line
from xiangli.places.models import Place

REPORTED = 1000  # sentences kept of one import
BATCH = 500
PEOPLE = {"responsible": "responsible_name", "liaison": "liaison_name"}


class Changed(UserError):
    """Somebody changed the ledger between looking and writing."""


class People:
    """Colleagues by the names a table writes; a name that two of them bear, or none, stays a name."""

    def __init__(self, users: Iterable[User]) -> None:
        self._by_name: dict[str, list[User]] = {}
        for user in users:
            self._by_name.setdefault(str(user), []).append(user)

    def fields(self, role: str, name: str) -> dict[str, Any]:
        found = self._by_name.get(name, [])
        user = found[0] if len(found) == 1 else None
        return {role: user, PEOPLE[role]: "" if user else name}


@dataclass(slots=True)
class _Batch:
    """What is to be written, collected line by line."""

    by: Any
    now: datetime
    today: date
    people: People
    reason: str
    report: list[str] = field(default_factory=list)
    extensions: list[Extension] = field(default_factory=list)
    events: list[tuple[str, LedgerItem, dict[str, Any]]] = field(default_factory=list)
    money: list[ItemMoney] = field(default_factory=list)


@transaction.atomic
def keep_sheet(*, by: Any, place: Place, name: str, content: bytes, now: datetime) -> SheetImport:
    """Keep a file while it is looked at."""
    run = SheetImport.everywhere.create(
        county_id=place.county_id or place.pk, place=place, by=by, name=name[-120:], content=content, created_at=now
    )
    record("ledger.sheet_uploaded", run, by=by, at=now)
    return run


@transaction.atomic
def answer_columns(*, by: Any, run: SheetImport, answers: dict[str, Any], learnt: dict[str, str]) -> SheetImport:
    """Keep the user's corrections for this file, and the names of the columns for the next one."""
    run.answers = answers
    run.save(update_fields=["answers"])
    for heading, name in learnt.items():
        SheetHeading.everywhere.update_or_create(
            county_id=run.county_id, place=run.place, heading=normal(heading)[:80], defaults={"field": name}
        )
    record("ledger.sheet_answered", run, by=by)
    return run


@keeps_figures
def write_sheet(
    *, by: Any, run: SheetImport, checked: Checked, shown: str, choices: dict[int, str], reason: str, people: People,
    now: datetime,
) -> dict[str, Any]:  # fmt: skip
    """Write a file. ``checked`` was read under lock in this transaction; ``shown`` is the digest of what the user saw.

    ``choices``: item -> "sheet" where a conflict is decided for the sheet. Raises ``Changed`` where the two differ,
    UserError where somebody wrote it already. Returns the report.
    """
    run = SheetImport.everywhere.select_for_update(no_key=True).get(pk=run.pk)
    if run.written_at:
        raise UserError("这个文件已经写入过了。要再导一次，请重新选择文件。")
    if checked.digest != shown:
        raise Changed("刚刚有人改过台账，检查的结果变了。请再看一遍，然后写入。")
    batch = _Batch(by, now, localdate(now), people, reason.strip())
    added = _add(batch, checked.new)
    changed = [edit for edit in checked.edits if _apply(batch, edit, choices.get(edit.item.pk) == SHEET)]
    _write_items([edit.item for edit in changed])
    Extension.everywhere.bulk_create(batch.extensions, batch_size=BATCH)
    ItemMoney.everywhere.bulk_create(batch.money, batch_size=BATCH)
    for verb in dict.fromkeys(verb for verb, _, _ in batch.events):
        mine = [(item, data) for each, item, data in batch.events if each == verb]
        record_many(verb, [item for item, _ in mine], by=by, at=now, data=[data for _, data in mine])
    touch({item.place_id for item in added} | {edit.item.place_id for edit in changed}, now)
    run.content, run.written_at = b"", now
    run.report = {
        "added": len(added), "changed": len(changed), "same": checked.same, "refused": len(checked.wrong),
        "texts": [f"{line.where}：{text}" for line, text in checked.wrong][:REPORTED] + batch.report[:REPORTED],
    }  # fmt: skip
    run.save(update_fields=["content", "written_at", "report"])
    record(
        "ledger.sheet_written", run, by=by, at=now, added=len(added), changed=len(changed), same=checked.same,
        refused=len(checked.wrong),
    )  # fmt: skip
    return run.report


def _add(batch: _Batch, new: list[tuple[Line, str]]) -> list[LedgerItem]:
    items = [_item(batch, line, origin) for line, origin in new]
    try:
        with transaction.atomic():
            LedgerItem.everywhere.bulk_create(items, batch_size=BATCH)
    except IntegrityError as error:
        raise Changed("刚刚有人也导入了同样的事项。请再检查一遍。") from error
    for item, (line, _) in zip(items, new, strict=True):
        data = {"source": Source.SHEET.value, "deadline": str(item.deadline)}
        batch.events.append(("ledger.added", item, data))
        text = line.texts.get("state", "")
        for words in filter(None, ("" if values.state(text) else text, line.note)):
            batch.events.append(("ledger.note", item, {"text": words}))
        if (fund := values.fund(line.fund)) and item.planned_fen:
            batch.money.append(
                ItemMoney(
                    county_id=item.county_id, item=item, fund=fund, planned_fen=item.planned_fen,
                    granted_fen=item.granted_fen, spent_fen=item.spent_fen,
                )
            )  # fmt: skip
    return items


def _item(batch: _Batch, line: Line, origin: str) -> LedgerItem:
    assert line.place
    assert line.place.county_id
    texts, now = line.texts, batch.now
    item = LedgerItem(
        county_id=line.place.county_id, place=line.place, title=texts["title"], measure=texts.get("measure", ""),
        source=Source.SHEET, origin=origin, responsible_unit=texts.get("responsible_unit", ""),
        tags=texts.get("tags", ""), money_note=(texts.get("money_note") or line.fund)[:200],
        deadline=date.fromisoformat(texts["deadline"]), added_on=min(line.added_on or batch.today, batch.today),
        added_by=batch.by, moved_at=now, **{name: int(texts.get(name, 0)) for name in MONEY},
    )  # fmt: skip
    for role in PEOPLE:
        for name, value in batch.people.fields(role, texts.get(role, "")).items():
            setattr(item, name, value)
    reached = values.state(texts.get("state", ""))
    if reached in (State.CLOSED, State.CLOSE_REQUESTED):
        item.state, item.started_at, item.requested_at, item.requested_by = State.CLOSE_REQUESTED, now, now, batch.by
    elif reached in AT_WORK or (texts.get("state") and reached is None):
        item.state, item.started_at = State.IN_PROGRESS, now
    item.sheet_base = base.hashes(base.said(item) | texts)
    return item


def _apply(batch: _Batch, edit: Edit, sheets_side: bool) -> bool:
    """Change the item in memory as the line says. False where nothing is left to write."""
    item, texts = edit.item, {name: theirs for name, (_, theirs) in edit.changes.items()}
    if sheets_side:
        texts |= {name: theirs for name, (_, theirs) in edit.conflicts.items()}
    fields = _fields(batch, edit, texts)
    count = len(batch.events)
    if "deadline" in fields:
        _extend(batch, edit, fields.pop("deadline"))
    if fields:
        batch.events.append(("ledger.edited", item, {"fields": sorted(texts), "before": plain(item, fields)}))
        for name, value in fields.items():
            setattr(item, name, value)
    if edit.step:
        _step(batch, edit)
    if edit.progress:
        batch.events.append(("ledger.note", item, {"text": edit.progress}))
    if edit.conflicts and not sheets_side:
        kept = {name: theirs for name, (_, theirs) in edit.conflicts.items()}
        batch.events.append(("ledger.sheet_not_taken", item, {"texts": kept}))
    if len(batch.events) == count:
        return False
    item.moved_at, item.version = max(batch.now, item.moved_at), item.version + 1
    if not edit.line.key:
        known = base.split(item.sheet_base) if item.sheet_base else {}
        texts = {name: base.digest(text) for name, text in edit.line.texts.items()}
        merged = {name: base.digest(text) for name, text in base.said(item).items()} | known | texts
        item.sheet_base = "".join(merged[name] for name in base.COMPARED)
    return True


def _fields(batch: _Batch, edit: Edit, texts: dict[str, str]) -> dict[str, Any]:
    """Model fields of the compared texts. What cannot be is left out and said."""
    fields: dict[str, Any] = {}
    for name, text in texts.items():
        if name in PEOPLE:
            fields |= batch.people.fields(name, text)
        elif name in MONEY:
            fields[name] = int(text)
        else:
            fields[name] = date.fromisoformat(text) if name == "deadline" else text
    item = edit.item
    sums = {name: fields.get(name, getattr(item, name)) for name in MONEY}
    if sums["spent_fen"] > sums["granted_fen"] and not fields.get("money_note", item.money_note):
        batch.report.append(f"{edit.line.where}：已用的钱超过到位的钱，又没有资金说明，资金没有改。")
        fields = {name: value for name, value in fields.items() if name not in MONEY}
    elif set(fields) & set(MONEY) and ItemMoney.everywhere.filter(item=item).exists():
        batch.report.append(f"{edit.line.where}：这件事的钱按来源记，请在事项页改；资金没有改。")
        fields = {name: value for name, value in fields.items() if name not in MONEY}
    return fields


def _extend(batch: _Batch, edit: Edit, deadline: date) -> None:
    item, reason = edit.item, edit.line.reason or batch.reason
    if deadline <= item.deadline:
        batch.report.append(f"{edit.line.where}：时限只能往后延（现在是 {item.deadline}），没有改。")
    elif not reason:
        batch.report.append(f"{edit.line.where}：时限改到 {deadline}，但没有写延期原因，没有改。")
    else:
        batch.extensions.append(
            Extension(
                county_id=item.county_id, item=item, old=item.deadline, new=deadline, reason=reason[:200], by=batch.by,
                at=batch.now,
            )
        )  # fmt: skip
        data = {"from": str(item.deadline), "to": str(deadline), "text": reason, "before": plain(item, ["deadline"])}
        batch.events.append(("ledger.extend", item, data))
        item.deadline = deadline


def _step(batch: _Batch, edit: Edit) -> None:
    """Start, or ask for close-out: the only steps a spreadsheet can take."""
    item, reached = edit.item, edit.step
    asks = reached in (State.CLOSED, State.CLOSE_REQUESTED)
    if item.state == State.NOT_STARTED and (asks or reached == State.IN_PROGRESS):
        waits = item.needs.exclude(needs__state=State.CLOSED).exists()
        if waits:
            batch.report.append(f"{edit.line.where}：还有要先做完的事，没有开始。")
            return
        data = {"before": plain(item, ["state", "started_at"])}
        item.state, item.started_at = State.IN_PROGRESS, max(batch.now, item.moved_at)
        batch.events.append(("ledger.start", item, data))
    if asks and item.state in AT_WORK:
        data = {"before": plain(item, ["state", "requested_at", "requested_by"])}
        item.state, item.requested_at, item.requested_by = State.CLOSE_REQUESTED, batch.now, batch.by
        batch.events.append(("ledger.ask-close", item, data))
        if reached == State.CLOSED:
            batch.report.append(f"{edit.line.where}：已申请销号，要由另一个人看过现场再销。")
    elif item.state != reached:
        batch.report.append(
            f"{edit.line.where}：从“{item.get_state_display()}”到“{State(reached).label}”要在事项页办，没有改。"
        )


WRITTEN = (
    "title", "measure", "responsible_unit", "responsible", "responsible_name", "liaison", "liaison_name", "planned_fen",
    "granted_fen", "spent_fen", "money_note", "deadline", "state", "started_at", "requested_at", "requested_by", "tags",
    "moved_at", "version", "sheet_base",
)  # fmt: skip


def _write_items(items: list[LedgerItem]) -> None:
    """One prepared statement for all rows: ``bulk_update`` builds a CASE for each field of each row."""
    if not items:
        return
    fields: list[Any] = [LedgerItem._meta.get_field(name) for name in WRITTEN]
    quote = connection.ops.quote_name
    columns = ", ".join(f"{quote(field.column)} = %s" for field in fields)
    rows = [
        [*(field.get_db_prep_save(getattr(item, field.attname), connection) for field in fields), item.pk]
        for item in sorted(items, key=lambda item: item.pk)
    ]
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {quote(LedgerItem._meta.db_table)} SET {columns} WHERE id = %s", rows)
