"""The questionnaire in other languages: what there is to translate, and a definition with the translations. Pure."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from xiangli.core.errors import UserError
from xiangli.surveys.channels import languages
from xiangli.surveys.cleaning import LANGUAGES_MAX, plain_text

Definition = Mapping[str, Any]

NAME_MAX = 60
SUGGESTED = ("English (en)", "维吾尔语 (ug)", "藏语 (bo)", "蒙古语 (mn)", "哈萨克语 (kk)", "壮语 (za)", "彝语 (ii)")
WHOLE = {"title": "名称", "intro": "开头的话", "notice": "个人信息告知", "voluntary": "自愿声明"}


@dataclass(frozen=True, slots=True)
class Phrase:
    """One text to translate. ``key`` names it in a form, ``where`` to a person; ``said`` is what there is already."""

    key: str
    where: str
    text: str
    said: str


def phrases(definition: Definition, language: str) -> list[Phrase]:
    """Everything a respondent reads, in the order in which it is read; a section's title once."""
    return [
        Phrase(key, where, holders[0][word], holders[0].get("translations", {}).get(language, {}).get(word, ""))
        for key, where, word, holders in _places(definition)
    ]


def translate(definition: Definition, language: str, said: Mapping[str, str]) -> dict[str, Any]:
    """With the texts of ``said`` (key of a phrase -> translation) in the language; an empty one is taken away.

    Raises UserError for a name that is none, or that of the language the questions are written in.
    """
    name = language_name(definition, language)
    changed = deepcopy(dict(definition))
    for key, _, word, holders in _places(changed):
        for holder in holders:
            texts = holder.setdefault("translations", {}).setdefault(name, {})
            texts.pop(word, None)
            if text := said.get(key, "").strip():
                texts[word] = text
    return changed


def without_language(definition: Definition, language: str) -> dict[str, Any]:
    changed = deepcopy(dict(definition))
    for *_, holders in _places(changed):
        for holder in holders:
            holder.get("translations", {}).pop(language, None)
    return changed


def language_name(definition: Definition, given: str) -> str:
    """The name as it is kept. Raises UserError with what is wrong with it."""
    if definition.get("source"):
        raise UserError("这份问卷是从 XLSForm 导入的，别的语言请在工作簿里加。")
    name = plain_text(given).strip()
    known = languages(definition)
    if not name or len(name) > NAME_MAX:
        raise UserError(f"请写语言的名字，最多 {NAME_MAX} 个字，如：English (en)。")
    if name == known[0]:
        raise UserError(f"题目本来就是用“{name}”写的，请换一种语言。")
    if name not in known and len(known) > LANGUAGES_MAX:
        raise UserError(f"一份问卷除了原文最多 {LANGUAGES_MAX} 种语言。")
    return name


def _places(definition: Definition) -> Iterator[tuple[str, str, str, list[Any]]]:
    """(key, where, word, all that hold this text under that word). A section is held by each of its questions."""
    for word, where in WHOLE.items():
        if definition.get(word):
            yield word, where, word, [definition]
    sections: dict[str, list[Any]] = {}
    for question in definition["questions"]:
        if question.get("section"):
            sections.setdefault(question["section"], []).append(question)
    numbers = {section: number for number, section in enumerate(sections)}
    named: set[str] = set()
    for q, question in enumerate(definition["questions"]):
        section = question.get("section", "")
        if section and section not in named:
            named.add(section)
            yield f"s{numbers[section]}", "小节标题", "section", sections[section]
        yield f"q{q}", f"第 {q + 1} 题", "label", [question]
        if question.get("hint"):
            yield f"q{q}-hint", f"第 {q + 1} 题的提示", "hint", [question]
        for o, option in enumerate(question.get("options", ())):
            yield f"q{q}-{o}", f"第 {q + 1} 题选项 {o + 1}", "label", [option]
