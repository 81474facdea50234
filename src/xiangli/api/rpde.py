"""Real-time paged data exchange (RPDE 1.0, OpenActive): feeds read page after page, oldest change first. Pure.

An item's ``modified`` is worked out, not stored: it is when its centre last changed, or when its day came into reach
(or fell out of it), whichever is later. Whatever changes an item also records an event at its centre, so an item is
never changed without moving to the end of the feed; an item that moves there unchanged does no harm.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
PAGE = 500


@dataclass(frozen=True, slots=True, order=True)
class Batch:
    """Items of a group (a centre) with the same ``modified``. ``parts`` says which; their ids begin with ``group``."""

    modified: int
    group: str
    parts: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a reader stands: after this time and this id."""

    modified: int = -1
    id: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One item; without ``data`` it is deleted."""

    id: str
    modified: int
    data: Json | None

    def told(self, kind: str) -> Json:
        plain = {"state": "updated" if self.data else "deleted", "kind": kind, "id": self.id, "modified": self.modified}
        return {**plain, "data": self.data} if self.data else plain


def page(
    batches: Iterable[Batch], cursor: Cursor, items: Callable[[list[Batch]], dict[Batch, list[Item]]], size: int = PAGE
) -> list[Item]:
    """The next items after the cursor, in order of (modified, id). ``items`` makes those of some batches at once."""
    found: list[Item] = []
    for some in _chunks(sorted(batch for batch in batches if _ahead(batch, cursor))):
        made = sorted((item for listed in items(some).values() for item in listed), key=_place)
        found += [item for item in made if _place(item) > (cursor.modified, cursor.id)]
        if len(found) >= size:
            break
    return found[:size]


def _place(item: Item) -> tuple[int, str]:
    return item.modified, item.id


def _ahead(batch: Batch, cursor: Cursor) -> bool:
    """Whether a batch may hold items after the cursor."""
    if batch.modified != cursor.modified:
        return batch.modified > cursor.modified
    return batch.group >= cursor.id[: len(batch.group)]


def _chunks(batches: list[Batch]) -> Iterator[list[Batch]]:
    """A few, then ever more: where few have any items, that is soon known. One group and time stay together."""
    at, most = 0, 16
    while at < len(batches):
        end = min(at + most, len(batches))
        while end < len(batches) and _same(batches[end - 1], batches[end]):
            end += 1
        yield batches[at:end]
        at, most = end, most * 2


def _same(one: Batch, other: Batch) -> bool:
    return (one.modified, one.group) == (other.modified, other.group)
