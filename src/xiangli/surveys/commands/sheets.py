"""`./xiangli sheets print …` and `./xiangli sheets read …`: paper out and paper in. Needs no database."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from xiangli.core.arguments import Parser
from xiangli.core.errors import UserError
from xiangli.surveys.sheets import SheetError, print_sheets, read_files, write_layout
from xiangli.surveys.sheets.errors import refusal
from xiangli.surveys.sheets.records import names_of, upside_down_in_words


def main(argv: list[str]) -> int:
    """Run `sheets`; exit code 0 done, 2 something the user can put right, 130 interrupted."""
    args = _parser().parse_args(argv)
    try:
        return int(args.run(args))
    except SheetError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("已中断；再运行同一条命令会接着做。", file=sys.stderr)
        return 130


def definition_of(word: str, village: str | None) -> Mapping[str, Any]:
    """The definition behind a word of the command line: a JSON file (keys as in print_sheets; campaign, version)."""
    path = Path(word)
    try:
        if path.stat().st_size > 5_000_000:
            raise SheetError(f"{word} 太大，不像是问卷定义。")
        definition = json.loads(path.read_bytes())
    except OSError as error:
        raise SheetError(f"找不到问卷“{word}”：不是问卷代号，也打不开这个文件。") from error
    except ValueError as error:
        raise SheetError(f"{word} 不是问卷定义（JSON 文件）。") from error
    if not isinstance(definition, dict):
        raise SheetError(f"{word} 不是问卷定义（JSON 文件）。")
    if village:
        definition["title"] = f"{village}{definition.get('title') or ''}"
    return definition


def _print(args: argparse.Namespace) -> int:
    if not Path(args.survey).exists() and not args.survey.endswith(".json"):
        return _print_campaign(args)
    definition = definition_of(args.survey, args.village)
    campaign = str(definition.get("campaign") or Path(args.survey).stem)
    version = definition.get("version", 1)
    if not isinstance(version, int) or isinstance(version, bool):
        raise SheetError(f"版本号应是整数，这里是“{version}”。")
    first = args.first or 1
    numbers = range(first, first + args.copies)
    folder = Path(args.out)
    asked, language = _on_paper(definition, args.language)
    layout = print_sheets(
        asked, campaign=campaign, version=version, sheet_numbers=numbers, pdf_path=folder / "sheets.pdf",
        language=language,
    )  # fmt: skip
    write_layout(layout, folder / "layout.json")
    print(f"已印好 {args.copies} 份（每份 {len(layout['pages'])} 页）：{folder / 'sheets.pdf'}")
    print(f"版式文件：{folder / 'layout.json'}（读扫描件时要用，请保存好）")
    return 0


def name_gaps(definition: Mapping[str, Any]) -> None:
    """Say what paper does not carry, or not in full, before anything is printed or refused."""
    from xiangli.surveys.channels import gaps

    for gap in gaps(definition):
        print(f"纸上没有，或者不全：“{gap.label}”：{gap.reason}", file=sys.stderr)


def _on_paper(definition: Mapping[str, Any], language: str) -> tuple[Mapping[str, Any], str]:
    """What of it goes on paper in a language, and its tag. What does not is named; the engine judges one it refuses."""
    from xiangli.surveys.paper_languages import for_paper_in, paper_language, paper_languages
    from xiangli.surveys.questionnaire import clean_questionnaire

    try:
        clean = clean_questionnaire(definition)
    except UserError:
        return definition, ""
    name_gaps(clean)
    try:
        name = paper_language(clean, language)
        return for_paper_in(clean, name), paper_languages(clean)[name]
    except UserError as error:
        raise SheetError(str(error)) from None


def _print_campaign(args: argparse.Namespace) -> int:
    """A campaign of the database: only here does the command need Django. Its numbers go on from the last printed."""
    import django
    from django.apps import apps

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xiangli.config.settings")
    if not apps.ready:  # a second time would close the streams of whoever logs by now
        django.setup()
    from xiangli.surveys.commands.surveys import print_survey

    if args.first is not None:
        raise SheetError("数据库里的问卷编号接着上次往下排，不能用 --first。")
    return print_survey(
        args.survey, village=args.village, copies=args.copies, out=Path(args.out), language=args.language
    )


def _read(args: argparse.Namespace) -> int:
    path = Path(args.layout)
    try:
        layout = json.loads(path.read_bytes())
    except OSError as error:
        raise refusal("打不开版式文件", path, error) from error
    except ValueError as error:
        raise SheetError(f"{path} 不是版式文件（layout.json）。") from error
    if args.jobs == 1:
        import cv2

        cv2.setNumThreads(1)
    progress = _show if sys.stderr.isatty() else None
    summary = read_files(layout, args.files, out=args.out, review_dir=args.review, jobs=args.jobs, progress=progress)
    for problem in summary.problems:
        print(f"{names_of([problem])}：{problem['problem']} {problem['detail']}".rstrip(), file=sys.stderr)
    if summary.upside_down:
        print(upside_down_in_words(summary.upside_down), file=sys.stderr)
    if summary.resumed:
        print(f"接着上次中断的地方读（已读 {summary.resumed} 页）。")
    print(
        f"读了 {summary.pages} 页，{summary.sheets} 份问卷：选中 {summary.marked}，空白 {summary.blank}，"
        f"待人工核对 {summary.review}；有问题的页 {len(summary.problems)}。"
    )
    print(f"结果：{args.out}" + (f"　待核对的图：{args.review}" if args.review else ""))
    return 0


def _show(done: int, total: int) -> None:
    print(f"\r已读 {done}/{total} 页", end="\n" if done == total else "", file=sys.stderr, flush=True)


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise ValueError(text)
    return value


def _parser() -> Parser:
    parser = Parser(prog="xiangli sheets", description="打印民意调查表、读取扫描件")
    words = parser.add_subparsers(required=True, metavar="print|read")
    printing = words.add_parser("print", help="打印调查表")
    printing.add_argument("survey", metavar="问卷", help="问卷代号，或问卷定义文件（JSON）")
    printing.add_argument("--village", metavar="村名", help="印在标题前的村名")
    printing.add_argument("--copies", type=_positive, required=True, metavar="N", help="份数")
    printing.add_argument("--first", type=_positive, metavar="N", help="第一份的编号（默认 1）")
    printing.add_argument("--language", default="", metavar="语言", help="用哪种语言印，如 en、zh-Hant（默认原文）")
    printing.add_argument("--out", required=True, metavar="DIR", help="写到哪个文件夹")
    printing.set_defaults(run=_print)
    reading = words.add_parser("read", help="读取扫描件或照片")
    reading.add_argument("layout", metavar="LAYOUT", help="打印时得到的 layout.json")
    reading.add_argument("files", nargs="+", metavar="FILE", help="JPEG、PNG、TIFF、PDF，或文件夹")
    reading.add_argument("--out", required=True, metavar="CSV", help="结果表")
    reading.add_argument("--review", metavar="DIR", help="待人工核对的图放在哪里")
    reading.add_argument("--jobs", type=_positive, default=1, metavar="N", help="同时用几个进程")
    reading.set_defaults(run=_read)
    return parser
