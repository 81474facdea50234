"""Huimeng Town and its villages are real and public; every figure, room and telephone number here is invented."""

import random
from typing import Any

from xiangli.core.chinese import traditional_name
from xiangli.places.calendar import seed_calendar
from xiangli.places.choices import Level, Noise
from xiangli.places.models import Centre, Place, PlaceCode, PopulationCount, ProtectedName, Service, Space
from xiangli.places.services import add_place

VILLAGES = [
    ("陆村社区", "lucun"), ("扣马村", "kouma"), ("扣西村", "kouxi"), ("小寨村", "xiaozhai"), ("新花园村", "xinhuayuan"),
    ("东良村", "dongliang"), ("台荫村", "taiyin"), ("小集村", "xiaoji"), ("铁炉村", "tielu"), ("吕家村", "lvjia"),
    ("双槐村", "shuanghuai"), ("李家庄村", "lijiazhuang"), ("下古村", "xiagu"), ("老城村", "laocheng"),
    ("雷河村", "leihe"), ("油坊村", "youfang"), ("孟河村", "menghe"), ("马庄村", "mazhuang"), ("屋鸾村", "wuluan"),
    ("上河图村", "shanghetu"),
]  # fmt: skip

# key, name, required, noise, ground floor, minutes, people, skill, specialist, equipment
SERVICES = [
    ("convenience", "便民服务", True, Noise.NORMAL, True, 240, 20, "帮办员", "", ""),
    ("civility", "文明实践", True, Noise.NORMAL, False, 120, 40, "志愿者", "", ""),
    ("skills", "技能培训", True, Noise.NORMAL, False, 120, 40, "", "技能讲师", ""),
    ("daycare", "日间照料", True, Noise.QUIET, True, 240, 20, "护理员", "", ""),
    ("childcare", "托幼服务", True, Noise.LOUD, True, 180, 15, "志愿者", "", ""),
    ("health", "卫生健康", True, Noise.QUIET, True, 120, 20, "", "巡诊医生", ""),
    ("rural", "农村综合服务", True, Noise.NORMAL, True, 180, 20, "帮办员", "", ""),
    ("canteen", "乡里食堂", False, Noise.LOUD, True, 120, 40, "炊事员", "", "厨房"),
    ("chess", "书画棋牌", False, Noise.QUIET, False, 120, 20, "", "", ""),
    ("dance", "广场舞和戏曲", False, Noise.LOUD, False, 120, 60, "志愿者", "", ""),
    ("sports", "球类活动", False, Noise.LOUD, False, 120, 20, "", "", "球场"),
    ("reading", "阅览自习", False, Noise.QUIET, False, 180, 20, "", "", ""),
    ("law", "法律咨询", False, Noise.QUIET, False, 120, 10, "", "法律顾问", ""),
    ("ecommerce", "电商助农", False, Noise.NORMAL, False, 120, 20, "志愿者", "", ""),
]

# name, floor, m2, people, outdoors, office, bookable, noise, equipment, services
SPACES = [
    ("便民大厅", 1, 80, 40, False, False, False, Noise.NORMAL, "", ["convenience", "rural", "civility"]),
    ("健康小屋", 1, 35, 20, False, False, False, Noise.QUIET, "", ["health", "law", "daycare"]),
    ("日间照料室", 1, 60, 25, False, False, False, Noise.QUIET, "", ["daycare", "reading", "chess", "health"]),
    ("乡里食堂", 1, 90, 45, False, False, False, Noise.LOUD, "厨房", ["canteen", "childcare", "dance", "civility"]),
    ("书画棋牌室", 1, 45, 24, False, False, True, Noise.QUIET, "", ["chess", "reading", "law"]),
    ("技能教室", 2, 70, 45, False, False, True, Noise.NORMAL, "", ["skills", "ecommerce", "civility", "reading"]),
    ("篮球场", 1, 420, 30, True, False, True, Noise.LOUD, "球场", ["sports", "dance"]),
    ("乒乓球台", 1, 60, 12, True, False, True, Noise.LOUD, "球场", ["sports"]),
    ("门球场", 1, 300, 20, True, False, True, Noise.LOUD, "球场", ["sports", "dance"]),
    ("村干部办公室", 2, 30, 8, False, True, False, Noise.NORMAL, "", []),
]

AGES = [("18-44", 0.36), ("45-59", 0.31), ("60-69", 0.20), ("70+", 0.13)]
GROUPS = [("务农", 0.46), ("务工", 0.30), ("其他", 0.24)]
NAMES = ["台荫", "岳滩", "扣马", "屋鸾", "乡里中心", "乡里"]


def load_places(*, by: Any, seed: int = 410308) -> Place:
    """Nation to village, one centre each, spaces, catalogue and population margins. Returns the town."""
    nation = add_place(by=by, level=Level.NATION, name="中华人民共和国", short_name="全国", slug="cn")
    province = add_place(by=by, level=Level.PROVINCE, name="河南省", slug="henan", parent=nation)
    city = add_place(by=by, level=Level.CITY, name="洛阳市", slug="luoyang", parent=province)
    county = add_place(by=by, level=Level.COUNTY, name="孟津区", slug="mengjin", parent=city)
    town = add_place(by=by, level=Level.TOWN, name="会盟镇", slug="huimeng", parent=county)
    PlaceCode.objects.bulk_create(
        PlaceCode(place=place, code=code) for place, code in [(county, "410308"), (town, "410308101")]
    )
    seed_calendar(by=by, county=county)
    services = load_services(county)
    chance = random.Random(seed)
    for name, slug in VILLAGES:
        load_village(name, slug, town, services, chance)
    names = [ProtectedName(text=name, traditional=traditional_name(name)) for name in NAMES]
    ProtectedName.objects.bulk_create(names, ignore_conflicts=True)
    return town


def load_services(county: Place) -> dict[str, Service]:
    rows = [
        Service(
            county=county, key=key, name=name, required=required, noise=noise, needs_ground_floor=ground,
            session_minutes=minutes, capacity=people, skill=skill, specialist=specialist, equipment=equipment,
            position=position,
        )
        for position, (key, name, required, noise, ground, minutes, people, skill, specialist, equipment)
        in enumerate(SERVICES)
    ]  # fmt: skip
    Service.everywhere.bulk_create(rows)
    return {row.key: row for row in rows}


def load_village(name: str, slug: str, town: Place, services: dict[str, Service], chance: random.Random) -> None:
    people = chance.randrange(900, 3200)
    village = add_place(
        by=None, level=Level.VILLAGE, name=name, short_name=name.removesuffix("村"), slug=slug, parent=town,
        population=people, households=round(people / 3.6),
    )  # fmt: skip
    load_margins(village, people, chance)
    county = county_of(town)
    centre = Centre.everywhere.create(
        county=county, place=village, name=f"{name}乡里中心", slug=slug, address=f"会盟镇{name}（演示地址）",
        phone=f"0379-0000{chance.randrange(1000, 9999)}（演示）", answers_for_it="村党支部副书记",
        introduction="一楼全是给乡亲们用的，办公室搬到了二楼。",
    )  # fmt: skip
    for space in SPACES:
        if space[0] in ("门球场", "乒乓球台") and chance.random() < 0.4:
            continue
        title, floor, area, capacity, outdoors, office, bookable, noise, equipment, keys = space
        row = Space.everywhere.create(
            county=county, centre=centre, name=title, floor=floor, area_m2=area, capacity=capacity,
            outdoors=outdoors, office_use=office, bookable=bookable, noise=noise, equipment=equipment,
            accessible=floor == 1,
        )  # fmt: skip
        row.supports.set([services[key] for key in keys])


def county_of(place: Place) -> Place:
    """The county of a place below it."""
    if place.county is None:
        raise ValueError(f"{place.name} 不在任何县（区）里")
    return place.county


def load_margins(village: Place, people: int, chance: random.Random) -> None:
    """Adults by sex, age and livelihood; each margin sums to the same number of adults."""
    adults = round(people * 0.8)
    women = round(adults * chance.uniform(0.48, 0.53))
    margins = [("sex", "女", women), ("sex", "男", adults - women)]
    for dimension, shares in (("age", AGES), ("group", GROUPS)):
        left = adults
        for category, share in shares[:-1]:
            count = round(adults * share * chance.uniform(0.9, 1.1))
            margins.append((dimension, category, count))
            left -= count
        margins.append((dimension, shares[-1][0], left))
    PopulationCount.everywhere.bulk_create(
        PopulationCount(county=village.county, place=village, dimension=dimension, category=category, count=count)
        for dimension, category, count in margins
    )
