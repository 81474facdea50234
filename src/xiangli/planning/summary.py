"""What pages show of a plan, kept beside it: pages would otherwise read half a megabyte to show ten figures. Pure."""

from collections import defaultdict
from typing import Any

from xiangli.planning.timetable.model import Plan, Town, Village


def summary(town: Town, plan: Plan) -> dict[str, Any]:
    """Figures of the town, of each village and of each space, and how far each group's needs are met.

    ``villages``: id -> {"met", "worst", "worst_group", "used", "open", "groups": {group: [need, met]},
    "spaces": {id: [used, open]}, "taken" and "shut": [[space, day, start, end, title or reason], …]}; hours and
    person-hours a week, minutes of the day. ``promised``: how many stretches were left alone.
    """
    results = {result.village: result for result in plan.villages}
    groups: dict[str, dict[str, list[float]]] = defaultdict(dict)
    for row in plan.met:
        total = groups[row.village].setdefault(row.group, [0.0, 0.0])
        total[0] += row.need
        total[1] += row.met
    hours = _used(town, plan)
    villages = {}
    for village in town.villages:
        result = results[village.id]
        villages[village.id] = {
            "met": round(result.met_share, 4), "worst": result.worst_share, "worst_group": result.worst_group,
            "used": result.used_hours, "open": result.open_hours,
            "groups": {name: [round(need, 2), round(met, 2)] for name, (need, met) in groups[village.id].items()},
            "taken": [[f.space, f.time.day, f.time.start, f.time.end, f.title] for f in village.fixed],
            "shut": [[c.space, c.time.day, c.time.start, c.time.end, c.reason] for c in village.closures],
            "spaces": {
                space.id: [round(hours[village.id, space.id], 2), _open(village, space.id)] for space in village.spaces
            },
        }  # fmt: skip
    return {
        "met": round(plan.met_share, 4), "worst": plan.worst_share, "continuity": plan.continuity,
        "status": plan.status, "used": sum(one["used"] for one in villages.values()),
        "open": sum(one["open"] for one in villages.values()), "sessions": len(plan.sessions), "villages": villages,
        "promised": {
            "activities": sum(one.kind == "activity" for village in town.villages for one in village.fixed),
            "bookings": sum(one.kind == "booking" for village in town.villages for one in village.fixed),
            "closures": sum(len(village.closures) for village in town.villages),
        },
    }  # fmt: skip


def _used(town: Town, plan: Plan) -> dict[tuple[str, str], float]:
    """Hours a week in which each space is used, by sessions (a visit counts in its week of the cycle) and promises."""
    hours: dict[tuple[str, str], float] = defaultdict(float)
    for session in plan.sessions:
        length = (session.time.end - session.time.start) / 60
        hours[session.village, session.space] += length / (town.rules.cycle_weeks if session.week else 1)
    for village in town.villages:
        for one in village.fixed:
            hours[village.id, one.space] += (one.time.end - one.time.start) / 60
    return hours


def _open(village: Village, id: str) -> float:
    """Opening hours a week of a space, closures taken off."""
    space = next(one for one in village.spaces if one.id == id)
    total = sum(time.end - time.start for time in space.open)
    for closure in village.closures:
        if closure.space in (None, id):
            total -= sum(
                max(0, min(time.end, closure.time.end) - max(time.start, closure.time.start))
                for time in space.open
                if time.day == closure.time.day
            )
    return round(total / 60, 2)


def worst_of(report: dict[str, Any]) -> tuple[str, str, float] | None:
    """(village id, group, share) of the group whose needs are met least in the whole town."""
    rows = [
        (one["worst"], id, one["worst_group"])
        for id, one in report.get("villages", {}).items()
        if one["worst_group"] is not None
    ]
    if not rows:
        return None
    share, id, group = min(rows)
    return id, group, share
