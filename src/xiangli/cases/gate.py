"""Keeps machines from flooding the public form, without a picture captcha and without JavaScript.

Three nets: a field that people do not see and machines fill in; a proof of work done quietly by the browser where
JavaScript runs; and a limit on how many messages come from one address in an hour, narrower where there is no proof.
Whoever is held up by it is sent to the counter or the telephone, never just refused.
"""

import hashlib
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django_altcha import AltchaField

from xiangli.cases.queries import filed_since
from xiangli.places.models import Centre

WITH_PROOF = 20  # messages an hour from one address
WITHOUT_PROOF = 5
CENTRE_AN_HOUR = 60  # and to one centre in all, whatever the address
WORK = 40_000  # hashes at most: about a second on a slow phone
HOUR = 3600


def address(request: HttpRequest) -> str:
    """The visitor's network address; behind the declared proxy (XIANGLI_HTTPS) the one that the proxy saw."""
    if settings.HTTPS and (passed := request.META.get("HTTP_X_FORWARDED_FOR")):
        return str(passed).rsplit(",", 1)[-1].strip()
    return str(request.META.get("REMOTE_ADDR", ""))


def is_proven(payload: str) -> bool:
    """True when the browser did its work for a challenge of ours, not used before."""
    try:
        AltchaField().clean(payload)
    except ValidationError:
        return False
    return True


def may_pass(request: HttpRequest, centre: Centre, proof: str, now: datetime) -> bool:
    """Count this message and say whether it may pass. Only a keyed digest of the address is kept, for an hour."""
    digest = hashlib.blake2b(address(request).encode(), key=settings.SECRET_KEY.encode()[:64], digest_size=12)
    key = f"case-gate:{digest.hexdigest()}"
    cache.add(key, 0, HOUR)
    try:
        seen = cache.incr(key)
    except ValueError:  # expired between the two lines
        seen = 1
    allowed = WITH_PROOF if proof and is_proven(proof) else WITHOUT_PROOF
    return seen <= allowed and filed_since(centre, now - timedelta(hours=1)) < CENTRE_AN_HOUR
