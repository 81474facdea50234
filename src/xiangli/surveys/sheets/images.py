"""Open scans and photos, one page at a time, within bounds.

JPEG, PNG, TIFF (many pages) and PDF (many pages). Sizes are read from the header before anything is decoded; what is
too large is refused. A JPEG much larger than reading needs is decoded at half size.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import pdfs
from .errors import SheetError, refusal
from .pdf_streams import check_streams
from .pictures import LONG_SIDE_WANTED, PIXELS_MAX, WHOLE_PIXELS_MAX, Picture, check_size, picture_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FILE_BYTES_MAX = 2_000_000_000
PAGES_MAX = 5_000
SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".pdf")
OTHER_SUFFIXES = (".heic", ".heif", ".webp", ".bmp", ".gif", ".jp2")
"""Pictures of other kinds: not read, but named when they lie in a folder."""
EXIF_TURNS = {3: 180, 6: 90, 8: 270}
"""Degrees clockwise by which a viewer turns a picture, by the orientation that its camera noted."""


def page_count(path: Path) -> int:
    """How many pages a file has; raises SheetError for a file that is none of ours or too large."""
    _check_file(path)
    kind = _kind(path)
    if kind == "pdf":
        check_streams(path)
        with pdfs.opened(path) as document:
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
        yield from pdfs.pages(path, wanted)
    elif kind == "tiff":
        yield from _tiff(path, wanted)
    else:
        try:
            yield 0, _jpeg(path) if kind == "jpeg" else _with_pillow(path)
        except SheetError as error:
            yield 0, error


def shown_turned(path: Path) -> int:
    """Degrees clockwise by which whoever looks at a picture sees it turned, as its camera noted: 0, 90, 180 or 270."""
    from PIL import ExifTags

    try:
        with _pillow(path) as image:
            return EXIF_TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1), 0)
    except (SheetError, OSError, SyntaxError, ValueError):
        return 0  # a PDF, or nothing that can be made out


def _check_file(path: Path) -> None:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise refusal("打不开", path, error) from error
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
        raise refusal("打不开", path, error) from error
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "tiff"
    if b"%PDF-" in head:
        return "pdf"
    raise SheetError(f"{path.name} 不是扫描件：只认 JPEG、PNG、TIFF、PDF。")


def _jpeg(path: Path) -> Picture:
    import simplejpeg

    data = path.read_bytes()
    try:
        height, width, space, _ = simplejpeg.decode_jpeg_header(data, strict=False)
    except (ValueError, KeyError) as error:
        raise SheetError(f"{path.name} 已损坏，打不开。") from error
    check_size(path.name, width, height, WHOLE_PIXELS_MAX if _is_progressive(data) else PIXELS_MAX)
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
    return picture_of(colour)


def _decoded(data: bytes, space: str, **how: Any) -> NDArray[np.uint8]:
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

    check_size(name, *image.size)
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
