"""A workbook from outside as rows: XLSX or XLS, without trusting it. Formulas are not evaluated, links not followed."""

import re
import warnings
import zipfile
from io import BytesIO

from xiangli.core.errors import UserError
from xiangli.core.files import BROKEN_ARCHIVE, FileKind, check_upload
from xiangli.surveys.xlsform.rows import Book
from xiangli.surveys.xlsform.xform import not_usable

BYTES_MAX = 5_000_000
UNPACKED_MAX = 40_000_000
SURVEY_ROWS_MAX, CHOICE_ROWS_MAX = 1_000, 10_000
SHEETS = ("survey", "choices", "settings", "external_choices", "entities", "osm")
ENTITY = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
FORMULA = re.compile(rb"<(?:\w+:)?f[ >]")


def read_book(data: bytes) -> tuple[Book, list[str]]:
    """The rows of the sheets that make an XLSForm, and what the person should know. Raises UserError."""
    from pyxform.errors import PyXFormError
    from pyxform.xls2json_backends import xls_to_dict, xlsx_to_dict

    kind = check_upload(data, {FileKind.XLSX, FileKind.XLS}, limit=BYTES_MAX)
    notes = _check_members(data) if kind == FileKind.XLSX else []
    try:
        with warnings.catch_warnings(action="ignore"):  # openpyxl's remarks on extensions that it drops
            sheets = (xlsx_to_dict if kind == FileKind.XLSX else xls_to_dict)(BytesIO(data))
    except PyXFormError as error:
        raise not_usable(error) from error
    except Exception as error:
        raise UserError("工作簿已损坏，或者不是 Excel 文件，打不开。请另存一份再试。") from error
    book = {name: sheets[name] for name in SHEETS if sheets.get(name)}
    if not book.get("survey"):
        found = "、".join(sheets.get("sheet_names", ()))
        raise UserError(f"这不是 XLSForm：没有名为 survey 的工作表，或者它是空的。现有的工作表：{found}。")
    for name, most in (
        ("survey", SURVEY_ROWS_MAX),
        ("choices", CHOICE_ROWS_MAX),
        ("external_choices", CHOICE_ROWS_MAX),
    ):
        if len(book.get(name, ())) > most:
            raise UserError(f"工作表 {name} 有 {len(book[name])} 行，最多 {most} 行。")
    return {name: [_strings(row) for row in rows] for name, rows in book.items()}, notes


def _strings(row: dict[str, object]) -> dict[str, str]:
    return {str(column): str(cell) for column, cell in row.items() if cell is not None}


def _check_members(data: bytes) -> list[str]:
    """Refuses what unpacks too large or declares entities; says where formulas were met."""
    notes = []
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            members = archive.infolist()
            if sum(member.file_size for member in members) > UNPACKED_MAX:  # counted for real by check_upload
                raise UserError(f"工作簿解压后超过 {UNPACKED_MAX / 1e6:.0f} MB，不像是一份问卷，已拒绝。")
            for member in members:
                if not member.filename.endswith((".xml", ".rels")):
                    continue
                content = archive.read(member).replace(b"\x00", b"")  # UTF-16 too
                if ENTITY.search(content):
                    raise UserError("工作簿里有 DTD 或实体定义，已拒绝。")
                if member.filename.startswith("xl/worksheets/") and FORMULA.search(content):
                    notes.append("工作簿里有公式：没有计算，只取了上次存下的值。")
            if any(member.filename.startswith("xl/externalLinks/") for member in members):
                notes.append("工作簿链接了别的文件：没有去取。")
    except BROKEN_ARCHIVE as error:
        raise UserError("工作簿已损坏，打不开。请另存一份再试。") from error
    return list(dict.fromkeys(notes))
