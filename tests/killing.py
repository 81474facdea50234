"""A process that dies between any two statements of a service, on whichever database the test runs.

The service runs in a forked child that ends without a word (as by SIGKILL or a power cut) just before its k-th
statement, for k = 1, 2, … until it gets through. Whatever it had not committed must be gone; whole rows are compared.
Where a folder is given, each step on its files counts as a statement too.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connection, connections

DIED = 77
FILE_STEPS = {"open", "os.mkdir", "os.link", "os.remove", "os.rename", "test.half_written"}


def everything() -> dict[str, list[Any]]:
    """Every row of every table of ours."""
    return {
        model._meta.label: sorted(map(repr, model._base_manager.values_list()))
        for model in apps.get_models()
        if model.__module__.startswith("xiangli.")
    }


def _own_connection() -> list[Any]:
    """Forget, without closing them, the connections that the parent still uses; they must outlive this process."""
    mine = connections[DEFAULT_DB_ALIAS]  # the thing itself: ``connection`` only stands before it
    kept: list[Any] = [mine.connection]
    mine.connection = None
    mine.in_atomic_block = False
    mine.savepoint_ids = []
    pools = getattr(type(mine), "_connection_pools", None)
    if pools:
        kept.append(dict(pools))
        pools.clear()
    return kept


def _dies_before(number: int, folder: Path | None) -> Callable[..., Any]:
    left = number

    def step() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os._exit(DIED)

    def wrapper(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        step()
        return execute(sql, params, many, context)

    def file_step(event: str, args: tuple[Any, ...]) -> None:
        if event in FILE_STEPS and str(args[0]).startswith(str(folder)):
            step()

    if folder:
        sys.addaudithook(file_step)  # cannot be taken away again; the child ends anyway
    return wrapper


def _run(action: Callable[[], Any], number: int, folder: Path | None = None) -> int:
    child = os.fork()
    if child == 0:
        try:
            kept = _own_connection()
            with connection.execute_wrapper(_dies_before(number, folder)):
                action()
            connection.close()
            os._exit(0 if kept else 1)
        except BaseException as error:
            os.write(2, f"{error!r}\n".encode())
            os._exit(1)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def killed_anywhere(
    action: Callable[[], Any], *, folder: Path | None = None, looked_at: Callable[[], Any] = lambda: None
) -> int:
    """Run ``action`` to death at each of its statements, then to its end. Returns how often it died.

    ``folder``: steps on files in it count as well. ``looked_at`` is called after each death.

    Fails where a dead one left anything behind, or where the last one changed nothing.
    """
    before = everything()
    number = 1
    while (code := _run(action, number, folder)) == DIED:
        after = everything()
        changed = [label for label in before if before[label] != after[label]]
        assert changed == [], f"died before statement {number} and left {changed}"
        looked_at()
        number += 1
    assert code == 0
    assert everything() != before
    return number - 1
