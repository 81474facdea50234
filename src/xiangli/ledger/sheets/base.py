"""What a spreadsheet knew of an item when it was written: one short hash a field, so that an edit can be told from an
old copy without keeping the text twice.

The hidden column of an export holds ``key(item)``: number, version and these hashes. A row imported from a town's own
ledger keeps the same hashes in ``LedgerItem.sheet_base``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2s

from xiangli.core.numbers import whole_number
from xiangli.ledger.models import LedgerItem

# The fields a spreadsheet can change, in the order of the hashes. Append only: files outlive versions.
COMPARED = (
    "title", "measure", "responsible_unit", "responsible", "liaison", "planned_fen", "granted_fen", "spent_fen",
    "money_note", "deadline", "state", "tags",
)  # fmt: skip
WIDTH = 6


def tidy(text: str) -> str:
    """A text as both sides compare it: Excel changes line ends and drops blanks at the edges."""
    return "\n".join(line.strip() for line in text.replace("\r", "").strip().split("\n"))


def said(item: LedgerItem) -> dict[str, str]:
    """What the item says in each compared field, as text."""
    return {
        "title": tidy(item.title), "measure": tidy(item.measure), "responsible_unit": tidy(item.responsible_unit),
        "responsible": item.who, "liaison": item.who_looks_after, "planned_fen": str(item.planned_fen),
        "granted_fen": str(item.granted_fen), "spent_fen": str(item.spent_fen), "money_note": tidy(item.money_note),
        "deadline": item.deadline.isoformat(), "state": item.get_state_display(), "tags": " ".join(item.tag_list),
    }  # fmt: skip


def digest(text: str) -> str:
    return blake2s(text.encode(), digest_size=WIDTH // 2).hexdigest()


def hashes(texts: Mapping[str, str]) -> str:
    return "".join(digest(texts[name]) for name in COMPARED)


def split(joined: str) -> dict[str, str]:
    """Field -> hash; fields that an older file did not know are absent."""
    parts = [joined[at : at + WIDTH] for at in range(0, len(joined), WIDTH)]
    return dict(zip(COMPARED, parts, strict=False))


def key(item: LedgerItem) -> str:
    return f"{item.pk}.{item.version}.{hashes(said(item))}"


@dataclass(frozen=True, slots=True)
class Key:
    """A row's key as read back."""

    pk: int
    version: int
    base: dict[str, str]


def read_key(text: str) -> Key | None:
    """None for what is no key: an empty cell, or something typed by hand."""
    pk, _, rest = text.strip().partition(".")
    version, _, joined = rest.partition(".")
    number, edition = whole_number(pk), whole_number(version)
    if number is None or edition is None or not joined or len(joined) % WIDTH:
        return None
    return Key(number, edition, split(joined))
