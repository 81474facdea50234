"""A worker process of the crew: reads tasks from its input, writes answers to its output, ends with its input."""

from __future__ import annotations

import os
import sys

from .crew import Bench, receive, send


def main() -> None:
    inbox = sys.stdin.buffer
    outbox = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # whatever a library prints must not mix with the answers
    try:
        bench = Bench(*receive(inbox))
        while True:
            send(outbox, bench.do(receive(inbox)))
    except (EOFError, BrokenPipeError):
        return


if __name__ == "__main__":
    main()
