"""Questionnaires of all sorts for property tests, and workbooks for the tests of what comes in."""

from io import BytesIO
from pathlib import Path
from typing import Any

import xlsxwriter
from hypothesis import strategies as st

from xiangli.surveys.questionnaire import clean_questionnaire

ENGLISH = "English (en)"
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Co", "Cn", "Zs", "Zl", "Zp")), min_size=1, max_size=12
).filter(lambda text: "${" not in text)
NAMES = st.sampled_from(["needs", "age", "q1", "Q_2", "年龄", "my name", "meta", "a-b", "x'y", "1st"])
KINDS = st.sampled_from(["single", "multiple", "scale", "ranking", "number", "text", "date"])


def make_workbook(path: Path | None = None, **sheets: list[list[Any]]) -> bytes:
    """An XLSX with these rows; a cell that begins with = is a formula."""
    file = BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    for name, rows in sheets.items():
        page = book.add_worksheet(name)
        for at, row in enumerate(rows):
            page.write_row(at, 0, row)
    book.close()
    if path:
        path.write_bytes(file.getvalue())
    return file.getvalue()


@st.composite
def questionnaires(draw: Any) -> dict[str, Any]:
    """Any questionnaire that the office could make."""
    names = draw(st.lists(NAMES, min_size=1, max_size=6, unique=True))
    questions: list[dict[str, Any]] = []
    for name in names:
        question: dict[str, Any] = {"name": name, "kind": draw(KINDS), "required": draw(st.booleans())}
        question |= draw(st.fixed_dictionaries({"label": TEXTS}, optional={"hint": TEXTS, "section": TEXTS}))
        question |= _kind(draw, question)
        if rule := _rule(draw, questions):
            question["relevant"] = rule
        if draw(st.booleans()):
            question["translations"] = {ENGLISH: {"label": draw(TEXTS)}}
        questions.append(question)
    about = draw(
        st.fixed_dictionaries({"title": TEXTS, "notice": TEXTS}, optional={"intro": TEXTS, "voluntary": TEXTS})
    )
    return clean_questionnaire({**about, "questions": questions})


def _kind(draw: Any, question: dict[str, Any]) -> dict[str, Any]:
    if question["kind"] == "number":
        low = draw(st.none() | st.integers(-50, 50))
        return {"whole": draw(st.booleans()), "min": low, "max": draw(st.none() | st.integers(51, 90))}
    if question["kind"] == "text":
        return {"lines": draw(st.integers(1, 4))}
    if question["kind"] == "date":
        return {}
    names = draw(st.lists(NAMES, min_size=2 if question["kind"] == "ranking" else 1, max_size=4, unique=True))
    options = [{"name": name, "label": draw(TEXTS)} for name in names]
    if question["kind"] == "multiple" and draw(st.booleans()):
        options[-1]["exclusive"] = True
        return {"options": options, "role": "need"}
    if question["kind"] == "ranking":
        return {"options": options, "places": draw(st.integers(1, len(options)))}
    return {"options": options}


def _rule(draw: Any, before: list[dict[str, Any]]) -> dict[str, Any] | None:
    if not before or draw(st.booleans()):
        return None
    rules = [_test(draw, draw(st.sampled_from(before))) for _ in range(draw(st.integers(1, 2)))]
    return rules[0] if len(rules) == 1 else {draw(st.sampled_from(["all", "any"])): rules}


def _test(draw: Any, question: dict[str, Any]) -> dict[str, Any]:
    test: dict[str, Any] = {"question": question["name"]}
    if question["kind"] == "number":
        return test | {draw(st.sampled_from(["at_least", "at_most", "above", "below"])): draw(st.integers(0, 90))}
    if question.get("options") and question["kind"] != "ranking":
        names = [option["name"] for option in question["options"]]
        if len(names) > 1 and draw(st.booleans()):
            return test | {"in": draw(st.permutations(names))[:2]}
        return test | {draw(st.sampled_from(["is", "is_not"])): draw(st.sampled_from(names))}
    return test | {"answered": True}
