"""Skip rules: which questions are for whom, as plain data that every channel understands.

A rule (``relevant`` of a question) is one of

* ``{"question": name, "is": value}``, or with ``is_not``, ``in`` (a list), ``at_least``, ``at_most``, ``above``,
  ``below`` (a number), ``answered`` (True) in place of ``is``;
* ``{"all": [rules]}`` or ``{"any": [rules]}``.

A value is an option's name; of a multiple choice, ``is`` means "this one is among the chosen", ``is_not`` "it is not".
Without an answer ``answered`` and every comparison fail, and ``is_not`` holds, as in an ODK form. Pure: no Django.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from xiangli.core.errors import UserError

Rule = Mapping[str, Any]

CHOICE_TESTS = ("is", "is_not", "in", "answered")
NUMBER_TESTS = ("at_least", "at_most", "above", "below", "is", "is_not", "answered")
OTHER_TESTS = ("answered",)
TESTS = ("is", "is_not", "in", "at_least", "at_most", "above", "below", "answered")
DEPTH_MAX = 4
PARTS_MAX = 20


def asked_about(rule: Rule | None) -> Iterator[str]:
    """The names of the questions that a rule looks at."""
    if not rule:
        return
    for joint in ("all", "any"):
        if joint in rule:
            for part in rule[joint]:
                yield from asked_about(part)
            return
    yield str(rule["question"])


def holds(rule: Rule | None, answers: Mapping[str, Any]) -> bool:
    """Whether a question with this rule is put to a person with these answers (by option name)."""
    if not rule:
        return True
    if "all" in rule:
        return all(holds(part, answers) for part in rule["all"])
    if "any" in rule:
        return any(holds(part, answers) for part in rule["any"])
    given = answers.get(rule["question"])
    test = next(word for word in TESTS if word in rule)
    return _passes(test, rule[test], given)


def _passes(test: str, wanted: Any, given: Any) -> bool:
    if given is None or given == [] or given == "":
        return test == "is_not"
    if test == "answered":
        return True
    if test in ("is", "is_not", "in"):
        chosen = set(given) if isinstance(given, list) else {given}
        hit = bool(chosen & set(wanted if test == "in" else [wanted]))
        return not hit if test == "is_not" else hit
    if isinstance(given, str | list):
        return False
    return {
        "at_least": given >= wanted, "at_most": given <= wanted, "above": given > wanted, "below": given < wanted,
    }[test]  # fmt: skip


def clean_rule(rule: Any, before: Mapping[str, Mapping[str, Any]], where: str, depth: int = 1) -> dict[str, Any]:
    """A checked copy. ``before``: the questions asked earlier, by name. Raises UserError that begins with ``where``."""
    if not isinstance(rule, Mapping) or depth > DEPTH_MAX:
        raise UserError(f"{where}的跳答条件读不懂。")
    for joint in ("all", "any"):
        if joint in rule:
            parts = rule[joint]
            if not isinstance(parts, Sequence) or isinstance(parts, str) or not 1 <= len(parts) <= PARTS_MAX:
                raise UserError(f"{where}的跳答条件应有 1 到 {PARTS_MAX} 条。")
            return joined(joint, [clean_rule(part, before, where, depth + 1) for part in parts])
    name = str(rule.get("question", ""))
    if name not in before:
        raise UserError(f"{where}的跳答条件看的是“{name}”，它应是排在前面的一道题。")
    tests = [word for word in TESTS if word in rule]
    if len(tests) != 1 or tests[0] not in _tests_for(before[name]):
        raise UserError(f"{where}的跳答条件读不懂：“{before[name]['label']}”不能这样比。")
    value = _clean_value(tests[0], rule[tests[0]], before[name], where)
    return _one_of(name, value) if tests[0] == "in" else {"question": name, tests[0]: value}


def _one_of(name: str, options: Sequence[str]) -> dict[str, Any]:
    """``in``, each option once; ``is`` where that leaves one."""
    once = list(dict.fromkeys(options))
    return {"question": name, "is": once[0]} if len(once) == 1 else {"question": name, "in": once}


def joined(joint: str, rules: list[dict[str, Any]]) -> dict[str, Any]:
    """Rules under ``all`` or ``any``, said as shortly as can be: one alone, or ``in`` for options of one question."""
    if len(rules) == 1:
        return rules[0]
    names = {rule.get("question") for rule in rules}
    options = [rule["is"] for rule in rules if isinstance(rule.get("is"), str)]
    if joint == "any" and len(names) == 1 and len(options) == len(rules):
        return _one_of(str(names.pop()), options)
    return {joint: rules}


def _tests_for(question: Mapping[str, Any]) -> Sequence[str]:
    if question["kind"] == "ranking":  # on a phone all options are put in order, whichever come first
        return OTHER_TESTS
    if question.get("options"):
        return CHOICE_TESTS
    return NUMBER_TESTS if question["kind"] == "number" else OTHER_TESTS


def _clean_value(test: str, value: Any, question: Mapping[str, Any], where: str) -> Any:
    if test == "answered":
        return True
    if question["kind"] == "number":
        try:
            number = float(value)
        except (TypeError, ValueError):
            raise UserError(f"{where}的跳答条件里“{value}”不是数字。") from None
        return int(number) if number.is_integer() else number
    names = {option["name"] for option in question["options"]}
    wanted = list(value) if test == "in" and isinstance(value, list | tuple) else [value]
    for one in wanted:
        if one not in names:
            raise UserError(f"{where}的跳答条件里“{one}”不是“{question['label']}”的选项。")
    if not wanted:
        raise UserError(f"{where}的跳答条件没有写哪个选项。")
    return wanted if test == "in" else value


CHINESE = {
    "all": "，并且", "any": "，或者", "in": "或", "quoted": "“{}”", "question": "第 {number} 题{said}",
    "is": "选了{}", "is_not": "没有选{}", "number is": "填的是 {}", "number is_not": "填的不是 {}",
    "at_least": "填了 {} 或以上", "at_most": "填了 {} 或以下", "above": "填了比 {} 大的数", "below": "填了比 {} 小的数",
    "answered": "答了",
}  # fmt: skip
ENGLISH = {
    "all": ", and ", "any": ", or ", "in": " or ", "quoted": "“{}”", "question": "{said} in question {number}",
    "is": "you chose {}", "is_not": "you did not choose {}", "number is": "you wrote {}",
    "number is_not": "you wrote something else than {}", "at_least": "you wrote {} or more",
    "at_most": "you wrote {} or less", "above": "you wrote more than {}", "below": "you wrote less than {}",
    "answered": "you gave an answer",
}  # fmt: skip
"""How a rule is said, by its tests and joints."""


def words(rule: Rule | None, questions: Sequence[Mapping[str, Any]], said: Mapping[str, str] = CHINESE) -> str:
    """The rule as one says it aloud: 第 1 题选了“是”. ``questions``: as numbered on the form, from 1; ``said``: CHINESE
    or ENGLISH."""
    if not rule:
        return ""
    for joint in ("all", "any"):
        if joint in rule:
            return said[joint].join(words(part, questions, said) for part in rule[joint])
    number, question = next((n, q) for n, q in enumerate(questions, 1) if q["name"] == rule["question"])
    label = {option["name"]: option["label"] for option in question.get("options", ())}
    test = next(word for word in TESTS if word in rule)
    value = rule[test]
    if label and test != "answered":
        options = value if test == "in" else [value]
        value = said["in"].join(said["quoted"].format(label[one]) for one in options)
        test = "is" if test == "in" else test
    elif test in ("is", "is_not"):
        test = f"number {test}"
    return said["question"].format(number=number, said=said[test].format(value))
