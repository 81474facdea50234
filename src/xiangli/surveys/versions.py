"""What was answered on a sheet of an earlier version, in terms of today's questionnaire. Pure.

An office may change a questionnaire between printing and the first answer; the sheets of both printings come back. A
mark counts where question and option still read as they did on the sheet: a name alone says nothing, for it may have
been given to other words since.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

_FILLING = re.compile(r"[\s\W_]+")


def carried_over(
    printed: Mapping[str, Any], today: Mapping[str, Any], marks: Mapping[str, Sequence[str]]
) -> tuple[dict[str, list[str]], list[tuple[str, str]]]:
    """(question -> options by today's names, [(question, option) as printed that are no more]).

    ``printed``: the layout of the sheet, ``today``: the definition; both have questions with name, label and options.
    """
    kept: dict[str, list[str]] = {}
    lost: list[tuple[str, str]] = []
    now = {question["name"]: question for question in today["questions"]}
    before = {question["name"]: question for question in printed["questions"]}
    for name, options in marks.items():
        was = before.get(name, {"label": name, "options": []})
        question = now.get(name)
        same = question if question and _words(question["label"]) == _words(was["label"]) else {}
        names = {_words(option["label"]): option["name"] for option in same.get("options", ())}
        said = {option["name"]: option["label"] for option in was["options"]}
        for option in options:
            label = said.get(option, option)
            if _words(label) in names:
                kept.setdefault(name, []).append(names[_words(label)])
            else:
                lost.append((was["label"], label))
    return kept, lost


def _words(label: str) -> str:
    """A label without spaces and punctuation: a comma more does not make it another question."""
    return _FILLING.sub("", label)
