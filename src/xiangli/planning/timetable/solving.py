"""A town's plan: prices and a bound from the villages' relaxations, the specialists' tour, then every week.

1. Relaxations. Each village's linear relaxation, asked first with an even share of every half-day and then with
   the master's visits and prices, gives inequalities on what visits are worth (``relaxing``).
2. Tour. The master chooses whole visits over those inequalities; a few rounds make them tight where it looks
   (``touring``). Its bound holds for the whole town.
3. Weeks. Each village's week is made for its visits (``engine``), first all of them roughly, then the ones that
   are farthest from what the relaxation promised, until the gap or the time is reached.

With ``work`` (deterministic time, about CPU seconds) instead of ``seconds`` the result depends on input, seed,
worker count and work alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from .compiling import compile_village
from .crew import Crew, Failure, Prior, Task, crew_of
from .engine import Limits, MadeWeek, VillageEngine
from .errors import NoPlanFound, Problem
from .formulas import VisitKey
from .model import Plan, Town
from .refusal import refuse
from .reporting import assemble
from .touring import Master, Tour

TOUR_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the solve stands. phase: ``bound``, ``tour``, ``weeks``, ``done``; best None until every village has a week."""

    phase: str
    best: int | None
    bound: int | None
    villages_done: int
    villages: int
    seconds: float

    @property
    def gap(self) -> float | None:
        if not self.best or not self.bound:
            return None
        return max(0.0, (self.bound - self.best) / self.bound)


@dataclass(slots=True)
class Run:
    """One solve under way: limits, what is known so far."""

    town: Town
    seconds: float | None
    work: float | None
    gap: float
    seed: int
    workers: int
    progress: Callable[[Progress], None] | None
    started: float = field(default_factory=time.monotonic)
    bound: int | None = None
    weeks: dict[int, MadeWeek] = field(default_factory=dict)
    hopes: dict[int, int] = field(default_factory=dict)
    own: dict[int, int] = field(default_factory=dict)
    spent: float = 0.0
    interrupted: bool = False
    alone: bool = False  # nobody shares a specialist: the villages' own bounds add up to the town's

    def passed(self) -> float:
        return time.monotonic() - self.started

    def left(self) -> float:
        """Wall seconds left (infinite under a work limit)."""
        return float("inf") if self.seconds is None else self.seconds - self.passed()

    def value(self) -> int | None:
        if len(self.weeks) < len(self.town.villages):
            return None
        return sum(w.value for w in self.weeks.values())

    def good(self) -> bool:
        value = self.value()
        return value is not None and self.bound is not None and self.bound - value <= self.gap * self.bound

    def tighten(self, bound: float) -> None:
        whole = int(bound + 1e-6)
        self.bound = whole if self.bound is None else min(self.bound, whole)

    def tell(self, phase: str) -> None:
        if self.progress is not None:
            solved = sum(w.solved for w in self.weeks.values())
            self.progress(Progress(phase, self.value(), self.bound, solved, len(self.town.villages), self.passed()))

    def take(self, made: MadeWeek) -> None:
        self.spent += made.work
        old = self.weeks.get(made.village)
        if old is None or made.value > old.value or (made.solved and not old.solved and made.value == old.value):
            self.weeks[made.village] = made
        if made.bound is not None:
            self.own[made.village] = min(made.bound, self.own.get(made.village, made.bound))
        if self.alone and len(self.own) == len(self.town.villages):
            self.tighten(sum(self.own.values()))


def solve(
    town: Town,
    *,
    seconds: float | None = None,
    work: float | None = None,
    workers: int = 2,
    seed: int = 1,
    gap: float = 0.005,
    progress: Callable[[Progress], None] | None = None,
    strict: bool = True,
) -> Plan:
    """The best plan found within ``seconds`` of wall time or ``work`` of deterministic time (neither: 60 s).

    Stops early once ``gap`` is proven. Raises TimetableError for an input that cannot be planned (with
    ``strict=False`` a need that nothing in the town can serve is left as a shortfall instead), NoPlanFound when
    the hard rules contradict one another. KeyboardInterrupt returns the best plan so far.
    """
    refuse(town, strict=strict)
    if seconds is None and work is None:
        seconds = 60.0
    run = Run(town, seconds, work, gap, seed, workers, progress)
    crew = crew_of(town, workers)
    try:
        tour = _tour(run, crew)
        _weeks(run, crew, tour)
    except KeyboardInterrupt:
        run.interrupted = True
        _fill_up(run)
    finally:
        crew.close()
    run.tell("done")
    return assemble(
        town,
        run.weeks,
        run.bound,
        seed=seed,
        workers=workers,
        work=work,
        seconds=run.passed(),
        interrupted=run.interrupted,
    )


def _ask(run: Run, crew: Crew, tasks: list[Task], *, anyone: bool = False) -> list[tuple[int, object]]:
    return sorted(crew.each(tasks, anyone=anyone), key=lambda pair: pair[0])


def _tour(run: Run, crew: Crew) -> Tour:
    """The specialists' visits, and the town's bound."""
    everyone = range(len(run.town.villages))
    keys: dict[int, list[VisitKey]] = dict(crew.each([(v, "visits", ()) for v in everyone]))
    master = Master(run.town, keys)
    share = {v: {key: 1 / sum(key in k for k in keys.values()) for key in keys[v]} for v in everyone}
    _cuts(run, crew, master, "given", share)
    value, tour, prices = master.relaxed()
    run.tighten(value)
    run.tell("bound")
    if len(everyone) == 1 or not any(keys.values()):  # nobody to share the specialists with
        run.alone = True
        return {v: dict.fromkeys(keys[v], 1.0) for v in everyone}
    if run.left() > 4 * run.passed():
        _cuts(run, crew, master, "given", tour)
        _cuts(run, crew, master, "priced", dict.fromkeys(everyone, prices))
        value, tour, prices = master.relaxed()
        run.tighten(value)
        run.tell("bound")
    return _whole_tour(run, crew, master)


def _whole_tour(run: Run, crew: Crew, master: Master) -> Tour:
    best: tuple[float, Tour] | None = None
    for _ in range(TOUR_ROUNDS):
        seconds = None if run.seconds is None else max(0.5, 0.2 * run.left())
        try:
            bound, tour = master.whole(work=max(1.0, (run.work or 60.0) / 40), seconds=seconds, seed=run.seed)
        except ValueError as error:
            raise NoPlanFound([Problem("tour", "visits", _no_tour(run.town, str(error)))]) from error
        run.tighten(bound)
        run.tell("tour")
        if best is None and run.left() < 3 * run.passed():
            return tour
        cuts = _cuts(run, crew, master, "given", tour)
        value = sum(cut.at(tour[v]) for v, cut in cuts.items())
        if best is None or value > best[0]:
            best = value, tour
            run.hopes = {v: int(cut.at(tour[v])) for v, cut in cuts.items()}
        if bound - value <= 0.1 * run.gap * bound or run.left() < 3 * run.passed():
            break
    assert best is not None
    return best[1]


def _no_tour(town: Town, status: str) -> str:
    if status == "UNKNOWN":
        return "规定的计算量内没有排出专家的走访路线，请增加时间"
    return (
        f"专家的半天不够或相隔太远：{len(town.villages)} 个村、{town.rules.cycle_weeks} 周内，"
        "无法做到每个村都有专家到访，请增加专家的时间，或放宽“同一天两村的距离”"
    )


def _cuts(run: Run, crew: Crew, master: Master, method: str, about: dict[int, dict[VisitKey, float]]):  # type: ignore[no-untyped-def]
    found = {}
    for v, answer in _ask(run, crew, [(v, method, (visits,)) for v, visits in sorted(about.items())]):
        cut, _ = answer  # type: ignore[misc]
        master.add(v, cut)
        found[v] = cut
    return found


def _weeks(run: Run, crew: Crew, tour: Tour) -> None:
    """Every village's week: roughly, then a first solve of each, then more for those that lag behind."""
    order = sorted(tour)
    for _, made in _ask(run, crew, [(v, "quick", (list(tour[v]),)) for v in order]):
        run.take(_week(run, made))
    run.tell("weeks")
    n = len(order)
    seconds = None if run.seconds is None else max(1.5, 0.5 * run.left() * run.workers / n)
    work = None if run.work is None else 0.4 * run.work / n
    _round(run, crew, tour, order, Limits(work, seconds, 0.8 * run.gap, run.seed))
    for tries in range(2, 12):
        if run.good():
            return
        lag = [
            v
            for v in order
            if run.hopes.get(v, run.weeks[v].bound or 0) - run.weeks[v].value > 0.0005 * run.weeks[v].value
        ]
        lag.sort(key=lambda v: run.weeks[v].value - run.hopes.get(v, run.weeks[v].bound or 0))
        lag = [v for v in lag if run.weeks[v].bound is None or run.weeks[v].value < (run.weeks[v].bound or 0)][
            : max(2 * run.workers, n // 3)
        ]
        if not lag:
            return
        if run.work is not None:
            budget = run.work - run.spent
            if budget <= 0.01 * run.work:
                return
            limits = Limits(budget / len(lag) / 1.5, None, 0.5 * run.gap / tries, run.seed + tries)
        else:
            if run.left() < 0.3:
                return
            limits = Limits(
                None, max(1.5, run.left() * run.workers / len(lag) / 2), 0.5 * run.gap / tries, run.seed + tries
            )
        _round(run, crew, tour, lag, limits)


def _round(run: Run, crew: Crew, tour: Tour, order: list[int], limits: Limits) -> None:
    tasks: list[Task] = [(v, "week", (list(tour[v]), limits)) for v in order]
    for _, made in crew.each(tasks, anyone=True):
        run.take(_week(run, made))
        run.tell("weeks")
        if run.seconds is not None and (run.good() or run.left() < 0):
            break


def _week(run: Run, made: object) -> MadeWeek:
    if isinstance(made, Failure):
        raise NoPlanFound([Problem("no_week", made.text, f"硬性规定互相矛盾，排不出一周（{made.text}）")])
    assert isinstance(made, MadeWeek)
    return made


def _fill_up(run: Run) -> None:
    """After an interruption: a greedy week, without visits, for each village that has none yet."""
    for v in range(len(run.town.villages)):
        if v not in run.weeks:
            run.weeks[v] = VillageEngine(run.town, v).quick(())


__all__ = ["Prior", "Progress", "compile_village", "solve"]
