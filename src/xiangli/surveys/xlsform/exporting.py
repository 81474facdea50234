"""A questionnaire as an XLSForm workbook that Excel, ODK and KoboToolbox open, and that comes back to us whole."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from xiangli.core.exports import Sheet, write_xlsx
from xiangli.surveys.xlsform.rows import Book, book_of
from xiangli.surveys.xlsform.xform import source_book

FIRST = {
    "survey": ("type", "name", "label"), "choices": ("list_name", "name", "label"),
    "settings": ("form_title", "form_id", "version"),
}  # fmt: skip


def export_book(definition: Mapping[str, Any], *, form_id: str, version: str) -> Book:
    """The rows of the workbook: as imported where more was imported than we know, else made from the questions."""
    book = source_book(definition) if definition.get("source") else book_of(definition, ours=True)
    settings = {**(book.get("settings") or [{}])[0], "form_title": definition["title"]}
    return {**book, "settings": [{**settings, "form_id": form_id, "version": version}]}


def export_workbook(definition: Mapping[str, Any], *, form_id: str, version: str) -> bytes:
    """The XLSX file. Texts are written as texts: nothing in it is a formula or a link."""
    file = BytesIO()
    book = export_book(definition, form_id=form_id, version=version)
    write_xlsx(file, [_sheet(name, rows) for name, rows in book.items()])
    return file.getvalue()


def _sheet(name: str, rows: Sequence[Mapping[str, str]]) -> Sheet:
    columns = sorted(dict.fromkeys(column for row in rows for column in row), key=lambda column: ":" in column)
    first = [column for column in FIRST.get(name, ()) if column in columns or not columns]
    header = [*first, *(column for column in columns if column not in first)]
    return Sheet(name, header, [[row.get(column, "") for column in header] for row in rows])
