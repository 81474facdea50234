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

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from .crew import Crew, Failure, Task, crew_of
from .engine import FILLING, MadeWeek, VillageEngine
from .errors import NoPlanFound, Problem, TimetableError
from .formulas import VisitKey
from .linear import Limits
from .model import Plan, Town
from .refusal import refuse
from .relaxing import Cut
from .reporting import assemble
from .touring import Master, Tour
from .underway import GRACE, Progress, Run

TOUR_ROUNDS = 3
ROUGHLY = 0.002  # a gap at which a village's first week is good enough to be kept while its proof is looked for


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
    apart: bool = False,
) -> Plan:
    """The best plan found within ``seconds`` of wall time or ``work`` of deterministic time (neither: 60 s).

    Stops early once ``gap`` is proven. Raises TimetableError for an input that cannot be planned (with
    ``strict=False`` a need that nothing in the town can serve is left as a shortfall instead), NoPlanFound when
    the hard rules contradict one another. KeyboardInterrupt returns the best plan so far; ``apart`` keeps the long
    searches out of this process even with one worker, so that it is heard at once.
    """
    if not (0 <= gap <= 1 and 0 <= seed < 2**31 and workers >= 1):
        raise TimetableError("求解的参数不对：gap 在 0 到 1 之间，seed 是不太大的非负整数，workers 至少是 1")
    if seconds is None and work is None:
        seconds = 60.0
    run = Run(town, seconds, work, gap, seed, workers, progress)
    refuse(town, strict=strict)
    searches = 1 if work is not None else 2  # of one village at a time, where nothing else is left to do
    crew = crew_of(town, min(workers, searches * len(town.villages)), apart=apart)
    try:
        tour, prices = _tour(run, crew)
        _weeks(run, crew, tour, prices)
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


def _ask(run: Run, crew: Crew, tasks: list[Task], *, anyone: bool = False) -> list[tuple[int, Any]]:
    return sorted(crew.each(tasks, anyone=anyone), key=lambda pair: pair[0])


def _tour(run: Run, crew: Crew) -> tuple[Tour, dict[VisitKey, float]]:
    """The specialists' visits, the prices of their half-days, and the town's bound."""
    everyone = range(len(run.town.villages))
    keys: dict[int, list[VisitKey]] = dict(crew.each([(v, "visits", ()) for v in everyone]))
    master = Master(run.town, keys)
    wanted = Counter(key for k in keys.values() for key in k)
    share = {v: {key: 1 / wanted[key] for key in keys[v]} for v in everyone}
    for v, key in master.pinned:  # a pinned visit is nobody else's
        share = {w: {k: float(w == v) if k == key else x for k, x in mine.items()} for w, mine in share.items()}
    _cuts(run, crew, master, "given", share)
    value, tour, prices = master.relaxed()
    run.tighten(value)
    run.tell("bound")
    if len(everyone) == 1 or not any(keys.values()):  # nobody to share the specialists with
        run.alone = True
        return {v: dict.fromkeys(keys[v], 1.0) for v in everyone}, {}
    if run.left() > 4 * run.passed():
        _cuts(run, crew, master, "given", tour)
        _cuts(run, crew, master, "priced", dict.fromkeys(everyone, prices))
        value, tour, prices = master.relaxed()
        run.tighten(value)
        run.tell("bound")
    return _whole_tour(run, crew, master), prices


def _whole_tour(run: Run, crew: Crew, master: Master) -> Tour:
    best: tuple[float, Tour] | None = None
    for _ in range(TOUR_ROUNDS):
        seconds = None if run.seconds is None else max(0.5, 0.2 * run.left())
        try:
            bound, tour = master.whole(work=max(0.2, (run.work or 40.0) / 40), seconds=seconds, seed=run.seed)
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


def _cuts(run: Run, crew: Crew, master: Master, method: str, about: dict[int, dict[VisitKey, float]]) -> dict[int, Cut]:
    """Ask every village's relaxation, hand the cuts to the master."""
    found: dict[int, Cut] = {}
    # Without the first there is no proof at all.
    limits = run.within(0.8, 0.3) if run.bound is None else run.within(0.5)
    for v, answer in _ask(run, crew, [(v, method, (visits, limits)) for v, visits in sorted(about.items())]):
        cut, _ = answer
        master.add(v, cut)
        found[v] = cut
    return found


def _weeks(run: Run, crew: Crew, tour: Tour, prices: dict[VisitKey, float]) -> None:
    """Every village's week: roughly, then a first solve of each, then more for those that lag behind."""
    order = sorted(tour)
    n = len(order)
    limits, filling = run.within(1.0), FILLING
    if run.until is not None:
        each = min(run.workers, n) / n
        limits = replace(limits, seconds=0.4 * run.left() * each)
        filling = each * max(GRACE, run.left() - 0.5)
    for _, made in _ask(run, crew, [(v, "quick", (list(tour[v]), limits, filling)) for v in order]):
        run.take(_week(made))
    run.tell("weeks")
    if run.exhausted():
        return
    if run.alone and run.work is None and n < run.workers:
        _race(run, crew, tour, order)
        return
    _round(run, crew, tour, order, run.share(n, 0.5, max(0.8 * run.gap, ROUGHLY if run.alone else 0.0), run.seed))
    bounded = False
    for tries in range(2, 12):
        if run.good() or run.exhausted():
            return
        loss = {v: max(0, (w.bound or w.value) - w.value) if w.solved else w.value for v, w in run.weeks.items()}
        missing = (run.bound or 0) - (run.value() or 0)
        lag = sorted((v for v in order if loss[v] > 0), key=lambda v: -loss[v])[: max(2 * run.workers, n // 3)]
        if not bounded and (not lag or 3 * sum(loss.values()) < missing) and not run.alone:
            bounded = True
            _lagrangian(run, crew, prices)
        elif lag:
            limits = run.share(len(lag), 0.9 if run.alone else 0.5, 0.5 * run.gap / tries, run.seed + tries)
            _round(run, crew, tour, lag, replace(limits, whole_shares=run.alone))
        else:
            return


def _lagrangian(run: Run, crew: Crew, prices: dict[VisitKey, float]) -> None:
    """A bound with whole sessions: each village at its best when visits cost their price, plus the prices.

    For any prices >= 0, value(plan) <= sum over villages of max(value - prices of its visits) + sum of prices, as
    no half-day of a specialist is used twice. Tighter than the relaxations where a village gets many visits.
    """
    whole = {key: max(0, round(p)) for key, p in prices.items()}
    n = len(run.town.villages)
    limits = run.share(n, 0.5, 0.3 * run.gap, run.seed)
    total = sum(whole.values())
    for _, answer in crew.each([(v, "bound", (whole, limits)) for v in range(n)], anyone=True):
        if isinstance(answer, Failure):
            return
        total += answer[0]
        run.spent += answer[1]
    run.tighten(total)
    run.tell("bound")


def _race(run: Run, crew: Crew, tour: Tour, order: list[int]) -> None:
    """Fewer villages than workers, nobody to share a specialist with: two searches for each, the first proof ends it.

    HiGHS proves some villages in a second on which CP-SAT needs ten, and the other way round. A first rough search
    is for whoever interrupts. Who comes first depends on the clock, as everything under a limit of seconds does.
    """
    proof = Limits(gap=0.5 * run.gap, seed=run.seed, whole_shares=True, until=run.until)
    rough = run.share(len(order), 0.1, max(0.8 * run.gap, ROUGHLY), run.seed)
    ways = (rough, replace(proof, by="cp_sat"), proof)
    _take_weeks(run, crew, [(v, "week", (list(tour[v]), limits)) for limits in ways for v in order])


def _round(run: Run, crew: Crew, tour: Tour, order: list[int], limits: Limits) -> None:
    _take_weeks(run, crew, [(v, "week", (list(tour[v]), limits)) for v in order])


def _take_weeks(run: Run, crew: Crew, tasks: list[Task]) -> None:
    for _, made in crew.each(tasks, anyone=True):
        if made is not None:
            run.take(_week(made))
            run.tell("weeks")
        if run.seconds is not None and (run.good() or run.left() < 0):
            break


def _week(made: object) -> MadeWeek:
    if isinstance(made, Failure):
        raise NoPlanFound([Problem("no_week", made.text, f"硬性规定互相矛盾，排不出一周（{made.text}）")])
    assert isinstance(made, MadeWeek)
    return made


def _fill_up(run: Run) -> None:
    """After an interruption: a greedy week, without visits, for each village that has none yet."""
    for v in range(len(run.town.villages)):
        if v not in run.weeks:
            run.weeks[v] = VillageEngine(run.town, v).quick(())
