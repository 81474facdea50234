from datetime import date, timedelta

import pytest

from tests.ledger.factories import TODAY, asked, make_crew, make_item
from xiangli.ledger import lights, services
from xiangli.ledger.choices import Light, State
from xiangli.ledger.lights import Thresholds
from xiangli.ledger.models import LedgerItem, LightRule
from xiangli.ledger.queries import figures_of, thresholds
from xiangli.places.calendar import seed_calendar

LIMITS = Thresholds(TODAY, date(2026, 6, 17), date(2026, 5, 27))


@pytest.mark.parametrize(
    ("state", "deadline", "added", "expected"),
    [
        (State.IN_PROGRESS, TODAY - timedelta(days=1), TODAY, Light.RED),
        (State.IN_PROGRESS, TODAY, TODAY, Light.YELLOW),
        (State.IN_PROGRESS, date(2026, 6, 17), TODAY, Light.YELLOW),
        (State.IN_PROGRESS, date(2026, 6, 18), TODAY, Light.GREEN),
        (State.NOT_STARTED, date(2026, 9, 1), date(2026, 5, 27), Light.YELLOW),
        (State.NOT_STARTED, date(2026, 9, 1), date(2026, 5, 28), Light.GREEN),
        (State.CLOSE_REQUESTED, TODAY - timedelta(days=1), TODAY, Light.RED),
        (State.CLOSED, TODAY - timedelta(days=90), TODAY, Light.DONE),
    ],
)
def test_light_follows_state_deadline_and_start(state, deadline, added, expected):
    assert lights.light(state, deadline, added, LIMITS) == expected


@pytest.mark.django_db
def test_condition_selects_exactly_the_items_whose_light_it_is():
    crew = make_crew()
    for days in (-40, -1, 0, 1, 7, 8, 60):
        for age in (0, 13, 14, 50):
            item = make_item(crew, days=days, today=TODAY - timedelta(days=age))
            if age == 13:
                services.start(by=crew.doer, item=item, now=item.moved_at)
        services.close(by=crew.judge, item=asked(crew, days=days), now=item.moved_at)
    items = list(LedgerItem.objects.within(crew.town))
    for wanted in Light:
        by_database = set(LedgerItem.objects.within(crew.town).filter(lights.condition(wanted, LIMITS)))
        assert by_database == {i for i in items if lights.light(i.state, i.deadline, i.added_on, LIMITS) == wanted}
        assert by_database
    counted = figures_of(crew.village, LIMITS)
    assert (counted["total"], counted["red"], counted["yellow"], counted["closed"]) == (
        len(items),
        *(
            sum(lights.light(i.state, i.deadline, i.added_on, LIMITS) == wanted for i in items)
            for wanted in (Light.RED, Light.YELLOW, Light.DONE)
        ),
    )


@pytest.mark.django_db
def test_thresholds_count_working_days_and_follow_the_county_rule():
    crew = make_crew()
    county = crew.town.county
    seed_calendar(by=None, county=county, years=[2026])
    # 19 to 21 June 2026 is the Dragon Boat holiday: five working days after 15 June end on the 23rd, not on the 22nd.
    assert thresholds(county, date(2026, 6, 15)).warn_until == date(2026, 6, 23)
    LightRule.everywhere.create(county=county, warn_days=1, start_days=2)
    assert thresholds(county, TODAY) == Thresholds(TODAY, date(2026, 6, 11), date(2026, 6, 8))
