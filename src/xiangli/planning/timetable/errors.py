"""What can be wrong with a timetable's input, said so that a village accountant can act on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason why an input is refused.

    code: stable word for programs (``no_space``, ``window_too_short``, ``pins_collide`` …); where: path or ids;
    text: one Chinese sentence; village and service name what it concerns, where that is known.
    """

    code: str
    where: str
    text: str
    village: str | None = None
    service: str | None = None


class TimetableError(ValueError):
    """The input cannot be planned; ``problems`` lists every reason found, not only the first."""

    def __init__(self, problems: Sequence[Problem] | str) -> None:
        if isinstance(problems, str):
            problems = [Problem("input", "", problems)]
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("；".join(p.text for p in self.problems[:20]) + ("……" if len(self.problems) > 20 else ""))


class NoPlanFound(TimetableError):
    """The work limit ran out before any valid plan was found, or the hard rules contradict one another."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule: a stable code, the village, and a Chinese sentence."""

    code: str
    village: str
    text: str
