"""Numbers as text: what people write in election files, and exact fractions in results."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from .errors import FundingError

_DIGITS = 3000  # longer numbers are written in hexadecimal, which Python reads at any length
_EXACT = re.compile(r"-?(0x[0-9a-f]+|[0-9]+)(/(0x[0-9a-f]+|[0-9]+))?")
_PLAIN = re.compile(r"[-+]?[0-9_]*\.?[0-9]*(?:[eE][-+]?[0-9]{1,2})?(?:/[0-9]+)?")
_LONGEST = 60  # characters; and no amount may exceed 10^30, so that floats can stand beside fractions
_GREATEST = 10**30


def read_number(text: str, what: str, line: int | None) -> Fraction:
    """An amount or a score: "400000.0", "1 500,5" (a decimal comma, spaces between groups of digits), "3/2", "1e6"."""
    plain = "".join(text.split()).replace(",", ".")
    if len(plain) <= _LONGEST and plain.isascii() and _PLAIN.fullmatch(plain):
        try:
            value = Fraction(plain)
        except (ValueError, ZeroDivisionError):
            raise FundingError(f"{what}“{text.strip()}”不是数", line) from None
        if abs(value) <= _GREATEST and value.denominator <= _GREATEST:
            return value
        raise FundingError(f"{what}“{text.strip()}”太大或太小", line)
    raise FundingError(f"{what}“{text.strip()[:_LONGEST]}”不是数", line)


def write_fraction(value: Fraction) -> str:
    """Exact text: "3", "-7/2", or both parts in hexadecimal ("0x.../0x...") where they are very long."""
    big = max(abs(value.numerator), value.denominator) >= 10**_DIGITS
    text = hex(value.numerator) if big else str(value.numerator)
    if value.denominator == 1:
        return text
    return f"{text}/{hex(value.denominator) if big else value.denominator}"


def read_fraction(text: Any) -> Fraction:
    """The number written by `write_fraction`; FundingError for anything else."""
    if not isinstance(text, str) or len(text) > 1_000_000 or not _EXACT.fullmatch(text):
        raise FundingError(f"结果里的“{str(text)[:40]}”不是分数")
    over, _, under = text.partition("/")
    if not under:
        return Fraction(_integer(over))
    if _integer(under) == 0:
        raise FundingError("结果里有分母为 0 的分数")
    return Fraction(_integer(over), _integer(under))


def _integer(text: str) -> int:
    digits = text.lstrip("-")
    if digits.startswith("0x"):
        return int(text, 16)
    if len(digits) > _DIGITS + 1:
        raise FundingError("结果里有过长的十进制数")
    return int(text)
