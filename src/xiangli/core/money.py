"""Sums of money in whole fen, so that no sum is ever off by a rounding.

``parse_fen`` reads what people write in tables: 3800, ¥1,200.50, 1.2万元, １２元, （300）, 三 is not a number.
"""

import re
from decimal import Decimal, InvalidOperation

from xiangli.core.search import half_width

_UNITS = {
    "": 100,
    "元": 100,
    "块": 100,
    "角": 10,
    "分": 1,
    "千元": 100_000,
    "万": 1_000_000,
    "万元": 1_000_000,
    "亿元": 10**10,
    "亿": 10**10,
}
_SUM = re.compile(
    r"(?P<sign>[-+−]?)[¥￥]?(?P<number>\d[\d,]*(?:\.\d+)?)\s*(?P<unit>千元|万元|亿元|元|块|角|分|万|亿|)(?:整|正)?"
)
_GROUPED = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?")
_LARGEST = 10**15  # ten thousand milliard yuan: beyond it is a slip of the keyboard


def parse_fen(text: str | int | float | Decimal) -> int:
    """A sum as written, in fen; a bare number is yuan. ValueError (in Chinese) for what is no sum of whole fen."""
    written = str(text)
    plain = half_width(written).strip().replace(" ", "")
    negative = plain.startswith("(") and plain.endswith(")")  # how accountants write what is owed
    match = _SUM.fullmatch(plain[1:-1] if negative else plain)
    if not match or ("," in match["number"] and not _GROUPED.fullmatch(match["number"])):
        raise ValueError(f"“{written}”不是金额；可以写 3800、1,200.50、1.2万元")
    try:
        fen = Decimal(match["number"].replace(",", "")) * _UNITS[match["unit"]]
    except InvalidOperation as error:
        raise ValueError(f"“{written}”不是金额") from error
    if fen != fen.to_integral_value():
        raise ValueError(f"“{written}”的金额精确到了分以下")
    if fen > _LARGEST:
        raise ValueError(f"“{written}”的金额太大，请检查单位")
    return -int(fen) if negative or match["sign"] in ("-", "−") else int(fen)


def yuan(fen: int, *, grouped: bool = True) -> str:
    """A sum for people: 123450 -> 1,234.50; whole yuan without decimals: 380000 -> 3,800."""
    whole, rest = divmod(abs(fen), 100)
    sign = "-" if fen < 0 else ""
    digits = f"{whole:,}" if grouped else str(whole)
    return f"{sign}{digits}.{rest:02d}" if rest else f"{sign}{digits}"


def yuan_short(fen: int) -> str:
    """A sum for headings, from ten thousand yuan up in 万元, rounded: 1234500 -> 1.23万元, 99900 -> 999元."""
    if abs(fen) < 1_000_000:
        return f"{yuan(fen)}元"
    wan = (Decimal(fen) / 1_000_000).quantize(Decimal("0.01"))
    return f"{wan.normalize():,f}万元"
