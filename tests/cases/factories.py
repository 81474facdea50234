"""Cases in any state, made the way they come about."""

from datetime import datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from tests.places.factories import make_centre
from xiangli.cases import services
from xiangli.cases.models import Case
from xiangli.places.models import Centre

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 6, 8, 9, 0, tzinfo=SHANGHAI)


def make_case(centre: Centre | None = None, *, now: datetime = MONDAY, **fields: Any) -> Case:
    fields = {"kind": "help", "text": "路灯坏了，晚上看不见路。", "client_uuid": uuid4(), **fields}
    return services.file_case(by=None, centre=centre or make_centre(), now=now, **fields)


def make_replied(handler: Any, centre: Centre, *, now: datetime = MONDAY, **fields: Any) -> Case:
    case = services.take_on(by=handler, case=make_case(centre, now=now, **fields), now=now)
    return services.reply(by=handler, case=case, text="已换新灯泡，今晚就亮。", now=now)
