"""Test databases copied from a migrated template, because migrating takes half a minute of processor time per worker.

The template is made once for the present migrations: on SQLite a file kept between runs, on PostgreSQL a database of
the same server. The migrations themselves are thereby run for real, once on each engine.
"""

import fcntl
import hashlib
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
SOURCE = CHECKOUT / "src" / "xiangli"
KEPT = 3  # templates of other branches stay for a while


def schema_key() -> str:
    """Changes with our migrations, with the modules they import, and with the pinned packages."""
    files = set(SOURCE.glob("*/migrations/*.py"))
    for file in list(files):
        for module in re.findall(r"from xiangli\.([\w.]+) import", file.read_text(encoding="utf-8")):
            files |= set(SOURCE.glob(module.replace(".", "/") + "*"))
    total = hashlib.sha256((CHECKOUT / "requirements" / "core.lock").read_bytes())
    for file in sorted(path for path in files if path.suffix == ".py"):
        total.update(f"{file.relative_to(SOURCE)}\n".encode() + file.read_bytes())
    return total.hexdigest()[:16]


def _folder() -> Path:
    """Where templates are kept: with pytest's other memories, or among temporary files when that is read-only."""
    folder = CHECKOUT / ".pytest_cache" / "xiangli"
    if not os.access(CHECKOUT, os.W_OK):
        folder = Path(tempfile.gettempdir()) / f"xiangli-test-{os.getuid()}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def _one_at_a_time() -> Iterator[Path]:
    """The folder of templates, held by one worker."""
    folder = _folder()
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


def _migrate(environment: dict[str, str]) -> None:
    env = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "XIANGLI_DATA")}
    command = [sys.executable, "-m", "xiangli.config.cli", "manage", "migrate", "--run-syncdb", "--verbosity=0"]
    env |= {"PYTHONPATH": str(CHECKOUT / "src"), **environment}
    done = subprocess.run(command, env=env, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"migrate failed:\n{done.stdout}{done.stderr}")


def _sqlite_template() -> Path:
    with _one_at_a_time() as folder:
        target = folder / f"{schema_key()}.sqlite3"
        if not target.exists():
            with tempfile.TemporaryDirectory(dir=folder) as data:
                _migrate({"XIANGLI_DATA": data})
                made = Path(data) / "xiangli.sqlite3"
                source = sqlite3.connect(made)
                source.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                source.close()
                made.replace(target)
            for old in sorted(folder.glob("*.sqlite3"), key=lambda path: path.stat().st_mtime)[:-KEPT]:
                old.unlink()
        return target


def _copy_sqlite(connection) -> None:
    source = sqlite3.connect(_sqlite_template())
    connection.ensure_connection()
    source.backup(connection.connection)
    source.close()


def _postgres_url(name: str) -> str:
    scheme, rest = os.environ["DATABASE_URL"].split("://", 1)
    path, question, query = rest.partition("?")
    return f"{scheme}://{path.rpartition('/')[0]}/{name}{question}{query}"


def _copy_postgres(connection, name: str) -> None:
    quote = connection.ops.quote_name
    template = f"{name.partition('_gw')[0]}_template"
    with _one_at_a_time(), connection._nodb_cursor() as cursor:
        cursor.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
            [template],
        )
        found = cursor.fetchone()
        if found is None or found[0] != schema_key():
            cursor.execute(f"DROP DATABASE IF EXISTS {quote(template)}")
            cursor.execute(f"CREATE DATABASE {quote(template)}")
            _migrate({"DATABASE_URL": _postgres_url(template), "XIANGLI_DATA": tempfile.gettempdir()})
            cursor.execute(f"COMMENT ON DATABASE {quote(template)} IS '{schema_key()}'")
        cursor.execute(f"DROP DATABASE IF EXISTS {quote(name)}")
        cursor.execute(f"CREATE DATABASE {quote(name)} TEMPLATE {quote(template)}")


@contextmanager
def test_database(worker: str, *, serialized: bool) -> Iterator[None]:
    """The default database replaced by a migrated copy for this worker ("" or "gw0", …), dropped at the end.

    ``serialized``: keep what migrations put in, for tests that restore it (``serialized_rollback``).
    """
    from django.conf import settings
    from django.db import connection

    creation = connection.creation
    former = connection.settings_dict["NAME"]
    connection.close()
    if connection.vendor == "sqlite":
        name = f"file:xiangli_test_{worker}?mode=memory&cache=shared"
    else:
        name = f"test_{former}_{worker}" if worker else f"test_{former}"
        _copy_postgres(connection, name)
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name
    if connection.vendor == "sqlite":
        _copy_sqlite(connection)
    if serialized:
        connection._test_serialized_contents = creation.serialize_db_to_string()
    yield
    creation.destroy_test_db(former, verbosity=0)
