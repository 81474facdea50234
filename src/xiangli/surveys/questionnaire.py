"""The questionnaire as plain data: what a definition may say, and what counts as an answer to it.

A definition has title, notice, intro, voluntary and questions, each with name, kind (single, multiple, scale, ranking,
number, text, date), label, options [{name, label}], required, section, hint, lines (of a text) and places (of a
ranking: how many options are put in order). Further words:

* ``relevant`` of a question: the skip rule, see ``skips``;
* ``translations`` of the definition, a question or an option: language -> the same keys in that language; the plain
  texts are in ``language`` (default Simplified Chinese);
* ``source`` and ``odk_only``: the rows of an imported XLSForm that says more than this, and what of it works in an ODK
  form only; ``path`` of a question: where it stands in that form;
* a question may have ``role``: ``need`` (its options are wishes), ``band`` (when people can come), ``group``, ``sex``
  or ``age`` (what the village's population is known by);
* an option of a ``need`` question may name a ``service`` of the catalogue by its key, or be ``exclusive`` ("none of
  these"); one of a ``band`` question names its ``band``; one of ``sex``, ``age`` or ``group`` the ``category`` of the
  population count (its label where not given);
* ``needs_by``: the name of the question whose options are the groups of the needs list (default: group, age, sex);
* number questions may have ``min`` and ``max``, and be ``whole``.

An answer is ``{question: option | [options] | number | date}``, of a ranking the options from the first on; written
words are kept apart (``texts``). Whoever answers a question that the skip rules spare him: that answer is not kept, and
named (``Checked.skipped``). No Django.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from xiangli.surveys.cleaning import BANDS, CHOICE, MARGINS, ROLES, clean_questionnaire
from xiangli.surveys.skips import holds

__all__ = [
    "BANDS", "CHOICE", "MARGINS", "NOT_ANSWERED", "NO_GROUP", "ROLES", "TEXT_MAX", "Checked", "Definition",
    "by_role", "category", "check_answers", "clean_questionnaire", "counted", "find", "grouping", "in_words",
    "labels",
]  # fmt: skip

Definition = Mapping[str, Any]

TEXT_MAX = 500
"""Characters that our own forms take of one text."""
TEXT_KEPT = 5000
"""Characters that are kept of one from elsewhere."""
NUMBER_MOST = 1e12
"""No household has so much of anything; one such answer in jest would make every mean meaningless."""
NO_GROUP = "未说明"
"""The group of those who did not say which one they belong to."""


def find(definition: Definition, name: str) -> dict[str, Any] | None:
    """The question of that name."""
    return next((question for question in definition["questions"] if question["name"] == name), None)


def by_role(definition: Definition, role: str) -> list[dict[str, Any]]:
    return [question for question in definition["questions"] if question.get("role") == role]


def grouping(definition: Definition) -> dict[str, Any] | None:
    """The question whose options are the groups of the needs list."""
    if definition.get("needs_by"):
        return find(definition, definition["needs_by"])
    return next((found[0] for role in ("group", "age", "sex") if (found := by_role(definition, role))), None)


def labels(question: Mapping[str, Any]) -> dict[str, str]:
    """Option name -> label."""
    return {option["name"]: option["label"] for option in question.get("options", ())}


def in_words(question: Mapping[str, Any], given: Any) -> str:
    """An answer as people read it: labels for options, — where there is none."""
    if given is None:
        return "—"
    names = labels(question)
    return "、".join(names.get(str(one), str(one)) for one in (given if isinstance(given, list) else [given])) or "无"


def category(question: Mapping[str, Any], answers: Mapping[str, Any]) -> str | None:
    """The population category of one respondent, None where the question was left out."""
    given = answers.get(question["name"])
    return next((option["category"] for option in question["options"] if option["name"] == given), None)


def counted(question: Mapping[str, Any], given: Any) -> list[str]:
    """The options that an answer to a choice counts for in its shares: all that were chosen, of a ranking the first."""
    if not isinstance(given, list):
        return [] if given is None else [given]
    return given[:1] if question["kind"] == "ranking" else given


@dataclass(slots=True)
class Checked:
    """Answers brought into shape. ``problems``: (question label, reason) for what could not be used. ``skipped``:
    labels of questions that were answered though the skip rules spare this person; those answers are left out."""

    answers: dict[str, Any] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    problems: list[tuple[str, str]] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    wrong: dict[str, str] = field(default_factory=dict)
    """The problems by question name."""


NOT_ANSWERED = "没有回答"
BETWEEN = re.compile(r"\s*[；;、|\n]\s*")
BETWEEN_RANKED = re.compile(r"\s*[；;、|\n>＞]\s*")
"""Between the options in one cell; people write an order as 甲>乙>丙, too."""


def _is_blank(value: Any) -> bool:
    return isinstance(value, list | tuple) and not any(value)


def check_answers(definition: Definition, raw: Mapping[str, Any]) -> Checked:
    """Bring raw values (from a form, a sheet or a spreadsheet) into the shape that is stored.

    Choices are recognised by option name or by label; several come as a list or separated by ；;、| in one cell.
    Every value that cannot be used is a problem with its reason, as is a required question without an answer. A
    question is put to those whom its skip rule names, judged by the answers kept so far.
    """
    checked = Checked()
    for question in definition["questions"]:
        name, label = question["name"], question["label"]
        value = raw.get(name)
        empty = value is None or value == "" or _is_blank(value)
        if not holds(question.get("relevant"), checked.answers | checked.texts):
            checked.skipped += [] if empty else [label]
            continue
        missing = NOT_ANSWERED if question.get("required") else ""
        reason = missing if empty else _take(question, value, checked)
        if reason:
            checked.problems.append((label, reason))
            checked.wrong[name] = reason
    return checked


def _take(question: Mapping[str, Any], value: Any, checked: Checked) -> str:
    """Keeps the answer; why not, where it cannot be used."""
    name, kind = question["name"], question["kind"]
    take = {"number": _number, "multiple": _several, "ranking": _ranked, "date": _date}.get(kind, _one)
    try:
        if kind == "text":
            checked.texts[name] = _text(value)
        else:
            checked.answers[name] = take(question, value)
    except ValueError as error:
        return str(error)
    return ""


NOT_WRITTEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
"""Comes along when text is pasted, shows nothing, and would turn round or break the pages and tables it gets into."""


EXCEL_ZERO = date(1899, 12, 30)


def _date(question: Mapping[str, Any], value: Any) -> str:
    """ISO 8601. Read: 2026-1-5, 2026/1/5, 2026.1.5, 2026年1月5日, with a time after it or not; and the number of days
    that Excel shows where a cell is not formatted as a date (46027)."""
    import unicodedata

    given = unicodedata.normalize("NFKC", str(value)).strip()
    if match := re.fullmatch(r"([2-7]\d{4})(\.\d*)?", given):
        return (EXCEL_ZERO + timedelta(days=int(match[1]))).isoformat()
    match = re.match(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?:\s*日|[T ].*|)$", given)
    try:
        return date(*(int(part) for part in match.groups())).isoformat() if match else _no_date(value)
    except ValueError:
        return _no_date(value)


def _no_date(value: Any) -> str:
    raise ValueError(f"“{value}”不是日期（如 2026-01-05）")


def _text(value: Any) -> str:
    from xiangli.core.redaction import redact

    lines = str(value).replace("\r\n", "\n").replace("\r", "\n")
    return redact(NOT_WRITTEN.sub("", lines).strip())[0][:TEXT_KEPT]


def _number(question: Mapping[str, Any], value: Any) -> int | float:
    import unicodedata

    try:
        number = float(unicodedata.normalize("NFKC", str(value)).strip())
    except ValueError:
        raise ValueError(f"“{value}”不是数字") from None
    if number != number or abs(number) == float("inf"):
        raise ValueError(f"“{value}”不是数字")
    if abs(number) > NUMBER_MOST:
        raise ValueError(f"{number:g} 太大了，请检查")
    low, high = question.get("min"), question.get("max")
    if (low is not None and number < low) or (high is not None and number > high):
        raise ValueError(
            f"{number:g} 超出了范围（{'' if low is None else f'{low:g}'}–{'' if high is None else f'{high:g}'}）"
        )
    if question.get("whole") and not number.is_integer():
        raise ValueError(f"{number:g} 不是整数")
    return int(number) if number.is_integer() else number


def _one(question: Mapping[str, Any], value: Any) -> str:
    if isinstance(value, list | tuple):
        if len(value) > 1:
            raise ValueError("选了不止一个")
        value = value[0]
    return _option(question, value)


def _several(question: Mapping[str, Any], value: Any) -> list[str]:
    if isinstance(value, list | tuple):
        parts: Sequence[Any] = value
    else:
        parts = [part for part in BETWEEN.split(str(value)) if part.strip()]
    chosen = {_option(question, part) for part in parts}
    return [option["name"] for option in question["options"] if option["name"] in chosen]


def _ranked(question: Mapping[str, Any], value: Any) -> list[str]:
    """Options from the first place on. A place may come as a list of what was marked there."""
    places = (
        list(value) if isinstance(value, list | tuple) else [part for part in BETWEEN_RANKED.split(str(value)) if part]
    )
    if len(places) > question["places"]:
        raise ValueError(f"排了 {len(places)} 项，最多排 {question['places']} 项")
    ranked: list[str] = []
    gap = 0
    for number, given in enumerate(places, 1):
        if given in (None, "", [], ()):
            gap = gap or number
            continue
        if gap:
            raise ValueError(f"第 {gap} 没有选，却选了第 {number}")
        option = _one(question, given)
        if option in ranked:
            raise ValueError(f"“{labels(question)[option]}”排了两次")
        ranked.append(option)
    return ranked


def _option(question: Mapping[str, Any], value: Any) -> str:
    wanted = str(value).strip()
    if isinstance(value, float) and value.is_integer():
        wanted = str(int(value))  # Excel hands every number over as a float
    for option in question["options"]:
        if wanted in (option["name"], option["label"]):
            return str(option["name"])
    raise ValueError(f"没有“{wanted}”这个选项")
