"""Open scans and photos, one page at a time, within bounds.

JPEG, PNG, TIFF (many pages) and PDF (many pages). Sizes are read from the header before anything is decoded; what is
too large is refused. A JPEG much larger than reading needs is decoded at half size.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import SheetError
from .pdf_streams import check_streams

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Image = NDArray[np.uint8]

PIXELS_MAX = 150_000_000
"""Pixels of a JPEG, which is decoded at half size or a quarter."""
WHOLE_PIXELS_MAX = 50_000_000
"""Pixels of what has to be decoded whole: PNG, TIFF, a progressive JPEG, a picture in a PDF."""
SIDE_MAX = 30_000
FILE_BYTES_MAX = 2_000_000_000
PAGES_MAX = 5_000
PDF_LONG_SIDE = 2_400
"""Pixels of a PDF page's long side, whatever size of paper it claims: A4 at 205 dpi."""
DRAWN_MAX, SEGMENTS = 20_000, 10
"""Strokes, letters and pictures drawn on a PDF page: one takes up to half a millisecond; ten segments count as one."""
LONG_SIDE_WANTED = 1_900
"""Pixels along the long side that reading can use; a JPEG is decoded at half size while it stays above this."""
SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".pdf")
OTHER_SUFFIXES = (".heic", ".heif", ".webp", ".bmp", ".gif", ".jp2")
"""Pictures of other kinds: not read, but named when they lie in a folder."""


@dataclass(frozen=True)
class Picture:
    """A decoded page: grey (h, w), and colour RGB (h, w, 3) where the file has it (to tell red ink)."""

    grey: Image
    colour: Image | None
    two_tones: bool = False
    """The file holds one bit a pixel: a threshold may have taken faint strokes away, whatever drawing it made of it."""


def picture_of(array: Any) -> Picture:
    """A picture from an array: grey (h, w) or RGB (h, w, 3), eight bits."""
    import cv2
    import numpy as np

    array = np.asarray(array)
    if array.dtype != np.uint8 or array.ndim not in (2, 3):
        raise SheetError("图像应是 8 位灰度或彩色。")
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.ndim == 2:
        return Picture(np.ascontiguousarray(array), None)
    array = np.ascontiguousarray(array[:, :, :3])
    return Picture(cv2.cvtColor(array, cv2.COLOR_RGB2GRAY), array)


def page_count(path: Path) -> int:
    """How many pages a file has; raises SheetError for a file that is none of ours or too large."""
    _check_file(path)
    kind = _kind(path)
    if kind == "pdf":
        check_streams(path)
        with _pdf(path) as document:
            count = len(document)
    elif kind == "tiff":
        count = _tiff_pages(path)
    else:
        return 1
    if count > PAGES_MAX:
        raise SheetError(f"{path.name} 页数太多（超过 {PAGES_MAX} 页），请分成几个文件。")
    if count == 0:
        raise SheetError(f"{path.name} 里没有页面。")
    return count


def open_pages(path: Path, wanted: range) -> Iterator[tuple[int, Picture | SheetError]]:
    """(page index from 0, picture or what is wrong with it) of the wanted pages, decoded one at a time."""
    kind = _kind(path)
    if kind == "pdf":
        yield from _pdf_pages(path, wanted)
    elif kind == "tiff":
        yield from _tiff(path, wanted)
    else:
        try:
            yield 0, _jpeg(path) if kind == "jpeg" else _with_pillow(path)
        except SheetError as error:
            yield 0, error


def _check_file(path: Path) -> None:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise SheetError(f"打不开 {path}：{error.strerror}") from error
    if size == 0:
        raise SheetError(f"{path.name} 是空文件。")
    if size > FILE_BYTES_MAX:
        raise SheetError(f"{path.name} 太大（超过 2 GB）。")


def _kind(path: Path) -> str:
    """jpeg, png, tiff or pdf, by content."""
    try:
        with path.open("rb") as file:
            head = file.read(1024)
    except OSError as error:
        raise SheetError(f"打不开 {path}：{error.strerror}") from error
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "tiff"
    if b"%PDF-" in head:
        return "pdf"
    raise SheetError(f"{path.name} 不是扫描件：只认 JPEG、PNG、TIFF、PDF。")


def _check_size(name: str, width: int, height: int, most: int = WHOLE_PIXELS_MAX) -> None:
    if width * height > most or max(width, height) > SIDE_MAX:
        raise SheetError(f"{name} 的图太大（{width}×{height}），最多 {most // 1_000_000} 百万像素。")
    if min(width, height) < 200:
        raise SheetError(f"{name} 的图太小（{width}×{height}），看不清。")


def _jpeg(path: Path) -> Picture:
    import cv2
    import simplejpeg

    data = path.read_bytes()
    try:
        height, width, space, _ = simplejpeg.decode_jpeg_header(data, strict=False)
    except (ValueError, KeyError) as error:
        raise SheetError(f"{path.name} 已损坏，打不开。") from error
    _check_size(path.name, width, height, WHOLE_PIXELS_MAX if _is_progressive(data) else PIXELS_MAX)
    if space == "CMYK" or space == "YCCK":
        return _with_pillow(path)
    # Half size only, not a quarter: thin pencil must survive; a quarter for what is far larger than any phone's.
    part = 4 if width * height > WHOLE_PIXELS_MAX else 2 if max(height, width) // 2 >= LONG_SIDE_WANTED else 1
    smaller = {"min_height": height // part, "min_width": width // part} if part > 1 else {}
    try:
        if space.upper().startswith("GRAY"):
            return Picture(_decoded(data, "GRAY", **smaller)[:, :, 0], None)
        colour = _decoded(data, "RGB", fastupsample=True, **smaller)
    except ValueError as error:
        raise SheetError(f"{path.name} 已损坏，打不开。") from error
    return Picture(cv2.cvtColor(colour, cv2.COLOR_RGB2GRAY), colour)


def _decoded(data: bytes, space: str, **how: Any) -> Image:
    """Pixels of a JPEG. A file that ends early is refused: the missing part would read as empty boxes."""
    import simplejpeg

    try:
        return simplejpeg.decode_jpeg(data, space, strict=True, **how)
    except ValueError as error:
        if any(word in str(error).lower() for word in _TORN):
            raise
    return simplejpeg.decode_jpeg(data, space, strict=False, **how)


_TORN = ("premature end", "bad huffman", "corrupt data", "restart")
"""What the decoder says of a picture part of which is missing; its other warnings cost no pixel."""


def _is_progressive(data: bytes) -> bool:
    """Whether a JPEG comes in several passes, which the decoder holds in memory whole."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker in (0xC0, 0xC1, 0xDA):
            return False
        if marker == 0xC2:
            return True
        at += 2 + length
    return True


def _with_pillow(path: Path) -> Picture:
    with _pillow(path) as image:
        return _from_pillow(path.name, image)


def _from_pillow(name: str, image: Any) -> Picture:
    import numpy as np

    _check_size(name, *image.size)
    try:
        if image.mode.startswith("I;16") or image.mode in ("I", "F"):
            array = np.asarray(image)
            array = array[::2, ::2] if max(array.shape) // 2 >= LONG_SIDE_WANTED else array
            span = 65535.0 if array.max() > 255 else 255.0
            return picture_of(np.clip(array * np.float32(255.0 / span), 0, 255).astype(np.uint8))
        two_tones = image.mode == "1"
        if image.mode in ("1", "P", "PA"):
            image = image.convert("L" if image.mode == "1" else "RGBA" if "transparency" in image.info else "RGB")
        if max(image.size) // 2 >= LONG_SIDE_WANTED:
            image = image.reduce(2)
        if image.mode in ("1", "L"):
            return replace(picture_of(np.asarray(image.convert("L"))), two_tones=two_tones)
        if image.mode in ("LA", "PA", "RGBA") or "transparency" in image.info:
            from PIL import Image

            image = image.convert("RGBA")
            image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
        return picture_of(np.asarray(image.convert("RGB")))
    except (OSError, SyntaxError, ValueError) as error:
        if isinstance(error, SheetError):
            raise
        raise SheetError(f"{name} 已损坏，打不开。") from error


@contextmanager
def _pillow(path: Path) -> Iterator[Any]:
    import warnings

    from PIL import Image

    # The header's size is checked by us before any pixel is decoded; Pillow's own guard would only warn.
    Image.MAX_IMAGE_PIXELS = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(path, formats=("PNG", "TIFF", "JPEG"))
    except (OSError, SyntaxError, ValueError) as error:
        raise SheetError(f"{path.name} 已损坏，打不开。") from error
    with image:
        yield image


def _tiff_pages(path: Path) -> int:
    """Pages of a TIFF, counted no further than the limit (a file can pretend to have a million)."""
    with _pillow(path) as image:
        count = 0
        while count <= PAGES_MAX:
            try:
                image.seek(count)
            except EOFError:
                break
            except (OSError, SyntaxError, ValueError) as error:
                raise SheetError(f"{path.name} 已损坏，打不开。") from error
            count += 1
    return count


def _tiff(path: Path, wanted: range) -> Iterator[tuple[int, Picture | SheetError]]:
    with _pillow(path) as image:
        for index in wanted:
            try:
                image.seek(index)
                yield index, _from_pillow(f"{path.name} 第 {index + 1} 页", image)
            except SheetError as error:
                yield index, error
            except (EOFError, OSError, SyntaxError, ValueError):
                yield index, SheetError(f"{path.name} 第 {index + 1} 页已损坏，打不开。")


@contextmanager
def _pdf(path: Path) -> Iterator[Any]:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        raise SheetError(f"{path.name} 不是完好的 PDF，或有密码。") from error
    try:
        yield document
    finally:
        document.close()


def _pdf_pages(path: Path, wanted: range) -> Iterator[tuple[int, Picture | SheetError]]:
    import pypdfium2

    with _pdf(path) as document:
        for index in wanted:
            name = f"{path.name} 第 {index + 1} 页"
            try:
                page = document[index]
                width, height = page.get_size()
                scale = PDF_LONG_SIDE / max(width, height, 1.0)
                _check_size(name, int(width * scale), int(height * scale))
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
    """Refuse a page that would fill the memory or take minutes to draw; whether all pictures have one bit a pixel."""
    import pypdfium2.raw as pdfium

    depths = set()
    drawn = 0.0
    for item in page.get_objects(max_depth=4):
        drawn += 1
        if item.type == pdfium.FPDF_PAGEOBJ_PATH:
            drawn += pdfium.FPDFPath_CountSegments(item.raw) / SEGMENTS
        if drawn > DRAWN_MAX:
            raise SheetError(f"{name} 里一笔一笔画的东西太多，不像扫描件。")
        if item.type != pdfium.FPDF_PAGEOBJ_IMAGE:
            continue
        width, height = item.get_px_size()
        if width * height > WHOLE_PIXELS_MAX:
            raise SheetError(f"{name} 里的图太大（{width}×{height}），最多 {WHOLE_PIXELS_MAX // 1_000_000} 百万像素。")
        depths.add(item.get_metadata().bits_per_pixel)
    return depths == {1}
