"""Patterns in answers that deserve a second look by a person. Nothing here decides, and nothing is counted by asker.

Each pattern names the answers it is made of and says in one sentence what was seen; chance is taken into account, so
that a short questionnaire does not fill the list with neighbours who simply agree.
"""

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from xiangli.surveys.choices import Pattern
from xiangli.surveys.questionnaire import labels

SAME_LEAST = 3  # identical answers before they are worth a look
ANSWERED_LEAST = 4  # questions an answer must have for its likeness to say anything
RUN_LEAST = 5  # neighbouring sheets that hardly differ
BATTERY_LEAST = 4  # questions with the same options, all answered alike
SECONDS_A_QUESTION = 3.0
UNLIKELY = 1e-3


@dataclass(frozen=True, slots=True)
class Seen:
    """One answer as far as patterns need it. ``hand``: one value for each asker or uploader, "" where unknown.

    ``begun``: when the form was opened, ``at``: when it came in; only phones and counters say how fast it was.
    """

    key: int
    answers: Mapping[str, Any]
    hand: str = ""
    sheet: int | None = None
    at: datetime | None = None
    begun: datetime | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A pattern: its kind, the answers (keys) and a sentence."""

    kind: str
    keys: tuple[int, ...]
    text: str

    @property
    def digest(self) -> str:
        """Knows the same finding again: a judgement belongs to exactly these answers."""
        return hashlib.sha256(f"{self.kind}:{self.keys}".encode()).hexdigest()[:32]


def find_patterns(definition: Mapping[str, Any], rows: Sequence[Seen], everybody: Sequence[Seen] = ()) -> list[Found]:
    """All patterns among the answers of one village. ``everybody``: those of all villages, to compare
    with."""
    questions = [question for question in definition["questions"] if question["kind"] != "text"]
    if not rows:
        return []
    return [
        *identical(questions, rows, everybody), *one_hand(questions, rows), *straight(questions, rows),
        *pace(questions, rows),
    ]  # fmt: skip


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _shares(questions: Iterable[Mapping[str, Any]], rows: Sequence[Seen]) -> dict[str, Counter[Any]]:
    return {q["name"]: Counter(_frozen(row.answers.get(q["name"])) for row in rows) for q in questions}


def identical(
    questions: Sequence[Mapping[str, Any]], rows: Sequence[Seen], everybody: Sequence[Seen] = ()
) -> list[Found]:
    """Answers that agree on every question, more of them than independent people would give by chance.

    Where they are most of a village, the village's own shares are theirs and would explain anything: then it is the
    other villages that say what chance does.
    """
    names = [question["name"] for question in questions]
    alike: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for row in rows:
        given = tuple(_frozen(row.answers.get(name)) for name in names)
        if len(given) - given.count(None) >= ANSWERED_LEAST:
            alike[given].append(row.key)
    several = {given: keys for given, keys in alike.items() if len(keys) >= SAME_LEAST}
    shares = _shares(questions, rows) if several else {}
    found = []
    for given, keys in several.items():
        if _at_least(len(keys), len(rows) * _chance(shares, given, len(rows))) < UNLIKELY:
            found.append(Found(Pattern.IDENTICAL, tuple(keys), f"{len(keys)} 份答卷每一题都一样"))
        elif len(keys) >= RUN_LEAST and 2 * len(keys) > len(rows):
            own = {row.key for row in rows}
            elsewhere = [row for row in everybody if row.key not in own]
            chance = _chance(_shares(questions, elsewhere), given, len(elsewhere))
            if _at_least(len(keys), len(rows) * chance) < UNLIKELY:
                words = f"{len(keys)} 份答卷每一题都一样，本村一共才 {len(rows)} 份"
                found.append(Found(Pattern.IDENTICAL, tuple(keys), words))
    return found


def _chance(shares: Mapping[str, Counter[Any]], given: Sequence[Any], people: int) -> float:
    """That one person gives just these answers, by the shares among so many; 0 where there is nobody."""
    return math.prod(share[value] / max(1, people) for share, value in zip(shares.values(), given, strict=True))


def _at_least(count: int, expected: float) -> float:
    """P(X >= count) of a Poisson variable."""
    term, below = math.exp(-expected), 0.0
    for n in range(count):
        below += term
        term *= expected / (n + 1)
    return max(0.0, 1.0 - below)


def one_hand(questions: Sequence[Mapping[str, Any]], rows: Sequence[Seen]) -> list[Found]:
    """Sheets that follow each other (by number, or by time at one desk) and differ in at most one question each."""
    by_hand: dict[tuple[bool, str], list[Seen]] = defaultdict(list)
    for row in rows:
        if row.sheet is not None or row.hand:
            by_hand[row.sheet is not None, row.hand].append(row)
    found = []
    for (paper, _), mine in by_hand.items():
        mine.sort(key=lambda row: (row.sheet or 0, row.at.timestamp() if row.at else 0.0, row.key))
        runs = [run for run in _runs(mine, lambda a, b: _nearly(questions, a, b)) if len(run) >= RUN_LEAST]
        near = _near(questions, rows) if runs else 1.0
        for run in runs:
            if len(rows) * near ** (len(run) - 1) < UNLIKELY:
                where = "编号相连" if paper else "先后交来"
                found.append(
                    Found(Pattern.ONE_HAND, tuple(row.key for row in run), f"{len(run)} 份{where}的答卷几乎一样")
                )
    return found


def _near(questions: Sequence[Mapping[str, Any]], rows: Sequence[Seen]) -> float:
    """That two people agree on all questions but at most one, by chance."""
    shares = _shares(questions, rows)
    agree = [sum((n / len(rows)) ** 2 for n in share.values()) for share in shares.values()]
    return math.prod(agree) * (1 + sum((1 - one) / one for one in agree))


def _nearly(questions: Sequence[Mapping[str, Any]], one: Seen, other: Seen) -> bool:
    if one.sheet is not None and other.sheet is not None and other.sheet - one.sheet > 2:
        return False
    both = [(one.answers.get(q["name"]), other.answers.get(q["name"])) for q in questions]
    if sum(a is not None or b is not None for a, b in both) < ANSWERED_LEAST:
        return False
    return sum(a != b for a, b in both) <= 1


def _runs(rows: Sequence[Seen], near: Any) -> Iterable[list[Seen]]:
    run = list(rows[:1])
    for before, row in pairwise(rows):
        if near(before, row):
            run.append(row)
        else:
            yield run
            run = [row]
    yield run


def straight(questions: Sequence[Mapping[str, Any]], rows: Sequence[Seen]) -> list[Found]:
    """Everything answered alike ("all satisfied") in a row of questions that have the same options, by more people than
    would by chance, or by most of the village: then its own shares explain nothing."""
    found = []
    batteries: dict[tuple[str, ...], list[Mapping[str, Any]]] = defaultdict(list)
    for question in questions:
        if question["kind"] in ("single", "scale"):
            batteries[tuple(option["name"] for option in question["options"])].append(question)
    for battery in batteries.values():
        if len(battery) < BATTERY_LEAST:
            continue
        names = labels(battery[0])
        alike: dict[str, list[int]] = defaultdict(list)
        for row in rows:
            given = [row.answers[question["name"]] for question in battery if question["name"] in row.answers]
            if len(given) >= BATTERY_LEAST and len(set(given)) == 1:
                alike[given[0]].append(row.key)
        found += [
            Found(Pattern.STRAIGHT, tuple(keys), f"{len(keys)} 份答卷的 {len(battery)} 道题全选“{names[option]}”")
            for option, keys in alike.items()
            if 2 * len(keys) > len(rows) or _at_least(len(keys), _straight_by_chance(battery, rows, option)) < UNLIKELY
        ]
    return found


def _straight_by_chance(battery: Sequence[Mapping[str, Any]], rows: Sequence[Seen], option: str) -> float:
    """How many of the rows would choose ``option`` throughout, did they answer each question for itself."""
    chance = 1.0
    for question in battery:
        given = [row.answers[question["name"]] for row in rows if question["name"] in row.answers]
        chance *= given.count(option) / max(1, len(given))
    return chance * len(rows)


def pace(questions: Sequence[Mapping[str, Any]], rows: Sequence[Seen]) -> list[Found]:
    """Filled in faster than anybody can read it out: from opening to sending, or one after the other at one desk."""
    quick = [row.key for row in rows if row.begun and row.at and _too_fast(questions, row, row.begun, row.at)]
    found = []
    if quick:
        found.append(Found(Pattern.PACE, tuple(quick), f"{len(quick)} 份答卷从打开到填完，平均每题不到 3 秒"))
    by_hand: dict[str, list[Seen]] = defaultdict(list)
    for row in rows:
        if row.hand and row.at and row.sheet is None and not row.begun:
            by_hand[row.hand].append(row)
    for mine in by_hand.values():
        mine.sort(key=lambda row: (row.at, row.key))
        for run in _runs(mine, lambda a, b: _too_fast(questions, b, a.at, b.at)):
            if len(run) >= SAME_LEAST:
                keys = tuple(row.key for row in run)
                found.append(Found(Pattern.PACE, keys, f"{len(run)} 份答卷一份接一份，间隔短得来不及问完"))
    return found


def _too_fast(questions: Sequence[Mapping[str, Any]], row: Seen, start: datetime, end: datetime) -> bool:
    answered = sum(question["name"] in row.answers for question in questions)
    return 0 <= (end - start).total_seconds() < SECONDS_A_QUESTION * answered
