"""Reads of planning."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404

from xiangli.accounts.queries import places_of, within_places
from xiangli.core.numbers import whole_number
from xiangli.places.choices import Level
from xiangli.places.models import Place, Service, Space
from xiangli.places.queries import villages
from xiangli.planning.ballots import Ballot, wanted_services
from xiangli.planning.choices import PlanState, Progress
from xiangli.planning.models import (
    FundingRound,
    Improvement,
    Plan,
    PlannedActivity,
    PlanRevision,
    Specialist,
    Staffing,
)
from xiangli.planning.rules import READERS
from xiangli.planning.scenarios import budget_of
from xiangli.surveys.models import NeedsList
from xiangli.surveys.queries import effective, needs_of, published_needs, responses_of

BULKY = ("input", "result")  # half a megabyte each; pages show ``report``


@dataclass(slots=True)
class Wish:
    """Something asked for: ``percent`` of the village (None: kept back), and of groups, the keenest first."""

    label: str
    service: str
    percent: int | None = None
    groups: list[tuple[str, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Behind:
    """The published needs behind something that is here, and the list that they stand in."""

    listed: NeedsList
    wishes: list[Wish]


def towns_for(user: Any) -> QuerySet[Place]:
    """The towns a person's places lie in or hold."""
    above = Q(pk__in=[])
    for place in places_of(user, *READERS):
        above |= Q(pk__in=[int(part) for part in place.path.strip("/").split("/")])
    return Place.objects.filter(above | within_places(user, "", *READERS), level=Level.TOWN, is_open=True)


def town_for(user: Any, pk: int | str | None = None) -> Place:
    """One of the person's towns (the first where none is named), else 404."""
    rows = towns_for(user).select_related("county")
    number = whole_number(str(pk or ""))
    town = rows.first() if number is None else rows.filter(pk=number).first()
    if town is None:
        raise Http404
    return town


def villages_for(user: Any, town: Place) -> QuerySet[Place]:
    """The town's villages that this person works for."""
    return villages(town).filter(within_places(user, "", *READERS))


def village_for(user: Any, pk: int) -> Place:
    rows = Place.objects.filter(within_places(user, "", *READERS), level=Level.VILLAGE, pk=pk)
    village = rows.select_related("county", "parent").first()
    if village is None:
        raise Http404
    return village


def plans_of(town: Place) -> QuerySet[Plan]:
    """A town's plans, the newest first, without what is bulky."""
    return Plan.objects.within(town).defer(*BULKY, "report").select_related("place")


def plan_for(user: Any, pk: int) -> Plan:
    """One plan of the person's towns, without input and result, else 404."""
    rows = Plan.everywhere.select_related("place__county", "made_by", "adopted_by").defer(*BULKY)
    found = rows.filter(place__in=towns_for(user), pk=pk).first()
    if found is None:
        raise Http404
    return found


def plans_to_compare(user: Any, numbers: Iterable[str]) -> list[Plan]:
    """The named plans of the person's towns that are worked out, in the order named; what names no plan is left out."""
    wanted = list(dict.fromkeys(number for one in numbers if (number := whole_number(one)) is not None))
    rows = Plan.everywhere.defer("input").select_related("place__county").filter(pk__in=wanted, progress=Progress.READY)
    found = {row.pk: row for row in rows.filter(place__in=towns_for(user))}
    return [found[pk] for pk in wanted if pk in found]


def revisions_of(plan: Plan, place: Place | None = None) -> QuerySet[PlanRevision]:
    """Changes of a plan by hand, the newest first; of one village or of all."""
    rows = PlanRevision.objects.within(place or plan.place).filter(plan=plan).defer("before")
    return rows.select_related("place", "made_by").order_by("-number")


def adopted_plan(place: Place) -> Plan | None:
    """The plan in force in the town that ``place`` is or lies in."""
    towns = [int(part) for part in place.path.strip("/").split("/")]
    return plans_of(place.county).filter(place__in=towns, state=PlanState.ADOPTED).first() if place.county else None


def activities_of(plan: Plan, village: Place | None = None) -> QuerySet[PlannedActivity]:
    rows = PlannedActivity.objects.within(village or plan.place).filter(plan=plan)
    return rows.select_related("place", "space", "service", "specialist").order_by(
        "place__path", "weekday", "start_minute", "space__name"
    )


def gaps_of(plan: Plan, place: Place) -> QuerySet[Any]:
    """What the plan leaves unmet within ``place``, the largest first."""
    return (
        plan.gaps.model.objects.within(place)
        .filter(plan=plan)
        .select_related("place", "service")
        .order_by("-person_hours")
    )


def planning_rows(town: Place) -> dict[str, Any]:
    """All rows that the engine's input is built from, in seven queries: the arguments of ``inputs.timetable_input``."""
    places = list(villages(town))
    rooms = Space.objects.within(town).select_related("centre").prefetch_related("supports", "beside")
    return {
        "town": town,
        "villages": places,
        "services": list(Service.objects.within(town.county)),
        "spaces": _by_place((space.centre.place_id, space) for space in rooms.order_by("pk")),
        "needs": _by_place((need.place_id, need) for need in needs_of(town).order_by("pk")),
        "staffing": _by_place((row.place_id, row) for row in Staffing.objects.within(town)),
        "specialists": list(Specialist.objects.within(town)),
    }


def _by_place(pairs: Iterable[tuple[int, Any]]) -> dict[int, list[Any]]:
    grouped = defaultdict(list)
    for place, row in pairs:
        grouped[place].append(row)
    return grouped


def spaces_of(village: Place) -> QuerySet[Space]:
    """The rooms and courts of a village that are for residents."""
    rooms = Space.objects.within(village).filter(office_use=False).select_related("centre")
    return rooms.order_by("centre", "floor", "pk")


def skills_wanted(village: Place) -> list[str]:
    """What the county's catalogue calls the people that services need."""
    rows = Service.objects.within(village.county).exclude(skill="").order_by("skill")
    return list(rows.values_list("skill", flat=True).distinct())


def rooms_of(town: Place) -> tuple[QuerySet[Space], QuerySet[Service]]:
    """What a scenario may change: residents' rooms of a town, and the catalogue."""
    rooms = Space.objects.within(town).filter(office_use=False).select_related("centre__place")
    return rooms.order_by("centre__place__path", "floor", "pk"), Service.objects.within(town.county)


def staffing_of(village: Place) -> QuerySet[Staffing]:
    return Staffing.objects.within(village).order_by("skill", "weekday", "start_minute")


def improvements_of(town: Place) -> QuerySet[Improvement]:
    """What is still worth considering."""
    rows = Improvement.objects.within(town).filter(dropped=False)
    return rows.select_related("place", "service", "space").order_by("place__path", "title")


def rounds_of(town: Place) -> QuerySet[FundingRound]:
    return FundingRound.objects.within(town).select_related("place", "made_by")


def paid_for(plan: Plan, place: Place | None = None) -> tuple[list[Improvement], list[tuple[Improvement, int]]] | None:
    """(what the budget behind a plan buys, what it does not with the fen that each lacks), in ``place`` or in all.

    The budget is the plan's own where it is a scenario with one, else the town's latest sharing-out; None without one.
    """
    budget = budget_of(plan.changes)
    if budget is not None:
        won, lost = budget["bought"], budget["lost"]
    else:
        latest = rounds_of(plan.place).defer("input").first()
        if latest is None:
            return None
        won = [int(id) for id in latest.result["winners"]]
        lost = [[int(loser["id"]), loser["lacking_fen"]] for loser in latest.result["losers"]]
    rows = {row.pk: row for row in improvements_of(place or plan.place)}
    return [rows[pk] for pk in won if pk in rows], [(rows[pk], fen) for pk, fen in lost if pk in rows]


def why_here(place: Place, keys: Iterable[str] | None = None) -> Behind | None:
    """What a village asked for, of these services (keys) or of all, as far as it is published; None where nothing is.

    Only the published list is read: what privacy keeps back is not in it.
    """
    listed = published_needs(place)
    if listed is None:
        return None
    wanted = None if keys is None else set(keys)
    wishes: dict[str, Wish] = {}
    for row in listed.published:
        if wanted is None or row["service"] in wanted:
            wish = wishes.setdefault(row["label"], Wish(row["label"], row["service"]))
            if row["group"]:
                wish.groups.append((row["group"], row["percent"]))
            else:
                wish.percent = row["percent"]
    for wish in wishes.values():
        wish.groups.sort(key=lambda pair: -pair[1])
    return Behind(listed, sorted(wishes.values(), key=lambda wish: (-(wish.percent or 0), wish.label)))


def services_held(plan: Plan, place: Place, space: Space | None = None) -> set[str]:
    """Keys of the services that a plan holds in a village, or in one space of it."""
    rows = PlannedActivity.objects.within(place).filter(plan=plan)
    rows = rows if space is None else rows.filter(space=space)
    return set(rows.order_by().values_list("service__key", flat=True).distinct())


def specialists_of(town: Place) -> QuerySet[Specialist]:
    return Specialist.objects.within(town).order_by("skill", "title")


def village_rows(plan: Plan) -> list[dict[str, Any]]:
    """The report of a plan for each village, in the order of the tree: ``place`` and what ``summary`` says of it."""
    reports = plan.report.get("villages", {})
    return [{"place": place, **report} for place in villages(plan.place) if (report := reports.get(str(place.pk)))]


def staffing_hours(places: Iterable[Place], town: Place) -> list[dict[str, Any]]:
    """Per village: hours a week of people of each skill, as {"place", "skills": [(skill, hours)], "total"}."""
    hours: dict[int, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in Staffing.objects.within(town):
        hours[row.place_id][row.skill] += row.count * (row.end_minute - row.start_minute) / 60
    return [
        {"place": place, "skills": sorted(hours[place.pk].items()), "total": sum(hours[place.pk].values())}
        for place in places
    ]


def ballots_of(town: Place, projects: Iterable[Improvement]) -> list[Ballot]:
    """What the people of each village asked for, as support for that village's improvements; one ballot an answer."""
    offered: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for project in projects:
        offered[project.place_id][project.service.key].append(str(project.pk))
    ballots = []
    for needs_list in NeedsList.objects.within(town).filter(current=True).select_related("campaign", "place"):
        here = offered[needs_list.place_id]
        for response in responses_of(needs_list.campaign, needs_list.place):
            services = wanted_services(needs_list.campaign.definition, effective(response))
            wanted = tuple(sorted(id for service in services for id in here.get(service, ())))
            ballots.append(Ballot(needs_list.place.name, wanted, response.weight or 1.0))
    return ballots


def improvement_for(user: Any, pk: int) -> Improvement:
    """One improvement in the person's villages, else 404."""
    rows = Improvement.everywhere.filter(within_places(user, "place__", *READERS), pk=pk)
    row = rows.select_related("place__county", "service").first()
    if row is None:
        raise Http404
    return row


def improvements_in(made: FundingRound, ids: Iterable[str]) -> QuerySet[Improvement]:
    """Some of what a round decided on, dropped since or not."""
    rows = Improvement.objects.within(made.place).filter(pk__in={int(id) for id in ids})
    return rows.select_related("place", "service", "space")


def lacking(town: Place) -> list[dict[str, Any]]:
    """What the newest plan says no space can offer and no improvement names yet, by village and service."""
    plan = plans_of(town).filter(progress="ready").first()
    if plan is None:
        return []
    named = set(improvements_of(town).values_list("place", "service"))
    rows = gaps_of(plan, town).filter(code="support")
    found: dict[tuple[int, int], dict[str, Any]] = {}
    for gap in rows:
        if (gap.place_id, gap.service_id) not in named:
            row = found.setdefault(
                (gap.place_id, gap.service_id),
                {"place": gap.place, "service": gap.service, "reason": gap.reason, "person_hours": 0.0},
            )
            row["person_hours"] += gap.person_hours
    return sorted(found.values(), key=lambda row: -row["person_hours"])
