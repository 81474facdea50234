"""The same input, seed, worker count and work give the same file, byte for byte."""

import json
from dataclasses import replace

import pytest

from xiangli.planning.timetable import generate, plan_to_json, read_town, solve


@pytest.mark.parametrize(("villages", "workers"), [(1, 2), (2, 1), (2, 2)])
def test_two_solves_write_the_same_bytes(villages, workers):
    town = read_town(generate(seed=6, villages=villages, spaces=3, services=8, specialists=1))

    def solved() -> str:
        plan = solve(town, work=1.5, workers=workers, seed=3)
        return json.dumps(plan_to_json(town, replace(plan, seconds=0.0)), ensure_ascii=False)

    assert solved() == solved()
