"""The rules of a space, and a booking's time, in the words people use."""

from datetime import datetime

from xiangli.bookings.models import SpaceRule
from xiangli.opening.queries import local
from xiangli.opening.wording import WEEKDAYS


def span_words(starts: datetime, ends: datetime) -> str:
    """11月28日（周六）9:00–10:00; over midnight the day of the end is named."""
    first, last = local(starts), local(ends)
    until = f"{last:%-H:%M}" if first.date() == last.date() else f"次日 {last:%-H:%M}"
    if first.date() != last.date() and (last.hour, last.minute) == (0, 0):
        until = "24:00"
    return f"{first:%-m月%-d日}（周{WEEKDAYS[first.weekday()]}）{first:%-H:%M}–{until}"


def minutes_words(minutes: int) -> str:
    """90 -> 1 小时 30 分钟."""
    hours, rest = divmod(minutes, 60)
    return " ".join(filter(None, [f"{hours} 小时" if hours else "", f"{rest} 分钟" if rest else ""]))


def rule_words(rule: SpaceRule) -> list[str]:
    """What residents are told before they book; only what they would not expect."""
    said = []
    if rule.needs_approval:
        said.append("约了以后要工作人员同意才算数")
    if rule.notice_hours:
        said.append(f"要提前 {rule.notice_hours} 小时约")
    if rule.weekly_quota:
        said.append(f"每人每周最多约 {rule.weekly_quota} 次（按电话或卡号算）")
    if rule.kept_percent:
        until = f"，开始前 {rule.kept_hours} 小时还空着的再放到网上" if rule.kept_hours else ""
        said.append(f"每天有 {rule.kept_percent}% 的时间留给柜台和电话{until}")
    if rule.before_minutes or rule.after_minutes:
        said.append(f"前面留 {rule.before_minutes} 分钟布置，后面留 {rule.after_minutes} 分钟收拾")
    return said
