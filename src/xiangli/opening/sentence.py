"""Opening hours as one sentence, read and written: "工作日 8:00-12:00 14:30-18:00；双休日、法定节假日 全天".

Clauses are parted by ；. Each names days and then times; of two clauses that fit a day the later one holds. Days are
kinds of day, weekdays, market days, lunar dates, and a season given by its dates; a weekday or a season beside a kind
narrows it.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from xiangli.core.calendar import DayKind
from xiangli.opening.hours import NO_MARKET, Intervals, Rule, Season
from xiangli.opening.wording import (
    LUNAR_DAYS,
    LUNAR_MONTHS,
    ONES,
    WEEKDAYS,
    lunar_words,
    read_intervals,
    season_words,
    weekday_words,
    written,
)

PROGRAMME = "工作日 8:00-12:00 14:30-18:00；双休日、法定节假日 全天"
HINT = f"写成：{PROGRAMME}"
KINDS: dict[str, tuple[DayKind, ...]] = {  # longer words first
    "工作日（含调休上班日）": (DayKind.WORKING_DAY,), "调休上班日": (DayKind.MAKE_UP_WORKDAY,),
    "调休上班": (DayKind.MAKE_UP_WORKDAY,), "补班日": (DayKind.MAKE_UP_WORKDAY,), "补班": (DayKind.MAKE_UP_WORKDAY,),
    "工作日": (DayKind.WORKING_DAY,), "上班日": (DayKind.WORKING_DAY,), "平日": (DayKind.WORKING_DAY,),
    "双休日": (DayKind.WEEKEND,), "周末": (DayKind.WEEKEND,),
    "休息日": (DayKind.WEEKEND, DayKind.PUBLIC_HOLIDAY),
    "国家法定节假日": (DayKind.PUBLIC_HOLIDAY,), "法定节假日": (DayKind.PUBLIC_HOLIDAY,),
    "法定假日": (DayKind.PUBLIC_HOLIDAY,), "节假日": (DayKind.PUBLIC_HOLIDAY,), "假日": (DayKind.PUBLIC_HOLIDAY,),
}  # fmt: skip
KIND_WORDS = {
    DayKind.WORKING_DAY: "工作日", DayKind.MAKE_UP_WORKDAY: "调休上班日", DayKind.WEEKEND: "双休日",
    DayKind.PUBLIC_HOLIDAY: "法定节假日",
}  # fmt: skip
MARKET_WORDS = ("赶集日", "逢集日", "赶集", "逢集", "集日", "大集")
EVERY_DAY = ("每天", "天天", "每日", "平时", "平常", "全年")
FEASTS = {
    "除夕": (12, 30), "大年三十": (12, 30), "年三十": (12, 30), "元宵节": (1, 15), "元宵": (1, 15), "龙抬头": (2, 2),
    "端午节": (5, 5), "七夕": (7, 7), "中秋节": (8, 15), "重阳节": (9, 9), "重阳": (9, 9), "腊八": (12, 8),
    "小年": (12, 23),
}  # fmt: skip
DAY_NUMBERS = {**{word: n for n, word in enumerate(LUNAR_DAYS, 1)}, **{f"二十{n}": i for i, n in enumerate(ONES, 21)}}
MONTH_NUMBERS = {
    **{word: n for n, word in enumerate(LUNAR_MONTHS, 1)},
    "一月": 1, "十一月": 11, "十二月": 12, "每月": 0,
}  # fmt: skip
DASH = r"\s*[-–—~～至到]\s*"


def _either(words: Sequence[str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


SEASON = re.compile(
    rf"(?:[春夏秋冬][天季]\s*)?[（(]?\s*(\d{{1,2}})月(\d{{1,2}})[日号]?{DASH}(\d{{1,2}})月(\d{{1,2}})[日号]?\s*[)）]?"
)
WEEKDAY = re.compile(
    rf"每?(?:周|星期|礼拜)([一二三四五六日天])(?:{DASH}(?:周|星期|礼拜)?([一二三四五六日天]))?"
    r"((?:[、，,和](?:周|星期|礼拜)?[一二三四五六日天](?![月十]))*)"
)
DAY_WORD = _either(list(DAY_NUMBERS))
LUNAR = re.compile(
    rf"(?:(?:农历|阴历)\s*({_either(list(MONTH_NUMBERS))})?|({_either(list(MONTH_NUMBERS))}))?\s*({DAY_WORD})"
    rf"((?:[、，,和](?:{DAY_WORD}))*)"
)
SEPARATOR = re.compile(r"[\s、，,：:和及的]*")
MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass
class _Days:
    """What a clause names together: days of one of these kinds, dates or market days, narrowed to these weekdays."""

    kinds: set[str] = field(default_factory=set)
    weekdays: set[int] = field(default_factory=set)
    lunar: set[tuple[int, int]] = field(default_factory=set)
    market: bool = False

    @property
    def named(self) -> bool:
        return bool(self.kinds or self.lunar or self.market)


@dataclass
class _Clause:
    """The days of a clause: "法定节假日、周六" are two groups, "工作日的周三" is one."""

    groups: list[_Days] = field(default_factory=lambda: [_Days()])
    season: Season | None = None
    said: bool = False

    def rules(self, intervals: Intervals, layer: str) -> list[Rule]:
        return [
            Rule(
                intervals, frozenset(one.kinds), frozenset(one.weekdays), lunar=frozenset(one.lunar),
                market=NO_MARKET if one.market else None, season=self.season, layer=layer,
            )
            for one in self.groups
        ]  # fmt: skip


def read_rules(text: str, layer: str = "regular") -> list[Rule]:
    """The rules of a sentence, in order. Raises ValueError that names the clause and says how to write it."""
    plain = text.translate(str.maketrans("０１２３４５６７８９：－", "0123456789:-"))
    clauses = [part.strip() for part in re.split(r"[；;。\n]", plain) if part.strip()]
    if not clauses:
        raise ValueError(f"请写明哪些日子、几点到几点。{HINT}")
    rules: list[Rule] = []
    for clause in clauses:
        days, rest = _read_days(clause)
        if not days.said:
            raise ValueError(f"“{clause}”没有说是哪些日子。{HINT}")
        if not rest:
            raise ValueError(f"“{clause}”没有说几点到几点。{HINT}")
        rules += days.rules(read_intervals(rest), layer)
    return rules


def _read_days(text: str) -> tuple[_Clause, str]:
    """The days named at the beginning of a clause, and the rest of it."""
    clause, rest = _Clause(), text
    while True:
        between = SEPARATOR.match(rest)
        signs = between.group(0) if between else ""
        rest = rest[len(signs) :]
        narrows = "的" in signs or not signs
        taken = _read_season(rest, clause)
        if not taken:
            days = _Days()
            taken = next((end for read in READERS if (end := read(rest, days))), 0)
            if not taken:
                return clause, rest
            _join(clause, days, narrows)
        clause.said, rest = True, rest[taken:]


def _join(clause: _Clause, days: _Days, narrows: bool) -> None:
    """Add what was just read to the last group, or begin a new one."""
    last = clause.groups[-1]
    mixed = (last.weekdays and days.named) or (last.named and days.weekdays)
    if mixed and not narrows:
        last = _Days()
        clause.groups.append(last)
    last.kinds |= days.kinds
    last.weekdays |= days.weekdays
    last.lunar |= days.lunar
    last.market = last.market or days.market


def _read_season(text: str, clause: _Clause) -> int:
    match = SEASON.match(text)
    if not match:
        return 0
    month, day, last_month, last_day = map(int, match.groups())
    for one, number in ((month, day), (last_month, last_day)):
        if not (1 <= one <= 12 and 1 <= number <= MONTHS[one - 1]):
            raise ValueError(f"没有 {one}月{number}日 这一天")
    if clause.season:
        raise ValueError("一句里只能写一段日期，请分成两句，用“；”隔开")
    clause.season = ((month, day), (last_month, last_day))
    return match.end()


def _read_weekdays(text: str, days: _Days) -> int:
    match = WEEKDAY.match(text)
    if not match:
        return 0
    first, last, more = match.groups()
    start = _weekday(first)
    end = _weekday(last) if last else start
    days.weekdays |= {(start + n) % 7 for n in range((end - start) % 7 + 1)}
    days.weekdays |= {_weekday(char) for char in more if char in WEEKDAYS + "天"}
    return match.end()


def _weekday(char: str) -> int:
    return WEEKDAYS.index("日" if char == "天" else char)


def _read_lunar(text: str, days: _Days) -> int:
    match = LUNAR.match(text)
    if not match:
        return 0
    if not (match.group(0)[:2] in ("农历", "阴历") or match.group(2) or match.group(3).startswith("初")):
        return 0  # 十一 alone may be the National Day
    month = MONTH_NUMBERS[match.group(1) or match.group(2) or "每月"]
    words = [match.group(3), *re.findall(DAY_WORD, match.group(4))]
    days.lunar |= {(month, DAY_NUMBERS[word]) for word in words}
    return match.end()


def _read_word(text: str, days: _Days) -> int:
    for word, kinds in sorted(KINDS.items(), key=lambda pair: -len(pair[0])):
        if text.startswith(word):
            days.kinds |= {str(kind) for kind in kinds}
            return len(word)
    for word, date in FEASTS.items():
        if text.startswith(word):
            days.lunar.add(date)
            return len(word)
    for word in (*MARKET_WORDS, *EVERY_DAY):
        if text.startswith(word):
            days.market = days.market or word in MARKET_WORDS
            return len(word)
    return 0


READERS: tuple[Callable[[str, _Days], int], ...] = (_read_word, _read_weekdays, _read_lunar)


def day_words(rule: Rule) -> str:
    """The days of a rule as they are typed, and as ``read_rules`` reads them back."""
    named = [KIND_WORDS[kind] for kind in DayKind if kind in rule.days]
    named += ["赶集日"] if rule.market else []
    named += [lunar_words(*one) for one in sorted(rule.lunar)]
    parts = ["、".join(named)] if named else []
    if rule.weekdays:
        parts.append(weekday_words(rule.weekdays))
    return season_words(rule.season) + "的".join(parts) or "每天"


def written_rules(rules: Sequence[Rule]) -> str:
    """Rules as the sentence that ``read_rules`` reads back."""
    return "；".join(f"{day_words(rule)} {written(rule.intervals)}" for rule in rules)
