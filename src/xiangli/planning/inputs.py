"""From the rows of the rooms to the input of the timetable engine. Pure: it reads attributes and asks no database.

What a service takes beyond time is told to the engine as tags that a space must all have: the service itself, the
equipment (厨房), and 一楼 for what must be on the ground floor. People who may come at any time of day are divided over
the bands in proportion to the hours in which the service could be held at all: they come when it is there.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xiangli.planning.hours import clock, overlap
from xiangli.planning.promises import Promised
from xiangli.planning.timetable.reading import INPUT_FORMAT

EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]
BANDS = {
    "morning": ("上午", 6 * 60, 12 * 60),
    "afternoon": ("下午", 12 * 60, 18 * 60),
    "evening": ("晚上", 18 * 60, 22 * 60),
}
HALVES = {"am": ("上午", 8 * 60, 12 * 60), "pm": ("下午", 14 * 60, 18 * 60), "ev": ("晚上", 18 * 60, 21 * 60)}
EVERYBODY = "全体"
GROUND_FLOOR = "一楼"
OLD = re.compile(r"老|残疾|行动不便|^[6-9]\d(?!\d)")  # groups that must not be asked to climb stairs

SLOT_MINUTES = 60
NOTHING_PROMISED = Promised()


@dataclass(frozen=True, slots=True)
class Leftover:
    """A need that cannot go into the timetable because it names no service of the catalogue."""

    place: str
    label: str
    person_hours: float


def timetable_input(
    *,
    town: Any,
    villages: Iterable[Any],
    services: Iterable[Any],
    spaces: Mapping[int, Sequence[Any]],
    needs: Mapping[int, Sequence[Any]],
    staffing: Mapping[int, Sequence[Any]],
    specialists: Sequence[Any],
    hours: Sequence[Mapping[str, Any]],
    promised: Promised = NOTHING_PROMISED,
) -> tuple[dict[str, Any], list[Leftover]]:
    """The engine's input for one town, and the needs that have no service.

    ``spaces`` (with ``supports`` prefetched), ``needs`` and ``staffing`` are keyed by the village's primary key. A need
    counts once: its groups or everybody, never both (``surveys.queries.needs_of``). Ids in the result: primary keys as
    text for villages, spaces and specialists; keys of the catalogue for services; names for groups.
    """
    services = list(services)
    by_pk = {service.pk: service for service in services}
    by_key = {service.key for service in services}
    leftovers: list[Leftover] = []
    rows, groups = [], set()
    for village in villages:
        rooms = [space for space in spaces.get(village.pk, ()) if not space.office_use]
        staff = staffing.get(village.pk, ())
        asked = []
        for need in needs.get(village.pk, ()):
            if need.service_id is None:
                leftovers.append(Leftover(village.name, need.label, need.person_hours))
            elif need.service_id in by_pk and need.person_hours > 0:
                asked += _needs(need, by_pk[need.service_id], rooms, staff, specialists, hours)
        groups |= {row["group"] for row in asked}
        rows.append(
            {
                "id": str(village.pk), "name": village.name, "spaces": _spaces(rooms, hours), "needs": asked,
                "staff": [_staffing(row) for row in staff], **_promised(rooms, promised, by_key),
            }
        )  # fmt: skip
    data = {
        "format": INPUT_FORMAT,
        "town": {"id": str(town.pk), "name": town.name},
        "slot_minutes": SLOT_MINUTES,
        "groups": [{"id": name, "name": name, "ground_floor": bool(OLD.search(name))} for name in sorted(groups)],
        "bands": [
            {"id": id, "name": name, "days": EVERY_DAY, **_stretch(start, end)}
            for id, (name, start, end) in BANDS.items()
        ],
        "halves": [{"id": id, "name": name, **_stretch(start, end)} for id, (name, start, end) in HALVES.items()],
        "services": [_service(service) for service in services],
        "specialists": [_specialist(row) for row in specialists],
        "villages": rows,
        "rules": {"visit": "any" if specialists else "none"},
    }  # fmt: skip
    return data, leftovers


def _needs(need: Any, service: Any, rooms: Sequence[Any], staff: Sequence[Any], specialists: Sequence[Any],
           hours: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:  # fmt: skip
    """One need as rows of the engine, one for each band in which it counts."""
    shares = {need.band: 1.0} if need.band in BANDS else _shares(service, rooms, staff, specialists, hours)
    row = {"service": service.key, "group": need.group or EVERYBODY}
    return [
        {**row, "band": band, "person_hours": round(need.person_hours * share, 2)}
        for band, share in shares.items()
        if need.person_hours * share >= 0.01
    ]


def _shares(service: Any, rooms: Sequence[Any], staff: Sequence[Any], specialists: Sequence[Any],
            hours: Sequence[Mapping[str, Any]]) -> dict[str, float]:  # fmt: skip
    """The bands by the hours in which the service could be held; equal parts where it could be held in none."""
    open_for: dict[str, int] = defaultdict(int)
    if any(fits(service, room) for room in rooms):
        for band, (_, start, end) in BANDS.items():
            open_for[band] = _possible(service, staff, specialists, hours, start, end)
    total = sum(open_for.values())
    return {band: open_for[band] / total if total else 1 / len(BANDS) for band in BANDS}


def _possible(service: Any, staff: Sequence[Any], specialists: Sequence[Any], hours: Sequence[Mapping[str, Any]],
              start: int, end: int) -> int:  # fmt: skip
    if service.specialist:
        halves = {half for row in specialists if row.skill == service.specialist for half in row.halves}
        return sum(
            max(0, min(end, HALVES[half[1:]][2]) - max(start, HALVES[half[1:]][1]))
            for half in halves
            if half[1:] in HALVES
        )
    if service.skill:
        there = [row for row in staff if row.skill == service.skill and row.count]
        return sum(
            overlap(hours, [row.weekday + 1], max(start, row.start_minute), min(end, row.end_minute)) for row in there
        )
    return overlap(hours, EVERY_DAY, start, end)


def fits(service: Any, space: Any) -> bool:
    """The space has all that the service takes, apart from time and people."""
    return set(_requires(service)) <= set(_supports(space))


def _requires(service: Any) -> list[str]:
    ground = [GROUND_FLOOR] if service.needs_ground_floor else []
    return [service.name, *filter(None, [service.equipment]), *ground]


def _supports(space: Any) -> list[str]:
    equipment = [word for word in re.split(r"[\s、，,;；]+", space.equipment) if word]
    ground = [GROUND_FLOOR] if space.floor == 1 or space.accessible else []
    return [*(service.name for service in space.supports.all()), *equipment, *ground]


def _service(service: Any) -> dict[str, Any]:
    row = {
        "id": service.key, "name": service.name, "minutes": service.session_minutes, "seats": service.capacity,
        "noise": service.noise, "requires": _requires(service),
    }  # fmt: skip
    if service.skill:
        row["staff"] = {service.skill: 1}
    if service.specialist:
        row["specialist"] = service.specialist
    return row


def _spaces(rooms: Sequence[Any], hours: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    here = {str(room.pk) for room in rooms}
    return [
        {
            "id": str(room.pk), "name": room.name, "capacity": room.capacity, "floor": room.floor,
            "area": float(room.area_m2 or 0), "accessible": room.accessible, "supports": _supports(room),
            "beside": sorted({str(other.pk) for other in room.beside.all()} & here),
            "open": [dict(rule) for rule in hours],
        }
        for room in rooms
    ]  # fmt: skip


def _promised(rooms: Sequence[Any], promised: Promised, services: set[str]) -> dict[str, Any]:
    """What is promised in these rooms: activities (``fixed``), ``bookings`` and ``closures``."""
    here = {room.pk for room in rooms}
    rows: dict[str, list[dict[str, Any]]] = {"activity": [], "booking": []}
    for number, one in enumerate(promised.promises):
        if one.space in here:
            rows[one.kind].append(
                {
                    "id": f"promise-{number}", "title": one.title, "space": str(one.space), "day": one.weekday + 1,
                    **_stretch(one.start, one.end), "service": one.service if one.service in services else None,
                }
            )  # fmt: skip
    closures = [
        {"space": str(gone.space), "day": gone.weekday + 1, **_stretch(gone.start, gone.end), "reason": gone.reason}
        for gone in promised.shut
        if gone.space in here
    ]
    return {"fixed": rows["activity"], "bookings": rows["booking"], "closures": closures}


def _staffing(row: Any) -> dict[str, Any]:
    return {
        "skill": row.skill, "count": row.count, "kind": "volunteer" if row.volunteers else "staff",
        "times": [{"days": [row.weekday + 1], **_stretch(row.start_minute, row.end_minute)}],
    }  # fmt: skip


def _specialist(row: Any) -> dict[str, Any]:
    slots = [{"days": [int(half[0]) + 1], "half": half[1:]} for half in sorted(row.halves)]
    return {"id": str(row.pk), "name": row.title, "skill": row.skill, "slots": slots}


def _stretch(start: int, end: int) -> dict[str, str]:
    return {"from": clock(start), "to": clock(end)}
