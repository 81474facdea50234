"""Fair budgets: reading, equal shares, completion by raising; pabutools (an oracle in tests only) beside ours."""

from __future__ import annotations

import importlib.util
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from xiangli.planning.funding import Election, fund, parse, read
from xiangli.planning.funding.certificate import to_json
from xiangli.planning.funding.checking import check
from xiangli.planning.funding.completion import add_one, first_share
from xiangli.planning.funding.equal_shares import Run
from xiangli.planning.funding.support import build

Line = tuple[str, float, str]
PEER_ADD1 = (
    "France_Toulouse_2019",
    "Poland_Katowice_2020_Osiedle_Witosa",
)  # a quarter of a minute of pabutools together


def cpu_ms(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    result = work()
    return (time.process_time() - start) * 1000, result


def made_up(voters: int, projects: int, budget: int, seed: int = 20230608) -> bytes:
    """A city's election in Pabulib's form: popular and unpopular projects, five approvals each."""
    rng = np.random.default_rng(seed)
    fame = rng.dirichlet(np.full(projects, 0.4))
    costs = np.maximum(1000, (rng.lognormal(0.0, 1.0, projects) * budget / 60)).astype(int)
    lines = ["META", "key;value", f"budget;{budget}", "vote_type;approval", "PROJECTS", "project_id;cost"]
    lines += [f"P{n:04d};{cost}" for n, cost in enumerate(costs.tolist())]
    lines += ["VOTES", "voter_id;vote"]
    chosen = rng.choice(projects, size=(voters, 5), p=fame)
    lines += [f"{n};{','.join(f'P{p:04d}' for p in row)}" for n, row in enumerate(chosen.tolist())]
    return "\n".join(lines).encode()


def shared_files() -> list[Path]:
    folder = Path(os.environ.get("XIANGLI_SHARED") or Path(__file__).resolve().parents[2] / "shared")
    return sorted((folder / "data" / "pabulib").glob("*.pb"))


def ours(name: str, election: Election) -> list[Line]:
    support = build(election, "cost")
    once, run = cpu_ms(lambda: Run(support, first_share(support, 0)).finish())
    raised, (_, raises, _) = cpu_ms(lambda: add_one(support))
    proof = to_json(fund(election, measure="cost", completion="add1"))
    verified, _ = cpu_ms(lambda: check(election, proof))
    label = f"{name} ({election.voters} x {len(election.projects)})"
    return [
        (f"{label}: equal shares, {len(run.purchases)} bought", once, "ms CPU"),
        (f"  add1, {raises} raises", raised, "ms CPU"),
        ("  certificate checked", verified, "ms CPU"),
    ]


def peer(path: Path, election: Election, mine: list[Line]) -> list[Line]:
    """pabutools on the same file: one run, and on two files add1."""
    from pabutools.election.pabulib import parse_pabulib
    from pabutools.election.satisfaction import Cost_Sat
    from pabutools.rules import method_of_equal_shares

    instance, profile = parse_pabulib(str(path))
    once, bought = cpu_ms(lambda: method_of_equal_shares(instance, profile, sat_class=Cost_Sat))
    same = [p.name for p in bought] == list(fund(election, measure="cost").winners)
    lines = [
        (f"  peer: pabutools, {'same' if same else 'OTHER'} winners", once, "ms CPU"),
        ("  ratio, one run", once / mine[0][1], "x"),
    ]
    if path.stem in PEER_ADD1:
        raised, _ = cpu_ms(
            lambda: method_of_equal_shares(instance, profile, sat_class=Cost_Sat, voter_budget_increment=1)
        )
        lines += [("  peer: pabutools, add1", raised, "ms CPU"), ("  ratio, add1", raised / mine[1][1], "x")]
    return lines


def run() -> list[Line]:
    has_peer = importlib.util.find_spec("pabutools") is not None
    lines: list[Line] = []
    reading = 0.0
    for path in shared_files():
        took, election = cpu_ms(lambda path=path: read(path))
        reading += took
        if election.kind not in ("approval", "choose-1") and path.stem not in PEER_ADD1:
            continue
        mine = ours(path.stem, election)
        lines += mine
        if has_peer and election.voters < 10_000:
            lines += peer(path, election, mine)
    lines.append((f"reading {len(shared_files())} shared files", reading, "ms CPU"))
    content = made_up(90_000, 160, 60_000_000)
    took, election = cpu_ms(lambda: parse(content))
    lines.append((f"made-up city: reading {len(content) / 1e6:.1f} MB", took, "ms CPU"))
    return lines + ours("made-up city", election)
