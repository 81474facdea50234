"""The form as ODK Collect and KoboCollect download it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from xiangli.core.errors import UserError
from xiangli.surveys.xlsform.names import OURS, TIMES
from xiangli.surveys.xlsform.rows import Book, book_of

ROOT = "data"
XFORMS = "http://www.w3.org/2002/xforms"


@dataclass(frozen=True, slots=True)
class XForm:
    """``xml``: the form; ``warnings``: what pyxform had to say about it, in its own words."""

    xml: str
    warnings: list[str] = field(default_factory=list)


def xform_of(definition: Mapping[str, Any], *, form_id: str, version: str, title: str) -> XForm:
    """The XForm of a questionnaire; ``form_id`` and ``version`` stand on the root of its instance.

    Names that XML refuses are replaced (see ``names``); ``read_submission`` puts them back. Raises UserError.
    """
    book = _source_of(definition) if definition.get("source") else _timed(book_of(definition, ours=False))
    given = {name: cell for name, cell in (book.get("settings") or [{}])[0].items() if not names_form(name)}
    settings = given | {"form_id": form_id, "version": version, "form_title": title}
    return convert({**book, "settings": [settings]})


def _timed(book: Book) -> Book:
    """With two rows that the phone fills in by itself: when the form was opened and when it was finished."""
    times = [{"type": kind, "name": OURS + kind} for kind in TIMES]
    return {**book, "survey": [*book["survey"], *times]}


def names_form(column: str) -> bool:
    plain = column.strip().lower().replace(" ", "_")
    return plain in ("form_id", "id_string", "set_form_id", "version", "form_title", "title", "set_form_title")


def _source_of(definition: Mapping[str, Any]) -> Book:
    """The rows as they were imported, with our notice before them and without our own columns."""
    source = source_book(definition)
    return {
        sheet: [{name: cell for name, cell in row.items() if not name.startswith(OURS)} for row in rows]
        for sheet, rows in source.items()
    }


def source_book(definition: Mapping[str, Any]) -> Book:
    """The rows as they were imported with our notice before them, under the workbook's own spelling of its columns."""
    source: Book = definition["source"]
    columns = [column for row in source["survey"] for column in row]
    spelling = {
        ours: next((column for column in columns if column.strip().lower() in theirs), ours)
        for ours, theirs in (
            ("type", {"type", "command"}),
            ("name", {"name", "tag", "value"}),
            ("label", {"label", "caption"}),
        )
    }
    words = book_of({**definition, "questions": []}, ours=False)["survey"]
    notes = [{spelling.get(column, column): cell for column, cell in row.items()} for row in words]
    return {**source, "survey": [*notes, *source["survey"]]}


def convert(book: Book) -> XForm:
    """pyxform over rows. Raises UserError with the reason it gives."""
    result, warnings = run_pyxform(book)
    return XForm(with_quotes(result.xform), warnings)


def run_pyxform(book: Book) -> tuple[Any, list[str]]:
    """pyxform's own result, and what it had to say. Raises UserError with the reason it gives."""
    from pyxform.errors import PyXFormError
    from pyxform.xls2xform import convert as pyxform_convert

    warnings: list[str] = []
    try:
        result = pyxform_convert(workbook(book), warnings=warnings, form_name=ROOT)
    except PyXFormError as error:
        raise not_usable(error) from error
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError) as error:
        raise not_usable(error) from error  # its own slips on odd workbooks
    _check_expressions(result.xform)
    return result, [with_quotes(warning) for warning in warnings]


def not_usable(error: Exception) -> UserError:
    """pyxform's refusal in a Chinese frame, its own reason kept word for word."""
    return UserError(f"这份问卷做不成 ODK 表单，pyxform 给出的原因：{with_quotes(str(error))}")


def _check_expressions(xml: str) -> None:
    """pyxform passes expressions on as they are; one that is no XPath would stop the form on the phone, not here."""
    from xml.etree import ElementTree

    from lxml import etree

    for bind in ElementTree.fromstring(xml).iter(f"{{{XFORMS}}}bind"):
        for what in ("calculate", "relevant", "constraint", "required", "readonly"):
            try:
                etree.XPath(bind.get(what) or "true()")
            except etree.XPathSyntaxError as error:
                name = bind.get("nodeset", "").rsplit("/", 1)[-1]
                raise UserError(f"题目“{name}”的 {what} 不是 XPath 表达式（{error}）：{bind.get(what)}") from error


def workbook(book: Book) -> dict[str, Any]:
    """Rows in the shape that pyxform takes in place of a file."""
    sheets: dict[str, Any] = {"sheet_names": list(book)}
    for name, rows in book.items():
        sheets[name] = [{column: _without_quotes(column, cell) for column, cell in row.items()} for row in rows]
        columns = dict.fromkeys(column for row in rows for column in row)
        sheets[f"{name}_header"] = [dict.fromkeys(sorted(columns, key=lambda column: ":" in column))]
    return sheets


# pyxform flattens “quotes” to "quotes" everywhere, which is right for expressions and wrong for what people read.
_QUOTES = {ord(quote): 0xE000 + at for at, quote in enumerate("‘’“”")}
_BACK = {stand_in: quote for quote, stand_in in _QUOTES.items()}
_TEXTS = ("label", "hint", "guidance_hint", "constraint_message", "required_message", "form_title", "title")


def _without_quotes(column: str, cell: str) -> str:
    words = column.split(":")[0].strip().lower().replace(" ", "_").removeprefix("jr:")
    return cell.translate(_QUOTES) if words in _TEXTS else cell


def with_quotes(text: str) -> str:
    return text.translate(_BACK)


def keep_quotes(found: Any) -> Any:
    """The same for everything inside what pyxform hands back."""
    if isinstance(found, dict):
        return {key: keep_quotes(value) for key, value in found.items()}
    if isinstance(found, list | tuple):
        return [keep_quotes(value) for value in found]
    return with_quotes(found) if isinstance(found, str) else found
