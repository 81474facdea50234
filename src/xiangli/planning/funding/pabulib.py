"""Reads Pabulib's `.pb` files (Faliszewski et al. 2023, "Participatory Budgeting: Data, Tools and Analysis").

Three sections, META, PROJECTS, VOTES, semicolons between fields, commas inside them. Real files carry CRLF, quoted
semicolons, budgets such as 400000.0, ids with slashes or leading zeros: ids stay text. What is read, and what each
ballot means, agrees with pabutools wherever pabutools can read the file at all.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

from .errors import FundingError
from .model import BALLOT_KINDS, Ballot, Election, Project

SCORED = ("cumulative", "scoring")
GROUP_COLUMNS = ("sex", "age", "neighborhood", "district", "subunit", "voting_method")
SECTIONS = ("meta", "projects", "votes")


def read(path: str | Path) -> Election:
    """The election in a file. FundingError (with the line) for anything malformed; OSError if it cannot be opened."""
    return parse(Path(path).read_bytes())


def parse(content: bytes) -> Election:
    """The election in the bytes of a `.pb` file."""
    lines = _lines(content)
    head = _Head(lines)
    meta = head.read_meta()
    kind = _ballot_kind(meta)
    budget = _amount(meta, "budget")
    projects = head.read_projects()
    votes = _Votes(kind, projects, head.read_votes_header())
    votes.read(lines, head.line)
    notes = list(_notes(meta, projects, votes))
    return Election(
        kind=kind,
        budget=budget,
        projects=tuple(projects),
        ballots=tuple(votes.ballots),
        counts=tuple(votes.counts),
        ballot_of=votes.ballot_of,
        groups=votes.groups,
        notes=tuple(notes),
    )


def _lines(content: bytes) -> list[str]:
    if content.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        raise FundingError("文件开头有字节顺序标记（BOM），请另存为不带 BOM 的 UTF-8", 1)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise FundingError("不是 UTF-8 编码", line) from None
    if "\0" in text:
        raise FundingError("含有空字节，不是文本文件", text.count("\n", 0, text.index("\0")) + 1)
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


class _Head:
    """Reads META and PROJECTS, row by row, and knows the line it stands on."""

    def __init__(self, lines: list[str]) -> None:
        self.reader = csv.reader((line + "\n" for line in lines), delimiter=";")
        self.section = ""

    @property
    def line(self) -> int:
        return self.reader.line_num

    def rows(self) -> Iterator[list[str]]:
        """Rows up to the next section's name, which is remembered."""
        try:
            for row in self.reader:
                if not row or (len(row) == 1 and not row[0].strip()):
                    continue
                if row[0].strip().lower() in SECTIONS:
                    self.section = row[0].strip().lower()
                    return
                yield row
        except csv.Error as error:
            raise FundingError(f"表格格式有误（{error}）", self.line) from None
        self.section = ""

    def enter(self, section: str) -> list[str]:
        """Checks that this section comes next and returns its header."""
        if self.section != section:
            found = f"却是 {self.section.upper()}" if self.section else "却已到文件末尾"
            raise FundingError(f"这里应是 {section.upper()} 部分，{found}", self.line or None)
        try:
            header = next(self.reader)
        except (StopIteration, csv.Error):
            raise FundingError(f"{section.upper()} 部分没有表头", self.line) from None
        return [name.strip() for name in header]

    def read_meta(self) -> dict[str, str]:
        for row in self.rows():
            raise FundingError(f"META 之前有多余的内容“{row[0][:40]}”", self.line)
        self.enter("meta")
        meta = {}
        for row in self.rows():
            if len(row) < 2:
                raise FundingError(f"META 部分的“{row[0].strip()}”没有值", self.line)
            meta[row[0].strip()] = row[1].strip()
        return meta

    def read_projects(self) -> list[Project]:
        header = self.enter("projects")
        missing = [name for name in ("project_id", "cost") if name not in header]
        if missing:
            raise FundingError(f"PROJECTS 部分缺少列“{missing[0]}”", self.line)
        at_id, at_cost = header.index("project_id"), header.index("cost")
        at_name = header.index("name") if "name" in header else None
        projects: list[Project] = []
        first_line: dict[str, int] = {}
        for row in self.rows():
            line = self.line
            if len(row) > len(header) or len(row) <= max(at_id, at_cost):
                raise FundingError(f"PROJECTS 部分有 {len(header)} 列，这一行有 {len(row)} 列", line)
            id_, cost = row[at_id].strip(), _number(row[at_cost], "费用", line)
            if not id_:
                raise FundingError("项目编号是空的", line)
            if id_ in first_line:
                raise FundingError(f"项目编号“{id_}”重复（第 {first_line[id_]} 行已有）", line)
            if cost <= 0:
                raise FundingError(f"项目“{id_}”的费用 {row[at_cost].strip()} 不是正数", line)
            first_line[id_] = line
            name = row[at_name].strip() if at_name is not None and at_name < len(row) else ""
            projects.append(Project(id_, cost, name))
        if not projects:
            raise FundingError("一个项目也没有", self.line)
        return projects

    def read_votes_header(self) -> list[str]:
        return self.enter("votes")


def _number(text: str, what: str, line: int | None) -> Fraction:
    try:
        return Fraction(text.strip().replace(",", "."))
    except (ValueError, ZeroDivisionError):
        raise FundingError(f"{what}“{text.strip()}”不是数", line) from None


def _score(text: str, line: int) -> int | Fraction:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() else _number(text, "分数", line)


def _amount(meta: dict[str, str], key: str) -> Fraction:
    if key not in meta:
        raise FundingError(f"META 部分缺少“{key}”")
    amount = _number(meta[key], "预算", None)
    if amount < 0:
        raise FundingError(f"预算 {meta[key]} 是负数")
    return amount


def _ballot_kind(meta: dict[str, str]) -> str:
    if "vote_type" not in meta:
        raise FundingError("META 部分缺少“vote_type”")
    if meta["vote_type"] not in BALLOT_KINDS:
        raise FundingError(f"不认识的投票方式“{meta['vote_type']}”（能读 {'、'.join(BALLOT_KINDS)}）")
    return meta["vote_type"]


class _Votes:
    """Collects equal ballots: the text of a ballot is looked up first, so each is taken apart once."""

    def __init__(self, kind: str, projects: list[Project], header: list[str]) -> None:
        self.kind, self.header = kind, header
        needed = ("voter_id", "vote", "points") if kind in SCORED else ("voter_id", "vote")
        self.missing = [name for name in needed if name not in header]
        self.position = {project.id: index for index, project in enumerate(projects)}
        self.ballots: list[Ballot] = []
        self.code_of: dict[Ballot, int] = {}
        self.counts: list[int] = []
        self.ballot_of: list[int] = []
        self.groups: dict[str, list[str]] = {}
        self.lines: list[int] = []

    def read(self, lines: list[str], start: int) -> None:
        """All votes; `start` lines stand before them."""
        if self.missing:
            raise FundingError(f"VOTES 部分缺少列“{self.missing[0]}”", start)
        rows = self._rows(lines, start)
        at_vote = self.header.index("vote")
        at_points = self.header.index("points") if self.kind in SCORED else None
        by_text: dict[str | tuple[str, str], int] = {}
        for number, row in enumerate(rows):
            text = row[at_vote] if at_points is None else (row[at_vote], row[at_points])
            code = by_text.get(text)
            if code is None:
                line = self.lines[number] if self.lines else start + number + 1
                code = by_text[text] = self._code(row[at_vote], "" if at_points is None else row[at_points], line)
            self.counts[code] += 1
            self.ballot_of.append(code)
        self.groups = {name: [row[at] for row in rows] for at, name in enumerate(self.header) if name in GROUP_COLUMNS}

    def _rows(self, lines: list[str], start: int) -> list[list[str]]:
        """Fields of each vote, short rows filled up with empty ones; `self.lines` where a row is not its own line."""
        width = len(self.header)
        if not any('"' in line for line in lines[start:]):
            last = len(lines) if lines[-1] else len(lines) - 1
            rows = [line.split(";") for line in lines[start:last]]
            if all(len(row) == width for row in rows):
                return rows
            numbered: Iterable[tuple[int, list[str]]] = zip(range(start + 1, last + 1), rows, strict=True)
        else:
            numbered = self._quoted_rows(lines[start:], start)
        kept = []
        for number, row in numbered:
            if not row or (len(row) == 1 and not row[0].strip()):
                continue
            if len(row) > width:
                raise FundingError(f"VOTES 部分有 {width} 列，这一行有 {len(row)} 列", number)
            kept.append(row + [""] * (width - len(row)))
            self.lines.append(number)
        return kept

    @staticmethod
    def _quoted_rows(rest: list[str], start: int) -> Iterator[tuple[int, list[str]]]:
        reader = csv.reader((line + "\n" for line in rest), delimiter=";")
        try:
            for row in reader:
                yield start + reader.line_num, row
        except csv.Error as error:
            raise FundingError(f"表格格式有误（{error}）", start + reader.line_num) from None

    def _code(self, vote: str, points: str, line: int) -> int:
        """Number of the ballot; the same choices written in another order are the same ballot."""
        ballot = self._ballot(vote.strip(), points.strip(), line)
        code = self.code_of.setdefault(ballot, len(self.ballots))
        if code == len(self.ballots):
            self.ballots.append(ballot)
            self.counts.append(0)
        return code

    def _ballot(self, vote: str, points: str, line: int) -> Ballot:
        """The ballot written so. A project named twice counts once (with the points given last)."""
        if not vote or vote.lower() == "none":
            return Ballot(())
        if self.kind not in SCORED:
            try:
                chosen = [self.position[id_] for id_ in vote.split(",")]
            except KeyError:  # spaces, empty entries, or a project that is not there
                chosen = [self._project(id_, line) for id_ in vote.split(",") if id_.strip()]
            if self.kind == "ordinal":
                chosen = list(dict.fromkeys(chosen))
                return Ballot.of({project: len(chosen) - place for place, project in enumerate(chosen, 1)})
            return Ballot(tuple(sorted(set(chosen))))
        if not points or points.lower() == "none":
            return Ballot(())
        ids, scores = vote.split(","), points.split(",")
        if len(scores) < len(ids):
            raise FundingError(f"选了 {len(ids)} 个项目，只有 {len(scores)} 个分数", line)
        return Ballot.of(
            {self._project(id_, line): _score(score, line) for id_, score in zip(ids, scores, strict=False)}
        )

    def _project(self, id_: str, line: int) -> int:
        position = self.position.get(id_)
        if position is None:
            position = self.position.get(id_.strip())
        if position is None:
            raise FundingError(f"投给了没有的项目“{id_}”", line)
        return position


def _notes(meta: dict[str, str], projects: list[Project], votes: _Votes) -> Iterator[str]:
    """Remarks on what is odd but not wrong."""
    for key, found, what in (
        ("num_projects", len(projects), "项目"),
        ("num_votes", len(votes.ballot_of), "选票"),
    ):
        stated = meta.get(key, "")
        if stated.isdigit() and int(stated) != found:
            yield f"META 写明{what} {stated} 个，文件里有 {found} 个，以文件内容为准"
    if not votes.ballot_of:
        yield "没有选票"
