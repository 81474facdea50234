"""Small true rows for the surveys room: a village with population, a campaign, answers."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import uuid4

from tests.places.factories import make_service, make_village
from xiangli.places.models import Place, PopulationCount, Service
from xiangli.surveys import services
from xiangli.surveys.choices import Channel
from xiangli.surveys.models import Campaign, Response
from xiangli.surveys.standard import standard_questionnaire

OPENS = date(2020, 1, 1)
PEOPLE = {
    "sex": {"女": 410, "男": 390},
    "age": {"18-44": 280, "45-59": 250, "60-69": 160, "70+": 110},
    "group": {"务农": 370, "务工": 240, "其他": 190},
}


def make_people(village: Place, people: Mapping[str, Mapping[str, int]] = PEOPLE) -> Place:
    PopulationCount.everywhere.bulk_create(
        PopulationCount(county=village.county, place=village, dimension=dimension, category=category, count=count)
        for dimension, counts in people.items()
        for category, count in counts.items()
    )
    return village


def make_definition(*keys: str, title: str = "办什么？") -> dict[str, Any]:
    catalogue = [{"key": key, "name": f"服务{key}"} for key in keys or ("canteen", "chess")]
    return standard_questionnaire(catalogue, title=title, handler="镇党政办", contact="0379-0000")


def make_campaign(place: Place | None = None, **fields: Any) -> Campaign:
    place = place or make_people(make_village())
    for key, name in (("canteen", "乡里食堂"), ("chess", "书画棋牌")):
        if not Service.everywhere.filter(county_id=place.county_id, key=key).exists():
            make_service(place.county, key=key, name=name)
    fields.setdefault("definition", make_definition())
    return services.create_campaign(by=None, place=place, title="办什么？", opens=fields.pop("opens", OPENS), **fields)


def answer(campaign: Campaign, place: Place, channel: str = Channel.WEB, by: Any = None, **raw: Any) -> Response:
    response, _ = services.record_response(
        by=by, campaign=campaign, place=place, channel=channel, raw=raw, client_uuid=uuid4()
    )
    return response


def make_answers(campaign: Campaign, place: Place, rows: Iterable[Mapping[str, Any]]) -> list[Response]:
    return [answer(campaign, place, **row) for row in rows]


def some_answers(n: int = 24) -> list[dict[str, Any]]:
    """Answers that reach every category of the margins; half of them want the canteen, a third chess."""
    ages, groups = list(PEOPLE["age"]), list(PEOPLE["group"])
    return [
        {
            "needs": [key for key, every in (("canteen", 2), ("chess", 3)) if i % every == 0] or ["none"],
            "band": "evening" if i % 4 < 2 else "morning",
            "sex": "女" if i % 5 < 3 else "男",
            "age": ages[i % 4],
            "group": groups[(i // 4) % 3],
        }
        for i in range(n)
    ]
