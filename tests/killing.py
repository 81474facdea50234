"""A process that dies between any two statements of a service, on whichever database the test runs.

The service runs in a forked child that ends without a word (as by SIGKILL or a power cut) just before its k-th
statement, for k = 1, 2, … until it gets through. Whatever it had not committed must be gone; whole rows are compared.
"""

import os
from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connection, connections

DIED = 77


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


def _dies_before(number: int) -> Callable[..., Any]:
    left = number

    def wrapper(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal left
        left -= 1
        if left == 0:
            os._exit(DIED)
        return execute(sql, params, many, context)

    return wrapper


def _run(action: Callable[[], Any], number: int) -> int:
    child = os.fork()
    if child == 0:
        try:
            kept = _own_connection()
            with connection.execute_wrapper(_dies_before(number)):
                action()
            connection.close()
            os._exit(0 if kept else 1)
        except BaseException as error:
            os.write(2, f"{error!r}\n".encode())
            os._exit(1)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def killed_anywhere(action: Callable[[], Any]) -> int:
    """Run ``action`` to death at each of its statements, then to its end. Returns how often it died.

    Fails where a dead one left anything behind, or where the last one changed nothing.
    """
    before = everything()
    number = 1
    while (code := _run(action, number)) == DIED:
        after = everything()
        changed = [label for label in before if before[label] != after[label]]
        assert changed == [], f"died before statement {number} and left {changed}"
        number += 1
    assert code == 0
    assert everything() != before
    return number - 1
