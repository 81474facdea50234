"""Drawing lots that anybody can check. Pure: text and numbers in, text and numbers out.

When a draw is announced, a secret is made and its SHA-256 published: the commitment. Everybody who enters gets the next
number. When entry is closed the secret is told, and lot ``n`` has the digest SHA-256("secret|n"); the smallest digest
comes first. Whoever runs the draw cannot choose the secret afterwards, for it must fit the commitment; nor the numbers,
which are given in the order of entry. With ``sha256sum`` anybody can do the sum again.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

HOW_TO_CHECK = (
    "SHA-256(secret) 应等于公布时的 commitment；每个签号 n 的摘要是 SHA-256(secret|n)，摘要小的排前面；"
    "从前往后，每人得到自己想要的时间里头一个还空着的。"
)


def commitment(secret: str) -> str:
    """What is published before: it fixes the secret without telling it."""
    return hashlib.sha256(secret.encode()).hexdigest()


def digest(secret: str, number: int) -> str:
    """What decides the place of one lot."""
    return hashlib.sha256(f"{secret}|{number}".encode()).hexdigest()


def order(secret: str, numbers: Iterable[int]) -> list[int]:
    """The lots in the order in which they are drawn."""
    return sorted(numbers, key=lambda number: digest(secret, number))


def assign(drawn: Sequence[int], wishes: Mapping[int, Sequence[int]], slots: Iterable[int]) -> dict[int, int | None]:
    """{lot: slot or None}: in the order drawn, each gets the dearest of its wishes that is still there."""
    left = set(slots)
    found: dict[int, int | None] = {}
    for number in drawn:
        found[number] = next((slot for slot in wishes[number] if slot in left), None)
        left.discard(found[number] or 0)
    return found
