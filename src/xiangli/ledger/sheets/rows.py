"""The lines of a sheet as items to be: villages found, days and sums read, what is wrong said line by line."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from xiangli.core.grids import Grid
from xiangli.ledger.sheets import values
from xiangli.ledger.sheets.base import tidy
from xiangli.ledger.sheets.columns import FIELDS, MONEY, NEEDED, Found, cover, filled, normal
from xiangli.places.models import Place

_TOTAL = re.compile(
    r"^(合计|总计|小计|共计|本页合计|注[:：]|说明[:：]|备注[:：]|填表|制表|审核|单位负责人|填报|联系电话)"
)
_SUFFIX = re.compile(r"(村民委员会|居民委员会|村委会|居委会|行政村|社区|村)$")
LONGEST = {"title": 120, "responsible_unit": 60, "responsible": 40, "liaison": 40, "money_note": 200, "tags": 100}
MERGED_ONCE = (*MONEY, "note", "key")  # a sum merged over several rows is one sum


@dataclass(slots=True)
class Line:
    """One line of one sheet. ``texts``: compared field -> what the sheet says, only for columns that are there."""

    sheet: str
    number: int
    texts: dict[str, str] = field(default_factory=dict)
    place: Place | None = None
    key: str = ""
    note: str = ""
    reason: str = ""
    fund: str = ""
    added_on: date | None = None
    wrong: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)  # what was assumed
    skipped: str = ""  # why the line is none of ours

    @property
    def where(self) -> str:
        return f"{self.sheet}第 {self.number} 行" if self.sheet else f"第 {self.number} 行"


class Villages:
    """The villages of somebody, found by the names people write: 陆村, 陆村社区, 陆村村委会."""

    def __init__(self, places: Iterable[Place]) -> None:
        self._by_name: dict[str, dict[int, Place]] = defaultdict(dict)
        for place in places:
            for name in {place.name, place.label, self._bare(place.name), self._bare(place.label)}:
                self._by_name[name][place.pk] = place

    @staticmethod
    def _bare(name: str) -> str:
        return _SUFFIX.sub("", name) or name

    def find(self, name: str, town: str = "") -> tuple[Place | None, str]:
        """(the village, or what is wrong)."""
        name = re.sub(r"\s", "", name)
        found = self._by_name.get(name) or self._by_name.get(self._bare(name)) or {}
        places = list(found.values())
        if len(places) > 1 and town:
            places = [
                place for place in places if place.parent and self._bare_town(town) in place.parent.name
            ] or places
        if len(places) == 1:
            return places[0], ""
        if not places:
            return None, f"您负责的村里没有“{name}”。"
        towns = "、".join(place.parent.name for place in places if place.parent)
        return None, f"叫“{name}”的村有 {len(places)} 个（{towns}），请加一列“乡镇”写清楚。"

    @staticmethod
    def _bare_town(town: str) -> str:
        return re.sub(r"(人民政府|街道办事处|办事处|镇|乡|街道)$", "", town.strip()) or town

    def named_in(self, title: str) -> str:
        """A village whose name is the sheet's name: towns often keep one sheet a village."""
        name = re.sub(r"\s", "", title)
        return name if name and (self._by_name.get(name) or self._by_name.get(self._bare(name))) else ""


def read_lines(grid: Grid, found: Found, villages: Villages, today: date) -> Iterator[Line]:
    """Every line below the header that has anything on it."""
    covered = cover(grid)
    columns = found.by_field
    above = {"village": villages.named_in(grid.name), "town": ""}
    for index in range(found.first, len(grid.rows)):
        row = grid.rows[index]
        if not any(row.cells):
            continue
        cells = {}
        for name, column in columns.items():
            origin = covered.get((index, column.position))
            once = name in MERGED_ONCE and origin not in (None, (index, column.position))
            cells[name] = "" if once else filled(grid, index, column.position, covered).strip()
        yield _line(grid.name, row.line, row.cells, cells, above, columns, villages, today)


def _line(
    sheet: str, number: int, raw: list[str], cells: dict[str, str], above: dict[str, str], columns: Mapping[str, Any],
    villages: Villages, today: date,
) -> Line:  # fmt: skip
    line = Line(sheet, number, key=cells.get("key", ""), note=cells.get("note", ""), reason=cells.get("reason", ""))
    first = next((cell.strip() for cell in raw if cell.strip()), "")
    if _TOTAL.match(re.sub(r"\s", "", first)):
        line.skipped = f"“{first[:12]}”不是事项"
        return line
    if all(normal(cells[name]) == normal(columns[name].heading.split("/")[-1]) for name in NEEDED):
        line.skipped = "表头又印了一遍"  # as at the top of each page
        return line
    if not cells["title"] and not cells["deadline"] and not cells.get("measure"):
        if cells.get("village"):
            above["village"] = cells["village"]  # a line that only names the village of the block below it
        line.skipped = "没有任务"
        return line
    for name in above:
        above[name] = cells.get(name) or above[name]
    _where(line, above, villages)
    _texts(line, cells)
    _deadline(line, cells, today)
    _sums(line, cells, columns)
    if cells.get("added_on"):
        line.added_on, _ = values.day(cells["added_on"], today)
    line.fund = cells.get("fund", "")
    return line


def _where(line: Line, above: dict[str, str], villages: Villages) -> None:
    if not above["village"]:
        line.wrong.append("没有写村名。")
        return
    line.place, wrong = villages.find(above["village"], above["town"])
    if wrong:
        line.wrong.append(wrong)


def _texts(line: Line, cells: dict[str, str]) -> None:
    for name in ("title", "measure", "responsible_unit", "responsible", "liaison", "money_note", "state", "tags"):
        if name not in cells:
            continue
        text = tidy(cells[name])
        if name == "tags":
            text = " ".join(re.split(r"[\s,，、;；]+", text)).strip()
        if name == "title":
            text = text.replace("\n", " ")
        most = LONGEST.get(name)
        if most and len(text) > most:
            line.wrong.append(f"“{FIELDS[name][0]}”有 {len(text)} 个字，最多 {most} 个；多的请写到“具体举措”里。")
        line.texts[name] = text
    if not line.texts["title"]:
        line.wrong.append("没有写任务或问题。")


def _deadline(line: Line, cells: dict[str, str], today: date) -> None:
    found, assumed = values.day(cells["deadline"], today)
    if found is None:
        shown = f"“{cells['deadline']}”不是日期" if cells["deadline"] else "没有写完成时限"
        line.wrong.append(f"{shown}，应写成 2026-06-30；长期的事写年底，再设成每年重复。")
        return
    line.texts["deadline"] = found.isoformat()
    if assumed:
        line.said.append(f"完成时限“{cells['deadline']}”：{assumed}，记为 {found}。")


def _sums(line: Line, cells: dict[str, str], columns: Mapping[str, Any]) -> None:
    amounts = {}
    for name in MONEY:
        if name not in cells:
            continue
        try:
            amounts[name] = values.fen(cells[name], columns[name].unit)
        except ValueError as error:
            line.wrong.append(f"{FIELDS[name][0]}：{error}")
            return
        line.texts[name] = str(amounts[name])
