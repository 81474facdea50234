"""What the public may know of a village's plan: reads, and only what the published needs list allows to be told."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils import timezone

from xiangli.places.models import Place
from xiangli.planning import queries
from xiangli.planning.choices import WEEKDAYS
from xiangli.planning.hours import time_of_day
from xiangli.planning.models import Plan
from xiangli.planning.queries import Behind
from xiangli.planning.telling import Bought, Facts, NotBought, Short
from xiangli.planning.week import WEEKS
from xiangli.surveys.wishes import wishes_of

ENOUGH = 3  # times of the best service that are told
DAYS = dict(WEEKDAYS)


def village_facts(
    place: Place, plan: Plan | None, behind: Behind | None, due: Mapping[int, date]
) -> tuple[Facts, list[dict[str, Any]]]:
    """(facts for the sentences, each service that is held with the needs behind it). ``due``: by improvement (id).

    Shares of groups, and what a project lacks, come from few people where the published list is silent: they are left
    out there, and so are shortfalls of wishes that it does not show.
    """
    asked: dict[str, Any] = _asked(place, behind)
    if plan is None:
        return Facts(**asked), []
    activities = list(queries.activities_of(plan, place))
    held = Counter(one.service for one in activities)
    wanted = {wish.service: wish for wish in reversed(behind.wishes)} if behind else {}  # the strongest of each service
    services: list[dict[str, Any]] = [
        {"service": service, "count": count, "wish": wanted.get(service.key), "times": _times(activities, service)}
        for service, count in held.most_common()
    ]
    best = max(
        (row for row in services if row["wish"] and row["wish"].percent), key=lambda r: r["wish"].percent, default=None
    )
    report = plan.report.get("villages", {}).get(str(place.pk), {})
    named = {group for wish in wanted.values() for group, _ in wish.groups}
    least = report.get("worst_group")
    paid = queries.paid_for(plan, place)
    bought, not_bought = paid or ([], [])
    countable = _countable(behind)
    facts = Facts(
        **asked, adopted_on=plan.adopted_on, services=[(row["service"].name, row["count"]) for row in services],
        best=(best["service"].name, best["times"][:ENOUGH]) if best else None, visits=_visits(activities),
        shared_money=paid is not None,
        bought=[Bought(row.title, (row.cost_fen or 0) // 100, due.get(row.pk)) for row in bought],
        not_bought=[
            NotBought(row.title, -(-fen // 100) if row.service.key in countable else None)
            for row, fen in not_bought
        ],
        short=_short(plan, place, wanted), met=round(100 * report["met"]) if "met" in report else None,
        least=(least, round(100 * report["worst"])) if least in named else None,
    )  # fmt: skip
    return facts, services


def _asked(place: Place, behind: Behind | None) -> dict[str, Any]:
    if behind is None:
        return {"village": place.name}
    listed = behind.listed
    whole = [(wish.label, wish.percent) for wish in behind.wishes if wish.percent is not None]
    keenest = sorted(
        ((group, wish.label, percent) for wish in behind.wishes for group, percent in wish.groups),
        key=lambda row: -row[2],
    )
    return {
        "village": place.name, "asked_on": timezone.localdate(listed.derived_at),
        "answered": listed.responses if listed.responses >= listed.hidden_below else None,
        "wishes": whole, "groups": keenest,
    }  # fmt: skip


def _countable(behind: Behind | None) -> set[str]:
    """Services (keys) whose supporters may be counted: every option that asks for one is public.

    What a project lacks tells how many stand behind it. Were one of two options kept back, the difference would tell
    how few ticked it.
    """
    if behind is None:
        return set()
    public = {row["key"] for row in behind.listed.published if not row["group"]}
    options = wishes_of(behind.listed.campaign.definition).values()
    hidden = {wish.service for wish in options if wish.key not in public}
    return {wish.service for wish in options} - hidden


def _shown(wanted: Mapping[str, Any], key: str) -> bool:
    return key in wanted and wanted[key].percent is not None


def _when(one: Any) -> str:
    """双周周二 8:00–10:00"""
    span = f"{time_of_day(one.start_minute)}–{time_of_day(one.end_minute)}"
    return f"{WEEKS.get(one.week, '')}{DAYS[one.weekday]} {span}"


def _times(activities: Iterable[Any], service: Any) -> list[str]:
    return [f"{_when(one)} 在{one.space.name}" for one in activities if one.service == service]


def _visits(activities: Iterable[Any]) -> list[str]:
    """巡诊医生双周周二 8:00–10:00 来健康小屋, the first visit of each kind."""
    found: dict[str, str] = {}
    for one in activities:
        if one.specialist:
            found.setdefault(one.specialist.skill, f"{one.specialist.skill}{_when(one)} 来{one.space.name}")
    return list(found.values())


def _short(plan: Plan, place: Place, wanted: Mapping[str, Any]) -> list[Short]:
    """The services that lack most among those whose wish is public, each with the reason of its largest shortfall."""
    lacking: dict[str, float] = defaultdict(float)
    first: dict[str, Any] = {}
    public = [key for key in wanted if _shown(wanted, key)]
    for gap in queries.gaps_of(plan, place).filter(service__key__in=public):
        lacking[gap.service.name] += gap.person_hours
        first.setdefault(gap.service.name, gap)
    order = sorted(lacking, key=lambda name: -lacking[name])
    return [
        Short(name, _plainly(first[name].reason), _plainly("，".join(c["text"] for c in first[name].changes)))
        for name in order
    ]


def _plainly(text: str) -> str:
    """The engine's words as one sentence, its weeks called as the village calls them."""
    for ours, theirs in (("；", "，"), ("第 1 周周", "单周周"), ("第 2 周周", "双周周"), ("到 周", "到周")):
        text = text.replace(ours, theirs)
    return text
