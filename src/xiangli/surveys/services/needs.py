"""Needs: derived from the weighed answers village by village, and published where the town or county says so."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from xiangli.audit.services import record
from xiangli.core.errors import UserError
from xiangli.places.models import Place, Service
from xiangli.places.queries import villages
from xiangli.surveys.counted import Counted, how_many, state_of_figures
from xiangli.surveys.figures import weighed_samples
from xiangli.surveys.models import Campaign, Code, Coding, Need, NeedsList, PublishedFigures
from xiangli.surveys.publishing import Earlier, public_content
from xiangli.surveys.queries import channel_counts, published_figures, samples_of
from xiangli.surveys.questionnaire import by_role
from xiangli.surveys.trust_queries import code_book, codes_by_response, last_changes, moved_since
from xiangli.surveys.villages import address_of
from xiangli.surveys.wishes import Derived, Line, Wish, derive

K = 5
"""Fewer respondents than this are never published (RULES P6)."""

WRITTEN = "（写下的）"
"""Stands behind a wish that was written, not ticked: it has a count of its own, never added to that of an option."""


def derive_needs(*, by: Any, campaign: Campaign, place: Place, at: datetime | None = None, k: int = K) -> list[Need]:
    """Derive the needs list of every village of ``place`` that has answers; a village's newest list is the current one.

    Returns the lines for planning (see ``queries.needs_of``). Raises UserError where there are no answers at all.
    What is worked out takes half a minute for a county and holds nobody up: only keeping it is one transaction.
    """
    at = at or timezone.now()
    codes, book = codes_by_response(campaign, place), {code.pk: _wish(code) for code in code_book(campaign, place)}
    if not by_role(campaign.definition, "need") and not codes:
        raise UserError("问卷里没有问需求的题，也没有归类写下的话，得不出需求清单；各题的结果照样可以看。")
    counts = channel_counts(campaign, place)
    here = [place] if place.level in ("village", "group") else villages(place)
    asked = weighed_samples(campaign, place, {village.pk for village in here if village.pk in counts})
    if not asked:
        raise UserError(f"{place.name}还没有答卷，得不出需求清单。")
    services = {service.key: service for service in Service.everywhere.filter(county_id=campaign.county_id)}
    minutes = {key: service.session_minutes for key, service in services.items()}
    found = [
        derive(
            campaign.definition, one.answers, one.weighed.design, minutes, k=k, coded=_coded(one.rows, codes, book)
        )
        for one in asked
    ]  # fmt: skip
    samples = samples_of(campaign, place)
    lists = [
        NeedsList(
            county_id=campaign.county_id, campaign=campaign, place=one.village, responses=derived.answered,
            invited=samples[one.village.pk].invited if one.village.pk in samples else None,
            effective=one.weighed.effective, channels=counts[one.village.pk], weighted_to=one.weighed.margins,
            published=_public(derived), grouped=derived.grouped, hidden_below=k, derived_at=at,
        )
        for one, derived in zip(asked, found, strict=True)
    ]  # fmt: skip
    with transaction.atomic():
        needs = _keep_lists(lists, found, services)
        record("surveys.needs_derived", campaign, by=by, place=place, villages=len(asked), needs=len(needs))
    return [need for need in needs if need.group or not need.list.grouped]


def _keep_lists(
    lists: list[NeedsList], found: Iterable[Derived], services: Mapping[str, Service]
) -> list[Need]:  # fmt: skip
    """In place of the lists that these villages had."""
    villages = [one.place_id for one in lists]
    list(Place.objects.select_for_update().filter(pk__in=villages).order_by("pk").values_list("pk"))  # one at a time
    NeedsList.everywhere.filter(place__in=villages, current=True).update(current=False)
    NeedsList.everywhere.bulk_create(lists)
    needs = [_need(one, line, services) for one, derived in zip(lists, found, strict=True) for line in derived.lines]
    Need.everywhere.bulk_create(needs, batch_size=400)
    return needs


def _wish(code: Code) -> Wish:
    return Wish(f"code/{code.pk}", f"{code.label}{WRITTEN}", code.service.key if code.service else "")


def _coded(
    rows: Iterable[Counted], codes: Mapping[int, list[int]], book: Mapping[int, Wish]
) -> list[list[Wish] | None]:
    """For each answer the wishes found in its written words. Nobody has read them: None."""
    return [[book[code] for code in codes[row.pk]] if row.pk in codes else None for row in rows]


def _need(needs_list: NeedsList, line: Line, services: Mapping[str, Service]) -> Need:
    return Need(
        county_id=needs_list.county_id, list=needs_list, place=needs_list.place, campaign=needs_list.campaign,
        service=services.get(line.wish.service), label=line.wish.label, group=line.group, band=line.band,
        strength=line.strength, low=min(line.low, line.strength), high=max(line.high, line.strength),
        people=line.people, person_hours=line.hours, hidden=line.hidden,
    )  # fmt: skip


def _public(derived: Derived) -> list[dict[str, Any]]:
    """What may be shown, as it will be shown: shares in whole per cent, so that no count can be computed from them."""
    from xiangli.surveys.statistics import to_step

    return [
        {
            "key": line.wish.key, "label": line.wish.label, "service": line.wish.service, "group": line.group,
            "people": to_step(line.people, line.step), "step": line.step,
            "percent": round(100 * line.strength), "low": round(100 * line.low), "high": round(100 * line.high),
        }
        for line in derived.public
    ]  # fmt: skip


def publish_needs(*, by: Any, lists: Iterable[NeedsList], at: datetime) -> int:
    """Make needs lists public (only what ``published`` holds), and with them the figures of their campaigns.

    Both are closed against each other first: what the town's total would give away of a village disappears from the
    village's list too. Returns how many lists were newly published.
    """
    fresh: dict[int, list[NeedsList]] = {}
    for needs_list in lists:
        if needs_list.published_at is None:
            fresh.setdefault(needs_list.campaign_id, []).append(needs_list)
    for several in fresh.values():
        _publish(several, by=by, at=at)
    return sum(map(len, fresh.values()))


def publish_figures(*, by: Any, campaign: Campaign, at: datetime, k: int = K) -> int:
    """Make the figures of a campaign without needs lists public. Returns how many villages are in them."""
    if NeedsList.objects.within(campaign.place).filter(campaign=campaign, current=True).exists():
        raise UserError("这份问卷有需求清单，请公布清单，结果会一起公布。")
    standing = _standing(campaign)
    asked = Place.objects.filter(pk__in=channel_counts(campaign, campaign.place)).order_by("path")
    asked = asked.select_related("parent")
    content, _ = public_content(campaign, list(asked), [], k=k, earlier=_earlier(campaign, asked, k))
    if not content["units"]:
        raise UserError(f"每个村都不到 {k} 份答卷，还不能公布。")
    with transaction.atomic():
        _refuse_overtaken(campaign, standing)
        _keep_figures(campaign, content, k, by=by, at=at)
    return sum(bool(unit["slug"]) for unit in content["units"])


def _standing(campaign: Campaign) -> list[Any]:
    """What a page rests on. Working it out takes a minute for a county, in which others go on answering and coding;
    the page is kept only if this is still the same then."""
    codings = Coding.objects.within(campaign.place).filter(response__campaign=campaign)
    lists = NeedsList.objects.within(campaign.place).filter(campaign=campaign, current=True).order_by("pk")
    before = published_figures(campaign)
    return [
        state_of_figures(campaign, campaign.place),
        how_many(codings),
        list(lists.values_list("pk", "published_at")),
        before.pk if before else None,
    ]


def _refuse_overtaken(campaign: Campaign, standing: list[Any]) -> None:
    """One publishes at a time, and what was worked out still holds."""
    Campaign.everywhere.select_for_update().get(pk=campaign.pk)
    if _standing(campaign) != standing:
        raise UserError("正在算的时候又来了新的答卷、更正或归类，或者别人刚公布过。没有公布；请看一下再按。")


def _keep_figures(campaign: Campaign, content: dict[str, Any], k: int, *, by: Any, at: datetime) -> None:
    figures = PublishedFigures.everywhere.create(
        county_id=campaign.county_id, campaign=campaign, place=campaign.place, content=content, hidden_below=k,
        by=by if getattr(by, "is_authenticated", False) else None, at=at,
    )  # fmt: skip
    record("surveys.figures_published", figures, by=by, units=len(content["units"]))


def _publish(fresh: list[NeedsList], *, by: Any, at: datetime) -> None:
    campaign = fresh[0].campaign
    standing = _standing(campaign)
    lists = NeedsList.objects.within(campaign.place).filter(campaign=campaign, current=True)
    everything = list(lists.select_related("place__parent").order_by("place__path"))
    public = {one.pk for one in fresh} | {one.pk for one in everything if one.published_at}
    shown = [one for one in everything if one.pk in public]
    _refuse_moved(campaign, shown)
    k = max(one.hidden_below for one in shown)
    places = [one.place for one in shown]
    content, closed = public_content(campaign, places, shown, k=k, earlier=_earlier(campaign, places, k))
    with transaction.atomic():
        _refuse_overtaken(campaign, standing)
        _keep_figures(campaign, content, k, by=by, at=at)
        for one in shown:
            one.published = [line for line in one.published if (one.place_id, line.get("key")) not in closed]
            if one.published_at is None:
                one.published_at = at
                record("surveys.needs_published", one, by=by)
            one.save(update_fields=["published", "published_at"])


def _earlier(campaign: Campaign, places: Iterable[Place], k: int) -> Earlier | None:
    """The page before, if any. Whoever kept it can subtract it: what moved since must be that of k people at least."""
    before = published_figures(campaign)
    if before is None:
        return None
    shown = {unit["slug"] for unit in before.content["units"]}
    news = moved_since(campaign, campaign.place, before.at)
    named = {address_of(campaign.place, place): place for place in places}
    moved = {name: news.get(place.pk, 0) for name, place in named.items() if name in shown}
    for name, n in moved.items():
        if 0 < n < k:
            raise UserError(
                f"{named[name].name}上次公布（{timezone.localtime(before.at):%Y-%m-%d}）以后"
                f"只有 {n} 份新的或改过的答卷："
                f"现在再公布，两次一比就看得出这几个人怎么答的。满 {k} 份再公布。"
            )
    return Earlier(before.content, {name: named[name].pk for name, n in moved.items() if not n})


def _refuse_moved(campaign: Campaign, lists: Iterable[NeedsList]) -> None:
    """Lists and figures must rest on the same answers, or the difference of the two would be somebody's answer."""
    counts = channel_counts(campaign, campaign.place)
    changed = last_changes(campaign, campaign.place)
    for one in lists:
        last = changed.get(one.place_id)
        if counts.get(one.place_id, {}) != one.channels or (last is not None and last > one.derived_at):
            raise UserError(f"{one.place.name}在得出需求以后又有新的答卷、更正或归类，请先重新得出需求，再公布。")
