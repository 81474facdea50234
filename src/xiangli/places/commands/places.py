"""``./xiangli places …``: divisions in, a look at what is there, the working calendar, and when divisions change."""

import argparse
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

from xiangli.core.arguments import Parser
from xiangli.core.errors import UserError
from xiangli.core.tables import read_table
from xiangli.places.calendar import seed_calendar
from xiangli.places.choices import Level
from xiangli.places.divisions import LOCAL, NATIONAL, Refusal, read_local, read_national
from xiangli.places.models import Place, PlaceCode
from xiangli.places.queries import below
from xiangli.places.services import (
    import_local,
    import_national,
    merge,
    move,
    recode,
    rename,
    replay_national,
    split,
)


def main(argv: list[str]) -> int:
    parser = Parser(prog="./xiangli places", description="行政区划")
    words = parser.add_subparsers(dest="word", required=True, metavar="命令")
    bring = words.add_parser("import", help="导入全国代码表，或本县的乡镇和村名单（CSV、Excel）")
    bring.add_argument("file", type=Path, metavar="表格")
    bring.add_argument("--under", help="名单挂在哪个地点下面：代码或名称")
    bring.add_argument("--dry-run", action="store_true", help="只检查，不写入")
    look = words.add_parser("list", help="列出一个地点下面的全部地点")
    look.add_argument("--under", required=True)
    days = words.add_parser("calendar", help="按国务院通知填好一个县的工作日历")
    days.add_argument("--under", required=True)
    _changes(words)
    options = parser.parse_args(argv)
    run = {"import": bring_in, "list": show, "calendar": fill_calendar, "update": update}
    return run.get(options.word, change)(options)


def _changes(words: Any) -> None:
    """The words for divisions that change; places are given by code or name."""
    newer = words.add_parser("update", help="按更新的全国代码表改：合并、改代码、改名、划归、新设")
    newer.add_argument("file", type=Path, metavar="表格")
    texts = {
        "merge": "几个地点并入一个", "split": "分出一个新地点", "rename": "改名", "recode": "改代码",
        "move": "划归另一个上级",
    }  # fmt: skip
    made = {word: words.add_parser(word, help=text) for word, text in texts.items()}
    for word, parser in made.items():
        parser.add_argument("places", nargs="+" if word == "merge" else 1, metavar="地点", help="代码或名称")
        parser.add_argument("--on", type=date.fromisoformat, required=True, help="哪天起，例如 2021-03-18")
    made["merge"].add_argument("--into", required=True)
    made["split"].add_argument("--name", required=True)
    made["split"].add_argument("--slug", required=True, help="网址名")
    made["split"].add_argument("--children", nargs="*", default=[], help="划给新地点的下级")
    made["rename"].add_argument("--name", required=True)
    made["recode"].add_argument("--code", required=True)
    made["move"].add_argument("--to", required=True)


def change(options: argparse.Namespace) -> int:
    """One change; says what stayed with the old county."""
    places = [find_place(word) for word in options.places]
    kept: Counter = Counter()
    if options.word == "merge":
        kept = merge(by=None, places=places, into=find_place(options.into), on=options.on)
    elif options.word == "split":
        children = [find_place(word) for word in options.children]
        split(by=None, place=places[0], name=options.name, slug=options.slug, children=children, on=options.on)
    elif options.word == "rename":
        rename(by=None, place=places[0], name=options.name, on=options.on)
    elif options.word == "recode":
        recode(by=None, place=places[0], code=options.code, on=options.on)
    else:
        kept = move(by=None, place=places[0], to=find_place(options.to), on=options.on)
    print("已改。")
    for name, count in kept.items():
        print(f"{name} {count} 条仍记在原来的县（区）名下。")
    return 0


def update(options: argparse.Namespace) -> int:
    table = read_table(options.file)
    table.require(*sorted(NATIONAL))
    divisions, refused = read_national(table)
    return report(replay_national(by=None, divisions=divisions) or {"没有变化": 0}, refused)


def find_place(word: str) -> Place:
    """A place by its code or its name; UserError when there is none or more than one."""
    places = list({row.place for row in PlaceCode.objects.filter(code=word, valid_to=None).select_related("place")})
    places = places or list(Place.objects.filter(name=word, is_open=True))
    if len(places) != 1:
        found = "、".join(f"{place.name}（{place.pk}）" for place in places)
        raise UserError(f"叫“{word}”的地点不止一个：{found}，请用代码。" if places else f"找不到地点“{word}”。")
    return places[0]


def bring_in(options: argparse.Namespace) -> int:
    table = read_table(options.file)
    columns = set(table.header)
    if columns >= NATIONAL:
        divisions, refused = read_national(table)
        counts = {"可用": len(divisions)} if options.dry_run else import_national(by=None, divisions=divisions)
    elif columns >= LOCAL:
        if not options.under:
            raise UserError("请用 --under 说明这份名单挂在哪个地点下面，例如 --under 410308。")
        under = find_place(options.under)
        places, refused = read_local(table)
        counts = {"可用": len(places)} if options.dry_run else import_local(by=None, under=under, places=places)
    else:
        raise UserError(
            f"这份表的列名认不出来。全国代码表要有：{'、'.join(sorted(NATIONAL))}；本县名单要有：名称、级别、上级。"
            f"现有的列：{'、'.join(table.header)}。"
        )
    return report(counts, refused)


def report(counts: dict[str, int], refused: list[Refusal]) -> int:
    print("，".join(f"{word} {count}" for word, count in counts.items()))
    for refusal in refused:
        print(f"没有用上：{refusal}")
    return 2 if refused else 0


def show(options: argparse.Namespace) -> int:
    top = find_place(options.under)
    depth = top.path.count("/")
    for place in below(top):
        people = f" {place.population} 人" if place.population else ""
        print(f"{'  ' * (place.path.count('/') - depth)}{place.name}（{place.get_level_display()}）{people}")
    return 0


def fill_calendar(options: argparse.Namespace) -> int:
    county = find_place(options.under)
    if county.level != Level.COUNTY:
        raise UserError(f"{county.name} 不是县（区），日历按县（区）填。")
    years = seed_calendar(by=None, county=county)
    print(f"已填 {years[0]}—{years[-1]} 年；其他年份尚未公布。")
    return 0
