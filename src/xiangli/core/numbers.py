"""Whole numbers out of addresses and hidden fields, where anybody can write anything."""

DIGITS_MOST = 18
"""Digits that fit into a database's 64 bits. Python itself refuses to read more than 4,300 (CVE-2020-10735)."""


def whole_number(text: str) -> int | None:
    """The number that ``text`` is, digits only; None for everything else, endless numbers among it."""
    return int(text) if text.isdecimal() and len(text) <= DIGITS_MOST else None
