"""Run by test_faults in a process of its own: each write of the ledger is killed after each of its statements in turn.

A child is forked for each statement that is more than a look, does the write and is killed (SIGKILL) right after that
statement; the parent looks whether anything at all has stayed behind. When the write comes through, everything must be
there. Prints one line a write: its name, how many times it was killed, how many of those left something behind.
"""

import os
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import django

django.setup()

from django.db import connection  # noqa: E402 - Django must be set up first

from tests.ledger.factories import NOW, TODAY, asked, make_crew, make_item  # noqa: E402
from tests.places.factories import make_village  # noqa: E402
from xiangli.audit.models import Event  # noqa: E402
from xiangli.ledger import imports, models, services  # noqa: E402
from xiangli.ledger.choices import Fund, Repeat  # noqa: E402
from xiangli.ledger.models import LedgerItem  # noqa: E402
from xiangli.places.models import Place  # noqa: E402
from xiangli.places.services import merge  # noqa: E402

TABLES = [Event, Place, *(getattr(models, name) for name in models.__all__ if name[0].isupper())]


def state() -> list[Any]:
    """All that a write of the ledger could have left."""
    found = [_rows(table) for table in TABLES]
    connection.close()
    if hasattr(connection, "close_pool"):
        connection.close_pool()
    return found


def _rows(table: Any) -> list[Any]:
    return list(table._base_manager.order_by("pk").values_list())


def killed_after(statement: int, write: Callable[[], Any]) -> bool:
    """Do the write in a child that is killed after its n-th statement. True where it came through first."""
    pid = os.fork()
    if pid == 0:
        left = [statement]

        def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            done = execute(sql, params, many, context)
            left[0] -= not sql.lstrip().upper().startswith("SELECT")
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return done

        try:
            connection.ensure_connection()
            with connection.execute_wrapper(watch):
                write()
            connection.close()
        except BaseException as error:
            sys.stderr.write(repr(error))
            os._exit(3)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the write itself failed"
    return not os.WIFSIGNALED(status)


def torture(name: str, write: Callable[[], Any]) -> None:
    before = state()
    statement = left_behind = 0
    while True:
        statement += 1
        through = killed_after(statement, write)
        after = state()
        if through:
            assert after != before, f"{name} did nothing"
            break
        left_behind += after != before
    sys.stdout.write(f"{name} {statement - 1} {left_behind}\n")


def fresh(item: LedgerItem) -> LedgerItem:
    return LedgerItem.everywhere.get(pk=item.pk)


def sheet(crew: Any) -> Callable[[], Any]:
    text = (
        f"村,任务,具体举措,完成时限\n{crew.village.name},表一,改了,2026-12-01\n{crew.village.name},表三,新,2026-12-01\n"
    )
    first = services.keep_sheet(
        by=crew.boss, place=crew.town, name="a.csv", now=NOW,
        content=f"村,任务,具体举措,完成时限\n{crew.village.name},表一,旧,2026-12-01\n".encode(),
    )  # fmt: skip
    shown = imports.check(first, user=crew.boss, today=TODAY).digest
    imports.write(first, user=crew.boss, shown=shown, choices={}, reason="", now=NOW, today=TODAY)
    run = services.keep_sheet(by=crew.boss, place=crew.town, name="b.csv", content=text.encode(), now=NOW)
    shown = imports.check(run, user=crew.boss, today=TODAY).digest
    return lambda: imports.write(run, user=crew.boss, shown=shown, choices={}, reason="", now=NOW, today=TODAY)


def main() -> None:
    crew = make_crew()
    other = make_village(crew.town)
    programme = services.add_programme(by=crew.boss, place=crew.town, title="方案", starts=TODAY)
    for point in ("甲", "乙"):
        services.add_part(by=crew.boss, programme=programme, part="standard", title=point)
    meeting = services.save_meeting(
        by=crew.boss, meeting=models.Meeting(place=crew.town, title="推进会", held_on=TODAY, programme=programme)
    )
    item, floor = make_item(crew, "厨房", repeats=Repeat.MONTH), make_item(crew, "铺地")
    many = [make_item(crew, f"多{n}") for n in range(2)]
    waiting = asked(crew, title="等")
    later = item.deadline + timedelta(days=9)
    rows = {Fund.TOWN.value: (5, 5, 0)}
    work = {
        "add_item": lambda: make_item(crew, "新"),
        "add_dependency": lambda: services.add_dependency(by=crew.boss, item=fresh(item), needs=floor, now=NOW),
        "remove_dependency": lambda: services.remove_dependency(by=crew.boss, item=fresh(item), needs=floor, now=NOW),
        "start": lambda: services.start(by=crew.doer, item=fresh(item), now=NOW),
        "note": lambda: services.note(by=crew.doer, item=fresh(item), now=NOW, text="在干"),
        "edit": lambda: services.edit(by=crew.boss, item=fresh(item), now=NOW, measure="改"),
        "extend": lambda: services.extend(by=crew.boss, item=fresh(item), now=NOW, deadline=later, reason="雨"),
        "undo": lambda: services.undo(by=crew.boss, item=fresh(item), now=NOW),
        "set_money": lambda: services.set_money(by=crew.boss, item=fresh(item), now=NOW, rows=rows),
        "ask_close": lambda: services.ask_close(by=crew.doer, item=fresh(item), now=NOW),
        "close_and_repeat": lambda: services.close(by=crew.judge, item=fresh(item), now=NOW),
        "reopen": lambda: services.reopen(by=crew.boss, item=fresh(item), now=NOW, reason="又"),
        "return_item": lambda: services.return_item(by=crew.judge, item=fresh(waiting), now=NOW, reason="差"),
        "extend_many": lambda: services.extend_many(
            by=crew.boss, items=[fresh(each) for each in many], now=NOW, deadline=later, reason="雨"
        ),
        "add_items_from_standard": lambda: services.add_items_from_standard(
            by=crew.boss, programme=programme, villages=[crew.village, other], deadline=later, now=NOW, today=TODAY
        ),
        "add_resolution": lambda: services.add_resolution(
            by=crew.boss, meeting=meeting, text="修路", now=NOW, place=other, deadline=later
        ),
        "write_sheet": sheet(crew),
        "merge_villages": lambda: merge(by=None, places=[crew.village], into=other, on=TODAY),
        "bring_up": lambda: services.bring_up(crew.town.county, TODAY + timedelta(days=200)),
    }
    for name, write in work.items():
        torture(name, write)


main()
