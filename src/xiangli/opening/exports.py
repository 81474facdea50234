"""Published hours: ``hours.json`` and the words of pages. They say exactly what ``queries`` answers."""

from datetime import date, datetime
from typing import Any

from xiangli.core.calendar import DayKind
from xiangli.opening.hours import DAY, NO_MARKET, SPECIAL, DayHours, Market, Rule
from xiangli.opening.models import OpeningRule
from xiangli.opening.osm import opening_hours
from xiangli.opening.queries import Status, local, plain_rule
from xiangli.opening.wording import DAY_NAMES, days_of, market_words, spoken, summary
from xiangli.places.models import Centre


def hours_data(centre: Centre, days: list[DayHours], status: Status, at: datetime) -> dict[str, Any]:
    """What ``hours.json`` holds. ``open`` is null where hours are not announced; times are local, 24:00 ends a day.

    ``opening_hours`` says the same days in the syntax of OpenStreetMap.
    """
    return {
        "centre": centre.name,
        "timezone": "Asia/Shanghai",
        "generated_at": at.isoformat(timespec="seconds"),
        "now": {
            "open": status.open,
            "until": status.until.isoformat() if status.until else None,
            "next_opening": status.next_opening.isoformat() if status.next_opening else None,
        },
        "opening_hours": opening_hours(days),
        "days": [
            {
                "date": item.day.isoformat(),
                "kind": item.kind,
                "kind_text": DAY_NAMES[DayKind(item.kind)],
                "known": item.known,
                "open": None if item.intervals is None else [[clock24(a), clock24(b)] for a, b in item.intervals],
                "reason": item.reason,
                "notice": item.notice,
            }
            for item in days
        ],
    }


def clock24(minute: int) -> str:
    """480 -> "08:00"; 1440 -> "24:00"."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def special_words(rule: Rule) -> str:
    """A special day as it is announced: "12月1日到3日（庙会）：全天开放"."""
    if rule.since is None or rule.until is None:
        raise ValueError("a special day has dates")
    return f"{day_span(rule.since, rule.until)}（{rule.name}）：{spoken(rule.intervals)}"


def rule_words(row: OpeningRule, market: Market) -> str:
    """One added rule in words."""
    rule = plain_rule(row, market)
    if rule.layer == SPECIAL:
        return special_words(rule)
    dates = f"（{row.since:%-m月%-d日}起{f'，到{row.until:%-m月%-d日}' if row.until else ''}）"
    return f"{row.get_layer_display()}：{days_of(rule)} {spoken(rule.intervals)}{dates}"


def day_span(first: date, last: date) -> str:
    """One day, or from the one to the other: "12月1日", "12月1日到3日"."""
    if first == last:
        return f"{first:%-m月%-d日}"
    return (
        f"{first:%-m月%-d日}到{last:%-d日}" if first.month == last.month else f"{first:%-m月%-d日}到{last:%-m月%-d日}"
    )


def closure_span(starts: datetime, ends: datetime | None) -> str:
    """From when to when, of aware times: see ``span_words``."""
    return span_words(local(starts), local(ends) if ends else None)


def span_words(first: datetime, last: datetime | None) -> str:
    """ "12月1日 8:00 到 18:00", "… 起，何时重开另行通知，", of local times."""
    text = f"{first:%-m月%-d日 %-H:%M}"
    if last is None:
        return f"{text} 起，何时重开另行通知，"
    return f"{text} 到 {last:%-H:%M}" if first.date() == last.date() else f"{text} 到 {last:%-m月%-d日 %-H:%M}"


def week_rows(days: list[DayHours]) -> list[dict[str, Any]]:
    """Days for a page: date, words, whether it is a day off, and the bars of a 24-hour strip in per cent."""
    return [
        {
            "day": item.day,
            "kind": DAY_NAMES[DayKind(item.kind)],
            "named": item.kind in (DayKind.PUBLIC_HOLIDAY, DayKind.MAKE_UP_WORKDAY),
            "text": spoken(item.intervals),
            "reason": item.reason,
            "notice": item.notice,
            "off": item.kind in (DayKind.WEEKEND, DayKind.PUBLIC_HOLIDAY),
            "minutes": sum(b - a for a, b in item.intervals or ()),
            "all_day": item.intervals == ((0, DAY),),
        }
        for item in days
    ]


def rule_lines(rules: list[Rule], today: date) -> list[tuple[str, str]]:
    """What holds usually, a line for each kind of day, market days with their dates."""
    market = next((rule.market for rule in rules if rule.market), NO_MARKET)
    return [(with_market(days, market), hours) for days, hours in summary(rules, today)]


def with_market(words: str, market: Market) -> str:
    """ "赶集日" with its dates: "赶集日（农历逢三、八）"."""
    return words.replace("赶集日", f"赶集日（{market_words(market)}）") if market.numbers else words
