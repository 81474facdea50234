"""The chain of daily digests over the points ledger: plain data in, plain text out.

SHA-256 over the canonical JSON of each posting; a day's digest is taken over the digest of the day before it, the
canteen, the date, and the digests of the day's postings in order.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

FIELDS = (
    "id", "canteen_id", "kind", "from_account_id", "to_account_id", "amount", "day", "effective_on", "at",
    "by_id", "key", "claim_id", "order_id", "reverses_id",
)  # fmt: skip
"""What a posting says: all of it but its county's key, which follows the canteen when counties merge."""
SHORT = 16  # signs by which a single posting is known in a seal


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value.isoformat() if isinstance(value, date) else value


def row_digest(row: Mapping[str, Any]) -> str:
    """The digest of one posting, given as a mapping of FIELDS. Times may be in any zone."""
    text = json.dumps([_plain(row[name]) for name in FIELDS], ensure_ascii=False, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def day_digest(previous: str, canteen: int, day: date, rows: Iterable[str]) -> str:
    """The digest of a day from the digests of its postings in order; ``previous`` is empty for the first day."""
    return sha256("\n".join([previous, str(canteen), day.isoformat(), *rows]).encode()).hexdigest()
