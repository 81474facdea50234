"""Paper and files of the canteen: the signature sheet, and the printed passbook."""

import csv
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from xiangli.canteen.choices import WEEKDAYS, PostingKind
from xiangli.canteen.models import Canteen, Diner, PointsAccount, PointsSeal, SignatureSheet
from xiangli.canteen.queries.meals import diners_of
from xiangli.canteen.queries.points import Line, balance, seals, statement
from xiangli.canteen.services import new_sheet
from xiangli.core.errors import UserError
from xiangli.core.money import yuan
from xiangli.core.paper import check_printable, set_pdf
from xiangli.surveys.sheets import SheetError, print_sheets, read_files

DAYS = [{"name": f"d{offset}", "label": f"周{WEEKDAYS[offset]}"} for offset in range(7)]
TEMPLATE = Path(__file__).with_name("passbook.typ")
LINES_MOST = 2000


@dataclass
class Ticks:
    """What was read from scans: (diner id, day) -> ticked, or None where somebody must look; and what went wrong."""

    cells: dict[tuple[int, date], bool | None] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def sheet_definition(canteen: Canteen, monday: date, meal: str, diners: Sequence[Diner]) -> dict[str, Any]:
    """The grid as the sheets engine wants it. Only card number and how to call somebody stand on it."""
    centre = canteen.centre
    contact = f"，电话 {centre.phone}" if centre.phone else ""
    return {
        "title": f"{canteen.name}{meal}签名表 {monday:%-m月%-d日}起一周",
        "voluntary": "吃了哪一天，就在那一天的方框里打勾",
        "notice": (
            f"个人信息告知：由{centre.name}处理{contact}。用来记谁吃了饭、扣积分；只用卡号和称呼，"
            "扫描件读完即删。您可以随时来看、来改、要求删除。"
        ),
        "grid": True,
        "questions": [
            {"name": f"p{one.pk}", "kind": "multiple", "label": str(one), "options": DAYS} for one in diners
        ],
    }  # fmt: skip


def sheet_code(canteen: Canteen) -> str:
    return f"canteen-{canteen.pk}"


@transaction.atomic
def print_sheet(*, by: Any, canteen: Canteen, monday: date, meal: str, now: datetime) -> bytes:
    """A new signature sheet for a meal of a week as PDF; its layout is kept. UserError: nothing is kept."""
    sheet = new_sheet(by=by, canteen=canteen, monday=monday, meal=meal, now=now)
    diners = [one for one in diners_of(canteen) if one.pk in set(sheet.lines)]
    definition = sheet_definition(canteen, monday, sheet.get_meal_display(), diners)
    with tempfile.TemporaryDirectory(prefix="xiangli-canteen-") as folder:
        target = Path(folder) / "sheet.pdf"
        try:
            sheet.layout = print_sheets(
                definition, campaign=sheet_code(canteen), version=sheet.pk, sheet_numbers=[1], pdf_path=target
            )
        except SheetError as error:
            raise UserError(f"签名表排不出来：{error}") from error
        sheet.save(update_fields=["layout"])
        return target.read_bytes()


def read_scans(sheet: SignatureSheet, scans: Mapping[str, bytes]) -> Ticks:
    """Read scans or photos (file name -> content) of one sheet. Nothing of them is kept."""
    found = Ticks()
    with tempfile.TemporaryDirectory(prefix="xiangli-canteen-") as folder:
        files = []
        for number, (name, content) in enumerate(scans.items()):
            path = Path(folder) / f"{number}{Path(name).suffix.lower()[:6]}"
            path.write_bytes(content)
            files.append(path)
        names = {path.name: name for path, name in zip(files, scans, strict=True)}
        out = Path(folder) / "out.csv"
        try:
            summary = read_files(sheet.layout, files, out=out)
        except SheetError as error:
            raise UserError(_named(str(error), folder, names)) from error
        found.problems = [_problem(row, folder, names) for row in summary.problems]
        with out.open(encoding="utf-8") as table:
            for row in csv.DictReader(table):
                day = sheet.monday + timedelta(days=int(row["option"][1:]))
                state = {"marked": True, "blank": False}.get(row["state"])
                found.cells[int(row["question"][1:]), day] = state
    return found


def _problem(row: Mapping[str, Any], folder: str, names: Mapping[str, str]) -> str:
    text = f"{row['file']}：{row['problem']} {row['detail']}".strip()
    return _named(text, folder, names)


def _named(text: str, folder: str, names: Mapping[str, str]) -> str:
    """Our temporary names back into those that the user knows."""
    for ours, theirs in names.items():
        text = text.replace(str(Path(folder) / ours), theirs).replace(ours, theirs)
    return text.replace("问卷", "签名表")


def line_words(line: Line) -> str:
    """What a line of a passbook is about."""
    posting = line.posting
    if posting.kind == PostingKind.EARN and posting.claim:
        claim = posting.claim
        return f"{claim.rate.item} {yuan(claim.quantity, grouped=False)}{claim.rate.unit}"
    if posting.kind == PostingKind.MEAL and posting.order:
        return f"{posting.order.get_meal_display()} {posting.order.portions} 份"
    if posting.kind == PostingKind.REVERSE and posting.reverses:
        return f"冲正 {posting.reverses.day:%-m月%-d日}的“{posting.reverses.get_kind_display()}”"
    return posting.get_kind_display()


def passbook_data(account: PointsAccount, now: datetime) -> dict[str, Any]:
    """What the printed passbook says. The newest seal stands on it: paper is the best witness of a digest."""
    today = timezone.localdate(now)
    lines, held = statement(account), balance(account, today)
    seal: PointsSeal | None = seals(account.canteen).last()
    return {
        "title": f"{account.canteen.name}积分存折",
        "centre": account.canteen.centre.name,
        "number": account.number,
        "holder": account.holder,
        "total": yuan(held.total),
        "usable": yuan(held.usable),
        "lines": [
            {
                "day": f"{line.posting.day:%Y-%m-%d}",
                "what": line_words(line),
                "change": ("+" if line.change > 0 else "") + yuan(line.change),
                "after": yuan(line.after),
                "from": f"{line.posting.effective_on:%-m月%-d日}起能用" if line.posting.effective_on > today else "",
            }
            for line in lines[-LINES_MOST:]
        ],
        "seal": f"{seal.day:%Y-%m-%d} {seal.digest[:16]}" if seal else "",
        "printed": f"{today:%Y年%-m月%-d日}",
    }


def passbook_pdf(account: PointsAccount, now: datetime) -> bytes:
    """The passbook as PDF, A5. Raises UserError for signs that the font cannot print."""
    data = passbook_data(account, now)
    check_printable(data, "存折")
    return set_pdf(TEMPLATE, data)
