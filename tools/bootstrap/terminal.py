"""Words on the terminal, and the one exception for what the user can put right."""

import errno
import sys
import time
from argparse import ArgumentParser
from typing import NoReturn

STARTED = time.monotonic()
DISK_FULL = (errno.ENOSPC, errno.EDQUOT)


class Problem(Exception):
    """Something the user can put right: `message` says what happened, `remedy` what to do. Exit code 2."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


class Parser(ArgumentParser):
    """Reports wrong arguments as every other problem is reported."""

    def error(self, message: str) -> NoReturn:
        raise Problem(f"参数不对 (bad arguments): {message}", f"用法 (usage): {self.format_usage().strip()}")


def say(text: str) -> None:
    """One line of progress."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def step(text: str) -> None:
    """One line of progress with the seconds since the start."""
    say(f"[{time.monotonic() - STARTED:5.1f} s] {text}")


def complain(problem: Problem) -> None:
    """The problem and its remedy on stderr."""
    sys.stdout.flush()
    sys.stderr.write(f"\n✗ {problem}\n")
    if problem.remedy:
        sys.stderr.write(f"→ {problem.remedy}\n")
    sys.stderr.flush()


def disk_full(where: str) -> Problem:
    """The full disk, in words."""
    return Problem(
        f"磁盘已满 (disk full): {where}",
        "请清理出至少 2 GB 空间，再运行同一条命令；未完成的文件已删除 (free 2 GB, run again; nothing is left behind)",
    )
