"""Whole workbooks as they stand: every sheet, every line and the merged cells, for tables without a clean header.

Memory is bounded: the lines that hold anything are counted in the packed file first, and too many are refused before
the workbook is opened. Formulas are not evaluated and links are not followed; a cell with an error reads as empty.
"""

import re
import zipfile
from dataclasses import dataclass, field
from io import BytesIO

from xiangli.core.errors import UserError
from xiangli.core.files import FileKind, check_upload, decode_text
from xiangli.core.tables import MAX_CELLS, TABLES, Row, _column_number, _csv_rows, _text

Corner = tuple[int, int]  # row, column, counted from 0
_CHUNK = 1 << 20
_TOKEN = re.compile(rb'<(?:\w+:)?row[\s>]|<(?:\w+:)?(v|is)[\s>]|<(?:\w+:)?c\s[^>]{0,80}?r="([A-Z]{1,3})(\d{1,7})"')
_LONGEST_TOKEN = 120


@dataclass(frozen=True)
class Grid:
    """One sheet. ``rows``: all lines from the first on, blank ones too; ``merged``: ranges (top left, bottom right)."""

    name: str
    rows: list[Row]
    merged: list[tuple[Corner, Corner]] = field(default_factory=list)
    hidden: bool = False  # nobody who opened the file has seen it


def read_grids(data: bytes, *, most_rows: int, limit: int) -> list[Grid]:
    """The sheets of an XLSX, XLS or CSV file. UserError (Chinese) for one that is damaged or has too many lines."""
    kind = check_upload(data, TABLES, limit=limit)
    if kind == FileKind.CSV:
        text, _ = decode_text(data)
        rows = []
        for row in _csv_rows(text):
            rows.append(row)
            if len(rows) > most_rows:
                raise _too_many(most_rows)
        return [Grid("", rows)]
    if kind == FileKind.XLSX:
        _measure(data, most_rows)
    return _workbook(data, most_rows)


def _too_many(most: int) -> UserError:
    return UserError(f"表格超过了 {most} 行，请按村或按乡镇分成几份，分几次导入。什么都没有写入。")


def _measure(data: bytes, most_rows: int) -> None:
    """Refuse a workbook with too many filled lines, or with a cell so far out that the space before it fills memory."""
    filled = 0
    with zipfile.ZipFile(BytesIO(data)) as archive:
        for name in archive.namelist():
            if not name.startswith("xl/worksheets/") or not name.endswith(".xml"):
                continue
            last_row = last_column = 0
            counted = False
            with archive.open(name) as stream:
                rest = b""
                while chunk := stream.read(_CHUNK):
                    piece, end = rest + chunk, 0
                    for token in _TOKEN.finditer(piece):
                        end = token.end()
                        if token[2]:
                            last_row = max(last_row, int(token[3]))
                            last_column = max(last_column, _column_number(token[2]))
                        elif token[1] is None:
                            counted = False
                        elif not counted:
                            counted, filled = True, filled + 1
                    if filled > most_rows:
                        raise _too_many(most_rows)
                    rest = piece[max(end, len(piece) - _LONGEST_TOKEN) :]
            if last_row * last_column > MAX_CELLS:
                raise UserError(f"工作表的范围太大（{last_row} 行 × {last_column} 列），请删去多余的空白行列再试。")


def _workbook(data: bytes, most_rows: int) -> list[Grid]:
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_filelike(BytesIO(data))
        grids = []
        visible = python_calamine.SheetVisibleEnum.Visible
        hidden = {each.name for each in book.sheets_metadata if each.visible != visible}
        for name in book.sheet_names:
            sheet = book.get_sheet_by_name(name)
            if sheet.start is None:
                continue
            if sheet.total_height > most_rows * 20:
                raise _too_many(most_rows)
            values = sheet.to_python(skip_empty_area=False)
            rows = [Row(number, [_text(value) for value in line]) for number, line in enumerate(values, start=1)]
            grids.append(Grid(name, rows, list(sheet.merged_cell_ranges or []), name in hidden))
    except python_calamine.PasswordError as error:
        raise UserError("表格有密码保护，请先取消密码再上传。") from error
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise UserError("表格已损坏，或者不是 Excel 文件，打不开。请另存一份再试。") from error
    if not grids:
        raise UserError("表格是空的。")
    return grids
