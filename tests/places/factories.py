"""Small true rows for tests: a county with its calendar, a town, villages, centres, spaces and staff."""

from datetime import date
from itertools import count
from typing import Any

from xiangli.accounts.models import User
from xiangli.accounts.services import add_staff, assign
from xiangli.places.choices import Level
from xiangli.places.models import Centre, Place, Service, Space
from xiangli.places.services import add_place

_number = count(1)


def make_county(slug: str = "mengjin", name: str = "孟津区") -> Place:
    top = Place.objects.filter(level=Level.CITY).first() or add_place(
        by=None,
        level=Level.CITY,
        name="洛阳市",
        slug="luoyang",
        parent=add_place(by=None, level=Level.PROVINCE, name="河南省", slug="henan"),
    )
    return add_place(by=None, level=Level.COUNTY, name=name, slug=slug, parent=top)


def make_town(county: Place | None = None, slug: str = "huimeng", name: str = "会盟镇") -> Place:
    return add_place(by=None, level=Level.TOWN, name=name, slug=slug, parent=county or make_county())


def make_village(town: Place | None = None, slug: str | None = None, name: str | None = None, **fields: Any) -> Place:
    n = next(_number)
    return add_place(
        by=None,
        level=Level.VILLAGE,
        name=name or f"试验{n}村",
        slug=slug or f"village-{n}",
        parent=town or Place.objects.filter(level=Level.TOWN).first() or make_town(),
        **fields,
    )


def make_centre(village: Place | None = None, slug: str | None = None, **fields: Any) -> Centre:
    village = village or make_village()
    fields.setdefault("name", f"{village.name}乡里中心")
    return Centre.everywhere.create(county=village.county, place=village, slug=slug or village.slug, **fields)


def make_space(centre: Centre | None = None, name: str | None = None, **fields: Any) -> Space:
    centre = centre or make_centre()
    fields.setdefault("bookable", True)
    return Space.everywhere.create(county=centre.county, centre=centre, name=name or f"房间{next(_number)}", **fields)


def make_service(county: Place, key: str = "chess", name: str = "书画棋牌", **fields: Any) -> Service:
    return Service.everywhere.create(county=county, key=key, name=name, **fields)


def make_staff(role: str, place: Place, username: str | None = None, password: str | None = None) -> User:
    """A member of staff with one role at one place since 2020."""
    username = username or f"{role}-{next(_number)}"
    user = add_staff(by=None, username=username, name=username, password=password)
    assign(by=None, user=user, role=role, place=place, since=date(2020, 1, 1))
    return user
