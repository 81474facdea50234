"""Setting the poster for the door with typst. Knows no Django: words in, PDF out."""

from io import BytesIO
from pathlib import Path
from typing import Any

from xiangli.core.errors import UserError
from xiangli.core.paper import check_printable, set_pdf, without_ornament

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

    if paper not in PAPERS:
        raise UserError(f"纸张只有 {'、'.join(PAPERS).upper()}")
    data = without_ornament(data)
    check_printable(data, "海报")
    code = BytesIO()
    segno.make(data["url"], error="m").save(code, kind="svg", border=0, scale=10)
    fewest, chosen = most + 1, b""
    for shrink in SHRINKS:
        pdf = set_pdf(template, {**data, "paper": paper, "shrink": shrink}, {"qr.svg": code.getvalue()})
        pages = len(PdfDocument(pdf))
        if pages < fewest:
            fewest, chosen = pages, pdf
        if pages == 1:
            break
    if chosen:
        return chosen
    raise UserError("要写的太多，一张海报放不下：请少写几条，或者合并几行")
