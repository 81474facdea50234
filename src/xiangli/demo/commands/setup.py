"""``./xiangli setup``: migrate, and load the demonstration into an empty database; idle where nothing is to do."""

import argparse

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from xiangli.core.arguments import Parser
from xiangli.demo.loader import is_loaded, load
from xiangli.demo.people import demo_password


def main(argv: list[str]) -> int:
    parser = Parser(prog="./xiangli setup")
    parser.add_argument("--no-demo", action="store_true", help="只建库，不装演示数据")
    parser.add_argument("--if-needed", action="store_true", help=argparse.SUPPRESS)  # it always looks first
    options = parser.parse_args(argv)
    settings.DATA.mkdir(parents=True, exist_ok=True)
    migrate()
    if not options.no_demo:
        password = demo_password(settings.DATA)
        if not is_loaded():
            load(
                today=timezone.localdate(), password=password, say=lambda text: print(f"  装入演示：{text}", flush=True)
            )
    return 0


def migrate() -> None:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        print(f"  建库：{len(plan)} 步", flush=True)
        call_command("migrate", verbosity=0)
