"""Changing a questionnaire step by step: add, change, move, remove a question. Pure: a new definition each time."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from xiangli.core.errors import UserError
from xiangli.surveys.channels import paper_gaps
from xiangli.surveys.cleaning import MARGINS
from xiangli.surveys.skips import Rule, asked_about

Definition = Mapping[str, Any]

BAND_WORDS = {"上午": "morning", "下午": "afternoon", "晚上": "evening", "都行": "any"}
NONE_OF_THESE = ("都不需要", "都不要", "以上都不要", "以上都不是", "没有")
"""Options of a question on needs that stand alone."""


def put_question(definition: Definition, question: Mapping[str, Any], *, old: str = "") -> dict[str, Any]:
    """With the question in place of the one called ``old``, or at the end."""
    rows = list(definition["questions"])
    at = next((n for n, row in enumerate(rows) if row["name"] == old), None)
    if at is None:
        rows.append(question)
    else:
        rows[at] = question
    return {**definition, "questions": rows}


def move_question(definition: Definition, name: str, step: int) -> dict[str, Any]:
    """One place up (-1) or down (+1); at the end of the list it stays."""
    rows = list(definition["questions"])
    at = _place(rows, name)
    to = min(len(rows) - 1, max(0, at + step))
    rows.insert(to, rows.pop(at))
    return {**definition, "questions": rows}


def remove_question(definition: Definition, name: str) -> dict[str, Any]:
    """Without it. Raises UserError where it is the last, or others are skipped by its answer."""
    rows = list(definition["questions"])
    _place(rows, name)
    if len(rows) == 1:
        raise UserError("只剩一道题了，不能再删。")
    for number, row in enumerate(rows, 1):
        if name in asked_about(row.get("relevant")):
            raise UserError(f"第 {number} 题“{row['label']}”的跳答条件要看这道题，请先改那一题。")
    kept = {**definition, "questions": [row for row in rows if row["name"] != name]}
    if kept.get("needs_by") == name:
        del kept["needs_by"]
    return kept


def unfasten(definition: Definition) -> dict[str, Any]:
    """Without the rows of the workbook it was imported from, so that it can be changed here."""
    plain = {key: value for key, value in definition.items() if key not in ("source", "odk_only")}
    plain["questions"] = [{k: v for k, v in row.items() if k != "path"} for row in definition["questions"]]
    return plain


def _place(rows: Sequence[Mapping[str, Any]], name: str) -> int:
    for at, row in enumerate(rows):
        if row["name"] == name:
            return at
    raise UserError("这道题已经不在问卷里了。")


def free_name(definition: Definition) -> str:
    """A name for a new question: q1, q2 …"""
    taken = {row["name"] for row in definition["questions"]}
    return next(f"q{n}" for n in range(1, len(taken) + 2) if f"q{n}" not in taken)


def options_of(
    lines: Iterable[str], old: Sequence[Mapping[str, Any]], role: str, services: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Options from lines of text. One with the words it had before keeps its name and all that belongs to it.

    ``services``: key -> name of the catalogue; an option of a question on needs that is called like one means it.
    Raises UserError for two alike, or a part of the day that is none.
    """
    before = {row["label"]: row for row in old}
    keys = {name: key for key, name in services.items()}
    labels = [label for line in lines if (label := " ".join(line.split()))]
    options: list[dict[str, Any]] = []
    taken = {row["name"] for row in old if row["label"] in labels}
    for label in labels:
        if any(row["label"] == label for row in options):
            raise UserError(f"有两个选项都是“{label}”。")
        option = dict(before.get(label) or {"name": _option_name(label, taken), "label": label})
        taken.add(option["name"])
        options.append(_with_role(option, role, keys))
    return options


def _option_name(label: str, taken: set[str]) -> str:
    if len(label) <= 20 and re.fullmatch(r"[\w+-]+", label) and label not in taken:
        return label
    return next(f"o{n}" for n in range(1, len(taken) + 2) if f"o{n}" not in taken)


def _with_role(option: dict[str, Any], role: str, keys: Mapping[str, str]) -> dict[str, Any]:
    label = option["label"]
    if role == "need" and label in NONE_OF_THESE:
        return option | {"exclusive": True}
    if role == "need" and label in keys:
        return option | {"service": keys[label]}
    if role == "band":
        if label not in BAND_WORDS:
            raise UserError(f"问时段的题，选项只能写：{'、'.join(BAND_WORDS)}；这里有“{label}”。")
        return option | {"band": BAND_WORDS[label]}
    if role in MARGINS and "category" not in option:
        return option | {"category": category_of(label)}
    return option


def category_of(label: str) -> str:
    """The category of the population counts that an option means: 60–69 岁 -> 60-69, 70 岁以上 -> 70+."""
    if match := re.fullmatch(r"(\d+)\s*岁?\s*[-–—~～至到]\s*(\d+)\s*岁?", label):
        return f"{match[1]}-{match[2]}"
    if match := re.fullmatch(r"(\d+)\s*岁?\s*(?:及?以上|\+)", label):
        return f"{match[1]}+"
    return label


def rule_of_ticks(ticks: Iterable[tuple[str, str]]) -> dict[str, Any] | None:
    """Ticked (question, option): one of the ticked options in each question that has any."""
    chosen: dict[str, list[str]] = {}
    for name, option in ticks:
        chosen.setdefault(name, []).append(option)
    rules: list[dict[str, Any]] = [{"question": name, "in": options} for name, options in chosen.items()]
    return None if not rules else rules[0] if len(rules) == 1 else {"all": rules}


def ticks_of_rule(rule: Rule | None) -> list[tuple[str, str]] | None:
    """The ticks that say a rule; None where ticks cannot say it."""
    if not rule:
        return []
    ticks: list[tuple[str, str]] = []
    for part in rule.get("all", [rule]):
        options = part.get("in") or ([part["is"]] if isinstance(part.get("is"), str) else None)
        if options is None or part["question"] in {name for name, _ in ticks}:
            return None
        ticks += [(part["question"], option) for option in options]
    return ticks


def ready_for_paper(definition: Definition) -> bool:
    """Whether anything is left to print."""
    return len(paper_gaps(definition)) < len(definition["questions"])
