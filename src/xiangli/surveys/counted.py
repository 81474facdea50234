"""Answers in bulk: all that count, of a village or a county, in as many queries; and what tells that they moved.

A county has tens of thousands. So they are read as plain values, and what was computed of them (all villages' figures,
patterns) is kept until an answer, a correction, a ruling or the population moves.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.cache import caches
from django.db.models import Count, Max

from xiangli.places.models import Place, PopulationCount
from xiangli.places.scope import under
from xiangli.surveys.models import Campaign, Correction, Response, Ruling, Sample
from xiangli.surveys.queries import corrected, left_out

CHUNK = 2000  # rows taken from the database at a time
AN_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Counted:
    """An answer that counts: its id, and what it says with all later corrections."""

    pk: int
    answers: Mapping[str, Any]


def counted_answers(campaign: Campaign, place: Place) -> dict[int, list[Counted]]:
    """The answers that count by place (id), in the order they came."""
    changes = changes_of(campaign, place)
    out = set(left_out(campaign, place))
    rows = Response.objects.within(place).filter(campaign=campaign).order_by("pk").values_list("pk", "place", "answers")
    found: dict[int, list[Counted]] = defaultdict(list)
    for pk, village, sealed in rows.iterator(chunk_size=CHUNK):
        if pk not in out:
            found[village].append(Counted(pk, corrected(sealed, changes.get(pk, ()))))
    return dict(found)


def changes_of(campaign: Campaign, place: Place) -> dict[int, list[Mapping[str, Any]]]:
    """Answer (id) -> what its corrections change, the oldest first."""
    changes: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    rows = Correction.objects.within(place).filter(response__campaign=campaign).order_by("pk")
    for pk, one in rows.values_list("response", "changes"):
        changes[pk].append(one)
    return changes


def state_of_answers(campaign: Campaign, place: Place) -> list[Any]:
    """Plain data that stays the same as long as nobody answers or corrects.

    Answers and corrections are only ever added, the database sees to it; so how many there are says it all. The last
    id is for tables that were put back from a backup.
    """
    answers = Response.objects.within(place).filter(campaign=campaign)
    corrections = Correction.objects.within(place).filter(response__campaign=campaign)
    return [campaign.public_id, campaign.version, how_many(answers), how_many(corrections)]


def state_of_figures(campaign: Campaign, place: Place) -> list[Any]:
    """The same for figures: rulings, samples, the population and the villages' names count, too."""
    rulings = Ruling.objects.within(place).filter(response__campaign=campaign)
    samples = Sample.objects.within(place).filter(campaign=campaign).order_by("pk")
    people = PopulationCount.objects.within(place).order_by("pk")
    villages = Place.objects.filter(under(place.path)).order_by("pk")
    return [
        *state_of_answers(campaign, place),
        how_many(rulings),
        list(samples.values_list("place", "kind", "invited", "question", "sizes", "units")),
        list(people.values_list("place", "dimension", "category", "count")),
        list(villages.values_list("pk", "level", "name", "population")),
    ]


def how_many(rows: Any) -> list[Any]:
    """How many rows there are, and the last one's id."""
    return list(rows.order_by().aggregate(n=Count("pk"), last=Max("pk")).values())


def computed_once(name: str, state: list[Any], compute: Callable[[], Any]) -> Any:
    """What ``compute`` gives, kept for an hour under ``name`` as long as ``state`` is the same; one value a name.

    Each worker process keeps its own. ``state`` is read before the answers are, so that one who answers in between
    makes the next look compute again, never a stale value pass for a fresh one.
    """
    store = caches["pages"]
    before = store.get(name)
    if before is not None and before[0] == state:
        return before[1]
    value = compute()
    store.set(name, (state, value), AN_HOUR)
    return value
