"""Where each specialist is, half-day by half-day, and whether one could come."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from .model import Session, Town, Village
from .reporting import visits_of


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
