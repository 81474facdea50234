"""One definition, every channel: what each can carry, and what it cannot is named before anything goes out. Pure."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from xiangli.core.chinese import is_traditional, to_traditional
from xiangli.surveys.cleaning import VOLUNTARY
from xiangli.surveys.skips import CHINESE, ENGLISH, asked_about, words

HANS = "简体中文 (zh-Hans)"
PAPER, ELSEWHERE = "纸质问卷", "纸质问卷、网页和表格"
DATE_EN = "Year, month and day, as 2026-01-05."


@dataclass(frozen=True, slots=True)
class Gap:
    """``where`` (channels, for people) the question ``label`` cannot be asked, or not in full, and why."""

    where: str
    label: str
    reason: str


def gaps(definition: Mapping[str, Any]) -> list[Gap]:
    """Everything in a questionnaire that one channel or another cannot carry."""
    found = [Gap(ELSEWHERE, one["label"], one["reason"]) for one in definition.get("odk_only", ())]
    return found + [Gap(PAPER, label, reason) for label, reason in paper_gaps(definition)]


def paper_gaps(definition: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(label, reason) of the questions that are left out on paper."""
    return [(question["label"], reason) for question, reason in _on_paper(definition) if reason]


def for_paper(definition: Mapping[str, Any], language: str = "") -> dict[str, Any]:
    """What the sheets engine prints: the questions that paper can carry, skip rules in plain words, a date as a line.

    Numbers in the words are those on paper; a rule about a question that is not there is left out. ``language``: the
    name of the one its texts are in, where it is not its own. Our own words are English in English, else Chinese in
    the script in which the questionnaire is written.
    """
    kept = [question for question, reason in _on_paper(definition) if not reason]
    about = {key: definition.get(key, "") for key in ("title", "notice", "intro", "voluntary")}
    said = [*about.values(), *(one["label"] for question in kept for one in (question, *question.get("options", ())))]
    own = language or definition.get("language", "")
    script = "en" if is_english(own) else "hant" if is_traditional("".join(said)) else "hans"
    if script != "hans" and about["voluntary"] == VOLUNTARY:
        about["voluntary"] = ""
    return {**about, "script": script, "questions": [_printed(question, kept, script) for question in kept]}


def skip_words(question: Mapping[str, Any], questions: list[dict[str, Any]], *, english: bool = False) -> str:
    """The skip rule as a line under the question, "" without one. ``questions``: as numbered on the form."""
    rule = question.get("relevant")
    if not rule or not set(asked_about(rule)) <= {one["name"] for one in questions}:
        return ""
    if english:
        return f"Only if {words(rule, questions, ENGLISH)}."
    return f"{words(rule, questions, CHINESE)}的，请答这一题；其他人跳过。"


def _printed(question: Mapping[str, Any], kept: list[dict[str, Any]], script: str) -> dict[str, Any]:
    own: Callable[[str], str] = to_traditional if script == "hant" else str
    hints = [question.get("hint", ""), own(skip_words(question, kept, english=script == "en"))]
    printed = dict(question)
    if question["kind"] == "date":
        printed |= {"kind": "text", "lines": 1}
        hints.insert(0, DATE_EN if script == "en" else own("写年、月、日，如 2026 年 1 月 5 日。"))
    # A required question is so only for those to whom it is put; on paper nothing can insist.
    return printed | {"hint": " ".join(hint for hint in hints if hint)}


def _on_paper(definition: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Each question with the reason why it is not printed, "" where it is."""
    from xiangli.surveys.sheets.definition import QUESTIONS_MAX, clean_question
    from xiangli.surveys.sheets.errors import SheetError

    printed = 0
    for question in definition["questions"]:
        reason = ""
        try:
            clean_question({**question, "kind": "text" if question["kind"] == "date" else question["kind"]}, "这一题")
        except SheetError as error:
            reason = str(error)
        if not reason and printed == QUESTIONS_MAX:
            reason = f"一份纸质问卷最多 {QUESTIONS_MAX} 道题，后面的不印"
        printed += not reason
        yield question, reason


def languages(definition: Mapping[str, Any]) -> list[str]:
    """Names of the languages, the first is the one the plain texts are in."""
    names = {definition.get("language") or HANS: None}
    for question in definition["questions"]:
        for one in (question, *question.get("options", ())):
            names |= dict.fromkeys(one.get("translations", ()))
    return list(names | dict.fromkeys(definition.get("translations", ())))


def in_language(definition: Mapping[str, Any], language: str) -> dict[str, Any]:
    """The definition with its texts in a language; what has no translation stays as it is."""
    said = _said(definition, language)
    said["questions"] = [
        {**_said(question, language), "options": [_said(option, language) for option in question.get("options", ())]}
        for question in definition["questions"]
    ]
    return said


def _said(source: Mapping[str, Any], language: str) -> dict[str, Any]:
    return {**source, **source.get("translations", {}).get(language, {})}


def is_english(language: str) -> bool:
    """Whether our own words are said in English beside texts in a language."""
    return language_tag(language).partition("-")[0] == "en"


def language_tag(language: str) -> str:
    """en of "English (en)", for the lang attribute; "" where the name gives none."""
    tag = language.rsplit("(", 1)[-1].rstrip(") ") if "(" in language else ""
    return tag if tag.replace("-", "").isalnum() and tag.isascii() else ""
