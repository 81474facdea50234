"""``./xiangli places import|list|calendar``: divisions in, a look at what is there, the working calendar."""

import argparse
from pathlib import Path

from xiangli.core.errors import UserError
from xiangli.core.tables import read_table
from xiangli.places.calendar import seed_calendar
from xiangli.places.choices import Level
from xiangli.places.divisions import LOCAL, NATIONAL, Refusal, read_local, read_national
from xiangli.places.models import Place, PlaceCode
from xiangli.places.queries import below
from xiangli.places.services import import_local, import_national


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./xiangli places", description="行政区划")
    words = parser.add_subparsers(dest="word", required=True)
    bring = words.add_parser("import", help="导入全国代码表，或本县的乡镇和村名单（CSV、Excel）")
    bring.add_argument("file", type=Path)
    bring.add_argument("--under", help="名单挂在哪个地点下面：代码或名称")
    bring.add_argument("--dry-run", action="store_true", help="只检查，不写入")
    look = words.add_parser("list", help="列出一个地点下面的全部地点")
    look.add_argument("--under", required=True)
    days = words.add_parser("calendar", help="按国务院通知填好一个县的工作日历")
    days.add_argument("--under", required=True)
    options = parser.parse_args(argv)
    run = {"import": bring_in, "list": show, "calendar": fill_calendar}[options.word]
    return run(options)


def find_place(word: str) -> Place:
    """A place by its code or its name; UserError when there is none or more than one."""
    places = list({row.place for row in PlaceCode.objects.filter(code=word, valid_to=None).select_related("place")})
    places = places or list(Place.objects.filter(name=word))
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
