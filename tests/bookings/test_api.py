"""Booking by a program."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.utils import timezone

from tests.bookings.factories import make_booking, make_court
from xiangli.bookings.choices import State
from xiangli.bookings.models import Booking
from xiangli.bookings.queries import at_minute

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nobody_was_here():
    cache.clear()


@pytest.fixture
def court():
    return make_court()


@pytest.fixture
def base(court):
    return f"/api/centres/{court.county.slug}/{court.centre.slug}"


def moment(hour=9):
    return at_minute(timezone.localdate() + timedelta(days=1), hour * 60)


def post(client, base, court, key="first-key", **fields):
    wish = {"space": court.pk, "starts": moment().isoformat(), "minutes": 60, **fields}
    return client.post(f"{base}/bookings", wish, content_type="application/json", headers={"Idempotency-Key": key})


def test_program_reads_slots_books_reads_and_gives_back(client, base, court):
    day = moment().date().isoformat()
    (space,) = client.get(f"{base}/slots", {"day": day}).json()
    assert (space["space"], len(space["slots"]), space["needs_approval"]) == (court.pk, 16, False)
    answer = post(client, base, court)
    booking = Booking.everywhere.get()
    assert (answer.status_code, answer.json()["code"]) == (201, booking.code)
    (space,) = client.get(f"{base}/slots", {"day": day}).json()
    assert [slot["free"] for slot in space["slots"]].count(False) == 1
    url = f"{base}/bookings/{booking.code}"
    assert client.get(url).json()["state"] == State.CONFIRMED
    assert client.delete(url).json()["state"] == State.CANCELLED
    assert client.delete(url).status_code == 200


def test_same_key_and_wish_is_the_same_answer_and_another_wish_is_422(client, base, court):
    one, two = (post(client, base, court, contact_phone="0379-1") for _ in range(2))
    assert (one.status_code, one.content) == (two.status_code, two.content)
    other = post(client, base, court, starts=moment(12).isoformat(), contact_phone="0379-1")
    assert (other.status_code, post(client, base, court, contact_phone="0379-2").status_code) == (422, 422)
    assert Booking.everywhere.count() == 1


def test_taken_time_is_409_with_alternatives_that_can_be_had(client, base, court):
    make_booking(court, moment(), now=timezone.now())
    answer = post(client, base, court)
    told = answer.json()
    assert (answer.status_code, "刚被约走" in told["detail"]) == (409, True)
    chosen = told["alternatives"][0]
    again = post(client, base, court, key="second-key", space=chosen["space"], starts=chosen["starts"])
    assert again.status_code == 201


@pytest.mark.parametrize(("fields", "status"), [
    ({"starts": "2026-02-29T09:00:00+08:00"}, 422), ({"starts": "2020-01-01T09:00:00+08:00"}, 409),
    ({"starts": "2026-11-30T09:00:00"}, 422), ({"minutes": -60}, 422), ({"minutes": 0}, 422), ({"people": 0}, 422),
    ({"space": 999_999}, 404), ({"starts": "9999-12-31T23:59:00+08:00"}, 422), ({"minutes": 600}, 409),
    ({"people": 999}, 409), ({"starts": "0001-01-01T00:00:00Z"}, 409), ({"on_behalf_of": "长" * 21}, 422),
])  # fmt: skip
def test_wishes_that_cannot_be_are_refused_in_words(client, base, court, fields, status):
    answer = post(client, base, court, **fields)
    assert (answer.status_code, bool(answer.json()["detail"])) == (status, True)
    assert Booking.everywhere.count() == 0


def test_key_is_required_and_a_centre_must_be_there(client, base, court):
    wish = {"space": court.pk, "starts": moment().isoformat()}
    assert client.post(f"{base}/bookings", wish, content_type="application/json").status_code == 422
    assert client.get("/api/centres/nowhere/none/slots").status_code == 404
    assert client.get(f"{base}/bookings/ZZZZZZ").status_code == 404


def test_answers_say_nothing_about_a_person(client, base, court):
    answer = post(client, base, court, on_behalf_of="王大爷", contact_phone="13800001234", card_number="77001")
    page = client.get(f"{base}/bookings/{answer.json()['code']}").content.decode() + answer.content.decode()
    assert not any(secret in page for secret in ("王大爷", "13800001234", "77001"))
    assert Booking.everywhere.get().on_behalf_of == "王大爷"


def test_machines_are_held_back(client, base, court, monkeypatch):
    monkeypatch.setattr("xiangli.surveys.throttle.FROM_ONE_ADDRESS", 2)
    codes = [
        post(client, base, court, key=str(uuid4()), starts=moment(9 + n).isoformat()).status_code for n in range(3)
    ]
    assert codes == [201, 201, 429]
