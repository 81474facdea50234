"""A questionnaire as the rows of an XLSForm workbook: sheets survey, choices and settings."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from xiangli.surveys.channels import HANS
from xiangli.surveys.cleaning import PLACES_MAX
from xiangli.surveys.xlsform.expressions import constraint_of, relevant_of
from xiangli.surveys.xlsform.names import OURS, element_names, option_values

Book = dict[str, list[dict[str, str]]]
"""Sheet name -> rows, each column -> cell; empty cells are left out."""

TYPES = {
    "single": "select_one", "scale": "select_one", "multiple": "select_multiple", "ranking": "rank", "text": "text",
    "date": "date",
}  # fmt: skip
TEXT_CONSTRAINT = ("string-length(.) <= 500", "最多 500 字")
WORDS = ("notice", "voluntary", "intro")
"""What stands before the questions, each as a note of its own."""


def book_of(definition: Mapping[str, Any], *, ours: bool) -> Book:
    """The rows. ``ours``: with our own columns (role, service …), for a workbook that comes back to us."""
    questions = definition["questions"]
    elements = element_names(questions)
    values = {question["name"]: option_values(question) for question in questions}
    by_name = {question["name"]: question for question in questions}
    survey: list[dict[str, str]] = []
    for word in WORDS:
        if definition.get(word):
            survey.append({"type": "note", "name": OURS + word, **_translated(definition, {word: "label"})})
    for number, (section, group) in enumerate(groupby(questions, key=lambda q: q.get("section", "")), 1):
        inside = list(group)
        if section:
            said = _translated(inside[0], {"section": "label"})
            survey.append({"type": "begin group", "name": f"{OURS}section_{number}", **said})
        for question in inside:
            row = _question_row(question, elements, values, ours)
            row["relevant"] = relevant_of(
                question.get("relevant"), by_name, elements, lambda name, option: values[name][option]
            )
            survey.append(row)
        if section:
            survey.append({"type": "end group"})
    choices = [row for question in questions for row in _choice_rows(question, elements, values, ours)]
    settings = {
        "form_title": definition["title"], "default_language": definition.get("language") or HANS,
        "clean_text_values": "no",  # double blanks are meant
    }  # fmt: skip
    settings |= _title_translations(definition) if ours else {}
    if ours and definition.get("needs_by"):
        settings[OURS + "needs_by"] = elements[definition["needs_by"]]
    book = {"survey": survey, "choices": choices, "settings": [settings]}
    return {name: [{k: v for k, v in row.items() if v} for row in rows] for name, rows in book.items()}


def _question_row(
    question: Mapping[str, Any], elements: Mapping[str, str], values: Mapping[str, Mapping[str, str]], ours: bool
) -> dict[str, str]:
    name, kind = elements[question["name"]], question["kind"]
    row = {"type": xls_type(question, name), "name": name, **_translated(question, {"label": "label", "hint": "hint"})}
    row["required"] = "yes" if question.get("required") else ""
    row["appearance"] = {"scale": "likert", "text": "multiline" if question.get("lines", 2) > 1 else ""}.get(kind, "")
    alone = [values[question["name"]][o["name"]] for o in question.get("options", ()) if o.get("exclusive")]
    row["constraint"], row["constraint_message"] = TEXT_CONSTRAINT if kind == "text" else constraint_of(question, alone)
    if ours:
        own = {"name": question["name"] if question["name"] != name else "", "role": question.get("role", "")}
        own["lines"] = str(question["lines"]) if kind == "text" and question.get("lines", 2) != 2 else ""
        if kind == "ranking" and question["places"] != min(PLACES_MAX, len(question["options"])):
            own["places"] = str(question["places"])
        row |= {OURS + key: value for key, value in own.items()}
    return row


def xls_type(question: Mapping[str, Any], element: str) -> str:
    kind = question["kind"]
    if kind == "number":
        return "integer" if question.get("whole") else "decimal"
    return f"{TYPES[kind]} {element}" if question.get("options") else TYPES[kind]


def _choice_rows(
    question: Mapping[str, Any], elements: Mapping[str, str], values: Mapping[str, Mapping[str, str]], ours: bool
) -> Iterable[dict[str, str]]:
    for option in question.get("options", ()):
        value = values[question["name"]][option["name"]]
        row = {"list_name": elements[question["name"]], "name": value, **_translated(option, {"label": "label"})}
        if ours:
            own = {key: option.get(key, "") for key in ("service", "band", "category")}
            own["exclusive"] = "yes" if option.get("exclusive") else ""
            own["name"] = option["name"] if option["name"] != value else ""
            row |= {OURS + key: str(text) for key, text in own.items()}
        yield row


def _translated(source: Mapping[str, Any], columns: Mapping[str, str]) -> dict[str, str]:
    """Columns with their translations: label, label::English (en)."""
    row = {column: _plain(source.get(key)) for key, column in columns.items()}
    for language, texts in (source.get("translations") or {}).items():
        row |= {f"{column}::{language}": _plain(texts.get(key)) for key, column in columns.items()}
    return row


def _title_translations(definition: Mapping[str, Any]) -> dict[str, str]:
    rows = (definition.get("translations") or {}).items()
    return {f"{OURS}title::{language}": _plain(texts.get("title")) for language, texts in rows}


def _plain(text: Any) -> str:
    """``${`` would be taken for a reference to another question."""
    return str(text or "").replace("${", "＄{")
