"""Tables for outside: CSV and Excel files in which no cell can become a formula."""

import csv
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from io import TextIOWrapper
from typing import IO, Any

_TRIGGERS = tuple("=+-@\t\r\n＝＋－＠")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_WIDEST = 60  # characters


def csv_safe(value: Any) -> str:
    """A cell that no spreadsheet takes for a formula: a text that begins like one gets an apostrophe before it."""
    text = "" if value is None else str(value)
    if text.startswith(_TRIGGERS) and not _NUMBER.fullmatch(text):
        return "'" + text
    return text


def write_csv(file: IO[bytes], header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Writes a CSV that Excel and WPS open rightly: UTF-8 with BOM, CRLF."""
    stream = TextIOWrapper(file, encoding="utf-8-sig", newline="")
    writer = csv.writer(stream)
    writer.writerow([csv_safe(cell) for cell in header])
    writer.writerows([csv_safe(cell) for cell in row] for row in rows)
    stream.flush()
    stream.detach()


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook. ``title``: a line over the header; ``widths`` in characters, else by content."""

    name: str
    header: Sequence[str]
    rows: Sequence[Sequence[Any]]
    title: str = ""
    widths: Sequence[float] = ()


def _width(text: str) -> int:
    """Columns a text takes, Chinese characters two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _sheet_name(name: str, taken: set[str]) -> str:
    """A name Excel accepts: at most 31 characters, none of []:*?/\\, not there yet."""
    base = re.sub(r"[\[\]:*?/\\]", "·", name).strip("'")[:31] or "表"
    candidate, number = base, 2
    while candidate.lower() in taken:
        candidate, number = f"{base[:27]} ({number})", number + 1
    taken.add(candidate.lower())
    return candidate


def write_xlsx(file: IO[bytes], sheets: Sequence[Sheet], *, created: datetime | None = None) -> None:
    """Writes a workbook: texts as texts (never formulas or links), numbers and dates as such, header frozen.

    ``created`` makes the file reproducible to the byte.
    """
    import xlsxwriter

    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    workbook = xlsxwriter.Workbook(file, options)
    if created:
        workbook.set_properties({"created": created})
    border = {"border": 1, "border_color": "#BBBBBB", "valign": "vcenter", "text_wrap": True}
    formats = {
        "title": workbook.add_format({"bold": True, "font_size": 14, "align": "center", "valign": "vcenter"}),
        "header": workbook.add_format({**border, "bold": True, "bg_color": "#EEF2EA", "align": "center"}),
        "text": workbook.add_format(border),
        "date": workbook.add_format({**border, "num_format": "yyyy-mm-dd"}),
        "datetime": workbook.add_format({**border, "num_format": "yyyy-mm-dd hh:mm"}),
        "time": workbook.add_format({**border, "num_format": "hh:mm"}),
    }
    taken: set[str] = set()
    for sheet in sheets:
        _write_sheet(workbook.add_worksheet(_sheet_name(sheet.name, taken)), sheet, formats)
    workbook.close()


def _write_sheet(page: Any, sheet: Sheet, formats: dict[str, Any]) -> None:
    top = 1 if sheet.title else 0
    last = max(len(sheet.header) - 1, 0)
    if sheet.title and last:
        page.merge_range(0, 0, 0, last, sheet.title, formats["title"])
    elif sheet.title:
        page.write_string(0, 0, sheet.title, formats["title"])
    for column, name in enumerate(sheet.header):
        page.write_string(top, column, str(name), formats["header"])
    for number, row in enumerate(sheet.rows, start=top + 1):
        for column, value in enumerate(row):
            _write_cell(page, number, column, value, formats)
    for column, width in enumerate(sheet.widths or _content_widths(sheet)):
        page.set_column(column, column, width)
    page.freeze_panes(top + 1, 0)
    page.repeat_rows(0, top)
    page.set_landscape()
    page.set_paper(9)  # A4
    page.fit_to_pages(1, 0)


def _write_cell(page: Any, row: int, column: int, value: Any, formats: dict[str, Any]) -> None:
    if value is None or value == "":
        page.write_blank(row, column, None, formats["text"])
    elif isinstance(value, bool):
        page.write_string(row, column, "是" if value else "否", formats["text"])
    elif isinstance(value, int | float | Decimal):
        page.write_number(row, column, value, formats["text"])
    elif isinstance(value, datetime):
        page.write_datetime(row, column, value.replace(tzinfo=None), formats["datetime"])
    elif isinstance(value, date):
        page.write_datetime(row, column, value, formats["date"])
    elif isinstance(value, time):
        page.write_datetime(row, column, value, formats["time"])
    else:
        page.write_string(row, column, str(value), formats["text"])


def _content_widths(sheet: Sheet) -> list[float]:
    """Wide enough for the header and for most of the first rows."""
    return [
        min(_WIDEST, 2 + max([_width(str(name)), *(_width(str(row[at])) for row in sheet.rows[:200] if at < len(row))]))
        for at, name in enumerate(sheet.header)
    ]
