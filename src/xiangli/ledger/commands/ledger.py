"""``./xiangli ledger roll|check|repair``: the night's round over the figures, the proof of them, the repair."""

from django.utils import timezone
from django.utils.timezone import localdate

from xiangli.core.arguments import Parser
from xiangli.ledger.services import bring_up, drift, repair, sweep_files
from xiangli.places.choices import Level
from xiangli.places.commands.places import find_place
from xiangli.places.models import Place
from xiangli.places.queries import below

SHOWN = 50


def main(argv: list[str]) -> int:
    parser = Parser(prog="./xiangli ledger", description="台账的汇总数")
    words = parser.add_subparsers(dest="word", required=True, metavar="命令")
    for word, text in (
        ("roll", "按今天的期限重数亮灯变了的乡镇（每夜一次）"),
        ("check", "把每个汇总数和逐项数出来的比一比；有差就以 2 退出"),
        ("repair", "全部重数一遍"),
    ):
        words.add_parser(word, help=text).add_argument("--under", help="只做这个地点下面的：代码或名称")
    options = parser.parse_args(argv)
    counties = list(below(find_place(options.under), Level.COUNTY)) if options.under else _all()
    return {"roll": _roll, "check": _check, "repair": _repair}[options.word](counties)


def _all() -> list[Place]:
    return list(Place.objects.filter(level=Level.COUNTY, is_open=True).order_by("path"))


def _roll(counties: list[Place]) -> int:
    today = localdate()
    changed = sum(bring_up(county, today) for county in counties)
    print(f"{len(counties)} 个县（区），重数了 {changed} 个乡镇。")
    if swept := sweep_files(now=timezone.now()):
        print(f"清掉 {swept} 个没传完的照片文件。")
    return 0


def _check(counties: list[Place]) -> int:
    found = [difference for county in counties for difference in drift(county)]
    for place, name, kept, counted in found[:SHOWN]:
        print(f"{place} {name}：记着 {kept}，数出来 {counted}")
    print(f"{len(counties)} 个县（区），差 {len(found)} 处。{'请运行 ./xiangli ledger repair。' if found else ''}")
    return 2 if found else 0


def _repair(counties: list[Place]) -> int:
    today = localdate()
    towns = sum(repair(county, today) for county in counties)
    print(f"{len(counties)} 个县（区），重数了 {towns} 个乡镇。")
    return 0
