"""Figures of a campaign: shares and means with their 95 % intervals, for one village or for all of them together.

Beside every figure stand the number of answers, the response rate, the channels and Kish's effective sample size.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from xiangli.core.errors import UserError
from xiangli.places.models import Place
from xiangli.surveys.choices import SampleKind
from xiangli.surveys.estimating import QuestionFigures, estimate
from xiangli.surveys.models import Campaign, Response, Sample
from xiangli.surveys.queries import channel_counts, effective, left_out, margins_of, responses_of, samples_of
from xiangli.surveys.weighing import Frame, Weighed, weigh_rows

if TYPE_CHECKING:
    from xiangli.surveys.statistics import Design

Answers = list[Mapping[str, Any]]


@dataclass(slots=True)
class Report:
    """What the estimates page shows. ``invited`` is None where nobody recorded how many were asked.

    ``left_out``: answers that a person left out after a second look.
    """

    answers: int
    invited: int | None
    channels: dict[str, int]
    sample: str
    effective: float
    left_out: int = 0
    margins: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    questions: list[QuestionFigures] = field(default_factory=list)

    @property
    def rate(self) -> float | None:
        """Response rate: answers on paper and by spreadsheet and all others, over those asked."""
        return self.answers / self.invited if self.invited else None


@dataclass(slots=True)
class Wave:
    """The answers of a campaign in some villages, weighed: what figures and changes are made of."""

    rows: Answers
    weighed: Weighed
    villages: list[Place]

    @property
    def design(self) -> "Design":
        return self.weighed.design


def frame_of(sample: Sample | None) -> Frame:
    if sample is None:
        return Frame()
    return Frame(sample.kind, sample.question, sample.sizes, sample.units)


def weighed_sample(campaign: Campaign, place: Place) -> tuple[list[Response], Weighed]:
    """The answers of a village and their weighted design, which the standard errors need beside the weights.

    Raises UserError where there are no answers.
    """
    responses = list(responses_of(campaign, place))
    if not responses:
        raise UserError(f"{place.name}还没有答卷，无法加权。")
    weighed = weigh_rows(
        campaign.definition, [effective(response) for response in responses], margins_of(place),
        population=place.population, frame=frame_of(samples_of(campaign, place).get(place.pk)),
    )  # fmt: skip
    return responses, weighed


def wave_of(campaign: Campaign, place: Place, only: Iterable[int] | None = None) -> Wave:
    """The answers of a village, or of all villages of a wider place (or those in ``only``), each weighed apart.

    A village with a single answer has no error and is left out, with a note. Raises UserError without answers, or
    with a single one.
    """
    keys = [key for key in channel_counts(campaign, place) if only is None or key in set(only)]
    if place.level in ("village", "group") or len(keys) < 2:
        target = place if place.level in ("village", "group") or not keys else Place.objects.get(pk=keys[0])
        responses, weighed = weighed_sample(campaign, target)
        if len(responses) < 2:
            raise UserError(f"{target.name}只有一份答卷，还算不出结果；再收几份就有了。")
        return Wave([effective(response) for response in responses], weighed, [target])
    return _stacked(campaign, list(Place.objects.filter(pk__in=keys).order_by("path")))


def _stacked(campaign: Campaign, villages: Sequence[Place]) -> Wave:
    from xiangli.surveys.statistics import stack

    rows: Answers = []
    notes: list[str] = []
    parts: list[Weighed] = []
    used: list[Place] = []
    for village in villages:
        responses, weighed = weighed_sample(campaign, village)
        if len(responses) < 2:
            notes.append(f"{village.name}只有一份答卷，没有并入合计")
            continue
        rows += [effective(response) for response in responses]
        notes += [f"{village.name}：{note}" for note in weighed.notes]
        parts.append(weighed)
        used.append(village)
    if not rows:
        raise UserError("答卷太少，还不能合计。")
    margins = set.intersection(*(set(part.margins) for part in parts))
    return Wave(rows, Weighed(stack([part.design for part in parts]), sorted(margins), notes), used)


def report(campaign: Campaign, place: Place) -> Report:
    """All figures of a village, or of all villages of a wider place as strata. Raises UserError without answers."""
    return report_of(campaign, place, wave_of(campaign, place))


def report_of(campaign: Campaign, place: Place, wave: Wave, *, only: Iterable[int] | None = None) -> Report:
    """The same from answers that have been weighed already. ``only``: villages (ids) that rate and channels cover."""
    counts = {key: n for key, n in channel_counts(campaign, place).items() if only is None or key in set(only)}
    samples = samples_of(campaign, place)
    channels: dict[str, int] = {}
    for by_channel in counts.values():
        for channel, n in by_channel.items():
            channels[channel] = channels.get(channel, 0) + n
    kinds = {samples[village].get_kind_display() if village in samples else SampleKind.OPEN.label for village in counts}
    invited = [samples[village].invited if village in samples else None for village in counts]
    weighed = wave.weighed
    return Report(
        answers=len(wave.rows), invited=None if None in invited else sum(n for n in invited if n), channels=channels,
        sample="、".join(sorted(kinds)), effective=weighed.effective, left_out=len(left_out(campaign, place)),
        margins=weighed.margins, notes=weighed.notes,
        questions=[estimate(question, wave.rows, wave.design) for question in campaign.definition["questions"]],
    )  # fmt: skip
