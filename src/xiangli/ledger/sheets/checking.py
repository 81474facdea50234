"""What a file would do to the ledger, before anything is done: new items, edits, conflicts, lines that cannot be used.

An edit is told from an old copy by the hashes of ``base``: only what was changed in the sheet since it was exported (or
imported) is taken; what was changed in the system meanwhile stays; what was changed on both sides is a conflict that
somebody decides.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Any

from xiangli.core.errors import UserError
from xiangli.core.grids import Grid, read_grids
from xiangli.core.money import yuan
from xiangli.ledger.choices import State
from xiangli.ledger.models import LedgerItem
from xiangli.ledger.sheets import base
from xiangli.ledger.sheets.columns import FIELDS, MONEY, NEEDED, Found, find_table
from xiangli.ledger.sheets.rows import Line, Villages, read_lines
from xiangli.ledger.sheets.values import state

MOST_BYTES = 20_000_000
MOST_ROWS = 20_000
SHEET, OURS = "sheet", "ours"


@dataclass(slots=True)
class Edit:
    """An item that a line would change. ``changes``: field -> (ours, the sheet's); ``conflicts`` the same."""

    line: Line
    item: LedgerItem
    changes: dict[str, tuple[str, str]] = field(default_factory=dict)
    conflicts: dict[str, tuple[str, str]] = field(default_factory=dict)
    progress: str = ""  # a sentence in the column 进展
    step: str = ""  # the state the sheet says it has reached

    @property
    def rows(self) -> list[tuple[str, str, str]]:
        return [
            (FIELDS[name][0], shown(name, ours), shown(name, theirs)) for name, (ours, theirs) in self.changes.items()
        ]

    @property
    def sides(self) -> list[tuple[str, str, str]]:
        return [
            (FIELDS[name][0], shown(name, ours), shown(name, theirs)) for name, (ours, theirs) in self.conflicts.items()
        ]


def shown(name: str, text: str) -> str:
    return f"{yuan(int(text))} 元" if name in MONEY and text else text


@dataclass(slots=True)
class Checked:
    """``new``: lines to add with their ``origin``; ``said``: what was assumed or passed over, by line."""

    tables: list[tuple[Grid, Found | None]] = field(default_factory=list)
    lines: int = 0
    new: list[tuple[Line, str]] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)
    same: int = 0
    wrong: list[tuple[Line, str]] = field(default_factory=list)
    said: list[tuple[Line, str]] = field(default_factory=list)

    @property
    def conflicts(self) -> list[Edit]:
        return [edit for edit in self.edits if edit.conflicts]

    @property
    def changed(self) -> list[Edit]:
        return [edit for edit in self.edits if edit.changes or edit.step or edit.progress]

    @property
    def digest(self) -> str:
        """Names the whole outcome: what is written must be what was looked at."""
        kept = sha256()
        for line, origin in self.new:
            kept.update(repr((line.where, origin, sorted(line.texts.items()))).encode())
        for edit in self.edits:
            kept.update(repr((edit.item.pk, edit.changes, edit.conflicts, edit.progress, edit.step)).encode())
        return kept.hexdigest()


def read(content: bytes) -> list[Grid]:
    return read_grids(content, most_rows=MOST_ROWS, limit=MOST_BYTES)


def tables(
    grids: Iterable[Grid], learnt: Mapping[str, str], answers: Mapping[str, Any]
) -> list[tuple[Grid, Found | None]]:
    """Each sheet with its table, after the user's corrections; None for a sheet without one or left out: a hidden one
    is, until the user says otherwise."""
    found: list[tuple[Grid, Found | None]] = []
    for grid in grids:
        answer = answers.get(grid.name, {})
        if answer.get("skip", grid.hidden):
            found.append((grid, None))
        else:
            found.append((grid, find_table(grid, learnt, answer.get("header"))))
    return found


def lines_of(read_tables: list[tuple[Grid, Found | None]], villages: Villages, today: date) -> list[Line]:
    """The lines of all sheets. UserError where no sheet has a table."""
    if not any(found for _, found in read_tables):
        raise UserError(
            "找不到表头：要有一行写着“任务”（或“问题”）和“完成时限”。表头的名称不一样，可以在下面告诉系统。"
        )
    lines: list[Line] = []
    for grid, found in read_tables:
        if found is None:
            continue
        missing = [FIELDS[name][0] for name in NEEDED if name not in found.by_field]
        if missing:
            raise UserError(f"{grid.name or '表格'}里还没有指明这些列：{'、'.join(missing)}。")
        lines += read_lines(grid, found, villages, today)
    return lines


def compare(
    lines: list[Line],
    *,
    items: Callable[[list[int], list[tuple[int, str]]], list[LedgerItem]],
    may_edit: Callable[[LedgerItem], bool],
) -> Checked:
    """Sort the lines into new, edited, unchanged and unusable. ``items(pks, [(place, origin)])`` reads those there are.

    ``may_edit`` says whether this user may change an item.
    """
    checked = Checked(lines=sum(not line.skipped for line in lines))
    keys = {id(line): base.read_key(line.key) for line in lines}
    origins = _origins([line for line in lines if not keys[id(line)]])
    known = items(
        [key.pk for key in keys.values() if key],
        [(line.place.pk, origins[id(line)]) for line in lines if line.place and id(line) in origins],
    )
    by_pk = {item.pk: item for item in known}
    by_origin = {(item.place_id, item.origin): item for item in known if item.origin}
    seen: dict[int, Line] = {}
    for line in lines:
        if line.skipped:
            checked.said.append((line, f"{line.skipped}，没有导入。"))
            continue
        key = keys[id(line)]
        if line.wrong:
            checked.wrong += [(line, text) for text in line.wrong]
            continue
        checked.said += [(line, text) for text in line.said]
        assert line.place
        origin = origins.get(id(line), "")
        item = by_pk.get(key.pk) if key else by_origin.get((line.place.pk, origin))
        if key and item is None:
            checked.wrong.append(
                (line, f"找不到事项 {key.pk}：不在您负责的村，或行标识被改过。新增的行请清空“行标识”。")
            )
        elif item is None:
            _new(checked, line, origin)
        elif item.pk in seen:
            checked.wrong.append((line, f"和{seen[item.pk].where}是同一个事项。新增的行请清空“行标识”。"))
        else:
            seen[item.pk] = line
            _edit(checked, line, item, key.base if key else base.split(item.sheet_base), may_edit(item))
    return checked


def _origins(lines: list[Line]) -> dict[int, str]:
    """Line -> what makes it the same item as in an earlier file: its village and its task; the second of two that say
    the same is the second then too."""
    times: Counter = Counter()
    found = {}
    for line in lines:
        if line.skipped or line.wrong or line.place is None:
            continue
        times[line.place.pk, line.texts["title"]] += 1
        number = times[line.place.pk, line.texts["title"]]
        text = line.texts["title"] + (f"\n{number}" if number > 1 else "")
        found[id(line)] = "sheet:" + sha256(text.encode()).hexdigest()[:32]
    return found


def _new(checked: Checked, line: Line, origin: str) -> None:
    spent, granted = (int(line.texts.get(name, 0)) for name in ("spent_fen", "granted_fen"))
    if spent > granted and not (line.texts.get("money_note") or line.fund):
        checked.wrong.append((line, "已用的钱超过到位的钱，请加一列“资金说明”写明原因。"))
        return
    if state(line.texts.get("state", "")) in (State.CLOSED, State.CLOSE_REQUESTED):
        checked.said.append((line, "表里写已完成：记为“已申请销号”，要由另一个人看过现场再销号。"))
    checked.new.append((line, origin))


def _edit(checked: Checked, line: Line, item: LedgerItem, known: dict[str, str], may: bool) -> None:
    if item.place_id != (line.place.pk if line.place else None):
        checked.wrong.append((line, f"这件事是{item.place.label}的，村不能在表格里改。"))
        return
    edit = Edit(line, item)
    ours = base.said(item)
    for name, theirs in line.texts.items():
        if name == "state":
            _progress(edit, theirs, ours[name], known.get(name, ""))
        elif theirs == ours[name] or known.get(name) == base.digest(theirs):
            continue  # the same, or only the system's side has changed since
        elif known.get(name) == base.digest(ours[name]):
            edit.changes[name] = (ours[name], theirs)
        else:
            edit.conflicts[name] = (ours[name], theirs)
    if not (edit.changes or edit.conflicts or edit.progress or edit.step):
        checked.same += 1
    elif item.is_closed:
        checked.wrong.append((line, "已经销号，不能再从表格里改；问题又出现了，请在事项页“重新办理”。"))
    elif not may:
        checked.wrong.append((line, "已经在台账里了，要改请乡镇来改。"))
    else:
        checked.edits.append(edit)


def _progress(edit: Edit, theirs: str, ours: str, known: str) -> None:
    if theirs in ("", ours) or known == base.digest(theirs):
        return
    reached = state(theirs)
    if reached is None:
        edit.progress = theirs
    elif reached.label != ours:
        edit.step = reached
