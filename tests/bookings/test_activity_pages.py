"""Activities as pages: for staff in the office, and for residents."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.bookings.classes import dates, join, make_tomorrows_class, states
from tests.bookings.factories import make_court
from tests.places.factories import make_space, make_staff, make_village
from xiangli.accounts.choices import Role
from xiangli.audit.models import PersonalView
from xiangli.bookings.models import Activity, Attendance, Booking, SignUp, Telling
from xiangli.bookings.queries import moment_text

pytestmark = pytest.mark.django_db


@pytest.fixture
def lesson():
    return make_tomorrows_class()


@pytest.fixture
def url(lesson):
    return reverse("activity_public", args=[lesson.county.slug, lesson.centre.slug, lesson.pk])


@pytest.fixture
def staff(client, lesson):
    client.force_login(make_staff(Role.VILLAGE_STAFF, lesson.centre.place))
    return client


def form(lesson, number=0, **fields):
    return {"to": moment_text(dates(lesson, number)), "request_key": str(uuid4()), **fields}


def signed_up(lesson, number=0, **fields):
    return join(lesson, dates(lesson, number), now=timezone.now(), **fields)


def date_url(lesson, number=0):
    return reverse("activity_date", args=[lesson.pk, moment_text(dates(lesson, number))])


def test_resident_signs_up_without_log_in_or_name_and_gets_a_code(client, lesson, url):
    answer = client.post(url, form(lesson), follow=True)
    row = SignUp.everywhere.get()
    page = answer.content.decode()
    assert row.code in page
    assert "报上了" in page
    assert (row.channel, row.called, row.date.starts) == ("web", "", dates(lesson, 0))


def test_third_of_two_seats_waits_sees_the_place_and_moves_up(client, lesson, url):
    for _ in range(2):
        client.post(url, form(lesson))
    third = client.post(url, form(lesson), follow=True)
    assert "在排队，第 1 位" in third.content.decode()
    first, _, waits = SignUp.everywhere.order_by("pk")
    mine = reverse("sign_up_public", args=[lesson.county.slug, lesson.centre.slug, first.code])
    assert "退掉了" in client.post(mine, follow=True).content.decode()
    page = client.get(reverse("sign_up_public", args=[lesson.county.slug, lesson.centre.slug, waits.code]))
    assert "有位子了，您报上了" in page.content.decode()
    assert states(lesson) == ["left", "seated", "seated"]


def test_page_behind_a_code_shows_no_name_and_no_number_and_is_found_in_any_case(client, lesson, url):
    client.post(url, form(lesson, called="王大爷", contact_phone="13800001234"))
    row = SignUp.everywhere.get()
    answer = client.get(url, {"code": row.code.lower()}, follow=True)
    page = answer.content.decode()
    assert row.code in page
    assert "王大爷" not in page
    assert "13800001234" not in page
    assert "没有找到" in client.get(url, {"code": "ZZZZZZ"}).content.decode()


def test_same_form_twice_is_one_sign_up_and_identity_cards_are_never_stored(client, lesson, url):
    posted = form(lesson, called="11010519491231002X")
    assert client.post(url, posted)["Location"] == client.post(url, posted)["Location"]
    assert "19491231" not in SignUp.everywhere.get().called


@pytest.mark.parametrize("fields", [
    {"to": ""}, {"to": "series"}, {"to": "morgen"}, {"to": "20260230T0900"}, {"request_key": "x"},
    {"called": "王" * 21},
])  # fmt: skip
def test_spoilt_forms_are_refused_and_sign_nobody_up(client, lesson, url, fields):
    assert client.post(url, form(lesson, **fields)).status_code == 422
    assert SignUp.everywhere.count() == 0


def test_activity_without_sign_up_says_so(client):
    lesson = make_tomorrows_class(sign_up="")
    url = reverse("activity_public", args=[lesson.county.slug, lesson.centre.slug, lesson.pk])
    assert "不用报名，到时直接来就行" in client.get(url).content.decode()


def test_staff_sign_up_by_telephone_and_get_the_code_to_read_out(staff, lesson):
    posted = form(lesson, channel="phone", called="张奶奶", act="sign_up")
    page = staff.post(reverse("activity", args=[lesson.pk]), posted, follow=True).content.decode()
    row = SignUp.everywhere.get()
    assert (row.channel, row.made_by.pk) == ("phone", row.made_by_id)
    assert f"报名号 {row.code}" in page
    assert "张奶奶" in page
    assert PersonalView.objects.filter(page="activity", target_id=lesson.pk).exists()


def test_staff_take_somebody_off_and_tick_off_who_was_told(staff, lesson):
    rows = [signed_up(lesson, called=name) for name in ("甲", "乙", "丙")]
    page = reverse("activity", args=[lesson.pk])
    staff.post(page, {"act": "leave", "one": rows[0].pk})
    assert states(lesson) == ["left", "seated", "seated"]
    assert "有位子了" in staff.get(page).content.decode()
    assert "告诉了 1 位" in staff.post(page, {"act": "told"}, follow=True).content.decode()
    assert not Telling.everywhere.filter(told_at=None).exists()


def test_activity_by_hand_is_there_at_once_and_a_taken_room_is_refused(staff, lesson):
    url = reverse("activity_new", args=[lesson.centre_id])
    day = timezone.localdate() + timedelta(days=1)
    posted = {
        "title": "戏曲", "space": lesson.space_id, "weekday": day.weekday(), "start": "09:00", "end": "11:00",
        "every_weeks": 1, "since": str(day), "sign_up": "", "kept_counter": "", "seats": "",
    }  # fmt: skip
    assert "加好了" in staff.post(url, posted, follow=True).content.decode()
    assert Booking.everywhere.filter(activity__title="戏曲").count() == 5
    again = staff.post(url, {**posted, "title": "舞蹈", "start": "10:00", "end": "12:00"})
    assert (again.status_code, Activity.everywhere.count()) == (422, 2)
    assert "那个时间已经有“戏曲”" in again.content.decode()


@pytest.mark.parametrize(("fields", "message"), [
    ({"end": "08:00"}, "结束要比开始晚"), ({"since": "2020-01-01"}, "请从今天或以后算起"),
    ({"seats": "2", "kept_counter": "3"}, "不能比名额还多"),
    ({"kept_counter": "3"}, "先写一共多少名额"), ({"title": ""}, 'class="error"'),
    ({"since": "2027-02-29"}, "看不懂这个日期"),
])  # fmt: skip
def test_spoilt_activities_are_refused_in_words(staff, lesson, fields, message):
    day = timezone.localdate() + timedelta(days=1)
    posted = {
        "title": "戏曲", "space": lesson.space_id, "weekday": day.weekday(), "start": "09:00", "end": "11:00",
        "every_weeks": 1, "since": str(day), "sign_up": "date", "kept_counter": "", "seats": "", **fields,
    }  # fmt: skip
    answer = staff.post(reverse("activity_new", args=[lesson.centre_id]), posted)
    assert (answer.status_code, Activity.everywhere.count()) == (422, 1)
    assert message in answer.content.decode()


def test_more_seats_on_the_page_move_the_list_up(staff, lesson):
    for _ in range(3):
        signed_up(lesson)
    posted = {"title": "书法班", "sign_up": "date", "seats": 3, "kept_counter": 0}
    staff.post(reverse("activity_edit", args=[lesson.pk]), posted)
    assert states(lesson) == ["seated"] * 3
    refused = staff.post(reverse("activity_edit", args=[lesson.pk]), {**posted, "seats": 1})
    assert "已经有 3 个人报上了" in refused.content.decode()


def test_date_is_called_off_and_another_moved_on_the_page(staff, lesson):
    signed_up(lesson, called="甲")
    hall = make_space(lesson.centre, name="大厅")
    assert (
        "这一次取消了"
        in staff.post(date_url(lesson), {"act": "cancel", "reason": "停电"}, follow=True).content.decode()
    )
    day = dates(lesson, 1).date()
    posted = {"act": "move", "day": str(day), "start": "14:30", "space": hall.pk, "reason": "修窗户"}
    assert "挪好了" in staff.post(date_url(lesson, 1), posted, follow=True).content.decode()
    page = staff.get(reverse("activity", args=[lesson.pk])).content.decode()
    assert "停电" in page
    assert "大厅" in page
    assert Telling.everywhere.get().sign_up.called == "甲"


def test_date_that_cannot_be_moved_is_asked_again_with_what_was_written(staff, lesson):
    hall = make_space(lesson.centre, name="大厅")
    gone = str(timezone.localdate() - timedelta(days=7))
    posted = {"act": "move", "day": gone, "start": "14:30", "space": hall.pk, "reason": "修窗户"}
    answer = staff.post(date_url(lesson), posted)
    assert (answer.status_code, "新的时间已经过去了" in answer.content.decode()) == (422, True)
    assert answer.context["target"].data.dict() == {name: str(value) for name, value in posted.items()}
    extra = staff.post(reverse("activity", args=[lesson.pk]), {**posted, "act": "extra"})
    assert (extra.status_code, extra.context["extra"]["reason"].value()) == (422, "修窗户")


def test_cancelling_an_activitys_date_from_the_day_list_tells_its_people_too(staff, lesson):
    row = signed_up(lesson)
    staff.post(reverse("booking_cancel", args=[row.date_id]), {"reason": "停电"})
    assert states(lesson) == ["off"]
    assert "停电" in Telling.everywhere.get().text


def test_everybody_came_but_one_and_two_more(staff, lesson):
    past = dates(lesson, -1)
    held = Booking.everywhere.get(activity=lesson, starts=past)
    rows = [join(lesson, past, now=past - timedelta(hours=1)) for _ in range(2)]
    url = date_url(lesson, -1)
    assert "一共来了 2 人" in staff.post(url, {"act": "all"}, follow=True).content.decode()
    page = staff.post(url, {"act": "came", "here": [rows[0].pk], "unlisted": 2}, follow=True).content.decode()
    assert "一共来了 3 人" in page
    noted = Attendance.everywhere.get()
    assert (noted.date, noted.unlisted, [one.sign_up for one in noted.came.all()]) == (held, 2, [rows[0]])


def test_roll_with_a_number_that_is_none_is_asked_again_as_it_was_ticked(staff, lesson):
    past = dates(lesson, -1)
    rows = [join(lesson, past, now=past - timedelta(hours=1)) for _ in range(2)]
    answer = staff.post(date_url(lesson, -1), {"act": "came", "here": [rows[1].pk], "unlisted": "两个"})
    assert (answer.status_code, answer.context["came"]) == (422, {rows[1].pk})
    assert Attendance.everywhere.count() == 0


def test_nobody_can_have_come_before_it_begins(staff, lesson):
    signed_up(lesson)
    assert "还没有开始" in staff.post(date_url(lesson), {"act": "all"}, follow=True).content.decode()


def test_roll_is_a_pdf_with_the_names_and_boxes_and_without_telephones(staff, lesson):
    from pypdfium2 import PdfDocument

    signed_up(lesson, called="王大爷", contact_phone="13800001234"), signed_up(lesson)
    answer = staff.get(reverse("activity_roll", args=[lesson.pk, moment_text(dates(lesson, 0))]))
    pdf = PdfDocument(answer.content)
    text = pdf[0].get_textpage().get_text_bounded()
    assert (answer["Content-Type"], len(pdf)) == ("application/pdf", 1)
    assert "王大爷" in text
    assert SignUp.everywhere.get(called="").code in text
    assert "13800001234" not in text


def test_counter_signs_up_but_moves_and_ends_nothing(client, lesson):
    client.force_login(make_staff(Role.COUNTER, lesson.centre.place))
    page = reverse("activity", args=[lesson.pk])
    assert client.get(page).status_code == 200
    assert client.post(page, {"act": "end", "last": str(timezone.localdate())}).status_code == 404
    assert client.post(date_url(lesson), {"act": "cancel"}).status_code == 404
    assert client.get(reverse("activity_edit", args=[lesson.pk])).status_code == 404


def test_another_village_sees_nothing(client, lesson):
    signed_up(lesson, called="王大爷")
    client.force_login(make_staff(Role.VILLAGE_STAFF, make_village(lesson.centre.place.parent)))
    assert [client.get(one).status_code for one in (reverse("activity", args=[lesson.pk]), date_url(lesson))] == [
        404
    ] * 2
    assert "书法班" not in client.get(reverse("activities_office")).content.decode()


@pytest.mark.parametrize("moment", ["x", "20260230T0900", "99991231T2359", "20260101T0900"])
def test_dates_that_are_none_are_not_found(staff, lesson, moment):
    assert staff.get(reverse("activity_date", args=[lesson.pk, moment])).status_code == 404


def test_end_on_the_page_lists_those_to_be_told(staff, lesson):
    signed_up(lesson, 1, called="甲")
    posted = {"act": "end", "last": str(timezone.localdate()), "reason": "老师调走"}
    page = staff.post(reverse("activity", args=[lesson.pk]), posted, follow=True).content.decode()
    assert "以后不再办了：老师调走" in page
    assert "要告诉 1 件" in staff.get(reverse("activities_office")).content.decode()


@pytest.mark.parametrize("number", [1, 3])
def test_list_takes_the_same_queries_for_any_number_of_rows(client, number, django_assert_num_queries):
    lessons = [make_tomorrows_class(title=f"班{n}") for n in range(number)]
    for one in lessons:
        signed_up(one)
    client.force_login(make_staff(Role.COUNTY, lessons[0].county))
    with django_assert_num_queries(9):
        answer = client.get(reverse("activities_office"))
    assert len(answer.context["page"].object_list) == number


@pytest.mark.parametrize("number", [1, 3])
def test_activity_and_date_take_the_same_queries_for_any_number_of_people(staff, number, django_assert_num_queries):
    lesson = Activity.everywhere.get()
    for _ in range(number):
        signed_up(lesson)
    for page, queries in ((reverse("activity", args=[lesson.pk]), 19), (date_url(lesson), 11)):
        with django_assert_num_queries(queries):
            staff.get(page)


@pytest.mark.parametrize("number", [1, 3])
def test_public_page_takes_the_same_queries_for_any_number_of_dates(client, number, django_assert_num_queries):
    court = make_court()
    lesson = make_tomorrows_class(court, until=dates(Activity(start=0), number - 1).date())
    with django_assert_num_queries(10):
        answer = client.get(reverse("activity_public", args=[lesson.county.slug, lesson.centre.slug, lesson.pk]))
    assert len(answer.context["rows"]) == number
