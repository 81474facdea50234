"""The independent checker's second half: every figure of a plan, worked out anew from the plain data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from .errors import Violation
from .model import Plan, Session, Town, Village
from .scoring import village_value


def met_violations(town: Town, village: Village, sessions: list[Session], plan: Plan) -> Iterable[Violation]:
    """Person-hours said to be met are needed, offered, and offered where the group can go."""
    groups = {g.id: g for g in town.groups}
    services, bands = {s.id for s in town.services}, {b.id for b in town.bands}
    need = {(n.service, n.group, n.band): n.person_hours for n in village.needs}
    met: dict[tuple[str, str], list[tuple[str, float]]] = defaultdict(list)
    for m in plan.met:
        if m.village != village.id or m.service not in services or m.band not in bands or m.group not in groups:
            continue  # of another village, or of another input: then it is no need of this one, and counts for nothing
        if m.met > need.get((m.service, m.group, m.band), 0.0) + 1e-6:
            yield Violation("over_need", village.id, f"{village.name} {m.service} {m.group} {m.band}：满足数超过需求")
        met[m.service, m.band].append((m.group, m.met))
    for (service, band), rows in met.items():
        every, step_free = offered(town, village, sessions, service, band)
        if sum(hours for _, hours in rows) > every + 1e-6:
            yield Violation("over_offer", village.id, f"{village.name} {service} {band}：满足数超过所能提供的人时")
        if sum(hours for g, hours in rows if groups[g].ground_floor) > step_free + 1e-6:
            yield Violation("access", village.id, f"{village.name} {service} {band}：需要无障碍的人被安排到楼上")


def offered(town: Town, village: Village, sessions: Iterable[Session], service: str, band: str) -> tuple[float, float]:
    """Person-hours a week that sessions and promises offer: (all, step-free only)."""
    b = next(x for x in town.bands if x.id == band)
    k = next(x for x in town.services if x.id == service)
    spaces = {s.id: s for s in village.spaces}
    every = step_free = 0.0
    held = [
        (s.space, s.time, 1 if s.week == 0 else 1 / town.rules.cycle_weeks) for s in sessions if s.service == service
    ]
    held += [(f.space, f.time, 1) for f in village.fixed if f.service == service]
    for id, time, share in held:
        if id in spaces and time.day in b.days:
            minutes = max(0, min(time.end, b.end) - max(time.start, b.start))
            hours = min(k.seats, spaces[id].capacity) * minutes / 60 * share
            every += hours
            step_free += hours if spaces[id].step_free() else 0
    return every, step_free


def total_violations(town: Town, plan: Plan) -> Iterable[Violation]:
    """The value that the plan claims, recomputed from what it says is met."""
    units_per_hour = 60 / town.slot_minutes * town.rules.cycle_weeks
    group = {g.id: i for i, g in enumerate(town.groups)}
    met = {(m.village, m.service, m.group, m.band): m.met for m in plan.met}
    total = 0
    for v in town.villages:
        rows = []
        for n in v.needs:
            need = int(n.person_hours * units_per_hour + 1e-9)
            if need:
                rows.append(
                    (
                        group[n.group],
                        need,
                        min(need, round(met.get((v.id, n.service, n.group, n.band), 0.0) * units_per_hour)),
                    )
                )
        total += village_value(town, rows)
    if total != plan.value:
        yield Violation("value", "", f"计划写的总值是 {plan.value}，重算是 {total}")
    if plan.bound is not None and plan.bound < plan.value:
        yield Violation("bound", "", "上界低于计划的值")
