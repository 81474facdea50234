"""Each write of reports, killed between any two of its statements: all of it is there or nothing."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from tests.killing import killed_anywhere
from tests.ledger.factories import NOW, TODAY, make_crew, make_item
from tests.places.factories import make_centre
from xiangli.ledger.models import LedgerItem
from xiangli.reports import services
from xiangli.reports.choices import Bound, Fact
from xiangli.reports.documents import word
from xiangli.reports.models import Star

pytestmark = pytest.mark.django_db(transaction=True)


def bulletin(crew):
    key = uuid4()
    return lambda: services.issue_bulletin(
        by=crew.boss, place=crew.town, month=date(2026, 6, 1), now=NOW, client_uuid=key
    )


def template(crew):
    return lambda: services.replace_template(
        by=crew.boss, county=crew.town.county, kind="weekly", content=word.shipped("weekly"), now=NOW
    )


def star(crew):
    rows = [(Fact.ITEMS_OVERDUE, Bound.AT_MOST, 0), (Fact.ACTIVITIES, Bound.AT_LEAST, 0)]
    made = services.save_star(by=crew.boss, star=Star(county=crew.town.county, name="甲"), conditions=rows)
    return lambda: services.save_star(by=crew.boss, star=made, conditions=rows[:1])


def rating(crew):
    star(crew)
    return lambda: services.rate(by=crew.boss, county=crew.town.county, now=NOW)


def one_digest(crew):
    make_item(crew, responsible=crew.doer)
    LedgerItem.everywhere.update(deadline=TODAY - timedelta(days=1))  # late for its doer, not yet for anybody above
    return lambda: services.make_digests(by=None, day=TODAY, now=NOW)


@pytest.mark.parametrize("service", [bulletin, template, star, rating, one_digest])
def test_service_killed_between_any_two_statements_leaves_all_or_nothing(service, transactional_db):
    crew = make_crew()
    make_centre(crew.village)
    assert killed_anywhere(service(crew)) >= 4
