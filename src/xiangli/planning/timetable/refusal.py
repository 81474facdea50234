"""Input that cannot be planned is refused before any solving, with every exact reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import takewhile

from .checking import check_village, specialist_violations, when
from .compiling import Compiled, allowed_starts, compile_village, fits
from .errors import Problem, TimetableError
from .model import Fixed, Service, Space, Town, Village

TOWN_WIDE = frozenset({"no_space", "no_specialist", "no_staff", "window_too_short", "no_start"})


def refuse(town: Town, *, strict: bool = True) -> None:
    """Raise TimetableError with all problems; with ``strict=False`` needs that nothing can serve are no problem."""
    found = problems(town)
    if not strict:
        found = [p for p in found if p.code not in TOWN_WIDE or p.village is not None]
    if found:
        raise TimetableError(found)


def problems(town: Town) -> list[Problem]:
    """Every reason why the town cannot be planned as given; empty for a sound input."""
    found: list[Problem] = []
    if not town.villages:
        found.append(Problem("empty", "villages", "输入里一个村也没有"))
    visitors = {k for k, s in enumerate(town.services) if s.specialist is not None}
    compiled = [compile_village(town, v, of=visitors | _pinned(town, v)) for v in town.villages]
    # what is promised or shut this week is no reason to refuse a need: it will be a shortfall with its reason
    bare = [compile_village(town, replace(v, fixed=(), closures=()), with_options=False) for v in town.villages]
    asked = [{n.service for n in v.needs} for v in town.villages]
    for k, service in enumerate(town.services):
        if any(service.id in a for a in asked):
            reasons = list(takewhile(bool, (unservable(c, k) for c in bare)))
            if len(reasons) == len(bare):
                found.append(_nobody(service, [r for r in reasons if r is not None]))
                continue
            for v, a, c in zip(town.villages, asked, compiled, strict=True):
                held = any(f.service == service.id for f in v.fixed)
                reason = unservable(c, k) if service.per_week_min and service.id in a and not held else None
                if reason is not None:
                    found.append(Problem(reason.code, v.id, f"{v.name}：{reason.text}", v.id, service.id))
    for village in town.villages:
        found += _promises(village)
    return [*found, *_pins(town, compiled), *_visits(town, compiled)]


def _pinned(town: Town, village: Village) -> set[int]:
    """Services of which the village's pins ask for sessions."""
    wanted = {p.service for p in town.pins if p.village == village.id}
    return {k for k, s in enumerate(town.services) if s.id in wanted}


def _nobody(service: Service, reasons: list[Problem]) -> Problem:
    """The reason that comes nearest to being possible among the villages, said for the whole town."""
    order = ["no_specialist", "no_space", "window_too_short", "no_staff", "no_start"]
    best = max(reasons, key=lambda p: order.index(p.code))
    return Problem(best.code, service.id, f"全镇都办不了“{service.name}”：{best.text}", None, service.id)


def unservable(c: Compiled, k: int) -> Problem | None:
    """Why a village could never hold service ``k`` even in an empty week; None if it could."""
    town, village, service = c.town, c.village, c.town.services[k]

    def problem(code: str, text: str) -> Problem:
        return Problem(code, service.id, text, village.id, service.id)

    if service.specialist is not None and not any(s.skill == service.specialist and s.slots for s in town.specialists):
        return problem("no_specialist", f"需要专家“{service.specialist}”，名单里没有这样的专家")
    fitting = [s for s in village.spaces if fits(service, s)]
    if not fitting:
        return problem("no_space", _no_space(service, village.spaces))
    longest = max((t.end - t.start for s in fitting for t in s.open), default=0)
    if longest < service.minutes:
        names = "、".join(s.name for s in fitting)
        return problem("window_too_short", f"一场要 {service.minutes} 分钟，而 {names} 每次开放最长只有 {longest} 分钟")
    for skill, count in service.staff.items():
        most = max(c.staff.get(skill, [0]))
        if most < count:
            return problem("no_staff", f"一场要“{skill}” {count} 人，任何时候都至多有 {most} 人")
    if not any(allowed_starts(c, k, r) for r, space in enumerate(village.spaces) if fits(service, space)):
        return problem("no_start", "合适的空间、开放时间、人手和已有安排凑不到同一个时段")
    return None


def _no_space(service: Service, spaces: Iterable[Space]) -> str:
    have = {tag for s in spaces for tag in s.supports}
    missing = [tag for tag in service.requires if tag not in have]
    if missing:
        return f"需要“{'、'.join(missing)}”，没有一个空间具备"
    if any(set(service.requires) <= set(s.supports) for s in spaces):
        return f"需要 {service.area:g} 平方米、能容纳人的空间，具备条件的空间都不够"
    return f"需要同时具备“{'、'.join(service.requires)}”的空间，没有一个同时具备"


def _promises(village: Village) -> Iterable[Problem]:
    names = {s.id: s.name for s in village.spaces}

    def label(f: Fixed) -> str:
        return f"“{f.title or f.id}”（{when(f.time)}）"

    for i, a in enumerate(village.fixed):
        place = f"{village.name} {names[a.space]}"
        for b in village.fixed[:i]:
            if a.space == b.space and a.time.overlaps(b.time):
                text = f"{place}：{label(b)}与{label(a)}占了同一空间"
                yield Problem("promises_collide", village.id, text, village.id)
        for c in village.closures:
            if c.space in (None, a.space) and c.time.overlaps(a.time):
                text = f"{place}：{label(a)}落在停用时间里（{f'{when(c.time)} {c.reason}'.strip()}）"
                yield Problem("promise_closed", village.id, text, village.id)


def _pins(town: Town, compiled: list[Compiled]) -> Iterable[Problem]:
    known = {v.id: v for v in town.villages}
    for p in town.pins:
        if p.village not in known:
            yield Problem("pin", "pins", f"指定的安排里没有“{p.village}”这个村")
    keys = [p.key() for p in town.pins]
    for village, c in zip(town.villages, compiled, strict=True):
        mine = [p for p in town.pins if p.village == village.id]
        if not mine:
            continue
        broken = list(check_village(town, village, mine)) + [
            v for v in specialist_violations(town, town.pins) if v.village == village.id
        ]
        for v in broken:
            yield Problem(f"pin_{v.code}", village.id, f"指定的安排不成立：{v.text}", village.id)
        if not broken:
            placed = sum(o.pinned for o in c.options)
            if placed < len({k for k in keys if k[0] == village.id}):
                yield Problem(
                    "pin", village.id, f"{village.name}：指定的安排与已有活动、人手或时间格子不合", village.id
                )


def _visits(town: Town, compiled: list[Compiled]) -> Iterable[Problem]:
    """The visit rule against what can be seen before solving: possible visits per village, half-days in all."""
    if town.rules.visit == "none" or not town.specialists:
        return
    skills = sorted({s.skill for s in town.specialists})
    for c in compiled:
        seen = {town.specialists[o.specialist].skill for o in c.options if o.specialist >= 0}
        missing = [s for s in skills if s not in seen] if town.rules.visit == "each" else [] if seen else skills
        for skill in missing if town.rules.visit == "each" else missing[:1]:
            yield _no_visit(c, skills if town.rules.visit == "any" else [skill])
    rounds = (
        [[s for s in town.specialists if s.skill == k] for k in skills]
        if town.rules.visit == "each"
        else [list(town.specialists)]
    )
    for people in rounds:
        halves = sum(len(s.slots) for s in people)
        if halves < len(town.villages):
            who = "、".join(s.name for s in people)
            wanted = f"{len(town.villages)} 个村每 {town.rules.cycle_weeks} 周都要有专家到访"
            text = f"{wanted}，而{who}一共只有 {halves} 个半天"
            yield Problem("too_few_visits", "specialists", text)


def _no_visit(c: Compiled, skills: list[str]) -> Problem:
    """Why none of these specialists could come to a village: service by service."""
    reasons = [r.text for k, s in enumerate(c.town.services) if s.specialist in skills and (r := _visitless(c, k))]
    who = "任何一位专家" if len(skills) > 1 else skills[0]
    why = "；".join(dict.fromkeys(reasons)) or "没有需要专家的服务"
    rule = "每一类专家" if c.town.rules.visit == "each" else "专家"
    text = f"{c.village.name}：规定每 {c.town.rules.cycle_weeks} 周都要有{rule}到访，而{who}都来不了：{why}"
    return Problem("no_visit", c.village.id, text, c.village.id)


def _visitless(c: Compiled, k: int) -> Problem | None:
    service = c.town.services[k]
    reason = unservable(c, k)
    if reason is not None:
        return Problem(reason.code, reason.where, f"“{service.name}”{reason.text}", reason.village, reason.service)
    text = f"“{service.name}”在专家能出诊的半天里放不下一场（{service.minutes} 分钟）"
    return Problem("no_half", service.id, text, c.village.id, service.id)


__all__ = ["problems", "refuse", "unservable"]
