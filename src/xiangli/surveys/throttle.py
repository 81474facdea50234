"""Holds back machines: a limit for one network address on the public form, and for guesses at a phone's keys.

A whole village may share one address (the centre's own Wi-Fi), hence the wide limits. Only a keyed digest of the
address is kept, for an hour at most. The counts live in the cache, which each worker process has for itself.
"""

import hashlib

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

AN_HOUR = 3600
FROM_ONE_ADDRESS = 60
A_WHILE = 900
WRONG_FOR_ONE_PHONE = 10  # in A_WHILE, from one address
WRONG_FROM_ONE_ADDRESS = 100  # in A_WHILE
SENT_BY_ONE_PHONE = 600  # in AN_HOUR; who comes home after a day without a network sends everything at once


def may_pass(request: HttpRequest, what: str = "form") -> bool:
    """Count one sent form and say whether it may pass; each kind of form (``what``) has a count of its own."""
    return count(f"{what}:{address_of(request)}", AN_HOUR) <= FROM_ONE_ADDRESS


def address_of(request: HttpRequest) -> str:
    """The network address a request came from; behind our own TLS proxy, the one the proxy saw."""
    if settings.HTTPS and (passed := request.META.get("HTTP_X_FORWARDED_FOR")):
        return str(passed).rsplit(",", 1)[-1].strip()
    return str(request.META.get("REMOTE_ADDR", ""))


def count(what: str, seconds: int) -> int:
    """Count one more of ``what`` and say how many there have been since the first, ``seconds`` ago at most."""
    key = _key(what)
    cache.add(key, 0, seconds)
    try:
        return cache.incr(key)
    except ValueError:  # it expired between the two lines
        return 1


def counted(what: str) -> int:
    """How many of ``what`` there have been, counting none."""
    return int(cache.get(_key(what), 0))


def _key(what: str) -> str:
    digest = hashlib.blake2b(what.encode(), key=settings.SECRET_KEY.encode()[:64], digest_size=12).hexdigest()
    return f"survey-form:{digest}"


def is_guessing(request: HttpRequest, phone: str = "") -> bool:
    """Whether too many wrong keys have come from this address: for this phone, or for none that exists.

    Who guesses shuts out himself and at most the one phone he guesses at, not all the others behind the same address.
    """
    address = address_of(request)
    if phone:
        return counted(f"wrong:{address}:{phone}") >= WRONG_FOR_ONE_PHONE
    return counted(f"wrong:{address}") >= WRONG_FROM_ONE_ADDRESS


def count_wrong(request: HttpRequest, phone: str = "") -> None:
    """Remember a wrong key; ``phone`` where it was meant for one that exists."""
    address = address_of(request)
    count(f"wrong:{address}", A_WHILE)
    if phone:
        count(f"wrong:{address}:{phone}", A_WHILE)
