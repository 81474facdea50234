"""What a scenario changes in the input of the timetable engine, as plain data. Pure.

A change is a dict with ``kind`` and ``text`` (Chinese, for the page), and by kind:
hours   — ``hours``: rules as in ``planning.hours``; every space opens then
people  — ``villages`` (ids), ``skill``, ``days`` (1 Monday …), ``from``, ``to``, ``count``, ``volunteers``
room    — ``village``, ``space``, ``tags``: what the space now supports; ``step_free``: it got a ramp
without — ``village``, ``space``: the space is no longer used
budget  — ``budget_fen``, ``cost_fen``, ``bought`` (ids of improvements), ``lost`` ([id, fen lacking] of the others),
          ``rooms`` and ``people``: what they bring, each in the form of those two kinds
"""

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from typing import Any

from xiangli.planning.inputs import GROUND_FLOOR

Data = dict[str, Any]


def changed_input(data: Mapping[str, Any], changes: Iterable[Mapping[str, Any]]) -> Data:
    """A copy of an input with the changes made, in order. One that names what is gone changes nothing."""
    made: Data = deepcopy(dict(data))
    for change in changes:
        _change(made, change)
    return made


def _change(data: Data, change: Mapping[str, Any]) -> None:
    kind = change["kind"]
    if kind == "hours":
        for space in _spaces(data):
            space["open"] = deepcopy(change["hours"])
    elif kind == "people":
        wanted = set(change["villages"])
        for village in data["villages"]:
            if village["id"] in wanted:
                village["staff"].append(_staff(change))
    elif kind == "room":
        for space in _spaces(data):
            if space["id"] == change["space"]:
                _fit(space, change)
    elif kind == "without":
        _close(data, change["space"])
    elif kind == "budget":
        for part in (*change["rooms"], *change["people"]):
            _change(data, part)


def _spaces(data: Data) -> list[Data]:
    return [space for village in data["villages"] for space in village["spaces"]]


def _staff(change: Mapping[str, Any]) -> Data:
    kind = "volunteer" if change.get("volunteers") else "staff"
    times = [{"days": list(change["days"]), "from": change["from"], "to": change["to"]}]
    return {"skill": change["skill"], "count": change["count"], "kind": kind, "times": times}


def _fit(space: Data, change: Mapping[str, Any]) -> None:
    step_free = [GROUND_FLOOR] if change.get("step_free") else []
    space["accessible"] = space["accessible"] or bool(step_free)
    space["supports"] = list(dict.fromkeys([*space["supports"], *change["tags"], *step_free]))


def _close(data: Data, gone: str) -> None:
    """Take a space out, with what is promised there."""
    for village in data["villages"]:
        village["spaces"] = [space for space in village["spaces"] if space["id"] != gone]
        for space in village["spaces"]:
            space["beside"] = [other for other in space["beside"] if other != gone]
        for name in ("fixed", "bookings", "closures"):
            village[name] = [row for row in village.get(name, ()) if row["space"] != gone]


def refreshed(now: Mapping[str, Any], then: Mapping[str, Any], changes: Sequence[Mapping[str, Any]]) -> Data:
    """The input as the rooms are ``now``, with the needs, rules and pins that a plan was made for ``then``.

    What the plan's scenario takes for granted (``changes``) is granted again: adopting it puts that into the ledger.
    """
    made = changed_input(now, changes)
    asked = {village["id"]: village["needs"] for village in then["villages"]}
    made["villages"] = [{**village, "needs": asked.get(village["id"], [])} for village in made["villages"]]
    for name in ("groups", "bands", "halves", "rules", "pins", "slot_minutes"):
        if name in then:
            made[name] = deepcopy(then[name])
    services = {service["id"] for service in made["services"]}
    made["services"] += [deepcopy(row) for row in then["services"] if row["id"] not in services]
    return made


def budget_of(changes: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The change that gave a scenario a budget of its own, if it has one."""
    return next((change for change in changes if change["kind"] == "budget"), None)


def cost_of(changes: Iterable[Mapping[str, Any]]) -> int | None:
    """What the improvements of a scenario cost, in fen; None where it has no budget of its own."""
    budget = budget_of(changes)
    return budget["cost_fen"] if budget else None
