"""One village at work: its relaxation kept warm for the tour master, and its week made for given visits."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from .compiling import Compiled, Option, compile_village
from .formulas import Formula, VisitKey, exact, sharing, visit_key
from .linear import Found, Limits, solve_whole, to_cp_sat
from .model import Town
from .occupancy import MetUnits, Shares, Week, fill, trim
from .relaxing import Cut, Relaxation
from .scoring import village_value

Place = tuple[int, int, int, int, int]
DIVES = 10
BUILDING = 5e-5  # seconds for each option that it takes at least to build a programme
FILLING = 0.3  # seconds that filling a week may take though the time is over: an empty week would be no use
FREELY = Limits()


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

    def given(self, visits: Mapping[VisitKey, float], limits: Limits = FREELY) -> tuple[Cut, dict[VisitKey, float]]:
        return self.relaxation.given(visits) if self._in_time(limits) else (self._ceiling(), {})

    def priced(self, prices: Mapping[VisitKey, float], limits: Limits = FREELY) -> tuple[Cut, dict[VisitKey, float]]:
        return self.relaxation.priced(prices) if self._in_time(limits) else (self._ceiling(), {})

    def _in_time(self, limits: Limits) -> bool:
        """Whether the relaxation can be asked before the time is over; it is told how long it may take."""
        seconds = limits.wall()
        if seconds is not None:
            seconds -= 0.0 if self._relaxation else BUILDING * len(self.c.options)
            if seconds <= 0.0:
                return False
        self.relaxation.within(seconds)
        return True

    def _ceiling(self) -> Cut:
        """What the village is worth when every need is met, whatever the visits."""
        rows = [(g, need, need) for needs in self.c.needs.values() for g, need in needs.items()]
        return Cut(village_value(self.c.town, rows), {})

    def options(self, visits: Iterable[VisitKey]) -> list[Option]:
        allowed = set(visits)
        return [o for o in self.c.options if o.specialist < 0 or visit_key(self.c, o) in allowed]

    def quick(self, visits: Iterable[VisitKey], limits: Limits = FREELY, filling: float = FILLING) -> MadeWeek:
        """A week by greedy filling: pinned and earlier sessions, what the relaxation settles on, the best rest.

        The limits' seconds are for asking the relaxation. filling: seconds for the rest, be the time over or not.
        """
        options, started = self.options(visits), time.monotonic()
        week = Week(self.c)
        for option in sorted(options, key=lambda o: not o.pinned):
            if option.pinned or (place_of(option) in self.prior and week.clear(option)):
                week.add(option)
        shares = Shares.of(self.c, week.chosen)
        leaning = self._dive(week, set(visits), limits)
        self._least(week, shares, [*leaning, *options])
        for option in leaning:
            if week.clear(option):
                week.add(option)
                shares.add(option)
        until = None if limits.until is None else started + filling
        for _ in range(2):  # what trimming frees may serve somebody else
            fill(week, shares, options, until)
            trim(week, shares)
            if until is not None and time.monotonic() > until:
                break
        return MadeWeek(self.index, tuple(week.chosen), shares.met, shares.value(), None, 0.0, False)

    def _dive(self, week: Week, visits: set[VisitKey], limits: Limits) -> list[Option]:
        """Sessions that the relaxation settles on when it is made whole little by little; none if it was never asked.

        Each round fixes what it holds nearly whole (at least its largest part) and asks again, from warm.
        """
        if self._relaxation is None or self._formula is None:
            return []
        cells = {v: o for v, [o] in self._formula.cells.items() if o.specialist < 0 or visit_key(self.c, o) in visits}
        trial, settled = Week(self.c), list[Option]()
        for option in week.chosen:
            trial.add(option)
        fixed: dict[int, int] = {v: 1 for v, o in cells.items() if o in week.chosen}
        started = time.monotonic()
        for _ in range(DIVES):
            seconds = limits.wall(since=started)
            if seconds == 0.0:
                break
            self._relaxation.within(seconds)
            x = self._relaxation.settled(visits, fixed)
            order = sorted((-x[v], v) for v in cells if v not in fixed and x[v] > 0.01)
            if not order:
                break
            taken = [v for weight, v in order if weight < -0.8] or [v for _, v in order[: 1 + len(order) // 5]]
            for v in taken:
                fixed[v] = int(trial.clear(cells[v]))
                if fixed[v]:
                    trial.add(cells[v])
                    settled.append(cells[v])
        return settled

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

    def week(self, visits: Iterable[VisitKey], limits: Limits) -> MadeWeek | None:
        """The best week found for these visits within the limits. Raises ValueError if there provably is none.

        None: the time would be over before the search could begin.

        Shares of needs may lie between whole units in the search: they are shared out in whole units afterwards.
        """
        chosen = set(visits)
        if not self._worth_it(limits):
            return None
        formula = exact(replace(self.c, options=self.options(chosen)))
        if self.keep:
            kept = [v for v, [o] in formula.cells.items() if place_of(o) in self.prior]
            formula.linear.row(kept, [1] * len(kept), least=min(self.keep, len(kept)))
        if self.prior:
            self._prefer_prior(formula)
        found = self._solve(formula, limits)
        if found.x is None:
            return replace(self.quick(chosen, replace(limits, seconds=0.0)), work=found.work)
        return self._finish(formula, found.x, None if self.prior else found.bound, found.work)

    def _worth_it(self, limits: Limits) -> bool:
        """Whether there is time to build the programme and to search a little."""
        seconds = limits.wall()
        return limits.until is None or seconds is None or seconds > 2 * BUILDING * (1 + len(self.c.options))

    def _solve(self, formula: Formula, limits: Limits) -> Found:
        parts = set[int]() if limits.whole_shares else {v for tiers in formula.met.values() for v in tiers}
        try:
            return solve_whole(formula.linear, limits, parts=parts)
        except ValueError as error:
            raise ValueError(f"village {self.c.village.id}: no week keeps all hard rules") from error

    def _prefer_prior(self, formula: Formula) -> None:
        """An earlier session gives way only to something worth a twentieth of an average session more.

        The preference is the solver's only: values and bounds that are reported leave it out.
        """
        top = sum(u * a for u, a in zip(formula.linear.upper, formula.linear.obj, strict=True))
        for v, [option] in formula.cells.items():
            if place_of(option) in self.prior:
                formula.linear.obj[v] = max(1, top // (20 * len(self.prior)))

    def bound(self, prices: Mapping[VisitKey, int], limits: Limits) -> tuple[int, float]:
        """(most that the village can be worth when each visit costs its price, work used): for the Lagrangian bound.

        Raises ValueError if there is no time for it.
        """
        if not self._worth_it(limits):
            raise ValueError("no time")
        found = self._solve(exact(self.c, prices), limits)
        return found.bound, found.work

    def _finish(self, formula: Formula, x: list[float], bound: int | None, work: float) -> MadeWeek:
        """The solver's week with idle sessions dropped, free places filled and needs shared out in whole units."""
        week = Week(self.c)
        for v, [option] in formula.cells.items():
            if x[v] > 0.5 and week.clear(option):
                week.add(option)
        met = {key: n for key, tiers in formula.met.items() if (n := math.floor(sum(x[t] for t in tiers) + 1e-6))}
        shares = Shares.of(self.c, week.chosen, met)
        for k, b in list(shares.left):
            shares.pour(k, b)
        if not self.keep:
            trim(week, shares)
        visits = {visit_key(self.c, o) for o in week.chosen if o.specialist >= 0}
        fill(week, shares, self.options(visits))
        best = shared_out(self.c, self.index, week.chosen, shares)
        return replace(best, bound=bound and max(bound, best.value), work=work, solved=True)


def place_of(o: Option) -> Place:
    """What makes two options the same session: service, space, start slot, week, specialist."""
    return o.service, o.space, o.start, o.week, o.specialist


def shared_out(c: Compiled, index: int, options: Iterable[Option], known: Shares | None = None) -> MadeWeek:
    """A week whose sessions are given: the best shares of them, by a small programme (tens of milliseconds)."""
    from ortools.sat.python import cp_model

    held = tuple(options)
    formula = sharing(c, held)
    model, x = to_cp_sat(formula.linear)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers, solver.parameters.linearization_level = 1, 2
    solver.parameters.max_deterministic_time, solver.parameters.relative_gap_limit = 0.5, 1e-4
    solver.parameters.catch_sigint_signal = False
    greedy = known or Shares.of(c, held)
    if solver.solve(model) in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        met = {key: n for key, tiers in formula.met.items() if (n := sum(int(solver.value(x[t])) for t in tiers))}
        best = Shares.of(c, held, met)
        for k, b in list(best.left):
            best.pour(k, b)
        if best.value() > greedy.value():
            greedy = best
    return MadeWeek(index, held, greedy.met, greedy.value(), None, 0.0, False)
