"""Check a sheet's definition and bring it into the shape that printing needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xiangli.fonts import missing_characters

from .errors import SheetError
from .places import BEFORE_PLACE, PLACES, PLACES_EN, as_printed

WORDS: dict[str, dict[str, Any]] = {
    "hans": {
        "voluntary": "自愿填写，非统计调查",
        "mark": ["请用深色笔在方框里打勾 ", "。填错了：把错的方框涂黑 ", "，另选一个。"],
        "single": "（选一项）", "scale": "（选一项）", "multiple": "（可选多项）", "number": "（填数字）", "text": "",
        "ranking": "（排出前 {places} 项，每列选一个）", "places": PLACES,
        "sheet": "编号 {number}", "page": "　第 {page}/{pages} 页",
    },
    "hant": {
        "voluntary": "自願填寫，非統計調查",
        "mark": ["請用深色筆在方框裡打勾 ", "。填錯了：把錯的方框塗黑 ", "，另選一個。"],
        "single": "（選一項）", "scale": "（選一項）", "multiple": "（可選多項）", "number": "（填數字）", "text": "",
        "ranking": "（排出前 {places} 項，每列選一個）", "places": PLACES,
        "sheet": "編號 {number}", "page": "　第 {page}/{pages} 頁",
    },
    "en": {
        "voluntary": "Voluntary. Not an official statistical survey.",
        "mark": ["Tick the box with a dark pen ", ". To take a tick back, black the box out ", " and tick another."],
        "single": " (one answer)", "scale": " (one answer)", "multiple": " (any number)",
        "number": " (write a number)", "text": "",
        "ranking": " (rank the first {places}, one in each column)", "places": PLACES_EN,
        "sheet": "No. {number}", "page": "  Page {page}/{pages}",
    },
}  # fmt: skip
"""Everything that is printed and not in the definition, by its script: Simplified, Traditional, and English."""
PRINTED_KIND = {
    "single": "single", "scale": "single", "multiple": "multiple", "ranking": "single", "number": "text",
    "text": "text",
}  # fmt: skip
"""How each kind of question is read back from paper; a ranking as a single choice for each place."""
QUESTIONS_MAX, OPTIONS_MAX, LABEL_MAX, TEXT_MAX = 100, 60, 200, 1200
GRID_COLUMNS_MAX, GRID_LINES_MAX = 8, 200
PLACES_MAX, RANKED_MAX = 5, 14
"""Columns and lines that a ranking has room for on a page: a column is 14 mm wide, words need the rest."""


def clean_definition(definition: Mapping[str, Any]) -> dict[str, Any]:
    """A checked copy of a definition with every optional key filled in.

    Keys: title, notice (who handles the data, contact, purpose, kinds, how long, rights), intro, voluntary, grid
    (a list to be ticked: a line for each question, a column for each option, the same for all), script: hans (where
    not given), hant or en, in which our own words are printed; questions: [{name, kind:
    single|multiple|scale|number|text|ranking, label, options: [{name, label}], required, section, hint, lines, places
    (of a ranking)}]. Raises SheetError naming the first thing that is wrong.
    """
    if not isinstance(definition, Mapping):
        raise SheetError("问卷定义应是一个对象（含 title、notice、questions）。")
    script = definition.get("script") or "hans"
    if script not in WORDS:
        raise SheetError(f"字体“{script}”不认识（可用：hans 简体、hant 繁體、en 英文）。")
    clean: dict[str, Any] = {
        "script": script,
        "title": _text(definition, "title", "标题", 60, needed=True),
        "notice": _text(definition, "notice", "隐私告知", TEXT_MAX, needed=True),
        "intro": _text(definition, "intro", "开头的话", TEXT_MAX),
        "voluntary": _text(definition, "voluntary", "自愿声明", 120) or str(WORDS[script]["voluntary"]),
    }
    questions = definition.get("questions")
    if not isinstance(questions, list) or not questions:
        raise SheetError("问卷里没有题目。")
    most = GRID_LINES_MAX if definition.get("grid") else QUESTIONS_MAX
    if len(questions) > most:
        raise SheetError(f"一份纸质问卷最多 {most} 道题，这里有 {len(questions)} 道。")
    clean["questions"] = [clean_question(question, f"第 {number} 题") for number, question in enumerate(questions, 1)]
    names = [question["name"] for question in as_printed(clean["questions"])]
    for name in names:
        if names.count(name) > 1:
            raise SheetError(f"有两道题都叫“{name}”。")
    clean["grid"] = bool(definition.get("grid", False))
    if clean["grid"]:
        _check_grid(clean["questions"])
    return clean


def _check_grid(questions: list[dict[str, Any]]) -> None:
    """A grid is ticked line by line under one row of headings."""
    columns = questions[0]["options"]
    if not 1 <= len(columns) <= GRID_COLUMNS_MAX:
        raise SheetError(f"表格里应有 1 到 {GRID_COLUMNS_MAX} 列。")
    for question in questions:
        alike = question["options"] == columns
        if question["kind"] == "ranking" or PRINTED_KIND[question["kind"]] == "text" or not alike:
            raise SheetError(f"表格里每一行的选项应当相同，“{question['label']}”不同。")


def clean_question(question: Any, where: str) -> dict[str, Any]:
    """One question of it. Raises SheetError beginning with ``where`` for one that cannot be printed."""
    if not isinstance(question, Mapping):
        raise SheetError(f"{where}应是一个对象。")
    kind = question.get("kind")
    if kind not in PRINTED_KIND:
        raise SheetError(f"{where}的题型“{kind}”不能印在纸上（可用：单选、多选、量表、排序、数字、文字）。")
    clean: dict[str, Any] = {
        "name": _text(question, "name", f"{where}的名称", 64, needed=True),
        "kind": kind,
        "label": _text(question, "label", f"{where}的题干", LABEL_MAX, needed=True),
        "section": _text(question, "section", f"{where}的小节", LABEL_MAX),
        "hint": _text(question, "hint", f"{where}的提示", LABEL_MAX),
        "required": bool(question.get("required", False)),
        "lines": max(1, min(10, int(question.get("lines") or 2))),
    }
    options = question.get("options") or []
    if PRINTED_KIND[kind] == "text":
        clean["options"] = []
        return clean
    if not isinstance(options, list) or not 1 <= len(options) <= OPTIONS_MAX:
        raise SheetError(f"{where}应有 1 到 {OPTIONS_MAX} 个选项。")
    clean["options"] = [
        {
            "name": _text(option, "name", f"{where}选项的名称", 64, needed=True),
            "label": _text(option, "label", f"{where}的选项", LABEL_MAX, needed=True),
        }
        for option in options
    ]
    if len({option["name"] for option in clean["options"]}) < len(options):
        raise SheetError(f"{where}有两个选项名称相同。")
    if kind == "ranking":
        clean["places"] = _places(question, len(options), clean["name"], where)
    return clean


def _places(question: Mapping[str, Any], options: int, name: str, where: str) -> int:
    """How many places a ranking has."""
    places = question.get("places")
    if not isinstance(places, int) or not 1 <= places <= options:
        raise SheetError(f"{where}要排几项（places）应在 1 到 {options} 之间，这里是“{places}”。")
    if places > PLACES_MAX or options > RANKED_MAX:
        raise SheetError(f"{where}是排序题，纸上最多 {RANKED_MAX} 个选项、排前 {PLACES_MAX} 项。")
    if len(name) + len(BEFORE_PLACE) + 1 > 64:
        raise SheetError(f"{where}的名称太长，排序题最多 62 个字。")
    return places


def _text(source: Any, key: str, what: str, longest: int, *, needed: bool = False) -> str:
    """A text of the definition, checked for length and for characters that the font cannot print."""
    value = source.get(key) if isinstance(source, Mapping) else None
    text = "" if value is None else str(value).strip()
    if needed and not text:
        raise SheetError(f"{what}（{key}）没有填写。")
    if len(text) > longest:
        raise SheetError(f"{what}太长：{len(text)} 字，最多 {longest} 字。")
    missing = missing_characters(text.replace("\n", ""))
    if missing:
        raise SheetError(f"{what}里有印不出的字：{missing}")
    return text
