"""What stands on the door and what is said on the loudspeaker, in words; whether the printed poster is still true."""

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from xiangli.core.calendar import DayKind
from xiangli.opening import loudspeaker
from xiangli.opening.exports import closure_span, day_span, special_words, with_market
from xiangli.opening.hours import EXTENDED, REGULAR, SPECIAL, DayHours, Rule
from xiangli.opening.models import PrintedPoster
from xiangli.opening.queries import (
    coming_closures,
    local,
    market_of,
    named_days,
    openings,
    plain_rule,
    rules_in_force,
)
from xiangli.opening.wording import WEEKDAYS, days_of, spoken, summary
from xiangli.places.models import Centre

HORIZON = 60  # days: special days and closures within it stand on the poster, and so does what is not announced yet
NAMED = (DayKind.PUBLIC_HOLIDAY, DayKind.MAKE_UP_WORKDAY)
SCRIPT_DAYS = 10  # days ahead whose peculiarities are worth an announcement


def poster_data(centre: Centre, now: datetime, url: str) -> dict[str, Any]:
    """Everything the poster says, in words."""
    today = local(now).date()
    market = market_of(centre)
    rules = [plain_rule(row, market) for row in rules_in_force(centre, today)]
    regular = summary([rule for rule in rules if rule.layer == REGULAR], today) or [("开放时间", "尚未公布")]
    extended = [rule for rule in rules if rule.layer == EXTENDED and rule.covers(today)]
    days = openings(centre.county, [centre.pk], today, HORIZON).hours(centre.pk)
    return {
        "name": centre.name,
        "address": centre.address,
        "phone": centre.phone,
        "answers": centre.answers_for_it,
        "lines": [{"days": with_market(days, market), "hours": hours} for days, hours in regular],
        "extended": [
            {"days": with_market(days_of(rule), market), "hours": spoken(rule.intervals)}
            for rule in sorted(extended, key=lambda rule: sorted(rule.weekdays))
        ],
        "named": [_named_words(run, name) for run, name in _named_runs(centre, days)],
        "changes": _special_days(rules, today) + _closures(centre, now),
        "coming": [
            f"{rule.since:%-m月%-d日}起，开放时间会有变动" for rule in rules if rule.since and rule.since > today
        ][:1],
        "unknown": _unknown_from(days),
        "url": url,
        "printed": f"{today:%Y年%-m月%-d日}",
    }


def _named_runs(centre: Centre, days: Sequence[DayHours]) -> list[tuple[list[DayHours], str]]:
    """Holidays and make-up workdays among the days: consecutive ones of one name with equal hours together."""
    names = named_days(centre.county, days[0].day, len(days))
    runs: list[tuple[list[DayHours], str]] = []
    for item in days:
        if item.kind not in NAMED or item.intervals is None:
            continue
        name = names.get(item.day, "")
        last = runs[-1] if runs else None
        alike = last and last[1] == name and (last[0][-1].kind, last[0][-1].intervals) == (item.kind, item.intervals)
        if last and alike and last[0][-1].day + timedelta(days=1) == item.day:
            last[0].append(item)
        else:
            runs.append(([item], name))
    return runs


def _named_words(run: Sequence[DayHours], name: str) -> str:
    """ "1月1日到3日（元旦放假）：全天开放", "1月4日（周日，调休上班）：8:00–12:00"."""
    if run[0].kind == DayKind.MAKE_UP_WORKDAY:
        about = f"周{WEEKDAYS[run[0].day.weekday()]}，调休上班" if len(run) == 1 else "调休上班"
    else:
        about = f"{name}放假" if name else "放假"
    return f"{day_span(run[0].day, run[-1].day)}（{about}）：{spoken(run[0].intervals)}"


def _special_days(rules: list[Rule], today: date) -> list[str]:
    """Days with hours of their own, in words."""
    last = today + timedelta(days=HORIZON)
    return [
        special_words(rule)
        for rule in rules
        if rule.layer == SPECIAL and (rule.until or today) >= today and (rule.since or today) <= last
    ]


def _closures(centre: Centre, now: datetime) -> list[str]:
    found = []
    for closure in coming_closures(centre, now).filter(starts__lt=now + timedelta(days=HORIZON)):
        where = f"{closure.space.name}关闭" if closure.space else "关闭"
        where += f"：{closure.reason}"
        if closure.alternative:
            where += f"。{closure.alternative}"
        found.append(f"{closure_span(closure.starts, closure.ends)} {where}")
    return found


def _unknown_from(days: Sequence[DayHours]) -> str:
    """A sentence when days within the horizon are not announced yet."""
    first = next((item.day for item in days if not item.known), None)
    return f"{first:%Y年%-m月%-d日}以后的节假日安排尚未公布，公布后再张贴。" if first else ""


def poster_digest(data: dict[str, Any]) -> str:
    """A mark of what a poster says, the day of printing and the address of the page aside."""
    said = {key: value for key, value in data.items() if key not in ("url", "printed")}
    return sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def poster_outdated(centre: Centre, printed: PrintedPoster | None, now: datetime) -> str:
    """Why the poster on the door must be replaced; nothing while all it says is true and none is missing.

    It is outdated when the same poster, set for the day it was printed with what is known now, would say otherwise.
    """
    if printed is None:
        return ""
    if now >= printed.printed_at + timedelta(days=HORIZON):
        return f"门上的海报印了两个月了，{HORIZON} 天以后的变动上面没有。请打印一张新的换上。"
    if poster_digest(poster_data(centre, printed.printed_at, "")) != printed.digest:
        return "门上的海报过时了：印好以后开放时间有变动。请打印一张新的换上。"
    return ""


def scripts(centre: Centre, now: datetime) -> list[loudspeaker.Script]:
    """What is worth saying on the loudspeaker: closures to come, days unlike others, and the usual hours."""
    today = local(now).date()
    read = openings(centre.county, [centre.pk], today, SCRIPT_DAYS)
    days = read.hours(centre.pk)
    found = [
        loudspeaker.closure_script(
            centre.name, local(row.starts), local(row.ends) if row.ends else None, row.reason, row.alternative,
            row.space.name if row.space else "",
        )
        for row in coming_closures(centre, now)
    ]  # fmt: skip
    found += [loudspeaker.holiday_script(centre.name, run, name) for run, name in _named_runs(centre, days)]
    specials = [rule for rule in read.rules_of(centre.pk) if rule.layer == SPECIAL]
    names = {rule.name for rule in specials if rule.name}
    found += [loudspeaker.day_script(centre.name, item) for item in days if item.reason in names and item.known]
    regular = [rule for rule in read.rules_of(centre.pk) if rule.layer == REGULAR and rule.covers(today)]
    if regular:
        lines = [(days_of(rule).replace("（含调休上班日）", ""), rule.intervals) for rule in regular]
        found.append(loudspeaker.week_script(centre.name, lines, today))
    return found
