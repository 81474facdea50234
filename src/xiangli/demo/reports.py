"""A first bulletin of the demonstration's town, today's digests, and two stars: all counted from the invented rows."""

from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.utils import timezone

from xiangli.places.models import Place
from xiangli.reports import services as reports
from xiangli.reports.choices import Bound, Fact
from xiangli.reports.models import Star

WHAT = "督查通报、摘要、星级（数从编的记录里来）"

STARS = [
    ("办得实星（演示）", [(Fact.ITEMS_OVERDUE, Bound.AT_MOST, 0), (Fact.ITEMS_REOPENED, Bound.AT_MOST, 0)]),
    ("门常开星（演示）", [(Fact.OPEN_HOURS, Bound.AT_LEAST, 60), (Fact.REQUIRED_SERVICES, Bound.AT_LEAST, 7)]),
]


def load(*, town: Place, users: dict[str, Any], today: date) -> None:
    now = timezone.make_aware(datetime.combine(today, time(8)))
    reports.issue_bulletin(by=users["town"], place=town, month=today, now=now, client_uuid=UUID(int=410308101))
    assert town.county
    for name, conditions in STARS:
        reports.save_star(by=users["county"], star=Star(county=town.county, name=name), conditions=conditions)
    reports.rate(by=users["county"], county=town.county, now=now)
    reports.make_digests(by=None, day=today, now=now)
