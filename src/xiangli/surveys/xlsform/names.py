"""Names that XML and XPath accept, for questions and options whose own names they would refuse.

A form's names are frozen with its version, so a name made from the position is as stable as the form itself.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

OURS = "xiangli_"
"""Prefix of the rows and columns that we add to a workbook."""
TIMES = ("start", "end")
"""What a phone notes by itself: when a form was opened and when it was finished."""
_ELEMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
_VALUE = re.compile(r"[^\s'\"‘’“”<>&$]{1,64}")
_RESERVED = {"meta", "data", "instanceid", "instancename", "audit", "entity", "or_other"}


def element_names(questions: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Question name -> element name: itself where XML allows it, else q<number>."""
    return _names((question["name"] for question in questions), _is_element, "q")


def option_values(question: Mapping[str, Any]) -> dict[str, str]:
    """Option name -> the value that stands for it in a form: itself unless it has blanks or quotes, else o<number>."""
    return _names((option["name"] for option in question["options"]), _VALUE.fullmatch, "o")


def _is_element(name: str) -> bool:
    lower = name.lower()
    return bool(_ELEMENT.fullmatch(name)) and lower not in _RESERVED and not lower.startswith((OURS, "xml"))


def _names(names: Iterable[str], allowed: Any, prefix: str) -> dict[str, str]:
    rows = list(names)
    taken = {name for name in rows if allowed(name)}
    made: dict[str, str] = {}
    for number, name in enumerate(rows, 1):
        made[name] = name
        if name not in taken:
            candidate = f"{prefix}{number}"
            while candidate in taken:
                candidate += "_"
            taken.add(candidate)
            made[name] = candidate
    return made
