"""The form as ODK Collect and KoboCollect download it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from xiangli.core.errors import UserError
from xiangli.surveys.xlsform.rows import Book, book_of

ROOT = "data"


@dataclass(frozen=True, slots=True)
class XForm:
    """``xml``: the form; ``warnings``: what pyxform had to say about it, in its own words."""

    xml: str
    warnings: list[str] = field(default_factory=list)


def xform_of(definition: Mapping[str, Any], *, form_id: str, version: str, title: str) -> XForm:
    """The XForm of a questionnaire; ``form_id`` and ``version`` stand on the root of its instance.

    Names that XML refuses are replaced (see ``names``); ``read_submission`` puts them back. Raises UserError.
    """
    book = book_of(definition, ours=False)
    settings = dict(book["settings"][0]) | {"form_id": form_id, "version": version, "form_title": title}
    return convert({**book, "settings": [settings]})


def convert(book: Book) -> XForm:
    """pyxform over rows. Raises UserError with the reason it gives."""
    from pyxform.errors import PyXFormError
    from pyxform.xls2xform import convert as pyxform_convert

    warnings: list[str] = []
    try:
        result = pyxform_convert(workbook(book), warnings=warnings, form_name=ROOT)
    except PyXFormError as error:
        raise UserError(f"做不成 ODK 表单。原因（pyxform 的原话）：{_with_quotes(str(error))}") from error
    return XForm(_with_quotes(result.xform), [_with_quotes(warning) for warning in warnings])


def workbook(book: Book) -> dict[str, Any]:
    """Rows in the shape that pyxform takes in place of a file."""
    sheets: dict[str, Any] = {"sheet_names": list(book)}
    for name, rows in book.items():
        sheets[name] = [{column: _without_quotes(column, cell) for column, cell in row.items()} for row in rows]
        sheets[f"{name}_header"] = [dict.fromkeys(column for row in rows for column in row)]
    return sheets


# pyxform flattens “quotes” to "quotes" everywhere, which is right for expressions and wrong for what people read.
_QUOTES = {ord(quote): 0xE000 + at for at, quote in enumerate("‘’“”")}
_BACK = {stand_in: quote for quote, stand_in in _QUOTES.items()}
_TEXTS = ("label", "hint", "guidance_hint", "constraint_message", "required_message", "form_title", "title")


def _without_quotes(column: str, cell: str) -> str:
    words = column.split(":")[0].strip().lower().replace(" ", "_").removeprefix("jr:")
    return cell.translate(_QUOTES) if words in _TEXTS else cell


def _with_quotes(text: str) -> str:
    return text.translate(_BACK)
