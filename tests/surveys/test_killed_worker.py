"""A worker killed half-way through a pile: the next one goes on from there, and nothing is counted twice.

The worker is the real one, in a process and on a database of its own, killed for good.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.own_process import python

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

SHEETS = 40

BEGIN = """
import django; django.setup()
from pathlib import Path
from django.conf import settings
from tests.places.factories import make_staff, make_town, make_village
from tests.surveys.factories import make_campaign
from xiangli.surveys import services, tasks
from xiangli.surveys.sheets.simulate import simulate_scans
town = make_town(); village = make_village(town); campaign = make_campaign(town)
pdf = settings.DATA / "sheets.pdf"
run = services.print_run(by=None, campaign=campaign, place=village, copies={sheets}, pdf_path=pdf)
filled = {{number: {{"needs": ["chess"], "age": ["70+"]}} for number in range(1, {sheets} + 1)}}
files = simulate_scans(pdf, run.layout, filled, settings.DATA / "scans/pile", first_sheet=1, seed=4)
batch = services.accept_scans(
    by=make_staff("town", town), campaign=campaign, place=village, archive="scans/pile", files=len(files))
tasks.read_scans.enqueue(batch.pk)
"""

LATER = """
import django; django.setup()
from datetime import timedelta
from django.utils import timezone
from xiangli.surveys import tasks
from xiangli.surveys.models import ScanBatch
assert ScanBatch.everywhere.get().state == "running"
ScanBatch.everywhere.update(beat_at=timezone.now() - timedelta(minutes=3))  # as if some minutes had gone by
tasks.take_up_scans.enqueue()
"""

OUTCOME = """
import django; django.setup()
from xiangli.surveys.models import DoubtfulMark, Response, ScanBatch, SheetReading
batch = ScanBatch.everywhere.get()
numbers = list(SheetReading.everywhere.order_by("sheet").values_list("sheet", flat=True))
waiting = SheetReading.everywhere.filter(response=None).count()
print(batch.state, batch.sheets, batch.pages_done, numbers == list(range(1, {sheets} + 1)),
      Response.everywhere.count() + waiting, [row for row in batch.problems if '上下倒着' not in row['reason']])
"""


def worker(environment: dict[str, str]) -> subprocess.Popen:
    command = [sys.executable, "-m", "xiangli.config.cli", "manage", "db_worker", "--batch", "--interval", "0"]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def kill_half_way(process: subprocess.Popen, journal: Path) -> int:
    """Kill it as soon as some parts are in the journal; how many were."""
    while process.poll() is None:
        if journal.exists() and (parts := journal.read_bytes().count(b"\n") - 1) >= 3:
            process.send_signal(signal.SIGKILL)
            process.wait()
            return parts
        time.sleep(0.002)
    pytest.fail("the worker ended before it could be killed")


def test_worker_killed_half_way_is_followed_by_one_that_goes_on_without_a_duplicate(own_database, tmp_path):
    python(own_database, BEGIN.format(sheets=SHEETS))
    journal = tmp_path / "scans/pile-work/readings.csv.journal"
    read = kill_half_way(worker(own_database), journal)
    assert 3 <= read < SHEETS
    for path in sorted((tmp_path / "scans/pile").iterdir())[:2]:  # proof that what is in the journal is not read again
        stamp = path.stat()
        path.write_bytes(path.read_bytes()[:2000].ljust(stamp.st_size, b"\0"))
        os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    python(own_database, LATER)
    assert worker(own_database).wait(timeout=400) == 0
    outcome = python(own_database, OUTCOME.format(sheets=SHEETS))
    assert outcome == f"done {SHEETS} {SHEETS} True {SHEETS} []"
