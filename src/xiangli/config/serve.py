"""Serve the product with granian over ASGI, with one worker for background tasks beside it."""

import argparse
import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta

from django.conf import settings
from django.db import connection

from xiangli.bookings.tasks import move_up_in
from xiangli.core.arguments import Parser
from xiangli.demo.people import PEOPLE
from xiangli.surveys.tasks import take_up_soon
from xiangli.ui.storage import collect_static

RESTART_AFTER = 2.0  # seconds


def main(argv: list[str]) -> int:
    parser = Parser(prog="./xiangli serve")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--no-tasks", action="store_true", help="不启动后台任务")
    options = parser.parse_args(argv)
    collect_static()
    print_address(f"http://{options.host}:{options.port}/")
    tasks = None if options.no_tasks else Tasks()
    # Granian stops on SIGINT; a service manager sends SIGTERM. Either way the task worker must not be left behind.
    signal.signal(signal.SIGTERM, lambda *_: os.kill(os.getpid(), signal.SIGINT))
    try:
        serve(options)
    finally:
        if tasks:
            tasks.stop()
    return 0


def serve(options: argparse.Namespace) -> None:
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    Granian(
        "xiangli.config.asgi:application",
        address=options.host,
        port=options.port,
        interface=Interfaces.ASGINL,  # Django has no lifespan events
        workers=options.workers,
        log_access=False,
        log_level=LogLevels.warning,
    ).serve()


class Tasks:
    """The process that works off the background tasks, started again when it dies (out of memory, killed).

    Each start looks for piles of scans that an earlier process left half read. Every hour it moves waiting lists up.
    """

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self.process = self.start()
        threading.Thread(target=self.watch, daemon=True).start()

    @staticmethod
    def start() -> subprocess.Popen:
        environment = {**os.environ, "XIANGLI_DATA": str(settings.DATA)}
        take_up_soon()
        move_up_in(timedelta())
        connection.close()  # the web workers are forked from here, and must not find one that is open
        return subprocess.Popen(
            [sys.executable, "-m", "xiangli.config.cli", "manage", "db_worker", "-v", "0"], env=environment
        )

    def watch(self) -> None:
        while True:
            code = self.process.wait()
            if self.stopping.wait(timeout=RESTART_AFTER):
                return
            print(f"后台任务进程退出了（{code}），重新启动。", file=sys.stderr, flush=True)
            self.process = self.start()

    def stop(self) -> None:
        """Let it finish what it is at, but not for long: a pile of scans goes on from where it was."""
        self.stopping.set()
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()


def print_address(url: str) -> None:
    """The address, and for the demonstration how to log in as each role."""
    print(f"\n乡里已开门：{url}")
    kept = settings.DATA / "demo_password"
    if kept.exists():
        print(f"工作人员登录 {url}accounts/login/（演示账号，密码都是 {kept.read_text()}）：")
        for username, _, _, post in PEOPLE:
            print(f"  {username:<11} {post}")
        print("居民不用登录。按 Ctrl-C 停止。")
    print(flush=True)
