"""HTTP Digest: the example of RFC 2617, another implementation as oracle, and what must not open."""

import time
from urllib.request import AbstractDigestAuthHandler, HTTPPasswordMgrWithDefaultRealm, Request

import pytest
from django.core.cache import cache
from hypothesis import given
from hypothesis import strategies as st

from tests.places.factories import make_village
from tests.surveys.factories import make_campaign
from xiangli.surveys import digest, services, throttle
from xiangli.surveys.digest import Verdict

NOW = 1_764_000_000.0
URL = "/odk/formList?deviceID=collect:abc%20d"


@pytest.fixture(autouse=True)
def _fresh_cache():
    cache.clear()


class Oracle:
    """Python's own Digest client."""

    def __init__(self, username="dcy-1", password="secret"):
        passwords = HTTPPasswordMgrWithDefaultRealm()
        passwords.add_password(None, "http://localhost/", username, password)
        self.handler = AbstractDigestAuthHandler(passwords)

    def answer(self, challenge, url=URL, method="GET"):
        """The value of Authorization for a WWW-Authenticate."""
        from urllib.request import parse_http_list, parse_keqv_list

        request = Request(f"http://localhost{url}", method=method)
        told = parse_keqv_list(parse_http_list(challenge.partition(" ")[2]))
        return "Digest " + self.handler.get_authorization(request, told)


def judged(header, now=NOW, method="GET", path="/odk/formList", username="dcy-1", password="secret"):
    return digest.judge(digest.parse(header), ha1=digest.ha1(username, password), method=method, path=path, now=now)


def test_response_is_that_of_the_rfc(monkeypatch):
    fields = {
        "username": "Mufasa", "realm": "testrealm@host.com", "nonce": "dcd98b7102dd2f0e8b11d0f600bfb0c093",
        "uri": "/dir/index.html", "qop": "auth", "nc": "00000001", "cnonce": "0a4f113b",
        "response": "6629fae49393a05397450978507c4ef1", "opaque": "5ccc069c403ebaf9f0171e9517f40e41",
    }  # fmt: skip
    monkeypatch.setattr(digest, "REALM", "testrealm@host.com")
    key = digest.ha1("Mufasa", "Circle Of Life")
    assert key == "939e7578ed9e3c518a452acee763bce9"
    ask = {"method": "GET", "path": "/dir/index.html", "now": NOW}
    assert digest.judge(fields, ha1=key, **ask) is Verdict.STALE  # right, but the nonce is none of ours
    assert digest.judge({**fields, "nc": "00000002"}, ha1=key, **ask) is Verdict.WRONG


def test_challenge_has_what_openrosa_asks_for():
    assert digest.challenge(NOW).startswith('Digest realm="xiangli-odk", domain="/odk/", nonce="')
    assert digest.challenge(NOW).endswith('", algorithm=MD5, qop="auth"')
    assert digest.challenge(NOW, stale=True).endswith(', qop="auth", stale=true')


def test_right_password_opens_once_for_each_count():
    oracle, challenge = Oracle(), digest.challenge(NOW)
    first, second = oracle.answer(challenge), oracle.answer(challenge)
    assert judged(first) is Verdict.RIGHT
    assert judged(first) is Verdict.STALE  # read off the network and sent again
    assert judged(second) is Verdict.RIGHT


def test_nonce_serves_five_minutes():
    oracle, challenge = Oracle(), digest.challenge(NOW)
    assert judged(oracle.answer(challenge), NOW + 300) is Verdict.RIGHT
    assert judged(oracle.answer(challenge), NOW + 302) is Verdict.STALE
    assert judged(oracle.answer(challenge), NOW - 2) is Verdict.STALE


@pytest.mark.parametrize(
    "other",
    [{"method": "POST"}, {"path": "/odk/submission"}, {"password": "secrets"}, {"username": "dcy-2"}],
    ids=lambda other: next(iter(other)),
)
def test_answer_for_another_request_or_password_is_wrong(other):
    assert judged(Oracle().answer(digest.challenge(NOW)), **other) is Verdict.WRONG


def test_forged_nonce_is_not_taken_for_ours():
    forged = digest.challenge(NOW).replace('nonce="6', 'nonce="7')
    assert forged != digest.challenge(NOW)
    assert judged(Oracle().answer(forged)) is Verdict.STALE


@pytest.mark.parametrize("nonce", ["", "-", "a-b-c", "é", "zz-1-" + digest._seal("zz-1")[:31], "0" * 9000])
def test_odd_nonces_are_stale_or_not_parsed(nonce):
    header = Oracle().answer(digest.challenge(NOW))
    before = digest.parse(header)["nonce"]
    fields = digest.parse(header.replace(before, nonce))
    if fields is not None:
        assert digest.judge(fields, ha1="0" * 32, method="GET", path="/odk/formList", now=NOW) is Verdict.WRONG
        assert digest._is_fresh(nonce, NOW) is False


@given(st.text(max_size=200))
def test_any_header_is_parsed_or_refused(text):
    for header in (text, f"Digest {text}"):
        fields = digest.parse(header)
        assert fields is None or set(digest.NEEDED) <= set(fields)


@pytest.mark.django_db
class TestEndpoint:
    @pytest.fixture
    def access(self):
        campaign = make_campaign(make_village())
        return services.add_enumerator(by=None, campaign=campaign, place=campaign.place, label="一")

    def ask(self, client, oracle, challenge, **extra):
        return client.get(URL, headers={"authorization": oracle.answer(challenge)}, **extra)

    def test_list_opens_to_the_password_and_to_nothing_else(self, client, access):
        asked = client.get(URL)
        assert (asked.status_code, "stale" in asked["WWW-Authenticate"]) == (401, False)
        oracle = Oracle(access.enumerator.username, access.password)
        assert self.ask(client, oracle, asked["WWW-Authenticate"]).status_code == 200
        wrong = self.ask(client, Oracle(access.enumerator.username, "x"), asked["WWW-Authenticate"])
        assert (wrong.status_code, "stale" in wrong["WWW-Authenticate"]) == (401, False)
        assert self.ask(client, Oracle("nobody", "x"), asked["WWW-Authenticate"]).status_code == 401
        broken = oracle.answer(asked["WWW-Authenticate"]).replace('uri="/odk', 'uri="//[')
        for header in ("Basic ZGN5OnNlY3JldA==", "Digest", "Digest a", "Bearer x", broken):
            assert client.get(URL, headers={"authorization": header}).status_code == 401

    def test_old_nonce_is_called_stale_only_to_who_knows_the_password(self, client, access):
        old = digest.challenge(time.time() - 400)
        knows = self.ask(client, Oracle(access.enumerator.username, access.password), old)
        assert (knows.status_code, knows["WWW-Authenticate"].endswith("stale=true")) == (401, True)
        guesses = self.ask(client, Oracle(access.enumerator.username, "x"), old)
        assert (guesses.status_code, "stale" in guesses["WWW-Authenticate"]) == (401, False)

    def test_ten_wrong_guesses_lock_that_phone_for_that_address_only(self, client, access):
        right, wrong = (Oracle(access.enumerator.username, password) for password in (access.password, "x"))
        challenge = digest.challenge(time.time())
        for _ in range(throttle.WRONG_FOR_ONE_PHONE):
            assert self.ask(client, wrong, challenge).status_code == 401
        assert self.ask(client, right, challenge).status_code == 429
        assert self.ask(client, right, challenge, REMOTE_ADDR="10.0.0.9").status_code == 200
        other = services.add_enumerator(
            by=None, campaign=access.enumerator.campaign, place=access.enumerator.place, label="二"
        )
        assert self.ask(client, Oracle(other.enumerator.username, other.password), challenge).status_code == 200

    def test_password_is_not_kept_and_a_new_one_shuts_out_the_old(self, client, access):
        enumerator, challenge = access.enumerator, digest.challenge(time.time())
        enumerator.refresh_from_db()
        kept = {str(value) for value in vars(enumerator).values()}
        assert not kept & {access.password, access.token}
        assert enumerator.ha1 == digest.ha1(enumerator.username, access.password)
        renewed = services.renew_enumerator(by=None, enumerator=enumerator)
        assert self.ask(client, Oracle(enumerator.username, access.password), challenge).status_code == 401
        assert self.ask(client, Oracle(enumerator.username, renewed.password), challenge).status_code == 200
