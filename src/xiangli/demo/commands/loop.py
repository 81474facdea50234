"""``./xiangli demo-loop --out DIR``: once round the loop in a database of its own, everything it made into DIR.

XIANGLI_SCHEMA names the packed empty database of these migrations, where the launcher has one: migrating from nothing
takes a minute.
"""

import argparse
import lzma
import os
import shutil
import tempfile
from pathlib import Path

from xiangli.core.arguments import Parser
from xiangli.core.errors import UserError
from xiangli.core.reasons import reason_of

SUMMARY = "summary.md"


def main(argv: list[str]) -> int:
    """Exit code 0 done, 2 something the user can put right; then DIR is as it was before."""
    options = parse(argv)
    out = options.out.absolute()
    check_out(out)
    staging = Path(tempfile.mkdtemp(prefix=f".{out.name}.new-", dir=existing_parent(out)))
    try:
        with tempfile.TemporaryDirectory(prefix="xiangli-loop-") as data:
            start_django(Path(data))
            run(options, staging)
        staging.chmod(0o755)
        move_in(staging, out)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    print(f"\n全部在 {out} 里，先看 {SUMMARY}。")
    return 0


def parse(argv: list[str]) -> argparse.Namespace:
    parser = Parser(prog="./xiangli demo-loop", description="从一摞纸到开门，走完整一圈")
    parser.add_argument("--out", type=Path, required=True, help="做出来的东西放在哪个文件夹")
    parser.add_argument("--scans", type=Path, help="扫描件所在的文件夹；不给就由程序模拟，并写明")
    parser.add_argument("--answers", type=Path, help="真实答卷（CSV、Excel）；不给就编一份，并写明")
    parser.add_argument("--mapping", type=Path, help="列对应文件：哪列是需求，哪些列是人群")
    parser.add_argument("--copies", type=int, default=30, help="印几份纸表（默认 30）")
    parser.add_argument("--seconds", type=float, default=8, help="排方案最多用几秒（默认 8）")
    parser.add_argument("--workers", type=int, default=2, help="同时用几个进程（默认 2）")
    parser.add_argument("--seed", type=int, default=1, help="随机种子，同样的种子结果一样")
    options = parser.parse_args(argv)
    if (options.answers is None) != (options.mapping is None):
        raise UserError("--answers 和 --mapping 要一起给：列对应文件说明哪一列是需求、哪些列是人群。")
    for path in (options.answers, options.mapping, options.scans):
        if path is not None and not path.exists():
            raise UserError(f"找不到 {path}。")
    if not 1 <= options.copies <= 1000:
        raise UserError("--copies 请给 1 到 1000 之间的数。")
    return options


def check_out(out: Path) -> None:
    """A folder that is not ours is never overwritten."""
    if out.exists() and not out.is_dir():
        raise UserError(f"{out} 是一个文件，请换一个文件夹。")
    if out.exists() and any(out.iterdir()) and not (out / SUMMARY).exists():
        raise UserError(f"{out} 里有别的东西，请换一个空文件夹。")


def existing_parent(out: Path) -> Path:
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"不能建立文件夹 {out.parent}：{reason_of(error)}。") from error
    return out.parent


def start_django(data: Path) -> None:
    """A database for this round only: whatever the deployment holds is neither read nor touched."""
    os.environ["XIANGLI_DATA"] = str(data)
    os.environ.pop("DATABASE_URL", None)
    os.environ["DJANGO_SETTINGS_MODULE"] = "xiangli.config.settings"
    import django

    django.setup()
    print("准备一个临时数据库 ……", flush=True)
    from django.conf import settings

    if packed := os.environ.get("XIANGLI_SCHEMA"):
        Path(settings.DATABASES["default"]["NAME"]).write_bytes(lzma.decompress(Path(packed).read_bytes()))
    from xiangli.demo.commands.setup import migrate
    from xiangli.ui.storage import collect_static

    migrate()
    collect_static()


def run(options: argparse.Namespace, folder: Path) -> None:
    from xiangli.demo.round import Wishes, go_round
    from xiangli.demo.steps import Steps
    from xiangli.surveys.answers import load_mapping

    wishes = Wishes(
        copies=options.copies,
        scans=options.scans,
        answers=options.answers,
        mapping=load_mapping(options.mapping) if options.mapping else None,
        seconds=options.seconds,
        workers=options.workers,
        seed=options.seed,
    )
    steps = Steps(say=lambda line: print(line, flush=True))
    try:
        remarks = go_round(wishes, folder, steps)
    except OSError as error:
        raise UserError(f"写不进 {folder.parent}：{reason_of(error)}。原来的内容没有动。") from error
    (folder / SUMMARY).write_text(steps.summary("乡里走一圈：从一摞纸到开门", remarks), encoding="utf-8")


def move_in(staging: Path, out: Path) -> None:
    """The finished folder takes its place in one step; the one before it goes."""
    if out.exists():
        before = Path(tempfile.mkdtemp(prefix=f".{out.name}.old-", dir=out.parent))
        out.rename(before / out.name)
        staging.rename(out)
        shutil.rmtree(before, ignore_errors=True)
    else:
        staging.rename(out)
