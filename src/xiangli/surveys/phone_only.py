"""What an imported form asks on phones only: which of its answers are kept beside the sealed ones. Pure.

The form knows more than our questionnaire: repeats, ranking, calculations (``odk_only``). Their values are kept as they
came, by their path in the form. Positions, tracks, pictures, telephone numbers and what a phone notes about itself are
not kept whatever the form asks (RULES B3, P2).
"""

import re
from collections.abc import Mapping
from typing import Any

from xiangli.core.redaction import redact

KEPT = frozenset({
    "select", "select1", "rank", "int", "integer", "decimal", "text", "string", "date", "time", "datetime", "range",
    "calculate", "barcode", "acknowledge", "trigger",
})  # fmt: skip
"""First words of the types of XLSForm (https://xlsform.org) whose answers are words, numbers, options or times."""
BEFORE = ("add", "q")
"""Words before the type in old spellings: "add select one prompt using yes_no"."""
VALUE_MAX = 1000  # characters


def kept(definition: Mapping[str, Any], other: Mapping[str, str]) -> dict[str, str]:
    """Of the values that are no question of ours (path in the form -> value), those that may be kept."""
    rows = (definition.get("source") or {}).get("survey", ())
    names = {name for name, kind in map(_name_and_type, rows) if name and _is_kept(kind)}
    return {
        path: redact(value)[0][:VALUE_MAX]
        for path, value in other.items()
        if path.rsplit("/", 1)[-1].partition("[")[0] in names
    }


def _is_kept(kind: str) -> bool:
    words = [word for word in re.split(r"[\s_]+", kind.lower()) if word not in BEFORE]
    return bool(words) and words[0] in KEPT


def _name_and_type(row: Mapping[str, str]) -> tuple[str, str]:
    """Under whatever spelling of its columns the workbook has."""
    plain = {column.strip().lower(): str(cell).strip() for column, cell in row.items()}
    name = plain.get("name") or plain.get("tag") or plain.get("value") or ""
    return name, plain.get("type") or plain.get("command") or ""
