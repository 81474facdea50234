"""Village engines at work in this process or in several: the same calls, the same answers.

Workers are plain Python processes that talk pickles over pipes: nothing depends on how the caller was started
(a web server's thread, a script read from a pipe), and Ctrl-C reaches only the caller, who still has every
answer given so far. Relaxations stay with "their" worker (village number modulo workers) because they are warm;
weeks go to whoever is free.
"""

from __future__ import annotations

import os
import pickle
import struct
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol

from .engine import Place, VillageEngine
from .errors import NoPlanFound, Problem
from .model import Town

GIVEN_UP = "计算的进程一再中断，没有排出计划（多半是内存不够：请少用几个进程，或者换一台机器）"
Prior = tuple[tuple[Place, ...], int]  # earlier sessions of a village, how many to keep
Task = tuple[int, str, tuple[Any, ...]]  # village index, method of VillageEngine, its arguments


@dataclass(frozen=True, slots=True)
class Failure:
    """What a task raised, carried across the pipe."""

    text: str


class Bench:
    """The engines of one process, made when first asked for."""

    def __init__(self, town: Town, priors: dict[int, Prior]) -> None:
        self.town, self.priors = town, priors
        self.engines: dict[int, VillageEngine] = {}

    def do(self, task: Task) -> Any:
        village, method, args = task
        if village not in self.engines:
            self.engines[village] = VillageEngine(self.town, village, *self.priors.get(village, ((), 0)))
        try:
            return getattr(self.engines[village], method)(*args)
        except ValueError as error:
            return Failure(str(error))


class Crew(Protocol):
    def each(self, tasks: Sequence[Task], *, anyone: bool = False) -> Iterator[tuple[int, Any]]: ...
    def close(self) -> None: ...


class Alone:
    """Everything in this process, one task after another."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench

    def each(self, tasks: Sequence[Task], *, anyone: bool = False) -> Iterator[tuple[int, Any]]:
        for task in tasks:
            yield task[0], self.bench.do(task)

    def close(self) -> None:
        pass


class Team:
    """Several worker processes. A worker that dies is replaced and its task done again, but not for ever."""

    def __init__(self, bench: Bench, workers: int) -> None:
        self.bench = bench
        self.workers = [self._start() for _ in range(workers)]

    def _start(self) -> subprocess.Popen[bytes]:
        paths = [p for p in sys.path if p]
        worker = subprocess.Popen(
            [sys.executable, "-m", f"{__package__}.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            start_new_session=True,
        )
        assert worker.stdin is not None
        with suppress(BrokenPipeError):  # dead from the start: found out when it is given a task
            send(worker.stdin, (self.bench.town, self.bench.priors))
        return worker

    def each(self, tasks: Sequence[Task], *, anyone: bool = False) -> Iterator[tuple[int, Any]]:
        """Answers as they come, (village, answer); ``anyone``: whichever worker is free takes the next task."""
        from multiprocessing.connection import wait

        n = len(self.workers)
        shared = list(reversed(tasks)) if anyone else []
        queues = [shared if anyone else [t for t in reversed(tasks) if t[0] % n == w] for w in range(n)]
        busy: dict[int, tuple[int, Task]] = {}
        replaced = 0

        def give(w: int, again: Task | None = None) -> None:
            """Hand the next task (or one again) to a worker; a dead one is replaced, but not for ever."""
            nonlocal replaced
            task = again or (queues[w].pop() if queues[w] else None)
            if task is None:
                return
            while True:
                worker = self.workers[w]
                assert worker.stdin is not None
                assert worker.stdout is not None
                try:
                    send(worker.stdin, task)
                    break
                except BrokenPipeError:
                    if replaced >= n:
                        raise NoPlanFound([Problem("workers", "workers", GIVEN_UP)]) from None
                    replaced += 1
                    _end(worker)
                    self.workers[w] = self._start()
            busy[worker.stdout.fileno()] = (w, task)

        for w in range(n):
            give(w)
        while busy:
            for fd in wait(list(busy)):
                w, task = busy.pop(fd)  # type: ignore[arg-type]
                out = self.workers[w].stdout
                assert out is not None
                try:
                    answer = receive(out)
                except EOFError:
                    self.workers[w].kill()  # it may have closed its output only
                    self.workers[w].wait()
                    give(w, task)
                    continue
                give(w)
                yield task[0], answer

    def close(self) -> None:
        for worker in self.workers:
            _end(worker)


def _end(worker: subprocess.Popen[bytes]) -> None:
    worker.kill()
    worker.wait()
    for pipe in (worker.stdin, worker.stdout):
        if pipe is not None:
            with suppress(BrokenPipeError):  # what it was to be told is told to its successor
                pipe.close()


def crew_of(town: Town, workers: int, priors: dict[int, Prior] | None = None, *, apart: bool = False) -> Crew:
    """``apart``: in processes of its own even if it is only one, so that Ctrl-C is heard at once."""
    bench = Bench(town, priors or {})
    return Team(bench, max(1, workers)) if apart or workers > 1 else Alone(bench)


def send(pipe: BinaryIO | Any, value: Any) -> None:
    data = pickle.dumps(value, protocol=5)
    pipe.write(struct.pack("<Q", len(data)))
    pipe.write(data)
    pipe.flush()


def receive(pipe: BinaryIO | Any) -> Any:
    """The next value. Raises EOFError when the other side is gone."""
    head = pipe.read(8)
    if len(head) < 8:
        raise EOFError("worker gone")
    return pickle.loads(pipe.read(struct.unpack("<Q", head)[0]))
