"""Invented staff hours, travelling specialists, improvements with invented costs, a plan and a shared-out budget."""

import random
from datetime import date, datetime, time
from typing import Any

from django.utils import timezone

from xiangli.places.models import Place, Service, Space
from xiangli.places.queries import villages
from xiangli.planning import services as planning
from xiangli.planning.choices import ImprovementKind
from xiangli.planning.models import Improvement, Staffing

WHAT = "人手、方案与预算（编的）"
SECONDS = 4  # for the first plan of the demonstration; the office may look longer
BUDGET_FEN = 600_000_00

WORKDAYS, SIX_DAYS, WEEKEND = range(5), range(6), (5, 6)
MORNING, AFTERNOON, NOON = (8 * 60, 12 * 60), (14 * 60, 18 * 60), (10 * 60, 14 * 60)
EVENING, DAY = (18 * 60, 20 * 60), (8 * 60, 18 * 60)

# skill, volunteers, weekdays, stretches, people, share of villages that have them
STAFFING = [
    ("帮办员", False, WORKDAYS, (MORNING, AFTERNOON), 1, 1.0),
    ("帮办员", False, (5,), (MORNING,), 1, 0.6),
    ("护理员", False, WORKDAYS, (MORNING, AFTERNOON), 1, 0.7),
    ("炊事员", False, SIX_DAYS, (NOON,), 1, 0.8),
    ("志愿者", True, WEEKEND, (DAY,), 2, 1.0),
    ("志愿者", True, (1, 3), (EVENING,), 1, 0.8),
    ("志愿者", True, (2,), (AFTERNOON,), 1, 0.5),
]
# title, skill, half-days
SPECIALISTS = [
    ("镇卫生院巡诊医生甲（演示）", "巡诊医生", ["0am", "0pm", "1am", "1pm", "2am", "3am", "3pm", "4am"]),
    ("镇卫生院巡诊医生乙（演示）", "巡诊医生", ["0am", "1am", "2am", "2pm", "3am", "4am", "4pm"]),
    ("农技站讲师（演示）", "技能讲师", ["1pm", "1ev", "3pm", "3ev", "4ev"]),
    ("司法所法律顾问（演示）", "法律顾问", ["1am", "3am", "4pm"]),
]
# service, what, kind, space, cost in yuan from, to, share of villages that lack it
IMPROVEMENTS = [
    ("canteen", "食堂更换灶具和排烟", ImprovementKind.EQUIPMENT, "乡里食堂", 28_000, 46_000, 0.35),
    ("daycare", "照料室装扶手和呼叫铃", ImprovementKind.REBUILD, "日间照料室", 12_000, 24_000, 0.45),
    ("health", "健康小屋添血压计和检查床", ImprovementKind.EQUIPMENT, "健康小屋", 6_000, 15_000, 0.40),
    ("sports", "球场补平地面、装灯", ImprovementKind.REBUILD, "篮球场", 35_000, 90_000, 0.40),
    ("dance", "添移动音响", ImprovementKind.EQUIPMENT, "篮球场", 2_000, 5_000, 0.50),
    ("childcare", "隔出托幼角、铺软地面", ImprovementKind.REBUILD, "乡里食堂", 18_000, 40_000, 0.30),
    ("skills", "技能教室装投影", ImprovementKind.EQUIPMENT, "技能教室", 5_000, 11_000, 0.35),
]


def load(*, town: Place, users: dict[str, Any], today: date) -> None:
    """Staffing and improvements for every village; one drafted plan; one budget shared out."""
    chance = random.Random(20230608)
    now = timezone.make_aware(datetime.combine(today, time(9)))
    places = list(villages(town))
    load_staffing(town=town, users=users)
    Improvement.everywhere.bulk_create(improvements(town, places, chance, now))
    planning.propose(by=users["town"], place=town, seconds=SECONDS, workers=2, seed=1, title="第一稿（演示）", now=now)
    planning.share_budget(by=users["town"], place=town, budget_fen=BUDGET_FEN, title="首批改善资金（演示）", now=now)


def load_staffing(*, town: Place, users: dict[str, Any]) -> None:
    """Who can be counted on when, in every village, and the specialists who travel."""
    chance = random.Random(20230609)
    Staffing.everywhere.bulk_create(row for place in villages(town) for row in staffing(place, chance))
    for title, skill, halves in SPECIALISTS:
        planning.set_specialist(by=users["town"], place=town, title=title, skill=skill, halves=halves)


def staffing(place: Place, chance: random.Random) -> list[Staffing]:
    return [
        Staffing(
            county_id=place.county_id or place.pk, place=place, skill=skill, weekday=weekday,
            start_minute=start, end_minute=end,
            count=count, volunteers=volunteers,
        )
        for skill, volunteers, weekdays, stretches, count, share in STAFFING
        if chance.random() < share
        for weekday in weekdays
        for start, end in stretches
    ]  # fmt: skip


def improvements(town: Place, places: list[Place], chance: random.Random, now: datetime) -> list[Improvement]:
    catalogue = {row.key: row for row in Service.objects.within(town.county)}
    rooms = {(row.centre.place_id, row.name): row for row in Space.objects.within(town).select_related("centre")}
    found = []
    for place in places:
        for key, title, kind, space, low, high, share in IMPROVEMENTS:
            if chance.random() < share and (place.pk, space) in rooms:
                found.append(
                    Improvement(
                        county_id=town.county_id or town.pk, place=place, title=title, kind=kind,
                        service=catalogue[key],
                        space=rooms[place.pk, space], cost_fen=chance.randrange(low, high, 500) * 100, added_at=now,
                    )
                )  # fmt: skip
    return found
