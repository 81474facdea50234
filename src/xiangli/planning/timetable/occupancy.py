"""A village's week being filled: what stands in the way of one more session, and a quick way to fill what is left.

Used to finish the solver's weeks, to explain shortfalls and to check a change made by hand, so it must be fast:
every question is a few operations on bit masks. It shares the compiled village with the models; the independent
checker (``checking``) does not.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from .compiling import Compiled, Option, mask
from .formulas import VisitKey, visit_key
from .scoring import tier_sizes, village_value

MetUnits = dict[tuple[int, int, int], int]


@dataclass(slots=True)
class Week:
    """Sessions chosen so far. Masks are per week of the cycle: [space][week], skill -> [week] -> people per slot."""

    c: Compiled
    chosen: list[Option] = field(default_factory=list)
    busy: dict[tuple[int, int], int] = field(default_factory=lambda: defaultdict(int))
    noise: dict[tuple[int, str, int], int] = field(default_factory=lambda: defaultdict(int))
    used: dict[tuple[str, int], dict[int, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    full: dict[tuple[str, int, int], int] = field(default_factory=dict)
    visitor: dict[VisitKey, int] = field(default_factory=lambda: defaultdict(int))
    per_day: dict[tuple[int, int, int], int] = field(default_factory=lambda: defaultdict(int))
    per_week: dict[tuple[int, int], int] = field(default_factory=lambda: defaultdict(int))

    def weeks(self, option: Option) -> range:
        return option.weeks(self.c.grid.cycle)

    def add(self, option: Option) -> None:
        self._book(option, 1)
        self.chosen.append(option)

    def remove(self, option: Option) -> None:
        self.chosen.remove(option)
        self._book(option, -1)

    def _book(self, option: Option, sign: int) -> None:
        service = self.c.town.services[option.service]
        day = option.start // self.c.grid.per_day
        for week in self.weeks(option):
            self.busy[option.space, week] ^= option.occupies
            if service.noise != "normal":
                self.noise[option.space, service.noise, week] ^= option.runs
            for skill, count in service.staff.items():
                people = self.used[skill, week]
                for slot in range(option.start, option.start + option.length):
                    people[slot] += sign * count
                for key in [k for k in self.full if k[0] == skill and k[2] == week]:
                    del self.full[key]
            self.per_day[option.service, day, week] += sign
            self.per_week[option.service, week] += sign
        if option.specialist >= 0:
            self.visitor[visit_key(self.c, option)] ^= option.runs

    def short(self, skill: str, count: int, week: int) -> int:
        """Mask of the slots in which fewer than ``count`` people of a skill are left."""
        key = (skill, count, week)
        if key not in self.full:
            free, used = self.c.staff.get(skill), self.used[skill, week]
            slots = 7 * self.c.grid.per_day
            self.full[key] = (
                mask(0, slots)
                if free is None
                else sum(1 << t for t in range(slots) if free[t] - used.get(t, 0) < count)
            )
        return self.full[key]

    def clear(self, option: Option) -> bool:
        """Nothing stands in the way of one more session (the specialist's visit itself is not asked about)."""
        service = self.c.town.services[option.service]
        runs, day = option.runs, option.start // self.c.grid.per_day
        for week in self.weeks(option):
            if self.busy[option.space, week] & option.occupies:
                return False
            if any(self.short(skill, n, week) & runs for skill, n in service.staff.items()):
                return False
            if service.noise != "normal":
                other = "quiet" if service.noise == "loud" else "loud"
                if any(self.noise[b, other, week] & runs for b in self.c.rooms[option.space].beside):
                    return False
            if service.per_day_max is not None and (
                self.per_day[option.service, day, week] + self.c.day_count[option.service, day + 1]
                >= service.per_day_max
            ):
                return False
            if service.per_week_max is not None and (
                self.per_week[option.service, week] + self.c.week_count[option.service] >= service.per_week_max
            ):
                return False
        return option.specialist < 0 or not self.visitor[visit_key(self.c, option)] & runs


@dataclass(slots=True)
class Shares:
    """Who gets the person-time that the sessions offer: units met per need, and what is left of the offer."""

    c: Compiled
    met: MetUnits
    left: dict[tuple[int, int], int]
    left_free: dict[tuple[int, int], int]

    @classmethod
    def of(cls, c: Compiled, options: Iterable[Option], met: MetUnits | None = None) -> Shares:
        left: dict[tuple[int, int], int] = defaultdict(int)
        free: dict[tuple[int, int], int] = defaultdict(int)
        for key, (every, step_free) in c.given.items():
            left[key] += every
            free[key] += step_free
        for option in options:
            for b, units in option.gives:
                left[option.service, b] += units
                free[option.service, b] += units if option.step_free else 0
        shares = cls(c, dict(met or {}), left, free)
        for (k, g, b), units in shares.met.items():
            shares._use(k, g, b, units)
        if met is None:
            for k, b in list(left):
                shares.pour(k, b)
        return shares

    def _use(self, k: int, g: int, b: int, units: int) -> None:
        self.left[k, b] -= units
        if self.c.town.groups[g].ground_floor:
            self.left_free[k, b] -= units

    def pour(self, k: int, b: int) -> None:
        """Hand what is left out, to the most valuable part of the most underserved need first."""
        groups = self.c.needs.get((k, b), {})
        pieces = []
        for g, need in groups.items():
            start = 0
            for size, (_, weight) in zip(tier_sizes(self.c.town.rules, need), self.c.town.rules.tiers, strict=True):
                pieces.append(
                    (-weight * self.c.town.groups[g].weight, not self.c.town.groups[g].ground_floor, g, start + size)
                )
                start += size
        for _, _, g, upto in sorted(pieces):
            room = self.left[k, b]
            if self.c.town.groups[g].ground_floor:
                room = min(room, self.left_free[k, b])
            step = min(room, upto - self.met.get((k, g, b), 0))
            if step > 0:
                self.met[k, g, b] = self.met.get((k, g, b), 0) + step
                self._use(k, g, b, step)

    def gain(self, option: Option) -> int:
        """Value of one more session, the worst-group term left out."""
        total = 0
        for b, units in option.gives:
            k, room = option.service, units + self.left[option.service, b]
            pieces = []
            for g, need in self.c.needs.get((k, b), {}).items():
                if self.c.town.groups[g].ground_floor and not option.step_free:
                    continue
                met = self.met.get((k, g, b), 0)
                for size, (_, weight) in zip(tier_sizes(self.c.town.rules, need), self.c.town.rules.tiers, strict=True):
                    part = max(0, size - met)
                    met = max(0, met - size)
                    if part:
                        pieces.append((weight * self.c.town.groups[g].weight, part))
            for weight, part in sorted(pieces, reverse=True):
                step = min(part, room)
                total += step * weight
                room -= step
        return total

    def add(self, option: Option) -> None:
        for b, units in option.gives:
            self.left[option.service, b] += units
            self.left_free[option.service, b] += units if option.step_free else 0
            self.pour(option.service, b)

    def idle(self, option: Option) -> bool:
        """The session could be dropped and every need would be met as far as before."""
        return all(
            self.left[option.service, b] >= units
            and (not option.step_free or self.left_free[option.service, b] >= units)
            for b, units in option.gives
        )

    def drop(self, option: Option) -> None:
        for b, units in option.gives:
            self.left[option.service, b] -= units
            self.left_free[option.service, b] -= units if option.step_free else 0

    def value(self) -> int:
        return village_value(
            self.c.town,
            (
                (g, need, self.met.get((k, g, b), 0))
                for (k, b), groups in self.c.needs.items()
                for g, need in groups.items()
            ),
        )


def fill(week: Week, shares: Shares, options: Iterable[Option], until: float | None = None) -> None:
    """Add sessions, most valuable first, until none that fits serves anybody any more (lazy greedy).

    until: moment of the monotonic clock at which it ends early.
    """
    import heapq

    known: dict[int, dict[object, int]] = {}  # gains of a service's sessions, until one of them is added

    def gain(option: Option) -> int:
        gains = known.setdefault(option.service, {})
        alike = option.step_free, option.gives
        if alike not in gains:
            gains[alike] = shares.gain(option)
        return gains[alike]

    heap = [(-gain(o), i, o) for i, o in enumerate(options)]
    heapq.heapify(heap)
    while heap and (until is None or time.monotonic() < until):
        promised, i, option = heapq.heappop(heap)
        if promised >= 0:
            break
        if not week.clear(option):
            continue
        now = -gain(option)
        if heap and now > heap[0][0]:
            heapq.heappush(heap, (now, i, option))
            continue
        if now < 0:
            week.add(option)
            shares.add(option)
            known.pop(option.service)


def trim(week: Week, shares: Shares, needed: int = 0) -> None:
    """Drop sessions that serve nobody; pinned ones and the least a service must offer stay."""
    cycle = week.c.grid.cycle
    for option in sorted(week.chosen, key=lambda o: sum(u for _, u in o.gives)):
        least = week.c.town.services[option.service].per_week_min
        others = min(week.per_week[option.service, w] for w in range(1, cycle + 1))
        last_of_visit = option.specialist >= 0 and week.visitor[visit_key(week.c, option)] == option.runs
        if option.pinned or last_of_visit or (least and others <= least) or not shares.idle(option):
            continue
        week.remove(option)
        shares.drop(option)
