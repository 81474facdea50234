"""`plan`: the timetable engine on the command line: solve (and re-plan), check, why, generate."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
from pathlib import Path
from typing import Any

from xiangli.core.arguments import Parser
from xiangli.core.errors import UserError
from xiangli.core.files import atomic_write
from xiangli.core.reasons import reason_of
from xiangli.planning import county, timetable
from xiangli.planning.timetable import Difference, Plan, Progress, Reason, Session, TimetableError, Town


def main(argv: list[str]) -> int:
    """Run one subcommand; 0 done, 1 a plan breaks a rule, 2 bad input, 130 interrupted with nothing to show."""
    try:
        args = _parser().parse_args(argv)
        return int(args.run(args))
    except TimetableError as error:
        print("无法排出计划：", file=sys.stderr)
        for problem in error.problems[:50]:
            print(f"  · {problem.text}", file=sys.stderr)
        if len(error.problems) > 50:
            print(f"  …… 另有 {len(error.problems) - 50} 条", file=sys.stderr)
        return 2
    except (_Bad, UserError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("已中断：还没有排出守住所有规定的计划，没有写出文件。", file=sys.stderr)
        return 130


class _Bad(Exception):
    """A fault of files or arguments, told in one sentence."""


def _parser() -> Parser:
    parser = Parser(prog="xiangli plan", description="排一周：一室多用，附上界证明和“为什么不”")
    commands = parser.add_subparsers(required=True, metavar="命令")
    solve = commands.add_parser("solve", help="排出全镇一周的计划")
    solve.add_argument("input", help="输入 JSON")
    solve.add_argument("--seconds", type=_positive, help="最多用多少秒（默认 60）")
    solve.add_argument("--work", type=_positive, help="最多用多少计算量（与机器快慢无关，结果可重复）")
    solve.add_argument("--workers", type=_workers, default=2, help="用几个进程（默认 2）")
    solve.add_argument("--seed", type=_count, default=1, help="随机种子")
    solve.add_argument("--gap", type=_part, default=0.005, help="证明到离最优多近就停（默认 0.005）")
    solve.add_argument("--lenient", action="store_true", help="全镇都办不了的需求记为缺口，不拒绝")
    solve.add_argument("--previous", help="以前的计划：在它的基础上改，能不动的不动")
    solve.add_argument(
        "--keep", type=_part, default=0.9, help="至少保留原安排的多大一部分（默认 0.9，与 --previous 同用）"
    )
    solve.add_argument("--out", help="计划写到哪个文件（默认打印）")
    solve.add_argument("--quiet", action="store_true", help="不显示进度")
    solve.set_defaults(run=_solve)
    why = commands.add_parser("why", help="为什么不：每一项没满足的需求，差在哪里，最省事的改法")
    why.add_argument("plan", help="计划 JSON")
    why.add_argument("--village", help="只看这个村（编号或名称）")
    why.add_argument("--service", help="只看这项服务（编号或名称）")
    why.add_argument("--price", action="store_true", help="按改法重排该村，算出实际能多服务多少")
    why.add_argument("--seconds", type=_positive, default=3.0, help="每次重排最多用多少秒（默认 3）")
    why.add_argument("--limit", type=_count, default=20, help="最多列多少条（默认 20，0 为全部）")
    why.add_argument("--json", action="store_true", help="输出 JSON")
    why.set_defaults(run=_why)
    check = commands.add_parser("check", help="独立检查一份计划是否守住所有硬性规定")
    check.add_argument("plan", help="计划 JSON")
    check.add_argument("--input", help="另给的输入 JSON（默认用计划里带的）")
    check.set_defaults(run=_check)
    whole = commands.add_parser("county", help="全县：一个文件夹里每个镇各排一周，可以交给 Dask 的多台机器")
    whole.add_argument("inputs", help="文件夹，里面每个 .json 是一个镇的输入")
    whole.add_argument("--out", required=True, help="计划写到哪个文件夹；已经排好、输入没有变的镇不重排")
    whole.add_argument("--seconds", type=_positive, help="每个镇最多用多少秒（默认 60）")
    whole.add_argument("--work", type=_positive, help="每个镇最多用多少计算量")
    whole.add_argument("--workers", type=_workers, default=2, help="每个镇用几个进程（默认 2；在 Dask 上总是 1）")
    whole.add_argument("--seed", type=_count, default=1, help="随机种子")
    whole.add_argument("--gap", type=_part, default=0.01, help="证明到离最优多近就停（默认 0.01）")
    whole.add_argument("--lenient", action="store_true", help="全镇都办不了的需求记为缺口，不拒绝")
    whole.add_argument(
        "--dask",
        default=os.environ.get("XIANGLI_DASK", ""),
        help="Dask 调度器 tcp://主机:端口（默认环境变量 XIANGLI_DASK）",
    )
    whole.set_defaults(run=_county)
    generate = commands.add_parser("generate", help="造一个虚构的镇，供测试和比较")
    for name, default in (("villages", 30), ("spaces", 6), ("services", 20), ("specialists", 3)):
        generate.add_argument(f"--{name}", type=_size, default=default)
    generate.add_argument("--seed", type=_count, default=1)
    generate.add_argument("--slot-minutes", type=_count, default=60)
    generate.add_argument("--out", help="写到哪个文件（默认打印）")
    generate.set_defaults(run=_generate)
    return parser


def _positive(text: str) -> float:
    return _within(text, 1e-3, 1e7, "应是大于 0 的数")


def _part(text: str) -> float:
    return _within(text, 0, 1, "应在 0 到 1 之间")


def _workers(text: str) -> int:
    return int(_within(text, 1, 256, "应是 1 到 256 的整数", whole=True))


def _size(text: str) -> int:
    return int(_within(text, 0, 2000, "应是 0 到 2000 的整数", whole=True))


def _count(text: str) -> int:
    return int(_within(text, 0, 2**31 - 1, "应是不太大的非负整数", whole=True))


def _within(text: str, least: float, most: float, words: str, *, whole: bool = False) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not least <= value <= most or (whole and value != int(value)):
        raise argparse.ArgumentTypeError(f"{words}，却是“{text}”")
    return value


def _load(path: str) -> Any:
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8-sig"))
        json.dumps(data, ensure_ascii=False).encode()
        return data
    except OSError as error:
        raise _Bad(f"读不了 {path}：{reason_of(error)}") from error
    except UnicodeDecodeError as error:
        raise _Bad(f"{path} 不是 UTF-8 编码的 JSON 文件") from error
    except UnicodeEncodeError as error:
        raise _Bad(f"{path} 里有残缺的字符（{error.object[error.start]!a}）") from error
    except json.JSONDecodeError as error:
        raise _Bad(f"{path} 第 {error.lineno} 行第 {error.colno} 列不是正确的 JSON") from error
    except ValueError as error:  # a number of thousands of digits
        raise _Bad(f"{path} 里有长得读不了的数") from error
    except RecursionError as error:
        raise _Bad(f"{path} 嵌套太深，不是计划的输入") from error


def _save(data: Any, path: str | None) -> None:
    """Print, or write whole or not at all."""
    text = json.dumps(data, ensure_ascii=False, indent=1)
    if path is None:
        print(text)
        return
    if not Path(path).name or Path(path).is_dir():
        raise _Bad(f"写不了 {path or '“”'}：要写文件名")
    if not Path(path).parent.is_dir():
        raise _Bad(f"写不了 {path}：没有这个文件夹")
    with atomic_write(Path(path), text=True) as file:
        file.write(text + "\n")


def _solve(args: argparse.Namespace) -> int:
    town = timetable.read_town(_load(args.input))
    previous = None
    if args.previous:
        _, previous = timetable.read_plan(_load(args.previous))
        plan = timetable.replan(
            town,
            previous,
            keep=args.keep,
            seconds=args.seconds or 3.0,
            work=args.work,
            seed=args.seed,
            strict=not args.lenient,
        )
    else:
        plan = _fresh(town, args)
    faults = timetable.check(town, plan)
    if faults and plan.status == "interrupted":
        raise KeyboardInterrupt  # too early: what there is does not keep the rules yet
    if faults:
        told = "\n".join(f"  · {v.text}" for v in faults[:20])
        raise _Bad(f"没有排出守住所有规定的计划（可以增加 --seconds 再试），没有写出文件：\n{told}")
    changes = [] if previous is None else timetable.differences(previous.sessions, plan.sessions)
    _save(timetable.plan_to_json(town, plan, changes), args.out)
    print(_summary(town, plan), file=sys.stderr)
    for d in changes:
        print(f"  · {_difference(town, d)}", file=sys.stderr)
    return 0


def _fresh(town: Town, args: argparse.Namespace) -> Plan:
    return timetable.solve(
        town,
        seconds=args.seconds,
        work=args.work,
        workers=args.workers,
        seed=args.seed,
        gap=args.gap,
        strict=not args.lenient,
        progress=None if args.quiet else _show,
        apart=True,
    )


def _difference(town: Town, d: Difference) -> str:
    village = town.village(d.village)
    spaces = {s.id: s.name for s in village.spaces}

    def place(s: Session | None) -> str:
        assert s is not None
        week = f"第 {s.week} 周" if s.week else ""
        clock = f"{s.time.start // 60:02d}:{s.time.start % 60:02d}"
        return f"{week}周{'一二三四五六日'[s.time.day - 1]} {clock} {spaces.get(s.space, s.space)}"

    names = {s.id: s.name for s in town.services}
    name = f"{village.name} {names.get(d.service, d.service)}"
    if d.kind == "moved":
        return f"{name}：{place(d.before)} 改为 {place(d.after)}"
    return f"{name}：取消 {place(d.before)}" if d.kind == "removed" else f"{name}：新增 {place(d.after)}"


def _why(args: argparse.Namespace) -> int:
    town, plan = timetable.read_plan(_load(args.plan))
    village = _named("村", args.village, {v.id: v.name for v in town.villages})
    service = _named("服务", args.service, {s.id: s.name for s in town.services})
    reasons = timetable.why(town, plan, village=village, service=service)
    shown = reasons[: args.limit] if args.limit > 0 else reasons
    rows = []
    for reason in shown:
        row = timetable.reason_to_json(reason)
        if args.price and reason.changes:
            priced = timetable.price(town, plan, reason, seconds=args.seconds)
            row["price"] = {"value_before": priced.value_before, "value_after": priced.value_after, "more": priced.more}
        rows.append(row)
        if not args.json:
            _print_reason(town, reason, row)
    if args.json:
        print(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        print(
            f"共 {len(reasons)} 项没有满足的需求" + (f"，列出前 {len(shown)} 项" if len(shown) < len(reasons) else "")
        )
    return 0


def _named(word: str, given: str | None, names: dict[str, str]) -> str | None:
    if given is None or given in names:
        return given
    found = [id for id, name in names.items() if name == given]
    if len(found) != 1:
        raise _Bad(f"没有“{given}”这{'个' if word == '村' else '项'}{word}")
    return found[0]


def _print_reason(town: Town, reason: Reason, row: dict[str, Any]) -> None:
    groups, bands = {g.id: g.name for g in town.groups}, {b.id: b.name for b in town.bands}
    head = f"{town.village(reason.village).name} {town.service(reason.service).name}"
    head = f"{head} {groups[reason.group]} {bands[reason.band]}"
    print(f"{head}：要 {reason.need:g} 人时，差 {reason.unmet:.1f}。{reason.text}")
    if "price" in row:
        more = "，".join(f"{groups[g]} {hours:+g}" for g, hours in row["price"]["more"].items() if hours) or "没有变化"
        print(f"    照此重排：总值 {row['price']['value_before']} → {row['price']['value_after']}；人时：{more}")


def _show(p: Progress) -> None:
    words = {"bound": "求上界", "tour": "排走访", "weeks": "排各村", "done": "完成"}
    best = "—" if p.best is None else str(p.best)
    gap = "—" if p.gap is None else f"{p.gap:.2%}"
    head = f"[{p.seconds:6.1f} 秒] {words[p.phase]}  最好 {best}  上界 {p.bound}  差距 {gap}"
    print(f"{head}  已求解 {p.villages_done}/{p.villages} 村", file=sys.stderr, flush=True)


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
    data = _load(args.plan)
    town, plan = timetable.read_plan(data)
    if args.input:
        town = timetable.read_town(_load(args.input))
    faults = [*timetable.check(town, plan), *timetable.gap_violations(data["report"].get("gap"), plan)]
    for v in faults:
        print(f"  · {v.text}")
    print(f"{len(plan.sessions)} 场安排，{'全部通过' if not faults else f'{len(faults)} 处不合规定'}")
    return 1 if faults else 0


def _county(args: argparse.Namespace) -> int:
    folder = Path(args.inputs)
    if not folder.is_dir() or not any(folder.glob("*.json")):
        raise _Bad(f"{folder} 不是文件夹，或者里面没有 .json 输入")
    if args.dask and not re.fullmatch(r"tcp://[^:/]+:\d+", args.dask):
        raise _Bad(f"--dask 应像 tcp://主机:8786，却是 {args.dask}")
    limits = county.Limits(
        args.seconds, args.work, 1 if args.dask else args.workers, args.seed, args.gap, not args.lenient
    )
    started, failed = time.monotonic(), 0
    done: list[county.TownDone] = []
    for town in county.plan_county(folder, Path(args.out), limits, scheduler=args.dask):
        done.append(town)
        failed += bool(town.faults)
        gap = "未证明" if town.bound is None else f"离最优至多 {1 - town.value / max(1, town.bound):.2%}"
        say = "；".join(town.faults[:5]) or f"{gap}，{'以前排好的' if town.kept else f'用时 {town.seconds:.1f} 秒'}"
        print(f"[{time.monotonic() - started:6.1f} 秒] {town.name}：{say}", file=sys.stderr, flush=True)
    sound = [town for town in done if not town.faults]
    value, bound = sum(t.value for t in sound), sum(t.bound or t.value for t in sound)
    proof = f"，合计离最优至多 {1 - value / bound:.2%}" if bound else ""
    print(f"{len(done)} 个镇：排好 {len(sound)} 个，没有排成 {failed} 个{proof}", file=sys.stderr)
    return 1 if failed else 0


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
