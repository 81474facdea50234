"""The ledger from one county to the nation: load, pages, documents, writers, a merger, spreadsheets; both engines.

The divisions are the real provinces, cities and counties of 2024 where the shared data are there (else invented ones)
with invented towns and villages. The size comes from the environment: XIANGLI_BENCH_COUNTIES (default 8; 2850 are the
nation: 665,000 divisions, 7.4 million items, about an hour) and XIANGLI_BENCH_ENGINES ("sqlite postgresql");
XIANGLI_BENCH_DOCUMENTS names a folder for the documents that were made, to be looked at.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
Row = tuple[str, float, str]


def run() -> list[Row]:
    engines = os.environ.get("XIANGLI_BENCH_ENGINES", "sqlite postgresql").split()
    found: list[Row] = []
    for engine in engines:
        with _database(engine) as environment:
            command = [sys.executable, "-m", "bench._ledger", os.environ.get("XIANGLI_BENCH_COUNTIES", "8")]
            done = subprocess.run(command, env=environment, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True, check=True)
        rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]
        found += [(f"{engine}: {label}", value, unit) for label, value, unit in rows]
    return found


@contextmanager
def _database(engine: str) -> Iterator[dict[str, str]]:
    """A throw-away database of the engine, named by the environment of the process that fills it."""
    folder = tempfile.mkdtemp(prefix="xiangli-bench-ledger-")
    environment = {**os.environ, "XIANGLI_DATA": folder, "PYTHONPATH": f"{CHECKOUT / 'src'}:{CHECKOUT}"}
    environment.pop("DATABASE_URL", None)
    try:
        if engine == "sqlite":
            yield environment
        else:
            sys.path.insert(0, str(CHECKOUT / "tools"))
            import psycopg
            from bootstrap.postgres import throw_away

            with throw_away(durable=True) as url:
                with psycopg.connect(url.replace("/xiangli?", "/postgres?"), autocommit=True) as server:
                    server.execute("CREATE DATABASE xiangli")
                yield environment | {"DATABASE_URL": url}
    finally:
        shutil.rmtree(folder, ignore_errors=True)
