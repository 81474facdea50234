"""Bringing in a ledger that a town already keeps in a spreadsheet: checked first, written only on a second press.

Columns are found by their names, heading rows above them are passed over, a village written once for a block of merged
cells counts for the rows below it. Each row that cannot be used is reported with its line. A row already there
(same village, task and measure) is not written again.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core import signing

from xiangli.core.errors import UserError
from xiangli.core.money import parse_fen
from xiangli.core.tables import read_table
from xiangli.ledger.services import add_from_sheet
from xiangli.places.models import Place

READ_AT_MOST = 8 * 1024 * 1024
MOST_ROWS = 3000
SALT = "ledger.import"
AN_HOUR = 3600

# field -> the names its column goes by
COLUMNS = {
    "village": ("村", "村名", "所在村", "行政村", "村（社区）"),
    "title": ("任务/问题", "任务", "问题", "任务或问题", "工作任务", "事项", "建设任务"),
    "measure": ("具体举措", "举措", "具体措施", "措施"),
    "responsible_unit": ("责任单位",),
    "planned_fen": ("资金（元）", "资金", "计划资金", "资金（万元）"),
    "deadline": ("完成时限", "时限", "完成时间", "截止日期"),
}
NEEDED = {"village": "村", "title": "任务/问题", "deadline": "完成时限"}
TEN_THOUSANDS = "（万元）"
FORMS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y-%m-%d %H:%M:%S")


@dataclass(frozen=True, slots=True)
class Checked:
    """``rows`` can be written; ``problems`` are (line, sentence); ``signed`` carries the rows to the second press."""

    lines: int
    rows: list[dict[str, Any]]
    problems: list[tuple[int, str]]
    signed: str


def check(content: bytes, *, villages: Iterable[Place]) -> Checked:
    """Read and check a spreadsheet without writing anything. Raises UserError for a file that is no such table."""
    table = read_table(content, header_has=[name for field in NEEDED for name in COLUMNS[field]])
    if len(table.rows) > MOST_ROWS:
        raise UserError(f"一次最多导入 {MOST_ROWS} 行，请分成几份。")
    columns = _columns(table.header)
    by_name = {name: place for place in villages for name in (place.name, place.label)}
    rows, problems, above = [], [], ""
    for line, cells in table:
        values = {field: cells[column].strip() for field, column in columns.items()}
        above = values["village"] = values["village"] or above
        row, wrong = _row(values, by_name, columns)
        problems += [(line, text) for text in wrong]
        if not wrong:
            rows.append({"line": line, **row})
    return Checked(len(table.rows), rows, problems, signing.dumps(rows, salt=SALT, compress=True))


def _columns(header: list[str]) -> dict[str, str]:
    found = {field: name for field, names in COLUMNS.items() for name in header if name.strip() in names}
    if missing := [name for field, name in NEEDED.items() if field not in found]:
        raise UserError(f"表头里没有这些列：{'、'.join(missing)}。")
    return found


def _row(
    values: dict[str, str], by_name: dict[str, Place], columns: dict[str, str]
) -> tuple[dict[str, Any], list[str]]:
    """One row as fields, and what is wrong with it."""
    wrong = []
    village = by_name.get(values["village"])
    if village is None:
        wrong.append(f"您负责的村里没有“{values['village']}”。" if values["village"] else "没有写村名。")
    if not values["title"]:
        wrong.append("没有写任务或问题。")
    deadline = _day(values["deadline"])
    if deadline is None:
        wrong.append(f"完成时限“{values['deadline']}”不是日期，应写成 2026-06-30。")
    try:
        money = values.get("planned_fen", "")
        unit = "万元" if money and TEN_THOUSANDS in columns["planned_fen"] else ""
        planned = parse_fen(money + unit) if money else 0
    except ValueError as error:
        wrong.append(str(error))
        planned = 0
    if planned < 0:
        wrong.append("资金不能是负数。")
    if wrong or village is None:
        return {}, wrong
    row = {
        "place": village.pk, "village": village.name, "title": values["title"][:120],
        "measure": values.get("measure", ""), "responsible_unit": values.get("responsible_unit", "")[:60],
        "planned_fen": planned, "deadline": str(deadline),
    }  # fmt: skip
    return row, []


def _day(text: str) -> date | None:
    for form in FORMS:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a calendar day has no time zone
        except ValueError:
            continue
    return None


def origin(row: dict[str, Any]) -> str:
    """What makes two rows the same item."""
    return "sheet:" + hashlib.sha256(f"{row['title']}\n{row['measure']}".encode()).hexdigest()[:32]


def write(*, by: Any, signed: str, villages: Iterable[Place], now: datetime, today: date) -> int:
    """Write the rows that were checked. Returns how many were new. Raises UserError when the check is too old."""
    try:
        rows = signing.loads(signed, salt=SALT, max_age=AN_HOUR)
    except signing.BadSignature as error:
        raise UserError("这次检查已经过期，请重新选择文件。") from error
    places = {place.pk: place for place in villages}
    ready = [
        {
            "place": places[row["place"]], "title": row["title"], "measure": row["measure"], "origin": origin(row),
            "responsible_unit": row["responsible_unit"], "planned_fen": row["planned_fen"],
            "deadline": date.fromisoformat(row["deadline"]),
        }
        for row in rows
        if row["place"] in places
    ]  # fmt: skip
    return add_from_sheet(by=by, rows=ready, now=now, today=today)
