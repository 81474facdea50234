"""A class with a waiting list, on a phone without JavaScript: full, somebody waits, moves up, and is ticked off."""

from datetime import timedelta

import pytest
from django.utils import timezone

from xiangli.bookings.models import Activity, Attendance, Booking, SignUp
from xiangli.places.queries import centres, villages

pytestmark = [pytest.mark.journey, pytest.mark.slow]


def code_of(resident) -> str:
    return resident.page.locator(".status .code").inner_text()


def test_class_with_a_waiting_list(huimeng, visitor):
    centre = centres(villages(huimeng)[0])[0]
    today = timezone.localdate()
    tomorrow = today + timedelta(days=1)
    room = centre.spaces.filter(office_use=False, outdoors=False).order_by("name")[0]

    staff = visitor().logs_in("village")
    page = staff.opens(f"/office/activities/new/{centre.pk}/").page
    page.fill("input[name=title]", "剪纸班")
    page.select_option("select[name=space]", str(room.pk))
    page.select_option("select[name=weekday]", str(tomorrow.weekday()))
    page.fill("input[name=start]", "09:00")
    page.fill("input[name=end]", "11:00")
    page.fill("input[name=since]", str(tomorrow))
    page.select_option("select[name=sign_up]", "date")
    page.fill("input[name=seats]", "2")
    page.fill("input[name=kept_counter]", "1")
    staff.presses("加上").sees("加好了").sees("每周")
    lesson = Activity.everywhere.get()

    residents = [visitor() for _ in range(2)]
    for resident in residents:
        resident.opens(f"/c/mengjin/{centre.slug}/activities/{lesson.pk}/").sees("不用登录，不用写名字")
        resident.page.locator("input[name=to]").first.check()
        resident.presses("报名")
    first, second = residents
    first.sees("报上了")
    second.sees("在排队，第 1 位")  # the other seat is kept for those who come to the counter
    assert len(code_of(first)) == 6

    staff.unfolds("替居民报名").page.locator("input[name=to]").first.check()
    staff.page.fill("input[name=called]", "王大爷")
    staff.presses("报上").sees("报上了，有位子").sees("王大爷").sees("排队的")

    first.presses("来不了，退掉").sees("位子让给别人了")
    second.page.reload()
    second.sees("报上了").sees("有位子了，您报上了")
    staff.opens(f"/office/activities/{lesson.pk}/").sees("要告诉的人").presses("告诉了").sees("记下了：告诉了 1 位")

    with staff.page.expect_response("**/roll.pdf") as printed:
        staff.page.locator(f"a[href*='{tomorrow:%Y%m%d}T0900']").first.click()
        staff.follows("印点名单")
    assert printed.value.headers["content-type"] == "application/pdf"

    last_week = lesson.since - timedelta(days=7)  # the lesson is a week old by now: it has taken place
    Activity.everywhere.update(since=last_week)
    moved = Booking.everywhere.filter(activity=lesson).order_by("starts")[0]
    Booking.everywhere.filter(pk=moved.pk).update(
        starts=moved.starts - timedelta(days=7), ends=moved.ends - timedelta(days=7)
    )
    moved.refresh_from_db()
    then = timezone.localtime(moved.starts)
    staff.opens(f"/office/activities/{lesson.pk}/{then:%Y%m%dT%H%M}/").presses("都来了").sees("一共来了 2 人")
    staff.page.locator("input[name=here]").first.uncheck()
    staff.page.fill("input[name=unlisted]", "3")
    staff.presses("保存").sees("一共来了 4 人")

    noted = Attendance.everywhere.get()
    assert (noted.unlisted, noted.came.count()) == (3, 1)
    states = list(SignUp.everywhere.order_by("pk").values_list("state", flat=True))
    assert states == ["left", "seated", "seated"]
