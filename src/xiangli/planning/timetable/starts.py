"""Starts that would serve a need, and what each would meet in the week as it is, read off bit masks."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from .changes import Costs
from .compiling import Compiled, Option, option_of, person_minutes
from .grid import bits, mask, spread, stretch_starts
from .model import Interval, Session
from .occupancy import Week
from .travel import Travel

Place = tuple[int, int, int, int, int]  # space, start, week, specialist, half
Start = tuple[float, float, int, Place]  # cost if what is in the way can move, if it cannot; order; place


@dataclass(frozen=True, slots=True)
class Masks:
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
class Starts:
    """One village's week, ready to be asked where one more session could go."""

    c: Compiled
    sessions: list[Session]
    travel: Travel
    costs: Costs
    week: Week = field(init=False)
    session_at: dict[Option, Session] = field(default_factory=dict)
    cache: dict[tuple[int, int, int], Masks] = field(default_factory=dict)
    fixed: dict[tuple[int, int], tuple[int, int, int]] = field(default_factory=dict)
    volunteers: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.week = Week(self.c)
        for s in self.sessions:
            option = option_of(self.c, s)
            self.session_at[option] = s
            self.week.add(option)
        self.volunteers = {e.skill for e in self.c.village.staff if e.kind == "volunteer"}

    def serving(self, k: int, g: int, b: int) -> Iterator[Start]:
        """Every start that would serve the group in the band, with its rough cost.

        A start that would only push out a session of the same service is none: it serves nobody more.
        """
        service, grid, order = self.c.town.services[k], self.c.grid, 0
        length = grid.length(service.minutes)
        inside = stretch_starts(self.band(b), length) or self.band(b)
        costs = self.costs
        for weeks, starts, visiting, specialist, half in self._occasions(k, inside, length):
            for r, space in enumerate(self.c.village.spaces):
                m = self.masks(k, r, weeks)
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

    def band(self, b: int) -> int:
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

    def masks(self, k: int, r: int, week: int) -> Masks:
        key = (k, r, week)
        if key not in self.cache:
            self.cache[key] = self._make_masks(k, r, week)
        return self.cache[key]

    def _make_masks(self, k: int, r: int, week: int) -> Masks:
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
            short.append((skill, count, spread(lacking, length, 0)))
        space = self.c.village.spaces[r]
        shut, closed, promised = self.fixed_masks(k, r)
        missing = set(service.requires) - set(space.supports)
        possible = space.area >= service.area and (space.adaptable is None or missing <= set(space.adaptable))
        return Masks(
            shut=shut,
            closed=closed,
            promised=promised,
            taken=spread(busy, length, setup),
            noisy=spread(noisy, length, 0),
            short=tuple(short),
            full=full,
            same=spread(same, length, setup),
            base=self.costs.support * len(missing) if possible else math.inf,
        )

    def fixed_masks(self, k: int, r: int) -> tuple[int, int, int]:
        """Starts that meet shut hours, closures, promises: what no session moved about can change."""
        key = (k, r)
        if key not in self.fixed:
            service, room, grid = self.c.town.services[k], self.c.rooms[r], self.c.grid
            length, setup = grid.length(service.minutes), grid.length(service.setup_minutes)
            noise = {"loud": room.loud_no, "quiet": room.quiet_no}.get(service.noise, 0)
            self.fixed[key] = (
                spread(~room.open & mask(0, 7 * grid.per_day), length, 0),
                spread(room.closed, length, 0),
                spread(room.busy, length, setup) | spread(noise, length, 0),
            )
        return self.fixed[key]

    def option(self, k: int, r: int, start: int, week: int, specialist: int, half: int) -> Option:
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
