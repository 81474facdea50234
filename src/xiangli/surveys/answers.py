"""Answers out of a table, by a mapping: every row is either used or reported with its line number and the reason.

The mapping is plain JSON; ``docs/mappings.md`` describes it. It says which columns hold which question, which cell
means which option, and thereby also what the questionnaire was (``definition_of``). Pure: reads a file, knows no
database.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xiangli.core.errors import UserError
from xiangli.core.files import read_file
from xiangli.core.tables import Table, read_table
from xiangli.surveys.questionnaire import NOT_ANSWERED, Checked, check_answers, clean_questionnaire, labels
from xiangli.surveys.skips import asked_about, holds

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
    except ValueError as error:
        raise UserError(f"{path} 不是列对应文件（JSON）：{error}") from None
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


class _Reader:
    """Reads rows by one mapping."""

    def __init__(self, mapping: Mapping[str, Any]) -> None:
        self.questions: Sequence[Mapping[str, Any]] = mapping["questions"]
        self.definition = definition_of(mapping)
        self.empty = frozenset(mapping.get("empty", ("", "NA", "N/A")))
        self.place = mapping.get("place")
        self.required = [question for question in self.questions if question.get("required")]
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
        chosen: dict[str, None] = {}
        answered = False
        for source in question["from"]:
            for part in self._parts(source, cells[source["column"]]):
                target = self._target(source, part)
                answered = True
                chosen.update(dict.fromkeys(target))
        return list(chosen), answered

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
        if part in values:
            target = values[part]
        elif source.get("others"):
            target = source["others"]
        else:
            raise ValueError(f"列“{source['column']}”的值“{part[:60]}”不在对应表里")
        return [] if target is None else [target] if isinstance(target, str) else list(target)

    def _seen(self, question: Mapping[str, Any], cells: Mapping[str, str]) -> str:
        return "，".join(f"{source['column']}={cells[source['column']][:40] or '空'}" for source in question["from"])


EACH = "/"
"""In place of a column: the question has a column for each of its options."""
MARKED = ("1", "是", "√", "✓", "✔", "v", "V", "x", "X", "×", "选", "有", "TRUE", "True", "true", "yes", "Yes", "Y", "y")
NOT_MARKED = ("0", "否", "无", "没有", "不选", "FALSE", "False", "false", "no", "No", "N", "n")
BETWEEN = ("/", "／", "：", ":", "-", "_", ".")


def mapping_of(
    definition: Mapping[str, Any], columns: Mapping[str, str], *, place: str = "", header: Iterable[str] = ()
) -> dict[str, Any]:
    """The mapping of a spreadsheet made for one of our own questionnaires: question name -> column of its answers.

    Cells hold option names or labels; several in one cell are separated by ；. Where the column is EACH, the question
    has a column for each option among ``header``, ticked in one of the ways of MARKED.
    """
    each = match_options(definition, header)
    questions = []
    for question in definition["questions"]:
        column = columns.get(question["name"])
        if not column:
            continue
        if column == EACH:
            sources = [_ticked(name, option) for name, option in each.get(question["name"], {}).items()]
        else:
            sources = [_one_column(question, column)]
        questions.append({**_asked_alone(question, columns), "from": sources})
    about = {key: definition.get(key) for key in ("title", "notice", "intro", "voluntary")}
    return {"mapping": VERSION, **about, "empty": [""], "place": place, "questions": questions}


def _ticked(column: str, option: str) -> dict[str, Any]:
    return {"column": column, "values": {**dict.fromkeys(MARKED, option), **dict.fromkeys(NOT_MARKED, None)}}


def _one_column(question: Mapping[str, Any], column: str) -> dict[str, Any]:
    source: dict[str, Any] = {"column": column}
    if question.get("options"):
        words = {word: o["name"] for o in question["options"] for word in (heading(o["label"]), o["label"], o["name"])}
        source["values"] = words if question["kind"] != "multiple" else {"无": None, **words}
    if question["kind"] == "multiple":
        source["split"] = ["；", ";", "\n"]
    return source


def _asked_alone(question: Mapping[str, Any], columns: Mapping[str, str]) -> dict[str, Any]:
    """Without a skip rule that looks at a question the table does not have."""
    if all(columns.get(name) for name in asked_about(question.get("relevant"))):
        return dict(question)
    return {key: value for key, value in question.items() if key != "relevant"} | {"required": False}


def heading(label: str) -> str:
    """A label as the head of a column: on one line."""
    return " ".join(label.split())


def match_columns(definition: Mapping[str, Any], header: Iterable[str]) -> dict[str, str]:
    """Question name -> column, for the columns that are called like a question's name or label; EACH where a question
    has a column for each option instead."""
    header = list(header)
    words = {
        word: question["name"]
        for question in definition["questions"]
        for word in (heading(question["label"]), question["label"], question["name"])
    }
    found = dict.fromkeys(match_options(definition, header), EACH)
    return found | {words[column]: column for column in header if column in words}


def match_options(definition: Mapping[str, Any], header: Iterable[str]) -> dict[str, dict[str, str]]:
    """Question name -> column -> option, for columns called 题目/选项 (by label or by name)."""
    words = _option_columns(definition)
    found: dict[str, dict[str, str]] = {}
    for column in header:
        if column in words:
            name, option = words[column]
            found.setdefault(name, {})[column] = option
    return found


def _option_columns(definition: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """What a column of one option may be called -> (question, option)."""
    return {
        f"{asked}{between}{option}": (question["name"], o["name"])
        for question in definition["questions"]
        if question["kind"] == "multiple"
        for o in question["options"]
        for between in BETWEEN
        for asked in (heading(question["label"]), question["name"])
        for option in (heading(o["label"]), o["name"])
    }


def read_sheet(data: bytes, definition: Mapping[str, Any], known: Iterable[str], *, limit: int) -> Table:
    """A spreadsheet made by people for one of our own questionnaires. Above the header may stand a title.

    ``known``: further names of columns, of which a header has some. Raises UserError.
    """
    try:
        return read_table(data, limit=limit)
    except UserError:
        names = [name for q in definition["questions"] for name in (heading(q["label"]), q["name"])]
        try:
            return read_table(data, limit=limit, header_has=[*names, *_option_columns(definition), *known])
        except UserError:
            pass
        raise
