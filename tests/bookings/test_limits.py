"""How much may be booked from one network address in an hour: more than a village does, less than a machine."""

from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.bookings.classes import dates, make_tomorrows_class
from tests.bookings.factories import make_court
from tests.bookings.test_views import wish
from xiangli.bookings.models import Booking, SignUp
from xiangli.bookings.queries import moment_text
from xiangli.surveys.throttle import AN_HOUR, FROM_ONE_ADDRESS, count

pytestmark = pytest.mark.django_db


def use_up(centre, address="127.0.0.1"):
    for _ in range(FROM_ONE_ADDRESS):
        count(f"booking {centre.pk}:{address}", AN_HOUR)


def test_one_booking_more_than_an_address_may_make_is_kindly_held_up_and_keeps_what_was_typed(client):
    court = make_court()
    url = reverse("book", args=[court.county.slug, court.centre.slug])
    use_up(court.centre)
    asked = wish(court, on_behalf_of="王大爷", contact_phone="0379-1")
    answer = client.post(url, asked)
    page = answer.content.decode()
    assert (answer.status_code, Booking.everywhere.count()) == (429, 0)
    assert "打电话或者到柜台，我们替您约" in page
    assert all(f'value="{typed}"' in page for typed in ("王大爷", "0379-1"))
    slot = page.split(f'value="{asked["slot"]}"')[1].split(">")[0]
    assert "checked" in slot
    assert client.post(url, asked, REMOTE_ADDR="10.0.0.9").status_code == 302


def test_places_do_not_use_up_the_bookings_of_one_another(client):
    court, other = make_court(), make_court()
    use_up(other.centre)
    answer = client.post(reverse("book", args=[court.county.slug, court.centre.slug]), wish(court))
    assert answer.status_code == 302


def test_sign_up_is_held_up_the_same_way(client):
    lesson = make_tomorrows_class()
    use_up(lesson.centre)
    url = reverse("activity_public", args=[lesson.county.slug, lesson.centre.slug, lesson.pk])
    form = {"to": moment_text(dates(lesson, 0)), "request_key": str(uuid4()), "called": "李大娘"}
    answer = client.post(url, form)
    assert (answer.status_code, SignUp.everywhere.count()) == (429, 0)
    assert all(words in answer.content.decode() for words in ("我们替您报", 'value="李大娘"'))


def test_staff_book_as_many_as_people_ask_for(client, court_and_staff):
    court, staff = court_and_staff
    use_up(court.centre)
    client.force_login(staff)
    answer = client.post(reverse("booking_counter", args=[court.centre_id]), wish(court, channel="counter"))
    assert (answer.status_code, Booking.everywhere.get().made_at <= timezone.now()) == (302, True)


@pytest.fixture
def court_and_staff():
    from tests.places.factories import make_staff
    from xiangli.accounts.choices import Role

    court = make_court()
    return court, make_staff(Role.VILLAGE_STAFF, court.centre.place)
