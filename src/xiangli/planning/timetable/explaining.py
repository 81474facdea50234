"""Why not? For every need left unmet: what stands in the way of the best start, and the cheapest change.

Every start that would serve the need is looked at against the week as it is: blockers are read off bit masks, so
that all shortfalls of a town take milliseconds. The cheapest set of blockers (``Costs``) is turned into named
changes; ``verify`` applies them and asks the independent checker whether the need has become servable.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from heapq import nsmallest
from typing import Any

from .changes import Change, Costs, Kind, apply, stretch
from .checking import check_village, offered, specialist_violations
from .compiling import (
    Compiled,
    Option,
    bits,
    compile_village,
    mask,
    person_minutes,
    session_of,
    staff_of_fixed,
    stretch_starts,
)
from .formulas import visit_key
from .model import Interval, Plan, Session, Space, Town, Village
from .occupancy import Week
from .reporting import visits_of

NEAREST_TRIED = 2


@dataclass(frozen=True, slots=True)
class Reason:
    """One shortfall explained. unmet and serves in person-hours a week; changes, done in order, make it servable.

    blockers: Chinese, what stands in the way of the nearest start. changes empty: nothing thinkable would help.
    """

    village: str
    service: str
    group: str
    band: str
    need: float
    unmet: float
    blockers: tuple[str, ...]
    changes: tuple[Change, ...]
    cost: float
    serves: float

    @property
    def text(self) -> str:
        todo = "，".join(c.text for c in self.changes if c.kind != "add")
        if not self.changes:
            return "；".join(self.blockers)
        return f"{'；'.join(self.blockers)}。{todo or '直接加一场即可'}，可多服务 {self.serves:g} 人时"


def why(
    town: Town, plan: Plan, *, village: str | None = None, service: str | None = None, costs: Costs | None = None
) -> list[Reason]:
    """A reason for every need that the plan leaves unmet, largest shortfall first within a village."""
    found: list[Reason] = []
    sessions: dict[str, list[Session]] = defaultdict(list)
    for s in plan.sessions:
        sessions[s.village].append(s)
    travel = Travel.of(town, plan.sessions)
    for v in town.villages:
        if village is None or v.id == village:
            unmet = [m for m in plan.met if m.village == v.id and m.need - m.met > 1e-6]
            unmet = [m for m in unmet if service is None or m.service == service]
            if unmet:
                explainer = Explainer(
                    compile_village(town, v, with_options=False), sessions[v.id], travel, costs or Costs()
                )
                rows = [explainer.explain(m.service, m.group, m.band, m.need, m.met) for m in unmet]
                found += sorted(rows, key=lambda r: -r.unmet)
    return found


@dataclass(slots=True)
class Travel:
    """Where each specialist is: (specialist, week, day, half id) -> village."""

    town: Town
    at: dict[tuple[str, int, int, str], str]

    @classmethod
    def of(cls, town: Town, sessions: Iterable[Session]) -> Travel:
        return cls(town, {(v.specialist, v.week, v.day, v.half): v.village for v in visits_of(town, sessions)})

    def standing(self, specialist: str, week: int, day: int, half: str, village: Village) -> str:
        """``here``, ``free`` (could come), ``elsewhere`` (that half-day, or too far off on that day)."""
        place = self.at.get((specialist, week, day, half))
        if place == village.id:
            return "here"
        if place is not None:
            return "elsewhere"
        for other in self.town.halves:
            there = self.at.get((specialist, week, day, other.id))
            if there is not None and there != village.id:
                v = self.town.village(there)
                if math.hypot(v.x_km - village.x_km, v.y_km - village.y_km) > self.town.rules.same_day_km:
                    return "elsewhere"
        return "free"


_Need = Callable[..., None]  # what ``_changes`` hands to its helpers: note a blocker and the change that removes it
_Place = tuple[int, int, int, int, int]  # space, start, week, specialist, half


_Start = tuple[float, float, int, _Place]  # cost if what is in the way can move, if it cannot; order; place


def _if_moved(start: _Start) -> tuple[float, int]:
    return start[0], start[2]


def _if_given_up(start: _Start) -> tuple[float, int]:
    return start[1], start[2]


@dataclass(frozen=True, slots=True)
class _Masks:
    """Starts (bit masks) at which a session of one service in one space meets each kind of blocker, in given weeks."""

    shut: int
    closed: int
    promised: int
    taken: int
    noisy: int
    short: tuple[tuple[str, int, int], ...]
    full: int
    same: int
    base: float


@dataclass(slots=True)
class Explainer:
    """One village's week, ready to be asked why not."""

    c: Compiled
    sessions: list[Session]
    travel: Travel
    costs: Costs
    week: Week = field(init=False)
    session_at: dict[Option, Session] = field(default_factory=dict)
    cache: dict[tuple[int, int, int], _Masks] = field(default_factory=dict)
    fixed: dict[tuple[int, int], tuple[int, int, int]] = field(default_factory=dict)
    volunteers: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.week = Week(self.c)
        for s in self.sessions:
            option = option_of(self.c, s)
            self.session_at[option] = s
            self.week.add(option)
        self.volunteers = {e.skill for e in self.c.village.staff if e.kind == "volunteer"}

    def explain(self, service: str, group: str, band: str, need: float, met: float) -> Reason:
        k = next(i for i, s in enumerate(self.c.town.services) if s.id == service)
        g = next(i for i, x in enumerate(self.c.town.groups) if x.id == group)
        b = next(i for i, x in enumerate(self.c.town.bands) if x.id == band)
        best: tuple[float, list[str], list[Change], float] | None = None
        starts = list(self._starts(k, g, b))
        nearest = nsmallest(NEAREST_TRIED, starts, key=_if_moved) + nsmallest(NEAREST_TRIED, starts, key=_if_given_up)
        for hoped, _, _, place in nearest:
            if best is not None and hoped >= best[0]:
                continue
            option = self._option(k, *place)
            blockers, changes = self._changes(option, g)
            cost = sum(c.cost for c in changes)
            if best is None or cost < best[0]:
                best = cost, blockers, changes, min(need - met, self._hours(option, b))
        if best is None:
            reason = self._hopeless(k, b)
            return Reason(self.c.village.id, service, group, band, need, need - met, (reason,), (), math.inf, 0.0)
        cost, blockers, changes, serves = best
        return Reason(
            self.c.village.id,
            service,
            group,
            band,
            need,
            need - met,
            tuple(blockers),
            tuple(changes),
            cost,
            round(serves, 2),
        )

    def _hours(self, option: Option, b: int) -> float:
        return self.c.grid.hours(next((u for band, u in option.gives if band == b), 0))

    def _hopeless(self, k: int, b: int) -> str:
        service, band = self.c.town.services[k], self.c.town.bands[b]
        if service.specialist is not None and not any(s.skill == service.specialist for s in self.c.town.specialists):
            return f"名单里没有“{service.specialist}”这样的专家"
        visiting = [h for s in self.c.town.specialists if s.skill == service.specialist for _, _, h in s.slots]
        if service.specialist is not None and visiting:
            session = f"一场 {service.minutes} 分钟的{service.name}"
            return f"“{service.specialist}”能出诊的半天都不在“{band.name}”，或容不下{session}"
        return f"“{band.name}”里放不下一场 {service.minutes} 分钟的{service.name}"

    def _starts(self, k: int, g: int, b: int) -> Iterator[_Start]:
        """Every start that would serve the group in the band, with its rough cost.

        A start that would only push out a session of the same service is none: it serves nobody more.
        """
        service, grid, order = self.c.town.services[k], self.c.grid, 0
        length = grid.length(service.minutes)
        inside = stretch_starts(self._band(b), length) or self._band(b)
        costs = self.costs
        for weeks, starts, visiting, specialist, half in self._occasions(k, inside, length):
            for r, space in enumerate(self.c.village.spaces):
                m = self._masks(k, r, weeks)
                extra = costs.step_free if self.c.town.groups[g].ground_floor and not space.step_free() else 0.0
                always = extra + visiting + m.base
                if space.capacity <= 0 or always == math.inf:
                    continue
                kinds = [(m.shut, costs.open_hour), (m.closed, costs.reopen), (m.promised, costs.release),
                         (m.full, costs.limit)]  # fmt: skip
                for skill, _, short in m.short:
                    kinds.append((short, costs.volunteer_hour if skill in self.volunteers else costs.staff_hour))
                kinds = [(blocked, cost) for blocked, cost in kinds if blocked & starts]
                taken = m.taken | m.noisy
                for start in bits(starts & ~m.same):
                    if start % grid.per_day + length <= grid.per_day:
                        order += 1
                        cost = always
                        for blocked, more in kinds:
                            if blocked >> start & 1:
                                cost += more
                        hoped = feared = cost
                        if taken >> start & 1:
                            hoped, feared = cost + costs.move, cost + costs.drop
                        yield hoped, feared, order, (r, start, weeks, specialist, half)

    def _band(self, b: int) -> int:
        band = self.c.town.bands[b]
        found = 0
        for day in band.days:
            found |= self.c.grid.inner(Interval(day, band.start, band.end))
        return found

    def _occasions(self, k: int, inside: int, length: int) -> Iterator[tuple[int, int, float, int, int]]:
        """(week or 0, starts, cost of the visit, specialist or -1, half or -1)."""
        service = self.c.town.services[k]
        if service.specialist is None:
            yield 0, inside, 0.0, -1, -1
            return
        price = {"here": 0.0, "free": self.costs.visit, "elsewhere": self.costs.specialist}
        for s, person in enumerate(self.c.town.specialists):
            if person.skill != service.specialist:
                continue
            for week, day, id in person.slots:
                h = next(i for i, half in enumerate(self.c.town.halves) if half.id == id)
                half = self.c.town.halves[h]
                starts = inside & stretch_starts(self.c.grid.inner(Interval(day, half.start, half.end)), length)
                if starts:
                    yield week, starts, price[self.travel.standing(person.id, week, day, id, self.c.village)], s, h

    def _masks(self, k: int, r: int, week: int) -> _Masks:
        key = (k, r, week)
        if key not in self.cache:
            self.cache[key] = self._make_masks(k, r, week)
        return self.cache[key]

    def _make_masks(self, k: int, r: int, week: int) -> _Masks:
        service, room, grid = self.c.town.services[k], self.c.rooms[r], self.c.grid
        weeks = [week] if week else range(1, grid.cycle + 1)
        length, setup = grid.length(service.minutes), grid.length(service.setup_minutes)
        busy = noisy = same = 0
        for o in self.week.chosen:
            if o.service == k and (o.space == r or o.specialist >= 0) and set(o.weeks(grid.cycle)) & set(weeks):
                same |= o.runs
        other = {"loud": "quiet", "quiet": "loud"}.get(service.noise)
        for w in weeks:
            busy |= self.week.busy[r, w]
            if other:
                for beside in room.beside:
                    noisy |= self.week.noise[beside, other, w]
        full = 0
        for day in range(7):
            n = max(self.week.per_day[k, day, w] for w in weeks) + self.c.day_count[k, day + 1]
            if service.per_day_max is not None and n >= service.per_day_max:
                full |= mask(day * grid.per_day, grid.per_day)
        n = max(self.week.per_week[k, w] for w in weeks) + self.c.week_count[k]
        if service.per_week_max is not None and n >= service.per_week_max:
            full = mask(0, 7 * grid.per_day)
        short = []
        for skill, count in service.staff.items():
            lacking = 0
            for w in weeks:
                lacking |= self.week.short(skill, count, w)
            short.append((skill, count, _spread(lacking, length, 0)))
        space = self.c.village.spaces[r]
        shut, closed, promised = self._fixed_masks(k, r)
        missing = set(service.requires) - set(space.supports)
        possible = space.area >= service.area and (space.adaptable is None or missing <= set(space.adaptable))
        return _Masks(
            shut=shut,
            closed=closed,
            promised=promised,
            taken=_spread(busy, length, setup),
            noisy=_spread(noisy, length, 0),
            short=tuple(short),
            full=full,
            same=_spread(same, length, setup),
            base=self.costs.support * len(missing) if possible else math.inf,
        )

    def _fixed_masks(self, k: int, r: int) -> tuple[int, int, int]:
        """Starts that meet shut hours, closures, promises: what no session moved about can change."""
        key = (k, r)
        if key not in self.fixed:
            service, room, grid = self.c.town.services[k], self.c.rooms[r], self.c.grid
            length, setup = grid.length(service.minutes), grid.length(service.setup_minutes)
            noise = {"loud": room.loud_no, "quiet": room.quiet_no}.get(service.noise, 0)
            self.fixed[key] = (
                _spread(~room.open & mask(0, 7 * grid.per_day), length, 0),
                _spread(room.closed, length, 0),
                _spread(room.busy, length, setup) | _spread(noise, length, 0),
            )
        return self.fixed[key]

    def _option(self, k: int, r: int, start: int, week: int, specialist: int, half: int) -> Option:
        service, space, grid = self.c.town.services[k], self.c.village.spaces[r], self.c.grid
        day, minute = grid.clock(start)
        time = Interval(day, minute, minute + service.minutes)
        gives = []
        for b in range(len(self.c.town.bands)):
            units = grid.units(person_minutes(self.c.town, service, space, time, b), weekly=week == 0)
            if units:
                gives.append((b, units))
        setup = min(grid.length(service.setup_minutes), start % grid.per_day)
        return Option(
            k, r, start, grid.length(service.minutes), setup, week, specialist, half, tuple(gives), space.step_free()
        )

    def _changes(self, option: Option, g: int) -> tuple[list[str], list[Change]]:
        """The blockers of one start and the changes that remove them, the new session last."""
        blockers: list[str] = []
        changes: list[Change] = []
        service, space = self.c.town.services[option.service], self.c.village.spaces[option.space]
        new = session_of(self.c, option)
        id, time = self.c.village.id, new.time

        def need(kind: Kind, blocker: str, text: str, cost: float, **more: Any) -> None:
            blockers.append(blocker)
            changes.append(Change(kind, id, text, cost, **more))

        missing = tuple(sorted(set(service.requires) - set(space.supports)))
        if missing:
            words = "、".join(missing)
            need("support", f"{space.name}不具备“{words}”", f"给{space.name}配上“{words}”",
                 self.costs.support * len(missing), space=space.id, tags=missing)  # fmt: skip
        if self.c.town.groups[g].ground_floor and not space.step_free():
            need("step_free", f"{space.name}在 {space.floor} 楼，{self.c.town.groups[g].name}上不去",
                 f"给{space.name}装坡道或电梯", self.costs.step_free, space=space.id)  # fmt: skip
        self._opening(option, space, time, need)
        if option.specialist >= 0:
            new = self._visit(option, new, need)
        self._people(option, need)
        self._limits(option, need)
        self._promises(option, space, need)
        self._taken(option, new, blockers, changes)
        changes.append(Change("add", id, f"{stretch(time)} 在{space.name}加一场{service.name}", 0.0, session=new))
        return blockers, changes

    def _opening(self, option: Option, space: Space, time: Interval, need: _Need) -> None:
        room, hours = self.c.rooms[option.space], self.c.grid.minutes / 60
        shut = (option.runs & ~room.open).bit_count()
        if shut or not any(o.covers(time) for o in space.open):
            need("open", f"{space.name}{stretch(time)} 不开放", f"{space.name}延长开放到 {stretch(time)}",
                 self.costs.open_hour * max(1, shut) * hours, space=space.id, time=time)  # fmt: skip
        if option.runs & room.closed:
            need("reopen", f"{space.name}{stretch(time)} 停用", f"{space.name}{stretch(time)} 恢复使用",
                 self.costs.reopen, space=space.id, time=time)  # fmt: skip

    def _visit(self, option: Option, new: Session, need: _Need) -> Session:
        person = self.c.town.specialists[option.specialist]
        half = self.c.town.halves[option.half]
        standing = self.travel.standing(person.id, new.week, new.time.day, half.id, self.c.village)
        when = f"第 {new.week} 周周{'一二三四五六日'[new.time.day - 1]}{half.name}"
        if standing == "free":
            need(
                "visit",
                f"{person.name}{when}没有安排到本村",
                f"请{person.name}{when}来一次",
                self.costs.visit,
                session=new,
            )
        elif standing == "elsewhere":
            new = replace(new, specialist=f"{person.id}+")
            need("specialist", f"{person.name}{when}在别的村或相隔太远", f"另请一位“{person.skill}”{when}来一次",
                 self.costs.specialist, session=new, skill=person.skill, time=new.time, week=new.week)  # fmt: skip
        if standing == "here" and self.week.visitor[visit_key(self.c, option)] & option.runs:
            for other in [
                o for o in self.week.chosen if o.specialist >= 0 and visit_key(self.c, o) == visit_key(self.c, option)
            ]:
                if other.runs & option.runs:
                    s = self.session_at[other]
                    name = self.c.town.services[other.service].name
                    need(
                        "drop",
                        f"{person.name}{when}正在办{name}",
                        f"让出{stretch(s.time)} 的{name}",
                        self.costs.drop,
                        session=s,
                    )
        return new

    def _people(self, option: Option, need: _Need) -> None:
        service, grid = self.c.town.services[option.service], self.c.grid
        for skill, count in service.staff.items():
            missing: dict[int, int] = {}
            for w in self.week.weeks(option):
                free, used = self.c.staff.get(skill), self.week.used[skill, w]
                for slot in bits(option.runs):
                    lack = count - ((free[slot] if free else 0) - used.get(slot, 0))
                    missing[slot] = max(missing.get(slot, 0), lack)
            lacking = [slot for slot, n in missing.items() if n > 0]
            if lacking:
                most = max(missing.values())
                day, first = grid.clock(min(lacking))
                time = Interval(day, first, first + (max(lacking) - min(lacking) + 1) * grid.minutes)
                cost = self.costs.volunteer_hour if skill in self.volunteers else self.costs.staff_hour
                most += self._promised_over(skill, time)
                need("staff", f"{stretch(time)} “{skill}”差 {most} 人", f"{stretch(time)} 增加 {most} 名“{skill}”",
                     cost * most * (time.end - time.start) / 60, time=time, skill=skill, count=most)  # fmt: skip

    def _promised_over(self, skill: str, time: Interval) -> int:
        """People that promises take beyond what is written down: they come first when more people come."""
        worst = 0
        for minute in range(time.start, time.end, self.c.grid.minutes):
            at = Interval(time.day, minute, minute + self.c.grid.minutes)
            taken = sum(
                staff_of_fixed(self.c.town, f).get(skill, 0) for f in self.c.village.fixed if f.time.overlaps(at)
            )
            there = sum(
                e.count for e in self.c.village.staff if e.skill == skill and any(t.covers(at) for t in e.times)
            )
            worst = max(worst, taken - there)
        return worst

    def _limits(self, option: Option, need: _Need) -> None:
        service = self.c.town.services[option.service]
        m = self._masks(option.service, option.space, option.week)
        if m.full >> option.start & 1:
            need(
                "limit",
                f"{service.name}已到规定的场数",
                f"放宽{service.name}的场数上限",
                self.costs.limit,
                service=service.id,
            )

    def _promises(self, option: Option, space: Space, need: _Need) -> None:
        service, room = self.c.town.services[option.service], self.c.rooms[option.space]
        for f in self.c.village.fixed:
            time = self.c.grid.outer(f.time)
            here = f.space == space.id and bool(time & option.occupies)
            beside = any(self.c.village.spaces[b].id == f.space for b in room.beside) and bool(time & option.runs)
            noise = f.noise if f.service is None else self.c.town.service(f.service).noise
            if here or (beside and {noise, service.noise} == {"loud", "quiet"}):
                need("release", f"{stretch(f.time)} 已经答应给“{f.title or f.id}”", f"与“{f.title or f.id}”商量改期",
                     self.costs.release, promise=f.id)  # fmt: skip

    def _taken(self, option: Option, new: Session, blockers: list[str], changes: list[Change]) -> None:
        """Sessions in the way, in the space or next door: moved where an equal place is free, else given up."""
        m = self._masks(option.service, option.space, option.week)
        if not (m.taken | m.noisy) >> option.start & 1:
            return
        gone = {c.session.key() for c in changes if c.kind == "drop" and c.session is not None}
        in_way = [o for o in self.week.chosen if self._in_way(o, option) and self.session_at[o].key() not in gone]
        for other in in_way:
            self.week.remove(other)
        dropped = [o for o in self.week.chosen if self.session_at[o].key() in gone]
        for other in dropped:
            self.week.remove(other)
        self.week.add(option)
        moved: list[Option] = []
        for other in in_way:
            s = self.session_at[other]
            name = self.c.town.services[other.service].name
            space = self.c.village.spaces[other.space].name
            blockers.append(f"{space}{stretch(s.time)} 正在办{name}")
            place = None if s.pinned else self._elsewhere(other)
            if place is None:
                changes.append(
                    Change("drop", s.village, f"让出{space}{stretch(s.time)} 的{name}", self.costs.drop, session=s)
                )
            else:
                to = session_of(self.c, place)
                there = self.c.village.spaces[place.space].name
                text = f"把{space}{stretch(s.time)} 的{name}挪到{there}{stretch(to.time)}"
                changes.append(Change("move", s.village, text, self.costs.move, session=s, to=to))
                self.week.add(place)
                moved.append(place)
        for done in [option, *moved]:
            self.week.remove(done)
        for other in [*in_way, *dropped]:
            self.week.add(other)

    def _in_way(self, other: Option, option: Option) -> bool:
        if not set(other.weeks(self.c.grid.cycle)) & set(option.weeks(self.c.grid.cycle)):
            return False
        if other.space == option.space:
            return bool(other.occupies & option.occupies)
        noises = {self.c.town.services[other.service].noise, self.c.town.services[option.service].noise}
        return (
            noises == {"loud", "quiet"}
            and other.space in self.c.rooms[option.space].beside
            and bool(other.runs & option.runs)
        )

    def _elsewhere(self, other: Option) -> Option | None:
        """A free start that offers the same people at least as much (in the same visit, for a visitor)."""
        service = self.c.town.services[other.service]
        for r, space in enumerate(self.c.village.spaces):
            if set(service.requires) - set(space.supports) or space.area < service.area:
                continue
            if other.step_free and not space.step_free():
                continue
            busy = 0
            for w in self.week.weeks(other):
                busy |= self.week.busy[r, w]
            setup = self.c.grid.length(service.setup_minutes)
            for start in bits(self._free_starts(other, r) & ~_spread(busy, other.length, setup)):
                place = self._option(other.service, r, start, other.week, other.specialist, other.half)
                offers = dict(place.gives)
                if all(offers.get(b, 0) >= units for b, units in other.gives) and self.week.clear(place):
                    return place
        return None

    def _free_starts(self, other: Option, r: int) -> int:
        shut, closed, promised = self._fixed_masks(other.service, r)
        free = mask(0, 7 * self.c.grid.per_day) & ~shut & ~closed & ~promised
        if other.specialist >= 0:
            day = other.start // self.c.grid.per_day + 1
            half = self.c.town.halves[other.half]
            free &= stretch_starts(self.c.grid.inner(Interval(day, half.start, half.end)), other.length)
        else:
            free &= self._same_bands(other)
        return free

    def _same_bands(self, other: Option) -> int:
        found = 0
        for b, _ in other.gives:
            found |= self._band(b)
        return found


def _spread(blocked: int, length: int, setup: int) -> int:
    """Starts whose stretch (set-up before it included) meets a blocked slot."""
    found = 0
    for shift in range(length):
        found |= blocked >> shift
    for shift in range(1, setup + 1):
        found |= blocked << shift
    return found


def option_of(c: Compiled, s: Session) -> Option:
    """The option that a session is, whether or not the rules allow it."""
    k = next(i for i, x in enumerate(c.town.services) if x.id == s.service)
    r = next(i for i, x in enumerate(c.village.spaces) if x.id == s.space)
    service, space, grid = c.town.services[k], c.village.spaces[r], c.grid
    specialist = next((i for i, x in enumerate(c.town.specialists) if x.id == s.specialist), -1)
    half = next((i for i, h in enumerate(c.town.halves) if h.start <= s.time.start and s.time.end <= h.end), -1)
    start = grid.slot(s.time.day, s.time.start)
    gives = tuple(
        (b, units)
        for b in range(len(c.town.bands))
        if (units := grid.units(person_minutes(c.town, service, space, s.time, b), weekly=s.week == 0)) > 0
    )
    setup = min(grid.length(service.setup_minutes), start % grid.per_day)
    return Option(
        k, r, start, grid.length(service.minutes), setup, s.week, specialist, half if specialist >= 0 else -1,
        gives, space.step_free(), s.pinned,
    )  # fmt: skip


def verify(town: Town, plan: Plan, reason: Reason) -> list[str]:
    """Apply the reason's changes and let the independent checker speak; empty when the sentence is true."""
    changed, sessions = apply(town, plan.sessions, reason.changes)
    village = changed.village(reason.village)
    mine = [s for s in sessions if s.village == reason.village]
    faults = [v.text for v in check_village(changed, village, mine)]
    faults += [v.text for v in specialist_violations(changed, sessions)]
    before = offered(town, town.village(reason.village), [s for s in plan.sessions if s.village == reason.village],
                     reason.service, reason.band)  # fmt: skip
    after = offered(changed, village, mine, reason.service, reason.band)
    group = next(g for g in town.groups if g.id == reason.group)
    side = 1 if group.ground_floor else 0
    if after[side] < before[side] + reason.serves - 0.01:
        faults.append(f"只多提供 {after[side] - before[side]:g} 人时，不是 {reason.serves:g}")
    return faults
