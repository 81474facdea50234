"""The questionnaire as plain data: what a definition may say, and what counts as an answer to it.

A definition is what the sheets engine prints (title, notice, intro, voluntary, questions) with a few words more:

* a question may have ``role``: ``need`` (its options are wishes), ``band`` (when people can come), ``group``, ``sex``
  or ``age`` (what the village's population is known by);
* an option of a ``need`` question may name a ``service`` of the catalogue by its key, or be ``exclusive`` ("none of
  these"); one of a ``band`` question names its ``band``; one of ``sex``, ``age`` or ``group`` the ``category`` of the
  population count (its label where not given);
* ``needs_by``: the name of the question whose options are the groups of the needs list (default: group, age, sex);
* number questions may have ``min`` and ``max``.

An answer is ``{question: option | [options] | number}``; written words are kept apart (``texts``). No Django here.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from xiangli.core.errors import UserError

Definition = Mapping[str, Any]

ROLES = ("need", "band", "group", "sex", "age")
MARGINS = ("sex", "age", "group")
BANDS = ("morning", "afternoon", "evening", "any")
CHOICE = ("single", "scale", "multiple")
SERVICE_KEY = re.compile(r"[A-Za-z0-9_-]{1,40}")
TEXT_MAX = 500
NO_GROUP = "未说明"
"""The group of those who did not say which one they belong to."""


def clean_questionnaire(definition: Any) -> dict[str, Any]:
    """A checked copy of a definition. Raises UserError naming the first thing that is wrong."""
    from xiangli.surveys.sheets.definition import clean_definition
    from xiangli.surveys.sheets.errors import SheetError

    try:
        clean = clean_definition(definition)
    except SheetError as error:
        raise UserError(str(error)) from None
    for question, given in zip(clean["questions"], definition["questions"], strict=True):
        _add_role(question, given)
    for role in ("band", *MARGINS):
        if len(by_role(clean, role)) > 1:
            raise UserError(f"只能有一道题的用途（role）是“{role}”。")
    needs_by = definition.get("needs_by")
    if needs_by:
        asked = find(clean, needs_by)
        if asked is None or asked["kind"] not in ("single", "scale"):
            raise UserError(f"分人群的题（needs_by）“{needs_by}”应是问卷里的一道单选题。")
        clean["needs_by"] = needs_by
    return clean


def _add_role(question: dict[str, Any], given: Mapping[str, Any]) -> None:
    name, role = question["name"], given.get("role")
    for bound in ("min", "max"):
        if question["kind"] == "number" and given.get(bound) is not None:
            question[bound] = float(given[bound])
    if not role:
        return
    if role not in ROLES:
        raise UserError(f"题目“{name}”的用途（role）“{role}”不认识，可用：{'、'.join(ROLES)}。")
    if question["kind"] not in CHOICE or (role in MARGINS and question["kind"] == "multiple"):
        raise UserError(f"题目“{name}”的题型（{question['kind']}）不能用作“{role}”。")
    question["role"] = role
    for option, said in zip(question["options"], given["options"], strict=True):
        if role == "need" and said.get("exclusive"):
            option["exclusive"] = True
        elif role == "need" and said.get("service"):
            if not SERVICE_KEY.fullmatch(str(said["service"])):
                raise UserError(f"选项“{option['label']}”的服务代号“{said['service']}”不合格式。")
            option["service"] = said["service"]
        elif role == "band":
            option["band"] = said.get("band") or option["name"]
            if option["band"] not in BANDS:
                raise UserError(f"选项“{option['label']}”的时段应是：{'、'.join(BANDS)}。")
        elif role in MARGINS:
            option["category"] = str(said.get("category") or option["label"])


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


def category(question: Mapping[str, Any], answers: Mapping[str, Any]) -> str | None:
    """The population category of one respondent, None where the question was left out."""
    given = answers.get(question["name"])
    return next((option["category"] for option in question["options"] if option["name"] == given), None)


@dataclass(slots=True)
class Checked:
    """Answers brought into shape. ``problems``: (question label, reason) for what could not be used."""

    answers: dict[str, Any] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    problems: list[tuple[str, str]] = field(default_factory=list)


def check_answers(definition: Definition, raw: Mapping[str, Any]) -> Checked:
    """Bring raw values (from a form, a sheet or a spreadsheet) into the shape that is stored.

    Choices are recognised by option name or by label; several come as a list or separated by ；;、| in one cell.
    Every value that cannot be used is a problem with its reason, as is a required question without an answer.
    """
    checked = Checked()
    for question in definition["questions"]:
        name, label = question["name"], question["label"]
        value = raw.get(name)
        if value is None or value == "" or value == []:
            if question.get("required"):
                checked.problems.append((label, "没有回答"))
            continue
        try:
            if question["kind"] == "text":
                checked.texts[name] = _text(value)
            elif question["kind"] == "number":
                checked.answers[name] = _number(question, value)
            elif question["kind"] == "multiple":
                checked.answers[name] = _several(question, value)
            else:
                checked.answers[name] = _one(question, value)
        except ValueError as error:
            checked.problems.append((label, str(error)))
    return checked


def _text(value: Any) -> str:
    from xiangli.core.redaction import redact

    return redact(str(value).strip())[0][:TEXT_MAX]


def _number(question: Mapping[str, Any], value: Any) -> int | float:
    import unicodedata

    try:
        number = float(unicodedata.normalize("NFKC", str(value)).strip())
    except ValueError:
        raise ValueError(f"“{value}”不是数字") from None
    if number != number or abs(number) == float("inf"):
        raise ValueError(f"“{value}”不是数字")
    low, high = question.get("min"), question.get("max")
    if (low is not None and number < low) or (high is not None and number > high):
        raise ValueError(
            f"{number:g} 超出了范围（{'' if low is None else f'{low:g}'}–{'' if high is None else f'{high:g}'}）"
        )
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
        parts = [part for part in re.split(r"[；;、|\n]", str(value)) if part.strip()]
    chosen = {_option(question, part) for part in parts}
    return [option["name"] for option in question["options"] if option["name"] in chosen]


def _option(question: Mapping[str, Any], value: Any) -> str:
    wanted = str(value).strip()
    if isinstance(value, float) and value.is_integer():
        wanted = str(int(value))  # Excel hands every number over as a float
    for option in question["options"]:
        if wanted in (option["name"], option["label"]):
            return str(option["name"])
    raise ValueError(f"没有“{wanted}”这个选项")
