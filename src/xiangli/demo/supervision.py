"""Invented visits, one of them with a finding, a team, an on-site review, and one invented word about a burden."""

import random
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from xiangli.places.models import Place
from xiangli.places.queries import villages
from xiangli.supervision import services as supervision
from xiangli.supervision.choices import About
from xiangli.supervision.models import Indicator, Team

WHAT = "走访与反映（编的）"
SEEN = ["活动室有人下棋，桌椅够用。", "便民大厅中午也开着。", "食堂在办证，还没有开火。", "球场灯坏了一盏，已报修。"]


def load(*, town: Place, users: dict[str, Any], today: date) -> None:
    """Some villages were seen lately, some long ago, the rest never."""
    chance = random.Random(20230609)
    now = timezone.make_aware(datetime.combine(today, time(9)))
    for position, place in enumerate(list(villages(town))[:12]):
        finding: dict[str, Any] = {}
        if position == 3:
            deadline = today + timedelta(days=14)
            finding = {
                "problem": "消防通道堆了杂物",
                "measure": "清走杂物，画黄线",
                "unit": f"{place.name}两委",
                "deadline": deadline,
            }
        supervision.record_visit(
            by=users["liaison" if position < 2 else "supervisor"], place=place, now=now,
            seen=SEEN[position % len(SEEN)], visited_on=today - timedelta(days=chance.randrange(1, 60)),
            client_uuid=UUID(int=chance.getrandbits(128)), **finding,
        )  # fmt: skip
    load_review(town, users, today)
    supervision.say_burden(
        place=town, page="/office/ledger/add/", text="同一件事镇里要报一遍，条线上又要报一遍。（演示）", now=now
    )


def load_review(town: Place, users: dict[str, Any], today: date) -> None:
    """A team for the first villages, three indicators, and a walk on which two villages were scored."""
    first = list(villages(town)[:6])
    team = Team(place=town, county=town.county)
    supervision.save_team(
        by=users["town"], team=team, name="督查一组（演示）", members=[users["supervisor"]], villages=first
    )
    indicators = [
        supervision.save_indicator(
            by=users["county"],
            indicator=Indicator(county=town.county, title=f"{title}（演示）", guide=guide, about=about, most=most),
        )
        for title, guide, about, most in (
            ("一楼给乡亲们用的面积", "看现场，办公的越少越好", About.PLACE, 20),
            ("开放时间和门上贴的一致", "抽两个时段去看", About.PLACE, 10),
            ("来的人多不多、用得好不好", "看十分钟，问三个人", About.SERVICE, 10),
        )
    ]
    review = supervision.add_review(
        by=users["town"], place=town, title="秋季观摩（演示）", held_on=today - timedelta(days=9)
    )
    for place, points in zip(first[:2], ((18, 9), (12, 6)), strict=True):
        given: Any = {(indicators[n], None): (points[n], "编的") for n in range(2)}
        supervision.score(by=users["supervisor"], review=review, place=place, points=given)
