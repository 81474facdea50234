"""One change of a village's week by hand: what it makes of the week, and whether it may be. Pure.

The verdict is the independent checker's (``timetable.check``) on the whole town, never that of the code which makes the
change. A change of one village is worked out with that village alone, so that it is there at once in a town of thirty.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from xiangli.planning.choices import EditKind
from xiangli.planning.hours import clock
from xiangli.planning.timetable import Interval, Plan, Session, Town, Village, check, check_village, edit
from xiangli.planning.timetable.checking import specialist_violations
from xiangli.planning.timetable.replanning import Difference

DAYS = "一二三四五六日"
Names = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """What a person wants: ``before`` goes, ``after`` comes (one of them None: added, removed)."""

    kind: EditKind
    before: Session | None
    after: Session | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """``reasons`` (empty: it may be), the week with the change, and the figures before and after."""

    reasons: tuple[str, ...]
    made: Plan
    figures: dict[str, Any]


def key_of(session: Session) -> str:
    """A session's name on pages: service, space, day, start, week and specialist."""
    return "~".join(map(str, (session.service, session.space, session.time.day, session.time.start, session.week,
                              session.specialist or "")))  # fmt: skip


def consider(town: Town, plan: Plan, village: str, change: Change) -> Verdict:
    """Try a change of one village's week."""
    if change.before and change.after and change.before.key() == change.after.key():
        kept = tuple(change.after if s.key() == change.after.key() else s for s in plan.sessions)
        return judged(town, plan, replace(plan, sessions=kept), village)  # pinned or not, the week is the same
    mine = [s for s in plan.sessions if s.village == village]
    left = [s for s in mine if change.before is None or s.key() != change.before.key()]
    made, broken = edit(town, plan, village, [*left, *([change.after] if change.after else [])])
    if broken:
        return Verdict(tuple(broken), plan, figures(town, plan, plan, village))
    return judged(town, plan, made, village)


def judged(town: Town, before: Plan, made: Plan, village: str) -> Verdict:
    """The checker's verdict on a week that came of ``before``; a pin that was moved or removed is no pin any more."""
    broken = check(replace(town, pins=pins_of(made)), made)
    reasons = tuple(dict.fromkeys(one.text for one in broken))
    return Verdict(reasons, made, figures(town, before, made, village))


def pins_of(plan: Plan) -> tuple[Session, ...]:
    return tuple(s for s in plan.sessions if s.pinned)


def figures(town: Town, before: Plan, after: Plan, village: str) -> dict[str, Any]:
    """Needs met and the worst group before and after, in the village and the town; by group what changes, in hours."""
    groups = {g.id: g.name for g in town.groups}
    hours: dict[str, float] = {}
    for sign, plan in ((-1, before), (1, after)):
        for row in plan.met:
            if row.village == village:
                hours[row.group] = hours.get(row.group, 0.0) + sign * row.met
    here = [next(r for r in plan.villages if r.village == village) for plan in (before, after)]
    return {
        "met": [round(r.met_share, 4) for r in here],
        "worst": [r.worst_share for r in here],
        "worst_group": [groups.get(r.worst_group or "", "") for r in here],
        "town_met": [round(before.met_share, 4), round(after.met_share, 4)],
        "town_worst": [before.worst_share, after.worst_share],
        "groups": {groups[g]: round(h, 1) for g, h in sorted(hours.items()) if abs(h) >= 0.05},
    }  # fmt: skip


class Words:
    """Sentences about sessions, with the names of a town."""

    def __init__(self, services: Names, spaces: Names, specialists: Names) -> None:
        self.services, self.spaces, self.specialists = services, spaces, specialists

    @classmethod
    def of(cls, town: Town) -> "Words":
        return cls(
            {s.id: s.name for s in town.services},
            {s.id: s.name for v in town.villages for s in v.spaces},
            {s.id: s.name for s in town.specialists},
        )

    @classmethod
    def of_input(cls, data: Mapping[str, Any]) -> "Words":
        """The same from the input as it is stored, without reading all of it."""
        return cls(
            {s["id"]: s["name"] for s in data["services"]},
            {s["id"]: s["name"] for v in data["villages"] for s in v["spaces"]},
            {s["id"]: s["name"] for s in data["specialists"]},
        )

    def session(self, s: Session) -> str:
        """书画室 周一 08:00–10:00（单周，巡诊医生）"""
        remark = "，".join(filter(None, [self.week(s), self.specialists.get(s.specialist or "", "")]))
        when = f"周{DAYS[s.time.day - 1]} {clock(s.time.start)}–{clock(s.time.end)}"
        return f"{self.spaces.get(s.space, s.space)} {when}{f'（{remark}）' if remark else ''}"

    @staticmethod
    def week(s: Session) -> str:
        return {0: "", 1: "单周", 2: "双周"}.get(s.week, f"第 {s.week} 周")

    def change(self, change: Change) -> str:
        one = change.after or change.before
        name = self.services.get(one.service, one.service) if one else ""
        told = [self.session(s) for s in (change.before, change.after) if s is not None]
        if change.kind == EditKind.MOVE:
            return f"{name}：{told[0]} 挪到 {told[1]}"
        return f"{change.kind.label}{name}：{told[-1]}"

    def difference(self, one: Difference) -> str:
        name = self.services.get(one.service, one.service)
        if one.before is not None and one.after is not None:
            return f"{name}：{self.session(one.before)} 改到 {self.session(one.after)}"
        gone = one.before is not None
        session = one.before or one.after
        return f"{name}：{'不再有' if gone else '新添'} {self.session(session)}" if session else name


def find(plan: Plan, village: str, key: str) -> Session | None:
    """The session of a village that goes by this name on pages."""
    return next((s for s in plan.sessions if s.village == village and key_of(s) == key), None)


def places_for(town: Town, plan: Plan, session: Session, *, most: int = 8) -> list[Session]:
    """Where else a session could be held as the week stands, the nearest times first, the same space before others.

    Only what the checker allows. Visits keep their week, and their specialist's half-days.
    """
    village = town.village(session.village)
    left = [s for s in plan.sessions if s.village == village.id and s.key() != session.key()]
    away = [
        s for s in plan.sessions if s.specialist and s.specialist == session.specialist and s.key() != session.key()
    ]
    found: list[Session] = []
    for candidate in sorted(_candidates(town, village, session), key=lambda s: _distance(session, s)):
        if any(o.space == candidate.space and o.time.overlaps(candidate.time) and {o.week, candidate.week} & {0, o.week}
               for o in left):  # fmt: skip
            continue
        if check_village(town, village, [candidate]):  # shut, promised, unfit: whatever else is held
            continue
        if check_village(town, village, [*left, candidate]) or any(specialist_violations(town, [*away, candidate])):
            continue
        found.append(candidate)
        if len(found) == most:
            break
    return found


def _candidates(town: Town, village: Village, session: Session) -> Iterable[Session]:
    service = town.service(session.service)
    for space in village.spaces:
        if set(service.requires) <= set(space.supports):
            for opening in space.open:
                first = -(-opening.start // town.slot_minutes) * town.slot_minutes
                for start in range(first, opening.end - service.minutes + 1, town.slot_minutes):
                    time = Interval(opening.day, start, start + service.minutes)
                    if (space.id, time) != (session.space, session.time):
                        yield replace(session, space=space.id, time=time)


def _distance(a: Session, b: Session) -> tuple[int, bool, str]:
    days = abs(a.time.day - b.time.day)
    return days * 1440 + abs(a.time.start - b.time.start), a.space != b.space, b.space


def by_button(kind: EditKind, session: Session) -> Change:
    """Removing, pinning or releasing a session."""
    return Change(kind, session, None if kind == EditKind.REMOVE else replace(session, pinned=kind == EditKind.PIN))
