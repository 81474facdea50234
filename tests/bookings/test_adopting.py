from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.bookings.factories import NOW, at, make_booking
from tests.opening.factories import make_open_centre
from tests.places.factories import make_centre, make_service, make_space, make_staff
from xiangli.accounts.choices import Role
from xiangli.bookings.models import Activity, Booking
from xiangli.bookings.services import BookingRefused, adopt_plan
from xiangli.core.errors import UserError
from xiangli.opening.hours import ALL_DAY, Rule, inside
from xiangli.opening.models import OpeningRule
from xiangli.opening.queries import hours
from xiangli.opening.services import announce_closure
from xiangli.places.calendar import seed_calendar
from xiangli.planning.choices import PlanState, Progress
from xiangli.planning.inputs import timetable_input
from xiangli.planning.models import Plan, Specialist, Staffing
from xiangli.planning.queries import planning_rows
from xiangli.planning.services.storing import store
from xiangli.planning.timetable import Interval, Session, edit, read_town
from xiangli.planning.timetable import Plan as Week

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 11, 23)


HOURS = [
    {"days": [1, 2, 3, 4, 5], "from": "08:00", "to": "20:00"}, {"days": [6, 7], "from": "08:00", "to": "20:00"},
]  # fmt: skip
NOTHING = Week(
    sessions=(), visits=(), met=(), value=0, bound=None, status="unproven", villages=(), worst_share=1.0,
    met_share=1.0, continuity=None,
)  # fmt: skip


def make_plan(town, *sessions, specialist=None, hours=HOURS):
    """A ready draft, sound in the eyes of the checker, with sessions (space, service, weekday, start, end, week)."""
    for space, service, *_ in sessions:
        space.supports.add(service)
    data, _ = timetable_input(**planning_rows(town), hours=hours)
    data["slot_minutes"] = 30
    read = read_town(data)
    wanted = [
        Session(
            str(space.centre.place_id), service.key, str(space.pk), Interval(weekday + 1, start, end), week,
            str(specialist.pk) if specialist else None,
        )
        for space, service, weekday, start, end, week in sessions
    ]  # fmt: skip
    made = NOTHING
    for village in {one.village: None for one in wanted}:
        made, faults = edit(read, made, village, [one for one in wanted if one.village == village])
        assert faults == []
    plan = Plan.everywhere.create(
        county=town.county, place=town, title="第一稿", progress=Progress.READY, made_at=NOW, hours=hours, input=data
    )
    store(plan, read, made)
    return plan


@pytest.fixture
def centre():
    return make_open_centre()


@pytest.fixture
def town(centre):
    return centre.place.parent


@pytest.fixture
def boss(town):
    return make_staff(Role.TOWN, town)


@pytest.fixture
def chess(centre):
    return make_service(centre.county)


@pytest.fixture
def room(centre):
    return make_space(centre, name="书画室", capacity=12)


def test_adopted_plan_becomes_activities_that_hold_their_rooms(town, boss, room, chess):
    plan = make_plan(town, (room, chess, 1, 540, 660, 0))
    done = adopt_plan(by=boss, plan=plan, today=MONDAY)
    (activity,) = done.activities
    assert (activity.title, activity.weekday, activity.start, activity.end, activity.people) == (
        "书画棋牌",
        1,
        540,
        660,
        12,
    )
    assert (done.rules, done.displaced, plan.state) == ([], 0, PlanState.ADOPTED)
    with pytest.raises(BookingRefused):
        make_booking(room, at(24, 10))


def test_hours_are_extended_where_an_activity_lies_outside_them(centre, town, boss, room, chess):
    plan = make_plan(town, (room, chess, 1, 690, 810, 0), (room, chess, 2, 690, 810, 0), (room, chess, 5, 540, 660, 0))
    (rule,) = adopt_plan(by=boss, plan=plan, today=MONDAY).rules
    assert (rule.layer, rule.weekdays, rule.intervals) == ("extended", [1, 2], [[720, 810]])
    assert inside(hours(centre, date(2026, 11, 24), 1)[0].intervals, 690, 810)
    assert make_booking(room, at(24, 16)).is_held


def test_centre_without_hours_gets_those_the_plan_was_made_for(town, boss, chess):
    bare = make_centre(town.children.first(), slug="bare", name="新中心")
    plan = make_plan(town, (make_space(bare), chess, 1, 1080, 1200, 0))
    rules = adopt_plan(by=boss, plan=plan, today=MONDAY).rules
    assert len(rules) == 2
    days = [item.intervals for item in hours(bare, MONDAY, 6)]
    assert days == [((480, 1200),)] * 5 + [ALL_DAY]


def test_visit_of_the_second_week_begins_a_week_later_and_comes_fortnightly(town, boss, room, chess):
    doctor = Specialist.everywhere.create(
        county=town.county, place=town, title="巡诊医生甲", skill="巡诊医生", halves=["2am", "3am"]
    )
    health = make_service(town.county, "health", "卫生健康", specialist="巡诊医生")
    plan = make_plan(town, (room, health, 2, 540, 660, 1), (room, health, 3, 540, 660, 2), specialist=doctor)
    one, two = adopt_plan(by=boss, plan=plan, today=MONDAY).activities
    dates = [[timezone.localdate(row.starts) for row in a.occurrences.order_by("starts")] for a in (one, two)]
    assert dates == [[date(2026, 11, 25), date(2026, 12, 9)], [date(2026, 12, 3), date(2026, 12, 17)]]
    assert (one.specialist, one.every_weeks) == ("巡诊医生甲", 2)


def test_residents_bookings_stay_and_the_activity_gives_way(town, boss, room, chess):
    booking = make_booking(room, at(24, 9))
    done = adopt_plan(by=boss, plan=make_plan(town, (room, chess, 1, 540, 660, 0)), today=MONDAY)
    booking.refresh_from_db()
    assert (booking.is_held, done.displaced) == (True, 1)


def test_next_plan_replaces_the_activities_of_the_one_before(town, boss, room, chess):
    adopt_plan(by=boss, plan=make_plan(town, (room, chess, 1, 540, 660, 0)), today=date(2026, 11, 16), now=at(16, 7))
    adopt_plan(by=boss, plan=make_plan(town, (room, chess, 3, 540, 660, 0)), today=MONDAY, now=at(23, 7))
    rows = Activity.objects.within(town).order_by("weekday").values_list("weekday", "since", "until")
    assert list(rows) == [(1, date(2026, 11, 16), date(2026, 11, 22)), (3, MONDAY, None)]
    later = Booking.objects.within(town).filter(starts__gte=at(23, 7), activity__isnull=False)
    assert {timezone.localdate(row.starts).weekday() for row in later} == {3}
    assert Plan.objects.within(town).filter(state=PlanState.ADOPTED).count() == 1


def test_plan_adopted_twice_is_refused_and_changes_nothing(town, boss, room, chess):
    plan = make_plan(town, (room, chess, 1, 540, 660, 0))
    adopt_plan(by=boss, plan=plan, today=MONDAY)
    with pytest.raises(UserError, match="草案"):
        adopt_plan(by=boss, plan=plan, today=MONDAY)
    assert Activity.objects.within(town).count() == 1


def test_plan_whose_room_is_shut_for_weeks_is_refused_with_the_reason(centre, town, boss, room, chess):
    plan = make_plan(town, (room, chess, 1, 540, 660, 0))
    announce_closure(
        by=boss,
        centre=centre,
        space=room,
        starts=at(1, 0),
        ends=None,
        reason="屋顶漏水",
        now=at(1, 0),
        short_notice="漏了",
    )
    with pytest.raises(UserError, match="停用 屋顶漏水"):
        adopt_plan(by=boss, plan=plan, today=MONDAY)
    plan.refresh_from_db()
    assert (plan.state, Activity.objects.within(town).count()) == (PlanState.DRAFT, 0)


def test_room_shut_on_one_day_is_no_reason_to_refuse(centre, town, boss, room, chess):
    plan = make_plan(town, (room, chess, 1, 540, 660, 0))
    announce_closure(
        by=boss, centre=centre, starts=at(24, 8), ends=at(24, 18), reason="停电", now=at(20, 8), short_notice="刚通知"
    )
    assert len(adopt_plan(by=boss, plan=plan, today=MONDAY).activities) == 1


def test_plan_whose_people_are_gone_is_refused(centre, town, boss, room):
    canteen = make_service(town.county, "canteen", "乡里食堂", skill="炊事员")
    cook = Staffing.everywhere.create(
        county=town.county, place=centre.place, skill="炊事员", weekday=1, start_minute=480, end_minute=720
    )
    plan = make_plan(town, (room, canteen, 1, 540, 660, 0))
    cook.delete()
    with pytest.raises(UserError, match="“炊事员”需 1 人，只有 0 人"):
        adopt_plan(by=boss, plan=plan, today=MONDAY)


def test_plan_that_was_tampered_with_is_refused(town, boss, room, chess):
    plan = make_plan(town, (room, chess, 1, 540, 660, 0))
    plan.result["report"]["value"] += 1
    plan.save()
    with pytest.raises(UserError, match="重算"):
        adopt_plan(by=boss, plan=plan, today=MONDAY)


def test_space_with_its_own_longer_hours_needs_no_extension(centre, town, boss, chess):
    from xiangli.opening.services import set_rules

    court = make_space(centre)
    set_rules(by=None, centre=centre, space=court, rules=[Rule(((360, 1320),))], since=date(2026, 1, 1))
    plan = make_plan(
        town, (court, chess, 1, 1200, 1320, 0), hours=[{"days": [1, 2, 3, 4, 5, 6, 7], "from": "06:00", "to": "22:00"}]
    )
    assert adopt_plan(by=boss, plan=plan, today=MONDAY).rules == []


def test_town_adopts_by_one_button_and_the_village_cannot(client, centre, town, boss, room, chess):
    seed_calendar(by=None, county=town.county, years=[2026])
    plan = make_plan(town, (room, chess, 1, 540, 660, 0))
    url = reverse("plan_adopt", args=[plan.pk])
    client.force_login(make_staff(Role.VILLAGE_STAFF, centre.place))
    assert client.post(url).status_code == 404
    client.force_login(boss)
    assert client.get(url).status_code == 405
    stale = client.post(url, {"revision": 7}, follow=True).content.decode()
    assert "刚刚被别人改过，还没有采纳" in stale
    assert Activity.objects.within(town).count() == 0
    assert client.post(url).status_code == 302
    assert client.post(url).status_code == 404
    assert Activity.objects.within(town).count() == 1
    assert OpeningRule.objects.within(town).filter(centre=centre).count() == 2
