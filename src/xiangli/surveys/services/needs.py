"""Needs: derived from the weighed answers village by village, and published where the town or county says so."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from xiangli.audit.services import record
from xiangli.core.errors import UserError
from xiangli.places.models import Place, Service
from xiangli.places.queries import villages
from xiangli.surveys.figures import weighed_sample
from xiangli.surveys.models import Campaign, Need, NeedsList
from xiangli.surveys.queries import channel_counts, effective, samples_of
from xiangli.surveys.questionnaire import by_role
from xiangli.surveys.wishes import Derived, Line, derive

K = 5
"""Fewer respondents than this are never published (RULES P6)."""


@transaction.atomic
def derive_needs(*, by: Any, campaign: Campaign, place: Place, at: datetime | None = None, k: int = K) -> list[Need]:
    """Derive the needs list of every village of ``place`` that has answers; a village's newest list is the current one.

    Returns the lines for planning (see ``queries.needs_of``). Raises UserError where there are no answers at all.
    """
    at = at or timezone.now()
    if not by_role(campaign.definition, "need"):
        raise UserError("问卷里没有问需求的题，得不出需求清单；各题的结果照样可以看。")
    counts = channel_counts(campaign, place)
    asked = [village for village in ([place] if place.level == "village" else villages(place)) if village.pk in counts]
    if not asked:
        raise UserError(f"{place.name}还没有答卷，得不出需求清单。")
    services = {service.key: service for service in Service.everywhere.filter(county_id=campaign.county_id)}
    samples = samples_of(campaign, place)
    needs: list[Need] = []
    for village in asked:
        responses, weighed = weighed_sample(campaign, village)
        minutes = {key: service.session_minutes for key, service in services.items()}
        derived = derive(campaign.definition, [effective(r) for r in responses], weighed.design, minutes, k=k)
        NeedsList.objects.within(village).filter(current=True, place=village).update(current=False)
        needs_list = NeedsList.everywhere.create(
            county_id=campaign.county_id, campaign=campaign, place=village, responses=derived.answered,
            invited=samples[village.pk].invited if village.pk in samples else None, effective=weighed.effective,
            channels=counts[village.pk], weighted_to=weighed.margins, published=_public(derived),
            grouped=derived.grouped, hidden_below=k, derived_at=at,
        )  # fmt: skip
        needs += [_need(needs_list, line, services) for line in derived.lines]
    Need.everywhere.bulk_create(needs, batch_size=400)
    record("surveys.needs_derived", campaign, by=by, place=place, villages=len(asked), needs=len(needs))
    return [need for need in needs if need.group or not need.list.grouped]


def _need(needs_list: NeedsList, line: Line, services: dict[str, Service]) -> Need:
    return Need(
        county_id=needs_list.county_id, list=needs_list, place=needs_list.place, campaign=needs_list.campaign,
        service=services.get(line.wish.service), label=line.wish.label, group=line.group, band=line.band,
        strength=line.strength, low=min(line.low, line.strength), high=max(line.high, line.strength),
        people=line.people, person_hours=line.hours, hidden=line.hidden,
    )  # fmt: skip


def _public(derived: Derived) -> list[dict[str, Any]]:
    """What may be shown, as it will be shown: shares in whole per cent, so that no count can be computed from them."""
    return [
        {
            "label": line.wish.label, "service": line.wish.service, "group": line.group, "people": line.people,
            "percent": round(100 * line.strength), "low": round(100 * line.low), "high": round(100 * line.high),
        }
        for line in derived.public
    ]  # fmt: skip


@transaction.atomic
def publish_needs(*, by: Any, lists: Iterable[NeedsList], at: datetime) -> int:
    """Make needs lists public (only what ``published`` holds). Returns how many were newly published."""
    count = 0
    for needs_list in lists:
        if needs_list.published_at is None:
            needs_list.published_at = at
            needs_list.save(update_fields=["published_at"])
            record("surveys.needs_published", needs_list, by=by)
            count += 1
    return count
