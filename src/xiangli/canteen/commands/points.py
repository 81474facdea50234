"""``./xiangli points``: the nightly work on the points ledgers, and the check of every balance and digest."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.utils import timezone

from xiangli.canteen.models import Canteen
from xiangli.canteen.queries.check import check_points
from xiangli.canteen.services import expire_points, seal_days
from xiangli.core.arguments import Parser
from xiangli.core.errors import UserError
from xiangli.core.reasons import reason_of


def main(argv: list[str]) -> int:
    """0 all well, 1 the ledger has faults, 2 wrong use."""
    parser = Parser(prog="./xiangli points", description="积分账：每晚封账、过期，随时核对。")
    words = parser.add_subparsers(dest="word", required=True, metavar="命令")
    words.add_parser("nightly", help="把到期的积分记成过期，把昨天以前的账封好（每晚运行，多跑几次也不要紧）")
    check = words.add_parser("check", help="重算每个余额和每天的指纹，改过的行会被点名")
    check.add_argument("--against", type=Path, help="以前从公开页面存下的 points.json，看公布过的指纹变没变")
    options = parser.parse_args(argv)
    return nightly() if options.word == "nightly" else checked(options.against)


def canteens() -> Iterator[Canteen]:
    """All canteens of the deployment that keep points."""
    rows = Canteen.everywhere.filter(accounts__isnull=False).distinct().select_related("centre__place", "county")
    return rows.order_by("pk").iterator()


def nightly() -> int:
    now = timezone.now()
    expired = sealed = 0
    for canteen in canteens():
        expired += len(expire_points(canteen=canteen, now=now))
        sealed += len(seal_days(canteen=canteen, now=now))
    print(f"过期 {expired} 笔，封账 {sealed} 天。")
    return 0


def checked(against: Path | None) -> int:
    saved = _saved(against) if against else {}
    today = timezone.localdate()
    faults = number = 0
    for canteen in canteens():
        number += 1
        known = {row["day"]: row["digest"] for row in saved["seals"]} if saved.get("canteen") == canteen.pk else {}
        for fault in check_points(canteen, today, known):
            faults += 1
            print(f"{canteen.centre.name} {fault}")
    if saved and not Canteen.everywhere.filter(pk=saved["canteen"]).exists():
        raise UserError("这份 points.json 不是这里任何一个食堂的。")
    print(f"核对了 {number} 个食堂的积分账：{f'有 {faults} 处不对' if faults else '都对'}。")
    return 1 if faults else 0


def _saved(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_bytes())
        assert isinstance(data["canteen"], int)
        assert all(isinstance(row["day"], str) and isinstance(row["digest"], str) for row in data["seals"])
    except OSError as error:
        raise UserError(f"打不开 {path}：{reason_of(error)}") from error
    except (ValueError, KeyError, TypeError, AssertionError) as error:
        raise UserError(f"{path} 不是从公开页面存下的 points.json。") from error
    return dict(data)
