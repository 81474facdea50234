"""Each write of supervision, killed between any two of its statements: all of it is there or nothing."""

from datetime import date
from uuid import uuid4

import pytest

from tests.killing import killed_anywhere
from tests.ledger.factories import NOW, TODAY, make_crew
from tests.places.factories import make_staff
from xiangli.accounts.choices import Role
from xiangli.ledger import services as ledger
from xiangli.supervision import services
from xiangli.supervision.models import Indicator, Team

pytestmark = pytest.mark.django_db(transaction=True)
RULES = dict.fromkeys(("unseen_days", "stalled_days", "share_left", "points_behind", "to_liaison"), 5) | {
    "to_town": 6, "to_county": 7,
}  # fmt: skip


def visit_with_finding(crew):
    key = uuid4()
    return lambda: services.record_visit(
        by=crew.judge, place=crew.village, visited_on=TODAY, client_uuid=key, now=NOW, problem="灯",
        deadline=date(2026, 6, 20),
    )  # fmt: skip


def list_of_visits(crew):
    row = {"place": crew.village, "visited_on": TODAY, "problem": "灯", "deadline": date(2026, 6, 20)}
    rows = [row | {"client_uuid": uuid4()} for _ in range(2)]
    return lambda: services.record_visits(by=crew.judge, now=NOW, rows=rows)


def look_back(crew):
    item = visit_with_finding(crew)().findings.get().item
    ledger.start(by=crew.doer, item=item, now=NOW)
    ledger.ask_close(by=crew.doer, item=item, now=NOW)
    ledger.close(by=crew.boss, item=item, now=NOW)
    key = uuid4()
    return lambda: services.look_back(
        by=crew.judge, item=item, visited_on=TODAY, client_uuid=key, now=NOW, holds=False, seen="又坏"
    )


def finding(crew):
    visit, key = visit_with_finding(crew)(), uuid4()
    return lambda: services.add_finding(
        by=crew.judge, visit=visit, client_uuid=key, now=NOW, problem="二", deadline=date(2026, 6, 21)
    )


def team(crew):
    return lambda: services.save_team(
        by=crew.boss, team=Team(place=crew.town), name="一组", members=[crew.judge], villages=[crew.village]
    )


def village(crew):
    officer = make_staff(Role.LIAISON, crew.town)
    return lambda: services.give_village(by=crew.boss, user=officer, village=crew.village, since=TODAY)


def scores(crew):
    review = services.add_review(by=crew.boss, place=crew.town, title="观摩", held_on=TODAY)
    rows = [
        services.save_indicator(by=crew.boss, indicator=Indicator(county=crew.town.county, title=title))
        for title in ("甲", "乙")
    ]
    points = {(row, None): (3, "") for row in rows}
    return lambda: services.score(by=crew.judge, review=review, place=crew.village, points=points)


def rules(crew):
    return lambda: services.set_rules(by=crew.boss, county=crew.town.county, **RULES)


@pytest.mark.parametrize(
    "service", [visit_with_finding, list_of_visits, look_back, finding, team, village, scores, rules]
)
def test_service_killed_between_any_two_statements_leaves_all_or_nothing(service, transactional_db):
    assert killed_anywhere(service(make_crew())) >= 4
