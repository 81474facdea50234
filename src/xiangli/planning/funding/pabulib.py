"""Reads Pabulib's `.pb` files (Faliszewski et al. 2023, "Participatory Budgeting: Data, Tools and Analysis").

Three sections, META, PROJECTS, VOTES, semicolons between fields, commas inside them. Real files carry CRLF, quoted
semicolons, budgets such as 400000.0 or 1 500,5, ids with slashes or leading zeros: ids stay text. What is read, and
what each ballot means, agrees with pabutools wherever pabutools can read the file at all, but for what is plainly a
mistake: a byte order mark, a negative budget, a cost of 0, an id given twice, a column that the format demands missing
or a quotation mark without its second are refused.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from .ballots import SCORED, Ballots
from .errors import FundingError
from .model import BALLOT_KINDS, Election, Project
from .numbers import read_number

GROUP_COLUMNS = ("sex", "age", "neighborhood", "district", "subunit", "voting_method")
SECTIONS = ("meta", "projects", "votes")


def read(path: str | Path) -> Election:
    """The election in a file. FundingError (with the line) for anything malformed; OSError if it cannot be opened."""
    return parse(Path(path).read_bytes())


def parse(content: bytes) -> Election:
    """The election in the bytes of a `.pb` file."""
    lines = _Lines(_text(content))
    head = _Head(lines)
    kind, budget, projects = head.finish()
    votes = _Votes(lines, ("voter_id", "vote", "points") if kind in SCORED else ("voter_id", "vote"))
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
        notes=(*head.notes, *_notes(head.meta, len(projects), votes.column("voter_id"))),
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


class _Lines:
    """Lines of the text, one after the other. number: of the last one; row: those taken since this was emptied."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.number = text, 0, 0
        self.row: list[str] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if self.ended:
            raise StopIteration
        end = self.text.find("\n", self.at)
        line = self.text[self.at : end if end >= 0 else len(self.text)] + "\n"
        self.at += len(line)
        self.number += 1
        self.row.append(line)
        return line

    @property
    def ended(self) -> bool:
        return self.at >= len(self.text)


def _rows(lines: _Lines) -> Iterator[tuple[int, list[str]]]:
    """Fields of each row with the number of its (last) line; takes no more lines than the rows asked for have."""
    lines.row.clear()
    try:
        for row in csv.reader(lines, delimiter=";"):
            if lines.ended and _open_quote(lines.row):
                raise FundingError("引号没有配对，后面的内容都被当成了一格", lines.number - len(lines.row) + 1)
            lines.row.clear()
            yield lines.number, row
    except csv.Error as error:
        reason = "引号没有配对，或者一格太长" if "field limit" in str(error) else f"表格格式有误（{error}）"
        raise FundingError(reason, lines.number - len(lines.row) + 1) from None


def _open_quote(lines: list[str]) -> bool:
    """Whether the last row ends inside a quotation, as only a strict reader tells."""
    try:
        list(csv.reader(lines, delimiter=";", strict=True))
    except csv.Error as error:
        return "unexpected end" in str(error)
    return False


def _columns(row: list[str], known: tuple[str, ...]) -> list[str]:
    """Names of a header's cells; the known ones may be written in capitals too where none is written as it should."""
    names = [name.strip() for name in row]
    return [name.lower() if name.lower() in known and name.lower() not in names else name for name in names]


def _place(header: list[str], name: str) -> int:
    """Of the last column so called, which counts where there are several."""
    return len(header) - 1 - header[::-1].index(name)


def _empty(row: list[str]) -> bool:
    return not row or (len(row) == 1 and not row[0].strip())


def _fields(row: list[str], section: str, width: int, line: int) -> list[str]:
    """The row at the section's width: short ones filled up, empty fields too many left out."""
    if len(row) > width and any(field.strip() for field in row[width:]):
        raise FundingError(f"{section} 部分有 {width} 列，这一行有 {len(row)} 列", line)
    return row[:width] + [""] * (width - len(row))


class _Head:
    """META and PROJECTS, up to the line that begins VOTES; `line` is the last one read."""

    def __init__(self, lines: _Lines) -> None:
        self.meta: dict[str, str] = {}
        self.projects: list[Project] = []
        self.first_line: dict[str, int] = {}
        self.header: list[str] | None = None  # of PROJECTS
        self.section, self.line = "", 0
        self.stray: tuple[int, str] | None = None  # the first line that belongs to no section
        self.notes: list[str] = []
        fresh = False  # the next row is the section's header
        for self.line, row in _rows(lines):
            name = row[0].strip().lower() if row else ""
            if name in SECTIONS:
                self._begin(name)
                fresh = True
                if name == "votes":
                    return
            elif self.section == "meta" and fresh:  # "key;value", or nothing
                fresh = False
            elif _empty(row):
                continue
            elif not self.section:
                self.stray = self.stray or (self.line, row[0][:40])
            elif self.section == "meta":
                self._read_meta(row)
            elif fresh:
                self._read_header(row)
                fresh = False
            else:
                self._read_project(row)

    def _begin(self, section: str) -> None:
        """What stands before the first section is a remark if that is META; otherwise META's name is spoilt."""
        if self.stray and not self.section:
            if section != "meta":
                self._refuse_stray()
            self.notes.append(f"META 之前第 {self.stray[0]} 行“{self.stray[1]}”等内容没有用到")
        self.section = section

    def _refuse_stray(self) -> None:
        if self.stray:
            raise FundingError(f"META 之前有多余的内容“{self.stray[1]}”", self.stray[0])

    def finish(self) -> tuple[str, Fraction, list[Project]]:
        """Kind of ballots, budget and projects, once everything stands."""
        if not self.section:
            self._refuse_stray()
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
        if key.lower() in ("budget", "vote_type") and key.lower() not in self.meta:
            key = key.lower()  # in capitals, it counts until it stands there as it should
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
        self.header = _columns(row, ("project_id", "cost"))
        for name in ("project_id", "cost"):
            if name not in self.header:
                raise FundingError(f"PROJECTS 部分缺少列“{name}”", self.line)

    def _read_project(self, row: list[str]) -> None:
        header, line = self.header or [], self.line
        at_id, at_cost = _place(header, "project_id"), _place(header, "cost")
        if len(row) <= max(at_id, at_cost):
            raise FundingError(f"PROJECTS 部分有 {len(header)} 列，这一行有 {len(row)} 列", line)
        row = _fields(row, "PROJECTS", len(header), line)
        id_, cost = row[at_id].strip(), read_number(row[at_cost], "费用", line)
        if not id_:
            raise FundingError("项目编号是空的", line)
        if id_ in self.first_line:
            raise FundingError(f"项目编号“{id_}”重复（第 {self.first_line[id_]} 行已有）", line)
        if cost <= 0:
            raise FundingError(f"项目“{id_}”的费用 {row[at_cost].strip()} 不是正数", line)
        self.first_line[id_] = line
        self.projects.append(Project(id_, cost, row[_place(header, "name")].strip() if "name" in header else ""))


class _Votes:
    """The VOTES section by columns. `line`: of the vote at a place, for messages."""

    def __init__(self, lines: _Lines, needed: tuple[str, ...]) -> None:
        row = next((row for _, row in _rows(lines) if not _empty(row)), None)
        if row is None:
            raise FundingError("VOTES 部分没有表头", lines.number)
        self.first = lines.number + 1  # line of the first vote
        self.header = _columns(row, needed)
        for name in needed:
            if name not in self.header:
                raise FundingError(f"VOTES 部分缺少列“{name}”", lines.number)
        self.lines: list[int] = []  # where votes are not just a line each
        width, text = len(self.header), lines.text[lines.at :].rstrip("\n")
        votes = text.split("\n") if text else []
        if '"' not in text and width > 1 and {line.count(";") for line in votes} <= {width - 1}:
            self.cells = ";".join(votes).split(";") if votes else []
            return
        self.cells = []
        for line, row in _rows(lines):
            if _empty(row):
                continue
            if row[0].strip().lower() in SECTIONS:
                raise FundingError(f"VOTES 之后不应再有 {row[0].strip().upper()} 部分", line)
            self.cells += _fields(row, "VOTES", width, line)
            self.lines.append(line)

    def column(self, name: str) -> list[str]:
        return self.cells[_place(self.header, name) :: len(self.header)]

    def line(self, place: int) -> int:
        return self.lines[place] if self.lines else self.first + place


def _notes(meta: dict[str, str], projects: int, voters: list[str]) -> Iterator[str]:
    """Remarks on what is odd but not wrong."""
    for key, found, what in (("num_projects", projects, "项目"), ("num_votes", len(voters), "选票")):
        stated = meta.get(key, "")
        if stated.isdecimal() and (stated.lstrip("0") or "0") != str(found):
            yield f"META 写明{what} {stated} 个，文件里有 {found} 个，以文件内容为准"
    if not voters:
        yield "没有选票"
    again = len(voters) - len(set(voters))
    if again:
        yield f"有 {again} 张选票的投票人编号前面已经有过，每一行仍算一张票"
