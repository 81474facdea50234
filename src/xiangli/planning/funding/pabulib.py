"""Reads Pabulib's `.pb` files (Faliszewski et al. 2023, "Participatory Budgeting: Data, Tools and Analysis").

Three sections, META, PROJECTS, VOTES, semicolons between fields, commas inside them. Real files carry CRLF, quoted
semicolons, budgets such as 400000.0 or 1 500,5, ids with slashes or leading zeros: ids stay text. What is read, and
what each ballot means, agrees with pabutools wherever pabutools can read the file at all, but for what is plainly a
mistake: a byte order mark, a negative budget, a cost of 0, an id given twice, a column that the format demands missing
or a quotation mark without its second are refused.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from .ballots import SCORED, Ballots
from .errors import FundingError
from .model import BALLOT_KINDS, Election, Project
from .numbers import read_number

GROUP_COLUMNS = ("sex", "age", "neighborhood", "district", "subunit", "voting_method")
SECTIONS = ("meta", "projects", "votes")
_VOTES = re.compile(r"^[ \t]*VOTES[ \t]*(?:;.*)?$", re.IGNORECASE | re.MULTILINE)


def read(path: str | Path) -> Election:
    """The election in a file. FundingError (with the line) for anything malformed; OSError if it cannot be opened."""
    return parse(Path(path).read_bytes())


def parse(content: bytes) -> Election:
    """The election in the bytes of a `.pb` file."""
    text = _text(content)
    start = 0
    for found in _VOTES.finditer(text):  # a line within a quoted field may look like the section's name
        head = _Head(text[: found.end()].split("\n"))
        if head.section == "votes":
            start = found.end() + 1
            break
    else:
        head = _Head(text.split("\n"))
    kind, budget, projects = head.finish()
    votes = _Votes(text[start:], head.line, ("voter_id", "vote", "points") if kind in SCORED else ("voter_id", "vote"))
    ballots = Ballots(kind, projects)
    ballots.cast(votes.column("vote"), votes.column("points") if kind in SCORED else None, votes.line)
    return Election(
        kind=kind,
        budget=budget,
        projects=tuple(projects),
        ballots=tuple(ballots.distinct),
        counts=tuple(ballots.counts),
        ballot_of=ballots.ballot_of,
        groups={name: votes.column(name) for name in votes.header if name in GROUP_COLUMNS},
        notes=tuple(_notes(head.meta, len(projects), len(ballots.ballot_of))),
    )


def _text(content: bytes) -> str:
    """The file as text, lines ending in a line feed."""
    if content.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        raise FundingError("文件开头有字节顺序标记（BOM），请另存为不带 BOM 的 UTF-8", 1)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FundingError("不是 UTF-8 编码", content.count(b"\n", 0, error.start) + 1) from None
    if "\0" in text:
        raise FundingError("含有空字节，不是文本文件", text.count("\n", 0, text.index("\0")) + 1)
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _rows(lines: list[str], before: int) -> Iterator[tuple[int, list[str]]]:
    """Fields of each row with the number of its (last) line; `before` lines come before these."""
    reader = csv.reader((line + "\n" for line in lines), delimiter=";")
    first = 0
    try:
        for row in reader:
            last = reader.line_num
            if last == len(lines) and _open_quote(lines[first:]):
                raise FundingError("引号没有配对，后面的内容都被当成了一格", before + first + 1)
            first = last
            yield before + last, row
    except csv.Error as error:
        raise FundingError(f"表格格式有误（{error}）", before + first + 1) from None


def _open_quote(lines: list[str]) -> bool:
    """Whether the last row ends inside a quotation, as only a strict reader tells."""
    try:
        list(csv.reader((line + "\n" for line in lines), delimiter=";", strict=True))
    except csv.Error as error:
        return "unexpected end" in str(error)
    return False


def _empty(row: list[str]) -> bool:
    return not row or (len(row) == 1 and not row[0].strip())


def _fields(row: list[str], section: str, width: int, line: int) -> list[str]:
    """The row at the section's width: short ones filled up, empty fields too many left out."""
    if len(row) > width and any(field.strip() for field in row[width:]):
        raise FundingError(f"{section} 部分有 {width} 列，这一行有 {len(row)} 列", line)
    return row[:width] + [""] * (width - len(row))


class _Head:
    """META and PROJECTS, up to the line that begins VOTES; `line` is the last one read."""

    def __init__(self, lines: list[str]) -> None:
        self.meta: dict[str, str] = {}
        self.projects: list[Project] = []
        self.first_line: dict[str, int] = {}
        self.header: list[str] | None = None  # of PROJECTS
        self.section, self.line = "", 0
        fresh = False  # the next row is the section's header
        for self.line, row in _rows(lines, 0):
            name = row[0].strip().lower() if row else ""
            if name in SECTIONS:
                self.section, fresh = name, True
                if name == "votes":
                    return
            elif self.section == "meta" and fresh:  # "key;value", or nothing
                fresh = False
            elif _empty(row):
                continue
            elif not self.section:
                raise FundingError(f"META 之前有多余的内容“{row[0][:40]}”", self.line)
            elif self.section == "meta":
                self._read_meta(row)
            elif fresh:
                self._read_header(row)
                fresh = False
            else:
                self._read_project(row)

    def finish(self) -> tuple[str, Fraction, list[Project]]:
        """Kind of ballots, budget and projects, once everything stands."""
        found = "却是 VOTES" if self.section == "votes" else "却已到文件末尾"
        there = {"META": bool(self.meta), "PROJECTS": self.header is not None, "VOTES": self.section == "votes"}
        for name in there:
            if not there[name]:
                raise FundingError(f"这里应是 {name} 部分，{found}", self.line or None)
        for key in ("budget", "vote_type"):
            if key not in self.meta:
                raise FundingError(f"META 部分缺少“{key}”", self.line)
        if not self.projects:
            raise FundingError("一个项目也没有", self.line)
        return self.kind, self.budget, self.projects

    def _read_meta(self, row: list[str]) -> None:
        key = row[0].strip()
        if len(row) < 2:
            raise FundingError(f"META 部分的“{key}”没有值", self.line)
        value = self.meta[key] = row[1].strip()
        if key == "budget":
            self.budget = read_number(value, "预算", self.line)
            if self.budget < 0:
                raise FundingError(f"预算 {value} 是负数", self.line)
        elif key == "vote_type":
            self.kind = {"scored": "scoring"}.get(value.lower(), value.lower())
            if self.kind not in BALLOT_KINDS:
                raise FundingError(f"不认识的投票方式“{value}”（能读 {'、'.join(BALLOT_KINDS)}）", self.line)

    def _read_header(self, row: list[str]) -> None:
        self.header = [name.strip() for name in row]
        for name in ("project_id", "cost"):
            if name not in self.header:
                raise FundingError(f"PROJECTS 部分缺少列“{name}”", self.line)

    def _read_project(self, row: list[str]) -> None:
        header, line = self.header or [], self.line
        at_cost = header.index("cost")
        if len(row) <= max(at_cost, header.index("project_id")):
            raise FundingError(f"PROJECTS 部分有 {len(header)} 列，这一行有 {len(row)} 列", line)
        row = _fields(row, "PROJECTS", len(header), line)
        id_, cost = row[header.index("project_id")].strip(), read_number(row[at_cost], "费用", line)
        if not id_:
            raise FundingError("项目编号是空的", line)
        if id_ in self.first_line:
            raise FundingError(f"项目编号“{id_}”重复（第 {self.first_line[id_]} 行已有）", line)
        if cost <= 0:
            raise FundingError(f"项目“{id_}”的费用 {row[at_cost].strip()} 不是正数", line)
        self.first_line[id_] = line
        self.projects.append(Project(id_, cost, row[header.index("name")].strip() if "name" in header else ""))


class _Votes:
    """The VOTES section by columns. `line`: of the vote at a place, for messages."""

    def __init__(self, text: str, before: int, needed: tuple[str, ...]) -> None:
        lines = text.rstrip("\n").split("\n")
        skipped = next((number for number, line in enumerate(lines) if line.strip()), None)
        if skipped is None:
            raise FundingError("VOTES 部分没有表头", before)
        self.first = before + skipped + 2  # line of the first vote
        self.header = [name.strip() for name in next(csv.reader([lines[skipped]], delimiter=";"))]
        for name in needed:
            if name not in self.header:
                raise FundingError(f"VOTES 部分缺少列“{name}”", self.first - 1)
        self.lines: list[int] = []  # where votes are not just a line each
        width, lines = len(self.header), lines[skipped + 1 :]
        if '"' not in text and width > 1 and {line.count(";") for line in lines} <= {width - 1}:
            self.cells = ";".join(lines).split(";") if lines else []
            return
        self.cells = []
        for line, row in _rows(lines, self.first - 1):
            if _empty(row):
                continue
            if row[0].strip().lower() in SECTIONS:
                raise FundingError(f"VOTES 之后不应再有 {row[0].strip().upper()} 部分", line)
            self.cells += _fields(row, "VOTES", width, line)
            self.lines.append(line)

    def column(self, name: str) -> list[str]:
        return self.cells[self.header.index(name) :: len(self.header)]

    def line(self, place: int) -> int:
        return self.lines[place] if self.lines else self.first + place


def _notes(meta: dict[str, str], projects: int, votes: int) -> Iterator[str]:
    """Remarks on what is odd but not wrong."""
    for key, found, what in (("num_projects", projects, "项目"), ("num_votes", votes, "选票")):
        stated = meta.get(key, "")
        if stated.isdecimal() and int(stated) != found:
            yield f"META 写明{what} {stated} 个，文件里有 {found} 个，以文件内容为准"
    if not votes:
        yield "没有选票"
