"""Checks a questionnaire's definition and brings it into one shape; ``questionnaire`` says what it may hold. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from xiangli.core.errors import UserError
from xiangli.surveys.skips import clean_rule

CHOICE = ("single", "scale", "multiple", "ranking")
ROLES = ("need", "band", "group", "sex", "age")
MARGINS = ("sex", "age", "group")
KIND_WORDS = {
    "single": "单选", "multiple": "多选", "scale": "量表", "ranking": "排序", "number": "数字", "text": "文字",
    "date": "日期",
}  # fmt: skip
ROLE_WORDS = {"need": "需要什么服务", "band": "什么时候有空", "group": "人群", "sex": "性别", "age": "年龄段"}
BANDS = ("morning", "afternoon", "evening", "any")
SERVICE_KEY = re.compile(r"[A-Za-z0-9_-]{1,40}")
VOLUNTARY = "自愿填写，非统计调查"

QUESTIONS_MAX, OPTIONS_MAX, LANGUAGES_MAX = 300, 500, 10
TITLE_MAX, NAME_MAX, LABEL_MAX, TEXT_MAX = 60, 64, 1000, 2000
PLACES_MAX, PLACES_USUAL = 10, 3
SOURCE_CELLS_MAX = 60_000


def clean_questionnaire(definition: Any) -> dict[str, Any]:
    """A checked copy of a definition. Raises UserError naming the first thing that is wrong."""
    if not isinstance(definition, Mapping):
        raise UserError("问卷定义应是一个对象（含 title、notice、questions）。")
    clean: dict[str, Any] = {
        "title": _text(definition, "title", "标题", TITLE_MAX, needed=True),
        "notice": _text(definition, "notice", "隐私告知", TEXT_MAX, needed=True),
        "intro": _text(definition, "intro", "开头的话", TEXT_MAX),
        "voluntary": _text(definition, "voluntary", "自愿声明", 120) or VOLUNTARY,
    }
    clean |= _languages(definition) | _translations(definition, "问卷", "title", "notice", "intro", "voluntary")
    clean |= _from_elsewhere(definition)
    questions = definition.get("questions")
    if not isinstance(questions, list) or (not questions and not clean.get("source")):
        raise UserError("问卷里没有题目。")
    if len(questions) > QUESTIONS_MAX:
        raise UserError(f"一份问卷最多 {QUESTIONS_MAX} 道题，这里有 {len(questions)} 道。")
    before: dict[str, dict[str, Any]] = {}
    for number, given in enumerate(questions, 1):
        question = _question(given, number, before)
        if question["name"] in before:
            raise UserError(f"有两道题都叫“{question['name']}”。")
        before[question["name"]] = question
    clean["questions"] = list(before.values())
    _check_roles(clean, definition.get("needs_by"), before)
    return clean


def _check_roles(clean: dict[str, Any], needs_by: Any, questions: Mapping[str, Mapping[str, Any]]) -> None:
    for role in ("band", *MARGINS):
        if sum(question.get("role") == role for question in questions.values()) > 1:
            raise UserError(f"只能有一道题用来问{ROLE_WORDS[role]}（{role}）。")
    if needs_by:
        asked = questions.get(needs_by)
        if asked is None or asked["kind"] not in ("single", "scale"):
            raise UserError(f"分人群的题（needs_by）“{needs_by}”应是问卷里的一道单选题。")
        clean["needs_by"] = needs_by


def _question(given: Any, number: int, before: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    where = f"第 {number} 题"
    if not isinstance(given, Mapping):
        raise UserError(f"{where}应是一个对象。")
    kind = given.get("kind")
    if kind not in KIND_WORDS:
        raise UserError(f"{where}的题型“{kind}”不认识（可用：{'、'.join(KIND_WORDS.values())}）。")
    question: dict[str, Any] = {
        "name": _text(given, "name", f"{where}的名称", NAME_MAX, needed=True),
        "kind": kind,
        "label": _text(given, "label", f"{where}的题干", LABEL_MAX, needed=True),
        "section": _text(given, "section", f"{where}的小节", LABEL_MAX),
        "hint": _text(given, "hint", f"{where}的提示", LABEL_MAX),
        "required": bool(given.get("required", False)),
        "lines": max(1, min(10, _whole(given.get("lines") or 2, f"{where}的行数"))),
        "options": _options(given, where) if kind in CHOICE else [],
    }
    question |= _translations(given, where, "label", "hint", "section")
    if given.get("path"):
        question["path"] = _text(given, "path", f"{where}的路径", 400)
    if kind == "number":
        question |= _limits(given, where)
    if kind == "ranking":
        question["places"] = _places(given, len(question["options"]), where)
    _add_role(question, given, where)
    if given.get("relevant"):
        question["relevant"] = clean_rule(given["relevant"], before, where)
    return question


def _options(given: Mapping[str, Any], where: str) -> list[dict[str, Any]]:
    options = given.get("options") or []
    if not isinstance(options, list) or not 1 <= len(options) <= OPTIONS_MAX:
        raise UserError(f"{where}应有 1 到 {OPTIONS_MAX} 个选项。")
    clean = [
        {
            "name": _text(option, "name", f"{where}选项的名称", NAME_MAX, needed=True),
            "label": _text(option, "label", f"{where}的选项", LABEL_MAX, needed=True),
        }
        | _translations(option, where, "label")
        for option in options
    ]
    if len({option["name"] for option in clean}) < len(clean):
        raise UserError(f"{where}有两个选项名称相同。")
    return clean


def _places(given: Mapping[str, Any], options: int, where: str) -> int:
    """How many options are to be put in order."""
    if options < 2:
        raise UserError(f"{where}是排序题，应有 2 个以上的选项。")
    places = _whole(given.get("places") or min(PLACES_USUAL, options), f"{where}要排几项")
    most = min(PLACES_MAX, options)
    if not 1 <= places <= most:
        raise UserError(f"{where}要排的项数应在 1 到 {most} 之间，这里是 {places}。")
    return places


def _limits(given: Mapping[str, Any], where: str) -> dict[str, Any]:
    limits: dict[str, Any] = {"whole": True} if given.get("whole") else {}
    for bound in ("min", "max"):
        if given.get(bound) is None:
            continue
        try:
            limits[bound] = float(given[bound])
        except (TypeError, ValueError):
            raise UserError(f"{where}的范围“{given[bound]}”不是数字。") from None
        if not abs(limits[bound]) < 1e15:
            raise UserError(f"{where}的范围“{given[bound]}”太大。")
    if limits.get("min", -1e15) > limits.get("max", 1e15):
        raise UserError(f"{where}的范围反了：最小值比最大值大。")
    return limits


def _add_role(question: dict[str, Any], given: Mapping[str, Any], where: str) -> None:
    role = given.get("role")
    if not role:
        return
    if role not in ROLES:
        raise UserError(f"{where}的用途（role）“{role}”不认识，可用：{'、'.join(ROLES)}。")
    kind = question["kind"]
    several = ("need", "band") if kind == "multiple" else ("need",) if kind == "ranking" else ROLES
    if kind not in CHOICE or role not in several:
        raise UserError(f"{where}是{KIND_WORDS[kind]}题，不能用来问{ROLE_WORDS[role]}（{role}）。")
    if kind == "ranking" and question["places"] == len(question["options"]):
        raise UserError(f"{where}要把选项全排一遍，看不出需要哪几样；请少排几项，或不当作问需求的题。")
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
            option["category"] = plain_text(said.get("category") or option["label"])[:LABEL_MAX]


def _languages(definition: Mapping[str, Any]) -> dict[str, Any]:
    """The name of the language that the plain texts are in, where it is not Simplified Chinese."""
    language = _text(definition, "language", "语言", 60)
    return {"language": language} if language else {}


def _translations(given: Any, where: str, *keys: str) -> dict[str, Any]:
    """Texts in other languages: language -> key -> text; what is empty is left out."""
    languages = (given.get("translations") or {}) if isinstance(given, Mapping) else {}
    if not isinstance(languages, Mapping) or len(languages) > LANGUAGES_MAX:
        raise UserError(f"{where}的译文（translations）应是“语言：译文”，最多 {LANGUAGES_MAX} 种语言。")
    clean = {}
    for language, texts in languages.items():
        if not isinstance(texts, Mapping):
            raise UserError(f"{where}的译文（{language}）应是一个对象。")
        kept = {key: text for key in keys if (text := _text(texts, key, f"{where}的译文", TEXT_MAX))}
        if kept:
            clean[plain_text(language)[:60]] = kept
    return {"translations": clean} if clean else {}


def _from_elsewhere(definition: Mapping[str, Any]) -> dict[str, Any]:
    """What an imported workbook holds beyond the questions: its rows, and what works in an ODK form only."""
    kept: dict[str, Any] = {}
    if source := definition.get("source"):
        rows = [row for sheet in source.values() for row in sheet] if isinstance(source, Mapping) else [None]
        if not all(isinstance(row, Mapping) for row in rows) or sum(map(len, rows)) > SOURCE_CELLS_MAX:
            raise UserError("导入的工作簿（source）太大，或者不是行的列表。")
        kept["source"] = {
            str(sheet): [{plain_text(column): plain_text(cell) for column, cell in row.items()} for row in sheet_rows]
            for sheet, sheet_rows in source.items()
        }
    if only := definition.get("odk_only"):
        if not isinstance(only, list) or not all(isinstance(one, Mapping) for one in only):
            raise UserError("“只在 ODK 里”的清单（odk_only）应是对象的列表。")
        kept["odk_only"] = [
            {key: plain_text(one.get(key))[:LABEL_MAX] for key in ("label", "reason")} for one in only[:QUESTIONS_MAX]
        ]
    return kept


def _whole(value: Any, what: str) -> int:
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        raise UserError(f"{what}“{value}”不是整数。") from None


def _text(source: Any, key: str, what: str, longest: int, *, needed: bool = False) -> str:
    value = source.get(key) if isinstance(source, Mapping) else None
    text = plain_text(value)
    if needed and not text:
        raise UserError(f"{what}（{key}）没有填写。")
    if len(text) > longest:
        raise UserError(f"{what}太长：{len(text)} 字，最多 {longest} 字。")
    return text


def plain_text(value: Any) -> str:
    """A text without what neither XML nor the database can hold."""
    text = "" if value is None else str(value).replace("\r\n", "\n").replace("\r", "\n")
    kept = (
        c
        for c in text
        if c in "\n\t" or (unicodedata.category(c) not in ("Cc", "Cs", "Co") and c not in "\ufffe\uffff")
    )
    return "".join(kept).strip()
