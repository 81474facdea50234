"""The village's week as an integer programme: the exact one on the grid, and a small relaxation of it.

Exact: one 0/1 variable an option (service, space, start). Relaxed: options of one space and day that offer the
same are counted together; what held in each slot then holds for the time of a whole window. The relaxation is
what bounds are proved with, the exact programme is what plans are made with.

Both share the part that turns sessions into needs met, with two kinds of inequality that tighten the linear
relaxation: the value of whole sessions (``_whole_sessions``), and access to the ground floor.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from .compiling import Compiled, Option, bits
from .linear import Linear
from .scoring import fairness_step, tier_sizes

VisitKey = tuple[int, int, int, int]  # specialist, week, day, half


@dataclass(slots=True)
class Formula:
    """A village's programme and where to find things in it.

    cells: variable -> options it stands for. met: (service, group, band) -> its tier variables. visits: variable
    of each possible visit.
    """

    linear: Linear = field(default_factory=Linear)
    cells: dict[int, list[Option]] = field(default_factory=dict)
    met: dict[tuple[int, int, int], list[int]] = field(default_factory=dict)
    visits: dict[VisitKey, int] = field(default_factory=dict)
    share: int = -1


def visit_key(c: Compiled, option: Option) -> VisitKey:
    return option.specialist, option.week, option.start // c.grid.per_day + 1, option.half


def exact(c: Compiled, prices: Mapping[VisitKey, int] | None = None) -> Formula:
    """The village's programme slot by slot. prices: what a visit costs (Lagrangian), in objective units."""
    f = Formula()
    at: list[tuple[int, Option]] = []
    for option in c.options:
        v = f.linear.var()
        f.cells[v] = [option]
        at.append((v, option))
        if option.pinned:
            f.linear.row([v], [1], least=1)
    _visits(f, c, at, prices or {})
    _slots(f, c, at)
    _counts(f, c, at)
    _needs(f, c, at)
    return f


def sharing(c: Compiled, options: Iterable[Option]) -> Formula:
    """Only who gets what from sessions that are all held, whatever the rules say of them."""
    f = Formula()
    at: list[tuple[int, Option]] = []
    for option in options:
        v = f.linear.var()
        f.linear.row([v], [1], least=1)
        f.cells[v] = [option]
        at.append((v, option))
    _needs(f, c, at)
    return f


def _visits(f: Formula, c: Compiled, at: list[tuple[int, Option]], prices: Mapping[VisitKey, int]) -> None:
    """A visitor's session needs the visit; a visit without a session is none; the visit rule of the town."""
    sessions: dict[VisitKey, list[int]] = defaultdict(list)
    for v, option in at:
        if option.specialist >= 0:
            sessions[visit_key(c, option)].append(v)
    for key, vars in sorted(sessions.items()):
        z = f.visits[key] = f.linear.var(1, -prices.get(key, 0))
        f.linear.row([*vars, z], [*[1] * len(vars), -1], least=0)
    rule = c.town.rules.visit
    if rule == "any" and f.visits:
        f.linear.row(list(f.visits.values()), [1] * len(f.visits), least=1)
    elif rule == "each":
        by_skill: dict[str, list[int]] = defaultdict(list)
        for (s, _, _, _), z in f.visits.items():
            by_skill[c.town.specialists[s].skill].append(z)
        for zs in by_skill.values():
            f.linear.row(zs, [1] * len(zs), least=1)


def _slots(f: Formula, c: Compiled, at: list[tuple[int, Option]]) -> None:
    """One thing at a time in a space, quiet beside loud never, staff hour by hour, a specialist in one room."""
    cycle = c.town.rules.cycle_weeks
    space: dict[tuple[int, int, int], list[int]] = defaultdict(list)
    noise: dict[tuple[int, str, int, int], list[int]] = defaultdict(list)
    staff: dict[tuple[str, int, int], list[tuple[int, int]]] = defaultdict(list)
    visitor: dict[tuple[VisitKey, int], list[int]] = defaultdict(list)
    weekly_only = not any(o.week for _, o in at)
    for v, option in at:
        service = c.town.services[option.service]
        for week in range(1, 2) if weekly_only else option.weeks(cycle):
            for slot in bits(option.occupies):
                space[option.space, slot, week].append(v)
            for slot in bits(option.runs):
                if service.noise != "normal" and c.rooms[option.space].beside:
                    noise[option.space, service.noise, slot, week].append(v)
                for skill, count in service.staff.items():
                    staff[skill, slot, week].append((v, count))
                if option.specialist >= 0:
                    visitor[visit_key(c, option), slot].append(v)
    unique: set[tuple[int, ...]] = set()

    def once(vars: list[int]) -> None:
        key = tuple(vars)
        if key not in unique:
            unique.add(key)
            f.linear.at_most_one(vars)

    for _, vars in sorted(space.items()):
        once(vars)
    for (a, kind, slot, week), vars in sorted(noise.items()):
        if kind == "loud":
            for b in c.rooms[a].beside:
                quiet = noise.get((b, "quiet", slot, week))
                if quiet:
                    once(vars + quiet)
    seen: set[tuple[object, ...]] = set()
    for (skill, slot, _), pairs in sorted(staff.items()):
        people = c.staff[skill][slot]
        key = (people, tuple(pairs))
        if sum(n for _, n in pairs) > people and key not in seen:
            seen.add(key)
            f.linear.row([v for v, _ in pairs], [n for _, n in pairs], people)
    for (visit, _), vars in sorted(visitor.items()):
        f.linear.row([*vars, f.visits[visit]], [*[1] * len(vars), -1], 0)


def _counts(f: Formula, c: Compiled, at: list[tuple[int, Option]]) -> None:
    """Sessions of a service a day and a week, promised ones counted, in each week of the cycle."""
    day: dict[tuple[int, int, int], list[int]] = defaultdict(list)
    week: dict[tuple[int, int], list[int]] = defaultdict(list)
    for v, option in at:
        for w in option.weeks(c.town.rules.cycle_weeks):
            day[option.service, option.start // c.grid.per_day + 1, w].append(v)
            week[option.service, w].append(v)
    done: set[tuple[int, ...]] = set()
    for (k, d, _), vars in sorted(day.items()):
        most = c.town.services[k].per_day_max
        if most is not None and tuple(vars) not in done:
            done.add(tuple(vars))
            f.linear.row(vars, [1] * len(vars), max(0, most - c.day_count[k, d]))
    for (k, _), vars in sorted(week.items()):
        service = c.town.services[k]
        if service.per_week_max is not None:
            f.linear.row(vars, [1] * len(vars), max(0, service.per_week_max - c.week_count[k]))
    for k, service in enumerate(c.town.services):
        if service.per_week_min > c.week_count[k] and any(n.service == service.id for n in c.village.needs):
            vars = [v for v, o in at if o.service == k]
            f.linear.row(vars, [1] * len(vars), least=service.per_week_min - c.week_count[k])


def _needs(f: Formula, c: Compiled, at: Iterable[tuple[int, Option]]) -> None:
    """Person-time met by group and band, with falling weights, and the worst-served group of the village."""
    offers: dict[tuple[int, int], list[tuple[int, int, bool]]] = defaultdict(list)
    for v, option in at:
        for b, units in option.gives:
            offers[option.service, b].append((v, units, option.step_free))
    met_by_group: dict[int, list[int]] = defaultdict(list)
    for (k, b), groups in sorted(c.needs.items()):
        offer, (given, given_free) = offers.get((k, b), []), c.given.get((k, b), (0, 0))
        if not offer and not given:
            continue
        every: list[int] = []
        limited: list[int] = []
        for g, need in sorted(groups.items()):
            if c.town.groups[g].ground_floor and not given_free and not any(free for _, _, free in offer):
                continue
            tiers = _tiers(f, c, g, need)
            f.met[k, g, b] = tiers
            every += tiers
            met_by_group[g] += tiers
            if c.town.groups[g].ground_floor:
                limited += tiers
        _offered(f, every, [(v, u) for v, u, _ in offer], given)
        if limited and any(not free for _, _, free in offer):
            _offered(f, limited, [(v, u) for v, u, free in offer if free], given_free)
        _whole_sessions(f, c, groups, every, [(v, u) for v, u, _ in offer], given)
    step = fairness_step(c.town.rules, sum(c.need_by_group.values()))
    if step:
        f.share = f.linear.var(1000, step)
        for g, need in sorted(c.need_by_group.items()):
            vars = met_by_group.get(g, [])
            f.linear.row([f.share, *vars], [need, *[-1000] * len(vars)], 0)


def _tiers(f: Formula, c: Compiled, g: int, need: int) -> list[int]:
    weight = c.town.groups[g].weight
    return [
        f.linear.var(size, tier_weight * weight)
        for size, (_, tier_weight) in zip(tier_sizes(c.town.rules, need), c.town.rules.tiers, strict=True)
    ]


def _offered(f: Formula, met: list[int], offer: list[tuple[int, int]], given: int) -> None:
    f.linear.row([*met, *(v for v, _ in offer)], [*[1] * len(met), *(-u for _, u in offer)], given)


def _whole_sessions(
    f: Formula, c: Compiled, groups: Mapping[int, int], met: list[int], offer: list[tuple[int, int]], given: int
) -> None:
    """Value is at most the concave hull over what whole sessions can offer.

    A session offers C units or nothing, so the value of a need, concave in the units offered, may be replaced by
    chords between the totals that whole sessions can reach. Without it the linear relaxation holds fractions of
    sessions that each serve only the most valuable part of a need.
    """
    if not met:
        return
    curve = _value_curve(c, groups)
    top = curve[-1][0]
    totals = _reachable({u for _, u in offer}, given, top)
    value = [(v, f.linear.obj[v]) for v in met]
    for low, high in pairwise(totals):
        inside = any(low < at < high for at, _ in curve)
        if not inside:
            continue
        rise = _at(curve, high) - _at(curve, low)
        width = high - low
        # width x value <= width x f(low) + rise x (T - low)
        most = width * _at(curve, low) + rise * (given - low)
        f.linear.row(
            [*(v for v, _ in value), *(v for v, _ in offer)],
            [*(width * a for _, a in value), *(-rise * u for _, u in offer)],
            most,
        )


def _value_curve(c: Compiled, groups: Mapping[int, int]) -> list[tuple[int, int]]:
    """Break points (units, value) of the best value of so many units shared out among the groups."""
    pieces = sorted(
        (
            (weight * c.town.groups[g].weight, size)
            for g, need in groups.items()
            for size, (_, weight) in zip(tier_sizes(c.town.rules, need), c.town.rules.tiers, strict=True)
        ),
        reverse=True,
    )
    curve = [(0, 0)]
    for slope, size in pieces:
        if size:
            curve.append((curve[-1][0] + size, curve[-1][1] + slope * size))
    return curve


def _at(curve: list[tuple[int, int]], units: int) -> int:
    for (x0, y0), (x1, y1) in pairwise(curve):
        if units <= x1:
            return y0 + (y1 - y0) * (units - x0) // (x1 - x0)
    return curve[-1][1]


def _reachable(sizes: set[int], given: int, top: int) -> list[int]:
    """Totals that whole sessions can offer, from what is given up to the first that covers everything."""
    total = {given}
    todo = [given]
    while todo:
        at = todo.pop()
        for size in sizes:
            if at < top and at + size not in total:
                total.add(at + size)
                todo.append(at + size)
    found = sorted(total)
    beyond = [t for t in found if t >= top]
    return [t for t in found if t < top] + beyond[:1]
