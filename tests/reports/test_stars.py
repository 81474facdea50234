"""Stars from recorded facts, by the county's own rules; each shows why; nothing is ranked."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.ledger.factories import NOW, TODAY, make_crew, make_item
from tests.places.factories import make_centre, make_service, make_space, make_staff, make_village
from xiangli.accounts.choices import Role
from xiangli.core.errors import UserError
from xiangli.ledger.models import LedgerItem
from xiangli.reports import services, stars
from xiangli.reports.choices import Bound, Fact
from xiangli.reports.models import Star, StarRating

pytestmark = pytest.mark.django_db


@pytest.fixture
def crew():
    crew = make_crew()
    crew.centre = make_centre(crew.village)
    return crew


def star(crew, name="办得实", conditions=((Fact.ITEMS_OVERDUE, Bound.AT_MOST, 0),)):
    return services.save_star(by=None, star=Star(county=crew.town.county, name=name), conditions=list(conditions))


def rate(crew, now=NOW):
    services.rate(by=crew.boss, county=crew.town.county, now=now)
    return {rating.centre: rating.content for rating in StarRating.everywhere.filter(month__month=now.month)}


def test_star_is_given_or_withheld_and_shows_its_facts(crew):
    star(crew)
    assert rate(crew)[crew.centre] == [
        {
            "star": "办得实", "given": True,
            "facts": [{"label": "超期的台账事项数", "wanted": "至多 0", "found": "0", "holds": True}],
        }
    ]  # fmt: skip
    make_item(crew)
    LedgerItem.everywhere.update(deadline=TODAY - timedelta(days=1))
    (one,) = rate(crew)[crew.centre]
    assert (one["given"], one["facts"][0]["found"]) == (False, "1")


def test_all_conditions_must_hold_and_what_is_not_recorded_holds_nothing(crew):
    star(crew, conditions=[(Fact.ITEMS_OVERDUE, Bound.AT_MOST, 0), (Fact.OFFICE_SHARE, Bound.AT_MOST, 50)])
    (one,) = rate(crew)[crew.centre]
    assert (one["given"], [row["found"] for row in one["facts"]]) == (False, ["0", "没有记录"])
    space = make_space(crew.centre, area_m2=10)
    assert rate(crew)[crew.centre][0]["given"] is True
    make_space(crew.centre, area_m2=30, office_use=True)
    assert space.pk
    assert rate(crew)[crew.centre][0]["facts"][1]["found"] == "75"


def test_facts_are_measured_from_what_the_rooms_recorded(crew):
    from tests.cases.factories import make_case, make_replied
    from xiangli.opening.services import PROGRAMME_RULES, set_rules
    from xiangli.places.calendar import seed_calendar
    from xiangli.supervision import services as supervision
    from xiangli.supervision.models import Indicator

    seed_calendar(by=None, county=crew.town.county, years=[2026])
    service = make_service(crew.town.county, required=True)
    make_space(crew.centre).supports.add(service)
    set_rules(by=crew.boss, centre=crew.centre, rules=PROGRAMME_RULES, since=TODAY - timedelta(days=9))
    make_case(crew.centre, now=NOW - timedelta(days=30))
    make_replied(crew.boss, crew.centre, now=NOW)
    review = supervision.add_review(by=None, place=crew.town, title="观摩", held_on=TODAY)
    indicator = supervision.save_indicator(by=None, indicator=Indicator(county=crew.town.county, title="面积", most=20))
    supervision.score(by=None, review=review, place=crew.village, points={(indicator, None): (15, "")})
    found = stars.measure(crew.town.county, TODAY)[crew.centre]
    assert found.pop(Fact.OPEN_HOURS) > 40
    assert found == {
        Fact.REQUIRED_SERVICES: 1, Fact.ACTIVITIES: 0, Fact.OFFICE_SHARE: None, Fact.REVIEW_SHARE: 75,
        Fact.ITEMS_OVERDUE: 0, Fact.ITEMS_REOPENED: 0, Fact.ITEMS_ON_TIME: None, Fact.CASES_OVERDUE: 1,
        Fact.CASES_ANSWERED: 50,
    }  # fmt: skip
    assert set(Fact) == {*found, Fact.OPEN_HOURS}


def test_history_stays_when_rules_change_and_a_month_is_rated_once(crew):
    kept = star(crew)
    rate(crew)
    services.save_star(by=None, star=kept, conditions=[(Fact.ACTIVITIES, Bound.AT_LEAST, 5)])
    rate(crew, NOW + timedelta(days=30))
    for _ in range(2):
        rate(crew, NOW + timedelta(days=31))
    rows = StarRating.everywhere.filter(centre=crew.centre).order_by("month")
    assert [row.content[0]["facts"][0]["label"] for row in rows] == ["超期的台账事项数", "每周活动场数"]


def test_rules_that_are_no_rules_are_refused(crew):
    star(crew)
    with pytest.raises(UserError, match="已经有一颗星"):
        star(crew)
    with pytest.raises(UserError, match="至少要有一个条件"):
        star(crew, name="空", conditions=[])
    with pytest.raises(UserError, match="不能要求两遍"):
        star(crew, name="重", conditions=[(Fact.ACTIVITIES, Bound.AT_LEAST, n) for n in (1, 2)])
    assert Star.everywhere.count() == 1
    Star.everywhere.update(is_active=False)
    with pytest.raises(UserError, match="还没有定评星规则"):
        rate(crew)


def test_centres_stand_in_the_order_of_the_tree_whatever_their_stars(client, crew):
    star(crew)
    better = make_centre(make_village(crew.town, name="后面村"))
    make_item(crew)
    LedgerItem.everywhere.update(deadline=TODAY - timedelta(days=1))
    rate(crew)
    client.force_login(crew.boss)
    for query in ("", "?order=-stars", "?sort=stars"):
        rows = client.get(reverse("stars") + query).context["rows"]
        assert [(row["centre"], row["rating"].content[0]["given"]) for row in rows] == [
            (crew.centre, False), (better, True),
        ]  # fmt: skip


def test_county_sets_rules_and_rates_on_its_pages(client, crew):
    client.force_login(make_staff(Role.COUNTY, crew.town.county))
    data = {"name": "门常开", "is_active": "on", **{f"c{n}-bound": "at_least" for n in range(6)}}
    page = client.post(reverse("star_rules"), data | {"c0-fact": "activities"})
    assert "请写要多少" in page.content.decode()
    assert client.post(reverse("star_rules"), data | {"c0-fact": "activities", "c0-value": "0"}).status_code == 302
    assert client.post(reverse("star_rate")).status_code == 302
    assert "★ 门常开" in client.get(reverse("star_centre", args=[crew.centre.pk])).content.decode()
    client.force_login(crew.doer)
    assert client.get(reverse("star_centre", args=[crew.centre.pk])).status_code == 200
    assert client.post(reverse("star_rate")).status_code == 404


def test_rating_and_list_cost_the_same_for_one_centre_and_three(client, crew):
    star(crew)
    client.force_login(crew.boss)

    def costs():
        rate(crew)
        client.get(reverse("stars"))
        with CaptureQueriesContext(connection) as measured:
            stars.measure(crew.town.county, TODAY)
        with CaptureQueriesContext(connection) as listed:
            client.get(reverse("stars"))
        return len(measured), len(listed)

    one = costs()
    for _ in range(2):
        make_space(make_centre(make_village(crew.town)))
    make_space(crew.centre)
    assert costs() == (one[0] + 1, one[1])  # once there are spaces, what they support is read too
    assert max(one) <= 16
