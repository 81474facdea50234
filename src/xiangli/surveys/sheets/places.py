"""A ranking question on paper: a grid with a column for each place, each a single choice of its own.

The columns stand in layout.json as ordinary questions, so that whoever reads it needs to know nothing of ranking.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .states import MARKED, REVIEW

if TYPE_CHECKING:
    from .bubbles import BubbleReading

BEFORE_PLACE = "#"
PLACES = ("第一", "第二", "第三", "第四", "第五", "第六", "第七", "第八", "第九", "第十")
PLACES_EN = ("1st", "2nd", "3rd", "4th", "5th", "6th", "7th", "8th", "9th", "10th")


def place_names(question: Mapping[str, Any]) -> list[str]:
    """What the columns of a ranking question are called: needs#1, needs#2 …"""
    return [f"{question['name']}{BEFORE_PLACE}{place}" for place in range(1, question["places"] + 1)]


def as_printed(questions: Iterable[Mapping[str, Any]], words: Sequence[str] = PLACES) -> list[dict[str, Any]]:
    """The questions with each ranking replaced by its columns. ``words``: what the places are called."""
    printed: list[dict[str, Any]] = []
    for question in questions:
        if question["kind"] != "ranking":
            printed.append(dict(question))
            continue
        for name, word in zip(place_names(question), words, strict=False):
            column = {"name": name, "kind": "single", "label": f"{question['label']}（{word}）"}
            printed.append({**question, **column, "ranking": question["name"]})
    return printed


def put_together(questions: Iterable[Mapping[str, Any]], marks: Mapping[str, Sequence[str]]) -> dict[str, list[Any]]:
    """Marks by question with the columns of each ranking as one answer: for each place what was marked there."""
    together: dict[str, list[Any]] = {name: list(options) for name, options in marks.items()}
    for question in questions:
        if question["kind"] == "ranking":
            columns = [together.pop(name, []) for name in place_names(question)]
            if any(columns):
                together[question["name"]] = columns
    return together


def compare_places(bubbles: Iterable[BubbleReading], rankings: Mapping[str, str]) -> None:
    """Send to review what cannot be right together: one option in two places.

    ``rankings``: column -> the ranking that it belongs to.
    """
    given: dict[tuple[str, str], list[BubbleReading]] = {}
    for bubble in bubbles:
        if bubble.question in rankings and bubble.state == MARKED:
            given.setdefault((rankings[bubble.question], bubble.option), []).append(bubble)
    for twice in given.values():
        for bubble in twice if len(twice) > 1 else ():
            bubble.state, bubble.reason = REVIEW, "同一项排了两次"
