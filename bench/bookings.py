"""Bookings: confirmed bookings a second over HTTP through the whole product, eight residents at once."""

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

from bench.points import postgresql, sqlite

Row = tuple[str, float, str]
Wish = tuple[str, dict[str, str]]
PEOPLE, EACH = 8, 75
CHECKOUT = Path(__file__).resolve().parent.parent

# A county with one centre of eight courts, and free slots of all of them in turn.
SETTING = """
import json
from datetime import timedelta
import django
django.setup()
from django.utils import timezone
from tests.bookings.factories import make_court
from tests.opening.factories import make_open_centre
from xiangli.accounts.models import User
from xiangli.ui.storage import collect_static
collect_static()
User.objects.create_user("somebody")  # so that the database is not taken for an empty one
centre = make_open_centre()
url = f"/c/{{centre.county.slug}}/{{centre.slug}}/book/"
today = timezone.localdate()
courts = [make_court(centre).pk for _ in range(8)]
days = [today + timedelta(days=1 + offset) for offset in range(13)]
found = [(url, {{"space": str(court), "day": str(day), "slot": f"{{day}}T{{hour:02d}}:00", "minutes": "60"}})
         for day in days for hour in range(7, 21) for court in courts]
print(json.dumps(found[:{count}]))
"""


def run() -> list[Row]:
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="xiangli-bench-") as folder:
        rows += measured("SQLite FULL", sqlite(Path(folder)))
    with tempfile.TemporaryDirectory(prefix="xiangli-bench-") as folder, postgresql(Path(folder)) as env:
        rows += measured("PostgreSQL, fsync on", env) if env else [("PostgreSQL cannot be had", 0, "skipped")]
    return rows


def measured(engine: str, env: dict[str, str]) -> list[Row]:
    """One engine with a server of its own, as it stands behind a proxy."""
    env = {**env, "XIANGLI_HTTPS": "1"}
    code = SETTING.format(count=PEOPLE * (EACH + 4))
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    wishes: list[Wish] = json.loads(done.stdout.splitlines()[-1])
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "xiangli.config.cli", "serve", "--no-tasks", "--port", str(port)]
    server = subprocess.Popen(command, env=env, cwd=CHECKOUT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(port)
        return _race(port, wishes, engine, server.pid)
    finally:
        server.terminate()
        server.wait(timeout=20)


def _wait(port: int) -> None:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server did not start")


def _person(port: int, person: int, wishes: list[Wish], taken: list[tuple[int, float]]) -> None:
    """One phone after another: not more than 60 an hour may book from one network address, which the proxy tells."""
    http = HTTPConnection("127.0.0.1", port, timeout=60)
    http.request("GET", wishes[0][0])
    page = http.getresponse()
    cookie = str(page.headers["Set-Cookie"]).split(";")[0]
    token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.read().decode())[0]
    headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    for number, (url, form) in enumerate(wishes):
        headers["X-Forwarded-For"] = f"10.0.{person}.{number // 40}"
        body = urlencode({"csrfmiddlewaretoken": token, "request_key": str(uuid4()), **form})
        start = time.perf_counter()
        http.request("POST", url, body, headers)
        answer = http.getresponse()
        answer.read()
        taken.append((answer.status, time.perf_counter() - start))
    http.close()


def _together(port: int, wishes: list[Wish]) -> list[tuple[int, float]]:
    taken: list[tuple[int, float]] = []
    people = [threading.Thread(target=_person, args=(port, n, wishes[n::PEOPLE], taken)) for n in range(PEOPLE)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    return taken


def _processor(pid: int) -> float:
    """Seconds of processor time that a process and those it started have used so far (Linux; elsewhere nought)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return 0.0
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return own + sum(_processor(int(one)) for one in children)


def _race(port: int, wishes: list[Wish], engine: str, server: int) -> list[Row]:
    _together(port, wishes[: PEOPLE * 4])  # warm
    start, used = time.perf_counter(), _processor(server)
    taken = _together(port, wishes[PEOPLE * 4 :])
    wall, used = time.perf_counter() - start, _processor(server) - used
    times, confirmed = sorted(seconds for _, seconds in taken), sum(status == 302 for status, _ in taken)
    return [
        (f"confirmed bookings, {PEOPLE} residents at once, HTTP, {engine}", confirmed / wall, "/s"),
        ("  median", times[len(times) // 2] * 1000, "ms"),
        ("  p99", times[int(len(times) * 0.99)] * 1000, "ms"),
        ("  longest", times[-1] * 1000, "ms"),
        ("  processor time of one, server", used / len(taken) * 1000, "ms"),
        ("  refused", len(taken) - confirmed, f"of {len(taken)}"),
    ]
