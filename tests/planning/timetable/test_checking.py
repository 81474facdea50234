"""Each hard rule broken on purpose: the checker must name it."""

from dataclasses import replace

import pytest

from xiangli.planning.timetable import Interval, Plan, Session, check, gap_violations, generate, read_town


def plan_of(sessions):
    return Plan(tuple(sessions), (), (), 0, None, "unproven", (), 1.0, 0.0, None)


def session(service="chess", space="hall", day=1, start=8, end=10, **more):
    return Session("v1", service, space, Interval(day, start * 60, end * 60), **more)


@pytest.mark.parametrize(
    ("sessions", "codes"),
    [
        ([session()], []),
        ([session(day=3)], ["open"]),
        ([session(start=11, end=13)], ["open"]),
        ([session(end=11)], ["length"]),
        ([session(service="film", space="upstairs")], ["fit"]),
        ([session(), session(start=9, end=11)], ["clash"]),
        ([session(start=8, end=10), session(service="film", start=10, end=12)], ["clash"]),  # no time to set up
        ([session(service="film", start=8, end=10), session(start=10, end=12)], []),
        ([session(service="film", day=2)], ["staff"]),
        ([session(service="film"), session(service="reading", space="upstairs", start=9, end=10)], ["noise"]),
        ([session(service="film"), session(service="reading", space="upstairs", start=10, end=11)], []),
        ([session(week=1)], ["week"]),
        ([session(service="bowls")], ["unknown"]),
    ],
)
def test_broken_rule_is_named(data, sessions, codes):
    town = read_town(data)
    assert [v.code for v in check(town, plan_of(sessions)) if v.code != "value"] == codes


def test_closure_and_booking_are_respected(data):
    data["villages"][0]["closures"] = [{"space": "hall", "day": 1, "from": "08:00", "to": "09:00", "reason": "消毒"}]
    data["villages"][0]["bookings"] = [
        {"id": "b", "title": "婚宴", "space": "hall", "day": 2, "from": "09:00", "to": "12:00"}
    ]
    town = read_town(data)
    assert [v.code for v in check(town, plan_of([session()])) if v.code != "value"] == ["closed"]
    assert [v.code for v in check(town, plan_of([session(day=2)])) if v.code != "value"] == ["clash"]


def test_limits_a_day_and_a_week_are_counted(data):
    data["services"][0].update(per_day_max=1, per_week_max=2, per_week_min=0)
    town = read_town(data)
    three = [session(), session(space="upstairs"), session(day=2)]
    assert [v.code for v in check(town, plan_of(three)) if v.code != "value"] == ["per_day", "per_week"]


def test_least_sessions_a_week_are_counted(data):
    data["services"][0]["per_week_min"] = 2
    town = read_town(data)
    assert [v.code for v in check(town, plan_of([session()])) if v.code != "value"] == ["least"]


def test_pin_left_out_is_named(data):
    data["pins"] = [{"village": "v1", "service": "chess", "space": "hall", "day": 1, "from": "08:00", "to": "10:00"}]
    town = read_town(data)
    assert [v.code for v in check(town, plan_of([])) if v.code != "value"] == ["pin"]


def test_figures_are_recomputed(made_up):
    town, plan = made_up
    assert [v.code for v in check(town, replace(plan, value=plan.value + 1))] == ["value"]
    more = [replace(m, met=m.met + 1.0) if m.met else m for m in plan.met]
    assert {v.code for v in check(town, replace(plan, met=tuple(more)))} >= {"over_offer", "value"}


def test_whatever_people_read_in_a_report_is_recomputed(made_up):
    town, plan = made_up
    first = plan.villages[0]
    forged = [
        {"met_share": plan.met_share + 0.01},
        {"worst_share": 1.0},
        {"visits": plan.visits[1:]},
        {"continuity": 0.123},
        {"status": "optimal", "bound": plan.value + 1},
        {"status": "unproven"},
        {"status": "certain"},
        {"villages": plan.villages[1:]},
        {"villages": (replace(first, value=first.value + 1), *plan.villages[1:])},
        {"villages": (replace(first, worst_group="nobody"), *plan.villages[1:])},
        {"villages": (replace(first, worst_share=first.worst_share + 0.001), *plan.villages[1:])},
        {"villages": (replace(first, met_share=first.met_share - 0.01), *plan.villages[1:])},
    ]
    assert [len(check(town, replace(plan, **figures))) for figures in forged] == [1] * len(forged)
    assert list(gap_violations(plan.gap, plan)) == []
    assert [len(list(gap_violations(told, plan))) for told in (None, True, "0", plan.gap + 0.01)] == [1] * 4


def test_specialist_in_two_places_and_far_villages_are_named():
    data = generate(seed=1, villages=2, spaces=6, services=12, specialists=1)
    data["villages"][0].update(x_km=0, y_km=0)
    data["villages"][1].update(x_km=9, y_km=0)
    for v in data["villages"]:
        v["fixed"] = []
    town = read_town(data)

    def clinic(village, start):
        return Session(village, "clinic", "r2", Interval(1, start * 60, start * 60 + 180), 1, "s1")

    rules = {"two_places", "too_far", "visit_rule", "visit_time"}
    same = [v.code for v in check(town, plan_of([clinic("v01", 8), clinic("v02", 9)])) if v.code in rules]
    assert same == ["two_places"]
    far = [v.code for v in check(town, plan_of([clinic("v01", 8), clinic("v02", 14)])) if v.code in rules]
    assert far == ["too_far"]
    assert [v.code for v in check(town, plan_of([clinic("v01", 8)])) if v.code in rules] == ["visit_rule"]
    noon = [v.code for v in check(town, plan_of([clinic("v01", 11), clinic("v02", 14)])) if v.code in rules]
    assert "visit_time" in noon
