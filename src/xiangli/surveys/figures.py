"""Figures of a campaign: shares and means with their 95 % intervals, for one village or for all of them together.

Beside every figure stand the number of answers, the response rate, the channels and Kish's effective sample size.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from xiangli.core.errors import UserError
from xiangli.places.models import Place
from xiangli.surveys.choices import SampleKind
from xiangli.surveys.models import Campaign, Response
from xiangli.surveys.queries import channel_counts, effective, margins_of, responses_of, samples_of
from xiangli.surveys.weighing import Weighed, weigh_rows

if TYPE_CHECKING:
    from xiangli.surveys.statistics import Design


@dataclass(frozen=True, slots=True)
class Figure:
    """One line: a share (0..1), or a mean where ``is_mean``. ``respondents``: answers that chose it (mean: all)."""

    label: str
    value: float
    low: float
    high: float
    respondents: int
    is_mean: bool = False


@dataclass(frozen=True, slots=True)
class QuestionFigures:
    label: str
    kind: str
    answered: int
    lines: list[Figure]


@dataclass(slots=True)
class Report:
    """What the estimates page shows. ``invited`` is None where nobody recorded how many were asked."""

    answers: int
    invited: int | None
    channels: dict[str, int]
    sample: str
    effective: float
    margins: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    questions: list[QuestionFigures] = field(default_factory=list)

    @property
    def rate(self) -> float | None:
        """Response rate: answers on paper and by spreadsheet and all others, over those asked."""
        return self.answers / self.invited if self.invited else None


def weighed_sample(campaign: Campaign, place: Place) -> tuple[list[Response], Weighed]:
    """The answers of a village and their weighted design, which the standard errors need beside the weights.

    Raises UserError where there are no answers.
    """
    responses = list(responses_of(campaign, place))
    if not responses:
        raise UserError(f"{place.name}还没有答卷，无法加权。")
    sample = samples_of(campaign, place).get(place.pk)
    weighed = weigh_rows(
        campaign.definition, [effective(response) for response in responses], margins_of(place),
        population=place.population, census=sample is not None and sample.kind == SampleKind.CENSUS,
    )  # fmt: skip
    return responses, weighed


def report(campaign: Campaign, place: Place) -> Report:
    """All figures of a village, or of all villages of a wider place as strata. Raises UserError without answers."""
    counts = channel_counts(campaign, place)
    samples = samples_of(campaign, place)
    channels: dict[str, int] = {}
    for by_channel in counts.values():
        for channel, n in by_channel.items():
            channels[channel] = channels.get(channel, 0) + n
    kinds = {samples[village].get_kind_display() if village in samples else SampleKind.OPEN.label for village in counts}
    rows, weighed = _weighed(campaign, place, list(counts))
    invited = [samples[village].invited if village in samples else None for village in counts]
    return Report(
        answers=len(rows), invited=None if None in invited else sum(n for n in invited if n), channels=channels,
        sample="、".join(sorted(kinds)), effective=weighed.effective, margins=weighed.margins, notes=weighed.notes,
        questions=[estimate(question, rows, weighed.design) for question in campaign.definition["questions"]],
    )  # fmt: skip


def _weighed(campaign: Campaign, place: Place, villages: Sequence[int]) -> tuple[list[Mapping[str, Any]], Weighed]:
    if place.level in ("village", "group") or len(villages) < 2:
        target = place if place.level in ("village", "group") or not villages else Place.objects.get(pk=villages[0])
        responses, weighed = weighed_sample(campaign, target)
        return [effective(response) for response in responses], weighed
    return _stratified(campaign, list(Place.objects.filter(pk__in=villages)))


def _stratified(campaign: Campaign, villages: Sequence[Place]) -> tuple[list[Mapping[str, Any]], Weighed]:
    """Each village is a stratum with its own raked weights; one with a single answer has no error and is left out."""
    from xiangli.surveys.statistics import design

    rows: list[Mapping[str, Any]] = []
    weights: list[float] = []
    strata: list[str] = []
    population: dict[str, float] = {}
    notes: list[str] = []
    margins: set[str] | None = None
    for village in villages:
        responses, weighed = weighed_sample(campaign, village)
        if len(responses) < 2:
            notes.append(f"{village.name}只有一份答卷，没有并入合计")
            continue
        rows += [effective(response) for response in responses]
        weights += weighed.design.weights.tolist()
        strata += [village.path] * len(responses)
        population[village.path] = float(weighed.design.population[0])
        margins = set(weighed.margins) if margins is None else margins & set(weighed.margins)
        notes += [f"{village.name}：{note}" for note in weighed.notes]
    if not rows:
        raise UserError("答卷太少，还不能合计。")
    whole = design(weights=weights, rows=len(rows), strata=strata, population=population, kind="stratified")
    return rows, Weighed(whole, sorted(margins or ()), notes)


def estimate(question: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], sample: "Design") -> QuestionFigures:
    """Shares of all options of a choice (several answers may add up to more than 1), or the mean of a number."""
    import numpy as np

    from xiangli.surveys.statistics import StatisticsError, mean, proportion

    given = [row.get(question["name"]) for row in rows]
    answered = sum(value is not None for value in given)
    lines: list[Figure] = []
    if answered and question["kind"] == "number":
        found = mean(sample, [np.nan if value is None else float(value) for value in given])
        lines.append(Figure("平均", found.value, found.low, found.high, found.respondents, is_mean=True))
    for option in question["options"] if answered else ():
        chosen = np.array([np.nan if value is None else float(_chose(value, option["name"])) for value in given])
        try:
            share = proportion(sample, chosen)
        except StatisticsError as error:
            raise UserError(str(error)) from None
        lines.append(Figure(option["label"], share.value, share.low, share.high, int(np.nansum(chosen))))
    return QuestionFigures(question["label"], question["kind"], answered, lines)


def _chose(value: Any, option: str) -> bool:
    return option in value if isinstance(value, list) else value == option
