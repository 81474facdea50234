"""Bookings: confirmed bookings a second over HTTP through the whole product, eight residents at once, on SQLite."""

import os
import re
import socket
import subprocess
import sys
import threading
import time
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

from bench._demonstration import demonstration

Row = tuple[str, float, str]
PEOPLE, EACH = 8, 50
CHECKOUT = Path(__file__).resolve().parent.parent


def run() -> list[Row]:
    folder = demonstration()
    wishes = _wishes()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {**os.environ, "XIANGLI_DATA": str(folder), "PYTHONPATH": str(CHECKOUT / "src")}
    command = [sys.executable, "-m", "xiangli.config.cli", "serve", "--no-tasks", "--port", str(port)]
    server = subprocess.Popen(command, env=env, cwd=CHECKOUT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(port)
        return _race(port, wishes)
    finally:
        server.terminate()
        server.wait(timeout=20)


def _wishes() -> list[tuple[str, dict[str, str]]]:
    """(address, form) of free slots, all different, courts in turn."""
    from django.utils import timezone

    from xiangli.bookings.queries import slots
    from xiangli.places.models import Space

    now = timezone.now()
    courts = list(Space.everywhere.filter(bookable=True, outdoors=True).select_related("centre__county"))
    found: list[tuple[str, dict[str, str]]] = []
    for offset in range(1, 10):
        day = timezone.localdate(now) + timedelta(days=offset)
        for court in courts:
            for slot in slots(court, day, now):
                if slot.free and len(found) < PEOPLE * (EACH + 1):
                    start = timezone.localtime(slot.starts)
                    form = {"space": str(court.pk), "day": str(day), "slot": f"{start:%Y-%m-%dT%H:%M}", "minutes": "60"}
                    found.append((f"/c/{court.centre.county.slug}/{court.centre.slug}/book/", form))
    return found


def _wait(port: int) -> None:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server did not start")


def _person(port: int, wishes: list[tuple[str, dict[str, str]]], taken: list[tuple[int, float]]) -> None:
    http = HTTPConnection("127.0.0.1", port, timeout=60)
    http.request("GET", wishes[0][0])
    page = http.getresponse()
    cookie = str(page.headers["Set-Cookie"]).split(";")[0]
    token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.read().decode())[0]
    headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    for url, form in wishes:
        body = urlencode({"csrfmiddlewaretoken": token, "request_key": str(uuid4()), **form})
        start = time.perf_counter()
        http.request("POST", url, body, headers)
        answer = http.getresponse()
        answer.read()
        taken.append((answer.status, time.perf_counter() - start))
    http.close()


def _race(port: int, wishes: list[tuple[str, dict[str, str]]]) -> list[Row]:
    _person(port, wishes[:PEOPLE], [])  # warm
    rest = wishes[PEOPLE:]
    taken: list[tuple[int, float]] = []
    people = [threading.Thread(target=_person, args=(port, rest[n::PEOPLE], taken)) for n in range(PEOPLE)]
    start = time.perf_counter()
    for person in people:
        person.start()
    for person in people:
        person.join()
    wall = time.perf_counter() - start
    times = sorted(seconds for _, seconds in taken)
    return [
        ("confirmed bookings, 8 residents at once, HTTP, SQLite FULL", sum(s == 302 for s, _ in taken) / wall, "/s"),
        ("median", times[len(times) // 2] * 1000, "ms"),
        ("p99", times[int(len(times) * 0.99)] * 1000, "ms"),
        ("refused", sum(s != 302 for s, _ in taken), "of " + str(len(taken))),
    ]
