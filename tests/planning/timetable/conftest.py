"""A village small enough to be worked out by hand, and a made-up town solved once for all tests."""

import copy
from typing import Any

import pytest

from xiangli.planning import timetable
from xiangli.planning.timetable import Plan, Town

VILLAGE: dict[str, Any] = {
    "id": "v1",
    "name": "甲村",
    "spaces": [
        {
            "id": "hall", "name": "大厅", "capacity": 20, "supports": ["chess", "film"], "beside": ["upstairs"],
            "open": [{"days": [1, 2], "from": "08:00", "to": "12:00"}],
        },
        {
            "id": "upstairs", "name": "二楼", "capacity": 10, "floor": 2, "supports": ["reading", "chess"],
            "open": [{"days": [1, 2], "from": "08:00", "to": "12:00"}],
        },
    ],
    "staff": [
        {"skill": "志愿者", "count": 1, "kind": "volunteer", "times": [{"days": [1], "from": "08:00", "to": "12:00"}]}
    ],
    "needs": [
        {"service": "chess", "group": "old", "band": "am", "person_hours": 40},
        {"service": "film", "group": "young", "band": "am", "person_hours": 30},
        {"service": "reading", "group": "young", "band": "am", "person_hours": 20},
    ],
}  # fmt: skip
TOWN: dict[str, Any] = {
    "format": timetable.INPUT_FORMAT,
    "town": {"id": "t", "name": "试镇"},
    "slot_minutes": 60,
    "groups": [{"id": "old", "name": "老人", "ground_floor": True}, {"id": "young", "name": "青年"}],
    "bands": [{"id": "am", "name": "上午", "days": [1, 2, 3, 4, 5], "from": "08:00", "to": "12:00"}],
    "halves": [
        {"id": "am", "name": "上午", "from": "08:00", "to": "12:00"},
        {"id": "pm", "name": "下午", "from": "14:00", "to": "18:00"},
    ],
    "services": [
        {"id": "chess", "name": "棋牌", "minutes": 120, "seats": 16},
        {"id": "film", "name": "电影", "minutes": 120, "seats": 40, "noise": "loud", "setup_minutes": 60,
         "staff": {"志愿者": 1}},
        {"id": "reading", "name": "阅览", "minutes": 60, "seats": 10, "noise": "quiet"},
    ],
    "specialists": [],
    "villages": [VILLAGE],
    "rules": {"visit": "none"},
}  # fmt: skip


@pytest.fixture
def data() -> dict[str, Any]:
    """The small input as JSON, to be changed by the test."""
    return copy.deepcopy(TOWN)


@pytest.fixture(scope="session")
def made_up() -> tuple[Town, Plan]:
    """A made-up town of three villages with visiting specialists, and its plan."""
    town = timetable.read_town(timetable.generate(seed=5, villages=3, spaces=4, services=12, specialists=2))
    return town, timetable.solve(town, work=3, workers=1, gap=0.01)
