"""Setting the poster for the door with typst. Knows no Django: words in, PDF out."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from xiangli.core.errors import UserError
from xiangli.core.paper import without_ornament

TEMPLATE = Path(__file__).with_name("poster.typ")
PAPERS = ("a4", "a3")
SHRINKS = (1.0, 0.88, 0.76, 0.64)  # tried in turn until all fits on one page


def door_poster(data: dict[str, Any], paper: str = "a4") -> bytes:
    """The poster with the hours as PDF, one page. Raises UserError where it cannot be set."""
    return one_page(TEMPLATE, data, paper)


def one_page(template: Path, data: dict[str, Any], paper: str, *, most: int = 1) -> bytes:
    """A typst template with its data as PDF, letters as large as fit on one page; ``data["url"]`` is the QR code.

    Where even the smallest do not fit, it may take up to ``most`` pages. UserError where those are not enough.
    """
    import segno
    from pypdfium2 import PdfDocument

    from xiangli.fonts import missing_characters

    if paper not in PAPERS:
        raise UserError(f"纸张只有 {'、'.join(PAPERS).upper()}")
    data = without_ornament(data)
    if missing := missing_characters("".join(_texts(data))):
        raise UserError(f"字体里没有这些字，海报印不出来：{missing}")
    with tempfile.TemporaryDirectory(prefix="xiangli-poster-") as folder:
        segno.make(data["url"], error="m").save(str(Path(folder) / "qr.svg"), border=0, scale=10)
        fewest, chosen = most + 1, b""
        for shrink in SHRINKS:
            pdf = _set(Path(folder), template, {**data, "paper": paper, "shrink": shrink})
            pages = len(PdfDocument(pdf))
            if pages < fewest:
                fewest, chosen = pages, pdf
            if pages == 1:
                break
    if chosen:
        return chosen
    raise UserError("要写的太多，一张海报放不下：请少写几条，或者合并几行")


def _texts(data: Any) -> Iterator[str]:
    """Every piece of text in nested data."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict | list):
        for item in data.values() if isinstance(data, dict) else data:
            yield from _texts(item)


def _set(folder: Path, template: Path, data: dict[str, Any]) -> bytes:
    """Set the poster once. A warning of typst (a missing font only warns) is an error."""
    import typst

    from xiangli.fonts import FONT_DIR, FONT_FAMILY

    (folder / "poster.typ").write_text(template.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "data.json").write_text(json.dumps({**data, "font": FONT_FAMILY}, ensure_ascii=False), encoding="utf-8")
    pdf, warnings = typst.compile_with_warnings(
        str(folder / "poster.typ"), root=str(folder), font_paths=[str(FONT_DIR)], ignore_system_fonts=True, format="pdf"
    )
    if warnings:
        raise UserError(f"海报没有排好：{warnings[0]}")
    return bytes(pdf)
