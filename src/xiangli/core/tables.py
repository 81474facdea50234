"""Tables from outside: CSV in any encoding people here use, and Excel files, into rows of text with line numbers.

Formulas are not evaluated: what the program that wrote the file last showed is what is read.
"""

import csv
import re
import zipfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from io import BytesIO, StringIO
from itertools import chain
from pathlib import Path
from typing import Any

from xiangli.core.errors import UserError
from xiangli.core.files import MAX_UPLOAD, FileKind, check_upload, decode_text, read_file

MAX_ROWS = 200_000
MAX_COLUMNS = 2_000
MAX_CELLS = 10_000_000
TABLES = {FileKind.XLSX, FileKind.XLS, FileKind.CSV}
_DELIMITERS = ",\t;；，|"
_FORMULA = re.compile(rb"<(?:\w+:)?f[ />]")
_HIDDEN_ROW = re.compile(rb'<(?:\w+:)?row\s[^>]*?hidden="(?:1|true)"')
_CELL = re.compile(rb'<(?:\w+:)?c\s[^>]*?r="([A-Z]{1,3})(\d{1,7})"')


@dataclass(frozen=True)
class Row:
    """One row: the line of the file (or row of the sheet) it stands on, counted from 1, and its cells as text."""

    line: int
    cells: list[str]


@dataclass(frozen=True)
class Table:
    """A table with its header; blank rows are left out, every row has as many cells as the header."""

    header: list[str]
    rows: list[Row]
    kind: FileKind
    encoding: str = ""
    sheet: str = ""
    sheets: list[str] = field(default_factory=list)
    too_long: list[Row] = field(default_factory=list)  # rows with more cells than the header, not among ``rows``
    notes: list[str] = field(default_factory=list)  # what a person should know of the workbook, in plain Chinese

    def __iter__(self) -> Iterator[tuple[int, dict[str, str]]]:
        """(line, column -> cell) for each row."""
        for row in self.rows:
            yield row.line, dict(zip(self.header, row.cells, strict=True))

    def require(self, *columns: str) -> None:
        """UserError naming every column that is missing."""
        if missing := [column for column in columns if column not in self.header]:
            raise UserError(f"表格缺少列：{'、'.join(missing)}。现有的列：{'、'.join(self.header)}。")


def read_table(
    source: Path | bytes,
    *,
    sheet: str | None = None,
    limit: int = MAX_UPLOAD,
    header_has: Collection[str] = (),
    keep_long: bool = False,
) -> Table:
    """Reads a CSV, XLSX or XLS file, by content. ``sheet``: the sheet of a workbook, by default the first.

    ``header_has``: names of which the header has at least one; what stands above it (a heading, a date) is passed over.
    ``keep_long``: a row with more cells than the header does not refuse the table; it stands in ``too_long``.
    UserError (Chinese) where it is no table, damaged, too large, or has no or a doubtful header.
    """
    data = source if isinstance(source, bytes) else read_file(source, limit=limit)
    kind = check_upload(data, TABLES, limit=limit)
    if kind == FileKind.CSV:
        text, encoding = decode_text(data)
        table = _table(_csv_rows(text), kind, header_has, encoding=encoding)
    else:
        table = _read_workbook(data, kind, sheet, header_has)
    if table.too_long and not keep_long:
        row = table.too_long[0]
        raise UserError(f"第 {row.line} 行有 {len(row.cells)} 格，比表头的 {len(table.header)} 列多。")
    return table


def _delimiter(text: str) -> str:
    """The delimiter: the candidate that the first line with anything on it has most of, outside quotes."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    bare = re.sub(r'"[^"]*"', "", first)
    return max(_DELIMITERS, key=bare.count)


def _csv_rows(text: str) -> Iterator[Row]:
    reader = csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise UserError(f"第 {line} 行起的引号没有配对，或者一格太长，读不下去。") from error
        yield Row(line, [cell.strip() for cell in cells])
        line = reader.line_num + 1


def _text(value: Any) -> str:
    """A cell of a workbook as a person would type it."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        minutes, seconds = divmod(int(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02d}" + (f":{seconds:02d}" if seconds else "")
    return str(value).strip()


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _check_workbook(data: bytes) -> list[str]:
    """What a person should know of a workbook. Refuses one with a cell so far out that the reader would allocate the
    empty space before it."""
    notes = []
    with zipfile.ZipFile(BytesIO(data)) as archive:
        for name in archive.namelist():
            if name.startswith("xl/externalLinks/"):
                notes.append("工作簿链接了别的文件：没有去取，只取了上次存下的值。")
            if not name.startswith("xl/worksheets/"):
                continue
            content = archive.read(name)
            if _FORMULA.search(content):
                notes.append("工作簿里有公式：没有计算，只取了上次存下的值；没有存下值的格子算空。")
            if _HIDDEN_ROW.search(content):
                notes.append("工作簿里有隐藏的行：也一起读了。")
            cells = [(_column_number(column), int(row)) for column, row in set(_CELL.findall(content))]
            columns, rows = (max((cell[axis] for cell in cells), default=0) for axis in (0, 1))
            if columns * rows > MAX_CELLS:
                raise UserError(f"工作表的范围太大（{rows} 行 × {columns} 列），请删去多余的空白行列再试。")
    return list(dict.fromkeys(notes))


def _read_workbook(data: bytes, kind: FileKind, sheet: str | None, header_has: Collection[str]) -> Table:
    import python_calamine

    notes = _check_workbook(data) if kind == FileKind.XLSX else []
    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(BytesIO(data))
        names = list(workbook.sheet_names)
        if sheet is not None and sheet not in names:
            raise UserError(f"没有名为“{sheet}”的工作表；现有：{'、'.join(names)}。")
        if not names:
            raise UserError("表格里没有工作表。")
        chosen = sheet or names[0]
        found = workbook.get_sheet_by_name(chosen)
        rows = [
            Row(number, [_text(value) for value in values])
            for number, values in enumerate(found.to_python(skip_empty_area=False), start=1)
        ]
    except python_calamine.PasswordError as error:
        raise UserError("表格有密码保护，请先取消密码再上传。") from error
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise UserError("表格已损坏，或者不是 Excel 文件，打不开。请另存一份再试。") from error
    return _table(iter(rows), kind, header_has, sheet=chosen, sheets=names, notes=notes)


def _table(rows: Iterator[Row], kind: FileKind, header_has: Collection[str] = (), **about: Any) -> Table:
    """Takes the first row with anything in it (or one of ``header_has``) as the header and squares the others to it."""
    header, rows = _take_header((row for row in rows if any(row.cells)), header_has)
    kept: list[Row] = []
    too_long: list[Row] = []
    for row in rows:
        if any(row.cells[len(header.cells) :]):
            too_long.append(row)
            continue
        missing = len(header.cells) - len(row.cells)
        kept.append(Row(row.line, (row.cells + [""] * missing)[: len(header.cells)]))
        if len(kept) > MAX_ROWS:
            raise UserError(f"表格超过了 {MAX_ROWS} 行，请分成几份。")
    return Table(header.cells, kept, kind, too_long=too_long, **about)


def _take_header(rows: Iterator[Row], header_has: Collection[str]) -> tuple[Row, Iterator[Row]]:
    """The header and the rows below it. UserError where there is none."""
    for row in rows:
        if header_has and not set(header_has) & set(row.cells):
            continue
        below = next(rows, None)
        names = _over_two_rows(row.cells, below.cells) if below else None
        if names is not None:
            return _header(Row(row.line, names)), rows
        return _header(row), chain([below] if below else [], rows)
    if header_has:
        raise UserError(f"找不到表头：应有一行写着列名，例如“{'”“'.join(header_has)}”。")
    raise UserError("表格是空的。")


def _over_two_rows(upper: list[str], lower: list[str]) -> list[str] | None:
    """Names of a header whose merged cells have names of their own below them: 想要什么 over 食堂 is 想要什么/食堂.

    None where it is a plain header: each column under a merged cell must be named, and no other may be.
    """
    width = max((n for cells in (upper, lower) for n, cell in enumerate(cells, 1) if cell), default=0)
    upper, lower = ((cells + [""] * width)[:width] for cells in (upper, lower))
    merged = [not cell or not after for cell, after in zip(upper, [*upper[1:], "no more"], strict=True)]
    if not upper or not upper[0] or all(merged) or not any(merged):
        return None
    if any(bool(own) != under for own, under in zip(lower, merged, strict=True)):
        return None
    over: list[str] = []
    for cell in upper:
        over.append(cell or over[-1])
    return [f"{name}/{own}" if own else name for name, own in zip(over, lower, strict=True)]


def _header(row: Row) -> Row:
    cells = list(row.cells)
    while cells and not cells[-1]:
        cells.pop()
    if len(cells) > MAX_COLUMNS:
        raise UserError(f"表头超过了 {MAX_COLUMNS} 列。")
    if "" in cells:
        raise UserError(f"第 {row.line} 行是表头，但第 {cells.index('') + 1} 列没有名称。")
    if repeated := sorted({cell for cell in cells if cells.count(cell) > 1}):
        raise UserError(f"第 {row.line} 行是表头，列名重复：{'、'.join(repeated)}。")
    return Row(row.line, cells)
