"""Many people at once over real HTTP, through the whole product, on whichever database the tests run."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.client import HTTPConnection
from itertools import pairwise
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from tests.bookings.factories import make_booking, make_court
from tests.places.factories import make_staff
from tests.serving import rows, served
from xiangli.accounts.choices import Role
from xiangli.bookings.queries import at_minute
from xiangli.bookings.services import set_rule

PEOPLE, SLOTS = 8, 25
HELD = "state NOT IN ('cancelled', 'refused')"
SPANS = f"SELECT starts, ends FROM bookings_booking WHERE {HELD} AND space_id = %d ORDER BY starts"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def court(transactional_db):
    from xiangli.accounts.models import User

    User.objects.create_user("somebody")  # so that the served database is not taken for an empty one
    return make_court()


class Person:
    """Somebody with one browser session; ``session``: of staff who are logged in."""

    def __init__(self, port: int, session: str = "", address: int = 0) -> None:
        self.address = f"10.0.0.{address}"
        self.http = HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookie = f"{settings.SESSION_COOKIE_NAME}={session}" if session else ""
        self.answers: list[int] = []

    def gets(self, url: str) -> str:
        """Opens a page with a form; returns the form's token."""
        self.http.request("GET", url, headers={"Cookie": self.cookie})
        page = self.http.getresponse()
        text = page.read().decode()
        given = [one.split(";")[0] for one in page.headers.get_all("Set-Cookie") or () if "csrftoken" in one]
        self.cookie = "; ".join(filter(None, [self.cookie, *given]))
        return re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', text)[1]

    def posts(self, url: str, token: str, **form: object) -> None:
        body = urlencode({"csrfmiddlewaretoken": token, "request_key": str(uuid4()), **form})
        headers = {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        headers["X-Forwarded-For"] = self.address
        self.http.request("POST", url, body, headers)
        answer = self.http.getresponse()
        answer.read()
        self.answers.append(answer.status)


def together(*tasks) -> None:
    """Runs the tasks at once, each in a thread; what one of them raises comes up here."""
    with ThreadPoolExecutor(len(tasks)) as pool:
        for done in [pool.submit(task) for task in tasks]:
            done.result()


def book_url(court) -> str:
    return f"/c/{court.county.slug}/{court.centre.slug}/book/"


def wish(court, day, hour) -> dict[str, str]:
    return {"space": str(court.pk), "day": str(day), "slot": f"{day}T{hour:02d}:00", "minutes": "60"}


def resident(port, court, wishes, answers, address=0):
    """One who books; ``address``: their own network address, as a proxy tells it."""

    def task():
        person = Person(port, address=address)
        token = person.gets(book_url(court))
        for one in wishes:
            person.posts(book_url(court), token, **one)
        answers.extend(person.answers)

    return task


def apart(spans) -> bool:
    return all(one[1] <= two[0] for one, two in pairwise(spans))


def test_eight_people_at_once_never_book_the_same_slot_twice(court, tmp_path):
    tomorrow = timezone.localdate() + timedelta(days=1)
    wishes = [wish(court, tomorrow + timedelta(days=n // 13), 7 + n % 13) for n in range(SLOTS)]
    answers: list[int] = []
    with served(tmp_path, XIANGLI_HTTPS="1") as port:
        starts = enumerate([0, 0, 0, 0, 1, 1, 2, 3])
        together(*(resident(port, court, wishes[n:] + wishes[:n], answers, one) for one, n in starts))
        held = rows(tmp_path, SPANS % court.pk)
    assert sorted(set(answers)) == [302, 409]
    assert (answers.count(302), len(answers), len(held)) == (SLOTS, PEOPLE * SLOTS, SLOTS)
    assert apart(held)


def test_of_fifty_people_who_want_one_slot_one_gets_it(court, tmp_path):
    day = timezone.localdate() + timedelta(days=1)
    answers: list[int] = []
    with served(tmp_path) as port:
        together(*(resident(port, court, [wish(court, day, 9)], answers) for _ in range(50)))
        held = rows(tmp_path, SPANS % court.pk)
    assert (answers.count(302), answers.count(409), len(held)) == (1, 49, 1)


def test_requests_moves_series_queues_and_bookings_at_once_hold_no_minute_twice(court, tmp_path):
    other = make_court(court.centre)
    set_rule(by=None, centre=court.centre, space=other, needs_approval=True, after_minutes=15)
    staff = Client()
    staff.force_login(make_staff(Role.VILLAGE_STAFF, court.centre.place))
    session = staff.cookies[settings.SESSION_COOKIE_NAME].value
    now, day = timezone.now(), timezone.localdate() + timedelta(days=1)
    later = [make_booking(court, at_minute(day + timedelta(days=1), 60 * hour), now=now).pk for hour in range(8, 14)]
    asked = [make_booking(other, at_minute(day, 60 * hour), now=now).pk for hour in range(8, 14, 2)]
    taken = [make_booking(court, at_minute(day, 60 * hour), now=now).code for hour in (15, 16, 17)]
    answers: list[int] = []

    def moves(numbers, port):
        def task():
            person = Person(port, session)
            token = person.gets(f"/office/bookings/{numbers[0]}/")
            for hour, pk in enumerate(numbers, 8):
                form = {"step": "move", "space": court.pk, "day": day, "at": f"{hour:02d}:00"}
                person.posts(f"/office/bookings/{pk}/", token, **form)
            answers.extend(person.answers)

        return task

    def decides(port):
        def task():
            person = Person(port, session)
            token = person.gets(f"/office/bookings/{asked[0]}/")
            for pk in asked:
                for step in ("refuse", "approve"):
                    person.posts(f"/office/bookings/{pk}/", token, step=step, reason="要修")
            answers.extend(person.answers)

        return task

    def books_weekly(port):
        def task():
            person = Person(port, session)
            url = f"/office/bookings/series/new/{court.centre_id}/"
            token = person.gets(url)
            for hour in (8, 9, 10):
                form = {"space": court.pk, "since": day, "until": day + timedelta(weeks=1), "at": f"{hour:02d}:00"}
                person.posts(url, token, **form, minutes="60")
            answers.extend(person.answers)

        return task

    def queues(port):
        def task():
            person = Person(port)
            token = person.gets(book_url(court))
            for hour, code in zip((15, 16, 17), taken, strict=True):
                person.posts(book_url(court), token, **wish(court, day, hour), wait=f"{day}T{hour}:00")
                person.posts(f"{book_url(court)}{code}/", token)
            answers.extend(person.answers)

        return task

    with served(tmp_path) as port:
        tasks = [
            moves(later[:3], port), moves(later[3:], port), decides(port), books_weekly(port), queues(port),
            *(resident(port, court, [wish(court, day, hour) for hour in range(8, 20)], answers) for _ in range(2)),
            resident(port, other, [wish(other, day, hour) for hour in range(8, 16)], answers),
        ]  # fmt: skip
        together(*tasks)
        spans = "SELECT COALESCE(held_from, starts), COALESCE(held_until, ends) FROM bookings_booking WHERE "
        held = [rows(tmp_path, f"{spans}{HELD} AND space_id = {space.pk} ORDER BY starts") for space in (court, other)]
        waiting = rows(tmp_path, "SELECT count(*) FROM bookings_waiting WHERE state = 'booked'")
    assert set(answers) <= {302, 409, 422}
    assert [apart(one) for one in held] == [True, True]
    assert len(held[0]) >= 12
    assert waiting[0][0] == 3  # whoever queued got the time before those who only asked again
