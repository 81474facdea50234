"""Test databases copied from a migrated template, because migrating takes a minute of processor time per worker.

The template is made once for the present migrations: on SQLite a file kept between runs, on PostgreSQL a database of
the same server. The migrations themselves are run for real once on each engine: on PostgreSQL for the template, on
SQLite by tests/tools/test_snapshot.py while the other workers go on, for the template there is the packed database.
"""

import fcntl
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.bootstrap.schema import make, migrate, schema_key, unpack

CHECKOUT = Path(__file__).resolve().parent.parent
KEPT = 3  # templates of other branches stay for a while


def _folder() -> Path:
    """Where templates are kept: with pytest's other memories, or among temporary files when that is read-only."""
    folder = CHECKOUT / ".pytest_cache" / "xiangli"
    if not os.access(CHECKOUT, os.W_OK):
        folder = Path(tempfile.gettempdir()) / f"xiangli-test-{os.getuid()}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def _one_at_a_time(engine: str) -> Iterator[Path]:
    """The folder of templates, held by one process for this engine."""
    folder = _folder()
    with (folder / f"lock-{engine}").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


def sqlite_template() -> Path:
    """A file with the outcome of all migrations: unpacked, or where they have changed since, run for real."""
    with _one_at_a_time("sqlite") as folder:
        target = folder / f"{schema_key()}.sqlite3"
        if not target.exists():
            fresh = target.with_suffix(".fresh")  # a test run that is stopped here leaves no half template
            if not unpack(fresh):
                make(Path(sys.executable), fresh)
            fresh.replace(target)
            for old in sorted(folder.glob("*.sqlite3"), key=lambda path: path.stat().st_mtime)[:-KEPT]:
                old.unlink()
        return target


@contextmanager
def _sqlite_file() -> Iterator[str]:
    """A copy of the template, where there is one in memory that looks like a disk.

    A file even so: the server of the journeys and the test would share one connection to a database in memory, and two
    threads that use one at the same moment, one of them in a function written in Python, wait for each other for ever.
    """
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield copy_sqlite(Path(folder))


def copy_sqlite(folder: Path) -> str:
    """The template as the database of a data folder; its path."""
    return str(shutil.copy(sqlite_template(), folder / "xiangli.sqlite3"))


def _postgres_url(name: str) -> str:
    scheme, rest = os.environ["DATABASE_URL"].split("://", 1)
    path, question, query = rest.partition("?")
    return f"{scheme}://{path.rpartition('/')[0]}/{name}{question}{query}"


def _migrate_postgres(cursor, template: str) -> None:
    """Makes the database ``template`` with the outcome of all migrations, unless it is there."""
    cursor.execute("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [template])
    found = cursor.fetchone()
    if found is not None and found[0] == schema_key():
        return
    cursor.execute(f'DROP DATABASE IF EXISTS "{template}"')
    cursor.execute(f'CREATE DATABASE "{template}"')
    migrate(Path(sys.executable), {"DATABASE_URL": _postgres_url(template), "XIANGLI_DATA": tempfile.gettempdir()})
    cursor.execute(f"COMMENT ON DATABASE \"{template}\" IS '{schema_key()}'")


def copy_postgres(connection, template: str, name: str) -> None:
    """The database ``template`` as another one of the same server, in place of an older one."""
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


def drop_postgres(connection, name: str) -> None:
    with connection._nodb_cursor() as cursor:  # by force: a thread of a race may not have hung up yet
        cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def _postgres_database(connection, former: str, worker: str) -> Iterator[str]:
    """A copy of the template on the same server."""
    template, name = f"test_{former}_template", f"test_{former}_{worker}" if worker else f"test_{former}"
    with _one_at_a_time("postgresql"):
        with connection._nodb_cursor() as cursor:
            _migrate_postgres(cursor, template)
        copy_postgres(connection, template, name)
    yield name
    connection.close_pool()
    drop_postgres(connection, name)


def prepare() -> None:
    """Makes PostgreSQL's template in advance: `./xiangli test` does so while it still tests on SQLite."""
    import django

    django.setup()
    from django.db import connection

    with _one_at_a_time("postgresql"), connection._nodb_cursor() as cursor:
        _migrate_postgres(cursor, f"test_{connection.settings_dict['NAME']}_template")


@contextmanager
def test_database(worker: str, *, serialized: bool) -> Iterator[None]:
    """The default database replaced by a migrated copy for this worker ("" or "gw0", …), dropped at the end.

    ``serialized``: keep what migrations put in, for tests that restore it (``serialized_rollback``).
    """
    from django.conf import settings
    from django.db import connection

    former = connection.settings_dict["NAME"]
    connection.close()
    copy = _sqlite_file() if connection.vendor == "sqlite" else _postgres_database(connection, former, worker)
    with copy as name:
        settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name
        if serialized:
            connection._test_serialized_contents = connection.creation.serialize_db_to_string()
        yield
        connection.close()
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = former
