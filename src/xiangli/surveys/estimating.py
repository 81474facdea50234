"""Estimates of one question, and how they changed from wave to wave. Plain data; the arithmetic is the engine's."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from xiangli.core.errors import UserError
from xiangli.surveys.questionnaire import MARGINS, counted

if TYPE_CHECKING:
    import numpy as np

    from xiangli.surveys.statistics import Design, Estimate

    Floats = np.ndarray[Any, np.dtype[np.float64]]

MEAN = "平均"


@dataclass(frozen=True, slots=True)
class Figure:
    """One line: a share (0..1), or a mean where ``is_mean``. ``respondents``: answers that chose it (mean: all)."""

    label: str
    value: float
    low: float
    high: float
    respondents: int
    is_mean: bool = False
    option: str = ""
    found: "Estimate | None" = None

    @property
    def bar(self) -> dict[str, float]:
        """Per cents of a bar with its interval."""
        low, high = max(0.0, 100 * self.low), min(100.0, 100 * self.high)
        return {"percent": 100 * self.value, "low": low, "width": high - low}


@dataclass(frozen=True, slots=True)
class QuestionFigures:
    label: str
    kind: str
    answered: int
    lines: list[Figure]
    name: str = ""
    role: str = ""
    points: list[Figure] = field(default_factory=list)
    """Of a ranking: the mean points of each option, ``places`` for the first place, one for the last."""
    places: int = 0

    @property
    def heading(self) -> str:
        """What the lines are about."""
        return f"{self.label}（排第一的）" if self.kind == "ranking" else self.label

    @property
    def measure(self) -> str:
        """What the lines say."""
        return {"number": "平均", "ranking": "排第一"}.get(self.kind, "占比")


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a question in two waves. ``sure``: zero lies outside the interval of the change."""

    label: str
    before: Figure
    after: Figure
    value: float
    low: float
    high: float

    @property
    def is_mean(self) -> bool:
        return self.after.is_mean

    @property
    def sure(self) -> bool:
        return self.low > 0 or self.high < 0


def estimate(question: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], sample: "Design") -> QuestionFigures:
    """Shares of all options of a choice (several answers may add up to more than 1), or the mean of a number.

    Of a ranking: the shares that put an option first, and the points of each.
    """
    import numpy as np

    from xiangli.surveys.statistics import StatisticsError, mean, proportion

    given = [row.get(question["name"]) for row in rows]
    answered = sum(value is not None for value in given)
    lines: list[Figure] = []
    try:
        if answered and question["kind"] == "number":
            one = mean(sample, [np.nan if value is None else float(value) for value in given])
            lines.append(Figure(MEAN, one.value, one.low, one.high, one.respondents, is_mean=True, found=one))
        options = question["options"] if answered else []
        for option, column in zip(options, _chosen(question, given) if options else (), strict=True):
            one = proportion(sample, column)
            label, people = option["label"], int(np.nansum(column))
            lines.append(Figure(label, one.value, one.low, one.high, people, option=option["name"], found=one))
        points = _points(question, given, sample) if answered and question["kind"] == "ranking" else []
    except StatisticsError as error:
        raise UserError(f"{error}。") from None
    return QuestionFigures(
        question["label"], question["kind"], answered, lines, question["name"], question.get("role", ""), points,
        question.get("places", 0),
    )  # fmt: skip


def _chosen(question: Mapping[str, Any], given: Sequence[Any]) -> "Floats":
    """A row an option: 1 where it was chosen, 0 where not, nan where the question was not answered."""
    import numpy as np

    row_of = {option["name"]: row for row, option in enumerate(question["options"])}
    answered = np.array([value is not None for value in given], dtype=bool)
    table = np.zeros((len(row_of), len(given)))
    at = [
        (row_of[one], column) for column, value in enumerate(given) for one in counted(question, value) if one in row_of
    ]
    if at:
        table[tuple(np.array(at).T)] = 1.0
    table[:, ~answered] = np.nan
    return table


def _points(question: Mapping[str, Any], given: Sequence[Any], sample: "Design") -> list[Figure]:
    """Mean points of each option of a ranking, the most first; none for an option that was not ranked."""
    from xiangli.surveys.statistics import mean, ranks

    places = question["places"]
    options = {option["name"]: option["label"] for option in question["options"]}
    figures = []
    for option, at in ranks(given, list(options), places=places).items():
        one = mean(sample, at.score * places)
        ranked = sum(option in value for value in given if value is not None)
        figures.append(
            Figure(options[option], one.value, one.low, one.high, ranked, is_mean=True, option=option, found=one)
        )
    return sorted(figures, key=lambda figure: -figure.value)


def changes(before: Sequence[QuestionFigures], after: Sequence[QuestionFigures]) -> list[tuple[str, list[Change]]]:
    """(question, lines) for the questions and options that both waves asked (by name), with 95 % intervals.

    Assumed: two separate samples, so that the variances add up. Sex, age and group are left out: the weights set them.
    """
    from xiangli.surveys.statistics import change

    earlier = {question.name: {line.option: line for line in question.lines} for question in before}
    found = []
    for question in after:
        if question.role in MARGINS:
            continue
        lines = []
        for line in question.lines:
            was = earlier.get(question.name, {}).get(line.option)
            if was is None or was.found is None or line.found is None or was.is_mean != line.is_mean:
                continue
            moved = change(was.found, line.found)
            lines.append(Change(line.label, was, line, moved.value, moved.low, moved.high))
        if lines:
            found.append((question.heading, lines))
    return found


@dataclass(frozen=True, slots=True)
class Point:
    """One wave of a line chart, in the chart's own units: 0..100 from left to right, 0..40 from the top down.

    ``figure``: None where the wave did not ask, or may not show it.
    """

    wave: str
    figure: Figure | None
    x: float
    y: float = 0.0
    top: float = 0.0
    bottom: float = 0.0


@dataclass(frozen=True, slots=True)
class Course:
    """How one line went from wave to wave. ``paths``: points of SVG polylines, broken where a wave is missing.

    ``change``: last less first, where both are there.
    """

    label: str
    points: list[Point]
    paths: list[str]
    change: Change | None


@dataclass(frozen=True, slots=True)
class Courses:
    """The courses of one question, all on the same scale, which ends at ``top`` (a share)."""

    label: str
    top: float
    lines: list[Course]


def courses(waves: Sequence[tuple[str, Sequence[QuestionFigures]]]) -> list[Courses]:
    """The courses of all choices, for the options of the last wave; means have no scale of their own here."""
    found = []
    for question in waves[-1][1]:
        seen = {
            line.option: (line.label, [(name, _line(asked, question.name, line.option)) for name, asked in waves])
            for line in question.lines
            if not line.is_mean and question.role not in MARGINS
        }
        highest = max((one.high for _, row in seen.values() for _, one in row if one is not None), default=0.0)
        top = min(1.0, math.ceil(highest * 10 + 1e-9) / 10)
        lines = [_course(label, row, top) for label, row in seen.values()]
        if lines:
            found.append(Courses(question.heading, top, lines))
    return found


def _line(questions: Sequence[QuestionFigures], name: str, option: str) -> Figure | None:
    lines = (line for question in questions if question.name == name for line in question.lines)
    return next((line for line in lines if line.option == option), None)


def _course(label: str, seen: Sequence[tuple[str, Figure | None]], top: float) -> Course:
    def height(share: float) -> float:
        return round(40 - 40 * share / top, 2)

    points = []
    paths: list[list[str]] = [[]]
    for number, (wave, one) in enumerate(seen):
        x = round(100 / len(seen) * (number + 0.5), 2)
        if one is None:
            points.append(Point(wave, None, x))
            paths.append([])
        else:
            points.append(Point(wave, one, x, height(one.value), height(one.high), height(one.low)))
            paths[-1].append(f"{x},{height(one.value)}")
    lines = [" ".join(path) for path in paths if len(path) > 1]
    return Course(label, points, lines, _first_to_last(label, seen[0][1], seen[-1][1]))


def _first_to_last(label: str, first: Figure | None, last: Figure | None) -> Change | None:
    from xiangli.surveys.statistics import change

    if first is None or last is None or first is last or first.found is None or last.found is None:
        return None
    moved = change(first.found, last.found)
    return Change(label, first, last, moved.value, moved.low, moved.high)


def public_questions(unit: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The questions of a published unit as they are shown: shares in whole per cent, means with one decimal."""
    return [{**question, "lines": [_as_shown(line) for line in question["lines"]]} for question in unit["questions"]]


def _as_shown(line: Mapping[str, Any]) -> dict[str, Any]:
    if line["mean"]:
        ends = {"from": f"{line['low']:.1f}", "to": f"{line['high']:.1f}"}
        return {"label": line["label"], "mean": True, "people": line["people"], "shown": f"{line['value']:.1f}", **ends}
    low, high = round(100 * line["low"]), round(100 * line["high"])
    return {
        "label": line["label"], "mean": False, "people": line["people"], "about": line.get("about", False),
        "percent": round(100 * line["value"]), "low": low, "width": high - low, "from": low, "to": high,
    }  # fmt: skip


def public_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, list[Change]]]:
    """Changes between two published units, in whole per cent: a finer one would tell the shares more finely, too."""
    found = changes(*([_figures_of(question) for question in unit["questions"]] for unit in (before, after)))
    return [(label, [line if line.is_mean else _in_whole_points(line) for line in lines]) for label, lines in found]


def _in_whole_points(line: Change) -> Change:
    value = round(line.after.value, 2) - round(line.before.value, 2)
    return replace(line, value=value, low=math.floor(100 * line.low) / 100, high=math.ceil(100 * line.high) / 100)


def _figures_of(question: Mapping[str, Any]) -> QuestionFigures:
    from xiangli.surveys.statistics import Estimate

    lines = []
    for one in question["lines"]:
        found = Estimate(one["value"], one["se"], one["low"], one["high"], one["df"], one["people"], 0.0)
        figure = Figure(
            one["label"], one["value"], one["low"], one["high"], one["people"], one["mean"], one["option"], found
        )
        lines.append(figure)
    return QuestionFigures(question["label"], question["kind"], 0, lines, question["name"], question["role"])
