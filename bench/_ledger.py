"""One engine's pass of the ledger's benchmark, in a process of its own (see ledger.py). Prints rows as JSON lines."""

import json
import os
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import cache
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from django.core.management import call_command

from xiangli.config.cli import configure

configure()

from django.conf import settings  # noqa: E402 - Django must be set up first
from django.db import connection, connections, transaction  # noqa: E402
from django.test import Client  # noqa: E402

from xiangli.accounts.choices import Role  # noqa: E402
from xiangli.accounts.models import User  # noqa: E402
from xiangli.accounts.services import add_staff, assign  # noqa: E402
from xiangli.ledger import exports, imports, queries, services  # noqa: E402
from xiangli.ledger.models import LedgerItem  # noqa: E402
from xiangli.places.choices import Level  # noqa: E402
from xiangli.places.divisions import Division  # noqa: E402
from xiangli.places.models import Place  # noqa: E402
from xiangli.places.services import import_national, merge  # noqa: E402
from xiangli.reports.choices import DocumentKind  # noqa: E402
from xiangli.reports.documents import making  # noqa: E402
from xiangli.ui.storage import collect_static  # noqa: E402

TOWNS, VILLAGES, EACH = 14, 16, 2600  # of a county: towns, villages of a town, items
PATTERNS = 16  # kinds of counties; those of a kind have the same items
MERGED = 3000  # items of the county that is merged
TODAY = date.today()  # noqa: DTZ011 - only dates are compared
NOW = datetime.now(UTC)
WRITERS, WRITES = 16, 12
STATES = ["not_started", "in_progress", "in_progress", "close_requested", "closed", "closed"]
SOURCES = ["plan", "standard", "finding", "case", "meeting", "sheet", "other"]


def say(label: str, value: float, unit: str) -> None:
    sys.stdout.write(json.dumps([label, value, unit], ensure_ascii=False) + "\n")
    sys.stdout.flush()


def divisions(most: int) -> list[Division]:
    """The first ``most`` counties of the list of 2024 with what stands above them; invented ones without the list."""
    folder = Path(os.environ.get("XIANGLI_SHARED") or Path(__file__).resolve().parents[2] / "shared")
    listed = folder / "data" / "areacodes" / "2024.txt"
    texts = listed.read_text(encoding="utf-8-sig").splitlines() if listed.exists() else _invented(most)
    found, counties = [], 0
    for line, text in enumerate(texts, start=1):
        code, name = text.split()[:2]
        level = Level.PROVINCE if code.endswith("0000") else Level.CITY if code.endswith("00") else Level.COUNTY
        counties += level == Level.COUNTY
        if counties <= most:
            found.append(Division(line, code, name, level, True, None, None, ()))
    return found


def _invented(most: int) -> Iterator[str]:
    for number in range(most):
        if number % 100 == 0:
            yield f"{11 + number // 100}0000 省{number}"
        if number % 10 == 0:
            yield f"{11 + number // 100}{1 + number % 100 // 10:02d}00 市{number}"
        yield f"{11 + number // 100}{1 + number % 100 // 10:02d}{1 + number % 10:02d} 县{number}"


def build(counties: list[Place]) -> dict[int, list[int]]:
    """Towns and villages below the counties. Returns the villages of each county."""
    number = Place.objects.order_by("-pk").values_list("pk", flat=True)[0]
    found: dict[int, list[int]] = {}
    for county in counties:
        rows = []
        for town in range(TOWNS):
            number += 1
            above = number
            path = f"{county.path}{above:08d}/"
            rows.append(_place(above, county.pk, county, Level.TOWN, f"镇{town}", path))
            for village in range(VILLAGES):
                number += 1
                here = f"{path}{number:08d}/"
                rows.append(_place(number, above, county, Level.VILLAGE, f"村{town}-{village}", here))
                found.setdefault(county.pk, []).append(number)
        load("places_place", PLACE, rows)
    if connection.vendor == "postgresql":
        connection.cursor().execute(f"SELECT setval('places_place_id_seq', {number})")
    return found


PLACE = "id parent_id county_id level name short_name slug path is_open"


def _place(pk: int, parent: int, county: Place, level: str, name: str, path: str) -> tuple[Any, ...]:
    return (pk, parent, county.pk, level.value, name, "", f"p{pk}", path, True)


def items(county: int, villages: list[int], people: tuple[int, int], count: int) -> list[tuple[Any, ...]]:
    """Rows of one county, in the order of ``COLUMNS``: invented, the same every time."""
    return [(county, villages[place], *rest) for place, *rest in _pattern(county % PATTERNS, people, count)]


@cache
def _pattern(seed: int, people: tuple[int, int], count: int) -> list[tuple[Any, ...]]:
    """The number of the village, and the row without its places; days as the engine keeps them."""
    rows = list(_invent(random.Random(seed), people, count))
    if connection.vendor == "sqlite":
        naive = NOW.replace(tzinfo=None)
        rows = [tuple(str(naive if v is NOW else v) if isinstance(v, date) else v for v in row) for row in rows]
    return rows


def _invent(chance: random.Random, people: tuple[int, int], count: int) -> Iterator[tuple[Any, ...]]:
    for number in range(count):
        state = chance.choice(STATES)
        asked = state in ("close_requested", "closed")
        closed = state == "closed"
        added = TODAY - timedelta(days=chance.randrange(5, 300))
        planned = chance.randrange(0, 5_000_000)
        yield (
            chance.randrange(TOWNS * VILLAGES), f"事项{number}", "按方案落实，村里出工，镇里出料。", state,
            chance.choice(SOURCES), "", "村两委", "", "", "", "", "", planned, planned // 2, planned // 3, "", 0, 0,
            added + timedelta(days=chance.randrange(10, 400)), added, NOW, 1,
            NOW if state != "not_started" else None, NOW if asked else None, people[0] if asked else None,
            NOW if closed else None, people[1] if closed else None,
        )  # fmt: skip


COLUMNS = (
    "county_id place_id title measure state source origin responsible_unit responsible_name liaison_name "
    "tags repeats sheet_base planned_fen granted_fen spent_fen money_note people volunteers deadline "
    "added_on moved_at version started_at requested_at requested_by_id closed_at closed_by_id"
)


def load(table: str, columns: str, rows: list[tuple[Any, ...]]) -> None:
    """COPY on PostgreSQL, one prepared statement on SQLite."""
    names = columns.split()
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({', '.join(names)}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        text = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
        connection.connection.executemany(text, rows)


INDEXES = {
    "sqlite": """SELECT name, sql FROM sqlite_master
        WHERE tbl_name = 'ledger_ledgeritem' AND type = 'index' AND sql > ''""",
    "postgresql": """SELECT indexname, indexdef FROM pg_indexes
        WHERE tablename = 'ledger_ledgeritem' AND indexname <> 'ledger_ledgeritem_pkey'""",
}
KEYS = """SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE conrelid = 'ledger_ledgeritem'::regclass AND contype = 'f'"""


@contextmanager
def bare() -> Iterator[None]:
    """The items' table without indexes and foreign keys, as PostgreSQL's manual fills one; then with them again, built
    and proven for all rows at once. Conditions on a row (closed has a closer, money is not negative) always stand.
    """
    with connection.cursor() as cursor:
        cursor.execute(INDEXES[connection.vendor])
        indexes, keys = cursor.fetchall(), []
        if connection.vendor == "postgresql":
            cursor.execute(KEYS)
            keys = cursor.fetchall()
        for name, _ in keys:
            cursor.execute(f'ALTER TABLE ledger_ledgeritem DROP CONSTRAINT "{name}"')
        for name, _ in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        yield
        for _, text in indexes:
            cursor.execute(text)
        if keys:
            again = ", ".join(f'ADD CONSTRAINT "{name}" {text}' for name, text in keys)
            cursor.execute(f"ALTER TABLE ledger_ledgeritem {again}")
        else:
            cursor.execute("PRAGMA foreign_key_check(ledger_ledgeritem)")
            assert cursor.fetchall() == []


def p95(act: Callable[[], Any], times: int = 20) -> tuple[float, float]:
    """(95th percentile of the wall clock, mean processor time), in ms."""
    act()
    taken = []
    cpu = time.process_time()
    for _ in range(times):
        start = time.perf_counter()
        act()
        taken.append(time.perf_counter() - start)
    return sorted(taken)[int(times * 0.95) - 1] * 1000, (time.process_time() - cpu) / times * 1000


def pages(head: User, county: Place, counties: int) -> None:
    """The dashboard at each level, and the nation's list, as somebody who may see all."""
    client = Client()
    client.force_login(head, backend="django.contrib.auth.backends.ModelBackend")
    place: Place | None = Place.objects.filter(county=county, level=Level.VILLAGE).first()
    while place:
        wall, cpu = p95(lambda place=place: _get(client, f"/office/reports/?place={place.pk}"))
        say(f"dashboard of a {place.level}, {counties} counties: p95", wall, "ms")
        say(f"dashboard of a {place.level}, {counties} counties: processor", cpu, "ms")
        place = place.parent
    for query in ("", "?overdue=1", f"?place={county.pk}"):
        wall, _ = p95(lambda query=query: _get(client, f"/office/ledger/{query}"))
        say(f"list of the nation {query or '(open items)'}, {counties} counties: p95", wall, "ms")


def _get(client: Client, url: str) -> None:
    answer = client.get(url)
    assert answer.status_code == 200, (url, answer.status_code)


def writers(county: Place, boss: User, where: str, pause: float = 0, money: bool = True) -> None:
    """Sixteen people who note progress on items of ``where``; then the proof that the figures are right.

    With ``money`` each note says what was spent, so that town and county are counted anew; without it is words alone.
    Without ``pause`` each begins the next as soon as the last is done: two cores for sixteen, so that an update's time
    is mostly its place in the queue. With it (seconds, on average) they are people, and the time is the update's own.
    On PostgreSQL they are processes, as the server's are; on SQLite threads of one, which is how it is served.
    """
    rows = LedgerItem.everywhere.filter(state="in_progress")
    rows = rows.filter(county=county) if where == "one county" else rows.filter(county__in=_some_counties())
    pks = random.Random(7).sample(list(rows.values_list("pk", flat=True)), WRITERS * WRITES)
    what = "update with money" if money else "update in words"
    label = f"{what}, {WRITERS} writers, {where}" + (f", one each {pause} s" if pause else "")
    connections.close_all()  # no process takes over another's connection
    start, cpu = time.perf_counter(), _processor()
    with _executor() as executor:
        shares = [(number, pks[number::WRITERS], boss.pk, pause, money) for number in range(WRITERS)]
        taken = sorted(one for each in executor.map(_person, shares) for one in each)
    wall = time.perf_counter() - start
    say(f"{label}: median", taken[len(taken) // 2] * 1000, "ms")
    say(f"{label}: p95", taken[int(len(taken) * 0.95) - 1] * 1000, "ms")
    say(f"{label}: rate", len(taken) / wall, "/s")
    if not pause:
        say(f"{label}: processor here", (_processor() - cpu) / len(taken) * 1000, "ms")
    touched = Place.objects.filter(pk__in=LedgerItem.everywhere.filter(pk__in=pks).values("county"))
    say(f"{label}: drift", sum(len(services.drift(place)) for place in touched), "")


def _some_counties() -> list[int]:
    """Fifty counties from all over: to choose among a nation's items would read millions of them."""
    return list(Place.objects.filter(level=Level.COUNTY, is_open=True).order_by("slug").values_list("pk", flat=True))[
        :: max(1, Place.objects.filter(level=Level.COUNTY).count() // 50)
    ]


def _executor() -> Executor:
    if connection.vendor == "sqlite":
        return ThreadPoolExecutor(WRITERS)
    return ProcessPoolExecutor(WRITERS, mp_context=get_context("fork"))


def _processor() -> float:
    """Seconds of processor time of this process and of those it has started and seen end."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + used.ru_utime + used.ru_stime


def _person(share: tuple[int, list[int], int, float, bool]) -> list[float]:
    """One writer: the seconds that each of its updates took, from the pressed button to the commit."""
    number, pks, user, pause, money = share
    chance, boss = random.Random(number), User.objects.get(pk=user)
    taken = []
    for pk in pks:
        time.sleep(chance.uniform(0, 2 * pause))
        item = LedgerItem.everywhere.select_related("place").get(pk=pk)
        spent = min(item.spent_fen + 100, item.granted_fen) if money else None
        start = time.perf_counter()
        services.note(by=boss, item=item, now=datetime.now(UTC), text="又进了一步", spent_fen=spent)
        taken.append(time.perf_counter() - start)
    connections.close_all()
    return taken


def documents(county: Place, boss: User, village: Place) -> None:
    """Each document of a county (the dossier: of a village), from the facts to the file; nobody types a number."""
    for kind in DocumentKind:
        place = village if kind == DocumentKind.DOSSIER else county
        for suffix in ("pdf", "docx"):
            start = time.perf_counter()
            said = making.gather(kind, user=boss, place=place, day=TODAY, now=NOW)
            content = making.made(kind, said, county=county, suffix=suffix)
            say(f"{kind} of a {place.level}, {suffix}", time.perf_counter() - start, "s")
            say(f"{kind} of a {place.level}, {suffix}: size", len(content) / 1024, "KB")
            if folder := os.environ.get("XIANGLI_BENCH_DOCUMENTS"):
                Path(folder, f"{connection.vendor}-{kind}.{suffix}").write_bytes(content)


def spreadsheets(county: Place, boss: User, village: Place) -> None:
    """Ten thousand rows in, out, and back."""
    lines = "".join(f"{village.name},任务{n},按方案落实,2027-0{n % 9 + 1}-01,{n},村两委\n" for n in range(10_000))
    content = f"村,任务,具体举措,完成时限,资金（元）,责任单位\n{lines}".encode()
    for label in ("import 10,000 new rows", "import them again"):
        _import(label, county, boss, "a.csv", content)
    with timed("export 10,000 rows to XLSX"):
        rows = queries.for_export(LedgerItem.everywhere.filter(county=county, place=village))
        limits = queries.thresholds(county, TODAY)
        book = exports.workbook(rows, place=village.parent, today=TODAY, limits=limits)
    _import("import the exported XLSX", county, boss, "b.xlsx", BytesIO(book).getvalue())


def _import(label: str, county: Place, boss: User, name: str, content: bytes) -> None:
    with timed(f"{label} (looked at and written)"):
        run = services.keep_sheet(by=boss, place=county, name=name, content=content, now=NOW)
        checked = imports.check(run, user=boss, today=TODAY)
        imports.write(run, user=boss, shown=checked.digest, choices={}, reason="", now=NOW, today=TODAY)
    say(f"{label}: rows found unchanged", checked.same, "")


@contextmanager
def timed(label: str) -> Iterator[None]:
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    say(label, time.perf_counter() - wall, "s")
    say(f"{label}: processor here", time.process_time() - cpu, "s")


def _fill(batch: list[Place], villages: dict[int, list[int]], people: tuple[int, int], last: Place) -> None:
    """The items of some counties; making them up is not counted."""
    loaded, cpu, wall = 0, -time.process_time(), -time.perf_counter()
    with bare():
        for county in batch:
            made_cpu, made_wall = time.process_time(), time.perf_counter()
            count = MERGED if county == last else EACH
            rows = items(county.pk, villages[county.pk], people, count)
            cpu, wall = cpu + made_cpu - time.process_time(), wall + made_wall - time.perf_counter()
            load("ledger_ledgeritem", COLUMNS, rows)
            loaded += count
    cpu, wall = cpu + time.process_time(), wall + time.perf_counter()
    say(f"load, {loaded} items, indexes and keys included", loaded / wall, "items/s")
    say("load: processor here", cpu / loaded * 1e6, "µs/item")


def main(most: int) -> None:
    if connection.vendor == "sqlite":
        connection.cursor().execute("PRAGMA synchronous=OFF")
    else:
        connection.settings_dict["OPTIONS"]["pool"] = False  # each writer is a process with one connection
    call_command("migrate", verbosity=0)
    settings.ALLOWED_HOSTS.append("testserver")
    collect_static()
    import_national(by=None, divisions=divisions(most))
    counties = list(Place.objects.filter(level=Level.COUNTY).order_by("path"))
    villages = build(counties)
    head = add_staff(by=None, username="head", name="全国", password=None)
    nation = Place.objects.get(level=Level.NATION)
    assign_to_nation(head, nation, counties[0])
    boss = add_staff(by=None, username="boss", name="县里", password=None)
    assign(by=None, user=boss, role=Role.COUNTY, place=counties[0], since=TODAY)
    people = (head.pk, boss.pk)
    done = 0
    for step in sorted({1, len(counties)}):
        batch = counties[done:step]
        _fill(batch, villages, people, last=counties[-1])
        start = time.perf_counter()
        for county in batch:
            services.repair(county, TODAY)
        say("count a county's towns anew", (time.perf_counter() - start) / len(batch) * 1000, "ms/county")
        done = step
        connection.cursor().execute("ANALYZE")
        pages(head, counties[0], done)
    village = Place.objects.filter(county=counties[0], level=Level.VILLAGE)[0]
    documents(counties[0], boss, village)
    for where in ("one county", "all counties"):
        writers(counties[0], head, where)
        for money in (True, False):
            writers(counties[0], head, where, pause=1, money=money)
    spreadsheets(counties[0], boss, village)
    if len(counties) > 2:
        start = time.perf_counter()
        merge(by=None, places=[counties[-1]], into=counties[-2], on=TODAY)
        say(f"merge of two counties, {MERGED} items move", time.perf_counter() - start, "s")
        say("drift after it", len(services.drift(counties[-2])), "")


def assign_to_nation(head: User, nation: Place, county: Place) -> None:
    """A role above all counties: assignments carry some county's key, the role holds by the path."""
    from xiangli.accounts.models import Assignment

    Assignment.everywhere.create(county=county, user=head, role=Role.COUNTY, place=nation, valid_from=TODAY)


if __name__ == "__main__":
    main(int(sys.argv[1]))
