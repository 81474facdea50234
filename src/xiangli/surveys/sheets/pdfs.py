"""Pages of a PDF as pictures, drawn one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from .errors import SheetError
from .pictures import WHOLE_PIXELS_MAX, Picture, check_size, picture_of

LONG_SIDE = 2_400
"""Pixels of a PDF page's long side, whatever size of paper it claims: A4 at 205 dpi."""


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """The document; raises SheetError where it is damaged or locked."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        raise SheetError(f"{path.name} 不是完好的 PDF，或有密码。") from error
    try:
        yield document
    finally:
        document.close()


def pages(path: Path, wanted: range) -> Iterator[tuple[int, Picture | SheetError]]:
    """(page index from 0, picture or what is wrong with it) of the wanted pages."""
    import pypdfium2

    with opened(path) as document:
        for index in wanted:
            name = f"{path.name} 第 {index + 1} 页"
            try:
                page = document[index]
                width, height = page.get_size()
                scale = LONG_SIDE / max(width, height, 1.0)
                check_size(name, int(width * scale), int(height * scale))
                two_tones = _check_pictures(name, page)
                bitmap = page.render(scale=scale, rev_byteorder=True, may_draw_forms=False)
                array = bitmap.to_numpy().copy()
                bitmap.close()
                page.close()
            except pypdfium2.PdfiumError:
                yield index, SheetError(f"{name}已损坏，打不开。")
            except SheetError as error:
                yield index, error
            else:
                yield index, replace(picture_of(array), two_tones=two_tones)


def _check_pictures(name: str, page: Any) -> bool:
    """Refuse a page with a picture that would fill the memory when it is drawn; whether all have one bit a pixel."""
    import pypdfium2.raw as pdfium

    depths = set()
    for item in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=4):
        width, height = item.get_px_size()
        if width * height > WHOLE_PIXELS_MAX:
            raise SheetError(f"{name} 里的图太大（{width}×{height}），最多 {WHOLE_PIXELS_MAX // 1_000_000} 百万像素。")
        depths.add(item.get_metadata().bits_per_pixel)
    return depths == {1}
