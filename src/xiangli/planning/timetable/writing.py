"""Plans and towns as JSON, and back. A plan file carries its input, so it can be checked and explained on its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from .errors import Problem, TimetableError
from .explaining import Reason
from .fields import Faults, Fields, clock
from .model import Interval, Met, Plan, Session, Town, VillageResult, Visit
from .reading import INPUT_FORMAT, read_session, read_town
from .replanning import Difference

PLAN_FORMAT = "xiangli-timetable-plan/1"


def interval_to_json(time: Interval) -> dict[str, Any]:
    return {"day": time.day, "from": clock(time.start), "to": clock(time.end)}


def session_to_json(s: Session) -> dict[str, Any]:
    return {
        "village": s.village,
        "service": s.service,
        "space": s.space,
        **interval_to_json(s.time),
        "week": s.week,
        "specialist": s.specialist,
        "pinned": s.pinned,
    }


def town_to_json(town: Town) -> dict[str, Any]:
    """The input as JSON; ``read_town`` of it is equal to the town."""
    return {
        "format": INPUT_FORMAT,
        "town": {"id": town.id, "name": town.name},
        "slot_minutes": town.slot_minutes,
        "groups": [
            {"id": g.id, "name": g.name, "ground_floor": g.ground_floor, "weight": g.weight} for g in town.groups
        ],
        "bands": [
            {"id": b.id, "name": b.name, "days": list(b.days), "from": clock(b.start), "to": clock(b.end)}
            for b in town.bands
        ],
        "halves": [{"id": h.id, "name": h.name, "from": clock(h.start), "to": clock(h.end)} for h in town.halves],
        "services": [_service(s) for s in town.services],
        "specialists": [
            {"id": s.id, "name": s.name, "skill": s.skill,
             "slots": [{"weeks": [w], "days": [d], "half": h} for w, d, h in s.slots]} for s in town.specialists
        ],
        "villages": [_village(v) for v in town.villages],
        "rules": {
            "tiers": [list(t) for t in town.rules.tiers],
            "fairness": town.rules.fairness,
            "cycle_weeks": town.rules.cycle_weeks,
            "visit": town.rules.visit,
            "same_day_km": town.rules.same_day_km,
        },
        "pins": [session_to_json(p) for p in town.pins],
    }  # fmt: skip


def _service(s: Any) -> dict[str, Any]:
    return {
        "id": s.id, "name": s.name, "minutes": s.minutes, "seats": s.seats, "setup_minutes": s.setup_minutes,
        "noise": s.noise, "requires": list(s.requires), "staff": dict(s.staff), "specialist": s.specialist,
        "area": s.area, "per_day_max": s.per_day_max, "per_week_max": s.per_week_max, "per_week_min": s.per_week_min,
    }  # fmt: skip


def _village(v: Any) -> dict[str, Any]:
    return {
        "id": v.id, "name": v.name, "x_km": v.x_km, "y_km": v.y_km,
        "spaces": [
            {"id": s.id, "name": s.name, "capacity": s.capacity, "floor": s.floor, "area": s.area,
             "accessible": s.accessible, "supports": list(s.supports),
             "beside": list(s.beside),
             "adaptable": None if s.adaptable is None else list(s.adaptable),
             "open": _times(s.open)} for s in v.spaces
        ],
        "staff": [{"skill": e.skill, "count": e.count, "kind": e.kind, "times": _times(e.times)} for e in v.staff],
        "needs": [
            {"service": n.service, "group": n.group, "band": n.band, "person_hours": n.person_hours} for n in v.needs
        ],
        "fixed": [_fixed(f) for f in v.fixed if f.kind == "activity"],
        "bookings": [_fixed(f) for f in v.fixed if f.kind == "booking"],
        "closures": [{"space": c.space, **interval_to_json(c.time), "reason": c.reason} for c in v.closures],
    }  # fmt: skip


def _times(times: Iterable[Interval]) -> list[dict[str, Any]]:
    days: dict[tuple[int, int], list[int]] = defaultdict(list)
    for t in times:
        days[t.start, t.end].append(t.day)
    return [{"days": ds, "from": clock(start), "to": clock(end)} for (start, end), ds in days.items()]


def _fixed(f: Any) -> dict[str, Any]:
    return {
        "id": f.id, "title": f.title, "space": f.space, **interval_to_json(f.time),
        "service": f.service, "noise": f.noise, "staff": dict(f.staff),
    }  # fmt: skip


def plan_to_json(town: Town, plan: Plan, changes: Iterable[Difference] = ()) -> dict[str, Any]:
    """The plan with its input and its report, ready for json.dump; ``changes`` against an earlier plan, if any."""
    return {
        "format": PLAN_FORMAT,
        "input": town_to_json(town),
        "report": {
            "value": plan.value,
            "bound": plan.bound,
            "gap": None if plan.gap is None else round(plan.gap, 6),
            "status": plan.status,
            "met_share": round(plan.met_share, 4),
            "worst_share": plan.worst_share,
            "continuity": plan.continuity,
            "villages": [
                {"village": r.village, "value": r.value, "met_share": round(r.met_share, 4),
                 "worst_group": r.worst_group, "worst_share": r.worst_share,
                 "open_hours": r.open_hours, "used_hours": r.used_hours}
                for r in plan.villages
            ],
        },
        "sessions": [session_to_json(s) for s in plan.sessions],
        "visits": [
            {"specialist": v.specialist, "village": v.village, "week": v.week, "day": v.day, "half": v.half}
            for v in plan.visits
        ],
        "met": [
            {"village": m.village, "service": m.service, "group": m.group, "band": m.band, "need": m.need, "met": m.met}
            for m in plan.met
        ],
        "changes": [
            {"kind": d.kind, "village": d.village, "service": d.service,
             "before": None if d.before is None else session_to_json(d.before),
             "after": None if d.after is None else session_to_json(d.after)} for d in changes
        ],
        "solver": {"seed": plan.seed, "workers": plan.workers, "work": plan.work, "seconds": plan.seconds},
    }  # fmt: skip


def read_plan(data: Any) -> tuple[Town, Plan]:
    """The plan and the input it carries. Raises TimetableError with every fault found."""
    if not isinstance(data, Mapping) or data.get("format") != PLAN_FORMAT:
        raise TimetableError(f"这不是计划文件（format 应是“{PLAN_FORMAT}”）")
    town = read_town(data.get("input"))
    faults = Faults()
    top = Fields(data, "plan", faults)
    report = Fields(top.raw("report", {}), "plan.report", faults)
    solver = Fields(top.raw("solver", {}), "plan.solver", faults)
    plan = Plan(
        sessions=tuple(read_session(f) for f in top.objects("sessions")),
        visits=tuple(
            Visit(
                f.text("specialist"), f.text("village"), f.integer("week", least=1), f.integer("day", least=1),
                f.text("half"),
            )
            for f in top.objects("visits")
        ),
        met=tuple(
            Met(
                f.text("village"), f.text("service"), f.text("group"), f.text("band"), f.number("need"),
                f.number("met"),
            )
            for f in top.objects("met")
        ),
        value=report.integer("value"),
        bound=report.optional_integer("bound"),
        status=report.text("status", "unproven"),
        villages=tuple(
            VillageResult(
                f.text("village"), f.integer("value"), f.number("met_share"), f.optional_text("worst_group"),
                f.number("worst_share"), f.number("open_hours"), f.number("used_hours"),
            )
            for f in report.objects("villages")
        ),
        worst_share=report.number("worst_share", 0.0),
        met_share=report.number("met_share", 0.0),
        continuity=None if report.raw("continuity") is None else report.number("continuity"),
        seed=solver.integer("seed", 0),
        workers=solver.integer("workers", 1),
        work=None if solver.raw("work") is None else solver.number("work"),
        seconds=solver.number("seconds", 0.0),
    )  # fmt: skip
    faults += _strangers(town, plan)
    if faults:
        raise TimetableError(faults)
    return town, plan


def _strangers(town: Town, plan: Plan) -> Iterable[Problem]:
    """Names in a plan that its own input does not know."""
    spaces = {v.id: {s.id for s in v.spaces} for v in town.villages}
    services, groups, bands, people, halves = (
        {x.id for x in xs} for xs in (town.services, town.groups, town.bands, town.specialists, town.halves)
    )
    rows: list[tuple[str, bool]] = []
    for i, s in enumerate(plan.sessions):
        known = s.service in services and s.space in spaces.get(s.village, ()) and s.specialist in {*people, None}
        rows.append((f"plan.sessions[{i}]", known))
    for i, m in enumerate(plan.met):
        known = m.village in spaces and m.service in services and m.group in groups and m.band in bands
        rows.append((f"plan.met[{i}]", known))
    for i, v in enumerate(plan.visits):
        rows.append((f"plan.visits[{i}]", v.village in spaces and v.specialist in people and v.half in halves))
    for i, r in enumerate(plan.villages):
        known = r.village in spaces and r.worst_group in {*groups, None}
        rows.append((f"plan.report.villages[{i}]", known))
    for where, known in rows:
        if not known:
            yield Problem("unknown_id", where, f"{where}：里面的编号（村、服务、空间、人群、时段或专家）输入里没有")


def reason_to_json(r: Reason) -> dict[str, Any]:
    """One shortfall explained, for pages and programs."""
    return {
        "village": r.village, "service": r.service, "group": r.group, "band": r.band, "need": r.need,
        "unmet": round(r.unmet, 2), "blockers": list(r.blockers), "serves": r.serves,
        "cost": r.cost if r.changes else None, "text": r.text,
        "changes": [{"kind": c.kind, "text": c.text, "cost": c.cost} for c in r.changes],
    }  # fmt: skip
