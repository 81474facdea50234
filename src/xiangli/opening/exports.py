"""Published hours: ``hours.json`` and the poster for the door. Both say exactly what ``queries`` answers."""

from datetime import date, datetime, timedelta
from typing import Any

from xiangli.core.calendar import DayKind
from xiangli.opening.hours import DAY, EXTENDED, REGULAR, SPECIAL, DayHours, Rule
from xiangli.opening.models import OpeningRule
from xiangli.opening.poster import door_poster as door_poster
from xiangli.opening.queries import Openings, Status, coming_closures, local, openings, plain_rule, rules_in_force
from xiangli.opening.wording import KIND_NAMES, days_of, spoken, summary
from xiangli.places.models import Centre

HORIZON = 60  # days: special days and closures within it stand on the poster, and so does what is not announced yet


def hours_data(centre: Centre, days: list[DayHours], status: Status, at: datetime) -> dict[str, Any]:
    """What ``hours.json`` holds. ``open`` is null where hours are not announced; times are local, 24:00 ends a day."""
    return {
        "centre": centre.name,
        "timezone": "Asia/Shanghai",
        "generated_at": at.isoformat(timespec="seconds"),
        "now": {
            "open": status.open,
            "until": status.until.isoformat() if status.until else None,
            "next_opening": status.next_opening.isoformat() if status.next_opening else None,
        },
        "days": [
            {
                "date": item.day.isoformat(),
                "kind": item.kind,
                "kind_text": KIND_NAMES[DayKind(item.kind)],
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


def poster_data(centre: Centre, now: datetime, url: str) -> dict[str, Any]:
    """Everything the poster says, in words."""
    today = local(now).date()
    rules = [plain_rule(row) for row in rules_in_force(centre, today)]
    regular = summary([rule for rule in rules if rule.layer == REGULAR], today) or [("开放时间", "尚未公布")]
    extended = [rule for rule in rules if rule.layer == EXTENDED and rule.covers(today)]
    read = openings(centre.county, [centre.pk], today, HORIZON)
    return {
        "name": centre.name,
        "address": centre.address,
        "phone": centre.phone,
        "answers": centre.answers_for_it,
        "lines": [{"days": days, "hours": hours} for days, hours in regular],
        "extended": [
            {"days": days_of(rule), "hours": spoken(rule.intervals)}
            for rule in sorted(extended, key=lambda rule: sorted(rule.weekdays))
        ],
        "changes": _special_days(rules, today) + _closures(centre, now),
        "coming": [
            f"{rule.since:%-m月%-d日}起，开放时间会有变动" for rule in rules if rule.since and rule.since > today
        ][:1],
        "unknown": _unknown_from(centre, read),
        "url": url,
        "printed": f"{today:%Y年%-m月%-d日}",
    }


def _special_days(rules: list[Rule], today: date) -> list[str]:
    """Days with hours of their own, in words."""
    last = today + timedelta(days=HORIZON)
    return [
        special_words(rule)
        for rule in rules
        if rule.layer == SPECIAL and (rule.until or today) >= today and (rule.since or today) <= last
    ]


def special_words(rule: Rule) -> str:
    """A special day as it is announced: "12月1日到3日（庙会）：全天开放"."""
    if rule.since is None or rule.until is None:
        raise ValueError("a special day has dates")
    return f"{day_span(rule.since, rule.until)}（{rule.name}）：{spoken(rule.intervals)}"


def rule_words(row: OpeningRule) -> str:
    """One added rule in words."""
    rule = plain_rule(row)
    if rule.layer == SPECIAL:
        return special_words(rule)
    return f"{row.get_layer_display()}：{days_of(rule)} {spoken(rule.intervals)}"


def day_span(first: date, last: date) -> str:
    """One day, or from the one to the other: "12月1日", "12月1日到3日"."""
    if first == last:
        return f"{first:%-m月%-d日}"
    return (
        f"{first:%-m月%-d日}到{last:%-d日}" if first.month == last.month else f"{first:%-m月%-d日}到{last:%-m月%-d日}"
    )


def _closures(centre: Centre, now: datetime) -> list[str]:
    found = []
    for closure in coming_closures(centre, now).filter(starts__lt=now + timedelta(days=HORIZON)):
        where = f"{closure.space.name}关闭" if closure.space else "关闭"
        where += f"：{closure.reason}"
        if closure.alternative:
            where += f"。{closure.alternative}"
        found.append(f"{closure_span(closure.starts, closure.ends)} {where}")
    return found


def closure_span(starts: datetime, ends: datetime | None) -> str:
    """From when to when, of aware times: see ``span_words``."""
    return span_words(local(starts), local(ends) if ends else None)


def span_words(first: datetime, last: datetime | None) -> str:
    """ "12月1日 8:00 到 18:00", "… 起，何时重开另行通知，", of local times."""
    text = f"{first:%-m月%-d日 %-H:%M}"
    if last is None:
        return f"{text} 起，何时重开另行通知，"
    return f"{text} 到 {last:%-H:%M}" if first.date() == last.date() else f"{text} 到 {last:%-m月%-d日 %-H:%M}"


def _unknown_from(centre: Centre, read: Openings) -> str:
    """A sentence when days within the horizon are not announced yet."""
    first = next((item.day for item in read.hours(centre.pk) if not item.known), None)
    return f"{first:%Y年%-m月%-d日}以后的节假日安排尚未公布，公布后再张贴。" if first else ""


def week_rows(days: list[DayHours]) -> list[dict[str, Any]]:
    """Days for a page: date, words, whether it is a day off, and the bars of a 24-hour strip in per cent."""
    return [
        {
            "day": item.day,
            "kind": KIND_NAMES[DayKind(item.kind)],
            "text": spoken(item.intervals),
            "reason": item.reason,
            "notice": item.notice,
            "off": item.kind in (DayKind.WEEKEND, DayKind.PUBLIC_HOLIDAY),
            "minutes": sum(b - a for a, b in item.intervals or ()),
            "all_day": item.intervals == ((0, DAY),),
        }
        for item in days
    ]
