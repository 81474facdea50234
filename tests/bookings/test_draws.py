"""Lots: what is promised, who may enter, and that anybody can do the sum again."""

import hashlib
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from tests.bookings.factories import NOW, at, make_booking, make_court
from tests.places.factories import make_staff
from xiangli.accounts.choices import Role
from xiangli.audit.services import purge
from xiangli.bookings import lots
from xiangli.bookings.choices import State, Why
from xiangli.bookings.models import Draw, DrawEntry
from xiangli.bookings.queries import calls_open
from xiangli.bookings.services import (
    BookingRefused,
    announce_draw,
    draw_now,
    enter_draw,
    new_code,
    withdraw_entry,
)
from xiangli.core.errors import UserError

SECRET = "ab" * 32
CLOSES = at(25, 18)


@pytest.fixture
def court(db):
    return make_court()


@pytest.fixture
def staff(court):
    return make_staff(Role.VILLAGE_STAFF, court.centre.place)


@pytest.fixture
def draw(court, staff):
    times = [(court, at(28, hour), at(28, hour + 1)) for hour in (18, 19)]
    return announce_draw(
        by=staff, centre=court.centre, title="篮球场", times=times, closes_at=CLOSES, secret=SECRET, now=NOW
    )


def enter(draw, phone, wishes=None, now=NOW, **fields):
    wishes = wishes or [slot.pk for slot in draw.slots.order_by("starts")]
    fields = {"by": None, "channel": "web", "code": new_code(), **fields}
    return enter_draw(draw=draw, wishes=wishes, now=now, contact_phone=phone, **fields)


@given(st.text("0123456789abcdef", min_size=8), st.sets(st.integers(1, 10_000), max_size=40))
def test_order_is_that_of_the_digests(secret, numbers):
    found = lots.order(secret, numbers)
    assert sorted(found) == sorted(numbers)
    digests = [hashlib.sha256(f"{secret}|{number}".encode()).hexdigest() for number in found]
    assert digests == sorted(digests)


@given(st.permutations(range(1, 9)), st.data())
def test_each_gets_the_dearest_that_is_left_and_none_is_given_twice(drawn, data):
    wishes = {n: data.draw(st.lists(st.integers(1, 5), min_size=1, max_size=3, unique=True)) for n in drawn}
    found = lots.assign(drawn, wishes, range(1, 6))
    given_away = [slot for slot in found.values() if slot]
    assert len(given_away) == len(set(given_away))
    for place, number in enumerate(drawn):
        before = {found[one] for one in drawn[:place]}
        assert found[number] == next((slot for slot in wishes[number] if slot not in before), None)


def test_announced_draw_keeps_its_times_from_being_booked(draw, court):
    assert draw.commitment == hashlib.sha256(SECRET.encode()).hexdigest()
    with pytest.raises(BookingRefused, match="刚被约走"):
        make_booking(court, at(28, 18))


def test_draw_over_a_booking_is_refused_whole(court, staff):
    make_booking(court, at(28, 19))
    times = [(court, at(28, hour), at(28, hour + 1)) for hour in (18, 19)]
    with pytest.raises(BookingRefused, match="已经有人约了"):
        announce_draw(by=staff, centre=court.centre, title="甲", times=times, closes_at=CLOSES, secret=SECRET, now=NOW)
    assert Draw.everywhere.count() == 0
    assert make_booking(court, at(28, 18)).is_held


@pytest.mark.parametrize("closes", [NOW, at(28, 18)])
def test_draw_closes_between_now_and_its_first_time(court, staff, closes):
    times = [(court, at(28, 18), at(28, 19))]
    with pytest.raises(UserError):
        announce_draw(by=staff, centre=court.centre, title="甲", times=times, closes_at=closes, secret=SECRET, now=NOW)


def test_one_person_has_one_lot_and_numbers_follow_the_order_of_entry(draw):
    assert [enter(draw, f"0379-{n}").number for n in (1, 2, 3)] == [1, 2, 3]
    with pytest.raises(UserError, match="一人一签"):
        enter(draw, "0379 - 1")
    with pytest.raises(UserError, match="填电话或者卡号"):
        enter(draw, " ")
    with pytest.raises(UserError, match="从列出的时间里选"):
        enter(draw, "0379-4", wishes=[999_999])
    with pytest.raises(UserError, match="截止"):
        enter(draw, "0379-5", now=CLOSES)
    row = DrawEntry.everywhere.get(number=1)
    with pytest.raises(IntegrityError, match=r"number|drawentry"), transaction.atomic():
        DrawEntry.everywhere.create(
            county=row.county, draw=draw, number=1, code="ZZZZZZ", wishes=[], channel="web", made_at=NOW
        )


def test_who_withdraws_may_enter_again_with_a_new_number(draw):
    withdraw_entry(by=None, entry=enter(draw, "0379-1"), now=NOW)
    assert enter(draw, "0379-1").number == 2


def test_drawn_lots_become_bookings_under_their_own_codes(draw, staff):
    entries = {entry.number: entry for entry in (enter(draw, f"0379-{n}") for n in range(1, 6))}
    withdraw_entry(by=None, entry=entries.pop(2), now=NOW)
    with pytest.raises(UserError, match="还没截止"):
        draw_now(by=staff, draw=draw, now=NOW)
    draw_now(by=staff, draw=draw, now=CLOSES)
    draw_now(by=staff, draw=draw, now=CLOSES)
    drawn = lots.order(SECRET, entries)
    first, second = draw.slots.order_by("starts")
    assert [first.code, second.code] == [entries[drawn[0]].code, entries[drawn[1]].code]
    assert {first.state, second.state} == {State.CONFIRMED}
    assert first.contact_phone == f"0379{drawn[0]}"
    assert [call.why for call in calls_open([draw.centre], NOW)] == [Why.DRAWN] * 2


def test_times_nobody_drew_are_free_again(draw, staff, court):
    enter(draw, "0379-1")
    draw_now(by=staff, draw=draw, now=CLOSES)
    first, second = draw.slots.order_by("starts")
    assert (first.state, second.state) == (State.CONFIRMED, State.CANCELLED)
    assert make_booking(court, at(28, 19), now=CLOSES).is_held


def test_anybody_can_check_the_draw_and_nobody_learns_a_code_or_a_number(client, draw, staff):
    codes = [enter(draw, f"0379-555{n}").code for n in range(3)]
    url = reverse("draw_json", args=[draw.county.slug, draw.centre.slug, draw.pk])
    before = client.get(url).json()
    assert (before["secret"], before["lots"]) == (None, [])
    draw_now(by=staff, draw=draw, now=CLOSES + timedelta(hours=1))
    answer = client.get(url)
    told = answer.json()
    assert hashlib.sha256(told["secret"].encode()).hexdigest() == told["commitment"] == before["commitment"]
    order = sorted(
        told["lots"], key=lambda lot: hashlib.sha256(f"{told['secret']}|{lot['number']}".encode()).hexdigest()
    )
    assert order == told["lots"]
    left = {slot["id"] for slot in told["slots"]}
    for lot in told["lots"]:
        assert lot["got"] == next((slot for slot in lot["wishes"] if slot in left), None)
        left.discard(lot["got"])
    page = client.get(reverse("draw_public", args=[draw.county.slug, draw.centre.slug, draw.pk])).content.decode()
    for text in (answer.content.decode(), page):
        assert not any(code in text for code in codes)
        assert "0379555" not in text


def test_draw_is_drawn_after_closing_says_the_database(draw):
    with pytest.raises(IntegrityError, match="draw_after_closing"), transaction.atomic():
        Draw.everywhere.filter(pk=draw.pk).update(drawn_at=NOW)


def test_who_drew_is_forgotten_thirty_days_after_closing_and_the_lots_stay(draw, staff):
    for n in range(3):
        enter(draw, f"0379-{n}", on_behalf_of="王大爷", card_number=f"7{n}")
    draw_now(by=staff, draw=draw, now=CLOSES)
    purge(now=CLOSES + timedelta(days=29))
    assert all(row.contact_phone and row.person for row in DrawEntry.everywhere.all())
    purge(now=CLOSES + timedelta(days=31))
    rows = [(row.on_behalf_of, row.contact_phone, row.card_number, row.person) for row in draw.entries.all()]
    assert rows == [("", "", "", "")] * 3
    assert sorted(row.number for row in draw.entries.all()) == [1, 2, 3]
