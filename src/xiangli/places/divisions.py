"""Reads tables of divisions: the national table of codes with its history, and a county's own list.

Pure: rows in, plain records and line-numbered refusals out. The national table is the one of yescallop/areacodes
(columns 代码 … 新代码), compiled from the Ministry of Civil Affairs' yearly publications.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from xiangli.core.numbers import whole_number
from xiangli.places.choices import Level

Row = tuple[int, Mapping[str, str]]  # line number in the file, cells by column

NATIONAL = {"代码", "名称", "级别", "状态", "启用时间", "新代码"}
LOCAL = {"名称", "级别"}
LEVELS = {
    "省级": Level.PROVINCE, "地级": Level.CITY, "县级": Level.COUNTY,
    "乡镇": Level.TOWN, "镇": Level.TOWN, "乡": Level.TOWN, "街道": Level.TOWN,
    "村": Level.VILLAGE, "行政村": Level.VILLAGE, "社区": Level.VILLAGE, "村民小组": Level.GROUP, "组": Level.GROUP,
}  # fmt: skip
COUNT_MOST = 2**31 - 1
"""People or households that the database can hold."""
DIMENSIONS = {"性别": "sex", "年龄": "age", "生计": "group"}


@dataclass(frozen=True, slots=True)
class Division:
    """One line of the national table: a code in the time it was valid."""

    line: int
    code: str
    name: str
    level: str
    in_use: bool
    valid_from: date | None
    valid_to: date | None
    successors: tuple[str, ...]

    @property
    def parent_codes(self) -> list[str]:
        """Codes of possible parents, nearest first: the city's, else the province's."""
        if self.level == Level.PROVINCE:
            return []
        province = [self.code[:2] + "0000"]
        return province if self.level == Level.CITY else [self.code[:4] + "00", *province]


@dataclass(frozen=True, slots=True)
class LocalPlace:
    """One line of a county's own list."""

    line: int
    name: str
    level: str
    parent: str
    short_name: str = ""
    slug: str = ""
    population: int | None = None
    households: int | None = None
    counts: Mapping[tuple[str, str], int] = field(default_factory=dict)  # (dimension, category) -> people


@dataclass(frozen=True, slots=True)
class Refusal:
    """A line that cannot be used, and why."""

    line: int
    reason: str

    def __str__(self) -> str:
        return f"第 {self.line} 行：{self.reason}"


def read_national(rows: Iterable[Row]) -> tuple[list[Division], list[Refusal]]:
    """All usable lines of the national table, and what was refused."""
    divisions, refused = [], []
    for line, cells in rows:
        code, level = cells.get("代码", "").strip(), LEVELS.get(cells.get("级别", "").strip())
        if not re.fullmatch(r"\d{6}", code):
            refused.append(Refusal(line, f"代码“{code}”不是六位数字"))
        elif level is None:
            refused.append(Refusal(line, f"级别“{cells.get('级别', '')}”不认识"))
        else:
            divisions.append(
                Division(
                    line=line,
                    code=code,
                    name=cells.get("名称", "").strip(),
                    level=level,
                    in_use=cells.get("状态", "").strip() == "在用",
                    valid_from=_year(cells.get("启用时间", "")),
                    valid_to=_year(cells.get("变更/弃用时间", "")),
                    # "410311[2014]" on a division still in use says that a part went elsewhere: not a successor.
                    successors=tuple(re.findall(r"(\d{6})(?!\[|\d)", cells.get("新代码", ""))),
                )
            )
    return divisions, refused


def read_local(rows: Iterable[Row]) -> tuple[list[LocalPlace], list[Refusal]]:
    """A county's list: 名称, 级别, 上级 (empty: the place named by the command), 简称, 网址名, 常住人口, 户数.

    Any number of columns such as "性别:女" or "年龄:60-69" hold numbers of people.
    """
    places: list[LocalPlace] = []
    refused: list[Refusal] = []
    seen: dict[tuple[str, str], int] = {}
    for line, cells in rows:
        try:
            place = _local(line, {key.strip(): value.strip() for key, value in cells.items() if key})
        except ValueError as error:
            refused.append(Refusal(line, str(error)))
            continue
        if (first := seen.setdefault((place.parent, place.name), line)) != line:
            refused.append(Refusal(line, f"“{place.name}”和第 {first} 行重复"))
        else:
            places.append(place)
    return places, refused


def _local(line: int, cells: Mapping[str, str]) -> LocalPlace:
    if not cells.get("名称"):
        raise ValueError("没有名称")
    level = LEVELS.get(cells.get("级别", ""))
    if level not in (Level.TOWN, Level.VILLAGE, Level.GROUP):
        raise ValueError(f"级别“{cells.get('级别', '')}”不认识，请写 乡镇、街道、村、社区 或 组")
    slug = cells.get("网址名", "").lower()
    if slug and not re.fullmatch(r"[a-z0-9-]+", slug):
        raise ValueError(f"网址名“{slug}”只能用小写字母、数字和横线")
    counts = {}
    for column, value in cells.items():
        dimension, colon, category = column.replace("：", ":").partition(":")
        if colon and dimension in DIMENSIONS and value:
            counts[DIMENSIONS[dimension], category] = _number(column, value)
    return LocalPlace(
        line=line,
        name=cells["名称"],
        level=level,
        parent=cells.get("上级", ""),
        short_name=cells.get("简称", ""),
        slug=slug,
        population=_number("常住人口", cells["常住人口"]) if cells.get("常住人口") else None,
        households=_number("户数", cells["户数"]) if cells.get("户数") else None,
        counts=counts,
    )


def _number(column: str, text: str) -> int:
    number = whole_number(text.replace(",", "").replace("，", "").removesuffix(".0"))
    if number is None or number > COUNT_MOST:
        raise ValueError(f"{column}“{text[:20]}”不是整数，或者太大")
    return number


def _year(text: str) -> date | None:
    return date(int(text), 1, 1) if re.fullmatch(r"\d{4}", text.strip()) else None


class Succession:
    """Which codes in use today a retired code has gone into, following the chain of changes."""

    def __init__(self, divisions: Iterable[Division]) -> None:
        self._by_code: dict[str, list[Division]] = {}
        for division in divisions:
            self._by_code.setdefault(division.code, []).append(division)

    def of(self, code: str) -> list[str]:
        """Codes in use, nearest first; empty where the table does not say."""
        found: list[str] = []
        waiting, visited = [code], set()
        while waiting:
            here = waiting.pop(0)
            if here in visited:
                continue
            visited.add(here)
            rows = self._by_code.get(here, [])
            if any(row.in_use for row in rows):
                found.append(here)
            waiting += [successor for row in rows if not row.in_use for successor in row.successors]
        return found
