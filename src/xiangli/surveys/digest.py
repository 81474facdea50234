"""HTTP Digest authentication (RFC 2617) as OpenRosa restricts it: MD5, qop=auth. For phones on a LAN without TLS.

https://docs.getodk.org/openrosa-authentication/. The password never crosses the network. A nonce is the time it was
made, something random and a seal over both, so that nothing has to be kept to know our own; it serves five minutes,
and each of its counts (``nc``) serves once, so that a header read off the network cannot be sent again with another
body. Counts are remembered in the cache, which each worker process has for itself.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from enum import Enum
from urllib.parse import unquote, urlsplit
from urllib.request import parse_http_list, parse_keqv_list

from django.conf import settings
from django.core.cache import cache

REALM = "xiangli-odk"  # ASCII: Collect computes with nothing else
DOMAIN = "/odk/"
SECONDS = 300
NEEDED = ("username", "realm", "nonce", "uri", "response", "qop", "nc", "cnonce")


class Verdict(Enum):
    RIGHT = "right"
    STALE = "stale"
    """The password is right, the nonce has served: the phone tries again by itself with the next one."""
    WRONG = "wrong"


def ha1(username: str, password: str) -> str:
    """MD5(username:realm:password) in hex: what the server keeps in place of the password."""
    return _md5(username, REALM, password)


def challenge(now: float, *, stale: bool = False) -> str:
    """The value of WWW-Authenticate. ``now``: seconds since 1970."""
    value = f'Digest realm="{REALM}", domain="{DOMAIN}", nonce="{_nonce(now)}", algorithm=MD5, qop="auth"'
    return value + ", stale=true" * stale


def parse(header: str) -> dict[str, str] | None:
    """The fields of an Authorization header, None where it is not a whole Digest one of ours."""
    scheme, _, rest = header.partition(" ")
    if scheme.lower() != "digest":
        return None
    try:
        fields = parse_keqv_list(parse_http_list(rest))
        urlsplit(fields.get("uri", ""))
    except (ValueError, IndexError):
        return None
    fits = all(fields.get(name) for name in NEEDED) and (fields["realm"], fields["qop"]) == (REALM, "auth")
    return fields if fits and fields.get("algorithm", "MD5").upper() == "MD5" else None


def judge(fields: Mapping[str, str], *, ha1: str, method: str, path: str, now: float) -> Verdict:
    """Whether the answer to a challenge is right for this request. ``path`` is the request's own, decoded."""
    if unquote(urlsplit(fields["uri"]).path) != path:
        return Verdict.WRONG
    mixed = [fields[name] for name in ("nonce", "nc", "cnonce", "qop")]
    expected = _md5(ha1, *mixed, _md5(method, fields["uri"]))
    if not hmac.compare_digest(expected.encode(), fields["response"].lower().encode()):
        return Verdict.WRONG
    if not _is_fresh(fields["nonce"], now):
        return Verdict.STALE
    once = cache.add(f"odk-nc:{_md5(fields['nonce'], fields['nc'])}", 1, SECONDS)
    return Verdict.RIGHT if once else Verdict.STALE


def _md5(*parts: str) -> str:
    return hashlib.md5(":".join(parts).encode(), usedforsecurity=False).hexdigest()


def _seal(text: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), f"odk-nonce:{text}".encode(), hashlib.sha256).hexdigest()[:32]


def _nonce(now: float) -> str:
    text = f"{int(now):x}-{secrets.token_hex(8)}"
    return f"{text}-{_seal(text)}"


def _is_fresh(nonce: str, now: float) -> bool:
    text, _, seal = nonce.rpartition("-")
    if not hmac.compare_digest(_seal(text).encode(), seal.encode()):
        return False
    return 0 <= now - int(text.partition("-")[0], 16) <= SECONDS
