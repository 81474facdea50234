"""Django's SQLite with two things that many writers at once need.

Writers of one process queue in the order in which they come. SQLite's own waiting is to try again after a while, which
is anybody's luck: under load the unlucky wait for seconds, and each try costs the others time.

Connections are kept for the next request where ``keep_connections`` was called (the server does): each request has a
thread of its own, so that Django would open, set up and close one every time.
"""

import threading
from collections import defaultdict, deque
from typing import Any

from django.db.backends.sqlite3 import base

MOST_KEPT = 16


class Turns:
    """A lock whose waiters go in the order in which they came."""

    def __init__(self) -> None:
        self._inner = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Lock] = deque()

    def take(self, timeout: float) -> bool:
        """Wait for one's turn; False when it has not come after ``timeout`` seconds."""
        with self._inner:
            if not self._taken:
                self._taken = True
                return True
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        if mine.acquire(timeout=timeout):
            return True
        with self._inner:
            if mine in self._waiting:
                self._waiting.remove(mine)
                return False
        return True  # it came just then

    def give(self) -> None:
        """Let the next one go."""
        with self._inner:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False


_turns: dict[str, Turns] = defaultdict(Turns)
_kept: dict[str, deque[Any]] = defaultdict(deque)
_keeping = False


def keep_connections() -> None:
    """From now on this process keeps connections for the next request."""
    global _keeping
    _keeping = True


class DatabaseWrapper(base.DatabaseWrapper):
    """As Django's; what is ignored for mypy is what its stubs leave out."""

    _has_turn = False

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        if _keeping:
            try:
                return _kept[str(conn_params["database"])].pop()
            except IndexError:
                pass
        return super().get_new_connection(conn_params)

    def _start_transaction_under_autocommit(self) -> None:
        # Who has waited in vain goes on all the same: SQLite's own lock decides then.
        self._has_turn = _turns[self._file].take(self.settings_dict["OPTIONS"].get("timeout", 5))
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._give_turn()
            raise

    def _commit(self) -> None:
        try:
            super()._commit()  # type: ignore[misc]
        finally:
            self._give_turn()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._give_turn()

    def _close(self) -> None:
        kept = _kept[self._file]
        try:
            if _keeping and self.connection is not None and not self.in_atomic_block and len(kept) < MOST_KEPT:
                self.connection.rollback()
                kept.append(self.connection)
            else:
                super()._close()  # type: ignore[misc]
        finally:
            self._give_turn()

    @property
    def _file(self) -> str:
        return str(self.settings_dict["NAME"])

    def _give_turn(self) -> None:
        if self._has_turn:
            self._has_turn = False
            _turns[self._file].give()
