"""Processes of their own on a database of their own: for what must be killed for good, or truly happen at once."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

from tests.databases import _postgres_url, copy_postgres, copy_sqlite, drop_postgres

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
        copy_sqlite(folder)
        yield environment
        return
    name = f"{connection.settings_dict['NAME']}_killed"
    template = f"{connection.settings_dict['NAME'].partition('_gw')[0]}_template"
    copy_postgres(connection, template, name)
    yield environment | {"DATABASE_URL": _postgres_url(name)}
    drop_postgres(connection, name)


def python(environment: dict[str, str], code: str) -> str:
    """What a program printed; the test fails with what it complained of."""
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
