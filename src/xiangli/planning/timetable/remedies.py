"""What stands in the way of one session at one start, and the named changes that would clear it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from .changes import Change, Costs, Kind, stretch
from .compiling import Compiled, Option, session_of, staff_of_fixed
from .formulas import visit_key
from .grid import bits, mask, spread, stretch_starts
from .model import Interval, Session, Space
from .occupancy import Week
from .starts import Starts

_Need = Callable[..., None]  # what ``changes`` hands to its helpers: note a blocker and the change that removes it


@dataclass(slots=True)
class Remedies:
    """The changes that one village's week would need for one more session."""

    starts: Starts
    c: Compiled = field(init=False)
    week: Week = field(init=False)
    costs: Costs = field(init=False)

    def __post_init__(self) -> None:
        self.c, self.week, self.costs = self.starts.c, self.starts.week, self.starts.costs

    def changes(self, option: Option, g: int) -> tuple[list[str], list[Change]]:
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
            need("open", f"{space.name}{stretch(time)} 不开放", f"{space.name}延长开放到{stretch(time)}",
                 self.costs.open_hour * max(1, shut) * hours, space=space.id, time=time)  # fmt: skip
        if option.runs & room.closed:
            need("reopen", f"{space.name}{stretch(time)} 停用", f"{space.name}{stretch(time)} 恢复使用",
                 self.costs.reopen, space=space.id, time=time)  # fmt: skip

    def _visit(self, option: Option, new: Session, need: _Need) -> Session:
        person = self.c.town.specialists[option.specialist]
        half = self.c.town.halves[option.half]
        standing = self.starts.travel.standing(person.id, new.week, new.time.day, half.id, self.c.village)
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
                    s = self.starts.session_at[other]
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
                cost = self.costs.volunteer_hour if skill in self.starts.volunteers else self.costs.staff_hour
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
        m = self.starts.masks(option.service, option.space, option.week)
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
        m = self.starts.masks(option.service, option.space, option.week)
        if not (m.taken | m.noisy) >> option.start & 1:
            return
        gone = {c.session.key() for c in changes if c.kind == "drop" and c.session is not None}
        in_way = [
            o for o in self.week.chosen if self._in_way(o, option) and self.starts.session_at[o].key() not in gone
        ]
        for other in in_way:
            self.week.remove(other)
        dropped = [o for o in self.week.chosen if self.starts.session_at[o].key() in gone]
        for other in dropped:
            self.week.remove(other)
        self.week.add(option)
        moved: list[Option] = []
        for other in in_way:
            s = self.starts.session_at[other]
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
            for start in bits(self._free_starts(other, r) & ~spread(busy, other.length, setup)):
                place = self.starts.option(other.service, r, start, other.week, other.specialist, other.half)
                offers = dict(place.gives)
                if all(offers.get(b, 0) >= units for b, units in other.gives) and self.week.clear(place):
                    return place
        return None

    def _free_starts(self, other: Option, r: int) -> int:
        shut, closed, promised = self.starts.fixed_masks(other.service, r)
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
            found |= self.starts.band(b)
        return found
