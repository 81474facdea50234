"""`./xiangli surveys …`: campaigns from the command line: list, import, weigh, needs, template,
estimate."""

import argparse
import hashlib
import sys
from pathlib import Path
from typing import Any

from django.db.models import Q
from django.utils import timezone

from xiangli.core.arguments import Parser
from xiangli.core.errors import UserError
from xiangli.core.files import atomic_write, read_file
from xiangli.core.numbers import whole_number
from xiangli.places.models import Place
from xiangli.places.queries import villages
from xiangli.surveys import exports, queries, services
from xiangli.surveys.answers import ANSWERS_MAX, Answers, load_mapping, of_villages, read_answers, take_answers
from xiangli.surveys.channels import gaps
from xiangli.surveys.columns import VILLAGE_COLUMNS, guess_columns, mapping_of, read_sheet, unused_columns
from xiangli.surveys.commands import estimate, report
from xiangli.surveys.commands.sheets import name_gaps
from xiangli.surveys.models import Campaign
from xiangli.surveys.standard import plain_notice
from xiangli.surveys.villages import plain_names


def main(argv: list[str]) -> int:
    """Run `surveys`; exit code 0 done, 2 something the user can put right."""
    options = _parser().parse_args(argv)
    return int(options.run(options))


def campaign_named(word: str) -> Campaign:
    """A campaign by its web code, its number, or its whole title where only one is called so. Raises UserError."""
    rows = Campaign.everywhere.select_related("place__county")
    found = list(rows.filter(public_id=word)) or list(rows.filter(title=word))
    if not found and (number := whole_number(word)) is not None:
        found = list(rows.filter(pk=number))
    if len(found) == 1:
        return found[0]
    if found:
        raise UserError(f"有 {len(found)} 份问卷叫“{word}”，请用代号：{'、'.join(one.public_id for one in found)}。")
    raise UserError(f"没有“{word}”这份问卷。用 ./xiangli surveys list 看有哪些。")


def village_named(campaign: Campaign, word: str | None) -> Place:
    """The village of a campaign by name, short name or address name; the campaign's own place without a word."""
    if not word:
        return campaign.place
    found = [row for row in villages(campaign.place) if word in (row.name, row.short_name, row.slug)]
    if len(found) != 1:
        raise UserError(f"“{campaign.title}”的范围里{'没有' if not found else '不止一个'}“{word}”。")
    return found[0]


def _list(options: argparse.Namespace) -> int:
    for campaign in queries.with_counts(Campaign.everywhere.select_related("place")):
        until = f"到 {campaign.closes}" if campaign.closes else "不限期"
        print(f"{campaign.public_id}  {campaign.title}  {campaign.place}  {campaign.answers} 份答卷  {until}")
    return 0


def _import(options: argparse.Namespace) -> int:
    campaign = campaign_named(options.survey)
    place = village_named(campaign, options.village)
    if options.mapping:
        answers = read_answers(options.file, load_mapping(options.mapping))
    else:
        answers = _by_name(campaign, place, Path(options.file))
    refused = answers.refused
    for note in answers.notes:
        print(note, file=sys.stderr)
    if options.dry_run:
        print(f"可以收 {len(answers.rows)} 行，不能收 {len(refused)} 行。还什么都没有写。")
    else:
        done = services.import_answers(by=None, campaign=campaign, place=place, answers=answers)
        refused = done.refused
        print(f"收下 {done.taken} 份，{len(refused)} 行没有收。")
    for line, reason in refused:
        print(f"第 {line} 行：{reason}", file=sys.stderr)
    return 0


def _by_name(campaign: Campaign, place: Place, path: Path) -> Answers:
    """Answers of a table whose columns are called like the questions, or as they were chosen the last time."""
    data = read_file(path, limit=ANSWERS_MAX)
    table = read_sheet(data, campaign.definition, VILLAGE_COLUMNS, limit=ANSWERS_MAX)
    columns, where = guess_columns(campaign.definition, table.header, campaign.mapping)
    if not columns:
        raise UserError("没有一列叫题目的名字。请改列名（可下载表格模板），或用 --mapping 写明哪一列是哪一题。")
    mapping = mapping_of(campaign.definition, columns, place=where, header=table.header)
    if unused := unused_columns(table.header, mapping):
        print(f"没有用到的列：{'、'.join(unused)}", file=sys.stderr)
    answers = take_answers(table, mapping, hashlib.sha256(data).hexdigest()[:16])
    one = place.level in ("village", "group")
    return of_villages(answers, [place] if one else villages(place).select_related("parent"), several=not one)


def _weigh(options: argparse.Namespace) -> int:
    campaign = campaign_named(options.survey)
    place = village_named(campaign, options.village)
    asked = Place.objects.filter(pk__in=queries.channel_counts(campaign, place))
    if not asked:
        raise UserError(f"{place.name}还没有答卷，无法加权。")
    for village in asked:
        weighed = services.weigh(by=None, campaign=campaign, place=village)
        by_what = "、".join(weighed.margins) or "只按总人数"
        print(f"{village.name}：{len(weighed.design)} 份，有效样本量 {weighed.effective:.1f}，按{by_what}")
        for note in weighed.notes:
            print(f"  {note}")
    return 0


def _needs(options: argparse.Namespace) -> int:
    campaign = campaign_named(options.survey)
    place = village_named(campaign, options.village)
    needs = services.derive_needs(by=None, campaign=campaign, place=place, k=options.k)
    print(f"得出 {len(needs)} 条需求，{sum(need.hidden for need in needs)} 条人数太少不公布。")
    needs.sort(key=lambda need: -need.person_hours)
    if options.out:
        with atomic_write(Path(options.out)) as file:
            exports.write_needs_csv(file, needs)
        print(f"写到 {options.out}")
    return 0


def _template(options: argparse.Namespace) -> int:
    campaign = campaign_named(options.survey)
    place = village_named(campaign, options.village)
    with atomic_write(Path(options.out)) as file:
        exports.write_template(file, campaign, plain_names(list(villages(place).select_related("parent"))))
    print(f"写到 {options.out}")
    return 0


def _import_form(options: argparse.Namespace) -> int:
    """An XLSForm workbook as a campaign; what a channel cannot carry is named first."""
    from xiangli.surveys.xlsform import import_workbook
    from xiangli.surveys.xlsform.reading import BYTES_MAX

    data = read_file(Path(options.file), limit=BYTES_MAX)
    found = import_workbook(data, notice=plain_notice(options.handler, options.contact), title=options.title or "")
    for note in found.notes:
        print(note, file=sys.stderr)
    for gap in gaps(found.definition):
        print(f"{gap.where}问不了或问不全“{gap.label}”：{gap.reason}", file=sys.stderr)
    if options.dry_run:
        print(f"可以导入：{len(found.definition['questions'])} 题。还什么都没有写。")
        return 0
    campaign = services.create_campaign(
        by=None, place=_place_named(options.place), title=found.definition["title"], definition=found.definition,
        opens=timezone.localdate(),
    )  # fmt: skip
    print(f"{campaign.public_id}  {campaign.title}  {campaign.place}  {len(campaign.definition['questions'])} 题")
    return 0


def _export_form(options: argparse.Namespace) -> int:
    from xiangli.surveys.xlsform import export_workbook

    campaign = campaign_named(options.survey)
    data = export_workbook(campaign.definition, form_id=campaign.public_id, version=str(campaign.version))
    with atomic_write(Path(options.out)) as file:
        file.write(data)
    print(f"写到 {options.out}")
    return 0


def _place_named(word: str) -> Place:
    """An open town, village or county by name, short name or address name."""
    rows = Place.objects.filter(Q(name=word) | Q(short_name=word) | Q(slug=word), is_open=True)
    found = list(rows.exclude(level="group")[:2])
    if len(found) != 1:
        raise UserError(
            f"{'没有' if not found else '不止一个地方叫'}“{word}”。" + ("" if not found else "请写网址里的代号。")
        )
    return found[0]


def print_survey(word: str, *, village: str | None, copies: int, out: Path, language: str = "") -> int:
    """`sheets print SURVEY`: sheets of a campaign of the database, numbered on from the last that were printed."""
    from xiangli.surveys.sheets import write_layout

    campaign = campaign_named(word)
    place = village_named(campaign, village)
    if place.level != "village":
        raise UserError("请用 --village 写明印给哪个村。")
    name_gaps(campaign.definition)  # a questionnaire may have nothing else
    run = services.print_run(
        by=None, campaign=campaign, place=place, copies=copies, pdf_path=out / "sheets.pdf", language=language
    )
    write_layout(run.layout, out / "layout.json")
    pages = len(run.layout["pages"])
    print(f"{place.name} {copies} 份，编号 {run.first}–{run.last}（每份 {pages} 页）：{out / 'sheets.pdf'}")
    print(f"版式文件：{out / 'layout.json'}（读扫描件时要用，请保存好）")
    return 0


def _parser() -> Parser:
    parser = Parser(prog="xiangli surveys", description="问卷与答卷")
    words = parser.add_subparsers(required=True, metavar="list|import|import-form|…")
    words.add_parser("list", help="有哪些问卷").set_defaults(run=_list)
    taking = _word(words, "import", _import, "导入一张答卷表（CSV、Excel）")
    taking.add_argument("file", metavar="表格")
    taking.add_argument("--mapping", metavar="FILE", help="哪一列是哪一题（JSON，见 docs/mappings.md）；不写就按列名对")
    taking.add_argument("--dry-run", action="store_true", help="只检查，不写")
    form = words.add_parser("import-form", help="从 XLSForm 工作簿新建问卷")
    form.add_argument("file", metavar="工作簿")
    form.add_argument("--place", required=True, metavar="地方", help="问哪里：县、镇或村的名字")
    form.add_argument("--handler", required=True, metavar="单位", help="谁在处理这些答卷（印在个人信息告知里）")
    form.add_argument("--contact", required=True, metavar="电话或地址", help="乡亲们有疑问时找谁")
    form.add_argument("--title", metavar="名称", help="不写就用工作簿里的")
    form.add_argument("--dry-run", action="store_true", help="只检查，不写")
    form.set_defaults(run=_import_form)
    _word(words, "export-form", _export_form, "写成 XLSForm 工作簿").add_argument(
        "--out", required=True, metavar="XLSX"
    )
    _word(words, "weigh", _weigh, "按人口加权")
    deriving = _word(words, "needs", _needs, "得出需求清单")
    deriving.add_argument("--k", type=int, default=services.K, metavar="K", help="少于几人不公布（默认 5）")
    deriving.add_argument("--out", metavar="CSV", help="把需求写成表格")
    _word(words, "template", _template, "下载答卷表模板").add_argument("--out", required=True, metavar="XLSX")
    figures = words.add_parser("estimate", help="任意一张答卷表的平均数、总数、比例和误差（不用数据库）")
    estimate.add_arguments(figures)
    figures.set_defaults(run=estimate.run)
    page = words.add_parser("report", help="一张答卷表做成一页图表，几轮的看变化（不用数据库）")
    report.add_arguments(page)
    page.set_defaults(run=report.run)
    return parser


def _word(words: Any, name: str, run: Any, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = words.add_parser(name, help=text)
    parser.add_argument("survey", metavar="问卷", help="代号、编号或全名")
    parser.add_argument("--village", metavar="村名")
    parser.set_defaults(run=run)
    return parser
