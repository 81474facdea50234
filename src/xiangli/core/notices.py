"""The State Council's yearly holiday notice, read from its text.

The wording has hardly changed since 2008: "二、春节：2月15日至23日放假调休，共9天。2月14日、2月28日上班。"
Days of the end of December may stand in the next year's notice.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from xiangli.core.calendar import DayKind

Named = tuple[date, DayKind, str]
NAMES = ("元旦", "春节", "清明", "劳动节", "端午", "中秋", "国庆")
NEEDED = ("元旦", "春节", "劳动节", "国庆")  # a notice without these is not whole
HEADING = re.compile(rf"((?:{'|'.join(NAMES)})节?(?:[、和与](?:{'|'.join(NAMES)})节?)?)\s*[:：]")
PARENTHESES = re.compile(r"[（(][^（）()]*[）)]")
DAY = r"(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})日"
SPAN = re.compile(rf"{DAY}(?:\s*[至到—–-]+\s*{DAY})?")
LONGEST = 15  # days; no holiday has ever been longer


def read_notice(text: str, year: int) -> list[Named]:
    """Holidays and make-up workdays of a notice for ``year``, by date. ValueError says in words what is wrong."""
    sections = HEADING.split(text)[1:]
    found: dict[date, Named] = {}
    for heading, body in zip(sections[::2], sections[1::2], strict=True):
        for day, kind, name in _section(heading, body, year):
            if day in found and found[day][1] != kind:
                raise ValueError(f"{day:%-m月%-d日} 既写了放假又写了上班")
            found[day] = (day, kind, name)
    missing = [name for name in NEEDED if not any(name in name_of for _, _, name_of in found.values())]
    if missing:
        raise ValueError(f"没有读到{'、'.join(missing)}的安排。请把通知里从“一、元旦”到最后一个节日的原文都贴进来")
    return [found[day] for day in sorted(found)]


def _section(heading: str, body: str, year: int) -> Iterator[Named]:
    name = heading.strip()
    for sentence in re.split(r"[。；;\n]", PARENTHESES.sub("", body)):
        if "上班" in sentence:
            for day in _days(sentence, name, year):
                if day.weekday() < 5:
                    raise ValueError(f"{day:%-m月%-d日} 不是周六周日，不会是调休上班，请对一下通知和年份")
                yield day, DayKind.MAKE_UP_WORKDAY, name
        elif "放假" in sentence or "休息" in sentence:
            for day in _days(sentence, name, year):
                yield day, DayKind.PUBLIC_HOLIDAY, name


def _days(sentence: str, name: str, year: int) -> Iterator[date]:
    """Every day of the dates and spans of a sentence; a month once said holds on, as does a year."""
    month = 0
    at_year = 0
    for match in SPAN.finditer(sentence):
        years, months, numbers = match.group(1, 4), match.group(2, 5), match.group(3, 6)
        ends = []
        for said_year, said_month, number in zip(years, months, numbers, strict=True):
            if number is None:
                continue
            month = int(said_month or month)
            at_year = int(said_year or at_year or (year - 1 if "元旦" in name and month == 12 else year))
            ends.append(_date(at_year, month, int(number), year))
        if ends[-1] < ends[0] or (ends[-1] - ends[0]).days >= LONGEST:
            raise ValueError(f"“{match.group(0)}”不像一个假期")
        yield from (ends[0] + timedelta(days=n) for n in range((ends[-1] - ends[0]).days + 1))


def _date(at_year: int, month: int, number: int, year: int) -> date:
    if abs(at_year - year) > 1:
        raise ValueError(f"通知里写的是 {at_year} 年，不是 {year} 年")
    try:
        return date(at_year, month, number)
    except ValueError:
        raise ValueError(f"没有 {at_year}年{month}月{number}日 这一天") from None
