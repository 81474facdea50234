"""How much a PDF unfolds to, before it is opened: drawing instructions of megabytes are no scan but fill the memory."""

from __future__ import annotations

import mmap
import re
import zlib
from pathlib import Path

from .errors import SheetError

UNFOLDED_MAX = 8_000_000
"""Bytes of drawing instructions in one stream; a scan's page has some hundreds, a page of our own some ten thousand."""
FONT_MAX = 40_000_000
NESTED_MAX = 4
PIECE = 1 << 16
_STREAM = re.compile(rb">>\s*stream\r?\n")
_DICTIONARY_MAX = 4_000


def check_streams(path: Path) -> None:
    """Raises SheetError for a PDF in which a stream of drawing instructions unfolds to more than UNFOLDED_MAX.

    Pictures are left to those who know their size, what is encrypted or otherwise packed to whoever opens the file.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for match in _STREAM.finditer(data):
            about = data[max(0, match.start() - _DICTIONARY_MAX) : match.start()].rpartition(b"obj")[2]
            if b"/FlateDecode" not in about and b"/Fl " not in about:
                continue
            if re.search(rb"/Subtype\s*/Image", about):
                continue
            most = FONT_MAX if b"/Length1" in about or b"/FontFile" in about else UNFOLDED_MAX
            if not _unfolds_within(data, match.end(), most):
                raise SheetError(f"{path.name} 解压后过大，不像扫描件，已拒绝。")


def _unfolds_within(data: mmap.mmap, at: int, most: int) -> bool:
    """Whether a stream packed by zlib, once or several times over, holds no more than ``most`` bytes."""
    source: bytes | mmap.mmap = data
    for _ in range(NESTED_MAX):
        unfolded = _unfold(source, at, most)
        if unfolded is None:
            return False
        if unfolded[:1] != b"\x78":  # the first byte of everything that zlib packs
            return True
        source, at = unfolded, 0
    return False


def _unfold(source: bytes | mmap.mmap, at: int, most: int) -> bytes | None:
    """What a packed stream holds, as far as it can be read; None for more than ``most`` bytes."""
    unpack = zlib.decompressobj()
    held = bytearray()
    while at < len(source) and not unpack.eof:
        try:
            held += unpack.decompress(source[at : at + PIECE], most + 1 - len(held))
        except zlib.error:
            break
        if len(held) > most:
            return None
        at += PIECE
        if unpack.unconsumed_tail:
            at -= len(unpack.unconsumed_tail)
    return bytes(held)
