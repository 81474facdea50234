"""The application's command line: ``./xiangli WORD …`` ends here.

Words are looked up lazily, so that reading sheets starts no Django.
"""

import errno
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from xiangli.core.errors import UserError

DISK_FULL = (errno.ENOSPC, errno.EDQUOT)

# word: (module with main(argv) -> exit code, does it need Django, what it does)
WORDS: dict[str, tuple[str, bool, str]] = {
    "setup": ("xiangli.demo.commands.setup", True, "建库并装入演示数据（run 会自动做）"),
    "serve": ("xiangli.config.serve", True, "开始提供网页（run 会自动做）"),
    "demo-loop": ("xiangli.demo.commands.loop", False, "从问卷到公示走一整圈：--out 目录"),
    "sheets": ("xiangli.surveys.commands.sheets", False, "打印民意调查表、读取扫描件：print、read"),
    "surveys": ("xiangli.surveys.commands.surveys", True, "问卷与答卷：导入、加权、需求"),
    "fund": ("xiangli.planning.commands.fund", False, "公平分配预算：读 .pb 文件"),
    "plan": ("xiangli.planning.commands.plan", False, "排一周的活动：solve、check、why"),
    "places": (
        "xiangli.places.commands.places",
        True,
        "行政区划：import、update、list、calendar、merge、split、rename…",
    ),
    "ledger": ("xiangli.ledger.commands.ledger", True, "台账汇总：roll（每夜）、check、repair"),
    "people": ("xiangli.accounts.commands.people", True, "人员：add 添加账号"),
    "digest": ("xiangli.reports.commands.digest", True, "做当天的工作摘要，每人每天最多一份"),
    "points": ("xiangli.canteen.commands.points", True, "食堂积分账：check 核对、nightly 每晚封账"),
    "purge": ("xiangli.reports.commands.purge", True, "清除已过保存期的个人信息"),
    "manage": ("xiangli.config.manage", True, "Django 的管理命令"),
}


def configure() -> None:
    """Start Django with our settings."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xiangli.config.settings")
    import django
    from django.apps import apps

    if not apps.ready:  # a second time would close the streams of whoever logs by now
        django.setup()


def usage() -> str:
    lines = [
        "用法：./xiangli 命令 …",
        "",
        "  run          安装、建库、装入演示并开始服务",
        "  test         运行全部测试",
    ]
    lines += ["  check        检查代码格式、类型与房间次序", "  bench        测速", "  help         显示本页"]
    lines += [f"  {word:<12} {text}" for word, (_, _, text) in WORDS.items()]
    return "\n".join(lines)


def main(argv: Sequence[str]) -> int:
    """Run one word. Returns the exit code: 0 done, 2 something the user can put right, 130 interrupted."""
    if not argv or argv[0] in ("help", "--help", "-h"):
        print(usage())
        return 0
    word, *rest = argv
    if word not in WORDS:
        print(f"没有“{word}”这个命令。\n\n{usage()}", file=sys.stderr)
        return 2
    module, needs_django, _ = WORDS[word]
    try:
        if needs_django:
            configure()
        run: Callable[[list[str]], int] = import_module(module).main
        return run(rest)
    except UserError as error:
        print(f"{error}", file=sys.stderr)
        return 2
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            print("文件名太长，请换一个短的。", file=sys.stderr)
            return 2
        if error.errno not in DISK_FULL:
            raise
        print(f"磁盘已满：{error.filename or '写不下了'}。请先清理出空间，再运行同一条命令。", file=sys.stderr)
        _drop_unwritten()
        return 2
    except KeyboardInterrupt:
        print("已中断。", file=sys.stderr)
        return 130
    except Exception as error:
        if not (words := _in_words(error)):
            raise
        print(words, file=sys.stderr)
        return 2


def _drop_unwritten() -> None:
    """What is left over for a full disk is not tried again at exit: Python would then end with 120."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _in_words(error: Exception) -> str:
    """What an operator can put right in the settings or the database, in words; nothing for a fault of ours."""
    from django.core.exceptions import ImproperlyConfigured
    from django.db.utils import DatabaseError, OperationalError

    said = str(error).strip().split("\n")[0]
    if isinstance(error, ImproperlyConfigured):
        return f"设置不对：{said}"
    if isinstance(error, DatabaseError) and ("not a database" in said or "malformed" in said):
        return f"数据库文件坏了（{said}）。请停下服务，从备份恢复，做法见 docs/operate.md。"
    if isinstance(error, OperationalError):
        return f"数据库连不上或打不开（{said}）。请检查 DATABASE_URL、XIANGLI_DATA，以及数据库是否在运行。"
    return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
