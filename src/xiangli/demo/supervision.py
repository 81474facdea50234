"""Invented visits, one of them with a finding, and one invented word about a burden."""

import random
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from xiangli.places.models import Place
from xiangli.places.queries import villages
from xiangli.supervision import services as supervision

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
    supervision.say_burden(
        place=town, page="/office/ledger/add/", text="同一件事镇里要报一遍，条线上又要报一遍。（演示）", now=now
    )
