"""Holds back machines that fill in the public form: a field people do not see, and a limit for one network address.

A whole village may share one address (the centre's own Wi-Fi), hence the wide limit. Only a keyed digest of the address
is kept, for an hour.
"""

import hashlib

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

AN_HOUR = 3600
FROM_ONE_ADDRESS = 60


def may_pass(request: HttpRequest) -> bool:
    """Count one sent form and say whether it may pass."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    if settings.HTTPS and (passed := request.META.get("HTTP_X_FORWARDED_FOR")):
        address = str(passed).rsplit(",", 1)[-1].strip()
    digest = hashlib.blake2b(address.encode(), key=settings.SECRET_KEY.encode()[:64], digest_size=12).hexdigest()
    key = f"survey-form:{digest}"
    cache.add(key, 0, AN_HOUR)
    try:
        return cache.incr(key) <= FROM_ONE_ADDRESS
    except ValueError:  # it expired between the two lines
        return True
