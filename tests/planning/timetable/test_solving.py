import time
from dataclasses import replace
from itertools import combinations

import pytest

from xiangli.planning.timetable import (
    NoPlanFound,
    TimetableError,
    check,
    check_village,
    generate,
    read_town,
    solve,
)
from xiangli.planning.timetable.compiling import compile_village, session_of
from xiangli.planning.timetable.engine import VillageEngine, shared_out
from xiangli.planning.timetable.linear import Limits
from xiangli.planning.timetable.underway import GRACE


def test_small_village_is_solved_to_the_best_that_exists(data):
    """Against trying out every set of sessions, judged by the independent checker."""
    data["villages"][0]["spaces"][0]["open"] = [{"days": [1], "from": "08:00", "to": "12:00"}]
    data["villages"][0]["spaces"][1]["open"] = [{"days": [1], "from": "08:00", "to": "10:00"}]
    town = read_town(data)
    c = compile_village(town, town.villages[0])
    best = 0
    for n in range(len(c.options) + 1):
        for options in combinations(c.options, n):
            if not check_village(town, town.villages[0], [session_of(c, o) for o in options]):
                best = max(best, shared_out(c, 0, options).value)
    plan = solve(town, work=5, workers=1, gap=0.0)
    assert (plan.value, plan.bound, plan.status) == (best, best, "optimal")
    assert check(town, plan) == []


def test_village_alone_is_proven_by_whichever_search_is_first():
    town = read_town(generate(seed=3, villages=1, spaces=3, services=8, specialists=1))
    plan = solve(town, seconds=60, workers=2, gap=0.0)
    assert (plan.status, plan.bound) == ("optimal", plan.value)
    assert check(town, plan) == []


def test_loud_beside_quiet_and_stairs_for_the_old_are_kept(data):
    town = read_town(data)
    plan = solve(town, work=5, workers=1, gap=0.0)
    assert check(town, plan) == []
    old = [m.met for m in plan.met if m.group == "old"]
    seats = sum(16 * 2 for s in plan.sessions if s.service == "chess" and s.space == "hall")
    assert sum(old) <= seats
    assert sum(old) > 0


def test_plan_of_a_town_passes_the_checker_and_is_proven(made_up):
    town, plan = made_up
    assert check(town, plan) == []
    assert plan.bound >= plan.value > 0
    assert {v.village for v in plan.visits} == {"v01", "v02", "v03"}


def test_same_seed_and_work_give_the_same_plan_alone_and_in_a_team():
    town = read_town(generate(seed=2, villages=2, spaces=3, services=8, specialists=1))
    one, again, team = (solve(town, work=1.5, workers=w, seed=3) for w in (1, 1, 2))
    assert one.sessions == again.sessions
    assert (one.value, one.bound, one.met) == (again.value, again.bound, again.met)
    assert replace(team, workers=1, seconds=0) == replace(one, seconds=0)


def test_hardly_any_time_still_gives_a_valid_plan():
    town = read_town(generate(seed=4, villages=3, spaces=4, services=10, specialists=2))
    plan = solve(town, seconds=0.01, workers=1)
    assert check(town, plan) == []
    assert plan.bound >= plan.value > 0


def test_input_too_large_for_its_seconds_is_over_soon_after_them():
    """Reading and compiling take what they take; all that comes after them shares the seconds."""
    town = read_town(generate(villages=8, services=300))
    started = time.process_time()
    for village in town.villages:
        compile_village(town, village)
    compiling = time.process_time() - started
    started = time.process_time()
    plan = solve(town, seconds=0.5, workers=1)
    assert time.process_time() - started < 0.5 + GRACE + 2 * compiling
    assert check(town, plan) == []
    assert len({s.village for s in plan.sessions}) == 8


def test_interruption_returns_a_valid_plan_without_broken_rooms():
    town = read_town(generate(seed=4, villages=3, spaces=4, services=10, specialists=0))
    seen = []

    def stop(progress):
        seen.append(progress.phase)
        if len(seen) == 1:
            raise KeyboardInterrupt

    plan = solve(town, work=3, workers=2, progress=stop)
    assert seen == ["bound", "done"]
    assert plan.status == "interrupted"
    assert check(town, plan) == []
    assert len(plan.sessions) > 0


def test_town_without_needs_has_an_empty_week(data):
    data["villages"][0]["needs"] = []
    plan = solve(read_town(data), work=1, workers=1)
    assert (plan.sessions, plan.value, plan.bound, plan.gap) == ((), 0, 0, 0.0)


def test_worker_that_always_dies_is_given_up_with_a_sentence(monkeypatch):
    from xiangli.planning.timetable.crew import Bench, Team

    town = read_town(generate(seed=2, villages=2, spaces=3, services=8, specialists=1))
    monkeypatch.setattr("sys.executable", "/bin/false")
    team = Team(Bench(town, {}), 1)
    try:
        with pytest.raises(NoPlanFound, match="一再中断"):
            list(team.each([(0, "visits", ())]))
    finally:
        team.close()


@pytest.mark.parametrize("wrong", [{"gap": -1.0}, {"gap": float("nan")}, {"seed": -1}, {"seed": 2**40}, {"workers": 0}])
def test_impossible_parameters_are_refused(data, wrong):
    with pytest.raises(TimetableError, match="参数不对"):
        solve(read_town(data), work=1, **wrong)


def test_rules_that_contradict_each_other_end_with_a_sentence(data):
    """A service that must be held once, and whose only hours a pinned session takes."""
    hall = data["villages"][0]["spaces"][0]
    hall["open"] = [{"days": [1], "from": "09:00", "to": "11:00"}]
    data["services"][1]["per_week_min"] = 1
    data["pins"] = [{"village": "v1", "service": "chess", "space": "hall", "day": 1, "from": "09:00", "to": "11:00"}]
    with pytest.raises(NoPlanFound, match="互相矛盾"):
        solve(read_town(data), work=1, workers=1)


def test_half_hour_grid_uses_half_hours(data):
    data["slot_minutes"] = 30
    data["villages"][0]["spaces"][0]["open"] = [{"days": [1], "from": "08:30", "to": "10:30"}]
    town = read_town(data)
    plan = solve(town, work=2, workers=1, gap=0.0)
    assert check(town, plan) == []
    assert [s.time.start for s in plan.sessions if s.space == "hall"] == [510]


def test_killed_worker_loses_nothing():
    from xiangli.planning.timetable.crew import Bench, Team

    town = read_town(generate(seed=2, villages=2, spaces=3, services=8, specialists=1))
    team = Team(Bench(town, {}), 2)
    try:
        before = dict(team.each([(0, "visits", ()), (1, "visits", ())]))
        team.workers[0].kill()
        team.workers[0].wait()
        assert dict(team.each([(0, "visits", ()), (1, "visits", ())])) == before
        answers = team.each([(0, "visits", ()), (1, "visits", ()), (0, "visits", ())])
        first, _ = next(answers)
        team.workers[1 - first].kill()  # in the middle of its task
        assert {first, *(v for v, _ in answers)} == {0, 1}
    finally:
        team.close()


def test_whatever_is_late_is_cut_short_and_still_sound():
    """A moment that has passed: no programme is built, no search begun; bound and week hold all the same."""
    town = read_town(generate(seed=4, villages=1, spaces=4, services=10, specialists=2))
    late, limits = VillageEngine(town, 0), Limits(until=time.monotonic())
    visits = late.visits()
    assert late.week(visits, limits) is None
    with pytest.raises(ValueError, match="no time"):
        late.bound({}, limits)
    ceiling, _ = late.given(dict.fromkeys(visits, 1.0), limits)
    assert late.priced({}, limits) == (ceiling, {})
    calm = VillageEngine(town, 0)
    best = calm.week(visits, Limits(seconds=5))
    quick = late.quick(visits, limits)
    assert ceiling.constant >= best.bound >= best.value >= quick.value > 0
    assert check_village(town, town.villages[0], [session_of(late.c, o) for o in quick.options]) == []


def test_a_relaxation_out_of_time_gives_a_cut_that_holds():
    town = read_town(generate(seed=4, villages=1, specialists=2))
    engine = VillageEngine(town, 0)
    visits = dict.fromkeys(engine.visits(), 0.5)
    whole, _ = VillageEngine(town, 0).given(visits)
    engine.relaxation.within(0.001)
    hurried, _ = engine.relaxation.given(visits)
    assert hurried.at(visits) >= whole.at(visits)
