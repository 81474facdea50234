"""From a village's plain data to options on the grid: every session that the rules allow on its own.

Slots run through the week from Monday midnight; occupation is kept in Python integers as bit masks, one bit a
slot, so that "is this stretch free" is one ``and``. Person-hours are counted in whole units of one person for
one slot in one week of the cycle: a weekly session counts ``cycle_weeks`` times as much as a visitor's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from .grid import Grid, bits, grid_of, mask, stretch_starts
from .model import Band, Fixed, Half, Interval, Service, Session, Space, Specialist, Town, Village

SessionKey = tuple[str, str, str, int, int, int, str]


@dataclass(frozen=True, slots=True, eq=False)
class Option:
    """One session that could be held. Compared by identity: they stand in sets and lists that must be fast.
    Indices point into the town's services and the village's spaces.

       week 0 and specialist -1: weekly. ``gives``: (band index, units of person-time) it offers.
    """

    service: int
    space: int
    start: int
    length: int
    setup: int
    week: int
    specialist: int
    half: int
    gives: tuple[tuple[int, int], ...]
    step_free: bool
    pinned: bool = False

    def weeks(self, cycle: int) -> range:
        return range(self.week, self.week + 1) if self.week else range(1, cycle + 1)

    @property
    def occupies(self) -> int:
        return mask(self.start - self.setup, self.length + self.setup)

    @property
    def runs(self) -> int:
        return mask(self.start, self.length)


@dataclass(slots=True)
class Room:
    """One space on the grid. loud_no / quiet_no: slots where a promised activity next door forbids the noise."""

    space: Space
    open: int = 0
    closed: int = 0
    busy: int = 0
    loud_no: int = 0
    quiet_no: int = 0
    beside: list[int] = field(default_factory=list)

    @property
    def usable(self) -> int:
        return self.open & ~self.closed


@dataclass(slots=True)
class Compiled:
    """One village ready for the models. needs: (service, band) -> {group: units}; staff: skill -> people per slot."""

    town: Town
    village: Village
    grid: Grid
    rooms: list[Room]
    staff: dict[str, list[int]]
    needs: dict[tuple[int, int], dict[int, int]]
    given: dict[tuple[int, int], tuple[int, int]]
    options: list[Option]
    day_count: dict[tuple[int, int], int]
    week_count: dict[int, int]

    @property
    def need_by_group(self) -> dict[int, int]:
        total: dict[int, int] = defaultdict(int)
        for groups in self.needs.values():
            for g, units in groups.items():
                total[g] += units
        return dict(total)


def fits(service: Service, space: Space) -> bool:
    """The space has what the service requires, apart from time."""
    return set(service.requires) <= set(space.supports) and space.area >= service.area and space.capacity > 0


def rooms_of(town: Town, village: Village, grid: Grid) -> list[Room]:
    index: dict[str, int] = {s.id: i for i, s in enumerate(village.spaces)}
    rooms = [Room(s) for s in village.spaces]
    for i, room in enumerate(rooms):
        for time in room.space.open:
            room.open |= grid.inner(time)
        for name in room.space.beside:
            for a, b in ((i, index[name]), (index[name], i)):
                if b not in rooms[a].beside and a != b:
                    rooms[a].beside.append(b)
    for closure in village.closures:
        for room in rooms if closure.space is None else [rooms[index[closure.space]]]:
            room.closed |= grid.outer(closure.time)
    for promised in village.fixed:
        room = rooms[index[promised.space]]
        taken = grid.outer(promised.time)
        room.busy |= taken
        noise = noise_of(town, promised)
        for other in room.beside:
            if noise == "quiet":
                rooms[other].loud_no |= taken
            elif noise == "loud":
                rooms[other].quiet_no |= taken
    return rooms


def noise_of(town: Town, promised: Fixed) -> str:
    return promised.noise if promised.service is None else town.service(promised.service).noise


def staff_of(town: Town, village: Village, grid: Grid) -> dict[str, list[int]]:
    """People free per skill and slot, what is promised already taken off (never below 0)."""
    free: dict[str, list[int]] = defaultdict(lambda: [0] * (7 * grid.per_day))
    for entry in village.staff:
        inside = 0
        for time in entry.times:
            inside |= grid.inner(time)
        for slot in bits(inside):
            free[entry.skill][slot] += entry.count
    for promised in village.fixed:
        for skill, count in staff_of_fixed(town, promised).items():
            for slot in bits(grid.outer(promised.time)):
                free[skill][slot] = max(0, free[skill][slot] - count)
    return dict(free)


def staff_of_fixed(town: Town, promised: Fixed) -> dict[str, int]:
    if promised.staff or promised.service is None:
        return dict(promised.staff)
    return dict(town.service(promised.service).staff)


def person_minutes(town: Town, service: Service, space: Space, time: Interval, band: int) -> int:
    """What a session offers in a band: seats (or the space's capacity) times minutes inside the band."""
    b = town.bands[band]
    if time.day not in b.days:
        return 0
    return min(service.seats, space.capacity) * max(0, min(time.end, b.end) - max(time.start, b.start))


def needs_of(town: Town, village: Village, grid: Grid) -> dict[tuple[int, int], dict[int, int]]:
    service = {x.id: i for i, x in enumerate(town.services)}
    group = {x.id: i for i, x in enumerate(town.groups)}
    band = {x.id: i for i, x in enumerate(town.bands)}
    found: dict[tuple[int, int], dict[int, int]] = defaultdict(dict)
    for need in village.needs:
        units = grid.units(need.person_hours * 60, weekly=True)
        if units > 0:
            found[service[need.service], band[need.band]][group[need.group]] = units
    return dict(found)


def compile_village(
    town: Town, village: Village, *, with_options: bool = True, of: Collection[int] | None = None
) -> Compiled:
    """Everything the models need to know about one village, with all options that could serve anybody.

    of: indices of the services whose options are wanted (None: all).
    """
    grid = grid_of(town)
    service_index = {s.id: i for i, s in enumerate(town.services)}
    space_index = {s.id: i for i, s in enumerate(village.spaces)}
    result = Compiled(
        town, village, grid, rooms_of(town, village, grid), staff_of(town, village, grid),
        needs_of(town, village, grid), {}, [], defaultdict(int), defaultdict(int),
    )  # fmt: skip
    for promised in village.fixed:
        if promised.service is not None:
            _count_promised(result, promised, service_index[promised.service], space_index[promised.space])
    if not with_options:
        return result
    pins = {p.key() for p in town.pins if p.village == village.id}
    services = range(len(town.services)) if of is None else sorted(of)
    pairs = [(k, r) for k in services for r, space in enumerate(village.spaces) if fits(town.services[k], space)]
    for k, r in pairs:
        result.options += _options(result, k, r, pins)
    if town.rules.visit != "none":
        _visits_without_need(result, pairs, pins)
    return result


def _visits_without_need(c: Compiled, pairs: list[tuple[int, int]], pins: set[SessionKey]) -> None:
    """A village that asks for no visitor's service is still visited: any session of a due skill will do."""
    skills = {s.skill for s in c.town.specialists}
    seen = {c.town.specialists[o.specialist].skill for o in c.options if o.specialist >= 0}
    due = skills - seen if c.town.rules.visit == "each" else set() if seen else skills
    for k, r in pairs:
        if c.town.services[k].specialist in due:
            c.options += _options(c, k, r, pins, anyhow=True)


def _count_promised(result: Compiled, promised: Fixed, k: int, r: int) -> None:
    result.day_count[k, promised.time.day] += 1
    result.week_count[k] += 1
    space = result.village.spaces[r]
    for b in range(len(result.town.bands)):
        minutes = person_minutes(result.town, result.town.services[k], space, promised.time, b)
        units = result.grid.units(minutes, weekly=True)
        if units:
            every, step_free = result.given.get((k, b), (0, 0))
            result.given[k, b] = (every + units, step_free + (units if space.step_free() else 0))


def allowed_starts(c: Compiled, k: int, r: int) -> int:
    """Mask of starts at which the space is open, free of promises and quiet or loud enough, and staff are enough."""
    service, room, grid = c.town.services[k], c.rooms[r], c.grid
    free = room.usable & ~room.busy
    if service.noise == "loud":
        free &= ~room.loud_no
    elif service.noise == "quiet":
        free &= ~room.quiet_no
    for skill, count in service.staff.items():
        people = c.staff.get(skill, ())
        free &= sum(1 << t for t, n in enumerate(people) if n >= count)
    starts = stretch_starts(free, grid.length(service.minutes))
    for back in range(1, grid.length(service.setup_minutes) + 1):
        starts &= ~(room.busy << back)
    return starts


def _options(c: Compiled, k: int, r: int, pins: set[SessionKey], anyhow: bool = False) -> Iterator[Option]:
    service, space, grid = c.town.services[k], c.village.spaces[r], c.grid
    wanted = {b for b in range(len(c.town.bands)) if (k, b) in c.needs and _anybody(c, c.needs[k, b], space)}
    length, setup = grid.length(service.minutes), grid.length(service.setup_minutes)
    seats, step_free = min(service.seats, space.capacity), space.step_free()
    asked = bool(service.per_week_min) or anyhow
    inside = _inside(c.town.bands, grid, service.minutes)
    occasions = _occasions(c.town.halves, c.town.specialists, grid, service.specialist, service.minutes)
    for start in bits(allowed_starts(c, k, r)):
        day, minute = grid.clock(start)
        if minute + service.minutes > 1440:
            continue
        bands = [(b, seats * minutes) for b, minutes in inside[start] if b in wanted]
        for week, specialist, half in occasions[start]:
            gives = tuple([(b, units) for b, m in bands if (units := grid.units(m, weekly=week == 0)) > 0])
            pinned = False
            if pins:
                who = c.town.specialists[specialist].id if specialist >= 0 else ""
                pinned = (c.village.id, service.id, space.id, day, minute, week, who) in pins
            if gives or pinned or asked:
                before = min(setup, start % grid.per_day)
                yield Option(k, r, start, length, before, week, specialist, half, gives, step_free, pinned)


def _anybody(c: Compiled, groups: dict[int, int], space: Space) -> bool:
    return space.step_free() or any(not c.town.groups[g].ground_floor for g in groups)


@lru_cache(maxsize=64)
def _inside(bands: tuple[Band, ...], grid: Grid, minutes: int) -> list[list[tuple[int, int]]]:
    """For a session of so many minutes from each slot: (band index, minutes of it inside the band)."""
    found = []
    for start in range(7 * grid.per_day):
        day, first = grid.clock(start)
        last = first + minutes
        times = [(b, min(last, x.end) - max(first, x.start)) for b, x in enumerate(bands) if day in x.days]
        found.append([(b, inside) for b, inside in times if inside > 0])
    return found


@lru_cache(maxsize=64)
def _occasions(
    halves: tuple[Half, ...], specialists: tuple[Specialist, ...], grid: Grid, skill: str | None, minutes: int
) -> list[list[tuple[int, int, int]]]:
    """For a session from each slot, (week, specialist, half): once for a weekly one, else for each visit around it."""
    if skill is None:
        return [[(0, -1, -1)]] * (7 * grid.per_day)
    found = []
    for start in range(7 * grid.per_day):
        day, first = grid.clock(start)
        found.append(
            [
                (week, s, h)
                for h, half in enumerate(halves)
                if half.start <= first and first + minutes <= half.end
                for s, specialist in enumerate(specialists)
                if specialist.skill == skill
                for week, at, id in specialist.slots
                if at == day and id == half.id
            ]
        )
    return found


def session_of(c: Compiled, option: Option) -> Session:
    day, minute = c.grid.clock(option.start)
    service = c.town.services[option.service]
    return Session(
        village=c.village.id,
        service=service.id,
        space=c.village.spaces[option.space].id,
        time=Interval(day, minute, minute + service.minutes),
        week=option.week,
        specialist=c.town.specialists[option.specialist].id if option.specialist >= 0 else None,
        pinned=option.pinned,
    )


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
