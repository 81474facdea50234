"""Named changes to a town or its week: what a "no" would need to become a "yes", and what it costs to ask for.

A change is plain data that can be applied: ``apply`` gives the changed town and sessions, so that whoever reads
"a second volunteer on Tuesday morning would serve 14 more old people" can have a machine check the sentence.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from .fields import clock, merged
from .model import Closure, Fixed, Interval, Service, Session, Space, Specialist, Staffing, Town, Village

Kind = Literal[
    "add", "move", "drop", "open", "staff", "support", "step_free", "visit", "specialist", "reopen", "release", "limit"
]


@dataclass(frozen=True, slots=True)
class Costs:
    """How dear each change is to ask for, in points; the town may set its own. Hours count by the hour."""

    volunteer_hour: float = 1.0
    staff_hour: float = 3.0
    open_hour: float = 2.0
    move: float = 2.0
    limit: float = 3.0
    visit: float = 6.0
    reopen: float = 6.0
    specialist: float = 12.0
    drop: float = 15.0
    support: float = 20.0
    release: float = 25.0
    step_free: float = 40.0


@dataclass(frozen=True, slots=True)
class Change:
    """One step. Which fields matter depends on kind; ``text`` says it in Chinese.

    add: ``session`` is held. move: ``session`` becomes ``to``. drop: ``session`` is given up. open: ``space`` opens
    for ``time``. staff: ``count`` more people of ``skill`` for ``time``. support: ``space`` gets ``tags``.
    step_free: ``space`` gets a ramp or lift. visit: ``session``'s specialist comes that half-day.
    specialist: another of ``skill`` comes for ``time``'s half-day of ``week``. reopen: closures of ``space`` during
    ``time`` are lifted. release: the promise ``promise`` makes way. limit: one more ``service`` a day or week.
    """

    kind: Kind
    village: str
    text: str
    cost: float
    session: Session | None = None
    to: Session | None = None
    space: str | None = None
    time: Interval | None = None
    skill: str | None = None
    count: int = 0
    tags: tuple[str, ...] = ()
    service: str | None = None
    promise: str | None = None
    week: int = 0


def apply(town: Town, sessions: Iterable[Session], changes: Sequence[Change]) -> tuple[Town, list[Session]]:
    """The town and the sessions after the changes, in order. Raises KeyError for a change that fits nothing."""
    held = list(sessions)
    for change in changes:
        if change.kind == "add":
            assert change.session is not None
            held.append(change.session)
        elif change.kind in ("move", "drop"):
            assert change.session is not None
            at = [s.key() for s in held].index(change.session.key())
            held[at : at + 1] = [change.to] if change.to is not None else []
        elif change.kind == "specialist":
            town = _one_more_specialist(town, change)
        elif change.kind == "limit":
            town = replace(town, services=tuple(_relaxed(s) if s.id == change.service else s for s in town.services))
        elif change.kind != "visit":  # a visit is implied by its session
            villages = tuple(_village(v, change) if v.id == change.village else v for v in town.villages)
            town = replace(town, villages=villages)
    return town, held


def _relaxed(s: Service) -> Service:
    return replace(
        s,
        per_day_max=None if s.per_day_max is None else s.per_day_max + 1,
        per_week_max=None if s.per_week_max is None else s.per_week_max + 1,
    )


def _one_more_specialist(town: Town, change: Change) -> Town:
    assert change.time is not None
    half = next(h.id for h in town.halves if h.start <= change.time.start and change.time.end <= h.end)
    assert change.skill is not None
    assert change.session is not None
    extra = Specialist(
        change.session.specialist or "", f"另一位{change.skill}", change.skill, ((change.week, change.time.day, half),)
    )
    return replace(town, specialists=(*town.specialists, extra))


def _village(v: Village, change: Change) -> Village:
    time = change.time
    if change.kind == "staff":
        assert time is not None
        return replace(v, staff=(*v.staff, Staffing(change.skill or "", change.count, (time,), "volunteer")))
    if change.kind == "reopen":
        assert time is not None
        left: list[Closure] = []
        for c in v.closures:
            hit = c.time.overlaps(time) and c.space in (None, change.space)
            left += _without(v, c, change.space or "", time) if hit else [c]
        return replace(v, closures=tuple(left))
    if change.kind == "release":
        kept: list[Fixed] = [f for f in v.fixed if f.id != change.promise]
        return replace(v, fixed=tuple(kept))
    return replace(v, spaces=tuple(_space(s, change) if s.id == change.space else s for s in v.spaces))


def _without(v: Village, c: Closure, space: str, time: Interval) -> list[Closure]:
    """The closure less one space's stretch of time."""
    others = [] if c.space is not None else [Closure(s.id, c.time, c.reason) for s in v.spaces if s.id != space]
    ends = [(c.time.start, min(c.time.end, time.start)), (max(c.time.start, time.end), c.time.end)]
    return others + [Closure(space, Interval(c.time.day, a, b), c.reason) for a, b in ends if a < b]


def _space(s: Space, change: Change) -> Space:
    if change.kind == "open":
        assert change.time is not None
        return replace(s, open=merged([*s.open, change.time]))
    if change.kind == "step_free":
        return replace(s, accessible=True)
    assert change.kind == "support"
    return replace(s, supports=(*s.supports, *change.tags))


def stretch(time: Interval) -> str:
    """周二 08:00–10:00"""
    return f"周{'一二三四五六日'[time.day - 1]} {clock(time.start)}–{clock(time.end)}"
