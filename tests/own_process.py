"""Processes of their own on a database of their own: for what must be killed for good, or truly happen at once."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

from tests.databases import _postgres_url, sqlite_template

CHECKOUT = Path(__file__).resolve().parent.parent


@contextmanager
def fresh_database(folder: Path) -> Iterator[dict[str, str]]:
    """The environment of processes that share one fresh database, of the same kind as this pass's."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {
        "XIANGLI_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "xiangli.config.settings",
        "PYTHONPATH": f"{CHECKOUT}:{CHECKOUT / 'src'}",
    }  # fmt: skip
    if connection.vendor == "sqlite":
        with sqlite3.connect(sqlite_template()) as source, sqlite3.connect(folder / "xiangli.sqlite3") as target:
            source.backup(target)
        yield environment
        return
    name = f"{connection.settings_dict['NAME']}_killed"
    template = f"{connection.settings_dict['NAME'].partition('_gw')[0]}_template"
    quote = connection.ops.quote_name
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {quote(name)}")
        cursor.execute(f"CREATE DATABASE {quote(name)} TEMPLATE {quote(template)}")
    yield environment | {"DATABASE_URL": _postgres_url(name)}
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE {quote(name)} WITH (FORCE)")


def python(environment: dict[str, str], code: str) -> str:
    """What a program printed; the test fails with what it complained of."""
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
