"""A county's towns, each planned on its own: here one after another, or on the workers of a Dask scheduler.

Towns share nothing, so a county is a folder of inputs and a folder of plans. A plan is written as soon as its town is
done, whole or not at all, and a second run does only what is missing or has changed: whatever is killed, here or
elsewhere, costs no more than the towns under way. No Django: the command line and tasks both call it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xiangli.core.files import atomic_write
from xiangli.core.reasons import reason_of
from xiangli.core.spreading import spread
from xiangli.planning.timetable import TimetableError, check, plan_to_json, read_plan, read_town, solve


@dataclass(frozen=True, slots=True)
class Limits:
    """How far each town is searched; see ``timetable.solve``."""

    seconds: float | None = None
    work: float | None = None
    workers: int = 1
    seed: int = 1
    gap: float = 0.01
    strict: bool = True


@dataclass(frozen=True, slots=True)
class TownDone:
    """One town's end: ``plan`` is its file, or ``faults`` say why there is none; ``kept``: it was there already."""

    name: str
    plan: Path | None
    value: int = 0
    bound: int | None = None
    seconds: float = 0.0
    kept: bool = False
    faults: tuple[str, ...] = ()


def plan_county(inputs: Path, out: Path, limits: Limits, *, scheduler: str = "") -> Iterator[TownDone]:
    """Each ``*.json`` of a folder as one town, its plan under the same name in ``out``. Towns come as they get done."""
    pieces: dict[str, tuple[Any, ...]] = {}
    for path in sorted(inputs.glob("*.json")):
        try:
            text = path.read_bytes()
        except OSError as error:  # a folder of that name, a file one may not read: the other towns go on
            yield TownDone(path.stem, None, faults=(f"读不了：{reason_of(error)}",))
            continue
        mark = hashlib.sha256(text + repr(limits).encode()).hexdigest()
        done = _done(out / path.name, mark)
        if done is not None:
            yield done
            continue
        pieces[path.name] = (text, mark, limits)
    for name, answer in spread(plan_town, pieces, scheduler=scheduler):
        yield _keep(out / name, answer)


def plan_town(text: bytes, mark: str, limits: Limits) -> dict[str, Any]:
    """One town, from the bytes of its input: the plan's JSON, or ``{"faults": [...]}``. Runs on any worker."""
    try:
        data = json.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return {"faults": ["不是正确的 UTF-8 JSON 文件"]}
    try:
        town = read_town(data)
        plan = solve(
            town, seconds=limits.seconds, work=limits.work, workers=limits.workers, seed=limits.seed, gap=limits.gap,
            strict=limits.strict,
        )  # fmt: skip
    except TimetableError as error:
        return {"faults": [p.text for p in error.problems]}
    return {**plan_to_json(town, plan), "input_mark": mark}


def _keep(path: Path, answer: Mapping[str, Any]) -> TownDone:
    """Check what came back, independently, and write it."""
    name = path.stem
    if "faults" in answer:
        return TownDone(name, None, faults=tuple(answer["faults"]))
    town, plan = read_plan(answer)
    if broken := check(town, plan):
        return TownDone(name, None, faults=tuple(f"没有通过独立检查：{v.text}" for v in broken[:20]))
    with atomic_write(path, text=True) as file:
        file.write(json.dumps(answer, ensure_ascii=False, indent=1) + "\n")
    return TownDone(name, path, plan.value, plan.bound, plan.seconds)


def _done(path: Path, mark: str) -> TownDone | None:
    """An earlier run's plan of the same input and limits, if it is there and whole."""
    try:
        data = json.loads(path.read_text("utf-8"))
        if data["input_mark"] != mark:
            return None
        town, plan = read_plan(data)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if check(town, plan):
        return None
    return TownDone(path.stem, path, plan.value, plan.bound, plan.seconds, kept=True)
