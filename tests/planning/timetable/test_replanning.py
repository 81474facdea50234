import time
from dataclasses import replace

import pytest

from xiangli.planning.timetable import (
    Closure,
    Interval,
    TimetableError,
    check,
    differences,
    edit,
    read_town,
    replan,
    solve,
)


def with_village(town, index, **changes):
    villages = list(town.villages)
    villages[index] = replace(villages[index], **changes)
    return replace(town, villages=tuple(villages))


def test_closure_changes_only_its_village_and_as_little_as_asked(made_up):
    town, plan = made_up
    busy = max((s for s in plan.sessions if s.village == "v02"), key=lambda s: s.time.end - s.time.start)
    shut = with_village(town, 1, closures=(Closure(busy.space, Interval(busy.time.day, 0, 1440), "维修"),))
    after = replan(shut, plan, keep=0.9, work=2, seconds=None)
    assert check(shut, after) == []
    changes = differences(plan.sessions, after.sessions)
    assert {d.village for d in changes} == {"v02"}
    before = {s.key() for s in plan.sessions if s.village == "v02"}
    possible = {k for k in before if not (k[2] == busy.space and k[3] == busy.time.day)}
    kept = possible & {s.key() for s in after.sessions}
    assert len(kept) >= 0.9 * len(possible)


def test_nothing_changed_means_nothing_worse(made_up):
    town, plan = made_up
    after = replan(town, plan, keep=1.0, work=1, seconds=None)
    assert after.value >= plan.value
    assert [d for d in differences(plan.sessions, after.sessions) if d.kind != "added"] == []
    assert check(town, after) == []


def test_out_of_time_the_weeks_are_filled_around_what_was(made_up):
    """Nothing to search with: every village still gets a week that keeps the rules and all that can stay."""
    town, plan = made_up
    busy = max((s for s in plan.sessions if s.village == "v02"), key=lambda s: s.time.end - s.time.start)
    shut = with_village(town, 1, closures=(Closure(busy.space, Interval(busy.time.day, 0, 1440), "维修"),))
    started = time.process_time()
    after = replan(shut, plan, keep=0.9, villages=["v01", "v02", "v03"], seconds=0.001)
    assert time.process_time() - started < 3
    assert check(shut, after) == []
    gone = {s.key() for s in plan.sessions} - {s.key() for s in after.sessions}
    assert {(key[0], key[2], key[3]) for key in gone} == {("v02", busy.space, busy.time.day)}


def test_pin_is_kept_and_marked(data):
    town = read_town(data)
    plan = solve(town, work=2, workers=1)
    data["pins"] = [
        {"village": "v1", "service": "chess", "space": "upstairs", "day": 2, "from": "09:00", "to": "11:00"}
    ]
    pinned = read_town(data)
    after = replan(pinned, plan, keep=0.9, work=2, seconds=None)
    assert check(pinned, after) == []
    assert [(s.space, s.time.start) for s in after.sessions if s.pinned] == [("upstairs", 540)]


def test_contradictory_pins_are_refused(data):
    plan = solve(read_town(data), work=1, workers=1)
    pin = {"village": "v1", "service": "chess", "space": "hall", "day": 1}
    data["pins"] = [{**pin, "from": "08:00", "to": "10:00"}, {**pin, "from": "09:00", "to": "11:00"}]
    with pytest.raises(TimetableError, match="相撞"):
        replan(read_town(data), plan)


def test_differences_pair_what_went_with_what_came(data):
    plan = solve(read_town(data), work=1, workers=1)
    first = plan.sessions[0]
    moved = replace(first, space="elsewhere")
    assert [(d.kind, d.before, d.after) for d in differences(plan.sessions, (moved, *plan.sessions[1:]))] == [
        ("moved", first, moved)
    ]
    assert differences(plan.sessions, plan.sessions) == []


def test_edit_by_hand_is_judged_at_once(data):
    town = read_town(data)
    plan = solve(town, work=2, workers=1, gap=0.0)
    same, faults = edit(town, plan, "v1", plan.sessions)
    assert faults == []
    assert same.value == plan.value
    first = next(s for s in plan.sessions if s.service == "reading")
    rest = tuple(s for s in plan.sessions if s is not first)
    late = replace(first, time=Interval(3, first.time.start, first.time.end))
    _, faults = edit(town, plan, "v1", (late, *rest))
    assert len(faults) == 1
    assert "不在该空间的开放时间内" in faults[0]
    fewer, faults = edit(town, plan, "v1", rest)
    assert faults == []
    assert fewer.value < plan.value


def test_edit_can_empty_a_village_and_leaves_the_others_and_the_bound(made_up):
    town, plan = made_up
    empty, faults = edit(town, plan, "v02", [])
    assert faults == []
    assert [s for s in empty.sessions if s.village != "v02"] == [s for s in plan.sessions if s.village != "v02"]
    assert [s for s in empty.sessions if s.village == "v02"] == []
    assert (sum(m.met for m in empty.met if m.village == "v02"), empty.bound) == (0, plan.bound)
    assert [v.code for v in check(town, empty)] == ["visit_rule"]


@pytest.mark.parametrize("start", [6 * 60, 13 * 60, 21 * 60])
def test_edit_names_a_visit_outside_every_half_day(made_up, start):
    town, plan = made_up
    mine = [s for s in plan.sessions if s.village == "v02"]
    visit = next(s for s in mine if s.specialist)
    late = replace(visit, time=Interval(visit.time.day, start, start + visit.time.end - visit.time.start))
    made, faults = edit(town, plan, "v02", [late if s is visit else s for s in mine])
    assert any("不能出诊" in fault for fault in faults)
    assert late.key() in {s.key() for s in made.sessions}
    assert len(made.visits) <= len(plan.visits)


def test_earlier_visit_that_no_half_day_holds_any_more_is_planned_anew(made_up):
    town, plan = made_up
    later = replace(town, halves=tuple(replace(h, start=h.start + 60) if h.id == "am" else h for h in town.halves))
    after = replan(later, plan, keep=0.9, work=2, seconds=None)
    assert check(later, after) == []
