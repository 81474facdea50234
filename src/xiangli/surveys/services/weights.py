"""Weights: how many people of the village each answer speaks for."""

from typing import Any

from django.db import transaction

from xiangli.audit.services import record
from xiangli.places.models import Place
from xiangli.surveys.figures import Sampled, weighed_sample, weighed_samples
from xiangli.surveys.models import Campaign, Response
from xiangli.surveys.weighing import Weighed


@transaction.atomic
def weigh(*, by: Any, campaign: Campaign, place: Place) -> Weighed:
    """Weigh the answers of one village to its population; stores ``Response.weight``.

    What could not be met (a category nobody answered, a dimension without counts) is in the result's notes.
    Raises UserError where there are no answers.
    """
    return _keep(weighed_sample(campaign, place), campaign=campaign, by=by)


def weigh_all(*, by: Any, campaign: Campaign) -> list[Sampled]:
    """The same for every village of a campaign that has answers; all of them or none."""
    samples = weighed_samples(campaign, campaign.place)  # before the transaction: others go on answering meanwhile
    with transaction.atomic():
        for one in samples:
            _keep(one, campaign=campaign, by=by)
    return samples


def _keep(sample: Sampled, *, campaign: Campaign, by: Any) -> Weighed:
    weighed = sample.weighed
    alike: dict[float, list[int]] = {}  # answers that agree on every margin weigh the same: a few dozen updates
    for row, weight in zip(sample.rows, weighed.design.weights.tolist(), strict=True):
        alike.setdefault(weight, []).append(row.pk)
    for weight, keys in alike.items():
        Response.everywhere.filter(pk__in=keys).update(weight=weight)  # their place was asked for when they were read
    record(
        "surveys.weighed", campaign, by=by, place=sample.village, answers=len(sample.rows), margins=weighed.margins,
        effective=round(weighed.effective, 2), notes=weighed.notes,
    )  # fmt: skip
    return weighed
