"""Timetable: a village, a town of 30, the half-hour grid, changes by hand, reasons; one CP-SAT model and FET beside it.

Towns are made up from a seed. The peers: the same programme given whole to CP-SAT, with its defaults and with its
strongest linear relaxation; FET (Debian's `fet`, if it is installed) on one village. A town's peers get twice our time.
XIANGLI_TIMETABLE=village,town,half_hour,hand runs only some parts; together they take ten minutes of two cores.
A whole county (XIANGLI_TIMETABLE=county) is left out unless it is asked for: seven minutes of one core.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench._fet import Counts, counts_for, counts_of, place
from bench.funding import cpu_ms
from xiangli.planning.county import Limits, plan_county
from xiangli.planning.timetable import (
    Plan,
    Progress,
    Session,
    Town,
    check,
    edit,
    generate,
    read_town,
    replan,
    solve,
    why,
)
from xiangli.planning.timetable.compiling import compile_village
from xiangli.planning.timetable.formulas import VisitKey, exact
from xiangli.planning.timetable.linear import Linear, to_cp_sat
from xiangli.planning.timetable.touring import Master

Line = tuple[str, float, str]
WORKERS = 2
GOAL = 0.01
PEERS: dict[str, dict[str, Any]] = {"defaults": {}, "max_lp": {"linearization_level": 2, "num_workers": 1}}


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Wall seconds, and the result."""
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def whole(town: Town) -> Linear:
    """The town as one programme: every village's, joined by specialists who are in one place, far villages apart."""
    joined, z = Linear(), dict[tuple[int, VisitKey], int]()
    for v, village in enumerate(town.villages):
        formula, first = exact(compile_village(town, village)), len(joined.upper)
        joined.upper += formula.linear.upper
        joined.obj += formula.linear.obj
        joined.rows += [([first + x for x in xs], coefs, a, b) for xs, coefs, a, b in formula.linear.rows]
        z |= {(v, key): first + x for key, x in formula.visits.items()}
    at: dict[VisitKey, list[int]] = defaultdict(list)
    for v, key in sorted(z):
        at[key].append(v)
    for key, villages in at.items():
        joined.at_most_one([z[v, key] for v in villages])
    Master(town, {}).far_apart(joined, z, at)
    return joined


def cp_sat(linear: Linear, seconds: float, **parameters: Any) -> tuple[float | None, float]:
    """(gap proven, seconds) by CP-SAT; gap None: no solution yet."""
    from ortools.sat.python import cp_model

    model, _ = to_cp_sat(linear)
    solver = cp_model.CpSolver()
    settings = {"num_workers": WORKERS, "max_time_in_seconds": seconds, **parameters}
    for name, value in settings.items():
        setattr(solver.parameters, name, value)
    took, status = timed(lambda: solver.solve(model))
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None, took
    return (solver.best_objective_bound - solver.objective_value) / max(1.0, solver.best_objective_bound), took


def ours(town: Town, seconds: float, gap: float, workers: int = WORKERS) -> tuple[Plan, dict[str, float]]:
    """Our plan, and when the goal was reached; a plan that breaks a rule ends the benchmark."""
    reached: dict[str, float] = {}

    def look(p: Progress) -> None:
        if p.gap is not None and p.gap <= GOAL:
            reached.setdefault("goal", p.seconds)

    took, plan = timed(lambda: solve(town, seconds=seconds, workers=workers, gap=gap, progress=look))
    assert check(town, plan) == []
    return plan, {"seconds": took, **reached}


def measured(name: str, town: Town, seconds: float, gap: float, peer_seconds: float) -> Iterator[Line]:
    """A town: ours, then each peer on the same programme."""
    plan, times = ours(town, seconds, gap)
    mine = plan.gap or 0.0
    yield f"{name}: ours, {len(plan.sessions)} sessions", times["seconds"], "s"
    yield "  proven gap", mine * 100, "%"
    yield "  until 1 % was proven", times.get("goal", float("inf")), "s"
    linear = whole(town)
    for label, parameters in PEERS.items():
        theirs, took = cp_sat(linear, peer_seconds, **parameters)
        yield f"  peer: one CP-SAT model, {label}, {'no solution' if theirs is None else 'gap'}", took, "s"
        if theirs is not None:
            yield "  peer: proven gap", theirs * 100, "%"
        if theirs and mine:
            yield "  ratio of the gaps", theirs / mine, "x"
        elif theirs == mine:
            yield "  ratio of the times to the proof", took / times["seconds"], "x"


def village() -> Iterator[Line]:
    """One village alone, to the last unit; FET on a village without visitors (it knows no fortnight)."""
    yield from measured("village (proven optimal is the goal)", read_town(generate(villages=1)), 10, 0.0, 10)
    town = read_town(generate(villages=1, specialists=0))
    plan, times = ours(town, 10, 0.0, 1)
    yield f"village without visitors: ours, {len(plan.sessions)} sessions chosen and placed", times["seconds"], "s"
    yield "  value, of what is possible at most", 100 * plan.value / (plan.bound or 1), "%"
    if shutil.which("fet-cl"):
        yield from fet(town, plan)


def fet(town: Town, plan: Plan) -> Iterator[Line]:
    """FET, ten seconds a try: the largest part of our own list, and of the needs, that it can place."""
    c = compile_village(town, town.villages[0])
    listed = sorted(key for key, n in counts_of(c, plan.sessions).items() for _ in range(n))
    random.Random(1).shuffle(listed)
    yield from most(town, plan, "of our list", lambda part: Counter(listed[: round(part * len(listed))]))
    yield from most(town, plan, "of every need", lambda part: counts_for(c, part))


def most(town: Town, plan: Plan, label: str, listing: Callable[[float], Counts]) -> Iterator[Line]:
    """What FET's week is worth with the largest list that it places, five per cent more each time."""
    best, week, took = 0.0, list[Session](), 0.0
    for part in (step / 20 for step in range(1, 21)):
        seconds, placed = timed(lambda part=part: place(town, listing(part), 10))  # type: ignore[misc]
        if placed is None:
            break
        best, week, took = part, placed, seconds
    made, faults = edit(town, plan, town.villages[0].id, week)
    yield f"  peer: FET places at most {best:.0%} {label}: {len(week)} sessions", took, "s"
    share = 100 * made.value / (plan.bound or 1)
    yield f"  peer: value of it, with {len(faults)} rules broken that it cannot be told", share, "%"
    yield "  ratio of the values", plan.value / max(1, made.value), "x"


def town() -> Iterator[Line]:
    yield from measured("town of 30 villages, hourly", read_town(generate()), 60, 0.003, 120)


def half_hour() -> Iterator[Line]:
    plan, times = ours(read_town(generate(slot_minutes=30)), 120, GOAL)
    yield "town of 30 villages, half-hour grid: ours", times["seconds"], "s"
    yield "  proven gap", (plan.gap or 0.0) * 100, "%"


def hand() -> Iterator[Line]:
    """What a person waits for: a change judged, a village made again around a pin, reasons."""
    asked = read_town(generate())
    plan = solve(asked, seconds=20, workers=WORKERS)
    first = asked.villages[0].id
    mine = [s for s in plan.sessions if s.village == first]
    yield "a session removed by hand, judged", cpu_ms(lambda: edit(asked, plan, first, mine[1:]), 3)[0], "ms CPU"
    pinned = replace(asked, pins=(mine[-1],))
    took, (spent, after) = timed(lambda: cpu_ms(lambda: replan(pinned, plan, villages=[first])))
    assert check(pinned, after) == []
    yield "one village made again around a pin", took, "s"
    yield "  of it", spent, "ms CPU"
    took, reasons = cpu_ms(lambda: why(asked, plan), 3)
    yield f"every reason of the town: {len(reasons)} shortfalls", took, "ms CPU"
    yield "  for 136 shortfalls", took / len(reasons) * 136, "ms CPU"
    yield "reasons of one village", cpu_ms(lambda: why(asked, plan, village=first), 3)[0], "ms CPU"


def county() -> Iterator[Line]:
    """Twenty towns of ten villages as the command line plans them, one after another on one core."""
    with TemporaryDirectory() as folder:
        inputs = Path(folder) / "towns"
        inputs.mkdir()
        for seed in range(1, 21):
            text = json.dumps(generate(seed=seed, villages=10), ensure_ascii=False)
            (inputs / f"{seed:02d}.json").write_text(text, "utf-8")
        limits = Limits(seconds=20, workers=1, gap=GOAL)
        took, done = timed(lambda: list(plan_county(inputs, Path(folder) / "plans", limits)))
        assert not any(one.faults for one in done)
        value, bound = sum(one.value for one in done), sum(one.bound or 0 for one in done)
        yield "county of 20 towns of 10 villages, hourly, one core, at most 20 s each", took, "s"
        yield "  proven gap of the county", (bound - value) / bound * 100, "%"
        again, _ = timed(lambda: list(plan_county(inputs, Path(folder) / "plans", limits)))
        yield "  the same again: every plan read and checked", again, "s"


def run() -> list[Line]:
    parts = {"village": village, "town": town, "half_hour": half_hour, "hand": hand, "county": county}
    asked = os.environ.get("XIANGLI_TIMETABLE") or ",".join(name for name in parts if name != "county")
    return [line for name in asked.split(",") for line in parts[name.strip()]()]
