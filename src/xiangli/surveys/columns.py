"""Columns of a spreadsheet made for one of our own questionnaires: what they are called, and the mapping they make."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from xiangli.core.chinese import plain_form
from xiangli.core.errors import UserError
from xiangli.core.tables import Table, read_table
from xiangli.surveys.answers import VERSION
from xiangli.surveys.sheets.places import PLACES
from xiangli.surveys.skips import asked_about

VILLAGE_COLUMNS = ("村", "村名", "所在村")
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
        if column == EACH and question["kind"] == "ranking":
            by_place = sorted((place, name) for name, place in each.get(question["name"], {}).items())
            sources = [_one_column({**question, "kind": "single"}, name) for _, name in by_place]
        elif column == EACH:
            sources = [_ticked(name, option) for name, option in each.get(question["name"], {}).items()]
        else:
            sources = [_one_column(question, column)]
        questions.append({**_asked_alone(question, columns), "from": sources})
    about = {key: definition.get(key) for key in ("title", "notice", "intro", "voluntary")}
    # Whoever leaves the wishes out says something all the same, here as on paper and on the web page.
    return {"mapping": VERSION, **about, "empty": [""], "place": place, "partial": True, "questions": questions}


def _ticked(column: str, option: str) -> dict[str, Any]:
    return {"column": column, "values": {**dict.fromkeys(MARKED, option), **dict.fromkeys(NOT_MARKED, None)}}


def _one_column(question: Mapping[str, Any], column: str) -> dict[str, Any]:
    source: dict[str, Any] = {"column": column}
    if question.get("options"):
        words = {word: o["name"] for o in question["options"] for word in (heading(o["label"]), o["label"], o["name"])}
        source["values"] = words if question["kind"] != "multiple" else {"无": None, **words}
    if question["kind"] in ("multiple", "ranking"):
        source["split"] = ["；", ";", "\n", *(("、", ">", "＞") if question["kind"] == "ranking" else ())]
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
    has a column for each option, or a ranking one for each place, instead."""
    header = list(header)
    words = {
        word: question["name"]
        for question in definition["questions"]
        for word in (heading(question["label"]), question["label"], question["name"])
    }
    known = _in_plain_form(words)
    found = dict.fromkeys(match_options(definition, header), EACH)
    return found | {name: column for column in header if (name := words.get(column) or known.get(plain_form(column)))}


def _in_plain_form(words: Mapping[str, Any]) -> dict[str, Any]:
    """The same for columns in Traditional characters or full width, where that leaves no doubt which one is meant."""
    known: dict[str, Any] = {}
    for word, what in words.items():
        plain = plain_form(word)
        known[plain] = what if known.get(plain, what) == what else None
    return known


def guess_columns(
    definition: Mapping[str, Any], header: Sequence[str], last: Mapping[str, str]
) -> tuple[dict[str, str], str]:
    """(question name -> column, column of the village or ""): by name, else as they were the last time.

    ``last``: what was chosen then, the village's column under "".
    """
    before = {name: column for name, column in last.items() if name and column in header}
    villages = (*VILLAGE_COLUMNS, last.get("", ""))
    return before | match_columns(definition, header), next((one for one in villages if one in header), "")


def unused_columns(header: Iterable[str], mapping: Mapping[str, Any]) -> list[str]:
    """Columns that nothing is taken from: what a wrong name loses must be seen before it is lost."""
    used = {source["column"] for question in mapping["questions"] for source in question["from"]}
    return [column for column in header if column not in used and column != mapping["place"]]


def match_options(definition: Mapping[str, Any], header: Iterable[str]) -> dict[str, dict[str, str]]:
    """Question name -> column -> option, for columns called 题目/选项 (by label or by name); of a ranking the places,
    题目/第一, in their order."""
    words = _option_columns(definition)
    known = _in_plain_form(words)
    found: dict[str, dict[str, str]] = {}
    for column in header:
        if meant := words.get(column) or known.get(plain_form(column)):
            name, option = meant
            found.setdefault(name, {})[column] = option
    return found


def _option_columns(definition: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """What a column of one option or place may be called -> (question, option or place)."""
    return {
        f"{asked}{between}{word}": (question["name"], part)
        for question in definition["questions"]
        for part, words in _parts(question)
        for between in BETWEEN
        for asked in (heading(question["label"]), question["name"])
        for word in words
    }


def _parts(question: Mapping[str, Any]) -> Iterable[tuple[str, Sequence[str]]]:
    """What has a column of its own, and the words for it: options of a multiple choice, places of a ranking."""
    if question["kind"] == "multiple":
        yield from ((option["name"], (heading(option["label"]), option["name"])) for option in question["options"])
    elif question["kind"] == "ranking":
        for place, word in enumerate(PLACES[: question["places"]], 1):
            yield f"{place:02}", (word, str(place))


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
