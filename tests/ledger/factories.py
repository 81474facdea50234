"""A town whose ledger is kept: a doer in the village, a second person to judge, and items."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.places.factories import make_county, make_staff, make_town, make_village
from xiangli.accounts.choices import Role
from xiangli.accounts.models import User
from xiangli.ledger import services
from xiangli.ledger.models import LedgerItem
from xiangli.places.models import Place

TODAY = date(2026, 6, 10)  # a Wednesday
NOW = datetime(2026, 6, 10, 2, tzinfo=UTC)


@dataclass
class Crew:
    town: Place
    village: Place
    doer: User
    judge: User
    boss: User


def make_crew() -> Crew:
    town = make_town(make_county())
    village = make_village(town)
    return Crew(
        town,
        village,
        make_staff(Role.VILLAGE_STAFF, village),
        make_staff(Role.SUPERVISOR, town),
        make_staff(Role.TOWN, town),
    )


def make_item(crew: Crew, title: str = "坡道", days: int = 30, **fields: Any) -> LedgerItem:
    fields.setdefault("place", crew.village)
    fields.setdefault("today", TODAY)
    return services.add_item(by=crew.boss, title=title, deadline=TODAY + timedelta(days=days), now=NOW, **fields)


def asked(crew: Crew, **fields: Any) -> LedgerItem:
    """An item whose close-out the doer has asked for."""
    item = services.start(by=crew.doer, item=make_item(crew, **fields), now=NOW)
    return services.ask_close(by=crew.doer, item=item, now=NOW)
