"""A plan changed as little as asked, and what a change would bring.

Visits stay as they are wherever they still can: other villages live by them. Only villages that must change
(an earlier session broke a rule, a pin is new) or that were asked for are made again, each keeping at least the
share ``keep`` of its earlier sessions that are still possible. Every difference is listed for those it touches.
"""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from .changes import apply
from .checking import check_village, specialist_violations
from .compiling import Compiled, compile_village, option_of
from .engine import MadeWeek, Place, VillageEngine, place_of, shared_out
from .errors import NoPlanFound, Problem
from .explaining import Reason
from .formulas import VisitKey, visit_key
from .linear import Limits
from .model import Met, Plan, Session, Town, Village
from .occupancy import Shares
from .refusal import refuse
from .reporting import assemble, with_week_of
from .travel import Travel
from .underway import GRACE


@dataclass(frozen=True, slots=True)
class Difference:
    """One session that came, went or moved (same service and village; before and after)."""

    kind: Literal["added", "removed", "moved"]
    village: str
    service: str
    before: Session | None
    after: Session | None


def differences(before: Iterable[Session], after: Iterable[Session]) -> list[Difference]:
    """What changed between two weeks, for the people it touches. Pairs what went with what came, service by service."""
    old, new = {s.key(): s for s in before}, {s.key(): s for s in after}
    gone: dict[tuple[str, str], list[Session]] = defaultdict(list)
    come: dict[tuple[str, str], list[Session]] = defaultdict(list)
    for key in sorted(old.keys() - new.keys()):
        gone[key[:2]].append(old[key])
    for key in sorted(new.keys() - old.keys()):
        come[key[:2]].append(new[key])
    found: list[Difference] = []
    for village, service in sorted(gone.keys() | come.keys()):
        went, came = gone[village, service], come[village, service]
        pairs = min(len(went), len(came))
        found += [Difference("moved", village, service, a, b) for a, b in zip(went[:pairs], came[:pairs], strict=True)]
        found += [Difference("removed", village, service, a, None) for a in went[pairs:]]
        found += [Difference("added", village, service, None, b) for b in came[pairs:]]
    return found


def replan(
    town: Town,
    previous: Plan,
    *,
    keep: float = 0.9,
    villages: Sequence[str] | None = None,
    seconds: float | None = 3.0,
    work: float | None = None,
    seed: int = 1,
    strict: bool = True,
) -> Plan:
    """The previous plan made good for a changed input (its pins included), keeping the share ``keep`` of each week.

    villages: which to make again; None: those that must, or all if none must. They share the seconds: what is left when
    they are over is filled without a search. The result's bound is None: what is
    proven holds for the visits that stayed only. Raises TimetableError, NoPlanFound like ``solve``.
    """
    if not 0 <= keep <= 1:
        raise NoPlanFound("保留比例应在 0 和 1 之间")
    refuse(town, strict=strict)
    started = time.monotonic()
    standing = _standing(town, previous.sessions)
    must = _must(town, previous, standing)
    again = (must or {v.id for v in town.villages}) if villages is None else {town.village(v).id for v in villages}
    travel = Travel.of(town, standing)
    weeks: dict[int, MadeWeek] = {}
    todo = [i for i, v in enumerate(town.villages) if v.id in again]
    until = None if seconds is None or work is not None else started + seconds
    for i, village in enumerate(town.villages):
        if village.id not in again:
            weeks[i] = _kept(town, i, [s for s in standing if s.village == village.id], previous.met)
    for n, i in enumerate(todo):
        left = None if seconds is None else max(0.3, (seconds - (time.monotonic() - started)) / (len(todo) - n))
        share = None if work is None else work / len(todo)
        village = town.villages[i]
        mine = [s for s in standing if s.village == village.id]
        limits = Limits(share, left if work is None else None, 0.001, seed, until=until)
        made = _remade(town, i, mine, travel, keep, limits, GRACE / len(todo))
        stays = village.id not in must and (before := _kept(town, i, mine, previous.met)).value >= made.value
        weeks[i] = before if stays else made
        _settle(town, travel, village, weeks[i])
    plan = assemble(town, weeks, None, seed=seed, workers=1, work=work, seconds=time.monotonic() - started)
    pinned = {p.key() for p in town.pins}
    return replace(plan, sessions=tuple(replace(s, pinned=s.key() in pinned) for s in plan.sessions))


def _settle(town: Town, travel: Travel, village: Village, week: MadeWeek) -> None:
    """The specialists' half-days in this village, as its new week has them."""
    travel.at = {key: place for key, place in travel.at.items() if place != village.id}
    c = compile_village(town, village, with_options=False)
    for o in week.options:
        if o.specialist >= 0:
            s, w, day, h = visit_key(c, o)
            travel.at[town.specialists[s].id, w, day, town.halves[h].id] = village.id


def _standing(town: Town, sessions: Iterable[Session]) -> list[Session]:
    """Earlier sessions that are still sessions of this town: village, service and space exist, length is right."""
    services = {s.id: s for s in town.services}
    spaces = {(v.id, s.id) for v in town.villages for s in v.spaces}
    people = {p.id for p in town.specialists} | {None}
    return [
        s for s in sessions
        if (s.village, s.space) in spaces and s.service in services and s.specialist in people
        and s.time.end - s.time.start == services[s.service].minutes
    ]  # fmt: skip


def _must(town: Town, previous: Plan, standing: list[Session]) -> set[str]:
    """Villages that cannot, or need not, stay as they are: a session gone or against the rules, new pins or needs."""
    held = {s.key() for s in standing}
    broken = {s.village for s in previous.sessions if s.key() not in held} & {v.id for v in town.villages}
    broken |= {p.village for p in town.pins if p.key() not in held}
    broken |= {v.village for v in specialist_violations(town, standing)}
    seen = {s.village for s in standing}
    before = {(m.village, m.service, m.group, m.band): m.need for m in previous.met}
    for village in town.villages:
        mine = [s for s in standing if s.village == village.id]
        now = {(village.id, n.service, n.group, n.band): n.person_hours for n in village.needs}
        changed = any(abs(before.get(key, 0.0) - need) > 1.0 for key, need in now.items())
        if village.id not in seen or changed or check_village(town, village, mine):
            broken.add(village.id)
    return broken


def _kept(town: Town, index: int, sessions: list[Session], met: Iterable[Met]) -> MadeWeek:
    """A week that stays: the same sessions and the same shares."""
    c = compile_village(town, town.villages[index], with_options=False)
    options = tuple(option_of(c, s) for s in sessions)
    units = _units(c, met)
    shares = Shares.of(c, options, units)
    for k, b in list(shares.left):
        shares.pour(k, b)
    return MadeWeek(index, options, shares.met, shares.value(), None, 0.0, False)


def _units(c: Compiled, met: Iterable[Met]) -> dict[tuple[int, int, int], int]:
    service = {x.id: i for i, x in enumerate(c.town.services)}
    group = {x.id: i for i, x in enumerate(c.town.groups)}
    band = {x.id: i for i, x in enumerate(c.town.bands)}
    found = {}
    for m in met:
        if m.village == c.village.id and m.service in service and m.group in group and m.band in band:
            k, g, b = service[m.service], group[m.group], band[m.band]
            units = min(round(m.met / c.grid.hours(1)), c.needs.get((k, b), {}).get(g, 0))
            if units > 0:
                found[k, g, b] = units
    return found


def _remade(
    town: Town, index: int, sessions: list[Session], travel: Travel, keep: float, limits: Limits, filling: float
) -> MadeWeek:
    """filling: seconds for a week filled greedily, where the time is over before it could be searched."""
    c = compile_village(town, town.villages[index])
    possible = {place_of(o) for o in c.options}
    prior: list[Place] = [p for s in sessions if (p := place_of(option_of(c, s))) in possible]
    prior = [p for p in prior if _may_visit(c, travel, p)]
    visits: dict[VisitKey, float] = {
        key: 1.0 for o in c.options if o.specialist >= 0 and _free(c, travel, key := visit_key(c, o))
    }
    least = math.ceil(keep * len(prior) - 1e-9)
    for asked in (least, *range(least - 1, -1, -max(1, least // 8))):  # what clashes with pins and promises cannot stay
        engine = VillageEngine(town, index, prior, asked)
        try:
            return engine.week(visits, limits) or engine.quick(visits, limits, filling)
        except ValueError:
            continue
    name = town.villages[index].name
    raise NoPlanFound(
        [Problem("no_week", town.villages[index].id, f"{name}：指定的安排与硬性规定互相矛盾，排不出一周")]
    )


def _may_visit(c: Compiled, travel: Travel, place: Place) -> bool:
    _, _, start, week, specialist = place
    if specialist < 0:
        return True
    day, minute = c.grid.clock(start)
    half = next(i for i, h in enumerate(c.town.halves) if h.start <= minute < h.end)
    return _free(c, travel, (specialist, week, day, half))


def _free(c: Compiled, travel: Travel, key: VisitKey) -> bool:
    s, week, day, h = key
    place = travel.standing(c.town.specialists[s].id, week, day, c.town.halves[h].id, c.village)
    return place in ("here", "free")


@dataclass(frozen=True, slots=True)
class Price:
    """What a reason's change brings when the village's week is made again with it. Person-hours a week, by group."""

    reason: Reason
    value_before: int
    value_after: int
    more: dict[str, float]
    changes: tuple[Difference, ...]
    plan: Plan


def price(
    town: Town, plan: Plan, reason: Reason, *, seconds: float | None = 3.0, work: float | None = None, seed: int = 1
) -> Price:
    """Re-solve the village with the change made; sessions moved or given up by it are free to lie elsewhere."""
    if not reason.changes:
        return Price(reason, plan.value, plan.value, {}, (), plan)
    lasting = [c for c in reason.changes if c.kind not in ("add", "move", "drop")]
    changed, _ = apply(town, plan.sessions, lasting)
    after = replan(
        changed, plan, keep=0.0, villages=[reason.village], seconds=seconds, work=work, seed=seed, strict=False
    )
    after = max(plan, _by_hand(town, plan, reason), after, key=lambda p: p.value)  # the week as it is stays possible
    more: dict[str, float] = defaultdict(float)
    for sign, which in ((-1, plan), (1, after)):
        for m in which.met:
            if m.village == reason.village:
                more[m.group] += sign * m.met
    return Price(
        reason, plan.value, after.value, {g: round(hours, 2) for g, hours in sorted(more.items())},
        tuple(differences(plan.sessions, after.sessions)), after,
    )  # fmt: skip


def _by_hand(town: Town, plan: Plan, reason: Reason) -> Plan:
    """The plan with exactly the named changes and nothing else."""
    changed, sessions = apply(town, plan.sessions, reason.changes)
    weeks = {}
    for i, v in enumerate(changed.villages):
        mine = [s for s in sessions if s.village == v.id]
        weeks[i] = _shared(changed, v, i, mine) if v.id == reason.village else _kept(changed, i, mine, plan.met)
    return assemble(changed, weeks, None, seed=plan.seed, workers=1, work=None, seconds=0.0)


def edit(town: Town, plan: Plan, village: str, sessions: Sequence[Session]) -> tuple[Plan, list[str]]:
    """One village's week changed by hand: the plan with these sessions in it (none: an empty week), and what is wrong.

    The other villages stay, and so does the proven bound. The village's shares are worked out anew, so that needs met
    and worst group can be shown before and after; it is worked out alone, so that a town of thirty answers at once.
    """
    place = town.village(village)
    away = [s for s in plan.sessions if s.village != village]
    broken = [*check_village(town, place, sessions), *specialist_violations(town, [*away, *sessions])]
    alone = replace(town, villages=(place,))
    week = _shared(alone, place, 0, [s for s in sessions if _known(town, place, s)])
    made = assemble(alone, {0: week}, None, seed=plan.seed, workers=1, work=None, seconds=0.0)
    return with_week_of(town, plan, village, made), list(dict.fromkeys(one.text for one in broken))


def _known(town: Town, village: Village, s: Session) -> bool:
    return any(x.id == s.service for x in town.services) and any(x.id == s.space for x in village.spaces)


def _shared(town: Town, village: Village, index: int, sessions: list[Session]) -> MadeWeek:
    c = compile_village(town, village, with_options=False)
    return shared_out(c, index, [option_of(c, s) for s in sessions])
