"""A closure and a make-up workday, on a phone without JavaScript: staff write them down, a resident sees them."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

pytestmark = [pytest.mark.journey, pytest.mark.slow]


def said(day: date) -> str:
    """A day as the pages write it."""
    return f"{day.month}月{day.day}日 周{'一二三四五六日'[day.weekday()]}"


def line_of(person, day: date) -> str:
    """The line of the hours page that speaks of a day."""
    return person.page.locator(".hours-week li", has_text=said(day)).first.inner_text()


def test_hours_in_one_line_a_closure_and_a_make_up_workday(huimeng, visitor):
    today = timezone.localdate()
    saturday = today + timedelta(days=(5 - today.weekday()) % 7 or 7)
    shut = today + timedelta(days=10)

    staff = visitor().logs_in("village")
    page = staff.opens("/office/opening/").page
    page.fill("textarea[name=line]", "工作日 9:00-17:00；双休日、法定節假日 全天")  # Traditional is read too
    staff.presses("保存").sees("已保存：工作日 9:00-17:00；双休日、法定节假日 全天")
    with page.expect_response("**/poster.pdf") as printed:
        staff.presses("打印 A4 海报")
    assert printed.value.headers["content-type"] == "application/pdf"
    staff.opens("/office/opening/").sees("上面写的现在都对")

    staff.unfolds("公告临时关闭")
    page.fill("input[name=closure-starts]", f"{shut}T00:00")
    page.fill("input[name=closure-ends]", f"{shut + timedelta(days=1)}T00:00")
    page.fill("input[name=closure-reason]", "换变压器")
    page.fill("input[name=closure-alternative]", "急事请去镇上便民服务中心")
    staff.presses("公告").sees("已公告").sees("换变压器").sees("门上的海报过时了")
    staff.follows("要念的话").sees("乡亲们请注意").sees("因为换变压器。急事请去镇上便民服务中心。")

    county = visitor().logs_in("county")
    county.opens("/office/places/calendar/").page.fill("input[name=day]", str(saturday))
    county.page.select_option("select[name=kind]", "make_up_workday")
    county.page.fill("input[name=name]", "补班")
    county.page.locator("form", has=county.page.locator("input[name=day]")).get_by_role("button", name="保存").click()
    county.sees("日历已改")

    resident = visitor()
    resident.opens("/").follows("陆村社区").follows("四周的开放时间").sees("换变压器").sees("急事请去镇上便民服务中心")
    assert "调休上班" in line_of(resident, saturday)
    assert "9:00–17:00" in line_of(resident, saturday)
    assert "不开放" in line_of(resident, shut)
    told = resident.page.request.get(f"{resident.base}/c/mengjin/lucun/hours.json?days=28").json()["days"]
    by_day = {day["date"]: day for day in told}
    assert (by_day[str(saturday)]["kind"], by_day[str(saturday)]["open"]) == ("make_up_workday", [["09:00", "17:00"]])
    assert (by_day[str(shut)]["open"], by_day[str(shut)]["reason"]) == ([], "换变压器")

    staff.opens("/office/opening/").presses("恢复开放").sees("已恢复开放")
    resident.opens("/c/mengjin/lucun/hours/")
    assert "不开放" not in line_of(resident, shut)
