"""The independent checker: every hard rule and every figure of a plan, from the plain data alone.

Figures are checked in ``figures``. Neither shares code with the models beyond the definition of value (``scoring``):
times are compared in minutes, session against session, so a fault in the grid, the masks or the solver shows here.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .errors import Violation
from .fields import clock
from .figures import met_violations, offered, total_violations
from .model import Interval, Plan, Service, Session, Space, Town, Village

DAYS = "一二三四五六日"


@dataclass(frozen=True, slots=True)
class _Use:
    """Something that takes place: a session or a promise, in one week of the cycle."""

    name: str
    space: str
    time: Interval
    setup: int
    noise: str
    staff: Mapping[str, int]
    session: Session | None


def check(town: Town, plan: Plan) -> list[Violation]:
    """Every hard rule the plan breaks and every figure that is not what it says; empty for a sound plan."""
    found: list[Violation] = []
    known = {v.id for v in town.villages}
    for s in plan.sessions:
        if s.village not in known:
            found.append(Violation("unknown", s.village, f"没有“{s.village}”这个村"))
    for village in town.villages:
        mine = [s for s in plan.sessions if s.village == village.id]
        found += check_village(town, village, mine)
        found += _least(town, village, mine)
        found += met_violations(town, village, mine, plan)
    found += specialist_violations(town, plan.sessions)
    found += _visit_rule(town, plan.sessions)
    found += _pins(town, plan.sessions)
    found += total_violations(town, plan)
    return found


def when(time: Interval) -> str:
    return f"周{DAYS[time.day - 1]} {clock(time.start)}–{clock(time.end)}"


def check_village(town: Town, village: Village, sessions: Iterable[Session]) -> list[Violation]:
    """The hard rules inside one village (a change made by hand is checked with this)."""
    found: list[Violation] = []
    services = {s.id: s for s in town.services}
    spaces = {s.id: s for s in village.spaces}
    sound = []
    for s in sessions:
        if s.service not in services or s.space not in spaces:
            found.append(Violation("unknown", village.id, f"没有服务“{s.service}”或空间“{s.space}”"))
        else:
            sound.append(s)
            found += _session(town, village, services[s.service], spaces[s.space], s)
    for week in range(1, town.rules.cycle_weeks + 1):
        uses = _uses(services, village, [s for s in sound if s.week in (0, week)])
        found += [*_spaces(village, spaces, uses), *_staff(village, uses)]
        found += _counts(town, services, village, [s for s in sound if s.week in (0, week)])
    return list(dict.fromkeys(found))


def _session(town: Town, village: Village, service: Service, space: Space, s: Session) -> Iterable[Violation]:
    name = f"{village.name} {space.name} {when(s.time)} {service.name}"
    if s.time.end - s.time.start != service.minutes:
        yield Violation("length", village.id, f"{name}：一场应为 {service.minutes} 分钟")
    if s.time.start % town.slot_minutes:
        yield Violation("grid", village.id, f"{name}：开始时刻不在 {town.slot_minutes} 分钟的格子上")
    if not any(o.covers(s.time) for o in space.open):
        yield Violation("open", village.id, f"{name}：不在该空间的开放时间内")
    for c in village.closures:
        if c.space in (None, space.id) and c.time.overlaps(s.time):
            yield Violation("closed", village.id, f"{name}：该空间此时停用 {c.reason}")
    missing = sorted(set(service.requires) - set(space.supports))
    if missing:
        yield Violation("fit", village.id, f"{name}：这个空间没有“{'、'.join(missing)}”的条件")
    elif space.area < service.area or space.capacity <= 0:
        yield Violation("fit", village.id, f"{name}：这个空间不够大，或者不能容纳人")
    if service.specialist is None:
        if s.week or s.specialist is not None:
            yield Violation("week", village.id, f"{name}：不需要专家的服务应每周举办")
    elif not 1 <= s.week <= town.rules.cycle_weeks or s.specialist is None:
        yield Violation("week", village.id, f"{name}：需要专家到访，应写明第几周和哪位专家")


def _uses(services: Mapping[str, Service], village: Village, sessions: Iterable[Session]) -> list[_Use]:
    uses = []
    for s in sessions:
        k = services[s.service]
        uses.append(_Use(f"{k.name}（{when(s.time)}）", s.space, s.time, k.setup_minutes, k.noise, k.staff, s))
    for f in village.fixed:
        service = services.get(f.service or "")
        uses.append(
            _Use(
                f"{f.title or f.id}（{when(f.time)}）", f.space, f.time, 0, service.noise if service else f.noise,
                f.staff or (service.staff if service else {}), None,
            )
        )  # fmt: skip
    return uses


def _spaces(village: Village, spaces: Mapping[str, Space], uses: list[_Use]) -> Iterable[Violation]:
    by_day: dict[int, list[_Use]] = defaultdict(list)
    for use in uses:
        by_day[use.time.day].append(use)
    for day in by_day.values():
        for i, a in enumerate(day):
            for b in day[:i]:
                if a.session is None and b.session is None:
                    continue  # two promises that clash are the input's fault, refused before solving
                first, second = sorted((a, b), key=lambda u: u.time.start)
                if a.space == b.space:
                    if second.time.start - (second.setup if second.session else 0) < first.time.end:
                        yield Violation(
                            "clash",
                            village.id,
                            f"{village.name} {spaces[a.space].name}：{first.name} 与 {second.name} 相撞（含布置时间）",
                        )
                elif {a.noise, b.noise} == {"loud", "quiet"} and a.time.overlaps(b.time) and _beside(spaces, a, b):
                    yield Violation("noise", village.id, f"{village.name}：{a.name} 与隔壁 {b.name} 一闹一静")


def _beside(spaces: Mapping[str, Space], a: _Use, b: _Use) -> bool:
    return b.space in spaces[a.space].beside or a.space in spaces[b.space].beside


def _staff(village: Village, uses: list[_Use]) -> Iterable[Violation]:
    """People by skill at every moment where something begins; promises alone may exceed what is written down."""
    for moment in sorted(
        {(u.time.day, u.time.start) for u in uses} | {(t.day, t.end) for e in village.staff for t in e.times}
    ):
        now = [u for u in uses if u.time.day == moment[0] and u.time.start <= moment[1] < u.time.end]
        for skill in sorted({skill for u in now if u.session for skill in u.staff}):
            asked = sum(u.staff.get(skill, 0) for u in now if u.session)
            promised = sum(u.staff.get(skill, 0) for u in now if not u.session)
            people = sum(
                e.count for e in village.staff if e.skill == skill
                and any(t.day == moment[0] and t.start <= moment[1] < t.end for t in e.times)
            )  # fmt: skip
            if asked > max(0, people - promised):
                at = f"{village.name} 周{DAYS[moment[0] - 1]} {clock(moment[1])}"
                yield Violation("staff", village.id, f"{at}：“{skill}”需 {asked + promised} 人，只有 {people} 人")


def _counts(
    town: Town, services: Mapping[str, Service], village: Village, sessions: list[Session]
) -> Iterable[Violation]:
    week: dict[str, int] = defaultdict(int)
    day: dict[tuple[str, int], int] = defaultdict(int)
    for service, d in [(s.service, s.time.day) for s in sessions] + [
        (f.service, f.time.day) for f in village.fixed if f.service
    ]:
        assert service is not None
        week[service] += 1
        day[service, d] += 1
    planned = {s.service for s in sessions}
    for (id, d), n in day.items():
        most = services[id].per_day_max
        if most is not None and n > most and id in planned:
            yield Violation(
                "per_day", village.id, f"{village.name}：{services[id].name} 周{DAYS[d - 1]} {n} 场，一天最多 {most} 场"
            )
    for id, n in week.items():
        most = services[id].per_week_max
        if most is not None and n > most and id in planned:
            yield Violation("per_week", village.id, f"{village.name}：{services[id].name} 一周 {n} 场，最多 {most} 场")


def _least(town: Town, village: Village, sessions: list[Session]) -> Iterable[Violation]:
    """Services that must be offered so many times a week (a visitor's: a cycle) where they are asked for."""
    for service in town.services:
        n = sum(s.service == service.id for s in sessions) + sum(f.service == service.id for f in village.fixed)
        if n < service.per_week_min and any(need.service == service.id for need in village.needs):
            text = f"{village.name}：{service.name} 只有 {n} 场，至少要 {service.per_week_min} 场"
            yield Violation("least", village.id, text)


def specialist_violations(town: Town, sessions: Iterable[Session]) -> Iterable[Violation]:
    people = {p.id: p for p in town.specialists}
    services = {s.id: s for s in town.services}
    villages = {v.id: v for v in town.villages}
    days: dict[tuple[str, int, int], list[Session]] = defaultdict(list)
    for s in sessions:
        if s.specialist is None or s.service not in services or s.village not in villages:
            continue
        person = people.get(s.specialist)
        half = next((h for h in town.halves if h.start <= s.time.start and s.time.end <= h.end), None)
        if person is None or person.skill != services[s.service].specialist:
            yield Violation("skill", s.village, f"“{s.specialist}”不是 {services[s.service].name} 所需的专家")
        elif half is None or (s.week, s.time.day, half.id) not in person.slots:
            yield Violation("visit_time", s.village, f"{person.name} 第 {s.week} 周{when(s.time)} 不能出诊")
        days[s.specialist, s.week, s.time.day].append(s)
    for (id, week, _), group in sorted(days.items()):
        for i, a in enumerate(group):
            for b in group[:i]:
                va, vb = villages[a.village], villages[b.village]
                far = math.hypot(va.x_km - vb.x_km, va.y_km - vb.y_km) > town.rules.same_day_km
                same_half = any(
                    h.start <= min(a.time.start, b.time.start) and max(a.time.end, b.time.end) <= h.end
                    for h in town.halves
                )
                if a.time.overlaps(b.time) or (va is not vb and same_half):
                    yield Violation("two_places", va.id, f"{id} 第 {week} 周 {when(a.time)} 同时在两处")
                elif va is not vb and far:
                    yield Violation(
                        "too_far",
                        va.id,
                        f"{id} 第 {week} 周 周{DAYS[a.time.day - 1]} 同一天去 {va.name} 和 {vb.name}，相隔太远",
                    )


def _visit_rule(town: Town, sessions: Iterable[Session]) -> Iterable[Violation]:
    if town.rules.visit == "none" or not town.specialists:
        return
    seen: dict[str, set[str]] = defaultdict(set)
    skill = {p.id: p.skill for p in town.specialists}
    for s in sessions:
        if s.specialist in skill:
            seen[s.village].add(skill[s.specialist])
    for v in town.villages:
        missing = set(skill.values()) - seen[v.id] if town.rules.visit == "each" else set() if seen[v.id] else {"专家"}
        if missing:
            yield Violation(
                "visit_rule", v.id, f"{v.name}：{town.rules.cycle_weeks} 周内没有 {'、'.join(sorted(missing))} 到访"
            )


def _pins(town: Town, sessions: Iterable[Session]) -> Iterable[Violation]:
    keys = {s.key() for s in sessions}
    for p in town.pins:
        if p.key() not in keys:
            yield Violation("pin", p.village, f"指定的 {p.service}（{p.space} {when(p.time)}）不在计划里")


__all__ = ["Violation", "check", "check_village", "offered", "specialist_violations", "when"]
