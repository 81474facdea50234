"""Fair budgets: reading, equal shares, completion by raising; pabutools (an oracle in tests only) beside ours.

XIANGLI_PABULIB=folder also reads and funds every .pb file there. pabutools is timed in both of its forms, as it reads a
file and with equal ballots merged; the ratio is to the faster one.
"""

from __future__ import annotations

import importlib.util
import os
import time
from collections.abc import Callable, Iterator
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
PEER_ONCE = 10_000  # voters: larger files take pabutools minutes
PEER_ADD1 = (  # with equal ballots merged, half a minute of pabutools together
    "France_Toulouse_2019",
    "Poland_Katowice_2020_Osiedle_Witosa",
    "Poland_Katowice_2025",
    "Poland_Krakow_2022_Grzegorzki",
    "Poland_Lodz_2023_Julianow-Marysin-Rogi",
)
PEER_ADD1_AS_READ = ("Poland_Katowice_2020_Osiedle_Witosa", "Poland_Lodz_2023_Julianow-Marysin-Rogi")


def cpu_ms(work: Callable[[], Any], times: int = 1) -> tuple[float, Any]:
    """The least CPU time of so many tries, and the result."""
    least = float("inf")
    for _ in range(times):
        start = time.process_time()
        result = work()
        least = min(least, time.process_time() - start)
    return least * 1000, result


def made_up(voters: int, projects: int, budget: int, *, share: int = 60, seed: int = 20230608) -> bytes:
    """A city's election in Pabulib's form: popular and unpopular projects, five approvals each.

    share: how many projects of middling cost the budget pays for.
    """
    rng = np.random.default_rng(seed)
    fame = rng.dirichlet(np.full(projects, 0.4))
    costs = np.maximum(1000, (rng.lognormal(0.0, 1.0, projects) * budget / share)).astype(int)
    lines = ["META", "key;value", f"budget;{budget}", "vote_type;approval", "PROJECTS", "project_id;cost"]
    lines += [f"P{n:04d};{cost}" for n, cost in enumerate(costs.tolist())]
    lines += ["VOTES", "voter_id;vote"]
    chosen = rng.choice(projects, size=(voters, 5), p=fame)
    lines += [f"{n};{','.join(f'P{p:04d}' for p in row)}" for n, row in enumerate(chosen.tolist())]
    return "\n".join(lines).encode()


def shared_files() -> list[Path]:
    folder = Path(os.environ.get("XIANGLI_SHARED") or Path(__file__).resolve().parents[2] / "shared")
    return sorted((folder / "data" / "pabulib").glob("*.pb"))


def ours(name: str, content: bytes, election: Election, tries: int = 3) -> list[Line]:
    reading, _ = cpu_ms(lambda: parse(content), 3)
    building, support = cpu_ms(lambda: build(election, "cost"), 3)
    once, run = cpu_ms(lambda: Run(support, first_share(support, 0)).finish(), 3)
    raised, (_, raises, _) = cpu_ms(lambda: add_one(support), tries)
    proof = to_json(fund(election, measure="cost", completion="add1"))
    verified, _ = cpu_ms(lambda: check(election, proof))
    return [
        (f"{name} ({election.voters} x {len(election.projects)}, {election.kind})", len(content) / 1e6, "MB"),
        ("  reading", reading, "ms CPU"),
        ("  build", building, "ms CPU"),
        (f"  equal shares, {len(run.purchases)} bought", once, "ms CPU"),
        (f"  add1, {raises} raises", raised, "ms CPU"),
        ("  certificate checked", verified, "ms CPU"),
    ]


def peer(path: Path, election: Election, mine: dict[str, float]) -> Iterator[Line]:
    """pabutools on the same file: one run, and on some files add1."""
    from pabutools.election.pabulib import parse_pabulib
    from pabutools.election.satisfaction import Cost_Sat
    from pabutools.rules import method_of_equal_shares

    reading, (instance, profile) = cpu_ms(lambda: parse_pabulib(str(path)))
    yield "  peer: pabutools, reading", reading, "ms CPU"
    yield "  ratio, reading", reading / mine["reading"], "x"
    for completion, label in (("none", "once"), ("add1", "add1")):
        step = 1 if completion == "add1" else None
        forms = {"merged": profile.as_multiprofile()}
        if completion == "none" or path.stem in PEER_ADD1_AS_READ:
            forms["as read"] = profile
        elif path.stem not in PEER_ADD1:
            continue
        wanted = list(fund(election, measure="cost", completion=completion).winners)
        fastest = float("inf")
        for form, voters in forms.items():
            took, bought = cpu_ms(
                lambda voters=voters, step=step: method_of_equal_shares(  # type: ignore[misc]
                    instance, voters, sat_class=Cost_Sat, voter_budget_increment=step
                )
            )
            fastest = min(fastest, took)
            verdict = "same" if [p.name for p in bought] == wanted else "OTHER"
            yield f"  peer: pabutools {label}, {form}, {verdict} winners", took, "ms CPU"
            yield f"  ratio, {label}, {form}", took / mine[label], "x"


def corpus(folder: Path) -> Iterator[Line]:
    """Every file of a folder: read, and funded once."""
    files = sorted(folder.rglob("*.pb"))
    reading, funding, refused = 0.0, 0.0, 0
    for path in files:
        try:
            took, election = cpu_ms(lambda path=path: read(path))  # type: ignore[misc]
        except ValueError:
            refused += 1
            continue
        reading += took
        funding += cpu_ms(lambda election=election: fund(election))[0]  # type: ignore[misc]
    yield f"corpus: {len(files)} files, {refused} refused", sum(path.stat().st_size for path in files) / 1e6, "MB"
    yield "  reading", reading / 1000, "s CPU"
    yield "  equal shares with payments and losers", funding / 1000, "s CPU"


def run() -> list[Line]:
    has_peer = importlib.util.find_spec("pabutools") is not None
    lines: list[Line] = []
    size = total = 0.0
    for path in shared_files():
        content = path.read_bytes()
        election = parse(content)
        mine = ours(path.stem, content, election)
        lines += mine
        size, total = size + mine[0][1], total + mine[1][1]
        if has_peer and (election.voters < PEER_ONCE or path.stem in PEER_ADD1):
            lines += peer(path, election, {"reading": mine[1][1], "once": mine[3][1], "add1": mine[4][1]})
    if total:
        lines.append(("reading all shared files", size / total * 1000, "MB/s"))
    for name, voters, projects, budget, share in (
        ("made-up city", 90_000, 160, 60_000_000, 60),
        ("made-up city in small money", 20_000, 300, 1_000_000_000, 60),
        ("made-up city of a thousand projects", 5_000, 1_000, 20_000_000, 400),
        ("made-up country of ten thousand projects", 3_000, 10_000, 5_000_000, 400),
    ):
        content = made_up(voters, projects, budget, share=share)
        lines += ours(name, content, parse(content), tries=3 if projects < 1_000 else 1)  # or half a minute each
    if folder := os.environ.get("XIANGLI_PABULIB"):
        lines += corpus(Path(folder))
    return lines
