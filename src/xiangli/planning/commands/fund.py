"""`xiangli fund FILE.pb`: who wins under a fair rule, who pays, and a certificate that can be checked on its own."""

from __future__ import annotations

import json
import os
import sys
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xiangli.core.arguments import Parser
from xiangli.core.errors import UserError
from xiangli.core.reasons import reason_of
from xiangli.planning.funding import FundingError, fund, read
from xiangli.planning.funding.certificate import to_json
from xiangli.planning.funding.checking import check
from xiangli.planning.funding.model import MEASURES
from xiangli.planning.funding.outcome import COMPLETIONS, RULES, TIE_RULE, Outcome

if TYPE_CHECKING:
    from xiangli.planning.funding import Election

RULE_NAMES = {"equal-shares": "等额份额法", "greedy": "贪心法"}
MEASURE_NAMES = {"cost": "按费用", "cardinality": "按项目个数", "additive": "按选票上的分数"}
USAGE = (
    "xiangli fund 文件.pb [--rule equal-shares|greedy] [--satisfaction cost|cardinality|additive]"
    " [--completion none|add1] [--json]，或 xiangli fund --check 文件.pb 结果.json"
)
COLUMN_NAMES = {
    "sex": "性别",
    "age": "年龄",
    "neighborhood": "街区",
    "district": "区",
    "subunit": "片区",
    "voting_method": "投票方式",
}


def main(argv: list[str]) -> int:
    """0: done. 1: a certificate that does not hold. 2: input that cannot be used (message on stderr)."""
    try:
        options = _parser().parse_intermixed_args(argv)
        election = _read(options.file)
        if options.check:
            if options.result is None:
                raise FundingError("核对要给出选举文件和结果文件：xiangli fund --check 文件.pb 结果.json")
            return _check(election, options.result)
        if options.result is not None:
            raise FundingError(f"多余的参数 {options.result}（核对结果要加 --check）")
        outcome = fund(election, rule=options.rule, measure=options.satisfaction, completion=options.completion)
    except (FundingError, UserError, OSError) as error:
        print(_reason(error), file=sys.stderr)
        return 2
    try:
        if options.json:
            print(json.dumps(to_json(outcome), ensure_ascii=False, indent=1))
        else:
            _print(election, outcome)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader (head, a pager) has seen enough; nothing must be flushed to it at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _parser() -> Parser:
    parser = Parser(
        prog="xiangli fund",
        description="从 Pabulib 选举文件算出公平的资金分配",
        usage=USAGE,
        allow_abbrev=False,
    )
    parser.add_argument("file", type=Path, metavar="文件.pb", help="选举文件")
    parser.add_argument("result", type=Path, nargs="?", metavar="结果.json", help="与 --check 同用：要核对的结果")
    parser.add_argument("--rule", choices=RULES, default="equal-shares", help="规则：等额份额法（默认）或贪心法")
    parser.add_argument(
        "--satisfaction", choices=MEASURES, help="满意度：cost 按费用，cardinality 按个数，additive 按分数"
    )
    parser.add_argument(
        "--completion", choices=COMPLETIONS, default="none", help="用不完的预算：add1 逐次给每人加 1（贪心法不用）"
    )
    parser.add_argument("--json", action="store_true", help="输出 JSON（含证书）")
    parser.add_argument("--check", action="store_true", help="核对一份结果的证书，不重新求解")
    parser._positionals.title, parser._optionals.title = "参数", "选项"
    return parser


def _read(path: Path) -> Election:
    try:
        return read(path)
    except FundingError as error:
        raise FundingError(f"{path.name} 不能用：{error}") from None


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"读不了 {error.filename}：{reason_of(error)}"
    return str(error)


def _check(election: Election, path: Path) -> int:
    try:
        result: Any = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        raise FundingError(f"{path.name} 不是 JSON 文件") from None
    try:
        confirmed = check(election, result)
    except FundingError as error:
        print(f"不成立：{error}")
        return 1
    for line in confirmed:
        print(f"成立：{line}")
    return 0


def _money(amount: Fraction | float) -> str:
    """Whole money as it is, other money to the cent."""
    value = float(amount)
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def _print(election: Election, outcome: Outcome) -> None:
    name = {project.id: project.name for project in election.projects}
    cost = {project.id: project.cost for project in election.projects}
    people = Fraction(election.voters, election.unit)
    how = f"{RULE_NAMES[outcome.rule]}，满意度{MEASURE_NAMES[outcome.measure]}"
    print(f"{how}：{len(name)} 个项目，{_money(people)} 人投票")
    for note in outcome.notes:
        print(f"注意：{note}")
    print(f"预算 {_money(outcome.budget)}，用去 {_money(outcome.cost)}，剩 {_money(outcome.budget - outcome.cost)}")
    if outcome.rule == "equal-shares":
        raised = f"（加了 {outcome.raises} 次，每次 1）" if outcome.raises else ""
        print(f"每人分得 {_money(outcome.first_share)}{raised}")
    print(f"\n中选 {len(outcome.winners)} 个（按购买顺序）：")
    for place, id_ in enumerate(outcome.winners, 1):
        print(f"{place:4d}  {id_}  {_money(cost[id_])}  {name[id_]}")
    print(f"\n落选 {len(outcome.losers)} 个，各缺多少：")
    for loser in outcome.losers:
        has = "支持者只剩" if outcome.rule == "equal-shares" else "轮到时预算只剩"
        print(
            f"      {loser.id}  {_money(loser.cost)}  {has} {_money(loser.money)}，缺 {_money(loser.lacking)}"
            f"（{_money(loser.voters)} 人支持）  {name[loser.id]}"
        )
    for column, values in outcome.paid.items():
        print(f"\n按{COLUMN_NAMES.get(column, column)}各付多少：")
        for label, paid in values.items():
            print(f"      {label}  {_money(round(paid, 2))}")
    print(f"\n并列规则：{TIE_RULE}。" + (f"本次用到 {len(outcome.ties)} 次：" if outcome.ties else "本次没有用到。"))
    for tied in outcome.ties:
        print(f"      {'、'.join(tied)}")
    _print_certificate(outcome)


def _print_certificate(outcome: Outcome) -> None:
    if outcome.rule == "greedy":
        print("\n证书：按每元满意度从高到低，放得下就买；--json 的结果可用 --check 核对。")
        return
    print("\n证书：下列价格（每单位满意度付多少）可用 --json 存下，再用 --check 独立核对：")
    print("  每个中选项目恰由支持者付清；每次买价格最低的；最后没有哪个项目的支持者还付得起它。")
    for id_, price in zip(outcome.winners, outcome.prices, strict=True):
        print(f"      {id_}  {float(price):.9g}")
