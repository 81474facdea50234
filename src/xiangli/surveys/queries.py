"""Reads of this room that are used more than once."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404

from xiangli.accounts.queries import places_of, within_places
from xiangli.core.errors import UserError
from xiangli.places.models import Place, PopulationCount
from xiangli.surveys.choices import BatchState
from xiangli.surveys.models import (
    Campaign,
    Correction,
    DoubtfulMark,
    Need,
    NeedsList,
    PrintRun,
    PublishedFigures,
    Response,
    Ruling,
    Sample,
    ScanBatch,
    SheetReading,
    WrittenText,
)
from xiangli.surveys.rules import ASKERS, READERS

PATIENCE = timedelta(minutes=2)
"""How long a pile of scans may be silent before it is taken to have been left behind."""


def campaigns_for(user: Any) -> QuerySet[Campaign]:
    """The campaigns that reach into a place of this member of staff: put there, above it, or below it."""
    condition = within_places(user, "place__", *READERS)
    for place in places_of(user, *READERS):
        above = [int(part) for part in place.path.strip("/").split("/")]
        condition |= Q(place__in=above)
    return Campaign.everywhere.filter(condition).select_related("place")


def published_figures(campaign: Campaign) -> PublishedFigures | None:
    """The figures on view, or None where none were published."""
    return PublishedFigures.everywhere.filter(campaign=campaign).first()


def published_waves(campaign: Campaign) -> list[PublishedFigures]:
    """The published figures of other campaigns of the same place, the newest of each."""
    rows = PublishedFigures.everywhere.filter(place=campaign.place).exclude(campaign=campaign)
    newest: dict[int, PublishedFigures] = {}
    for row in rows.select_related("campaign"):
        newest.setdefault(row.campaign_id, row)
    return list(newest.values())


def waves_of(user: Any, campaign: Campaign) -> QuerySet[Campaign]:
    """Other campaigns that this one can be compared with: those of this person that reach the same villages."""
    near = Q(place__path__startswith=campaign.place.path)
    above = [int(part) for part in campaign.place.path.strip("/").split("/")]
    return campaigns_for(user).filter(near | Q(place__in=above)).exclude(pk=campaign.pk).distinct()


def campaign_for(user: Any, pk: int) -> Campaign:
    """One of those, else 404."""
    campaign = campaigns_for(user).filter(pk=pk).first()
    if campaign is None:
        raise Http404
    return campaign


def villages_for(user: Any, campaign: Campaign) -> QuerySet[Place]:
    """The villages of a campaign that this member of staff works for."""
    mine = within_places(user, "", *READERS)
    rows = Place.objects.filter(mine, path__startswith=campaign.place.path, level="village", is_open=True)
    return rows.select_related("parent")


def campaign_by_public_id(public_id: str) -> Campaign:
    """The campaign behind a public address, else 404."""
    campaign = Campaign.everywhere.select_related("place__county").filter(public_id=public_id).first()
    if campaign is None:
        raise Http404
    return campaign


def all_responses(campaign: Campaign, place: Place) -> QuerySet[Response]:
    """Every answer of a place, left out or not, with its corrections at hand (``effective`` puts the two together)."""
    rows = Response.objects.within(place).filter(campaign=campaign).order_by("pk")
    return rows.prefetch_related(Prefetch("corrections", Correction.everywhere.order_by("pk")))


def responses_of(campaign: Campaign, place: Place) -> QuerySet[Response]:
    """The answers that count: all but those that a person left out after a second look."""
    return all_responses(campaign, place).exclude(pk__in=left_out(campaign, place))


def left_out(campaign: Campaign, place: Place) -> list[int]:
    """Answers (ids) that do not count: of some kind of pattern the last person who looked said so."""
    rows = Ruling.objects.within(place).filter(response__campaign=campaign).order_by("pk")
    last = {
        (response, kind): counts for response, kind, counts in rows.values_list("response", "look__pattern", "counts")
    }
    return sorted({response for (response, _), counts in last.items() if not counts})


def effective(response: Response) -> Mapping[str, Any]:
    """A person's answers with all later corrections; the sealed row itself stays as it came in."""
    return corrected(response.answers, [correction.changes for correction in response.corrections.all()])


def corrected(sealed: Mapping[str, Any], changes: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Sealed answers with the changes of corrections, the oldest first; None takes an answer away."""
    answers = sealed
    for one in changes:
        answers = {name: value for name, value in {**answers, **one}.items() if value is not None}
    return answers


def margins_of(place: Place) -> dict[str, dict[str, int]]:
    """The village's population by dimension and category."""
    return margins_by_place([place.pk]).get(place.pk, {})


def margins_by_place(places: Iterable[int]) -> dict[int, dict[str, dict[str, int]]]:
    """The same of many villages, by id."""
    margins: dict[int, dict[str, dict[str, int]]] = {}
    rows = PopulationCount.everywhere.filter(place__in=places).order_by("pk")
    for place, dimension, category, count in rows.values_list("place", "dimension", "category", "count"):
        margins.setdefault(place, {}).setdefault(dimension, {})[category] = count
    return margins


def channel_counts(campaign: Campaign, place: Place) -> dict[int, dict[str, int]]:
    """Answers that count by village (id) and channel."""
    counts: dict[int, dict[str, int]] = {}
    rows = Response.objects.within(place).filter(campaign=campaign).exclude(pk__in=left_out(campaign, place)).order_by()
    for village, channel, n in rows.values_list("place", "channel").annotate(n=Count("pk")):
        counts.setdefault(village, {})[channel] = n
    return counts


def asked_apart(before: Campaign, after: Campaign, place: Place) -> list[tuple[str, str]]:
    """(title, villages) of each of two waves whose villages the other one did not ask: what changed may be that.

    Raises UserError where no village answered in both.
    """
    one, other = (set(channel_counts(campaign, place)) for campaign in (before, after))
    if one and other and not one & other:
        raise UserError("两次没有一个村是都问过的，比不出变化。")
    names = dict(Place.objects.filter(pk__in=one ^ other).order_by("path").values_list("pk", "name"))
    lone = [(before.title, one - other), (after.title, other - one)]
    return [(title, "、".join(name for key, name in names.items() if key in keys)) for title, keys in lone if keys]


def samples_of(campaign: Campaign, place: Place) -> dict[int, Sample]:
    """How the people asked were chosen, by village (id)."""
    return {sample.place_id: sample for sample in Sample.objects.within(place).filter(campaign=campaign)}


def layouts_of(campaigns: Iterable[int]) -> dict[tuple[int, int], dict[str, Any]]:
    """The printed layouts of some campaigns by (campaign, version): what a sheet asked, and where its boxes stand."""
    runs = PrintRun.everywhere.filter(campaign__in=campaigns).order_by("pk")
    return {(run.campaign_id, run.version): run.layout for run in runs}


def waiting_sheets(campaign: Campaign, place: Place) -> QuerySet[Any]:
    """Sheets that were read and do not count yet; ``open_doubts`` says whether something is left to decide."""
    doubts = DoubtfulMark.everywhere.filter(reading=OuterRef("pk"), marked=None)
    rows = SheetReading.objects.within(place).filter(campaign=campaign, response=None, set_aside="")
    return rows.annotate(open_doubts=Exists(doubts))


def open_doubts(campaign: Campaign, place: Place) -> QuerySet[DoubtfulMark]:
    """The review queue: boxes that a person has to look at, oldest first."""
    rows = DoubtfulMark.objects.within(place).filter(reading__campaign=campaign, marked=None)
    return rows.select_related("reading__place").order_by("pk")


def open_words(campaign: Campaign, places: Any) -> QuerySet[WrittenText]:
    """What was written by hand and nobody has typed in yet, oldest first."""
    return words_of(campaign, places).filter(typed_at=None)


def words_of(campaign: Campaign, places: Any) -> QuerySet[WrittenText]:
    """All that was written by hand on the sheets of these villages."""
    rows = WrittenText.objects.within(campaign.place).filter(reading__campaign=campaign, reading__place__in=places)
    return rows.select_related("reading__place").order_by("pk")


def same_files(campaign: Campaign, digests: Iterable[str]) -> dict[str, tuple[str, ScanBatch]]:
    """Which of these files (SHA-256) were handed in before: digest -> (its name then, its batch)."""
    wanted = set(digests)
    found: dict[str, tuple[str, ScanBatch]] = {}
    rows = ScanBatch.objects.within(campaign.place).filter(campaign=campaign)
    for batch in rows.exclude(state__in=[BatchState.FAILED, BatchState.STOPPED]).order_by("pk"):
        for name, digest in batch.digests.items():
            if digest in wanted:
                found.setdefault(digest, (name, batch))
    return found


def batch_for(user: Any, pk: int) -> ScanBatch:
    """A pile of scans of a village of this member of staff, else 404."""
    rows = ScanBatch.everywhere.filter(within_places(user, "place__", *READERS), pk=pk)
    batch = rows.select_related("campaign__place", "place", "uploaded_by").first()
    if batch is None:
        raise Http404
    return batch


def is_stalled(batch: ScanBatch, at: datetime) -> bool:
    """Whether nobody reads a pile that should be read: it waits for long, or its reader shows no sign of life."""
    if batch.state == BatchState.WAITING:
        return batch.created_at < at - PATIENCE
    return batch.state == BatchState.RUNNING and (batch.beat_at is None or batch.beat_at < at - PATIENCE)


def needs_lists(place: Place) -> QuerySet[NeedsList]:
    """The current needs list of each village at or below a place."""
    return (
        NeedsList.objects.within(place)
        .filter(current=True)
        .select_related("place", "campaign__place")
        .order_by("place__path")
    )


def needs_of(place: Place) -> QuerySet[Need]:
    """The current needs of each village at or below ``place``: a line for each (wish, group, band), strongest first.

    Where a list is divided into groups only the groups' lines are given: they add up to the village, nothing twice.
    """
    rows = Need.objects.within(place).filter(list__current=True)
    return rows.exclude(list__grouped=True, group="").select_related("service", "place")


def published_needs(place: Place) -> NeedsList | None:
    """The needs list of a village as the public may see it (``published``), or None where none is published."""
    return needs_lists(place).filter(place=place, published_at__isnull=False).first()


def with_counts(campaigns: QuerySet[Campaign]) -> QuerySet[Any]:
    """The same campaigns with the numbers that a list shows: ``answers`` and ``doubts`` still open."""
    answers = Response.everywhere.filter(campaign=OuterRef("pk")).order_by().values("campaign").annotate(n=Count("pk"))
    doubts = (
        DoubtfulMark.everywhere.filter(reading__campaign=OuterRef("pk"), marked=None)
        .order_by()
        .values("reading__campaign")
        .annotate(n=Count("pk"))
    )
    return campaigns.annotate(
        answers=Coalesce(Subquery(answers.values("n")), 0), doubts=Coalesce(Subquery(doubts.values("n")), 0)
    )


def answers_at_counter(user: Any, campaign: Campaign) -> QuerySet[Response]:
    """The answers that this person may look up and set right when somebody comes to the counter."""
    return all_responses(campaign, campaign.place).filter(place__in=villages_at_counter(user, campaign))


def where_sheet_is(campaign: Campaign, number: int) -> str:
    """Why a person at the counter finds no answer under the number of a sheet, in words."""
    reading = SheetReading.objects.within(campaign.place).filter(campaign=campaign, sheet=number).first()
    if reading is None:
        return f"没有编号 {number} 的答卷：可能还没有扫描，也可能是别的问卷。"
    if reading.set_aside:
        return f"编号 {number} 没有计入：{reading.set_aside}。"
    if reading.response_id:
        return f"编号 {number} 是别的村的答卷，请到那个村的中心去查。"
    return f"编号 {number} 已经扫描，还有要人判断的地方；判断完、计入以后才能更正。"


def villages_at_counter(user: Any, campaign: Campaign) -> list[Place]:
    """The villages of a campaign for which this person may fill in the form at the counter."""
    mine = within_places(user, "", *ASKERS)
    rows = Place.objects.filter(mine, path__startswith=campaign.place.path, level="village", is_open=True)
    return list(rows.select_related("parent"))


def campaign_at_counter(user: Any, pk: int) -> Campaign:
    """A campaign that can be filled in at this person's counter, else 404."""
    campaign = Campaign.everywhere.select_related("place").filter(pk=pk).first()
    if campaign is None or not villages_at_counter(user, campaign):
        raise Http404
    return campaign
