"""``./xiangli setup [--if-needed]``: migrate, collect static files, load the demonstration; prints how to log in."""

import argparse

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from xiangli.demo.loader import is_loaded, load
from xiangli.demo.people import PEOPLE, demo_password


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./xiangli setup")
    parser.add_argument("--no-demo", action="store_true", help="只建库，不装演示数据")
    options = parser.parse_args(argv)
    settings.DATA.mkdir(parents=True, exist_ok=True)
    migrate()
    collect_static()
    if not options.no_demo:
        password = demo_password(settings.DATA)
        if not is_loaded():
            load(today=timezone.localdate(), password=password, say=lambda text: print(f"  装入演示：{text}", flush=True))
        print_logins(password)
    return 0


def migrate() -> None:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        print(f"  建库：{len(plan)} 步", flush=True)
        call_command("migrate", verbosity=0)


def collect_static() -> None:
    stamp = settings.STATIC_ROOT / "staticfiles.json"
    newest = max(path.stat().st_mtime for path in settings.PACKAGE.glob("*/static/**/*"))
    if not stamp.exists() or stamp.stat().st_mtime < newest:
        print("  收集样式与图标", flush=True)
        call_command("collectstatic", verbosity=0, interactive=False)


def print_logins(password: str) -> None:
    print(f"\n工作人员登录（演示账号，密码都是 {password}）：")
    for username, _, _, post in PEOPLE:
        print(f"  {username:<11} {post}")
    print("居民不用登录。\n", flush=True)
