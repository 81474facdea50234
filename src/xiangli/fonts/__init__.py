"""The product's own CJK font, so that paper and PDF look the same on a machine without any Chinese font.

A subset of Noto Sans CJK SC (SIL Open Font License, see OFL.txt beside the files), made by tools/make_font.py.
"""

from functools import cache
from pathlib import Path
from struct import unpack

FONT_DIR = Path(__file__).parent
"""Folder with XiangliHei-Regular.otf and XiangliHei-Bold.otf; give it to typst as a font path."""

FONT_FAMILY = "Xiangli Hei"
"""Family name inside both files; no system font has it."""


@cache
def characters() -> frozenset[int]:
    """Code points that the font can print, read from its character map (OpenType `cmap`, format 12)."""
    data = (FONT_DIR / "XiangliHei-Regular.otf").read_bytes()
    tables = {data[at : at + 4]: unpack(">II", data[at + 8 : at + 16]) for at in range(12, 12 + 16 * _u16(data, 4), 16)}
    start = tables[b"cmap"][0]
    codes: set[int] = set()
    for index in range(_u16(data, start + 2)):
        table = start + unpack(">I", data[start + 8 + 8 * index : start + 12 + 8 * index])[0]
        if _u16(data, table) != 12:
            continue
        for group in range(unpack(">I", data[table + 12 : table + 16])[0]):
            first, last, _ = unpack(">III", data[table + 16 + 12 * group : table + 28 + 12 * group])
            codes.update(range(first, last + 1))
    return frozenset(codes)


def missing_characters(text: str) -> str:
    """The characters of a text that the font cannot print, each once, in order; empty when all is well."""
    known = characters()
    return "".join(dict.fromkeys(char for char in text if ord(char) not in known))


def _u16(data: bytes, at: int) -> int:
    return int(unpack(">H", data[at : at + 2])[0])
