"""What every test may use: the shared real data, the browser, and the choice of database.

`./xiangli test` runs the suite twice and says in XIANGLI_TEST_PASS which pass this is: "sqlite" runs everything,
"postgresql" only what touches the database. Without the variable (plain pytest) everything runs once.
"""

import faulthandler
import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import HealthCheck, settings

CHECKOUT = Path(__file__).resolve().parent.parent
TOUCHES_DATABASE = {"db", "transactional_db", "django_db_reset_sequences", "live_server"}
REQUIRE_ALL = os.environ.get("XIANGLI_REQUIRE_ALL") == "1"  # in CI what cannot run is a failure, not a skip
BROWSER_REMEDY = "apt-get install chromium fonts-noto-cjk"
JAVA_REMEDY = "apt-get install default-jre-headless"

# On a fresh clone the first text() builds a table of Unicode; a busy machine's clock is not what these tests judge.
settings.register_profile("xiangli", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("xiangli")

# Playwright's synchronous interface runs an event loop, in which Django would refuse its database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def pytest_configure(config: pytest.Config) -> None:
    """Uploads of the tests go to a temporary folder; static files are found where they lie, without collecting."""
    from django.conf import settings
    from django.test import override_settings

    # A run that is ended from outside because it hangs says where each of its processes stood.
    faulthandler.register(signal.SIGTERM, file=os.dup(2), all_threads=True, chain=True)
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    override_settings(
        MEDIA_ROOT=tempfile.mkdtemp(prefix="xiangli-media-"),
        STATIC_ROOT=tempfile.mkdtemp(prefix="xiangli-static-"),
        STORAGES={**settings.STORAGES, "staticfiles": plain},
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],  # strong ones are slow on purpose
    ).enable()


def _touches_database(item: pytest.Item) -> bool:
    from django.test import SimpleTestCase

    fixtures = set(getattr(item, "fixturenames", ()))
    case = getattr(item, "cls", None)
    is_case = isinstance(case, type) and issubclass(case, SimpleTestCase)
    return bool(item.get_closest_marker("django_db") or fixtures & TOUCHES_DATABASE or is_case)


@pytest.hookimpl(trylast=True)  # after pytest-django has put its own order in
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On the second pass only what touches the database again; the modules that take longest first.

    A worker takes a module at a time: one of minutes that came last would leave the others idle.
    """
    if os.environ.get("XIANGLI_TEST_PASS") == "postgresql":
        again = [item for item in items if _touches_database(item) and not item.get_closest_marker("one_engine")]
        config.hook.pytest_deselected(items=[item for item in items if item not in set(again)])
        items[:] = again
    journeys, slow = ({i.path for i in items if i.get_closest_marker(mark)} for mark in ("journey", "slow"))
    items.sort(key=lambda item: (item.path not in journeys, item.path not in slow))


def pytest_terminal_summary(terminalreporter) -> None:
    """Hands the counts to `./xiangli test`, which adds them up over both passes."""
    if target := os.environ.get("XIANGLI_TEST_COUNTS"):
        stats = {name: len(reports) for name, reports in terminalreporter.stats.items()}
        counts = {
            "passed": stats.get("passed", 0) + stats.get("xfailed", 0),
            "failed": stats.get("failed", 0) + stats.get("error", 0) + stats.get("xpassed", 0),
            "skipped": stats.get("skipped", 0),
        }
        Path(target).write_text(json.dumps(counts), encoding="utf-8")


def absent(what: str, remedy: str) -> NoReturn:
    """Skips the test and says how to run it; in CI, where nothing may be skipped, it fails."""
    if REQUIRE_ALL:
        pytest.fail(f"{what}; {remedy}")
    pytest.skip(f"{what}; {remedy}")


@pytest.fixture(scope="session")
def django_db_setup(request: pytest.FixtureRequest, django_test_environment, django_db_blocker) -> Iterator[None]:
    """The test database, copied from a migrated template (see tests/databases.py)."""
    from tests.databases import test_database

    worker = getattr(request.config, "workerinput", {}).get("workerid", "")
    markers = (item.get_closest_marker("django_db") for item in request.session.items)
    serialized = any(marker and marker.kwargs.get("serialized_rollback") for marker in markers)
    with django_db_blocker.unblock(), test_database(worker, serialized=serialized):
        yield


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data that is never committed; tests that need it are skipped where it is absent."""
    named = os.environ.get("XIANGLI_SHARED")
    folder = Path(named) if named else CHECKOUT.parent / "shared"
    if not (folder / "data").is_dir():
        absent("real data absent", "set XIANGLI_SHARED to the folder that holds data/")
    return folder / "data"


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The system's Chromium."""
    candidates = [os.environ.get("XIANGLI_CHROMIUM"), "/usr/bin/chromium", "/usr/bin/chromium-browser"]
    found = next((Path(path) for path in candidates if path and Path(path).exists()), None)
    if found is None:
        absent("no Chromium", BROWSER_REMEDY)
    return found


@pytest.fixture(scope="session")
def browser(chromium: Path) -> Iterator:
    """A headless browser (playwright.sync_api.Browser), one for the session; open a context per test."""
    from playwright.sync_api import Error, sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage"]
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
    try:
        playwright = sync_playwright().start()
    except (Error, OSError) as error:  # the driver needs libatomic1, which a bare machine lacks
        absent(f"browser driver does not start ({error})", "apt-get install libatomic1")
    instance = playwright.chromium.launch(executable_path=str(chromium), args=[*flags, *quiet])
    yield instance
    instance.close()
    playwright.stop()


@pytest.fixture
def own_database(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of processes on a fresh database of their own (see tests/own_process.py)."""
    from tests.own_process import fresh_database

    with fresh_database(tmp_path) as environment:
        yield environment


@pytest.fixture(autouse=True)
def _nothing_of_another_test() -> None:
    """Public pages are remembered by their address and the newest event, and forms are counted by their place and
    network address; all of that comes again in the next test."""
    from django.core.cache import caches

    for cache in caches.all(initialized_only=True):
        cache.clear()


@pytest.fixture(scope="session")
def odk_validate() -> Callable[..., dict[str, str]]:
    """ODK Validate, which comes with pyxform and needs Java: form files -> {file name: what is wrong with it}."""
    import pyxform

    java, jar = shutil.which("java"), Path(pyxform.__file__).parent / "validators/odk_validate/bin/ODK_Validate.jar"
    if not java or not jar.exists():
        absent("no Java for ODK Validate", JAVA_REMEDY)

    def validate(*forms: Path) -> dict[str, str]:
        command = [str(java), "-Djava.awt.headless=true", "-jar", str(jar), *map(str, forms)]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        said = done.stdout.split("Validating: ")[1:]
        assert len(said) == len(forms), done.stdout
        return {form.name: text for form, text in zip(forms, said, strict=True) if "Xform is valid!" not in text}

    return validate


@pytest.fixture(autouse=True, scope="session")
def _flush_past_append_only_tables() -> Iterator[None]:
    """Let Django empty append-only tables between transactional tests on SQLite.

    PostgreSQL empties tables with TRUNCATE, which fires no row triggers; SQLite uses DELETE, which the product's own
    triggers rightly refuse. They are set aside for the flush and put back as they were.
    """
    from django.db import connection

    if connection.vendor != "sqlite":
        yield
        return
    from django.db.backends.sqlite3.operations import DatabaseOperations

    flush = DatabaseOperations.execute_sql_flush

    def flush_without_triggers(self: DatabaseOperations, sql_list: list[str]) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
            for name, _ in triggers:
                cursor.execute(f'DROP TRIGGER "{name}"')
            flush(self, sql_list)
            for _, sql in triggers:
                cursor.execute(sql)

    DatabaseOperations.execute_sql_flush = flush_without_triggers  # type: ignore[method-assign]
    yield
    DatabaseOperations.execute_sql_flush = flush  # type: ignore[method-assign]
