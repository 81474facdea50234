"""What was asked, what was chosen, what was not and why: about ten plain sentences for the people of one village. Pure.

Every figure in ``Facts`` may be public: whoever fills it leaves out what the published needs list leaves out. The
sentences have no brackets and no signs that cannot be read out; ``spoken`` turns their figures into words for the
loudspeaker.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal

from xiangli.core.spoken import spoken_integer, spoken_number, spoken_time


@dataclass(frozen=True, slots=True)
class Bought:
    """An improvement that the money pays for: yuan, and by when it is to be done, if that is known."""

    title: str
    yuan: int
    due: date | None = None


@dataclass(frozen=True, slots=True)
class NotBought:
    """An improvement that it does not; ``lacking``: yuan, None where that would tell how few stand behind it."""

    title: str
    lacking: int | None = None


@dataclass(frozen=True, slots=True)
class Short:
    """A service that is not held often enough, why, and what would help."""

    service: str
    reason: str
    change: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """``answered``: None where too few did. ``wishes`` and ``groups``: (what, per cent), (who, what, per cent).

    ``services``: (name, times a week). ``best``: the most wanted service that is held, with its times. ``visits``: who
    comes, when and where. ``met``: per cent of all needs; ``least``: (group, per cent), if that group may be named.
    """

    village: str
    asked_on: date | None = None
    answered: int | None = None
    wishes: Sequence[tuple[str, int]] = ()
    groups: Sequence[tuple[str, str, int]] = ()
    adopted_on: date | None = None
    services: Sequence[tuple[str, int]] = ()
    best: tuple[str, Sequence[str]] | None = None
    visits: Sequence[str] = ()
    shared_money: bool = False
    bought: Sequence[Bought] = ()
    not_bought: Sequence[NotBought] = ()
    short: Sequence[Short] = field(default_factory=tuple)
    met: int | None = None
    least: tuple[str, int] | None = None


def sentences(facts: Facts) -> list[str]:
    """The sentences, in the order in which one would tell it."""
    told = [*_asked(facts)]
    if facts.adopted_on is None:
        told.append("镇里的方案还没有定下来，定了就写在这里。")
    else:
        told += [*_chosen(facts), *_money(facts), *_left_out(facts)]
    return [*told, "对安排有意见，到中心柜台说，或者在网上“有事您说”里写，都会有答复。"]


def _asked(facts: Facts) -> list[str]:
    if facts.asked_on is None:
        return ["还没有公布民意调查的结果。"]
    when = f"{facts.asked_on.year}年{facts.asked_on.month}月"
    if facts.answered is None:
        return [f"{when}问了{facts.village}的乡亲想要什么，答的人还少，数字先不公布。"]
    told = [f"{when}问了{facts.village}的乡亲想要什么，{facts.answered} 位答了问卷。"]
    if facts.wishes:
        told.append("，".join(f"想要{name}的有 {percent}%" for name, percent in facts.wishes[:3]) + "。")
    told += [f"{group}的人里，{percent}% 想要{name}。" for group, name, percent in facts.groups[:1]]
    return told


def _chosen(facts: Facts) -> list[str]:
    assert facts.adopted_on is not None
    since = f"{facts.adopted_on.month}月{facts.adopted_on.day}日"
    if not facts.services:
        return [f"{since}起全镇照新方案办，我们村这次一场也没排上。"]
    listed = "、".join(f"{name} {count} 场" for name, count in facts.services[:4])
    more = "等等" if len(facts.services) > 4 else ""
    told = [f"镇里照这些需求定了方案，{since}起每周在村里办{listed}{more}。"]
    if facts.best:
        told.append(f"{facts.best[0]}的时间是{'、'.join(facts.best[1])}。")
    return [*told, *(f"{visit}。" for visit in facts.visits[:2])]


def _money(facts: Facts) -> list[str]:
    if not facts.shared_money:
        return []
    told = ["改善的钱这次没有用在我们村。"]
    if facts.bought:
        listed = "、".join(f"{one.title} {one.yuan} 元" for one in facts.bought[:3])
        more = f"等 {len(facts.bought)} 项" if len(facts.bought) > 3 else ""
        dues = [one.due for one in facts.bought if one.due]
        due = f"，{max(dues).month}月{max(dues).day}日前办成" if dues else ""
        told = [f"改善的钱用在我们村的有{listed}{more}{due}。"]
    for one in facts.not_bought[:2]:
        lacks = "还不够它的价钱" if one.lacking is None else f"还差 {one.lacking} 元"
        told.append(f"{one.title}这次没选上，因为要它的乡亲名下的钱合起来{lacks}。")
    return told


def _left_out(facts: Facts) -> list[str]:
    told = [f"{one.service}还没排够，因为{one.reason}。" for one in facts.short[:2]]
    helps = next((one for one in facts.short if one.change), None)
    if helps:
        told.append(f"要是能做到{helps.change}，{helps.service}就能多办一些。")
    if facts.met is not None:
        least = f"，照顾得最少的是 {facts.least[0]}，满足了 {facts.least[1]}%" if facts.least else ""
        told.append(f"照这个方案，村里的需求满足了 {facts.met}%{least}。")
    return told


_RANGE = re.compile(r"(\d{1,2}):(\d\d)[–-](\d{1,2}):(\d\d)")
_CLOCK = re.compile(r"(\d{1,2}):(\d\d)")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?) ?%")
_YEAR = re.compile(r"(\d{4})年")
_TWO = re.compile(r"(?<![\d.])2(?= ?(?:场|名|位|个|间|项|人|次|周))")
_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_BRACKETS = re.compile(r"（([^（）]*)）")
_AGE = re.compile(r"(\d+)[–-](\d+)(?= ?岁)")


def spoken(text: str) -> str:
    """A sentence as it is read out: 08:00–10:00 -> 上午八点到上午十点, 52% -> 百分之五十二; no signs besides."""
    text = _RANGE.sub(lambda m: f"{_said(m[1], m[2])}到{_said(m[3], m[4])}", text)
    text = _CLOCK.sub(lambda m: _said(m[1], m[2]), text)
    text = _PERCENT.sub(lambda m: f"百分之{spoken_number(Decimal(m[1]))}", text)
    text = _YEAR.sub(lambda m: f"{''.join('零一二三四五六七八九'[int(d)] for d in m[1])}年", text)
    text = _AGE.sub(lambda m: f"{spoken_integer(int(m[1]))}到{spoken_integer(int(m[2]))}", text)
    text = _TWO.sub("两", text)
    text = _NUMBER.sub(lambda m: spoken_number(Decimal(m[0].replace(",", ""))), text)
    return re.sub(r"[“”\s]", "", _BRACKETS.sub(r"，\1，", text)).replace("，，", "，").replace("，。", "。")


def _said(hour: str, minute: str) -> str:
    return "夜里十二点" if int(hour) == 24 else spoken_time(time(int(hour), int(minute)))
