"""Writes about opening hours. Each takes ``by=`` and records its event."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from xiangli.audit.services import record
from xiangli.core.calendar import DayKind
from xiangli.core.errors import UserError
from xiangli.opening.choices import NOTICE_DAYS, Layer
from xiangli.opening.hours import ALL_DAY, Rule
from xiangli.opening.models import Closure, MarketDayRule, OpeningRule, PrintedPoster
from xiangli.places.models import Centre, Place, Space

WORKING_HOURS = ((8 * 60, 12 * 60), (14 * 60 + 30, 18 * 60))

# The rule of the programme: normal hours on working days, open day and night at weekends and on public holidays.
PROGRAMME_RULES = (
    Rule(WORKING_HOURS, frozenset({DayKind.WORKING_DAY})),
    Rule(ALL_DAY, frozenset({DayKind.WEEKEND, DayKind.PUBLIC_HOLIDAY})),
)


def _save_rule(centre: Centre, space: Space | None, rule: Rule, since: date) -> OpeningRule:
    return OpeningRule.everywhere.create(
        county_id=centre.county_id,
        centre=centre,
        space=space,
        layer=rule.layer,
        name=rule.name,
        days=sorted(rule.days),
        weekdays=sorted(rule.weekdays),
        lunar=sorted(map(list, rule.lunar)),
        market=rule.market is not None,
        season=[list(end) for end in rule.season or ()],
        intervals=[list(pair) for pair in rule.intervals],
        since=rule.since or since,
        until=rule.until,
    )


@transaction.atomic
def set_rules(
    *, by: Any, centre: Centre, rules: Sequence[Rule], since: date, space: Space | None = None
) -> list[OpeningRule]:
    """Replace the regular hours of a centre or a space from ``since`` on. What held before stays as history."""
    old = OpeningRule.objects.within(centre.county).filter(centre=centre, space=space, layer=Layer.REGULAR)
    old.filter(since__gte=since).delete()
    old.filter(Q(until__isnull=True) | Q(until__gte=since)).update(until=since - timedelta(days=1))
    rows = [_save_rule(centre, space, rule, since) for rule in rules if rule.layer == Layer.REGULAR]
    record("opening.rules_set", centre, by=by, since=str(since), space=space.pk if space else None, rules=len(rows))
    return rows


@transaction.atomic
def add_rule(*, by: Any, centre: Centre, rule: Rule, since: date, space: Space | None = None) -> OpeningRule:
    """Add extended hours or a special day. The same rule twice is the same row."""
    plain = {
        "layer": rule.layer, "days": sorted(rule.days), "weekdays": sorted(rule.weekdays),
        "lunar": sorted(map(list, rule.lunar)), "market": rule.market is not None,
        "season": [list(end) for end in rule.season or ()],
    }  # fmt: skip
    same = OpeningRule.objects.within(centre.county).filter(
        centre=centre, space=space, intervals=[list(pair) for pair in rule.intervals], until=rule.until, **plain
    )
    if rule.layer == Layer.EXTENDED and (row := same.first()):
        return row
    row = _save_rule(centre, space, rule, since)
    record("opening.rule_added", centre, by=by, rule=row.pk, layer=rule.layer)
    return row


@transaction.atomic
def end_rule(*, by: Any, rule: OpeningRule, today: date) -> None:
    """Take back extended hours or a special day; one that has begun ends yesterday and stays as history."""
    if rule.layer == Layer.REGULAR:
        raise UserError("平常的开放时间不能只删一行，请在上面的表里改")
    record("opening.rule_ended", rule.centre, by=by, rule=rule.pk)
    if rule.since >= today:
        rule.delete()
    else:
        rule.until = today - timedelta(days=1)
        rule.save(update_fields=["until"])


@transaction.atomic
def set_market_days(*, by: Any, place: Place, calendar: str, numbers: Sequence[int]) -> MarketDayRule | None:
    """When the market of a village or a town is held. Without numbers it goes by the town again."""
    record("opening.market_set", place, by=by, place=place, calendar=calendar, numbers=list(numbers))
    if not numbers:
        MarketDayRule.objects.within(place).filter(place=place).delete()
        return None
    row, _ = MarketDayRule.everywhere.update_or_create(
        place=place, defaults={"county": place.county, "calendar": calendar, "numbers": sorted(numbers)}
    )
    return row


@transaction.atomic
def poster_printed(*, by: Any, centre: Centre, digest: str, now: datetime) -> None:
    """Remember what the poster said that now goes to the door."""
    PrintedPoster.everywhere.update_or_create(
        centre=centre, defaults={"county_id": centre.county_id, "digest": digest, "printed_at": now}
    )
    record("opening.poster_printed", centre, by=by, place=centre.place)


@transaction.atomic
def announce_closure(
    *,
    by: Any,
    centre: Centre,
    starts: datetime,
    ends: datetime | None,
    reason: str,
    now: datetime,
    space: Space | None = None,
    alternative: str = "",
    short_notice: str = "",
) -> Closure:
    """Close a centre or a space for a time. Less than five days ahead it must say why (RULES O1)."""
    if not reason.strip():
        raise UserError("请写明关闭的原因")
    if ends is not None and ends <= starts:
        raise UserError("结束时间要晚于开始时间")
    if ends is not None and ends <= now:
        raise UserError("这段时间已经过去了")
    if starts < now - timedelta(days=1):
        raise UserError("公告不能补写昨天以前的关闭")
    if starts < now + timedelta(days=NOTICE_DAYS) and not short_notice.strip():
        raise UserError(f"关闭要提前 {NOTICE_DAYS} 天公告；来不及的，请写明为什么")
    closure = Closure.everywhere.create(
        county_id=centre.county_id,
        centre=centre,
        space=space,
        starts=starts,
        ends=ends,
        reason=reason.strip(),
        alternative=alternative.strip(),
        short_notice=short_notice.strip() if starts < now + timedelta(days=NOTICE_DAYS) else "",
        announced_at=now,
        announced_by=by,
    )
    record("opening.closure_announced", closure, by=by, place=centre.place, centre=centre.pk)
    return closure


@transaction.atomic
def withdraw_closure(*, by: Any, closure: Closure, now: datetime) -> None:
    """Open again: the rest of a closure is taken back; one that has not begun is withdrawn whole."""
    if closure.ends is not None and closure.ends <= now:
        raise UserError("这次关闭已经结束了")
    if closure.starts < now:
        closure.ends = now
    else:
        closure.withdrawn_at = now
    closure.save(update_fields=["ends", "withdrawn_at"])
    record("opening.closure_withdrawn", closure, by=by, place=closure.centre.place)
