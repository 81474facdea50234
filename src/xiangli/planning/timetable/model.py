"""The plain data of a town's week: what is there, what is asked for, what was chosen.

Times are minutes since midnight (0–1440), days are 1 (Monday) to 7 (Sunday), needs are person-hours a week.
Weeks: a session with ``week == 0`` is held every week; one brought by a visiting specialist is held in week
1 … ``Rules.cycle_weeks`` of the cycle only. JSON in and out: ``reading.read_town``, ``writing.plan_to_json``;
the format is described in docs/schemas/timetable-input.schema.json and timetable-plan.schema.json.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Noise = Literal["quiet", "normal", "loud"]


@dataclass(frozen=True, slots=True)
class Interval:
    """Half-open stretch of one weekday, in minutes: [start, end)."""

    day: int
    start: int
    end: int

    def overlaps(self, other: Interval) -> bool:
        return self.day == other.day and self.start < other.end and other.start < self.end

    def covers(self, other: Interval) -> bool:
        return self.day == other.day and self.start <= other.start and other.end <= self.end


@dataclass(frozen=True, slots=True)
class Group:
    """A group of residents. ``ground_floor``: is only served on the ground floor or where there is a lift or ramp."""

    id: str
    name: str
    ground_floor: bool = False
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Band:
    """When people can come (for example weekday mornings). Bands do not overlap one another."""

    id: str
    name: str
    days: tuple[int, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Half:
    """A half-day as specialists travel: a visit is one half-day in one village."""

    id: str
    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Service:
    """A service of the catalogue and what one session of it takes.

    seats: people one session serves at most (the space's capacity limits it too). requires: what the space must
    support, all of it. staff: people by skill, all through the session. specialist: the skill of a visiting
    specialist, if only a visit can provide it.
    """

    id: str
    name: str
    minutes: int
    seats: int
    setup_minutes: int = 0
    noise: Noise = "normal"
    requires: tuple[str, ...] = ()
    staff: Mapping[str, int] = field(default_factory=dict)
    specialist: str | None = None
    area: float = 0.0
    per_day_max: int | None = None
    per_week_max: int | None = None
    per_week_min: int = 0


@dataclass(frozen=True, slots=True)
class Specialist:
    """A travelling specialist; ``slots``: (week of the cycle, day, half id) in which a visit is possible."""

    id: str
    name: str
    skill: str
    slots: tuple[tuple[int, int, str], ...]


@dataclass(frozen=True, slots=True)
class Space:
    """A room or court. floor 1 is the ground floor; ``beside``: spaces that hear this one.

    adaptable: tags that money could add to ``supports`` (a cooker, not a ground floor); None: any.
    """

    id: str
    name: str
    capacity: int
    floor: int = 1
    area: float = 0.0
    accessible: bool = False
    supports: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    adaptable: tuple[str, ...] | None = None
    open: tuple[Interval, ...] = ()

    def step_free(self) -> bool:
        """Old people can get there: on the ground floor, or by lift or ramp."""
        return self.floor == 1 or self.accessible


@dataclass(frozen=True, slots=True)
class Staffing:
    """So many people of one skill in the village at these times. kind tells staff from volunteers in reasons."""

    skill: str
    count: int
    times: tuple[Interval, ...]
    kind: Literal["staff", "volunteer"] = "staff"


@dataclass(frozen=True, slots=True)
class Need:
    """Person-hours a week that a group asks for, of a service, in a band."""

    service: str
    group: str
    band: str
    person_hours: float


@dataclass(frozen=True, slots=True)
class Fixed:
    """Something already promised in a space: an activity with sign-ups, or a booking. It never moves.

    With a ``service`` it also meets that service's needs (and its staff come from the service unless given).
    """

    id: str
    title: str
    space: str
    time: Interval
    kind: Literal["activity", "booking"] = "activity"
    service: str | None = None
    noise: Noise = "normal"
    staff: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Closure:
    """A space (or, with ``space`` None, the whole centre) shut for a time inside its opening hours."""

    space: str | None
    time: Interval
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Village:
    id: str
    name: str
    x_km: float = 0.0
    y_km: float = 0.0
    spaces: tuple[Space, ...] = ()
    staff: tuple[Staffing, ...] = ()
    needs: tuple[Need, ...] = ()
    fixed: tuple[Fixed, ...] = ()
    closures: tuple[Closure, ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """What counts, editable by the town.

    tiers: (share of a need, weight of a person-hour), falling weights: the first half of a need counts most.
    fairness: what lifting the village's worst-served group from nothing to everything is worth, as a multiple of
    the village's needs counted at weight 1. visit: whether every village sees a specialist once a cycle
    (``any``), every specialist skill (``each``), or there is no such rule (``none``).
    same_day_km: a specialist's two villages of one day lie at most this far apart.
    """

    tiers: tuple[tuple[float, int], ...] = ((0.5, 10), (0.3, 5), (0.2, 2))
    fairness: float = 2.0
    cycle_weeks: int = 2
    visit: Literal["any", "each", "none"] = "any"
    same_day_km: float = 8.0


@dataclass(frozen=True, slots=True)
class Session:
    """One session of a service in a space. week 0: every week; otherwise in that week of the cycle, by a visitor."""

    village: str
    service: str
    space: str
    time: Interval
    week: int = 0
    specialist: str | None = None
    pinned: bool = False

    def key(self) -> tuple[str, str, str, int, int, int, str]:
        """What makes two sessions the same one, pinned or not."""
        return (
            self.village,
            self.service,
            self.space,
            self.time.day,
            self.time.start,
            self.week,
            self.specialist or "",
        )


@dataclass(frozen=True, slots=True)
class Visit:
    """One half-day of a specialist in a village, in one week of the cycle."""

    specialist: str
    village: str
    week: int
    day: int
    half: str


@dataclass(frozen=True, slots=True)
class Met:
    """How much of a need the plan meets, in person-hours a week (average over the cycle)."""

    village: str
    service: str
    group: str
    band: str
    need: float
    met: float


@dataclass(frozen=True, slots=True)
class Town:
    """One whole input. ``pins``: sessions the plan must contain exactly."""

    id: str
    name: str
    slot_minutes: int
    groups: tuple[Group, ...]
    bands: tuple[Band, ...]
    halves: tuple[Half, ...]
    services: tuple[Service, ...]
    specialists: tuple[Specialist, ...]
    villages: tuple[Village, ...]
    rules: Rules = Rules()
    pins: tuple[Session, ...] = ()

    def service(self, id: str) -> Service:
        return next(s for s in self.services if s.id == id)

    def village(self, id: str) -> Village:
        return next(v for v in self.villages if v.id == id)


@dataclass(frozen=True, slots=True)
class VillageResult:
    """One village's share of the result. bound is None where only the town's bound is known."""

    village: str
    value: int
    met_share: float
    worst_group: str | None
    worst_share: float
    open_hours: float
    used_hours: float


@dataclass(frozen=True, slots=True)
class Plan:
    """A week (and the cycle of visits) for a town, with its proof.

    value and bound are in objective units (see ``scoring``); gap = (bound - value) / bound, 0 is proven optimal.
    status: ``optimal`` (gap 0), ``proven`` (a bound is known), ``unproven`` (no bound), ``interrupted``.
    """

    sessions: tuple[Session, ...]
    visits: tuple[Visit, ...]
    met: tuple[Met, ...]
    value: int
    bound: int | None
    status: str
    villages: tuple[VillageResult, ...]
    worst_share: float
    met_share: float
    continuity: float | None
    seed: int = 0
    workers: int = 1
    work: float | None = None
    seconds: float = 0.0

    @property
    def gap(self) -> float | None:
        """Proven distance to the best possible, as a share of the bound."""
        if self.bound is None:
            return None
        return 0.0 if self.bound <= 0 else max(0.0, (self.bound - self.value) / self.bound)
