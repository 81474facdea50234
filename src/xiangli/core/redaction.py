"""Finds identity-card numbers and telephone numbers in free text.

Identity-card numbers are never stored: they are blacked out on entry, however they are typed (full-width digits,
spaces, dashes). GB 11643-1999: 17 digits and an ISO 7064 MOD 11-2 check character; before 1999: 15 digits without one.
"""

import re
from collections.abc import Iterator
from datetime import date

from xiangli.core.search import half_width

BLACKED_OUT = "〔身份证号已隐去〕"

_DIGIT = "[0-9０-９]"
_GAP = "[ 　\t\u00a0·.．\\-－—–_]?"
# Not inside a longer number. The optional gap stands before every further character.
_CANDIDATE = re.compile(
    rf"(?<![0-9０-９])(?:{_DIGIT}(?:{_GAP}{_DIGIT}){{16}}{_GAP}[0-9０-９xXｘＸ×]|{_DIGIT}(?:{_GAP}{_DIGIT}){{14}})(?![0-9０-９])"
)
_PROVINCES = frozenset(
    re.findall("..", "111213141521222331323334353637414243444546505152535461626364657181828391")  # GB/T 2260
)
_WEIGHTS = tuple(2**power % 11 for power in range(17, 0, -1))
_CHECKS = "10X98765432"
_MOBILE = re.compile(r"(?<![0-9０-９])(1[3-9][0-9])([ -]?)([0-9]{4})\2([0-9]{4})(?![0-9０-９])")


def check_character(first_17: str) -> str:
    """The eighteenth character for seventeen digits."""
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(first_17, _WEIGHTS, strict=True)) % 11]


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        return date(1880, 1, 1) <= date(year, month, day) <= date(2199, 12, 31)
    except ValueError:
        return False


def is_identity_number(number: str) -> bool:
    """Whether plain characters (no gaps, half width, X in upper case) form an identity-card number.

    With 18 characters the check decides even where the date is odd, and a sound date where the check is wrong: a number
    with one digit mistyped still points at a person. With 15 digits province and date must both be sound.
    """
    if number[:2] not in _PROVINCES:
        return False
    if len(number) == 18:
        dated = _is_date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
        return dated or check_character(number[:17]) == number[17]
    return len(number) == 15 and _is_date(1900 + int(number[6:8]), int(number[8:10]), int(number[10:12]))


def find_identity_numbers(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of every identity-card number in a text."""
    position = 0
    while match := _CANDIDATE.search(text, position):
        plain = re.sub("[^0-9X]", "", half_width(match[0]).upper().replace("×", "X"))
        if is_identity_number(plain):
            yield match.span()
            position = match.end()
        else:
            position = match.start() + 1


def redact(text: str) -> tuple[str, int]:
    """The text with every identity-card number blacked out, and how many there were."""
    spans = list(find_identity_numbers(text))
    for start, end in reversed(spans):
        text = text[:start] + BLACKED_OUT + text[end:]
    return text, len(spans)


def mask_mobile_numbers(text: str) -> str:
    """Mobile numbers with the middle hidden: 138****5678. For lists that more people see than need the number."""
    return _MOBILE.sub(lambda match: f"{match[1]}{match[2]}****{match[2]}{match[4]}", text)
