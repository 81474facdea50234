"""Ledger items that follow from an adopted plan: what must be bought or rebuilt, who must be found, what must begin.

A plan that takes another's place goes on with the items of that one: a village has one start of its timetable to work
on, not one for each plan the town has adopted.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from xiangli.accounts.choices import Role
from xiangli.accounts.models import Assignment
from xiangli.ledger.choices import AT_WORK, Source, State
from xiangli.ledger.models import LedgerItem
from xiangli.ledger.services import items as writing
from xiangli.ledger.services.figures import keeps_figures
from xiangli.places.calendar import add_working_days
from xiangli.places.models import Place
from xiangli.places.queries import villages
from xiangli.planning.choices import ImprovementKind, PlanState
from xiangli.planning.models import Plan
from xiangli.planning.queries import activities_of, gaps_of, paid_for

# Working days until the deadline, by what has to be done; the town extends with a reason where it is not enough.
WORKING_DAYS = {
    ImprovementKind.EQUIPMENT: 30, ImprovementKind.REBUILD: 60, ImprovementKind.STAFF: 20, "begin": 10,
}  # fmt: skip
GROUND_WORK = {"support", "step_free", "open", "reopen", "none"}  # changes for which more people alone are no help

# The reasons are proven one by one; two of them may want the same room, so their hours are not added up.
EACH_ALONE = "下面每一条单独做到就见效（几条之间可能争同一间房，数字不能相加）："


@dataclass(frozen=True, slots=True)
class Duty:
    """One item to be: its village, what to do, what it costs, how long it may take."""

    place: Place
    origin: str
    title: str
    measure: str
    kind: str
    fields: dict[str, Any]


@keeps_figures
def add_items_from_plan(*, by: Any, plan: Plan, today: date, now: datetime | None = None) -> list[LedgerItem]:
    """Add an item for every improvement the town's budget pays for, for the people each village lacks most, and for the
    start of each village's timetable. What is already in the ledger (by ``origin``) is not added again; an item of an
    earlier plan that is still to be done is changed to what this one asks, its deadline stays. Returns the new ones.
    """
    now = now or timezone.now()
    duties = [*_improvements(plan), *_granted(plan), *_people(plan), *_beginnings(plan)]
    earlier = _of_earlier_plans(plan)
    known = set(LedgerItem.objects.within(plan.place).exclude(origin="").values_list("place_id", "origin"))
    deadlines = {kind: add_working_days(plan.county, today, days) for kind, days in WORKING_DAYS.items()}
    answers_for = _people_of(plan.place, today)
    added = []
    for duty in duties:
        if (duty.place.pk, duty.origin) in known:
            continue
        if before := earlier.pop(_task(duty.place.pk, duty.origin, duty.title), None):
            _follow(before, duty, by=by, plan=plan, now=now)
            continue
        added.append(
            writing.add_item(
                by=by, place=duty.place, title=duty.title, measure=duty.measure, deadline=deadlines[duty.kind], now=now,
                today=today, source=Source.PLAN, plan=plan, origin=duty.origin,
                responsible_unit=f"{duty.place.name}两委",
                responsible=answers_for[duty.place.pk].get(Role.VILLAGE_STAFF),
                liaison=answers_for[duty.place.pk].get(Role.LIAISON), **duty.fields,
            )
        )  # fmt: skip
    _ask_about(earlier.values(), by=by, plan=plan, now=now)
    return added


def _task(place_id: int, origin: str, title: str) -> tuple[int, str]:
    """What an item is for, whatever plan it comes from: the start of the timetable, or what its title says."""
    return place_id, "begin" if origin.endswith(":begin") else title


def _of_earlier_plans(plan: Plan) -> dict[tuple[int, str], LedgerItem]:
    """By task, the items of the place's earlier plans that nobody has finished or asked to close."""
    rows = LedgerItem.objects.within(plan.place).filter(
        origin__startswith="plan:", state__in=[State.NOT_STARTED, *AT_WORK]
    )
    rows = rows.filter(plan__place=plan.place).exclude(plan=plan).select_related("plan")
    return {_task(item.place_id, item.origin, item.title): item for item in rows.order_by("pk")}


def _follow(item: LedgerItem, duty: Duty, *, by: Any, plan: Plan, now: datetime) -> None:
    row, event = writing.locked(item), {"text": f"改按方案“{plan.title}”办，时限不变。"}
    fields = {"title": duty.title, "measure": duty.measure, "plan": plan, "origin": duty.origin, **duty.fields}
    writing.change(row, by=by, now=now, verb="ledger.followed", event=event, **fields)


def _ask_about(items: Iterable[LedgerItem], *, by: Any, plan: Plan, now: datetime) -> None:
    """Say of what was left of the plan just superseded that the new one does not ask for it; people decide."""
    before = Plan.everywhere.filter(county_id=plan.county_id, place_id=plan.place_id, state=PlanState.SUPERSEDED)
    last = before.order_by("-adopted_on", "-pk").first()
    for item in items:
        if item.plan == last:
            text = f"新方案“{plan.title}”里没有这一件了。不用再办的话，写明以后申请销号。"
            writing.note(by=by, item=item, now=now, text=text)


def _improvements(plan: Plan) -> Iterable[Duty]:
    bought, _ = paid_for(plan) or ([], [])
    for row in bought:
        where = f"在{row.space.name}，" if row.space else ""
        measure = f"{where}{row.get_kind_display()}，使{row.service.name}能办起来。"
        fields = {"planned_fen": row.cost_fen or 0, "service": row.service}
        yield Duty(row.place, f"improvement:{row.pk}", row.title, measure, row.kind, fields)


def _granted(plan: Plan) -> Iterable[Duty]:
    """What the plan takes for granted though it is not there yet: people to find, rooms to make fit."""
    places = {str(place.pk): place for place in villages(plan.place)}
    for number, change in enumerate(plan.changes):
        origin = f"plan:{plan.pk}:granted:{number}"
        if change["kind"] == "people":
            measure = f"方案按有这些人排的：{change['text']}。"
            who = {"volunteers" if change["volunteers"] else "people": change["count"]}
            for id in change["villages"]:
                if id in places:
                    yield Duty(places[id], origin, f"增加人手：{change['skill']}", measure, ImprovementKind.STAFF, who)
        elif change["kind"] == "room" and change["village"] in places:
            measure = f"方案按改好了排的：{change['text']}。"
            yield Duty(places[change["village"]], origin, change["text"][:80], measure, ImprovementKind.REBUILD, {})


def _people(plan: Plan) -> Iterable[Duty]:
    """For each village the one skill of which more people would serve most."""
    served: dict[Place, Counter] = defaultdict(Counter)
    said: dict[tuple[Place, str], list[str]] = defaultdict(list)
    count: dict[tuple[Place, str], int] = defaultdict(int)
    for gap in gaps_of(plan, plan.place):
        if GROUND_WORK & {change["kind"] for change in gap.changes}:
            continue
        for change in gap.changes:
            if change["kind"] == "staff":
                key = (gap.place, change["skill"])
                served[gap.place][change["skill"]] += gap.serves
                count[key] = max(count[key], change["count"])
                said[key].append(gap.change)
    for place, skills in served.items():
        skill, _ = skills.most_common(1)[0]
        key = (place, skill)
        volunteers = "volunteers" if "志愿" in skill else "people"
        yield Duty(
            place, f"plan:{plan.pk}:people:{skill}", f"增加人手：{skill}",
            "\n".join([EACH_ALONE, *dict.fromkeys(said[key][:3])]), ImprovementKind.STAFF, {volunteers: count[key]},
        )  # fmt: skip


def _beginnings(plan: Plan) -> Iterable[Duty]:
    held: dict[Place, Counter] = defaultdict(Counter)
    for activity in activities_of(plan):
        held[activity.place][activity.service.name] += 1
    for place, services in held.items():
        listed = "、".join(f"{name} {n} 场" for name, n in services.most_common())
        title = f"按方案开展活动，共 {sum(services.values())} 场"
        yield Duty(place, f"plan:{plan.pk}:begin", title, f"落实场地和人手，按公布的时间开展：{listed}。", "begin", {})


def _people_of(town: Place, today: date) -> dict[int, dict[str, Any]]:
    """Village id -> role -> the first person who holds it at that very village."""
    here: dict[int, dict[str, Any]] = {place.pk: {} for place in villages(town)}
    rows = Assignment.objects.within(town).filter(role__in=[Role.VILLAGE_STAFF, Role.LIAISON], valid_from__lte=today)
    for row in rows.select_related("user").order_by("pk"):
        if row.place_id in here and (row.valid_to is None or row.valid_to >= today):
            here[row.place_id].setdefault(row.role, row.user)
    return here
