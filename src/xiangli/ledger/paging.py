"""Pages of a list too long to be counted."""

from collections.abc import Iterator
from typing import Any


class Uncounted:
    """One page, and whether there is another: for lists of which only the beginning is ever read."""

    def __init__(self, rows: Any, size: int, number: str | None) -> None:
        self.number = max(int(number), 1) if number and number.isdecimal() and len(number) < 6 else 1
        start = (self.number - 1) * size
        found = list(rows[start : start + size + 1])
        self.object_list, self.has_next = found[:size], len(found) > size
        self.has_previous = self.number > 1
        self.has_other_pages = self.has_next or self.has_previous

    def __iter__(self) -> Iterator[Any]:
        return iter(self.object_list)

    @property
    def next_page_number(self) -> int:
        return self.number + 1

    @property
    def previous_page_number(self) -> int:
        return self.number - 1
