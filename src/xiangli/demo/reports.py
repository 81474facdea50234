"""A first bulletin of the demonstration's town; its figures are counted from the invented ledger."""

from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.utils import timezone

from xiangli.places.models import Place
from xiangli.reports import services as reports

WHAT = "督查通报：第一期（数从编的台账里来）"


def load(*, town: Place, users: dict[str, Any], today: date) -> None:
    now = timezone.make_aware(datetime.combine(today, time(8)))
    reports.issue_bulletin(by=users["town"], place=town, month=today, now=now, client_uuid=UUID(int=410308101))
