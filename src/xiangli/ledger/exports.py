"""The ledger as the spreadsheet that towns hand in: heading, official columns, one row an item."""

from collections.abc import Iterable
from datetime import date
from io import BytesIO
from typing import Any

from xiangli.ledger.lights import Thresholds, light
from xiangli.ledger.models import LedgerItem
from xiangli.ledger.sheets.base import key
from xiangli.places.choices import Level
from xiangli.places.models import Place

# heading, width in characters
COLUMNS = [
    ("序号", 6), ("村", 12), ("任务/问题", 28), ("具体举措", 36), ("责任单位", 16), ("唯一责任人", 14),
    ("包村干部", 14), ("资金（元）", 12),
    ("完成时限", 12), ("复核人", 14), ("整改前", 8), ("整改后", 8), ("进展", 12), ("亮灯", 8),
    ("到位资金（元）", 12), ("已用资金（元）", 12), ("资金说明", 16), ("标签", 12), ("延期原因", 16),
    ("事项编号", 10), ("行标识（请勿改动）", 10),
]  # fmt: skip
TOWN = ("乡镇", 12)  # stands before the village where there is more than one town
HEADER_ROW = 3  # the row of the column names, counted from 1: heading and date stand above it


def workbook(items: Iterable[LedgerItem], *, place: Place, today: date, limits: Thresholds) -> bytes:
    """An .xlsx file. Text stays text: a title that begins with "=" is not a formula.

    Edited and brought in again it changes only what was edited: see ``sheets.base`` for the hidden last column.
    """
    import xlsxwriter

    kept = BytesIO()
    book = xlsxwriter.Workbook(kept, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    styles = _styles(book)
    sheet = book.add_worksheet("台账")
    with_town = place.level not in (Level.TOWN, Level.VILLAGE)
    columns = [COLUMNS[0], TOWN, *COLUMNS[1:]] if with_town else COLUMNS
    last = len(columns) - 1
    sheet.merge_range(0, 0, 0, last, f"{place.name}乡里中心建设工作台账", styles["heading"])
    sheet.merge_range(1, 0, 1, last, f"截至 {today.year} 年 {today.month} 月 {today.day} 日", styles["date"])
    for column, (name, width) in enumerate(columns):
        sheet.write_string(HEADER_ROW - 1, column, name, styles["name"])
        sheet.set_column(column, column, width, None, {"hidden": column == last})
    row = HEADER_ROW
    for number, item in enumerate(items, start=1):
        for column, value in enumerate(_cells(number, item, limits, with_town)):
            _write(sheet, row, column, value, styles)
        row += 1
    sheet.freeze_panes(HEADER_ROW, 3)
    sheet.autofilter(HEADER_ROW - 1, 0, max(row - 1, HEADER_ROW), last)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(HEADER_ROW - 1)
    book.close()
    return kept.getvalue()


def _styles(book: Any) -> dict[str, Any]:
    cell = {"border": 1, "valign": "top", "text_wrap": True, "font_size": 11}
    return {
        "heading": book.add_format({"bold": True, "font_size": 18, "align": "center"}),
        "date": book.add_format({"align": "right"}),
        "name": book.add_format(
            {"bold": True, "border": 1, "align": "center", "bg_color": "#E3F1EA", "text_wrap": True}
        ),
        "text": book.add_format(cell),
        "money": book.add_format({**cell, "num_format": "#,##0.##", "text_wrap": False}),
        "day": book.add_format({**cell, "num_format": "yyyy-mm-dd", "text_wrap": False}),
    }


def _cells(number: int, item: LedgerItem, limits: Thresholds, with_town: bool) -> list[Any]:
    shown = light(item.state, item.deadline, item.added_on, limits)
    town = [item.place.parent.name if item.place.parent else ""] if with_town else []
    return [
        number, *town, item.place.name, item.title, item.measure, item.responsible_unit, item.who,
        item.who_looks_after, item.planned_fen / 100, item.deadline, str(item.closed_by or ""),
        _yes(item, "before"), _yes(item, "after"), item.get_state_display(), shown.label, item.granted_fen / 100,
        item.spent_fen / 100, item.money_note, " ".join(item.tag_list), "", item.pk, key(item),
    ]  # fmt: skip


def _yes(item: LedgerItem, kind: str) -> str:
    return "有" if getattr(item, kind, 0) else ""


def _write(sheet: Any, row: int, column: int, value: Any, styles: dict[str, Any]) -> None:
    if isinstance(value, date):
        sheet.write_datetime(row, column, value, styles["day"])
    elif isinstance(value, float):
        sheet.write_number(row, column, value, styles["money"])
    elif isinstance(value, int):
        sheet.write_number(row, column, value, styles["text"])
    else:
        sheet.write_string(row, column, value, styles["text"])
