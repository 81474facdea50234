"""The published schemas describe what is really read and written."""

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest

from xiangli.planning import timetable

SCHEMAS = Path(__file__).resolve().parents[3] / "docs" / "schemas"
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def faults(schema: dict[str, Any], value: Any, path: str = "$") -> list[str]:
    """The part of JSON Schema that the two files use."""
    if "anyOf" in schema:
        tried = [faults(s, value, path) for s in schema["anyOf"]]
        return [] if [] in tried else tried[0]
    if "const" in schema and value != schema["const"]:
        return [f"{path}: not {schema['const']}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{path}: not one of {schema['enum']}"]
    kind = schema.get("type")
    if kind in ("number", "integer"):
        good = isinstance(value, int | float if kind == "number" else int) and not isinstance(value, bool)
        if not good or not schema.get("minimum", value) <= value <= schema.get("maximum", value):
            return [f"{path}: no {kind} in range"]
    elif kind and not isinstance(value, TYPES[kind]):
        return [f"{path}: no {kind}"]
    short = kind == "string" and len(value) < schema.get("minLength", 0)
    if short or (kind == "string" and not re.search(schema.get("pattern", ""), value)):
        return [f"{path}: no match"]
    found: list[str] = []
    if kind == "object":
        found += [f"{path}: {name} missing" for name in schema.get("required", []) if name not in value]
        known, other = schema.get("properties", {}), schema.get("additionalProperties", True)
        for name, item in value.items():
            if name not in known and other is False:
                found.append(f"{path}: {name} unknown")
            elif name in known or isinstance(other, dict):
                found += faults(known.get(name, other), item, f"{path}.{name}")
    if kind == "array":
        found += [] if len(value) >= schema.get("minItems", 0) else [f"{path}: too short"]
        for i, item in enumerate(value):
            places = schema.get("prefixItems", [])
            found += faults(places[i] if i < len(places) else schema.get("items", {}), item, f"{path}[{i}]")
    return found


def schema(name: str) -> dict[str, Any]:
    return json.loads((SCHEMAS / f"timetable-{name}.schema.json").read_text("utf-8"))


def test_generated_and_rewritten_inputs_match_the_schema(made_up, data):
    town, _ = made_up
    assert faults(schema("input"), timetable.generate(seed=1, villages=2)) == []
    assert faults(schema("input"), timetable.town_to_json(town)) == []
    assert faults(schema("input"), data) == []


def test_plan_matches_the_schema(made_up):
    town, plan = made_up
    changes = timetable.differences(plan.sessions[1:], plan.sessions[:-1])
    written = json.loads(json.dumps(timetable.plan_to_json(town, plan, changes)))
    assert faults(schema("plan"), written) == []
    assert faults(schema("input"), written["input"]) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("slot_minutes",), 0),
        (("services", 0, "noise"), "shrill"),
        (("bands", 0, "from"), "8 o'clock"),
        (("nonsense",), 1),
        (("rules", "cycle_weeks"), 1_000_000),
        (("rules", "fairness"), 1e9),
        (("services", 0, "seats"), 10**30),
        (("services", 0, "id"), ""),
        (("groups", 0, "weight"), 101),
        (("villages", 0, "needs", 0, "person_hours"), 1e8),
    ],
)
def test_what_the_reader_refuses_the_schema_refuses_too(data, path, value):
    wrong = copy.deepcopy(data)
    at: Any = wrong
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    assert faults(schema("input"), wrong)
    with pytest.raises(timetable.TimetableError):
        timetable.read_town(wrong)
