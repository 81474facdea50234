from xiangli.planning.timetable import Costs, price, read_town, solve, verify, why
from xiangli.planning.timetable.changes import apply
from xiangli.planning.timetable.checking import check


def test_every_reason_of_a_town_is_true(made_up):
    """Applying the named changes makes the named need servable, says the independent checker."""
    town, plan = made_up
    reasons = why(town, plan)
    short = [m for m in plan.met if m.need - m.met > 1e-6]
    assert len(reasons) == len(short) > 0
    assert [verify(town, plan, r) for r in reasons if r.changes] == [[] for r in reasons if r.changes]
    assert all(r.blockers for r in reasons if not r.changes or r.cost > 0)


def test_missing_volunteer_is_found_and_counted(data):
    town = read_town(data)
    data["villages"][0]["staff"] = [
        {"skill": "志愿者", "count": 1, "kind": "volunteer", "times": [{"days": [1], "from": "08:00", "to": "10:00"}]}
    ]
    data["villages"][0]["needs"] = [{"service": "film", "group": "young", "band": "am", "person_hours": 80}]
    town = read_town(data)
    plan = solve(town, work=2, workers=1, gap=0.0)
    [reason] = why(town, plan)
    assert (reason.unmet, reason.serves, reason.cost) == (40.0, 40.0, 2.0)
    assert [(c.kind, c.skill, c.count) for c in reason.changes] == [("staff", "志愿者", 1), ("add", None, 0)]
    assert "“志愿者”差 1 人" in reason.text
    assert verify(town, plan, reason) == []


def test_price_of_a_change_is_what_the_re_solved_week_gains(data):
    data["villages"][0]["needs"] = [{"service": "film", "group": "young", "band": "am", "person_hours": 80}]
    data["villages"][0]["staff"][0]["times"][0]["to"] = "10:00"
    town = read_town(data)
    plan = solve(town, work=2, workers=1, gap=0.0)
    [reason] = why(town, plan)
    priced = price(town, plan, reason, work=2, seconds=None)
    assert priced.more == {"young": 40.0}
    assert priced.value_after > priced.value_before == plan.value
    lasting = [c for c in reason.changes if c.kind not in ("add", "move", "drop")]
    changed, _ = apply(town, plan.sessions, lasting)
    assert check(changed, priced.plan) == []


def test_costs_decide_which_change_is_cheapest(data):
    data["villages"][0]["needs"] = [{"service": "reading", "group": "old", "band": "am", "person_hours": 10}]
    town = read_town(data)
    plan = solve(town, work=1, workers=1)
    [ramp] = why(town, plan, costs=Costs(step_free=5.0, support=50.0))
    [shelf] = why(town, plan, costs=Costs(step_free=50.0, support=5.0))
    assert [c.kind for c in ramp.changes] == ["step_free", "add"]
    assert [c.kind for c in shelf.changes] == ["support", "add"]
    assert verify(town, plan, ramp) == verify(town, plan, shelf) == []


def test_what_cannot_be_added_to_a_space_is_not_proposed(data):
    data["villages"][0]["needs"] = [{"service": "reading", "group": "old", "band": "am", "person_hours": 10}]
    data["villages"][0]["spaces"][0]["adaptable"] = []
    town = read_town(data)
    [reason] = why(town, solve(town, work=1, workers=1), costs=Costs(step_free=50.0, support=5.0))
    assert [c.kind for c in reason.changes] == ["step_free", "add"]


def test_only_the_asked_village_and_service_are_explained(made_up):
    town, plan = made_up
    some = why(town, plan, village="v02")
    assert {r.village for r in some} == {"v02"}
    one = some[0].service
    assert {(r.village, r.service) for r in why(town, plan, village="v02", service=one)} == {("v02", one)}
