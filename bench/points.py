"""Points: durable postings a second (each its own transaction on the disk), on SQLite FULL and on PostgreSQL."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

Row = tuple[str, float, str]
CHECKOUT = Path(__file__).resolve().parent.parent
POSTINGS, PEOPLE = 500, 8

WORK = """
import django; django.setup()
import json, threading, time
from datetime import timedelta
from django.db import connection
from tests.canteen.factories import NOON, make_canteen
from xiangli.canteen.models import MealOrder
from xiangli.canteen.queries.check import check_points
from xiangli.canteen.services import spend

town = make_canteen()
accounts = [town.passbook(str(n), 30_000) for n in range({people})]
orders = [town.order(accounts[n % {people}], 3, day=NOON.date() + timedelta(days=n)) for n in range(2 * {postings})]
rows = list(MealOrder.everywhere.select_related("canteen__centre__place", "diner__account").order_by("pk"))

def post(some):
    for order in some:
        spend(by=town.village, order=order, account=order.diner.account, now=NOON)

def together(some):
    def person(n):
        post(some[n::{people}])
        connection.close()
    threads = [threading.Thread(target=person, args=[n]) for n in range({people})]
    for one in threads: one.start()
    for one in threads: one.join()

post(rows[:20])
cpu, wall = time.process_time(), time.perf_counter()
post(rows[20:{postings}])
one = (time.perf_counter() - wall, time.process_time() - cpu)
wall = time.perf_counter()
together(rows[{postings}:])
many = time.perf_counter() - wall
cpu = time.process_time()
faults = check_points(town.canteen, NOON.date())
count = {postings} - 20
print(json.dumps([count / one[0], 1000 * one[1] / count, {postings} / many, len(faults), time.process_time() - cpu]))
"""


def run() -> list[Row]:
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="xiangli-bench-") as folder:
        bare = bare_commits(Path(folder))
        rows += [("bare INSERT and COMMIT, SQLite FULL, this disk", bare, "/s")]
        rows += measured("SQLite FULL", sqlite(Path(folder)))
        with postgresql(Path(folder)) as env:
            rows += measured("PostgreSQL, fsync on", env) if env else [("PostgreSQL cannot be had", 0, "skipped")]
    return rows


def measured(engine: str, env: dict[str, str]) -> list[Row]:
    code = WORK.format(postings=POSTINGS, people=PEOPLE)
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    one, cpu, many, faults, checking = json.loads(done.stdout.splitlines()[-1])
    return [
        (f"durable postings, one after the other, {engine}", one, "/s"),
        ("  processor time of one", cpu, "ms"),
        (f"durable postings, {PEOPLE} at once, {engine}", many, "/s"),
        (f"  checking {2 * POSTINGS} postings: faults {faults}", checking, "CPU-s"),
    ]


def environment(folder: Path) -> dict[str, str]:
    env = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return env | {"XIANGLI_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "xiangli.config.settings",
                  "PYTHONPATH": f"{CHECKOUT}:{CHECKOUT / 'src'}"}  # fmt: skip


def sqlite(folder: Path) -> dict[str, str]:
    """A fresh migrated file."""
    from tests.databases import sqlite_template

    shutil.copy(sqlite_template(), folder / "xiangli.sqlite3")
    return environment(folder)


@contextmanager
def postgresql(folder: Path) -> Iterator[dict[str, str] | None]:
    """A fresh migrated cluster that syncs every commit; None where there is none."""
    from tools.bootstrap.postgres import throw_away
    from tools.bootstrap.schema import migrate
    from tools.bootstrap.terminal import Problem

    try:
        with throw_away(durable=True) as url:
            import psycopg

            with psycopg.connect(url.replace("/xiangli?", "/postgres?"), autocommit=True) as server:
                server.execute("CREATE DATABASE xiangli")
            migrate(Path(sys.executable), {"DATABASE_URL": url, "XIANGLI_DATA": str(folder)})
            yield environment(folder) | {"DATABASE_URL": url}
    except Problem:
        yield None


def bare_commits(folder: Path, count: int = 200) -> float:
    """What the disk and SQLite can do without us: rows a second, each in a transaction of its own."""
    with sqlite3.connect(folder / "bare.sqlite3", isolation_level=None) as file:
        file.execute("PRAGMA journal_mode=WAL")
        file.execute("PRAGMA synchronous=FULL")
        file.execute("CREATE TABLE a (b)")
        start = time.perf_counter()
        for number in range(count):
            file.execute("INSERT INTO a VALUES (?)", [number])
        return count / (time.perf_counter() - start)
