"""`plan`: the timetable engine on the command line: solve, check, generate."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from xiangli.planning import timetable
from xiangli.planning.timetable import Plan, Progress, TimetableError, Town


def main(argv: list[str]) -> int:
    """Run one subcommand; 0 done, 1 a plan breaks a rule, 2 bad input, 130 interrupted with nothing to show."""
    parser = _parser()
    args = parser.parse_args(argv)
    try:
        return int(args.run(args))
    except TimetableError as error:
        print("无法排出计划：", file=sys.stderr)
        for problem in error.problems[:50]:
            print(f"  · {problem.text}", file=sys.stderr)
        if len(error.problems) > 50:
            print(f"  …… 另有 {len(error.problems) - 50} 条", file=sys.stderr)
        return 2
    except _Bad as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("已中断，没有写出任何文件。", file=sys.stderr)
        return 130


class _Bad(Exception):
    """A fault of files or arguments, told in one sentence."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="xiangli plan", description="排一周：一室多用，附上界证明和“为什么不”")
    commands = parser.add_subparsers(required=True, metavar="命令")
    solve = commands.add_parser("solve", help="排出全镇一周的计划")
    solve.add_argument("input", help="输入 JSON")
    solve.add_argument("--seconds", type=_positive, help="最多用多少秒（默认 60）")
    solve.add_argument("--work", type=_positive, help="最多用多少计算量（与机器快慢无关，结果可重复）")
    solve.add_argument("--workers", type=int, default=2, help="用几个进程（默认 2）")
    solve.add_argument("--seed", type=int, default=1, help="随机种子")
    solve.add_argument("--gap", type=float, default=0.005, help="证明到离最优多近就停（默认 0.005）")
    solve.add_argument("--lenient", action="store_true", help="全镇都办不了的需求记为缺口，不拒绝")
    solve.add_argument("--out", help="计划写到哪个文件（默认打印）")
    solve.add_argument("--quiet", action="store_true", help="不显示进度")
    solve.set_defaults(run=_solve)
    check = commands.add_parser("check", help="独立检查一份计划是否守住所有硬性规定")
    check.add_argument("plan", help="计划 JSON")
    check.add_argument("--input", help="另给的输入 JSON（默认用计划里带的）")
    check.set_defaults(run=_check)
    generate = commands.add_parser("generate", help="造一个虚构的镇，供测试和比较")
    for name, default in (("villages", 30), ("spaces", 6), ("services", 20), ("specialists", 3), ("seed", 1)):
        generate.add_argument(f"--{name}", type=int, default=default)
    generate.add_argument("--slot-minutes", type=int, default=60)
    generate.add_argument("--out", help="写到哪个文件（默认打印）")
    generate.set_defaults(run=_generate)
    return parser


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < 1e7:
        raise argparse.ArgumentTypeError("应是大于 0 的数")
    return value


def _load(path: str) -> Any:
    try:
        return json.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise _Bad(f"读不了文件 {path}：{error.strerror}") from error
    except UnicodeDecodeError as error:
        raise _Bad(f"{path} 不是 UTF-8 编码的 JSON 文件") from error
    except json.JSONDecodeError as error:
        raise _Bad(f"{path} 第 {error.lineno} 行第 {error.colno} 列不是正确的 JSON") from error
    except RecursionError as error:
        raise _Bad(f"{path} 嵌套太深，不是计划的输入") from error


def _save(data: Any, path: str | None) -> None:
    """Write to a file beside the target and move it there, so that nothing half-written is ever seen."""
    text = json.dumps(data, ensure_ascii=False, indent=1)
    if path is None:
        print(text)
        return
    target = Path(path)
    name = None
    try:
        with tempfile.NamedTemporaryFile(
            "w", dir=target.parent, prefix=f".{target.name}.", delete=False, encoding="utf-8"
        ) as f:
            name = f.name
            f.write(text + "\n")
        os.replace(name, target)
    except OSError as error:
        if name is not None:
            Path(name).unlink(missing_ok=True)
        raise _Bad(f"写不了 {path}：{error.strerror}") from error


def _solve(args: argparse.Namespace) -> int:
    if args.workers < 1:
        raise _Bad("--workers 至少是 1")
    town = timetable.read_town(_load(args.input))
    plan = timetable.solve(
        town,
        seconds=args.seconds,
        work=args.work,
        workers=args.workers,
        seed=args.seed,
        gap=args.gap,
        strict=not args.lenient,
        progress=None if args.quiet else _show,
    )
    faults = timetable.check(town, plan)
    if faults:
        raise _Bad("排出的计划没有通过独立检查，没有写出：\n" + "\n".join(f"  · {v.text}" for v in faults[:20]))
    _save(timetable.plan_to_json(town, plan), args.out)
    print(_summary(town, plan), file=sys.stderr)
    return 0


def _show(p: Progress) -> None:
    words = {"bound": "求上界", "tour": "排走访", "weeks": "排各村", "done": "完成"}
    best = "—" if p.best is None else str(p.best)
    gap = "—" if p.gap is None else f"{p.gap:.2%}"
    print(
        f"[{p.seconds:6.1f} 秒] {words[p.phase]}  最好 {best}  上界 {p.bound}  差距 {gap}  已求解 {p.villages_done}/{p.villages} 村",
        file=sys.stderr,
        flush=True,
    )


def _summary(town: Town, plan: Plan) -> str:
    gap = "未证明" if plan.gap is None else f"离最优至多 {plan.gap:.2%}"
    lines = [
        f"{town.name or town.id}：{len(town.villages)} 个村，每周 {sum(s.week == 0 for s in plan.sessions)} 场，"
        f"专家到访 {len(plan.visits)} 个半天，需求满足 {plan.met_share:.1%}，最差人群 {plan.worst_share:.1%}，{gap}，"
        f"用时 {plan.seconds:.1f} 秒"
    ]
    if plan.status == "interrupted":
        lines.append("已中断：这是到此为止最好的计划，通过了独立检查。")
    return "\n".join(lines)


def _check(args: argparse.Namespace) -> int:
    town, plan = timetable.read_plan(_load(args.plan))
    if args.input:
        town = timetable.read_town(_load(args.input))
    faults = timetable.check(town, plan)
    for v in faults:
        print(f"  · {v.text}")
    print(f"{len(plan.sessions)} 场安排，{'全部通过' if not faults else f'{len(faults)} 处不合规定'}")
    return 1 if faults else 0


def _generate(args: argparse.Namespace) -> int:
    try:
        data = timetable.generate(
            seed=args.seed, villages=args.villages, spaces=args.spaces, services=args.services,
            specialists=args.specialists, slot_minutes=args.slot_minutes,
        )  # fmt: skip
        timetable.read_town(data)
    except TimetableError:
        raise
    except ValueError as error:
        raise _Bad(str(error)) from error
    _save(data, args.out)
    return 0
