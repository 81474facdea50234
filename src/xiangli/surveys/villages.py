"""What a village is called where several towns are asked at once: names and address names repeat from town to town."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

NARROW = ("town", "village", "group")


def address_of(asked: Any, village: Any) -> str:
    """A village in the public addresses of a survey put to the place ``asked``: beyond one town with its id."""
    return str(village.slug) if asked.level in NARROW else f"{village.slug}-{village.pk}"


def called(asked: Any, villages: Iterable[Any], name: str) -> list[Any]:
    """The village that a public address names, in a list; none where none is meant. Without its id it is known as well,
    as long as no other village is called so."""
    rows = list(villages)
    short = [village for village in rows if village.slug == name]
    return [village for village in rows if address_of(asked, village) == name] or (short if len(short) == 1 else [])


def with_town(village: Any) -> str:
    """会盟镇东村. Where a village has no parent at hand its own name."""
    return f"{village.parent.name}{village.name}" if village.parent else str(village.name)


def plain_names(villages: Sequence[Any]) -> list[str]:
    """What to call each village in a list: its name, with its town's before it where another one is called the same."""
    names = Counter(village.name for village in villages)
    return [village.name if names[village.name] == 1 else with_town(village) for village in villages]


def labels_of(villages: Sequence[Any]) -> list[str]:
    """What to call each village on a page: its short name, with its town's before it where there are several towns."""
    several = len({village.parent_id for village in villages}) > 1
    return [f"{village.parent.label} {village.label}" if several else village.label for village in villages]


def by_town(asked: Any, villages: Sequence[Any]) -> list[Any]:
    """Choices for a list to pick a village from; of several towns one group for each, in their order."""
    choices = [(address_of(asked, village), village.name) for village in villages]
    if len({village.parent_id for village in villages}) < 2:
        return choices
    groups: dict[str, list[tuple[str, str]]] = {}
    for village, choice in zip(villages, choices, strict=True):
        groups.setdefault(str(village.parent), []).append(choice)
    return list(groups.items())


def written_names(villages: Iterable[Any]) -> dict[str, list[Any]]:
    """What people write for a village -> the villages it may mean: its name or short name, with its town or not."""
    found: dict[str, list[Any]] = {}
    for village in villages:
        names = {village.name, village.label, with_town(village)}
        if village.parent:
            names |= {f"{town}{name}" for town in (village.parent.name, village.parent.label) for name in names}
        for name in names:
            found.setdefault(name, []).append(village)
    return found
