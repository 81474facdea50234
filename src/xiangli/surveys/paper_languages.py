"""The languages in which a questionnaire can be printed: its own, those it is translated into, Traditional. Pure.

A sheet's code carries the tag of its language, none for the questionnaire's own: what was printed before there were
languages reads as it always did.
"""

from collections.abc import Callable, Mapping
from typing import Any
from zlib import crc32

from xiangli.core.chinese import to_traditional
from xiangli.core.errors import UserError
from xiangli.surveys.channels import for_paper, in_language, language_tag, languages, paper_gaps
from xiangli.surveys.sheets.places import as_printed

Definition = Mapping[str, Any]

HANT = "繁體中文 (zh-Hant)"
TAG_MAX = 16
TEXTS = ("title", "notice", "intro", "voluntary", "label", "hint", "section")


def paper_languages(definition: Definition) -> dict[str, str]:
    """Name -> tag of the languages a print run can be in; the first is the questionnaire's own, without a tag."""
    own, *others = languages(definition)
    tags = {own: ""}
    for name in others:
        tag = language_tag(name)
        tags[name] = tag if 0 < len(tag) <= TAG_MAX and tag not in tags.values() else f"x-{crc32(name.encode()):08x}"
    if "zh-Hant" not in tags.values() and _said(definition) != to_traditional(_said(definition)):
        tags[HANT] = "zh-Hant"
    return tags


def paper_language(definition: Definition, given: str) -> str:
    """The name of the language that a name or a tag stands for; nothing is the questionnaire's own.

    Raises UserError, with those there are, for one that is none of them.
    """
    tags = paper_languages(definition)
    wanted = given.strip().casefold()
    for name, tag in tags.items():
        if wanted in (name.casefold(), (tag or language_tag(name)).casefold()):
            return name
    if not wanted:
        return next(iter(tags))
    raise UserError(f"这份问卷没有“{given}”，可用的语言：{'、'.join(tags)}。")


def for_paper_in(
    definition: Definition, language: str, convert: Callable[[str], str] = to_traditional
) -> dict[str, Any]:
    """What the sheets engine prints in a language; what has no translation is printed in the questionnaire's own.

    Our own words (how to tick, one answer or several, the number) are there in Chinese and English.

    ``convert`` brings a text into Traditional characters. Raises UserError where a question that the questionnaire's
    own language can print cannot be printed in this one: the sheets of a run ask everybody the same.
    """
    if language == languages(definition)[0]:
        return for_paper(definition)
    known = language in languages(definition)
    said = in_language(definition, language) if known else _converted(definition, convert)
    gaps = paper_gaps(said)
    if len(gaps) > len(paper_gaps(definition)):
        label, reason = gaps[-1]
        raise UserError(f"“{language}”印不了：“{label}”{reason}")
    return for_paper(said, language if known else "")


def in_own_words(layout: Mapping[str, Any], definition: Definition) -> dict[str, Any]:
    """A layout whose questions and options are called what they are called in the questionnaire's own language.

    Whoever judges a doubtful box, or carries an old sheet's answers over to today's questions, goes by these names.
    """
    own = {question["name"]: question for question in as_printed(definition["questions"])}
    questions = [_named(question, own[question["name"]]) for question in layout["questions"]]
    return {**layout, "title": definition["title"], "questions": questions}


def _named(printed: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    labels = {option["name"]: option["label"] for option in own.get("options", ())}
    options = [{**option, "label": labels[option["name"]]} for option in printed["options"]]
    return {**printed, "label": own["label"], "options": options}


def _converted(source: Any, convert: Callable[[str], str]) -> dict[str, Any]:
    """A definition, question or option with its texts in Traditional characters."""
    said = {**source, **{key: convert(source[key]) for key in TEXTS if source.get(key)}}
    for key in ("questions", "options"):
        if key in source:
            said[key] = [_converted(one, convert) for one in source[key]]
    return said


def _said(definition: Definition) -> str:
    """The texts that everybody reads."""
    asked = [one["label"] for question in definition["questions"] for one in (question, *question.get("options", ()))]
    return "\n".join([definition["title"], *asked])
