"""Pages: CPU time and size of what residents and staff open most, and the time from nothing to the first page."""

import gzip
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from bench._demonstration import demonstration

Row = tuple[str, float, str]
ROUNDS = 30


def run() -> list[Row]:
    return [*start_to_first_page(), *pages()]


def pages() -> list[Row]:
    """CPU milliseconds and compressed size of each page, warm; first view = page and stylesheet together."""
    demonstration()
    from django.contrib.staticfiles.storage import staticfiles_storage
    from django.test import Client

    from xiangli.accounts.models import User

    public, staff = Client(HTTP_HOST="127.0.0.1"), Client(HTTP_HOST="127.0.0.1")
    staff.force_login(User.objects.get(username="town"))
    hant = Client(HTTP_HOST="127.0.0.1")
    hant.cookies["script"] = "hant"
    stylesheet = len(gzip.compress(Path(staticfiles_storage.path("xiangli/xiangli.css")).read_bytes()))
    rows: list[Row] = []
    for label, client, path in [
        ("centre's page, made anew", public, "/c/mengjin/lucun/?anew=1"),
        ("centre's page", public, "/c/mengjin/lucun/"),
        ("centre's page, Traditional", hant, "/c/mengjin/lucun/"),
        ("front door", public, "/"),
        ("office: today", staff, "/office/"),
        ("office: ledger list", staff, "/office/ledger/"),
        ("office: dashboard", staff, "/office/reports/"),
    ]:
        milliseconds, body = cpu(lambda client=client, path=path: client.get(path))
        rows.append((f"{label} {path}", milliseconds, "ms CPU"))
        rows.append((f"{label}, first view", (len(gzip.compress(body)) + stylesheet) / 1024, "KB"))
    return rows


def cpu(get: Callable) -> tuple[float, bytes]:
    """Mean CPU milliseconds of a request after three to warm up, and the body."""
    for _ in range(3):
        response = get()
    if response.status_code != 200:
        raise SystemExit(f"{response.request['PATH_INFO']}: {response.status_code}")
    started = time.process_time()
    for _ in range(ROUNDS):
        response = get()
    return (time.process_time() - started) / ROUNDS * 1000, response.content


def start_to_first_page() -> list[Row]:
    """Wall-clock seconds of ``./xiangli run`` into an empty folder until a page is there; then again.

    The packages are installed already: that part depends on the network and is measured by tools/bare_machine.sh.
    """
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        return [("first start to first page", timed_start(data), "s"), ("second start", timed_start(data), "s")]


def timed_start(data: Path) -> float:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    launcher = Path(__file__).resolve().parent.parent / "xiangli"
    environment = {key: value for key, value in os.environ.items() if not re.match("XIANGLI_|DATABASE_URL", key)}
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, str(launcher), "run", "--port", str(port), "--data", str(data)],
        stdout=subprocess.DEVNULL,
        env=environment,
    )
    try:
        while process.poll() is None and time.perf_counter() - started < 300:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10):
                    return time.perf_counter() - started
            except OSError:  # not there yet, or busy
                time.sleep(0.05)
        raise SystemExit("./xiangli run did not come up")
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)
