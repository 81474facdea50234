"""Words for the village loudspeaker: spoken style, date and place said twice, no longer than a minute. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from xiangli.core.calendar import DayKind
from xiangli.core.spoken import spoken_date, spoken_integer
from xiangli.opening.hours import ALL_DAY, DAY, DayHours, Intervals

SECONDS = 60
PER_SECOND = 4  # characters read out in a second, slowly enough for a loudspeaker between houses
PAUSE = 0.4  # seconds at a sign
HELLO = "乡亲们请注意，"
SIGNS = "，。；：、！？"
DETAILS = "详细情况请看门上的公告。"


@dataclass(frozen=True, slots=True)
class Script:
    """A text to be read out, and how long that takes."""

    title: str
    text: str

    @property
    def seconds(self) -> int:
        return seconds(self.text)


def seconds(text: str) -> int:
    """How long reading takes at normal speed."""
    signs = sum(text.count(sign) for sign in SIGNS)
    letters = len(re.sub(rf"[\s{SIGNS}“”（）]", "", text))
    return round(letters / PER_SECOND + signs * PAUSE)


def spoken_clock(minute: int) -> str:
    """480 -> 上午八点, 870 -> 下午两点半, 1440 -> 夜里十二点."""
    part, hour = _part(minute % DAY), minute // 60 % 24
    if minute == DAY:
        return "夜里十二点"
    hour = hour - 12 if hour > 12 else hour
    said = f"{part}{'两' if hour == 2 else spoken_integer(hour)}点"
    rest = minute % 60
    if rest == 30:
        return said + "半"
    return said + (f"{'零' if rest < 10 else ''}{spoken_integer(rest)}分" if rest else "")


def _part(minute: int) -> str:
    """People say 上午 until noon, 中午 for twelve, 下午 until six, 晚上 after that."""
    ends = ((5 * 60, "凌晨"), (12 * 60, "上午"), (13 * 60, "中午"), (18 * 60 + 1, "下午"), (DAY, "晚上"))
    return next(name for end, name in ends if minute < end)


def spoken_hours(intervals: Intervals) -> str:
    if intervals == ALL_DAY:
        return "全天开门"
    if not intervals:
        return "不开门"
    return "，".join(f"{spoken_clock(a)}到{spoken_clock(b)}" for a, b in intervals) + "开门"


def spoken_moment(at: datetime) -> str:
    return f"{spoken_date(at.date())}，{spoken_clock(at.hour * 60 + at.minute)}"


def closure_script(
    place: str, starts: datetime, ends: datetime | None, reason: str, alternative: str = "", room: str = ""
) -> Script:
    """A closure: when, where, why, and what one can do instead. Local times without a zone."""
    where = f"{place}{room}"
    if ends is None:
        span = f"从{spoken_moment(starts)}起，什么时候开门另外通知"
    elif ends.date() == starts.date() or (ends.time() == time(0) and (ends.date() - starts.date()).days == 1):
        minute = DAY if ends.time() == time(0) else ends.hour * 60 + ends.minute
        span = f"{spoken_moment(starts)}到{spoken_clock(minute)}"
    else:
        span = f"从{spoken_moment(starts)}，到{spoken_moment(ends)}"
    why = f"因为{_sentence(reason)}" if reason else ""
    again = f"再说一遍：{spoken_date(starts.date())}，{where}关门。"
    head = f"{HELLO}{span}，{where}关门。{why}"
    return Script(f"{where}关门", _fitting(head, f"{_sentence(alternative)}" if alternative else "", again))


def day_script(place: str, item: DayHours, name: str = "") -> Script:
    """A day that is not like other days: a make-up workday, a holiday, a special day."""
    day = spoken_date(item.day)
    if item.kind == DayKind.MAKE_UP_WORKDAY:
        why, title = "是调休上班的日子，", "调休上班"
    elif item.kind == DayKind.PUBLIC_HOLIDAY:
        why, title = f"{name}放假，" if name else "是法定节假日，", name or "放假"
    else:
        why, title = f"是{item.reason}，" if item.reason else "", item.reason or "开放时间"
    hours = spoken_hours(item.intervals or ())
    head = f"{HELLO}{day}，{why}{place}{hours}。"
    return Script(f"{item.day:%-m月%-d日} {title}", f"{head}再说一遍：{day}，{place}{hours}。欢迎大家来坐坐。")


def holiday_script(place: str, days: Sequence[DayHours], name: str) -> Script:
    """Consecutive days off with the same hours."""
    if len(days) == 1:
        return day_script(place, days[0], name)
    span = f"从{spoken_date(days[0].day)}，到{spoken_date(days[-1].day)}"
    hours = spoken_hours(days[0].intervals or ())
    head = f"{HELLO}{span}，{name}放假，{place}{hours}。"
    again = f"再说一遍：{_short(days[0].day)}到{_short(days[-1].day)}，{place}{hours}。欢迎大家来坐坐。"
    return Script(f"{days[0].day:%-m月%-d日}起 {name}", head + again)


def week_script(place: str, lines: Sequence[tuple[str, Intervals]], today: date) -> Script:
    """The usual hours: on which days, at what times."""
    told = "；".join(f"{days}{spoken_hours(hours)}" for days, hours in lines)
    head = f"{HELLO}从{spoken_date(today)}起，{place}开门的时间是：{told}。"
    return Script(
        "平常的开放时间", _fitting(head, "", f"再说一遍：{_short(today)}起，{place}按这个时间开门。{DETAILS}")
    )


def _short(day: date) -> str:
    return spoken_date(day).split("，")[0]


def _sentence(text: str) -> str:
    return text.strip().rstrip("。！；，,.") + "。"


def _fitting(head: str, more: str, again: str) -> str:
    """All of it, or where that takes longer than a minute the details left to the notice on the door."""
    whole = f"{head}{more}{again}"
    return whole if seconds(whole) <= SECONDS else f"{head}{again}{DETAILS}"
