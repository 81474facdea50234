"""One day at one centre: on the screen and on paper."""

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.bookings.classes import dates, join, make_tomorrows_class
from tests.bookings.factories import make_booking
from tests.places.factories import make_staff, make_village
from xiangli.accounts.choices import Role
from xiangli.bookings.models import DayNote
from xiangli.bookings.queries import at_minute
from xiangli.bookings.services import cancel, cancel_date, leave
from xiangli.opening.services import announce_closure

pytestmark = pytest.mark.django_db


@pytest.fixture
def lesson():
    return make_tomorrows_class(materials="毛边纸", helpers="1 人摆桌子", specialist="老师")


@pytest.fixture
def tomorrow(lesson):
    return dates(lesson, 0).date()


@pytest.fixture
def staff(client, lesson):
    client.force_login(make_staff(Role.VILLAGE_STAFF, lesson.centre.place))
    return client


@pytest.fixture
def url(lesson, tomorrow):
    return f"{reverse('today_centre', args=[lesson.centre_id])}?day={tomorrow}"


def test_rooms_stand_in_order_of_time_with_people_and_what_is_needed(staff, lesson, tomorrow, url):
    join(lesson, dates(lesson, 0), now=timezone.now())
    make_booking(lesson.space, at_minute(tomorrow, 540), now=timezone.now(), people=4, on_behalf_of="王大爷")
    answer = staff.get(url)
    page = answer.content.decode()
    lines = [(line.item.title, line.expected, line.off) for line in answer.context["page"].lines]
    assert lines == [("已有预约", 4, False), ("书法班", 1, False)]
    assert answer.context["page"].people == 5
    assert all(word in page for word in ("王大爷", "毛边纸", "1 人摆桌子", "老师"))


def test_date_called_off_is_struck_out_and_nobody_is_expected(staff, lesson, url):
    join(lesson, dates(lesson, 0), now=timezone.now())
    cancel_date(by=None, activity=lesson, starts=dates(lesson, 0), reason="停电", now=timezone.now())
    answer = staff.get(url)
    assert [(line.off, line.item.reason) for line in answer.context["page"].lines] == [(True, "停电")]
    assert answer.context["page"].people == 0
    assert [one.text[-3:] for one in answer.context["page"].tellings] == ["停电。"]


def test_who_opens_the_door_is_written_once_and_then_takes_one_tap(staff, lesson, tomorrow, url):
    staff.post(url, {"door": "老赵"})
    assert DayNote.everywhere.get().door == "老赵"
    assert staff.get(url).context["page"].note.door == "老赵"
    staff.post(url, {"door": "小钱"})
    next_day = f"{reverse('today_centre', args=[lesson.centre_id])}?day={dates(lesson, 1).date()}"
    assert 'name="door" value="小钱"' in " ".join(staff.get(next_day).content.decode().split())


def test_tally_is_optional_and_refuses_what_is_no_number(staff, url):
    staff.post(url, {"tally": "1", "h9": "4", "h10": ""})
    assert DayNote.everywhere.get().tally == {"9": 4}
    refused = staff.post(url, {"tally": "1", "h9": "many", "h10": "7"})
    assert (refused.status_code, "9 点那一格要写" in refused.content.decode()) == (422, True)
    assert [number for _, number in refused.context["page"].tally if number] == ["many", "7"]  # as it was typed
    assert DayNote.everywhere.get().tally == {"9": 4}


def test_those_to_be_told_are_listed_with_their_telephone(staff, lesson, url):
    rows = [join(lesson, dates(lesson, 0), now=timezone.now(), contact_phone="0379-1") for _ in range(3)]
    leave(by=None, sign_up=rows[0], now=timezone.now())
    page = staff.get(url).content.decode()
    assert "有位子了" in page
    assert "0379-1" in page


def test_those_whom_a_closure_shuts_out_stand_on_the_day_and_on_today_until_told(staff, lesson, tomorrow, url):
    booked = make_booking(lesson.space, at_minute(tomorrow, 540), now=timezone.now(), on_behalf_of="王大爷")
    closure = announce_closure(
        by=None, centre=lesson.centre, starts=at_minute(tomorrow, 0), ends=at_minute(tomorrow, 1440), reason="检修",
        short_notice="水管破了", now=timezone.now(),
    )  # fmt: skip
    assert [one.booking for one in staff.get(url).context["page"].touched] == [booked]
    home = staff.get(reverse("office_home"))
    assert home.context["to_ring"] == 1
    assert "有 1 个约了的人要打电话告诉" in home.content.decode()
    staff.post(reverse("booking_calls"), {"touched": f"{booked.pk}-{closure.pk}"})
    assert staff.get(url).context["page"].touched == []
    assert staff.get(reverse("office_home")).context["to_ring"] == 0


def test_those_to_be_rung_of_a_change_stand_on_the_day(staff, lesson, tomorrow, url):
    booked = make_booking(lesson.space, at_minute(tomorrow, 540), now=timezone.now(), contact_phone="0379-2")
    who = make_staff(Role.VILLAGE_STAFF, lesson.centre.place)
    cancel(by=who, booking=booked, reason="下雨", now=timezone.now())
    assert [one.booking for one in staff.get(url).context["page"].calls] == [booked]


@pytest.mark.parametrize("query", ["", "?day=2026-02-30", "?day=x", "?day=0001-01-01", "?day=9999-12-31"])
def test_odd_days_show_today(staff, lesson, query):
    answer = staff.get(reverse("today_centre", args=[lesson.centre_id]) + query)
    assert answer.context["day"] == timezone.localdate()


def test_another_village_finds_nothing(client, lesson, url):
    client.force_login(make_staff(Role.VILLAGE_STAFF, make_village(lesson.centre.place.parent)))
    assert client.get(url).status_code == 404
    assert client.post(url, {"door": "x"}).status_code == 404


@pytest.mark.parametrize("number", [1, 3])
def test_day_takes_the_same_queries_for_any_number_of_rows(
    staff, lesson, tomorrow, url, number, django_assert_num_queries
):
    for n in range(number):
        make_booking(lesson.space, at_minute(tomorrow, 480 + 60 * n), now=timezone.now())
        join(lesson, dates(lesson, 0), now=timezone.now())
    with django_assert_num_queries(26):
        assert len(staff.get(url).context["page"].lines) == number + 1
