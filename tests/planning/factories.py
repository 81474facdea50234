"""A small town that can be planned: two villages with a hall and a court, services, needs, staff and a doctor."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import uuid4

from tests.places.factories import (
    make_centre,
    make_county,
    make_service,
    make_space,
    make_staff,
    make_town,
    make_village,
)
from xiangli.accounts.choices import Role
from xiangli.accounts.models import User
from xiangli.places.models import Place, Service, Space
from xiangli.planning import services
from xiangli.surveys.models import Campaign, Need, NeedsList, Response

NOW = datetime(2026, 6, 10, 2, tzinfo=UTC)
TODAY = date(2026, 6, 10)
SOON = {"seconds": 5, "workers": 1, "seed": 1, "now": NOW}

QUESTIONS = {
    "title": "办什么",
    "questions": [
        {
            "name": "want", "label": "想要什么", "kind": "multiple", "role": "need",
            "options": [
                {"name": "chess", "label": "下棋", "service": "chess"},
                {"name": "canteen", "label": "食堂", "service": "canteen"},
            ],
        }
    ],
}  # fmt: skip


@dataclass
class Town:
    place: Place
    villages: list[Place]
    halls: list[Space]
    chess: Service
    canteen: Service
    health: Service
    boss: User
    lists: list[NeedsList]


def make_planned_town(villages: int = 2) -> Town:
    place = make_town(make_county())
    county = place.county
    chess = make_service(county, session_minutes=120, noise="quiet")
    canteen = make_service(
        county, "canteen", "乡里食堂", session_minutes=120, skill="炊事员", equipment="厨房", needs_ground_floor=True
    )
    health = make_service(
        county, "health", "卫生健康", session_minutes=120, specialist="巡诊医生", needs_ground_floor=True
    )
    boss = make_staff(Role.TOWN, place)
    campaign = Campaign.everywhere.create(
        county=county, place=place, title="办什么", definition=QUESTIONS, notice="说明", opens=TODAY
    )
    town = Town(place, [], [], chess, canteen, health, boss, [])
    for _ in range(villages):
        add_village(town, campaign)
    services.set_specialist(
        by=boss, place=place, title="巡诊医生甲", skill="巡诊医生", halves=["0am", "1am", "2pm", "3am"]
    )
    return town


def add_village(town: Town, campaign: Campaign) -> Place:
    village = make_village(town.place)
    centre = make_centre(village)
    hall = make_space(centre, "大厅", capacity=20, accessible=True)
    hall.supports.set([town.chess, town.canteen, town.health])
    make_space(centre, "村干部办公室", office_use=True).supports.set([town.chess])
    services.add_staffing(
        by=town.boss, place=village, skill="炊事员", weekdays=[0, 1, 2, 3, 4], start_minute=600, end_minute=840
    )
    listed = NeedsList.everywhere.create(
        county=town.place.county, campaign=campaign, place=village, responses=30, effective=25.0, derived_at=NOW
    )
    for service, group, band, hours in (
        (town.chess, "60 岁以上", "morning", 40),
        (town.chess, "18–59 岁", "evening", 40),
        (town.canteen, "60 岁以上", "morning", 60),
        (town.health, "60 岁以上", "any", 30),
    ):
        add_need(listed, service, group, band, hours)
    town.villages.append(village)
    town.halls.append(hall)
    town.lists.append(listed)
    return village


def add_need(listed: NeedsList, service: Service | None, group: str, band: str, hours: float) -> Need:
    return Need.everywhere.create(
        county=listed.county, list=listed, place=listed.place, campaign=listed.campaign, service=service, group=group,
        label=service.name if service else "别的", band=band, strength=0.5, low=0.4, high=0.6, people=15,
        person_hours=hours,
    )  # fmt: skip


def answer(listed: NeedsList, *wants: str, weight: float = 10.0) -> Response:
    return Response.everywhere.create(
        county=listed.county, campaign=listed.campaign, place=listed.place, channel="paper", version=1,
        client_uuid=uuid4(), answers={"want": list(wants)}, weight=weight,
    )  # fmt: skip
