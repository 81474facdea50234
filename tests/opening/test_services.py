from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from tests.opening.factories import make_open_centre
from tests.places.factories import make_centre, make_space, make_staff, make_village
from xiangli.accounts.choices import Role
from xiangli.audit.models import Event
from xiangli.core.errors import UserError
from xiangli.opening.hours import ALL_DAY, SPECIAL, Rule
from xiangli.opening.models import Closure, OpeningRule
from xiangli.opening.queries import hours, openings, status, statuses
from xiangli.opening.services import (
    PROGRAMME_RULES,
    WORKING_HOURS,
    add_rule,
    announce_closure,
    end_rule,
    set_rules,
    withdraw_closure,
)

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 11, 23)


def at(*when):
    return timezone.make_aware(datetime(2026, *when))


def test_make_up_workday_and_holiday_follow_the_countys_calendar():
    centre = make_open_centre()
    days = {item.day: item.intervals for item in hours(centre, date(2026, 2, 13), 5)}
    assert days[date(2026, 2, 14)] == WORKING_HOURS  # a Saturday made up
    assert days[date(2026, 2, 17)] == ALL_DAY  # the Spring Festival


def test_hours_of_a_year_not_announced_are_unknown():
    days = hours(make_open_centre(), date(2026, 12, 31), 3)
    assert [item.known for item in days] == [True, False, False]


def test_centre_without_rules_is_unknown():
    assert status(make_centre(), at(11, 23, 9)).open is None


def test_status_is_open_until_noon_and_then_says_when_next():
    centre = make_open_centre()
    assert (status(centre, at(11, 23, 9)).text, status(centre, at(11, 23, 13)).text) == (
        "开到今天 12:00",
        "今天 14:30开门",
    )
    assert status(centre, at(11, 28, 3)).until == at(11, 30, 0)


def test_space_with_its_own_rules_does_not_follow_the_centre():
    centre = make_open_centre()
    court = make_space(centre)
    set_rules(by=None, centre=centre, space=court, rules=[Rule(((360, 1320),))], since=date(2026, 1, 1))
    assert hours(centre, MONDAY, 1, court)[0].intervals == ((360, 1320),)
    assert hours(centre, MONDAY, 1, make_space(centre))[0].intervals == WORKING_HOURS


def test_new_rules_leave_the_past_as_it_was():
    centre = make_open_centre()
    set_rules(by=None, centre=centre, rules=[Rule(ALL_DAY)], since=date(2026, 11, 24))
    assert [item.intervals for item in hours(centre, MONDAY, 2)] == [WORKING_HOURS, ALL_DAY]
    set_rules(by=None, centre=centre, rules=[Rule(((0, 60),))], since=date(2026, 11, 24))
    assert [item.intervals for item in hours(centre, MONDAY, 2)] == [WORKING_HOURS, ((0, 60),)]


def test_closure_with_short_notice_must_say_why():
    centre = make_open_centre()
    now = at(11, 23, 9)
    with pytest.raises(UserError, match="5 天"):
        announce_closure(by=None, centre=centre, starts=at(11, 24, 8), ends=None, reason="停电", now=now)
    closure = announce_closure(
        by=None, centre=centre, starts=at(11, 24, 8), ends=None, reason="停电", now=now, short_notice="突然停电"
    )
    assert closure.short_notice == "突然停电"
    assert hours(centre, date(2026, 11, 25), 1)[0].intervals == ()


def test_closure_without_reason_or_backwards_is_refused():
    centre, now = make_open_centre(), at(11, 1, 9)
    for starts, ends, reason in [(at(11, 20, 8), at(11, 20, 8), "x"), (at(11, 20, 8), at(11, 21, 8), " ")]:
        with pytest.raises(UserError):
            announce_closure(by=None, centre=centre, starts=starts, ends=ends, reason=reason, now=now)


def test_database_refuses_a_closure_that_ends_before_it_begins():
    centre = make_centre()
    with pytest.raises(IntegrityError), transaction.atomic():
        Closure.everywhere.create(
            county=centre.county, centre=centre, starts=at(11, 2), ends=at(11, 1), reason="x", announced_at=at(11, 1)
        )


def test_withdrawn_closure_counts_no_more_and_begun_one_ends_now():
    centre = make_open_centre()
    coming = announce_closure(by=None, centre=centre, starts=at(11, 24), ends=None, reason="x", now=at(11, 1))
    withdraw_closure(by=None, closure=coming, now=at(11, 2))
    assert hours(centre, date(2026, 11, 24), 1)[0].intervals == WORKING_HOURS
    begun = announce_closure(by=None, centre=centre, starts=at(11, 23), ends=None, reason="x", now=at(11, 2))
    withdraw_closure(by=None, closure=begun, now=at(11, 23, 10))
    assert hours(centre, MONDAY, 1)[0].intervals == ((600, 720), (870, 1080))


def test_closure_of_one_space_leaves_the_rest_open():
    centre = make_open_centre()
    court, room = make_space(centre), make_space(centre)
    announce_closure(by=None, centre=centre, space=court, starts=at(11, 23), ends=None, reason="x", now=at(11, 1))
    assert hours(centre, MONDAY, 1, court)[0].intervals == ()
    assert hours(centre, MONDAY, 1, room)[0].intervals == WORKING_HOURS
    assert hours(centre, MONDAY, 1)[0].intervals == WORKING_HOURS


def test_special_day_is_added_and_taken_back():
    centre = make_open_centre()
    fair = add_rule(
        by=None, centre=centre, rule=Rule(ALL_DAY, since=MONDAY, until=MONDAY, layer=SPECIAL, name="庙会"), since=MONDAY
    )
    assert hours(centre, MONDAY, 1)[0].intervals == ALL_DAY
    end_rule(by=None, rule=fair, today=date(2026, 11, 20))
    assert hours(centre, MONDAY, 1)[0].intervals == WORKING_HOURS
    with pytest.raises(UserError):
        end_rule(by=None, rule=OpeningRule.objects.within(centre.county)[0], today=MONDAY)


def test_same_extended_rule_twice_is_one_row():
    centre = make_open_centre()
    noon = Rule(((720, 870),), weekdays=frozenset({0}), layer="extended")
    assert add_rule(by=None, centre=centre, rule=noon, since=MONDAY) == add_rule(
        by=None, centre=centre, rule=noon, since=MONDAY
    )
    assert hours(centre, MONDAY, 1)[0].intervals == ((480, 1080),)


def test_writes_record_who_did_them():
    centre = make_open_centre()
    staff = make_staff(Role.VILLAGE_STAFF, centre.place)
    set_rules(by=staff, centre=centre, rules=PROGRAMME_RULES, since=MONDAY)
    assert Event.objects.filter(verb="opening.rules_set", by=staff, county=centre.county).count() == 1


@pytest.mark.parametrize("number", [1, 3])
def test_statuses_take_the_same_queries_for_any_number_of_centres(number, django_assert_num_queries):
    first = make_open_centre()
    town = first.place.parent
    centres = [first] + [make_open_centre(make_centre(make_village(town))) for _ in range(number - 1)]
    with django_assert_num_queries(4):
        found = statuses(centres, at(11, 23, 9))
    assert [found[centre.pk].open for centre in centres] == [True] * number


def test_another_centres_rules_and_closures_do_not_leak():
    one = make_open_centre()
    other = make_centre(make_village(one.place.parent))
    announce_closure(by=None, centre=other, starts=at(11, 23), ends=None, reason="x", now=at(11, 1))
    read = openings(one.county, [one.pk], MONDAY, 1)
    assert read.hours(one.pk)[0].intervals == WORKING_HOURS
    assert status(one, at(11, 23, 9) + timedelta(minutes=5)).open is True
