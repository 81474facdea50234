import json

import pytest

from xiangli.planning import timetable
from xiangli.planning.timetable import TimetableError, read_plan, read_town


def faults(data: object) -> list[str]:
    with pytest.raises(TimetableError) as caught:
        read_town(data)
    return [p.text for p in caught.value.problems]


def test_town_survives_json_and_back(made_up):
    town, _ = made_up
    assert read_town(json.loads(json.dumps(timetable.town_to_json(town)))) == town


def test_plan_survives_json_and_back(made_up):
    town, plan = made_up
    again, same = read_plan(json.loads(json.dumps(timetable.plan_to_json(town, plan))))
    assert again == town
    assert same.sessions == plan.sessions
    assert same.met == plan.met
    assert (same.value, same.bound, same.status) == (plan.value, plan.bound, plan.status)


def test_every_fault_is_listed_with_its_path(data):
    data["services"][0]["minutes"] = "two hours"
    data["villages"][0]["spaces"][1]["open"][0]["to"] = "25:00"
    data["villages"][0]["needs"][2]["person_hours"] = -1
    assert faults(data) == [
        "input.services[0].minutes：应是数字，却是 文字“two hours”",
        "input.villages[0].needs[2].person_hours：不能小于 0，却是 -1",
        "input.villages[0].spaces[1].open[0].to：应是“08:30”这样的时刻，却是 '25:00'",
        "input.villages[0].spaces[1].open[0].to：结束 00:00 不晚于开始 08:00（跨夜的时段请拆成两天）",
    ]


def test_need_for_a_service_outside_the_catalogue_is_refused(data):
    data["villages"][0]["needs"][0]["service"] = "karaoke"
    assert faults(data) == ["v1.needs：需求里的服务“karaoke”不在目录中"]


def test_overlapping_bands_are_refused(data):
    data["bands"].append({"id": "late", "name": "近午", "days": [1], "from": "11:00", "to": "13:00"})
    assert faults(data) == ["bands：时段“上午”与“近午”重叠，一个钟头只能算在一个时段里"]


@pytest.mark.parametrize("nonsense", [None, [], "x", 3, {"format": "other"}])
def test_what_is_no_input_is_refused(nonsense):
    assert faults(nonsense)


def test_rows_of_the_same_need_add_up(data):
    data["villages"][0]["needs"].append({"service": "chess", "group": "old", "band": "am", "person_hours": 2})
    assert [n.person_hours for n in read_town(data).villages[0].needs] == [42, 30, 20]


@pytest.mark.parametrize(
    ("part", "row"),
    [
        ("sessions", {"service": "nonsense"}),
        ("sessions", {"space": "nonsense"}),
        ("sessions", {"village": "nonsense"}),
        ("sessions", {"specialist": "nonsense"}),
        ("met", {"band": "nonsense"}),
        ("met", {"group": "nonsense"}),
        ("visits", {"half": "nonsense"}),
    ],
)
def test_plan_with_names_that_its_input_does_not_know_is_refused(made_up, part, row):
    written = json.loads(json.dumps(timetable.plan_to_json(*made_up)))
    written[part][0] |= row
    with pytest.raises(TimetableError, match=rf"plan\.{part}\[0\]：里面的编号"):
        read_plan(written)


def test_same_fault_of_many_rows_is_told_once(data):
    data["villages"][0]["needs"] = [
        {"service": "nonsense", "group": "old", "band": "am", "person_hours": hours} for hours in (1, 2, 3)
    ] + [{"service": "nonsense", "group": "young", "band": "am", "person_hours": 1}]
    with pytest.raises(TimetableError) as refused:
        read_town(data)
    assert len(refused.value.problems) == 1
