"""Identifiers for standards that want UUIDs: kind and keys written into a UUID of version 8 (RFC 9562), and read back.

Nothing needs to be stored or looked up, and the same thing always has the same identifier.
"""

from uuid import UUID

KINDS = ("organization", "location", "service", "service_at_location", "schedule", "address", "phone", "taxonomy",
         "taxonomy_term", "attribute")  # fmt: skip


def identifier(kind: str, first: int, second: int = 0) -> UUID:
    """The UUID of a thing with one or two keys (below 2**32 and 2**48)."""
    return UUID(fields=(first, KINDS.index(kind) + 1, 0x8000, 0x80, 0, second))


def keys(kind: str, text: str) -> tuple[int, int] | None:
    """The keys in a UUID that ``identifier`` made for this kind; None for any other text."""
    try:
        found = UUID(text)
    except ValueError:
        return None
    first, second = found.time_low, found.node
    return (first, second) if found == identifier(kind, first, second) else None
