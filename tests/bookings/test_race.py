"""Eight people at once over real HTTP, through the whole product, on whichever database the tests run."""

import os
import re
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from datetime import timedelta
from http.client import HTTPConnection
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from tests.bookings.factories import make_court
from xiangli.bookings.choices import State
from xiangli.bookings.models import Booking

CHECKOUT = Path(__file__).resolve().parents[2]
PEOPLE, SLOTS = 8, 25


def _environment(folder: Path) -> dict[str, str]:
    """The served product works on the test's own data: a copied file on SQLite, the same database on PostgreSQL."""
    env = {**os.environ, "XIANGLI_DATA": str(folder), "PYTHONPATH": str(CHECKOUT / "src")}
    if connection.vendor == "sqlite":
        target = sqlite3.connect(folder / "xiangli.sqlite3")
        connection.ensure_connection()
        connection.connection.backup(target)
        target.close()
        return env
    scheme, rest = os.environ["DATABASE_URL"].split("://", 1)
    path, question, query = rest.partition("?")
    name = connection.settings_dict["NAME"]
    return {**env, "DATABASE_URL": f"{scheme}://{path.rpartition('/')[0]}/{name}{question}{query}"}


@pytest.fixture
def served(transactional_db, tmp_path):
    """(port, court): the product under granian with one court."""
    from xiangli.accounts.models import User

    User.objects.create_user("somebody")  # so that the served database is not taken for an empty one
    court = make_court()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = _environment(tmp_path)
    word = [sys.executable, "-m", "xiangli.config.cli"]
    subprocess.run([*word, "manage", "collectstatic", "--noinput", "-v0"], env=env, cwd=CHECKOUT, check=True)
    log = (tmp_path / "log").open("w")
    server = subprocess.Popen(
        [*word, "serve", "--no-tasks", "--port", str(port)], env=env, cwd=CHECKOUT, stdout=log, stderr=log
    )
    try:
        for _ in range(300):
            if server.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield port, court, tmp_path
    finally:
        server.terminate()
        server.wait(timeout=20)
        log.close()


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


def _held(folder: Path, court) -> list[tuple[str, str]]:
    """Starts and ends of what is held, read from the served database."""
    if connection.vendor == "sqlite":
        with sqlite3.connect(folder / "xiangli.sqlite3") as file:
            sql = "SELECT starts, ends FROM bookings_booking WHERE state <> 'cancelled' ORDER BY starts"
            return file.execute(sql).fetchall()
    rows = Booking.everywhere.filter(space=court).exclude(state=State.CANCELLED).order_by("starts")
    return [(str(row.starts), str(row.ends)) for row in rows]


@pytest.mark.django_db(transaction=True)
def test_eight_people_at_once_never_book_the_same_slot_twice(served):
    port, court, folder = served
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
    held = _held(folder, court)
    assert sorted(set(answers)) == [302, 409]
    assert (answers.count(302), len(answers)) == (SLOTS, PEOPLE * SLOTS)
    assert len(held) == SLOTS
    assert all(one[1] <= two[0] for one, two in pairwise(held))
