"""Serve the product with granian over ASGI, with one worker for background tasks beside it."""

import argparse
import os
import subprocess
import sys

from django.conf import settings


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./xiangli serve")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--no-tasks", action="store_true", help="不启动后台任务")
    options = parser.parse_args(argv)

    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "xiangli.config.settings", "XIANGLI_DATA": str(settings.DATA)}
    tasks = None
    if not options.no_tasks:
        command = [sys.executable, "-m", "xiangli.config.cli", "manage", "db_worker"]
        tasks = subprocess.Popen(command, env=environment)
    from granian import Granian
    from granian.constants import Interfaces

    try:
        Granian(
            "xiangli.config.asgi:application",
            address=options.host,
            port=options.port,
            interface=Interfaces.ASGI,
            workers=options.workers,
            log_access=False,
        ).serve()
    finally:
        if tasks:
            tasks.terminate()
            tasks.wait(timeout=10)
    return 0
