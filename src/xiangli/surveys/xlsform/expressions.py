"""Skip rules and limits as XPath, and back where the XPath is one that we could have written."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from xiangli.surveys.skips import TESTS, Rule, joined

Question = Mapping[str, Any]
Values = Callable[[str, str], str]
_SIGNS = {"at_least": ">=", "at_most": "<=", "above": ">", "below": "<", "is": "=", "is_not": "!="}


def relevant_of(
    rule: Rule | None, questions: Mapping[str, Question], elements: Mapping[str, str], value: Values
) -> str:
    """The XPath of a skip rule. ``value(question, option)``: the option as it stands in the form."""
    if not rule:
        return ""
    for joint, word in (("all", " and "), ("any", " or ")):
        if joint in rule:
            return word.join(_part(part, questions, elements, value) for part in rule[joint])
    question = questions[rule["question"]]
    here = f"${{{elements[question['name']]}}}"
    test = next(word for word in TESTS if word in rule)
    if test == "answered":
        return f"{here} != ''"
    if test == "in":
        return " or ".join(_chosen(question, here, value(question["name"], one)) for one in rule["in"])
    if not question.get("options"):
        return f"{here} {_SIGNS[test]} {rule[test]}"
    chosen = _chosen(question, here, value(question["name"], rule[test]), equal=test == "is")
    return chosen if test == "is" or question["kind"] != "multiple" else f"not({chosen})"


def _part(part: Rule, questions: Mapping[str, Question], elements: Mapping[str, str], value: Values) -> str:
    text = relevant_of(part, questions, elements, value)
    joined = "all" in part or "any" in part or len(part.get("in", ())) > 1
    return f"({text})" if joined else text


def _chosen(question: Question, here: str, wanted: str, *, equal: bool = True) -> str:
    if question["kind"] == "multiple":
        return f"selected({here}, '{wanted}')"
    return f"{here} {'=' if equal else '!='} '{wanted}'"


def constraint_of(question: Question, exclusive: list[str]) -> tuple[str, str]:
    """The XPath of what an answer must keep to, and the words if not. ``exclusive``: values that stand alone."""
    if question["kind"] == "number":
        low, high = question.get("min"), question.get("max")
        limits = [f". {sign} {number(bound)}" for sign, bound in ((">=", low), ("<=", high)) if bound is not None]
        between = f"{'' if low is None else number(low)}–{'' if high is None else number(high)}"
        return " and ".join(limits), f"应在 {between} 之间" if limits else ""
    if question["kind"] == "multiple" and exclusive:
        alone = " and ".join(f"not(selected(., '{one}') and count-selected(.) > 1)" for one in exclusive)
        return alone, "选了“都不要”一类的，就不要再选别的"
    return "", ""


def number(value: float) -> str:
    return f"{value:.15g}" if abs(value) < 1e15 else f"{value:.0f}"


_LIMIT = re.compile(r"\s*\.\s*(>=|<=|>|<)\s*(-?\d+(?:\.\d+)?)\s*")


def limits_of(constraint: str, *, whole: bool) -> tuple[float | None, float | None] | None:
    """(least, most) of a constraint that says no more than that, else None."""
    low: float | None = None
    high: float | None = None
    for part in re.split(r"\s+and\s+", _bare(constraint.strip())):
        match = _LIMIT.fullmatch(_bare(part))
        if not match or (match[1] in "<>" and not whole):
            return None
        bound = float(match[2])
        if match[1].startswith(">"):
            low = bound + (match[1] == ">")
        else:
            high = bound - (match[1] == "<")
    return low, high


def _bare(text: str) -> str:
    """Without brackets around the whole."""
    text = text.strip()
    while text.startswith("(") and text.endswith(")") and _closes_at_end(text):
        text = text[1:-1].strip()
    return text


def _closes_at_end(text: str) -> bool:
    depth = 0
    for position, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return position == len(text) - 1
    return False


_COMPARED = re.compile(r"\$\{\s*([^}]+?)\s*\}\s*(=|!=|>=|<=|>|<)\s*(?:'([^']*)'|\"([^\"]*)\"|(-?\d+(?:\.\d+)?))")
_SELECTED = re.compile(r"selected\s*\(\s*\$\{\s*([^}]+?)\s*\}\s*,\s*(?:'([^']*)'|\"([^\"]*)\")\s*\)")
_TESTS = {sign: test for test, sign in _SIGNS.items()}


class NotPlain(ValueError):
    """An expression that our rules cannot say."""


def rule_of(expression: str, questions: Mapping[str, Question], option: Values, depth: int = 0) -> dict[str, Any]:
    """The skip rule that an XLSForm's ``relevant`` says. ``questions`` by element name; ``option(question, value)``
    gives the option's own name. Raises NotPlain where it says more than a rule can."""
    text = _bare(expression)
    if depth > 3:
        raise NotPlain
    for word, joint in (("or", "any"), ("and", "all")):
        parts = _split(text, word)
        if len(parts) > 1:
            rules = [rule_of(part, questions, option, depth + 1) for part in parts]
            return joined(joint, rules)
    if text.startswith("not") and (inner := text[3:].strip()).startswith("(") and _closes_at_end(inner):
        rule = rule_of(inner, questions, option, depth + 1)
        if not isinstance(rule.get("is"), str):
            raise NotPlain
        return {"question": rule["question"], "is_not": rule["is"]}
    return _comparison(text, questions, option)


def _split(text: str, word: str) -> list[str]:
    """Parts between `` and `` or `` or `` that stand outside brackets and quotes."""
    parts, depth, quote, start, at = [], 0, "", 0, 0
    while at < len(text):
        character = text[at]
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character in "()":
            depth += 1 if character == "(" else -1
        elif depth == 0 and re.match(rf"\s{word}\s", text[at:]):
            parts.append(text[start:at])
            at += len(word)
            start = at + 1
        at += 1
    return [*parts, text[start:]]


def _comparison(text: str, questions: Mapping[str, Question], option: Values) -> dict[str, Any]:
    if match := _SELECTED.fullmatch(text):
        question = questions.get(match[1])
        if question is None or not question.get("options") or question["kind"] == "ranking":
            raise NotPlain
        return {"question": question["name"], "is": _known(question, match[2] or match[3] or "", option)}
    match = _COMPARED.fullmatch(text)
    question = questions.get(match[1]) if match else None
    if match is None or question is None:
        raise NotPlain
    test, word = _TESTS[match[2]], next((group for group in match.groups()[2:] if group is not None), "")
    if word == "" and match[2] == "!=":
        return {"question": question["name"], "answered": True}
    if question.get("options"):
        # `=` on a multiple choice means "this and nothing else": not what `is` says
        if test not in ("is", "is_not") or question["kind"] in ("multiple", "ranking"):
            raise NotPlain
        return {"question": question["name"], test: _known(question, word, option)}
    if question["kind"] != "number":
        raise NotPlain
    try:
        value = float(word)
    except ValueError:
        raise NotPlain from None
    return {"question": question["name"], test: int(value) if value.is_integer() else value}


def _known(question: Question, value: str, option: Values) -> str:
    try:
        return option(question["name"], value)
    except KeyError:
        raise NotPlain from None
