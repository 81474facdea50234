"""One village at work: its relaxation kept warm for the tour master, and its week made for given visits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from .compiling import Compiled, Option, compile_village
from .formulas import Formula, VisitKey, exact, visit_key
from .linear import to_cp_sat
from .model import Town
from .occupancy import MetUnits, Shares, Week, fill, trim
from .relaxing import Cut, Relaxation

Place = tuple[int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Limits:
    """When a week is good enough or too dear: deterministic work, wall seconds, and the gap to stop at."""

    work: float | None = None
    seconds: float | None = None
    gap: float = 0.004
    seed: int = 1


@dataclass(frozen=True, slots=True)
class MadeWeek:
    """A village's week: options chosen, units met, its value, a bound for these visits (None: not known), work used."""

    village: int
    options: tuple[Option, ...]
    met: MetUnits
    value: int
    bound: int | None
    work: float
    solved: bool


class VillageEngine:
    """All that is kept for one village between calls. ``prior``: earlier sessions, and how many of them to keep."""

    def __init__(self, town: Town, index: int, prior: Iterable[Place] = (), keep: int = 0) -> None:
        self.index = index
        self.c: Compiled = compile_village(town, town.villages[index])
        self.prior = set(prior)
        self.keep = keep
        self._relaxation: Relaxation | None = None
        self._formula: Formula | None = None

    @property
    def relaxation(self) -> Relaxation:
        if self._relaxation is None:
            self._formula = exact(self.c)
            self._relaxation = Relaxation(self._formula)
        return self._relaxation

    def visits(self) -> list[VisitKey]:
        return sorted({visit_key(self.c, o) for o in self.c.options if o.specialist >= 0})

    def given(self, visits: Mapping[VisitKey, float]) -> tuple[Cut, dict[VisitKey, float]]:
        return self.relaxation.given(visits)

    def priced(self, prices: Mapping[VisitKey, float]) -> tuple[Cut, dict[VisitKey, float]]:
        return self.relaxation.priced(prices)

    def options(self, visits: Iterable[VisitKey]) -> list[Option]:
        allowed = set(visits)
        return [o for o in self.c.options if o.specialist < 0 or visit_key(self.c, o) in allowed]

    def quick(self, visits: Iterable[VisitKey]) -> MadeWeek:
        """A week by greedy filling: pinned and earlier sessions, what the relaxation holds most of, then the best rest."""
        options = self.options(visits)
        week = Week(self.c)
        for option in sorted(options, key=lambda o: not o.pinned):
            if option.pinned or (place_of(option) in self.prior and week.clear(option)):
                week.add(option)
        shares = Shares.of(self.c, week.chosen)
        leaning = [o for o in self._leaning() if o in set(options)]
        self._least(week, shares, [*leaning, *options])
        for option in leaning:
            if option not in week.chosen and week.clear(option):
                week.add(option)
                shares.add(option)
        for _ in range(2):  # what trimming frees may serve somebody else
            fill(week, shares, options)
            trim(week, shares)
        return MadeWeek(self.index, tuple(week.chosen), shares.met, shares.value(), None, 0.0, False)

    def _leaning(self) -> list[Option]:
        """Options of which the relaxation, last asked, held a good part, most first."""
        if self._formula is None or self._relaxation is None or self._relaxation.last is None:
            return []
        x = self._relaxation.last
        held = sorted((-x[v], v, option) for v, [option] in self._formula.cells.items() if x[v] > 0.3)
        return [option for _, _, option in held]

    def _least(self, week: Week, shares: Shares, options: list[Option]) -> None:
        """One session for every visit, and the least number of sessions a service must offer; earlier options first."""
        groups: dict[object, list[Option]] = {}
        for option in options:
            if option.specialist >= 0:
                groups.setdefault(visit_key(self.c, option), []).append(option)
            if self.c.town.services[option.service].per_week_min:
                groups.setdefault(option.service, []).append(option)
        for what, group in groups.items():
            least = 1
            if isinstance(what, int):
                least = self.c.town.services[what].per_week_min - self.c.week_count[what]
            for option in group:
                if sum(o in group for o in week.chosen) >= least:
                    break
                if week.clear(option):
                    week.add(option)
                    shares.add(option)

    def week(self, visits: Iterable[VisitKey], limits: Limits) -> MadeWeek:
        """The best week found for these visits within the limits. Raises ValueError if there provably is none.

        No hint is given: CP-SAT's own first solutions, led by the linear relaxation, are far better than a greedy
        week, and a hinted start was measured to keep it from finding them (9 % instead of 1 % after the same work).
        """
        from ortools.sat.python import cp_model

        chosen = set(visits)
        formula = exact(replace(self.c, options=self.options(chosen)))
        if self.keep:
            kept = [v for v, [o] in formula.cells.items() if place_of(o) in self.prior]
            formula.linear.row(kept, [1] * len(kept), least=min(self.keep, len(kept)))
        model, x = to_cp_sat(formula.linear)
        solver = cp_model.CpSolver()
        p = solver.parameters
        p.num_workers, p.linearization_level, p.random_seed = 1, 2, limits.seed
        p.relative_gap_limit, p.catch_sigint_signal = limits.gap, False
        if limits.work is not None:
            p.max_deterministic_time = limits.work
        if limits.seconds is not None:
            p.max_time_in_seconds = limits.seconds
        status = solver.solve(model)
        work = float(solver.response_proto.deterministic_time)
        if status == cp_model.INFEASIBLE:
            raise ValueError(f"village {self.c.village.id}: no week keeps all hard rules")
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return replace(self.quick(chosen), work=work)
        bound = int(solver.best_objective_bound + 0.5)
        return self._finish(formula, [int(solver.value(v)) for v in x], bound, work)

    def _finish(self, formula: Formula, x: list[int], bound: int, work: float) -> MadeWeek:
        """The solver's week with idle sessions dropped and free places filled."""
        week = Week(self.c)
        for v, [option] in formula.cells.items():
            if x[v]:
                week.add(option)
        met = {key: units for key, tiers in formula.met.items() if (units := sum(x[t] for t in tiers))}
        shares = Shares.of(self.c, week.chosen, met)
        for k, b in list(shares.left):
            shares.pour(k, b)
        if not self.keep:
            trim(week, shares)
        visits = {visit_key(self.c, o) for o in week.chosen if o.specialist >= 0}
        fill(week, shares, self.options(visits))
        value = shares.value()
        return MadeWeek(self.index, tuple(week.chosen), shares.met, value, max(bound, value), work, True)


def place_of(o: Option) -> Place:
    """What makes two options the same session: service, space, start slot, week, specialist."""
    return o.service, o.space, o.start, o.week, o.specialist

