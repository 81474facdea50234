"""Hours in the words people use, and read back from what people write."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from xiangli.core.calendar import DayKind
from xiangli.opening.hours import (
    ALL_DAY,
    DAY,
    EXTENDED,
    LUNAR,
    REGULAR,
    WEEK,
    Intervals,
    Market,
    Rule,
    Season,
    Timeline,
    instant,
    merge,
    moment,
)

UNKNOWN_HOURS = "尚未公布"
WEEKDAYS = "一二三四五六日"
ONES = "一二三四五六七八九十"
LUNAR_DAYS = (
    *(f"初{n}" for n in ONES), *(f"十{n}" for n in ONES[:9]), "二十", *(f"廿{n}" for n in ONES[:9]), "三十",
)  # fmt: skip
LUNAR_MONTHS = ("正月", *(f"{n}月" for n in ONES[1:]), "冬月", "腊月")
CLOSED_WORDS = ("不开放", "不开门", "关闭", "休息", "关门", "闭馆")
ALL_DAY_WORDS = ("全天", "24小时", "二十四小时", "全天开放", "24小时开放")
MORNING, EVENING = ("凌晨", "早上", "上午", "早"), ("中午", "下午", "傍晚", "晚上", "晚")
PART = rf"({'|'.join((*MORNING, *EVENING))})?"
SPAN = re.compile(
    rf"{PART}\s*(\d{{1,2}})(?::(\d{{2}}))?\s*[-–—~～至到]+\s*(次日)?\s*{PART}\s*(\d{{1,2}})(?::(\d{{2}}))?"
)
KIND_NAMES = {
    DayKind.WORKING_DAY: "工作日（含调休上班日）",
    DayKind.MAKE_UP_WORKDAY: "调休上班日",
    DayKind.WEEKEND: "双休日",
    DayKind.PUBLIC_HOLIDAY: "法定节假日",
    DayKind.UNKNOWN: "节假日安排尚未公布",
}
DAY_NAMES = {**KIND_NAMES, DayKind.WORKING_DAY: "工作日", DayKind.MAKE_UP_WORKDAY: "调休上班"}


def clock(minute: int) -> str:
    """A minute of the day as 8:00; 24:00 is midnight, later is the next day's."""
    return f"{'次日 ' if minute > DAY else ''}{(minute - DAY if minute > DAY else minute) // 60}:{minute % 60:02d}"


def spoken(intervals: Intervals | None) -> str:
    """Intervals in words: "8:00–12:00、14:30–18:00", "全天开放", "不开放", "尚未公布"."""
    if intervals is None:
        return UNKNOWN_HOURS
    if intervals == ALL_DAY:
        return "全天开放"
    return "、".join(f"{clock(a)}–{clock(b)}" for a, b in intervals) or "不开放"


def written(intervals: Intervals) -> str:
    """Intervals as staff type them: what ``read_intervals`` reads back."""
    if intervals == ALL_DAY:
        return "全天"
    return " ".join(f"{clock(a)}-{clock(b).replace(' ', '')}" for a, b in intervals) or "不开放"


def _of_day(part: str | None, hour: str, minute: str | None) -> int:
    """A minute of the day; "下午 2:30" is 14:30, "下午 14:30" too."""
    later = 12 if part in EVENING and int(hour) < (11 if part == "中午" else 12) else 0
    return (int(hour) + later) * 60 + int(minute or 0)


def read_intervals(text: str) -> Intervals:
    """The reverse of ``written``, forgiving about punctuation. Raises ValueError saying what could not be read."""
    plain = text.translate(str.maketrans("０１２３４５６７８９：－", "0123456789:-")).strip()
    plain = re.sub(r"(\d)点半", r"\1:30", plain)
    plain = re.sub(r"(\d)点(?!\d)", r"\1:00", plain)
    plain = re.sub(r"(\d)点(\d{1,2})分?", lambda found: f"{found[1]}:{int(found[2]):02d}", plain)
    squeezed = re.sub(r"\s", "", plain)
    if squeezed in CLOSED_WORDS:
        return ()
    if squeezed in ALL_DAY_WORDS:
        return ALL_DAY
    found = []
    for match in SPAN.finditer(plain):
        part, hour, minute, next_day, end_part, end_hour, end_minute = match.groups()
        start = _of_day(part, hour, minute)
        end = _of_day(end_part or (part if not next_day else None), end_hour, end_minute)
        if next_day:
            end += DAY
        if not (int(minute or 0) < 60 and int(end_minute or 0) < 60 and start < DAY and start < end <= 2 * DAY):
            raise ValueError(f"“{match.group(0)}”不是一段时间。写成 8:00-12:00；过夜写 20:00-次日2:00")
        if end > DAY and not next_day:
            raise ValueError(f"“{match.group(0)}”过了 24:00。过夜写 20:00-次日2:00")
        found.append((start, end))
    if not found or re.sub(r"[\s,，、;；和及]", "", SPAN.sub("", plain)):
        raise ValueError(f"看不懂“{text.strip()}”。写成 8:00-12:00 14:30-18:00，或者写：全天、不开放")
    if len(merge(found)) != len(found):
        raise ValueError(f"“{text.strip()}”里的时间有重叠或相接，请合成一段")
    return merge(found)


def days_of(rule: Rule) -> str:
    """The days a rule speaks of: "双休日、法定节假日", "周三", "5月1日到9月30日的工作日"."""
    named = [KIND_NAMES[DayKind(kind)] for kind in DayKind if kind in rule.days]
    named += ["赶集日"] if rule.market else []
    named += [lunar_words(*one) for one in sorted(rule.lunar)]
    parts = [season_words(rule.season), "、".join(named)]
    parts.append(weekday_words(rule.weekdays) if rule.weekdays else "")
    return "的".join(filter(None, parts)) or "每天"


def weekday_words(weekdays: Iterable[int]) -> str:
    """{0, 2} -> 周一、三."""
    return "周" + "、".join(WEEKDAYS[day] for day in sorted(weekdays))


def season_words(season: Season | None) -> str:
    if season is None:
        return ""
    (month, day), (last_month, last_day) = season
    return f"{month}月{day}日到{last_month}月{last_day}日"


def lunar_words(month: int, day: int) -> str:
    """(12, 23) -> 农历腊月廿三; (0, 1) -> 农历每月初一; (12, 30) -> 除夕."""
    if (month, day) == (12, 30):
        return "除夕"
    return f"农历{LUNAR_MONTHS[month - 1] if month else '每月'}{LUNAR_DAYS[day - 1]}"


def market_words(market: Market) -> str:
    """When the market is held: "农历逢三、八", "每月逢 5、0 的日子", "每周日"."""
    numbers = sorted(market.numbers, key=lambda number: number or 10)
    if market.calendar == WEEK:
        return "每" + weekday_words(market.numbers) if numbers else "没有"
    if market.calendar == LUNAR:
        return "农历逢" + "、".join(ONES[number - 1] for number in numbers)
    return f"公历逢 {'、'.join(map(str, numbers))}"


def summary(rules: Sequence[Rule], today: date) -> list[tuple[str, str]]:
    """The regular and extended rules of ``today`` as (days, hours), rules with equal hours on one line."""
    lines: dict[tuple[str, Intervals], list[str]] = {}
    for rule in rules:
        if rule.layer in (REGULAR, EXTENDED) and rule.covers(today):
            lines.setdefault((rule.layer, rule.intervals), []).append(days_of(rule))
    return [
        ("、".join(days) + ("（延时服务）" if layer == EXTENDED else ""), spoken(hours))
        for (layer, hours), days in lines.items()
    ]


def when(at: datetime, now: datetime, *, closing: bool = False) -> str:
    """A moment as one would say it now: "今天 18:00", "明天 8:00", "周三 8:00", "12月1日 8:00".

    Midnight begins a day when something opens and ends one when it closes ("周日 24:00").
    """
    day, time = at.date(), f"{at.hour}:{at.minute:02d}"
    if closing and at.hour == at.minute == 0:
        day, time = date.fromordinal(day.toordinal() - 1), "24:00"
    gap = (day - now.date()).days
    if gap <= 2:
        return f"{('今天', '明天', '后天')[gap]} {time}"
    if gap < 7:
        return f"周{WEEKDAYS[day.weekday()]} {time}"
    return f"{day.month}月{day.day}日 {time}"


def status_at(timeline: Timeline, now: datetime) -> tuple[bool | None, datetime | None, datetime | None, str]:
    """(open, until, next opening, one line for the door): what a person in front of it wants to know first."""
    at = instant(now)
    is_open = timeline.is_open(at)
    if is_open is None:
        return None, None, None, "来之前请先打电话问一下"
    edge = timeline.until(at)
    if edge is None:
        return is_open, None, None, "" if is_open else "下次开门时间尚未公布"
    there = moment(edge)
    if is_open:
        return True, there, None, f"开到{when(there, now, closing=True)}"
    return False, None, there, f"{when(there, now)}开门"
