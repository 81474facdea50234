"""One solve of a town under way: its limits, the bound and the weeks found so far, and how much may still be spent."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from .engine import MadeWeek
from .linear import Limits
from .model import Town

GRACE = 2.0  # seconds that filling every week may take together though the time is over


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the solve stands. phase: bound, tour, weeks, done; best is None until every village has a week."""

    phase: str
    best: int | None
    bound: int | None
    villages_done: int
    villages: int
    seconds: float

    @property
    def gap(self) -> float | None:
        if not self.best or not self.bound:
            return None
        return max(0.0, (self.bound - self.best) / self.bound)


@dataclass(slots=True)
class Run:
    """One solve under way: limits, what is known so far."""

    town: Town
    seconds: float | None
    work: float | None
    gap: float
    seed: int
    workers: int
    progress: Callable[[Progress], None] | None
    started: float = field(default_factory=time.monotonic)
    bound: int | None = None
    weeks: dict[int, MadeWeek] = field(default_factory=dict)
    own: dict[int, int] = field(default_factory=dict)
    spent: float = 0.0
    interrupted: bool = False
    alone: bool = False  # nobody shares a specialist: the villages' own bounds add up to the town's

    def passed(self) -> float:
        return time.monotonic() - self.started

    @property
    def until(self) -> float | None:
        """When the time is over, on the monotonic clock; None under a work limit."""
        return None if self.work is not None or self.seconds is None else self.started + self.seconds

    def within(self, part: float, spare: float = 0.0) -> Limits:
        """For tasks that are no search: done by the time when this part of what is left is over.

        spare: part of all the seconds that has to be left then, but no more of them than filling the weeks may need.
        """
        if self.until is None or self.seconds is None:
            return Limits()
        rest = max((1 - part) * max(0.0, self.left()), min(spare * self.seconds, GRACE + 1.0))
        return Limits(until=self.until - rest)

    def left(self) -> float:
        """Wall seconds left (infinite under a work limit)."""
        return float("inf") if self.seconds is None else self.seconds - self.passed()

    def exhausted(self) -> bool:
        return self.left() < 0.3 if self.work is None else self.spent >= 0.99 * self.work

    def share(self, n: int, part: float, gap: float, seed: int) -> Limits:
        """Limits for each of ``n`` tasks that together may use this part of what is left."""
        if self.work is not None:
            return Limits(max(0.01, part * (self.work - self.spent) / n), None, gap, seed)
        seconds = min(max(1.5, part * self.left() * self.workers / n), max(0.3, self.left()))
        return Limits(None, seconds, gap, seed, until=self.until)

    def value(self) -> int | None:
        if len(self.weeks) < len(self.town.villages):
            return None
        return sum(w.value for w in self.weeks.values())

    def good(self) -> bool:
        value = self.value()
        return value is not None and self.bound is not None and self.bound - value <= self.gap * self.bound

    def tighten(self, bound: float) -> None:
        whole = int(bound + 1e-6)
        self.bound = whole if self.bound is None else min(self.bound, whole)

    def tell(self, phase: str) -> None:
        if self.progress is not None:
            solved = sum(w.solved for w in self.weeks.values())
            self.progress(Progress(phase, self.value(), self.bound, solved, len(self.town.villages), self.passed()))

    def take(self, made: MadeWeek) -> None:
        self.spent += made.work
        old = self.weeks.get(made.village)
        if old is None or made.value > old.value or (made.solved and not old.solved and made.value == old.value):
            self.weeks[made.village] = made
        if made.bound is not None:
            self.own[made.village] = min(made.bound, self.own.get(made.village, made.bound))
        if self.alone and len(self.own) == len(self.town.villages):
            self.tighten(sum(self.own.values()))
