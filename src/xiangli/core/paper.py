"""Setting a page with typst: a template and plain data in, PDF out."""

import json
import tempfile
import unicodedata
from pathlib import Path
from typing import Any

from xiangli.core.errors import UserError
from xiangli.fonts import FONT_DIR, FONT_FAMILY, characters

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


def _is_ornament(character: str) -> bool:
    """Pictures, their skin tones, joiners and variation selectors; characters of format and control but the newline."""
    if character == "\n":
        return False
    return unicodedata.category(character) in ("So", "Sk", "Cf", "Cc") or "\ufe00" <= character <= "\ufe0f"


def set_pdf(template: Path, data: dict[str, Any]) -> bytes:
    """``template`` set with ``data`` (it reads data.json). A warning of typst, such as a missing font, is an error."""
    import typst

    with tempfile.TemporaryDirectory(prefix="xiangli-document-") as name:
        folder = Path(name)
        (folder / template.name).write_text(template.read_text(encoding="utf-8"), encoding="utf-8")
        told = json.dumps({**printable(data), "font": FONT_FAMILY}, ensure_ascii=False)
        (folder / "data.json").write_text(told, encoding="utf-8")
        pdf, warnings = typst.compile_with_warnings(
            str(folder / template.name), root=name, font_paths=[str(FONT_DIR)], ignore_system_fonts=True, format="pdf"
        )
    if warnings:
        raise UserError(f"没有排好：{warnings[0]}")
    return bytes(pdf)
