"""Towns made up from a seed, for benchmarks, tests and peers: the same seed gives the same town everywhere.

Nothing in them is a real place. Sizes are parameters; the defaults are the benchmark town of 30 villages,
6 spaces, 20 services and 3 specialists on an hourly grid.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import Any

from .reading import INPUT_FORMAT

WORKDAYS, WEEKEND = [1, 2, 3, 4, 5], [6, 7]
GROUPS = [
    {"id": "elders", "name": "老人", "ground_floor": True},
    {"id": "women", "name": "妇女"},
    {"id": "children", "name": "儿童"},
    {"id": "workers", "name": "青壮年"},
]
BANDS = [
    {"id": "morning", "name": "平日上午", "days": WORKDAYS, "from": "08:00", "to": "12:00"},
    {"id": "noon", "name": "平日午间", "days": WORKDAYS, "from": "12:00", "to": "14:00"},
    {"id": "afternoon", "name": "平日下午", "days": WORKDAYS, "from": "14:00", "to": "18:00"},
    {"id": "evening", "name": "平日晚上", "days": WORKDAYS, "from": "18:00", "to": "21:00"},
    {"id": "weekend", "name": "周末", "days": WEEKEND, "from": "08:00", "to": "21:00"},
]
HALVES = [
    {"id": "am", "name": "上午", "from": "08:00", "to": "12:00"},
    {"id": "pm", "name": "下午", "from": "14:00", "to": "18:00"},
]


@dataclass(frozen=True, slots=True)
class _Kind:
    """One service of the made-up catalogue: who asks for it and when, with how much weight."""

    id: str
    name: str
    minutes: int
    seats: int
    room: str
    groups: str  # initials of the groups that ask: e w c k (k: workers)
    bands: str  # initials of the bands: m n a e w
    noise: str = "normal"
    setup: int = 0
    staff: str = ""
    specialist: str = ""


CATALOGUE = (
    _Kind("counter", "便民服务", 120, 8, "office", "ewk", "maw", staff="代办员"),
    _Kind("clinic", "巡诊", 180, 12, "clinic", "ewck", "ma", "quiet", specialist="医生"),
    _Kind("daycare", "日间照料", 180, 15, "hall", "e", "ma", "quiet", 60, "护理员"),
    _Kind("toddlers", "托幼", 180, 12, "hall", "cw", "maw", "loud", 60, "护理员"),
    _Kind("skills", "技能培训", 180, 20, "class", "wk", "maew", specialist="培训讲师"),
    _Kind("canteen", "助餐", 120, 30, "kitchen", "ec", "nw", setup=60, staff="厨师"),
    _Kind("ecommerce", "电商帮办", 60, 5, "office", "wk", "aew", staff="代办员"),
    _Kind("calligraphy", "书法班", 120, 12, "class", "ec", "maw", "quiet", staff="志愿者"),
    _Kind("chess", "棋牌", 120, 16, "hall", "ek", "mae"),
    _Kind("dance", "广场舞", 60, 40, "court", "ew", "mew", "loud"),
    _Kind("basketball", "篮球", 120, 20, "court", "ck", "aew", "loud"),
    _Kind("gateball", "门球", 120, 12, "court", "e", "ma"),
    _Kind("reading", "图书阅览", 120, 20, "class", "ecw", "maew", "quiet"),
    _Kind("film", "电影放映", 120, 40, "hall", "ewck", "ew", "loud", 60, "志愿者"),
    _Kind("opera", "戏曲", 120, 40, "hall", "ew", "aew", "loud", staff="志愿者"),
    _Kind("law", "法律咨询", 120, 6, "office", "ewk", "ma", "quiet", specialist="律师"),
    _Kind("barber", "义务理发", 60, 6, "clinic", "ec", "maw", staff="志愿者"),
    _Kind("phone", "手机课堂", 60, 12, "class", "e", "ma", staff="志愿者"),
    _Kind("homework", "课后辅导", 120, 20, "class", "c", "aw", "quiet", staff="志愿者"),
    _Kind("tabletennis", "乒乓球", 60, 8, "court", "ckw", "naew"),
    _Kind("council", "议事会", 120, 25, "hall", "wk", "ew", staff="代办员"),
    _Kind("massage", "推拿康复", 60, 4, "clinic", "ek", "ma", "quiet", staff="护理员"),
    _Kind("repair", "小家电维修", 120, 10, "office", "ewk", "maw", staff="志愿者"),
    _Kind("choir", "合唱", 120, 30, "class", "ew", "mae", "loud", staff="志愿者"),
)
ROOMS = (
    ("多功能厅", ("hall", "kitchen"), 60, 1, 120.0),
    ("便民大厅", ("office", "clinic"), 20, 1, 60.0),
    ("教室", ("class", "hall"), 30, 1, 55.0),
    ("文化广场", ("court",), 80, 1, 600.0),
    ("健康小屋", ("clinic", "class"), 14, 1, 30.0),
    ("二楼活动室", ("class", "hall", "office"), 35, 2, 70.0),
    ("球场", ("court",), 40, 1, 400.0),
    ("食堂", ("kitchen", "hall"), 45, 1, 90.0),
)
VISITORS = ("医生", "培训讲师", "律师")


def generate(
    *,
    seed: int = 1,
    villages: int = 30,
    spaces: int = 6,
    services: int = 20,
    specialists: int = 3,
    slot_minutes: int = 60,
) -> dict[str, Any]:
    """One made-up town as input JSON. Raises ValueError for sizes below 1 (specialists may be 0)."""
    if min(villages, spaces, services) < 1 or specialists < 0:
        raise ValueError("村、空间、服务的数目至少是 1，专家数不能为负")
    rng = random.Random(seed)
    kinds = [_variant(i) for i in range(services)]
    if not specialists:
        kinds = [k for k in kinds if not k.specialist]
    used = {k.specialist for k in kinds if k.specialist}
    return {
        "format": INPUT_FORMAT,
        "town": {"id": f"made-up-{seed}", "name": f"示例镇{seed}（虚构）"},
        "slot_minutes": slot_minutes,
        "groups": GROUPS,
        "bands": BANDS,
        "halves": HALVES,
        "services": [_service(k) for k in kinds],
        "specialists": [
            {"id": f"s{i + 1}", "name": f"{VISITORS[i % 3]}{i // 3 + 1}", "skill": VISITORS[i % 3],
             "slots": [{"days": WORKDAYS, "half": "am"}, {"days": WORKDAYS, "half": "pm"}]}
            for i in range(specialists)
        ],
        "villages": [_village(rng, i, spaces, kinds, used & set(VISITORS[:specialists])) for i in range(villages)],
        "rules": {"visit": "any" if used and specialists else "none", "same_day_km": 8.0},
    }  # fmt: skip


def _variant(i: int) -> _Kind:
    kind = CATALOGUE[i % len(CATALOGUE)]
    if i < len(CATALOGUE):
        return kind
    n = i // len(CATALOGUE) + 1
    return _Kind(f"{kind.id}{n}", f"{kind.name}{n}", kind.minutes, kind.seats, kind.room, kind.groups, kind.bands,
                 kind.noise, kind.setup, kind.staff, kind.specialist)  # fmt: skip


def _service(k: _Kind) -> dict[str, Any]:
    service: dict[str, Any] = {
        "id": k.id, "name": k.name, "minutes": k.minutes, "seats": k.seats, "setup_minutes": k.setup,
        "noise": k.noise, "requires": [k.room], "staff": {k.staff: 1} if k.staff else {}, "per_day_max": 3,
    }  # fmt: skip
    if k.specialist:
        service["specialist"] = k.specialist
    return service


def _village(rng: random.Random, i: int, spaces: int, kinds: list[_Kind], skills: set[str]) -> dict[str, Any]:
    people = rng.randint(500, 2200)
    rooms = [_space(rng, j) for j in range(spaces)]
    for room in rooms:
        if room["id"] in ("r3", "r6") and len(rooms) >= 6:
            room["beside"] = [f"r{9 - int(room['id'][1:])}"]  # the classroom lies under the upstairs room
    supported = {tag for room in rooms for tag in room["supports"]}
    needs = [
        need
        for kind in kinds
        if kind.room in supported and (not kind.specialist or kind.specialist in skills)
        for need in _needs(rng, kind, people)
    ]
    return {
        "id": f"v{i + 1:02d}",
        "name": f"第{i + 1}村",
        "x_km": round(rng.uniform(0, 14), 2),
        "y_km": round(rng.uniform(0, 9), 2),
        "spaces": rooms,
        "staff": _staff(rng),
        "needs": needs,
        "fixed": [
            {
                "id": "meeting",
                "title": "党员活动日",
                "space": "r1",
                "day": rng.choice(WORKDAYS),
                "from": "09:00",
                "to": "11:00",
            }
        ],
    }


def _space(rng: random.Random, j: int) -> dict[str, Any]:
    name, tags, capacity, floor, area = ROOMS[j % len(ROOMS)]
    late = "court" in tags or rng.random() < 0.7
    weekday = (
        [{"days": WORKDAYS, "from": "08:00", "to": "21:00"}]
        if late
        else [{"days": WORKDAYS, "from": "08:00", "to": "12:00"}, {"days": WORKDAYS, "from": "14:00", "to": "18:00"}]
    )
    return {
        "id": f"r{j + 1}",
        "name": name if j < len(ROOMS) else f"{name}{j // len(ROOMS) + 1}",
        "floor": floor,
        "area": area,
        "capacity": max(4, round(capacity * rng.uniform(0.7, 1.2))),
        "accessible": floor == 1,
        "supports": list(tags),
        "open": [*weekday, {"days": WEEKEND, "from": "08:00", "to": "21:00"}],
    }


def _staff(rng: random.Random) -> list[dict[str, Any]]:
    day = [{"days": WORKDAYS, "from": "08:00", "to": "12:00"}, {"days": WORKDAYS, "from": "14:00", "to": "18:00"}]
    evening = sorted(rng.sample(WORKDAYS, 3))
    saturday = {"days": [6], "from": "08:00", "to": "12:00"}
    lunch = {"days": [*WORKDAYS, 6], "from": "10:00", "to": "14:00"}
    return [
        {"skill": "代办员", "count": 1, "kind": "staff", "times": [*day, saturday]},
        {"skill": "护理员", "count": rng.choice((1, 1, 2)), "kind": "staff", "times": day},
        {"skill": "厨师", "count": 1, "kind": "staff", "times": [lunch]},
        {"skill": "志愿者", "count": rng.choice((1, 2)), "kind": "volunteer", "times": [
            {"days": WEEKEND, "from": "08:00", "to": "18:00"}, {"days": evening, "from": "18:00", "to": "21:00"},
            {"days": sorted(rng.sample(WORKDAYS, 2)), "from": "14:00", "to": "18:00"}]},
    ]  # fmt: skip


def _needs(rng: random.Random, kind: _Kind, people: int) -> list[dict[str, Any]]:
    """Log-normal person-hours: a few strong wishes, many weak ones; sparse, as surveys are."""
    names = {"e": "elders", "w": "women", "c": "children", "k": "workers"}
    bands = {"m": "morning", "n": "noon", "a": "afternoon", "e": "evening", "w": "weekend"}
    found = []
    for g in kind.groups:
        for b in kind.bands:
            if rng.random() < 0.75:
                hours = people / 1000 * kind.seats * 4.0 * math.exp(rng.gauss(-0.2, 0.8))
                found.append(
                    {
                        "service": kind.id,
                        "group": names[g],
                        "band": bands[b],
                        "person_hours": round(min(hours, 300.0), 1),
                    }
                )
    return found
