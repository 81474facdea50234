"""Why not? For every need left unmet: what stands in the way of the best start, and the cheapest change.

Every start that would serve the need is looked at against the week as it is (``starts``): blockers are read off bit
masks, so that all shortfalls of a town take milliseconds. The cheapest set of blockers (``Costs``) is turned into
named changes (``remedies``); ``verify`` applies them and asks the independent checker whether the need has become
servable.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from heapq import nsmallest

from .changes import Change, Costs, apply
from .checking import check_village, offered, specialist_violations
from .compiling import Compiled, Option, compile_village
from .model import Plan, Session, Town
from .remedies import Remedies
from .starts import Start, Starts
from .travel import Travel

NEAREST_TRIED = 2


@dataclass(frozen=True, slots=True)
class Reason:
    """One shortfall explained. unmet and serves in person-hours a week; changes, done in order, make it servable.

    blockers: Chinese, what stands in the way of the nearest start. changes empty: nothing thinkable would help.
    """

    village: str
    service: str
    group: str
    band: str
    need: float
    unmet: float
    blockers: tuple[str, ...]
    changes: tuple[Change, ...]
    cost: float
    serves: float

    @property
    def text(self) -> str:
        todo = "，".join(c.text for c in self.changes if c.kind != "add")
        if not self.changes:
            return "；".join(self.blockers)
        return f"{'；'.join(self.blockers)}。{todo or '直接加一场即可'}，可多服务 {self.serves:g} 人时"


def why(
    town: Town, plan: Plan, *, village: str | None = None, service: str | None = None, costs: Costs | None = None
) -> list[Reason]:
    """A reason for every need that the plan leaves unmet, largest shortfall first within a village."""
    found: list[Reason] = []
    sessions: dict[str, list[Session]] = defaultdict(list)
    for s in plan.sessions:
        sessions[s.village].append(s)
    travel = Travel.of(town, plan.sessions)
    for v in town.villages:
        if village is None or v.id == village:
            unmet = [m for m in plan.met if m.village == v.id and m.need - m.met > 1e-6]
            unmet = [m for m in unmet if service is None or m.service == service]
            if unmet:
                compiled = compile_village(town, v, with_options=False)
                explainer = Explainer(Starts(compiled, sessions[v.id], travel, costs or Costs()))
                rows = [explainer.explain(m.service, m.group, m.band, m.need, m.met) for m in unmet]
                found += sorted(rows, key=lambda r: -r.unmet)
    return found


def _if_moved(start: Start) -> tuple[float, int]:
    return start[0], start[2]


def _if_given_up(start: Start) -> tuple[float, int]:
    return start[1], start[2]


@dataclass(slots=True)
class Explainer:
    """One village's week, ready to be asked why not."""

    starts: Starts
    c: Compiled = field(init=False)
    remedies: Remedies = field(init=False)

    def __post_init__(self) -> None:
        self.c, self.remedies = self.starts.c, Remedies(self.starts)

    def explain(self, service: str, group: str, band: str, need: float, met: float) -> Reason:
        k = next(i for i, s in enumerate(self.c.town.services) if s.id == service)
        g = next(i for i, x in enumerate(self.c.town.groups) if x.id == group)
        b = next(i for i, x in enumerate(self.c.town.bands) if x.id == band)
        best: tuple[float, list[str], list[Change], float] | None = None
        starts = list(self.starts.serving(k, g, b))
        nearest = nsmallest(NEAREST_TRIED, starts, key=_if_moved) + nsmallest(NEAREST_TRIED, starts, key=_if_given_up)
        for hoped, _, _, place in nearest:
            if best is not None and hoped >= best[0]:
                continue
            option = self.starts.option(k, *place)
            blockers, changes = self.remedies.changes(option, g)
            cost = sum(c.cost for c in changes)
            if best is None or cost < best[0]:
                best = cost, blockers, changes, min(need - met, self._hours(option, b))
        if best is None:
            reason = self._hopeless(k, b)
            return Reason(self.c.village.id, service, group, band, need, need - met, (reason,), (), math.inf, 0.0)
        cost, blockers, changes, serves = best
        return Reason(
            self.c.village.id,
            service,
            group,
            band,
            need,
            need - met,
            tuple(blockers),
            tuple(changes),
            cost,
            round(serves, 2),
        )

    def _hours(self, option: Option, b: int) -> float:
        return self.c.grid.hours(next((u for band, u in option.gives if band == b), 0))

    def _hopeless(self, k: int, b: int) -> str:
        service, band = self.c.town.services[k], self.c.town.bands[b]
        if service.specialist is not None and not any(s.skill == service.specialist for s in self.c.town.specialists):
            return f"名单里没有“{service.specialist}”这样的专家"
        visiting = [h for s in self.c.town.specialists if s.skill == service.specialist for _, _, h in s.slots]
        if service.specialist is not None and visiting:
            session = f"一场 {service.minutes} 分钟的{service.name}"
            return f"“{service.specialist}”能出诊的半天都不在“{band.name}”，或容不下{session}"
        return f"“{band.name}”里放不下一场 {service.minutes} 分钟的{service.name}"


def verify(town: Town, plan: Plan, reason: Reason) -> list[str]:
    """Apply the reason's changes and let the independent checker speak; empty when the sentence is true."""
    changed, sessions = apply(town, plan.sessions, reason.changes)
    village = changed.village(reason.village)
    mine = [s for s in sessions if s.village == reason.village]
    faults = [v.text for v in check_village(changed, village, mine)]
    faults += [v.text for v in specialist_violations(changed, sessions)]
    before = offered(town, town.village(reason.village), [s for s in plan.sessions if s.village == reason.village],
                     reason.service, reason.band)  # fmt: skip
    after = offered(changed, village, mine, reason.service, reason.band)
    group = next(g for g in town.groups if g.id == reason.group)
    side = 1 if group.ground_floor else 0
    if after[side] < before[side] + reason.serves - 0.01:
        faults.append(f"只多提供 {after[side] - before[side]:g} 人时，不是 {reason.serves:g}")
    return faults
