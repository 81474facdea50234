"""The independent checker's second half: every figure of a plan, worked out anew from the plain data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from .errors import Violation
from .model import Met, Plan, Session, Town, Village
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
    """The values, shares, visits and status that the plan claims, recomputed from its sessions and what it says is met.

    Hours of opening are left out: they follow from the closures of the day, which may be newer than the plan.
    """
    total, worst, need, met = 0, 1000, 0, 0
    claimed = {r.village: r for r in plan.villages}
    met_in: dict[str, list[Met]] = defaultdict(list)
    for line in plan.met:
        met_in[line.village].append(line)
    for v in town.villages:
        rows = _units(town, v, met_in[v.id])
        value = village_value(town, rows)
        group, share = _worst(rows)
        mine = sum(n for _, n, _ in rows), sum(m for _, _, m in rows)
        total, worst, need, met = total + value, min(worst, share), need + mine[0], met + mine[1]
        told = claimed.get(v.id)
        if told is None:
            yield Violation("value", v.id, f"{v.name}：报告里没有这个村")
            continue
        named = None if group is None else town.groups[group].id
        yield from _differ(v.id, f"{v.name}的值", told.value, value)
        yield from _differ(v.id, f"{v.name}的需求满足比例", told.met_share, _part(*mine))
        yield from _differ(v.id, f"{v.name}最差人群的满足比例", told.worst_share, share / 1000)
        if told.worst_group != named:
            yield Violation("value", v.id, f"{v.name}：计划写的最差人群不对")
    yield from _differ("", "总值", plan.value, total)
    yield from _differ("", "需求满足比例", plan.met_share, _part(need, met))
    yield from _differ("", "最差人群的满足比例", plan.worst_share, worst / 1000)
    yield from _proof(plan)
    yield from _comings(town, plan)


def _units(town: Town, village: Village, lines: Iterable[Met]) -> list[tuple[int, int, int]]:
    """For each need of a village: group index, whole units needed, units that the plan's lines say are met."""
    per_hour = 60 / town.slot_minutes * town.rules.cycle_weeks
    group = {g.id: i for i, g in enumerate(town.groups)}
    met = {(m.service, m.group, m.band): m.met for m in lines}
    rows = []
    for n in village.needs:
        need = int(n.person_hours * per_hour + 1e-9)
        if need:
            units = round(met.get((n.service, n.group, n.band), 0.0) * per_hour)
            rows.append((group[n.group], need, min(need, units)))
    return rows


def _worst(rows: Iterable[tuple[int, int, int]]) -> tuple[int | None, int]:
    """The worst-served group and its share in whole thousandths; None and all of it where nobody needs anything."""
    sums: dict[int, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for g, need, met in rows:
        sums[g] = sums[g][0] + need, sums[g][1] + met
    shares = [(1000 * met // need, g) for g, (need, met) in sums.items()]
    if not shares:
        return None, 1000
    share, group = min(shares)
    return group, share


def _part(need: int, met: int) -> float:
    return met / need if need else 1.0


def _differ(village: str, what: str, told: float, found: float) -> Iterable[Violation]:
    """Shares are written with four digits, values in whole numbers."""
    if abs(told - found) > 1e-4:
        yield Violation("value", village, f"计划写的{what}是 {told:g}，重算是 {found:g}")


def _proof(plan: Plan) -> Iterable[Violation]:
    """What is said about the bound; that it is one, only another solve could tell."""
    if plan.bound is not None and plan.bound < plan.value:
        yield Violation("bound", "", "上界低于计划的值")
    sound = {
        "optimal": plan.bound == plan.value,
        "proven": plan.bound is not None,
        "unproven": plan.bound is None,
        "interrupted": True,
    }
    if not sound.get(plan.status, False):
        yield Violation("bound", "", f"计划写的证明状态“{plan.status}”与上界不合")


def _comings(town: Town, plan: Plan) -> Iterable[Violation]:
    """Specialists' half-days in villages, and how many of the repeated ones keep weekday and half-day."""
    found = {
        (s.specialist, s.village, s.week, s.time.day, h.id)
        for s in plan.sessions
        if s.specialist is not None
        for h in town.halves
        if h.start <= s.time.start and s.time.end <= h.end
    }
    if sorted(found) != sorted((v.specialist, v.village, v.week, v.day, v.half) for v in plan.visits):
        yield Violation("value", "", "计划写的专家到访与安排不合")
    pairs = {(s, v) for s, v, *_ in found}
    times = {(s, v, day, half) for s, v, _, day, half in found}
    again = len(found) - len(pairs)
    kept = (len(found) - len(times)) / again if again else None
    told = plan.continuity
    if (told is None) != (kept is None) or (told is not None and kept is not None and abs(told - kept) > 1e-4):
        yield Violation("value", "", "计划写的到访规律与安排不合")


def gap_violations(told: Any, plan: Plan) -> Iterable[Violation]:
    """The gap that a plan file names, which nobody reads but people: against its value and bound."""
    stated = isinstance(told, int | float) and not isinstance(told, bool)
    if (plan.gap is None) != (told is None) or (plan.gap is not None and not (stated and abs(told - plan.gap) < 1e-4)):
        yield Violation("bound", "", f"计划写的“离最优至多”（gap）是 {told}，按总值和上界应是 {plan.gap}")
