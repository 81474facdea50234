"""Eight people at once over real HTTP, through the whole product, on whichever database the tests run."""

import re
import threading
from datetime import timedelta
from http.client import HTTPConnection
from itertools import pairwise
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.utils import timezone

from tests.bookings.factories import make_court
from tests.serving import rows, served

PEOPLE, SLOTS = 8, 25


@pytest.fixture
def product(transactional_db, tmp_path):
    """(port, court): the product under granian with one court."""
    from xiangli.accounts.models import User

    User.objects.create_user("somebody")  # so that the served database is not taken for an empty one
    court = make_court()
    with served(tmp_path) as port:
        yield port, court, tmp_path


def _person(port: int, url: str, wishes: list[dict[str, str]], answers: list[int]) -> None:
    """One resident with one browser session who asks for every slot in turn."""
    http = HTTPConnection("127.0.0.1", port, timeout=60)
    http.request("GET", url)
    page = http.getresponse()
    cookie = page.headers["Set-Cookie"].split(";")[0]
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.read().decode())[1]
    headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    for wish in wishes:
        body = urlencode({"csrfmiddlewaretoken": token, "request_key": str(uuid4()), "minutes": "60", **wish})
        http.request("POST", url, body, headers)
        answer = http.getresponse()
        answer.read()
        answers.append(answer.status)
    http.close()


@pytest.mark.django_db(transaction=True)
def test_eight_people_at_once_never_book_the_same_slot_twice(product):
    port, court, folder = product
    url = f"/c/{court.county.slug}/{court.centre.slug}/book/"
    tomorrow = timezone.localdate() + timedelta(days=1)
    times = [(tomorrow + timedelta(days=n // 13), 7 + n % 13) for n in range(SLOTS)]
    wishes = [{"space": str(court.pk), "day": str(day), "slot": f"{day}T{hour:02d}:00"} for day, hour in times]
    answers: list[int] = []
    people = [
        threading.Thread(target=_person, args=(port, url, wishes[n:] + wishes[:n], answers))
        for n in [0, 0, 0, 0, 1, 1, 2, 3]
    ]
    for person in people:
        person.start()
    for person in people:
        person.join()
    held = rows(folder, "SELECT starts, ends FROM bookings_booking WHERE state <> 'cancelled' ORDER BY starts")
    assert sorted(set(answers)) == [302, 409]
    assert (answers.count(302), len(answers)) == (SLOTS, PEOPLE * SLOTS)
    assert len(held) == SLOTS
    assert all(one[1] <= two[0] for one, two in pairwise(held))
