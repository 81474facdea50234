"""Setting a page with typst: a template and plain data in, PDF out."""

import json
import tempfile
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from xiangli.core.errors import UserError
from xiangli.fonts import FONT_DIR, FONT_FAMILY, characters, missing_characters

MISSING = "〓"
"""Printed for a character that the font lacks, as printers always have: one rare sign must not stop a bulletin."""


def printable(value: Any) -> Any:
    """Nested data whose texts hold only what the font can print; control characters become spaces."""
    if isinstance(value, str):
        known = characters()
        plain = ("\n" if one == "\n" else " " if ord(one) < 32 else one for one in value)
        return "".join(one if one == "\n" or ord(one) in known else MISSING for one in plain)
    if isinstance(value, dict):
        return {key: printable(each) for key, each in value.items()}
    return [printable(each) for each in value] if isinstance(value, list) else value


def without_ornament(value: Any) -> Any:
    """Nested data without emoji and unseen characters that the font lacks: a poster is printed without them.

    A letter that is missing is left where it is: whoever sets a name has to say so.
    """
    if isinstance(value, str):
        known = characters()
        return "".join(one for one in value if ord(one) in known or not _is_ornament(one))
    if isinstance(value, dict):
        return {key: without_ornament(each) for key, each in value.items()}
    return [without_ornament(each) for each in value] if isinstance(value, list) else value


def check_printable(data: Any, what: str) -> None:
    """UserError with the characters that the font lacks: on a list of names, say, none may stand as MISSING.

    what: the paper's name, such as 点名单.
    """
    if missing := missing_characters("".join(_texts(data)).replace("\n", "")):
        raise UserError(f"字体里没有这些字，{what}印不出来：{missing}")


def _texts(data: Any) -> Iterator[str]:
    """Every piece of text in nested data."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict | list):
        for item in data.values() if isinstance(data, dict) else data:
            yield from _texts(item)


def _is_ornament(character: str) -> bool:
    """Pictures, their skin tones, joiners and variation selectors; characters of format and control but the newline."""
    if character == "\n":
        return False
    return unicodedata.category(character) in ("So", "Sk", "Cf", "Cc") or "\ufe00" <= character <= "\ufe0f"


def set_pdf(template: Path, data: Mapping[str, Any], files: Mapping[str, bytes] | None = None) -> bytes:
    """``template`` set with ``data`` (it reads data.json) and other ``files`` (content by name) that it reads.

    Raises UserError for whatever typst warns about, such as a missing font.
    """
    import typst

    told = json.dumps({**printable(dict(data)), "font": FONT_FAMILY}, ensure_ascii=False)
    read = {template.name: template.read_bytes(), "data.json": told.encode(), **(files or {})}
    with tempfile.TemporaryDirectory(prefix="xiangli-paper-") as folder:
        for name, content in read.items():
            Path(folder, name).write_bytes(content)
        pdf, warnings = typst.compile_with_warnings(
            str(Path(folder, template.name)), root=folder, font_paths=[str(FONT_DIR)], ignore_system_fonts=True,
            format="pdf",
        )  # fmt: skip
    if warnings:
        raise UserError(f"没有排好：{warnings[0]}")
    return bytes(pdf)
