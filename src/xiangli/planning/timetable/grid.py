"""The week cut into slots, from Monday midnight, and sets of slots as bit masks in Python integers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .model import Interval, Town


@dataclass(frozen=True, slots=True)
class Grid:
    """The week cut into slots. Openings are rounded inwards, what occupies is rounded outwards."""

    minutes: int
    cycle: int

    @property
    def per_day(self) -> int:
        return 1440 // self.minutes

    def slot(self, day: int, minute: int) -> int:
        return (day - 1) * self.per_day + minute // self.minutes

    def clock(self, slot: int) -> tuple[int, int]:
        """(day, minute) of a slot's start."""
        return slot // self.per_day + 1, slot % self.per_day * self.minutes

    def length(self, minutes: int) -> int:
        return -(-minutes // self.minutes)

    def inner(self, time: Interval) -> int:
        """Mask of the slots wholly inside."""
        base = (time.day - 1) * self.per_day
        first, last = -(-time.start // self.minutes), time.end // self.minutes
        return mask(base + first, last - first)

    def outer(self, time: Interval) -> int:
        """Mask of the slots touched."""
        base = (time.day - 1) * self.per_day
        first, last = time.start // self.minutes, -(-time.end // self.minutes)
        return mask(base + first, last - first)

    def units(self, person_minutes: float, weekly: bool) -> int:
        """Whole units of person-time; a visitor's session happens once a cycle, a weekly one every week."""
        return int(person_minutes * (self.cycle if weekly else 1) / self.minutes + 1e-9)

    def hours(self, units: float) -> float:
        """Person-hours a week, average over the cycle, of so many units."""
        return units * self.minutes / 60 / self.cycle


def grid_of(town: Town) -> Grid:
    return Grid(town.slot_minutes, town.rules.cycle_weeks)


def mask(start: int, length: int) -> int:
    return ((1 << length) - 1) << start if length > 0 else 0


def bits(value: int) -> Iterator[int]:
    while value:
        low = value & -value
        yield low.bit_length() - 1
        value ^= low


def stretch_starts(free: int, length: int) -> int:
    """Starts of stretches of so many free slots."""
    starts = free
    for shift in range(1, length):
        starts &= free >> shift
    return starts


def spread(blocked: int, length: int, setup: int) -> int:
    """Starts whose stretch (set-up before it included) meets a blocked slot."""
    found = 0
    for shift in range(length):
        found |= blocked >> shift
    for shift in range(1, setup + 1):
        found |= blocked << shift
    return found
