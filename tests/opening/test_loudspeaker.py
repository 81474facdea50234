"""What is read out: spoken style, date and place twice, within a minute."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiangli.core.calendar import DayKind
from xiangli.opening.hours import ALL_DAY, DayHours
from xiangli.opening.loudspeaker import (
    SECONDS,
    closure_script,
    day_script,
    holiday_script,
    seconds,
    spoken_clock,
    spoken_hours,
    week_script,
)

PLACE = "陆村社区乡里中心"
OFFICE = ((480, 720), (870, 1080))


@pytest.mark.parametrize(("minute", "said"), [
    (480, "上午八点"), (720, "中午十二点"), (870, "下午两点半"), (1080, "下午六点"), (1200, "晚上八点"),
    (1205, "晚上八点零五分"), (0, "凌晨零点"), (1440, "夜里十二点"), (1545, "凌晨一点四十五分"),
])  # fmt: skip
def test_times_are_said_as_people_say_them(minute, said):
    assert spoken_clock(minute) == said


def test_hours_are_said_in_words():
    assert [spoken_hours(one) for one in (OFFICE, ALL_DAY, ())] == [
        "上午八点到中午十二点，下午两点半到下午六点开门", "全天开门", "不开门",
    ]  # fmt: skip


def test_closure_says_when_where_why_and_what_instead_and_date_and_place_twice():
    script = closure_script(
        PLACE, datetime(2026, 12, 1, 8), datetime(2026, 12, 1, 18), "线路检修", "急事请去镇上便民服务中心"
    )
    assert script.text == (
        "乡亲们请注意，十二月一日，星期二，上午八点到下午六点，陆村社区乡里中心关门。因为线路检修。急事请去镇上便民服务中心。"
        "再说一遍：十二月一日，星期二，陆村社区乡里中心关门。"
    )
    assert script.seconds <= 40


@pytest.mark.parametrize(("ends", "said"), [
    (None, "从十二月一日，星期二，上午八点起，什么时候开门另外通知，"),
    (datetime(2026, 12, 2), "十二月一日，星期二，上午八点到夜里十二点，"),
    (datetime(2026, 12, 3, 18), "从十二月一日，星期二，上午八点，到十二月三日，星期四，下午六点，"),
])  # fmt: skip
def test_closure_of_any_length_is_said_plainly(ends, said):
    assert said in closure_script(PLACE, datetime(2026, 12, 1, 8), ends, "翻修").text


def test_make_up_workday_is_explained():
    script = day_script(PLACE, DayHours(date(2026, 2, 28), DayKind.MAKE_UP_WORKDAY, OFFICE))
    assert script.text.startswith("乡亲们请注意，二月二十八日，星期六，是调休上班的日子，陆村社区乡里中心上午八点到")
    assert (script.text.count("二月二十八日"), script.text.count(PLACE)) == (2, 2)


def test_holiday_is_one_announcement():
    days = [DayHours(date(2026, 10, n), DayKind.PUBLIC_HOLIDAY, ALL_DAY) for n in range(1, 8)]
    script = holiday_script(PLACE, days, "国庆节")
    assert "从十月一日，星期四，到十月七日，星期三，国庆节放假，陆村社区乡里中心全天开门。" in script.text
    assert script.text.count(PLACE) == 2


words = st.text("检修停电道路施工请到邻村办理食堂照常", min_size=1)


@given(
    words.map(lambda w: w[:80]), words.map(lambda w: (w * 20)[:120]), st.text("村", max_size=20),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)), st.integers(1, 60 * 24 * 40),
)  # fmt: skip
def test_no_closure_takes_longer_than_a_minute(reason, alternative, name, starts, minutes):
    from datetime import timedelta

    place = f"{name}社区乡里中心"
    text = closure_script(place, starts, starts + timedelta(minutes=minutes), reason, alternative, "多功能活动室").text
    assert seconds(text) <= SECONDS
    assert text.count(place) == 2
    assert not set(text) & set("0123456789")


def test_usual_hours_are_one_announcement():
    script = week_script(PLACE, [("工作日", OFFICE), ("双休日、法定节假日", ALL_DAY)], date(2026, 12, 1))
    assert script.seconds <= 40
    assert script.text.count(PLACE) == 2
