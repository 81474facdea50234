"""From village weeks to the plan and its report: value, proof, needs met, worst group, continuity, use of rooms."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from .compiling import bits, compile_village, session_of
from .engine import MadeWeek
from .model import Met, Plan, Session, Town, VillageResult, Visit
from .scoring import worst_share


def assemble(
    town: Town,
    weeks: Mapping[int, MadeWeek],
    bound: int | None,
    *,
    seed: int,
    workers: int,
    work: float | None,
    seconds: float,
    interrupted: bool = False,
) -> Plan:
    """The plan in plain data, everything in a fixed order."""
    sessions: list[Session] = []
    met: list[Met] = []
    results: list[VillageResult] = []
    for v in sorted(weeks):
        mine, needs, result = _village(town, weeks[v])
        sessions += mine
        met += needs
        results.append(result)
    value = sum(r.value for r in results)
    bound = None if bound is None else max(bound, value)
    visits = visits_of(town, sessions)
    total = sum(m.need for m in met)
    return Plan(
        sessions=tuple(sessions),
        visits=visits,
        met=tuple(met),
        value=value,
        bound=bound,
        status="interrupted"
        if interrupted
        else "unproven"
        if bound is None
        else "optimal"
        if bound == value
        else "proven",
        villages=tuple(results),
        worst_share=min((r.worst_share for r in results), default=1.0),
        met_share=sum(m.met for m in met) / total if total else 1.0,
        continuity=continuity(visits),
        seed=seed,
        workers=workers,
        work=work,
        seconds=round(seconds, 3),
    )


def _village(town: Town, week: MadeWeek) -> tuple[list[Session], list[Met], VillageResult]:
    village = town.villages[week.village]
    c = compile_village(town, village, with_options=False)
    sessions = sorted(
        (session_of(c, o) for o in week.options), key=lambda s: (s.time.day, s.time.start, s.space, s.week)
    )
    need_of: dict[int, int] = defaultdict(int)
    met_of: dict[int, int] = defaultdict(int)
    rows = []
    for (k, b), groups in sorted(c.needs.items()):
        for g, need in sorted(groups.items()):
            units = week.met.get((k, g, b), 0)
            need_of[g] += need
            met_of[g] += units
            rows.append(
                Met(
                    village.id,
                    town.services[k].id,
                    town.groups[g].id,
                    town.bands[b].id,
                    c.grid.hours(need),
                    c.grid.hours(units),
                )
            )
    group, share = worst_share(need_of, met_of)
    total = sum(need_of.values())
    open_slots = sum(len(list(bits(room.usable))) for room in c.rooms)
    used = sum(o.length * len(o.weeks(c.grid.cycle)) for o in week.options) / c.grid.cycle
    used += sum(len(list(bits(room.busy & room.usable))) for room in c.rooms)
    return (
        sessions,
        rows,
        VillageResult(
            village=village.id,
            value=week.value,
            met_share=sum(met_of.values()) / total if total else 1.0,
            worst_group=None if group is None else town.groups[group].id,
            worst_share=share / 1000,
            open_hours=open_slots * c.grid.minutes / 60,
            used_hours=used * c.grid.minutes / 60,
        ),
    )


def with_week_of(town: Town, plan: Plan, village: str, other: Plan) -> Plan:
    """The plan with one village's sessions, needs met and figures taken from another plan; the rest stays as it is.

    So does the proven bound: it holds for the input, whatever is chosen.
    """
    order = {v.id: at for at, v in enumerate(town.villages)}

    def joined(kept: Iterable[Any], new: Iterable[Any]) -> tuple[Any, ...]:
        rows = [row for row in kept if row.village != village] + [row for row in new if row.village == village]
        return tuple(sorted(rows, key=lambda row: order[row.village]))

    sessions, met = joined(plan.sessions, other.sessions), joined(plan.met, other.met)
    results, visits = joined(plan.villages, other.villages), visits_of(town, sessions)
    total = sum(m.need for m in met)
    return replace(
        plan, sessions=sessions, met=met, villages=results, value=sum(r.value for r in results), visits=visits,
        worst_share=min((r.worst_share for r in results), default=1.0), continuity=continuity(visits),
        met_share=sum(m.met for m in met) / total if total else 1.0,
        status="unproven" if plan.bound is None else "proven",
    )  # fmt: skip


def visits_of(town: Town, sessions: Iterable[Session]) -> tuple[Visit, ...]:
    """The visits that the sessions imply: a specialist's half-days in villages.

    A session that lies in no half-day is in no visit; the checker says that its specialist cannot come then.
    """
    found = set()
    for s in sessions:
        half = next((h.id for h in town.halves if h.start <= s.time.start and s.time.end <= h.end), None)
        if s.specialist is not None and half is not None:
            found.add((s.specialist, s.week, s.time.day, half, s.village))
    return tuple(Visit(p, v, week, day, half) for p, week, day, half, v in sorted(found))


def continuity(visits: Iterable[Visit]) -> float | None:
    """Share of repeat visits (a specialist in a village again within the cycle) that keep weekday and half-day.

    None where no specialist comes to any village twice. After the measure of Savaşer & Kara 2022.
    """
    at: dict[tuple[str, str], list[Visit]] = defaultdict(list)
    for visit in visits:
        at[visit.specialist, visit.village].append(visit)
    same = total = 0
    for group in at.values():
        slots: dict[tuple[int, str], set[int]] = defaultdict(set)
        for visit in group:
            slots[visit.day, visit.half].add(visit.week)
        total += len(group) - 1
        same += sum(len(weeks) - 1 for weeks in slots.values())
    return same / total if total else None
