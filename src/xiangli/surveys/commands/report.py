"""`./xiangli surveys report FILE …`: a page of figures from a table of answers, wave by wave. No database."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from xiangli.core.errors import UserError
from xiangli.core.files import atomic_write
from xiangli.surveys.answers import Answers, definition_of, load_mapping, read_answers
from xiangli.surveys.estimating import QuestionFigures, courses, estimate
from xiangli.surveys.questionnaire import find, labels
from xiangli.surveys.weighing import weigh_rows

K = 5
STYLES = ("ui/static/xiangli/xiangli.css", "surveys/static/surveys/surveys.css")


@dataclass(frozen=True, slots=True)
class Wave:
    """One wave: its name, number of answers, Kish's effective size, and its figures without what may not be shown."""

    name: str
    answers: int
    effective: float
    questions: list[QuestionFigures]
    notes: list[str]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="表格")
    parser.add_argument("--mapping", required=True, metavar="FILE", help="哪一列是哪一题（JSON，见 docs/mappings.md）")
    parser.add_argument("--wave", metavar="QUESTION", help="哪一题说明是第几轮（题目的 name）")
    parser.add_argument("--k", type=int, default=K, metavar="K", help="少于几人不写出来（默认 5）")
    parser.add_argument("--out", required=True, metavar="HTML")


def run(options: argparse.Namespace) -> int:
    """Writes the page; exit code 0. Raises UserError."""
    mapping = load_mapping(options.mapping)
    answers = read_answers(options.file, mapping)
    page = render(definition_of(mapping), answers, wave=options.wave, k=options.k)
    with atomic_write(Path(options.out)) as file:
        file.write(page.encode())
    print(f"{len(answers.rows)} 份答卷，{len(answers.refused)} 行没有收：{options.out}")
    return 0


def render(definition: Mapping[str, Any], answers: Answers, *, wave: str | None, k: int) -> str:
    """The page as HTML that needs nothing else."""
    from django.template.loader import render_to_string

    waves = waves_of(definition, answers, wave=wave, k=k)
    package = Path(__file__).resolve().parents[2]
    context = {
        "title": definition["title"], "waves": waves, "last": waves[-1], "k": k,
        "courses": courses([(one.name, one.questions) for one in waves]) if len(waves) > 1 else [],
        "refused": len(answers.refused), "styles": [(package / name).read_text("utf-8") for name in STYLES],
        "sex_age": [q for q in waves[-1].questions if q.role in ("sex", "age", "group")],
    }  # fmt: skip
    return render_to_string("surveys/report.html", context)


def waves_of(definition: Mapping[str, Any], answers: Answers, *, wave: str | None, k: int) -> list[Wave]:
    """The figures of each wave, in the order of the question's options; one wave where no question is named."""
    if not answers.rows:
        raise UserError("没有能用的答卷。")
    if wave is None:
        return [_wave("", definition, [row.answers for row in answers.rows], k)]
    question = find(definition, wave)
    if question is None or question["kind"] != "single":
        raise UserError(f"“{wave}”不是一道单选题，不能用来分轮。")
    asked = {**definition, "questions": [one for one in definition["questions"] if one["name"] != wave]}
    found = []
    for option, label in labels(question).items():
        rows = [row.answers for row in answers.rows if row.answers.get(wave) == option]
        if len(rows) >= max(k, 2):
            found.append(_wave(label, asked, rows, k))
    if not found:
        raise UserError(f"没有一轮有 {max(k, 2)} 份以上的答卷。")
    return found


def _wave(name: str, definition: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], k: int) -> Wave:
    weighed = weigh_rows(definition, rows, {})
    questions = [
        _closed(estimate(question, rows, weighed.design), question, rows, k)
        for question in definition["questions"]
        if question["kind"] != "text"
    ]
    return Wave(name, len(rows), weighed.effective, [one for one in questions if one.lines], weighed.notes)


def _closed(
    figures: QuestionFigures, question: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], k: int
) -> QuestionFigures:
    """Without the lines of fewer than k people, and those that would give them away."""
    from xiangli.surveys.statistics import closed_figures

    if figures.answered < k:
        return replace(figures, lines=[])
    if question["kind"] == "number":
        return figures
    chosen = {"": {line.option: line.respondents for line in figures.lines}}
    hidden = closed_figures(chosen, {"": figures.answered}, exclusive=question["kind"] != "multiple", k=k)
    return replace(figures, lines=[line for line in figures.lines if ("", line.option) not in hidden])
