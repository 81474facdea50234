"""Holiday notices, in their own words, against the days that were published for them."""

import json
from datetime import date

import pytest

from xiangli.core.calendar import DayKind
from xiangli.core.notices import read_notice

NOTICES = {
    2023: """一、元旦：2022年12月31日至2023年1月2日放假调休，共3天。
二、春节：1月21日至27日放假调休，共7天。1月28日（星期六）、1月29日（星期日）上班。
三、清明节：4月5日放假，共1天。
四、劳动节：4月29日至5月3日放假调休，共5天。4月23日（星期日）、5月6日（星期六）上班。
五、端午节：6月22日至24日放假调休，共3天。6月25日（星期日）上班。
六、中秋节、国庆节：9月29日至10月6日放假调休，共8天。10月7日（星期六）、10月8日（星期日）上班。""",
    2024: """一、元旦：1月1日放假，与周末连休。
二、春节：2月10日至17日放假调休，共8天。2月4日（星期日）、2月18日（星期日）上班。\
鼓励各单位结合带薪年休假等制度落实，安排职工在除夕（2月9日）休息。
三、清明节：4月4日至6日放假调休，共3天。4月7日（星期日）上班。
四、劳动节：5月1日至5日放假调休，共5天。4月28日（星期日）、5月11日（星期六）上班。
五、端午节：6月10日放假，与周末连休。
六、中秋节：9月15日至17日放假调休，共3天。9月14日（星期六）上班。
七、国庆节：10月1日至7日放假调休，共7天。9月29日（星期日）、10月12日（星期六）上班。""",
    2025: """一、元旦：1月1日（周三）放假1天，不调休。
二、春节：1月28日（农历除夕、周二）至2月4日（农历正月初七、周二）放假调休，共8天。1月26日（周日）、2月8日（周六）上班。
三、清明节：4月4日（周五）至6日（周日）放假，共3天。
四、劳动节：5月1日（周四）至5日（周一）放假调休，共5天。4月27日（周日）上班。
五、端午节：5月31日（周六）至6月2日（周一）放假，共3天。
六、国庆节、中秋节：10月1日（周三）至8日（周三）放假调休，共8天。9月28日（周日）、10月11日（周六）上班。""",
    2026: """一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。""",
}


@pytest.mark.parametrize("year", NOTICES)
def test_notice_is_read_day_for_day(year, shared_data):
    published = json.loads((shared_data / "holidays" / f"{year}.json").read_text(encoding="utf-8"))["days"]
    read = {str(day): kind == DayKind.PUBLIC_HOLIDAY for day, kind, _ in read_notice(NOTICES[year], year)}
    assert read == {day["date"]: day["isOffDay"] for day in published}


@pytest.mark.parametrize(("text", "said"), [
    ("", "没有读到元旦"),
    ("一、元旦：1月1日放假", "没有读到春节、劳动节、国庆"),
    (NOTICES[2024].replace("2月18日（星期日）上班", "2月19日上班"), "2月19日 不是周六周日"),
    (NOTICES[2024].replace("4月7日（星期日）上班", "4月31日上班"), "没有 2024年4月31日"),
    (NOTICES[2024].replace("10月1日至7日", "10月1日至7月7日"), "不像一个假期"),
    (NOTICES[2023].replace("2023年1月2日", "2033年1月2日"), "2033 年"),
])  # fmt: skip
def test_notice_that_is_not_whole_or_not_of_the_year_is_refused(text, said):
    with pytest.raises(ValueError, match=said):
        read_notice(text, 2023 if "2033" in text else 2024)


def test_notice_of_another_year_is_refused():
    with pytest.raises(ValueError, match="不是周六周日"):
        read_notice(NOTICES[2024], 2027)


def test_december_of_the_year_before_is_read_where_the_notice_says_so():
    assert read_notice(NOTICES[2023], 2023)[0] == (date(2022, 12, 31), DayKind.PUBLIC_HOLIDAY, "元旦")
