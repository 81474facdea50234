"""From JSON to ``Town``: every field checked, every fault reported with its path in one go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from .errors import Problem, TimetableError
from .fields import Faults, Fields, merged
from .model import (
    Band,
    Closure,
    Fixed,
    Group,
    Half,
    Interval,
    Need,
    Rules,
    Service,
    Session,
    Space,
    Specialist,
    Staffing,
    Town,
    Village,
)

INPUT_FORMAT = "xiangli-timetable-input/1"
NOISES = ("quiet", "normal", "loud")


def read_town(data: Any) -> Town:
    """Read one town's input. Raises TimetableError with every fault found; see the schema for the format."""
    problems = Faults()
    top = Fields(data, "input", problems)
    if isinstance(data, Mapping) and top.text("format", INPUT_FORMAT) != INPUT_FORMAT:
        top.fault("format", f"应是“{INPUT_FORMAT}”")
    rules = _rules(Fields(top.raw("rules", {}), "input.rules", problems))
    place = Fields(top.raw("town", {}), "input.town", problems)
    slot = top.integer("slot_minutes", 60, least=5)
    if slot > 240 or 1440 % slot:
        top.fault("slot_minutes", "应能整除一天，例如 60 或 30")
    town = Town(
        id=place.text("id", "town"),
        name=place.text("name", ""),
        slot_minutes=slot,
        groups=tuple(_group(f) for f in top.objects("groups")),
        bands=tuple(_band(f) for f in top.objects("bands")),
        halves=tuple(_half(f) for f in top.objects("halves")),
        services=tuple(_service(f) for f in top.objects("services")),
        specialists=tuple(_specialist(f, rules.cycle_weeks) for f in top.objects("specialists")),
        villages=tuple(_village(f) for f in top.objects("villages")),
        rules=rules,
        pins=tuple(read_session(f) for f in top.objects("pins")),
    )
    problems.misspelt()
    problems += dict.fromkeys(_references(town))  # each fault once, however many rows share it
    if problems:
        raise TimetableError(problems)
    return town


def _rules(f: Fields) -> Rules:
    tiers = []
    for i, pair in enumerate(f.items("tiers") or [[0.5, 10], [0.3, 5], [0.2, 2]]):
        tier = Fields(dict(zip(("share", "weight"), pair, strict=False)) if isinstance(pair, list | tuple) else pair,
                      f"{f.path}.tiers[{i}]", f.problems)  # fmt: skip
        tiers.append((tier.number("share"), tier.integer("weight", least=0, most=1000)))
    if sum(share for share, _ in tiers) > 1.0001 or [w for _, w in tiers] != sorted(
        (w for _, w in tiers), reverse=True
    ):
        f.fault("tiers", "各档比例之和不能超过 1，权重应由大到小")
    return Rules(
        tiers=tuple(tiers),
        fairness=f.number("fairness", 2.0, most=100),
        cycle_weeks=f.integer("cycle_weeks", 2, least=1, most=8),
        visit=f.word("visit", ("any", "each", "none"), "any"),
        same_day_km=f.number("same_day_km", 8.0),
    )


def _group(f: Fields) -> Group:
    return Group(
        f.text("id"), f.text("name", f.text("id")), f.flag("ground_floor"), f.integer("weight", 1, least=1, most=100)
    )


def _band(f: Fields) -> Band:
    return Band(f.text("id"), f.text("name", f.text("id")), f.days(), *f.stretch())


def _half(f: Fields) -> Half:
    return Half(f.text("id"), f.text("name", f.text("id")), *f.stretch())


def _service(f: Fields) -> Service:
    return Service(
        id=f.text("id"),
        name=f.text("name", f.text("id")),
        minutes=f.integer("minutes", least=1),
        seats=f.integer("seats", least=1, most=10_000),
        setup_minutes=f.integer("setup_minutes", 0, most=1440),
        noise=f.word("noise", NOISES, "normal"),
        requires=f.texts("requires") if "requires" in f.value else (f.text("id"),),
        staff=f.counts("staff"),
        specialist=f.optional_text("specialist"),
        area=f.number("area", 0.0),
        per_day_max=f.optional_integer("per_day_max", least=1),
        per_week_max=f.optional_integer("per_week_max", least=1),
        per_week_min=f.integer("per_week_min", 0),
    )


def _specialist(f: Fields, cycle_weeks: int) -> Specialist:
    slots: set[tuple[int, int, str]] = set()
    for child in f.objects("slots"):
        weeks = child.items("weeks") or list(range(1, cycle_weeks + 1))
        if any(isinstance(w, bool) or not isinstance(w, int) or not 1 <= w <= cycle_weeks for w in weeks):
            child.fault("weeks", f"应是 1 到 {cycle_weeks} 的列表")
            weeks = []
        slots |= {(w, day, child.text("half")) for w in weeks for day in child.days()}
    return Specialist(f.text("id"), f.text("name", f.text("id")), f.text("skill"), tuple(sorted(slots)))


def _space(f: Fields) -> Space:
    return Space(
        id=f.text("id"),
        name=f.text("name", f.text("id")),
        capacity=f.integer("capacity", least=0, most=100_000),
        floor=f.integer("floor", 1, least=-3),
        area=f.number("area", 0.0),
        accessible=f.flag("accessible"),
        supports=f.texts("supports"),
        beside=f.texts("beside"),
        adaptable=None if f.raw("adaptable") is None else f.texts("adaptable"),
        open=f.intervals("open"),
    )


def _staffing(f: Fields) -> Staffing:
    return Staffing(
        f.text("skill"),
        f.integer("count", 1, least=0, most=10_000),
        f.intervals("times"),
        f.word("kind", ("staff", "volunteer"), "staff"),
    )


def _fixed(f: Fields, kind: str) -> Fixed:
    return Fixed(
        id=f.text("id", f.path),
        title=f.text("title", ""),
        space=f.text("space"),
        time=f.interval(),
        kind="booking" if kind == "booking" else "activity",
        service=f.optional_text("service"),
        noise=f.word("noise", NOISES, "normal"),
        staff=f.counts("staff"),
    )


def _village(f: Fields) -> Village:
    needs: dict[tuple[str, str, str], float] = {}
    for child in f.objects("needs"):
        key = (child.text("service"), child.text("group"), child.text("band"))
        needs[key] = needs.get(key, 0.0) + child.number("person_hours", most=100_000)
    return Village(
        id=f.text("id"),
        name=f.text("name", f.text("id")),
        x_km=f.number("x_km", 0.0, least=-1e6),
        y_km=f.number("y_km", 0.0, least=-1e6),
        spaces=tuple(_space(c) for c in f.objects("spaces")),
        staff=tuple(_staffing(c) for c in f.objects("staff")),
        needs=tuple(Need(*key, hours) for key, hours in needs.items() if hours > 0),
        fixed=tuple(
            [_fixed(c, "activity") for c in f.objects("fixed")] + [_fixed(c, "booking") for c in f.objects("bookings")]
        ),
        closures=tuple(
            Closure(c.optional_text("space"), c.interval(), c.text("reason", "")) for c in f.objects("closures")
        ),
    )


def read_session(f: Fields) -> Session:
    return Session(
        village=f.text("village"),
        service=f.text("service"),
        space=f.text("space"),
        time=f.interval(),
        week=f.integer("week", 0),
        specialist=f.optional_text("specialist"),
        pinned=f.flag("pinned"),
    )


def _references(town: Town) -> list[Problem]:
    """Ids that are double or point to nothing."""
    found: list[Problem] = []
    services, groups, bands = ({x.id for x in xs} for xs in (town.services, town.groups, town.bands))
    halves = {h.id for h in town.halves}

    def fault(where: str, text: str) -> None:
        found.append(Problem("unknown_id", where, f"{where}：{text}"))

    for word in ("groups", "bands", "halves", "services", "specialists", "villages"):
        for id, n in Counter(x.id for x in getattr(town, word)).items():
            if n > 1:
                fault(word, f"编号“{id}”重复 {n} 次")
            if not id:
                fault(word, "编号不能空着")
    for one, other in _overlapping([(b.name, Interval(d, b.start, b.end)) for b in town.bands for d in b.days]):
        fault("bands", f"时段“{one}”与“{other}”重叠，一个钟头只能算在一个时段里")
    for one, other in _overlapping([(h.name, Interval(1, h.start, h.end)) for h in town.halves]):
        fault("halves", f"半天“{one}”与“{other}”重叠")
    for s in town.specialists:
        for half in {half for _, _, half in s.slots} - halves:
            fault(f"specialists {s.id}", f"没有“{half}”这个半天")
    for v in town.villages:
        spaces = {s.id for s in v.spaces}
        if len(spaces) < len(v.spaces):
            fault(v.id, "空间编号有重复")
        for need in v.needs:
            for kind, id, known in (
                ("服务", need.service, services), ("人群", need.group, groups), ("时段", need.band, bands)
            ):  # fmt: skip
                if id not in known:
                    fault(f"{v.id}.needs", f"需求里的{kind}“{id}”不在目录中")
        for space in v.spaces:
            for other in sorted(set(space.beside) - spaces):
                fault(f"{v.id}.{space.id}", f"相邻空间“{other}”不存在")
        for x in v.fixed:
            if x.space not in spaces:
                fault(f"{v.id}.{x.id}", f"没有空间“{x.space}”")
            if x.service is not None and x.service not in services:
                fault(f"{v.id}.{x.id}", f"没有服务“{x.service}”")
        for c in v.closures:
            if c.space is not None and c.space not in spaces:
                fault(f"{v.id}.closures", f"没有空间“{c.space}”")
    return found


def _overlapping(items: list[tuple[str, Interval]]) -> list[tuple[str, str]]:
    pairs = [(a, b) for i, a in enumerate(items) for b in items[:i] if a[1].overlaps(b[1])]
    return sorted({(b[0], a[0]) for a, b in pairs})


__all__ = ["INPUT_FORMAT", "merged", "read_session", "read_town"]
