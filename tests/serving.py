"""The product under granian for tests that need real HTTP, on the test's own data, on whichever database they run."""

import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

CHECKOUT = Path(__file__).resolve().parent.parent


def _environment(folder: Path) -> dict[str, str]:
    """The served product works on the test's own data: a copied file on SQLite, the same database on PostgreSQL."""
    env = {**os.environ, "XIANGLI_DATA": str(folder), "PYTHONPATH": str(CHECKOUT / "src")}
    env["XIANGLI_SECRET"] = settings.SECRET_KEY  # else who is logged in here would be a stranger there
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


@contextmanager
def served(folder: Path, **settings: str) -> Iterator[int]:
    """The port of a server that has the data of the test as they are now; its log is ``folder/log``.

    ``settings``: more of its environment.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {**_environment(folder), **settings}
    word = [sys.executable, "-m", "xiangli.config.cli"]
    subprocess.run([*word, "manage", "collectstatic", "--noinput", "-v0"], env=env, cwd=CHECKOUT, check=True)
    log = (folder / "log").open("w")
    server = subprocess.Popen(
        [*word, "serve", "--no-tasks", "--port", str(port)], env=env, cwd=CHECKOUT, stdout=log, stderr=log
    )
    try:
        for _ in range(1200):
            if server.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=20)
        log.close()


def rows(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    """What the served database holds."""
    if connection.vendor == "sqlite":
        with sqlite3.connect(folder / "xiangli.sqlite3") as file:
            return file.execute(sql).fetchall()
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()
