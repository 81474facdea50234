"""The geometry of a sheet: where marks stand on the paper and how a copy's number is coded.

All lengths are millimetres, the origin is the page's top left. Printing draws what is described here, reading looks
for it; the numbers travel between the two in layout.json, so that old sheets stay readable when the design changes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

PAGE_MM = (210.0, 297.0)
DICTIONARY = "DICT_4X4_50"
MARKER_MM = 12.0
MARKER_INSET_MM = 9.0
MARKER_MODULES = 6
"""Modules along a marker's side: four of data and one of black border on each side."""
PAGES_MAX = 12
"""Fifty marker ids, four to a page: a page is known by its corners even when its code cannot be read."""

CONTENT_MM = (22.0, 44.0, 188.0, 272.0)
"""Left, top, right, bottom of what questions may occupy."""
BUBBLE_MM = 7.0
BUBBLE_LINE_MM = 0.35
QR_MM = (160.0, 10.0, 25.0)
"""Left, top and side of the QR code without its quiet zone."""
MARK_D_MM = 6.0
MARKS_MM = (
    (14.0, 84.0), (14.0, 148.5), (14.0, 213.0), (196.0, 84.0), (196.0, 148.5), (196.0, 213.0),
    (105.0, 14.0), (105.0, 283.0),
)  # fmt: skip
"""Centres of the mid-edge marks (black discs): a bent page is straightened along them."""
STRIP_BITS = 48
STRIP_CELL_MM = 3.0
STRIP_RUNS_MM = ((28.0, 281.5), (110.0, 281.5))
"""Left top corners of the two halves of the number strip at the foot, 24 cells each."""

_CAMPAIGN = re.compile(r"[A-Za-z0-9._-]{1,24}")
_LANGUAGE = re.compile(r"[A-Za-z0-9-]{0,16}")
_PAYLOAD = re.compile(r"XL1:([A-Za-z0-9._-]{1,24}):(\d{1,6}):(\d{1,7}):(\d{1,2})(?::([A-Za-z0-9-]{1,16}))?")
SHEET_MAX = (1 << 20) - 1


@dataclass(frozen=True)
class Code:
    """What the code of one printed page says; `language` is empty on a sheet in the questionnaire's own language."""

    campaign: str
    version: int
    sheet: int
    page: int
    language: str = ""

    def payload(self) -> str:
        """The text of the QR code."""
        whole = f"XL1:{self.campaign}:{self.version}:{self.sheet}:{self.page}"
        return f"{whole}:{self.language}" if self.language else whole


def campaign_is_valid(campaign: str) -> bool:
    """Whether a campaign's code can be printed in a QR code: 1 to 24 of A-Z a-z 0-9 . _ -"""
    return _CAMPAIGN.fullmatch(campaign) is not None


def language_is_valid(language: str) -> bool:
    """Whether a language's tag can be printed in a QR code: up to 16 of A-Z a-z 0-9 -, none for the own language."""
    return _LANGUAGE.fullmatch(language) is not None


def parse_payload(text: str) -> Code | None:
    """The code behind a QR text, or None for a QR code that is not ours."""
    match = _PAYLOAD.fullmatch(text)
    if match is None:
        return None
    return Code(match[1], int(match[2]), int(match[3]), int(match[4]), match[5] or "")


def survey_digest(campaign: str, version: int, language: str = "") -> int:
    """Eight bits that tell the strip of one survey, or of one language of it, from another's."""
    whole = f"{campaign}:{version}:{language}" if language else f"{campaign}:{version}"
    return crc32(whole.encode()) & 0xFF


def strip_bits(code: Code) -> list[int]:
    """The 48 cells of the number strip: sheet (20 bits), page (4), survey digest (8), check sum (16); 1 is black."""
    body = code.sheet << 12 | code.page << 8 | survey_digest(code.campaign, code.version, code.language)
    word = body << 16 | crc32(body.to_bytes(4, "big")) & 0xFFFF
    return [word >> (STRIP_BITS - 1 - index) & 1 for index in range(STRIP_BITS)]


def read_strip(bits: Sequence[int]) -> tuple[int, int, int] | None:
    """(sheet, page, survey digest) of 48 cells, or None where the check sum says that they were misread."""
    word = 0
    for bit in bits:
        word = word << 1 | bit
    body = word >> 16
    if crc32(body.to_bytes(4, "big")) & 0xFFFF != word & 0xFFFF:
        return None
    return body >> 12, body >> 8 & 0xF, body & 0xFF


def marker_ids(page: int) -> tuple[int, int, int, int]:
    """Marker ids of a page (1-based): top left, top right, bottom right, bottom left."""
    first = 4 * (page - 1)
    return first, first + 1, first + 2, first + 3


def marker_corners(corner: int) -> list[list[float]]:
    """Outer corners of the marker in a corner (0 top left, then clockwise), themselves clockwise from the top left."""
    right, bottom = PAGE_MM[0] - MARKER_INSET_MM - MARKER_MM, PAGE_MM[1] - MARKER_INSET_MM - MARKER_MM
    x = (MARKER_INSET_MM, right, right, MARKER_INSET_MM)[corner]
    y = (MARKER_INSET_MM, MARKER_INSET_MM, bottom, bottom)[corner]
    return [[x, y], [x + MARKER_MM, y], [x + MARKER_MM, y + MARKER_MM], [x, y + MARKER_MM]]
