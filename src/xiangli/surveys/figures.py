"""Figures of a campaign: shares and means with their 95 % intervals, for one village or for all of them together.

Beside every figure stand the number of answers, the response rate, the channels and Kish's effective sample size.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from xiangli.core.errors import UserError
from xiangli.places.models import Place
from xiangli.surveys.choices import SampleKind
from xiangli.surveys.counted import Counted, computed_once, counted_answers, state_of_figures
from xiangli.surveys.estimating import QuestionFigures, estimate
from xiangli.surveys.models import Campaign, Sample
from xiangli.surveys.queries import channel_counts, left_out, margins_by_place, samples_of
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


@dataclass(frozen=True, slots=True)
class Sampled:
    """The answers of one village that count, and their weighted design, which errors need beside the weights."""

    village: Place
    rows: list[Counted]
    weighed: Weighed

    @property
    def answers(self) -> Answers:
        return [row.answers for row in self.rows]


def weighed_samples(campaign: Campaign, place: Place, only: Iterable[int] | None = None) -> list[Sampled]:
    """The answers of each village at or below a place that has any (of those in ``only``), each weighed apart."""
    found = counted_answers(campaign, place)
    if found and place.level in ("village", "group"):
        found = {place.pk: sorted((row for rows in found.values() for row in rows), key=lambda row: row.pk)}
    wanted = found.keys() if only is None else found.keys() & set(only)
    villages = Place.objects.filter(pk__in=wanted).order_by("path")
    margins, samples = margins_by_place(wanted), samples_of(campaign, place)
    return [
        Sampled(
            village, found[village.pk],
            weigh_rows(
                campaign.definition, [row.answers for row in found[village.pk]], margins.get(village.pk, {}),
                population=village.population, frame=frame_of(samples.get(village.pk)),
            ),
        )
        for village in villages
    ]  # fmt: skip


def weighed_sample(campaign: Campaign, village: Place) -> Sampled:
    """The answers of one village. Raises UserError where there are none."""
    found = weighed_samples(campaign, village)
    if not found:
        raise UserError(f"{village.name}还没有答卷，无法加权。")
    return found[0]


def wave_of(samples: Sequence[Sampled], place: Place) -> Wave:
    """The answers of a village, or of several as one.

    Of several, a village with a single answer has no error and is left out, with a note. Raises UserError without
    answers, or with a single one.
    """
    if not samples:
        raise UserError(f"{place.name}还没有答卷，无法加权。")
    if len(samples) > 1:
        return _stacked(samples)
    one = samples[0]
    if len(one.rows) < 2:
        raise UserError(f"{one.village.name}只有一份答卷，还算不出结果；再收几份就有了。")
    return Wave(one.answers, one.weighed, [one.village])


def _stacked(samples: Sequence[Sampled]) -> Wave:
    from xiangli.surveys.statistics import stack

    used = [one for one in samples if len(one.rows) > 1]
    notes = []
    for one in samples:
        if len(one.rows) < 2:
            notes.append(f"{one.village.name}只有一份答卷，没有并入合计")
        else:
            notes += [f"{one.village.name}：{note}" for note in one.weighed.notes]
    if not used:
        raise UserError("答卷太少，还不能合计。")
    margins = set.intersection(*(set(one.weighed.margins) for one in used))
    design = stack([one.weighed.design for one in used])
    rows = [answers for one in used for answers in one.answers]
    return Wave(rows, Weighed(design, sorted(margins), notes), [one.village for one in used])


def report(campaign: Campaign, place: Place) -> Report:
    """All figures of a village, or of all villages of a wider place as strata. Raises UserError without answers.

    Those of a wider place are kept until something moves: of 60,000 answers they take seconds.
    """

    def compute() -> Report:
        return report_of(campaign, place, wave_of(weighed_samples(campaign, place), place))

    if place.level in ("village", "group"):
        return compute()
    found: Report = computed_once(
        f"surveys:report:{campaign.pk}:{place.pk}", state_of_figures(campaign, place), compute
    )
    return found


def report_of(campaign: Campaign, place: Place, wave: Wave) -> Report:
    """The same from answers that have been weighed already."""
    counts = channel_counts(campaign, place)
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
