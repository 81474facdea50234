from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.bookings.factories import make_court
from tests.opening.factories import make_open_centre
from tests.places.factories import make_centre, make_staff, make_village
from xiangli.accounts.choices import Role
from xiangli.bookings.choices import State
from xiangli.bookings.models import Booking

pytestmark = pytest.mark.django_db


@pytest.fixture
def court():
    return make_court()


@pytest.fixture
def url(court):
    return reverse("book", args=[court.county.slug, court.centre.slug])


def tomorrow(hour=9):
    return f"{timezone.localdate() + timedelta(days=1)}T{hour:02d}:00"


def wish(court, **fields):
    day = str(timezone.localdate() + timedelta(days=1))
    slot = {"space": court.pk, "day": day, "slot": tomorrow(), "minutes": "60", "request_key": str(uuid4())}
    return {**slot, **fields}


def test_resident_books_without_log_in_or_name_and_gets_a_code(client, court, url):
    answer = client.post(url, wish(court))
    booking = Booking.objects.within(court.county).get()
    assert (answer.status_code, answer["Location"]) == (302, f"{url}{booking.code}/")
    page = client.get(answer["Location"]).content.decode()
    assert booking.code in page
    assert "约好了" in page


def test_code_is_found_in_any_case_and_only_at_its_centre(client, court, url):
    client.post(url, wish(court))
    booking = Booking.objects.within(court.county).get()
    assert client.get(url, {"code": booking.code.lower()})["Location"] == f"{url}{booking.code}/"
    elsewhere = make_centre(make_village(court.centre.place.parent))
    other = reverse("booking_public", args=[elsewhere.county.slug, elsewhere.slug, booking.code])
    assert client.get(other).status_code == 404
    assert "没有找到" in client.get(url, {"code": "ZZZZZZ"}).content.decode()


def test_resident_cancels_with_the_code(client, court, url):
    client.post(url, wish(court))
    booking = Booking.objects.within(court.county).get()
    assert client.post(f"{url}{booking.code}/").status_code == 302
    booking.refresh_from_db()
    assert booking.state == State.CANCELLED
    assert client.post(url, wish(court)).status_code == 302


def test_page_behind_a_code_shows_no_name_and_no_number(client, court, url):
    client.post(url, wish(court, on_behalf_of="王大爷", contact_phone="13800001234", card_number="77001"))
    booking = Booking.objects.within(court.county).get()
    page = client.get(f"{url}{booking.code}/").content.decode()
    assert not any(secret in page for secret in ("王大爷", "13800001234", "77001"))


def test_taken_slot_answers_409_and_one_tap_takes_an_alternative(client, court, url):
    client.post(url, wish(court))
    answer = client.post(url, wish(court, on_behalf_of="李大娘"))
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "这段时间刚被约走了" in page
    assert "李大娘" in page
    slot = answer.context["alternatives"][0]
    instead = f"{slot.space.pk} {timezone.localtime(slot.starts):%Y-%m-%dT%H:%M} 60"
    assert f'value="{instead}"' in page
    posted = wish(court, slot="", instead=instead, on_behalf_of="李大娘")
    assert client.post(url, posted).status_code == 302
    assert Booking.objects.within(court.county).get(on_behalf_of="李大娘").starts == slot.starts


def test_form_sent_twice_is_one_booking(client, court, url):
    form = wish(court)
    assert client.post(url, form)["Location"] == client.post(url, form)["Location"]
    assert Booking.objects.within(court.county).count() == 1


@pytest.mark.parametrize("fields", [
    {"slot": ""}, {"slot": "morgen"}, {"slot": "2026-13-40T99:00"}, {"slot": "99999-01-01T00:00"}, {"minutes": "7"},
    {"request_key": "x"}, {"slot": "0001-01-01T00:00"},
])  # fmt: skip
def test_spoilt_forms_are_refused_without_a_booking(client, court, url, fields):
    assert client.post(url, wish(court, **fields)).status_code in (409, 422)
    assert Booking.objects.within(court.county).count() == 0


@pytest.mark.parametrize("query", ["space=x&day=2026-02-30", "space=99999999999999999999", "day=9999-12-31"])
def test_odd_addresses_show_the_plain_page(client, url, query):
    assert client.get(f"{url}?{query}").status_code == 200


def test_identity_card_numbers_are_never_stored(client, court, url):
    client.post(url, wish(court, on_behalf_of="11010519491231002X"))
    assert "19491231" not in Booking.objects.within(court.county).get().on_behalf_of


def test_centre_without_bookable_rooms_says_what_to_do(client):
    centre = make_open_centre()
    answer = client.get(reverse("book", args=[centre.county.slug, centre.slug]))
    assert "还没有可以预约的房间" in answer.content.decode()


@pytest.mark.parametrize("role", [Role.COUNTER, Role.VILLAGE_STAFF, Role.TOWN])
def test_desk_books_on_behalf_and_sees_it_today(client, court, role):
    user = make_staff(role, court.centre.place if role != Role.TOWN else court.centre.place.parent)
    client.force_login(user)
    form = wish(court, channel="phone", on_behalf_of="张奶奶")
    assert client.post(reverse("booking_counter", args=[court.centre.pk]), form).status_code == 302
    booking = Booking.objects.within(court.county).get()
    assert (booking.channel, booking.made_by) == ("phone", user)
    day = timezone.localdate() + timedelta(days=1)
    assert "张奶奶" in client.get(reverse("bookings_list"), {"day": str(day)}).content.decode()


def test_desk_of_another_village_sees_and_cancels_nothing(client, court, url):
    client.post(url, wish(court, on_behalf_of="王大爷"))
    booking = Booking.objects.within(court.county).get()
    client.force_login(make_staff(Role.VILLAGE_STAFF, make_village(court.centre.place.parent)))
    assert client.get(reverse("booking_counter", args=[court.centre.pk])).status_code == 404
    assert client.post(reverse("booking_cancel", args=[booking.pk])).status_code == 404
    day = timezone.localdate() + timedelta(days=1)
    assert "王大爷" not in client.get(reverse("bookings_list"), {"day": str(day)}).content.decode()


def test_editor_has_no_bookings_page(client, court):
    client.force_login(make_staff(Role.EDITOR, court.centre.place))
    assert client.get(reverse("bookings_list")).status_code == 404


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2026-02-30", "x", ""])
def test_desk_shows_today_for_a_day_out_of_reach(client, court, day):
    client.force_login(make_staff(Role.VILLAGE_STAFF, court.centre.place))
    assert client.get(reverse("bookings_list"), {"day": day}).context["day"] == timezone.localdate()


def test_staff_cancel_with_a_reason(client, court, url):
    client.post(url, wish(court))
    booking = Booking.objects.within(court.county).get()
    client.force_login(make_staff(Role.VILLAGE_STAFF, court.centre.place))
    client.post(reverse("booking_cancel", args=[booking.pk]), {"reason": "场地积水"})
    booking.refresh_from_db()
    assert (booking.state, booking.cancel_reason) == (State.CANCELLED, "场地积水")


@pytest.mark.parametrize("number", [1, 3])
def test_list_takes_the_same_queries_for_any_number_of_rows(client, court, url, number, django_assert_num_queries):
    for hour in range(number):
        client.post(url, wish(court, slot=tomorrow(8 + hour)))
        make_centre(make_village(court.centre.place.parent))
    client.force_login(make_staff(Role.TOWN, court.centre.place.parent))
    day = timezone.localdate() + timedelta(days=1)
    with django_assert_num_queries(11):  # two of them note that personal data were looked at
        answer = client.get(reverse("bookings_list"), {"day": str(day)})
    assert sum(len(held) for _, held, _ in answer.context["rows"]) == number
    assert sum(booked for _, _, booked in answer.context["rows"]) == number
