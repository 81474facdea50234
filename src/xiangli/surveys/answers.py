"""Answers out of a table, by a mapping: every row is either used or reported with its line number and the reason.

The mapping is plain JSON; ``docs/mappings.md`` describes it. It says which columns hold which question, which cell
means which option, and thereby also what the questionnaire was (``definition_of``). Pure: reads a file, knows no
database.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from xiangli.core.chinese import plain_form
from xiangli.core.errors import UserError
from xiangli.core.files import read_file
from xiangli.core.tables import Table, read_table
from xiangli.surveys.questionnaire import NOT_ANSWERED, Checked, check_answers, clean_questionnaire, labels
from xiangli.surveys.skips import holds
from xiangli.surveys.villages import with_town, written_names

VERSION = 1
WRITTEN = ("text", "number", "date")
ANSWERS_MAX = 60_000_000  # bytes


@dataclass(frozen=True, slots=True)
class Row:
    """One usable row: its line in the file, answers by question, written words, the name of its place if any."""

    line: int
    answers: dict[str, Any]
    texts: dict[str, str] = field(default_factory=dict)
    place: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """``rows`` that can be used, ``refused``: (line, reason) of all others; ``digest`` knows the same file again.

    ``spared``: (line, labels) of usable rows in which questions were answered that the skip rules leave out for that
    person; those answers are not kept. ``notes``: what a person should know of the file.
    """

    rows: list[Row]
    refused: list[tuple[int, str]]
    digest: str
    spared: list[tuple[int, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return len(self.rows) + len(self.refused)


def load_mapping(path: str | Path) -> dict[str, Any]:
    """A mapping from its file, checked. Raises UserError."""
    try:
        mapping = json.loads(read_file(Path(path), limit=2_000_000))
    except json.JSONDecodeError as error:
        raise UserError(f"{path} 第 {error.lineno} 行第 {error.colno} 列不是正确的 JSON，不能作列对应文件。") from None
    except (ValueError, RecursionError):
        raise UserError(f"{path} 不是列对应文件：应是 UTF-8 编码的 JSON。") from None
    return check_mapping(mapping)


def check_mapping(mapping: Any) -> dict[str, Any]:
    """The mapping itself if it can be used. Raises UserError that names the question and the word that is wrong."""
    if not isinstance(mapping, Mapping) or mapping.get("mapping") != VERSION:
        raise UserError(f'列对应文件应是一个对象，并写明 "mapping": {VERSION}。')
    definition = definition_of(mapping)
    for question in mapping["questions"]:
        sources = question.get("from")
        if not isinstance(sources, list) or not sources:
            raise UserError(f"题目“{question['name']}”没有写从哪一列来（from）。")
        known = labels(next(q for q in definition["questions"] if q["name"] == question["name"]))
        for source in sources:
            _check_source(question, source, known)
    for row in mapping.get("services", ()):
        if not isinstance(row, Mapping) or not row.get("key") or not row.get("name"):
            raise UserError("列对应文件里的服务（services）要有 key 和 name。")
    return dict(mapping)


def _check_source(question: Mapping[str, Any], source: Any, known: Mapping[str, str]) -> None:
    name = question["name"]
    if not isinstance(source, Mapping) or not isinstance(source.get("column"), str):
        raise UserError(f"题目“{name}”的来源（from）里要有列名（column）。")
    if question["kind"] in WRITTEN:
        return
    targets = [target for target in source.get("values", {}).values() if target is not None]
    for target in [*targets, *([source["others"]] if source.get("others") else [])]:
        for option in target if isinstance(target, list) else [target]:
            if option not in known:
                raise UserError(f"题目“{name}”的列“{source['column']}”对应到没有的选项“{option}”。")


def definition_of(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """The questionnaire that a mapping describes, ready for ``create_campaign``."""
    questions = mapping.get("questions")
    if not isinstance(questions, list) or not all(isinstance(question, Mapping) for question in questions):
        raise UserError("列对应文件里没有题目（questions）。")
    # What is required is decided row by row here, with a reason; a sheet printed from it marks the same questions.
    return clean_questionnaire(
        {key: mapping.get(key) for key in ("title", "notice", "intro", "voluntary", "needs_by", "questions")}
    )


def services_of(mapping: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Services made for the occasion: for ``create_campaign(services=…)``."""
    return [dict(row) for row in mapping.get("services", ())]


def read_answers(path: str | Path, mapping: Mapping[str, Any]) -> Answers:
    """The usable rows of a CSV or Excel file, and every other row with its line number and reason.

    Raises UserError where the file is no table, or lacks a column that the mapping names.
    """
    data = read_file(Path(path), limit=ANSWERS_MAX)
    table = read_table(data, limit=ANSWERS_MAX, keep_long=True)
    return take_answers(table, check_mapping(mapping), hashlib.sha256(data).hexdigest()[:16])


def take_answers(table: Table, mapping: Mapping[str, Any], digest: str) -> Answers:
    """The same for a table that has been read already."""
    columns = [source["column"] for question in mapping["questions"] for source in question["from"]]
    if mapping.get("place"):
        columns.append(mapping["place"])
    table.require(*dict.fromkeys(columns))
    reader = _Reader(mapping)
    rows: list[Row] = []
    spared: list[tuple[int, str]] = []
    refused = [(row.line, f"有 {len(row.cells)} 格，比表头的 {len(table.header)} 列多") for row in table.too_long]
    for line, cells in table:
        row, words = reader.row(line, cells)
        if row is None:
            refused.append((line, words))
            continue
        rows.append(row)
        if words:
            spared.append((line, words))
    return Answers(rows, sorted(refused), digest, spared, table.notes)


def of_villages(answers: Answers, villages: Iterable[Any], *, several: bool) -> Answers:
    """Without the rows of other villages, which are refused; with ``several`` those that name none, too."""
    known = written_names(villages)
    rows, refused = [], list(answers.refused)
    for row in answers.rows:
        meant = known.get(row.place, [])
        if len(meant) == 1 or not (row.place or several):
            rows.append(row)
        elif not row.place:
            refused.append((row.line, "没有写是哪个村"))
        elif not meant:
            refused.append((row.line, f"村名“{row.place}”不在这次要收的村里"))
        else:
            refused.append((row.line, f"有 {len(meant)} 个村叫“{row.place}”，请写上镇名，如“{with_town(meant[0])}”"))
    return replace(answers, rows=rows, refused=sorted(refused))


def _written(part: str, values: Mapping[str, Any]) -> str | None:
    """The value that was meant where a cell has it in Traditional characters or full width; None where none, or several
    that are not the same answer."""
    wanted = plain_form(part)
    meant = [one for one in values if plain_form(one) == wanted]
    return meant[0] if meant and all(values[one] == values[meant[0]] for one in meant) else None


class _Reader:
    """Reads rows by one mapping."""

    def __init__(self, mapping: Mapping[str, Any]) -> None:
        self.questions: Sequence[Mapping[str, Any]] = mapping["questions"]
        self.definition = definition_of(mapping)
        self.empty = frozenset(mapping.get("empty", ("", "NA", "N/A")))
        self.place = mapping.get("place")
        self.required = [question for question in self.questions if question.get("required")]
        self.partial = bool(mapping.get("partial"))
        self.needs = [question for question in self.questions if question.get("role") == "need"]

    def row(self, line: int, cells: Mapping[str, str]) -> tuple[Row | None, str]:
        """The row and which answers in it were left out as skipped; or None and why not."""
        raw: dict[str, Any] = {}
        for question in self.questions:
            try:
                value, answered = self._value(question, cells)
            except ValueError as error:
                return None, str(error)
            if answered:
                raw[question["name"]] = value
        checked = check_answers(self.definition, raw)
        if reason := self._missing(raw, checked, cells):
            return None, reason
        problems = [(label, reason) for label, reason in checked.problems if reason != NOT_ANSWERED]
        if problems:
            return None, "；".join(f"{label}：{reason}" for label, reason in problems)
        for question in self.questions:
            if raw.get(question["name"]) == [] and question["label"] not in checked.skipped:
                checked.answers[question["name"]] = []  # asked and answered: none of these
        place = cells.get(self.place, "") if self.place else ""
        return Row(line, checked.answers, checked.texts, place), "、".join(checked.skipped)

    def _missing(self, raw: Mapping[str, Any], checked: Checked, cells: Mapping[str, str]) -> str:
        """Why a row says too little to be used, "" where it does not."""
        for question in self.required:
            if question["name"] not in raw and question["name"] in checked.wrong:
                return f"{NOT_ANSWERED}“{question['label']}”（{self._seen(question, cells)}）"
        if self.partial:
            return "" if raw else "一题也没有答"
        needs = [q for q in self.needs if holds(q.get("relevant"), checked.answers | checked.texts)]
        if needs and not any(question["name"] in raw for question in needs):
            seen = "；".join(self._seen(question, cells) for question in needs)
            return f"没有回答任何一道问需求的题（{seen}）"
        return ""

    def _value(self, question: Mapping[str, Any], cells: Mapping[str, str]) -> tuple[Any, bool]:
        """(value, was it answered): options for a choice, the cell itself for a number or words."""
        if question["kind"] in WRITTEN:
            found = next(
                (cells[source["column"]] for source in question["from"] if cells[source["column"]] not in self.empty),
                None,
            )
            return found, found is not None
        if question["kind"] == "ranking":
            return self._ranked(question["from"], cells)
        chosen: dict[str, None] = {}
        answered = False
        for source in question["from"]:
            for part in self._parts(source, cells[source["column"]]):
                target = self._target(source, part)
                answered = True
                chosen.update(dict.fromkeys(target))
        return list(chosen), answered

    def _ranked(self, sources: Sequence[Mapping[str, Any]], cells: Mapping[str, str]) -> tuple[Any, bool]:
        """Options in their order: from one column that holds them all, or from a column for each place."""
        places = [
            [option for part in self._parts(source, cells[source["column"]]) for option in self._target(source, part)]
            for source in sources
        ]
        return places[0] if len(places) == 1 else places, any(places)

    def _parts(self, source: Mapping[str, Any], cell: str) -> Iterable[str]:
        """The answers in one cell, without those that say nothing."""
        nothing = source.get("ignore", ())
        parts = [cell]
        for separator in source.get("split", ()) if cell not in source.get("values", {}) else ():
            parts = [piece.strip() for part in parts for piece in part.split(separator)]
        return [part for part in parts if part not in self.empty and part not in nothing]

    @staticmethod
    def _target(source: Mapping[str, Any], part: str) -> list[str]:
        values = source.get("values", {})
        written = part if part in values else _written(part, values)
        if written is not None:
            target = values[written]
        elif source.get("others"):
            target = source["others"]
        else:
            raise ValueError(f"列“{source['column']}”的值“{part[:60]}”不在对应表里")
        return [] if target is None else [target] if isinstance(target, str) else list(target)

    def _seen(self, question: Mapping[str, Any], cells: Mapping[str, str]) -> str:
        return "，".join(f"{source['column']}={cells[source['column']][:40] or '空'}" for source in question["from"])
