import pytest

from xiangli.planning.timetable import TimetableError, generate, problems, read_town, solve


def codes(data):
    return [(p.code, p.text) for p in problems(read_town(data))]


def pin(service="chess", space="hall", day=1, start="08:00", end="10:00"):
    return {"village": "v1", "service": service, "space": space, "day": day, "from": start, "to": end}


def test_sound_input_has_no_problems(data):
    assert codes(data) == []


def test_equipment_that_nobody_has_is_named(data):
    data["services"][0]["requires"] = ["厨房"]
    assert codes(data) == [("no_space", "全镇都办不了“棋牌”：需要“厨房”，没有一个空间具备")]
    with pytest.raises(TimetableError, match="厨房"):
        solve(read_town(data), work=1, workers=1)


def test_equipment_that_nobody_has_becomes_a_shortfall_when_not_strict(data):
    data["services"][0]["requires"] = ["厨房"]
    plan = solve(read_town(data), work=1, workers=1, strict=False)
    assert [(m.service, m.met) for m in plan.met if m.service == "chess"] == [("chess", 0.0)]


def test_opening_shorter_than_the_session_is_named(data):
    for space in data["villages"][0]["spaces"]:
        space["open"] = [{"days": [1, 2], "from": "08:00", "to": "09:00"}]
    assert codes(data) == [
        ("window_too_short", "全镇都办不了“棋牌”：一场要 120 分钟，而 大厅、二楼 每次开放最长只有 60 分钟"),
        ("window_too_short", "全镇都办不了“电影”：一场要 120 分钟，而 大厅 每次开放最长只有 60 分钟"),
    ]


def test_staff_that_nobody_has_is_named(data):
    data["services"][1]["staff"] = {"志愿者": 2}
    assert codes(data) == [("no_staff", "全镇都办不了“电影”：一场要“志愿者” 2 人，任何时候都至多有 1 人")]


def test_two_pins_in_one_space_are_named(data):
    data["pins"] = [pin(), pin(start="09:00", end="11:00")]
    assert codes(data) == [
        (
            "pin_clash",
            "指定的安排不成立：甲村 大厅：棋牌（周一 08:00–10:00） 与 棋牌（周一 09:00–11:00） 相撞（含布置时间）",
        )
    ]


def test_pin_outside_opening_hours_is_named(data):
    data["pins"] = [pin(day=3)]
    assert codes(data) == [("pin_open", "指定的安排不成立：甲村 大厅 周三 08:00–10:00 棋牌：不在该空间的开放时间内")]


def test_two_promises_in_one_space_are_named(data):
    data["villages"][0]["fixed"] = [
        {"id": "a", "title": "党员活动日", "space": "hall", "day": 1, "from": "08:00", "to": "10:00"}
    ]
    data["villages"][0]["bookings"] = [
        {"id": "b", "title": "婚宴", "space": "hall", "day": 1, "from": "09:00", "to": "11:00"}
    ]
    assert codes(data) == [
        ("promises_collide", "甲村 大厅：“党员活动日”（周一 08:00–10:00）与“婚宴”（周一 09:00–11:00）占了同一空间")
    ]


def test_promise_in_a_closure_is_named(data):
    data["villages"][0]["bookings"] = [
        {"id": "b", "title": "婚宴", "space": "hall", "day": 1, "from": "09:00", "to": "11:00"}
    ]
    data["villages"][0]["closures"] = [{"day": 1, "from": "08:00", "to": "12:00", "reason": "停电"}]
    assert codes(data) == [
        ("promise_closed", "甲村 大厅：“婚宴”（周一 09:00–11:00）落在停用时间里（周一 08:00–12:00 停电）")
    ]


def test_least_sessions_that_one_village_cannot_hold_are_named(data):
    data["services"][1]["per_week_min"] = 1
    other = {**data["villages"][0], "id": "v2", "name": "乙村", "staff": []}
    data["villages"].append(other)
    assert codes(data) == [("no_staff", "乙村：一场要“志愿者” 1 人，任何时候都至多有 0 人")]


def test_too_few_half_days_for_the_visit_rule_are_counted():
    data = generate(seed=1, villages=4, spaces=6, services=12, specialists=1)
    data["specialists"][0]["slots"] = [{"weeks": [1], "days": [1], "half": "am"}]
    assert codes(data) == [("too_few_visits", "4 个村每 2 周都要有专家到访，而医生1一共只有 1 个半天")]


def test_one_village_without_a_room_for_visitors_is_named_with_what_it_lacks():
    data = generate(seed=3, villages=3, spaces=6, services=12, specialists=2)
    village = data["villages"][1]
    village["spaces"] = [{**s, "beside": []} for s in village["spaces"] if s["supports"] == ["court"]]
    village["fixed"] = []
    assert codes(data) == [
        (
            "no_visit",
            "第2村：规定每 2 周都要有专家到访，而任何一位专家都来不了："
            "“巡诊”需要“clinic”，没有一个空间具备；“技能培训”需要“class”，没有一个空间具备",
        )
    ]
