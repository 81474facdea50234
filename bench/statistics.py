"""Survey statistics: raking, standard errors, disclosure control; the plain methods beside ours.

The peers of NUMBERS (svy, ipfn) are not dependencies: they are timed where somebody has installed them.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import time
from collections.abc import Callable

import numpy as np

from xiangli.surveys.statistics import Margin, by_group, closed_figures, mean, protect_tables, rake, simple_random

ROWS = 100_000
LEVELS = {"性别": 2, "年龄": 6, "村": 20, "组": 4}
Line = tuple[str, float, str]


def cpu_ms(work: Callable[[], object], repeat: int = 5) -> float:
    """Best CPU time of several runs, in milliseconds."""
    best = float("inf")
    for _ in range(repeat):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best * 1000


def sample(rows: int = ROWS) -> tuple[dict[str, list[str]], dict[str, dict[str, float]]]:
    """Rows of text levels, and population totals that differ from the sample's."""
    rng = np.random.default_rng(20230608)
    columns, totals = {}, {}
    for name, size in LEVELS.items():
        labels = [f"{name}{n}" for n in range(size)]
        columns[name] = [labels[n] for n in rng.integers(0, size, rows)]
        people = rng.dirichlet(np.full(size, 20.0)) * 800_000
        totals[name] = dict(zip(labels, people.tolist(), strict=True))
    return columns, totals


def margins(columns: dict[str, list[str]], totals: dict[str, dict[str, float]]) -> list[Margin]:
    return [Margin.of(name, columns[name], totals[name]) for name in columns]


def rake_by_rows(columns: dict[str, list[str]], totals: dict[str, dict[str, float]]) -> np.ndarray:
    """The textbook way, for comparison: every sweep goes over every row."""
    coded = margins(columns, totals)
    weights = np.ones(ROWS)
    for _ in range(200):
        miss = 0.0
        for margin in coded:
            current = np.bincount(margin.codes, weights=weights, minlength=len(margin.totals))
            miss = max(miss, float(np.abs(current / margin.totals - 1).max()))
            weights *= (margin.totals / current)[margin.codes]
        if miss < 1e-13:
            break
    return weights


def peer_ipfn(columns: dict[str, list[str]], totals: dict[str, dict[str, float]]) -> list[Line]:
    if importlib.util.find_spec("ipfn") is None:
        return []
    import pandas as pd
    from ipfn import ipfn

    frame = pd.DataFrame(columns).assign(total=1.0)
    wanted = [pd.Series(level, name="total").rename_axis(name) for name, level in totals.items()]

    def work() -> None:
        ipfn.ipfn(frame.copy(), wanted, [[name] for name in totals], convergence_rate=1e-9).iteration()

    return [("peer: ipfn", cpu_ms(work, 2), "ms CPU")]


def peer_svy(columns: dict[str, list[str]], totals: dict[str, dict[str, float]]) -> list[Line]:
    if importlib.util.find_spec("svy") is None:
        return []
    import polars as pl
    import svy

    frame = pl.DataFrame({**columns, "w": [1.0] * ROWS})
    sample = svy.Sample(frame, svy.Design(wgt="w"))
    return [("peer: svy (to 1e-10)", cpu_ms(lambda: sample.weighting.rake(controls=totals, tol=1e-10), 3), "ms CPU")]


R_SCRIPT = """
suppressMessages(library(survey)); d <- read.csv(file("stdin"), stringsAsFactors = TRUE)
s <- svydesign(id = ~1, weights = ~w, data = d); n <- setdiff(names(d), "w"); pop <- list(%s)
took <- system.time(rake(s, lapply(n, function(x) as.formula(paste("~", x))), pop,
                         control = list(maxit = 100, epsilon = 1e-13)))
cat(1000 * (took[["user.self"]] + took[["sys.self"]]))
"""


def peer_r(columns: dict[str, list[str]], totals: dict[str, dict[str, float]]) -> list[Line]:
    """R's survey, where it is installed; its columns are called m0, m1, …"""
    if shutil.which("Rscript") is None:
        return []
    margins = []
    for number, people in enumerate(totals.values()):
        levels = ", ".join(f'"{level}"' for level in people)
        counts = ", ".join(repr(count) for count in people.values())
        margins.append(f"data.frame(m{number} = c({levels}), Freq = c({counts}))")
    header = ",".join([*(f"m{number}" for number in range(len(columns))), "w"])
    rows = "\n".join(",".join([*row, "1"]) for row in zip(*columns.values(), strict=True))
    script = R_SCRIPT % ", ".join(margins)
    done = subprocess.run(  # fixed words, no shell
        ["Rscript", "-e", script], input=f"{header}\n{rows}\n", capture_output=True, text=True, check=False
    )
    return [("peer: R survey, rake()", float(done.stdout), "ms CPU")] if done.returncode == 0 else []


def villages_and_town() -> Callable[[], object]:
    """Twenty villages, fifteen wishes: what must be hidden when they are published with the town's totals."""
    rng = np.random.default_rng(3)
    answered = {f"村{n}": int(rng.integers(60, 150)) for n in range(20)}
    shares = rng.uniform(0.01, 0.3, 15)
    chosen = {v: {f"愿{i}": int(c) for i, c in enumerate(rng.binomial(n, shares))} for v, n in answered.items()}
    return lambda: closed_figures(chosen, answered, exclusive=False)


def run() -> list[Line]:
    columns, totals = sample()
    coded = margins(columns, totals)
    ones = np.ones(ROWS)
    whole = cpu_ms(lambda: rake(ones, margins(columns, totals)))
    plain = cpu_ms(lambda: rake_by_rows(columns, totals), 3)
    raked = simple_random(ROWS).rake(coded)
    values = np.random.default_rng(1).normal(size=ROWS)
    villages = columns["村"]
    few = {name: values[:600] for name, values in columns.items()}
    tables = [("村", "年龄"), ("村", "性别"), ("年龄", "性别")]
    return [
        (f"rake {ROWS} rows x 4 margins, from text columns (goal <= 20)", whole, "ms CPU"),
        ("  of which fitting alone (codes ready)", cpu_ms(lambda: rake(ones, coded)), "ms CPU"),
        ("  peer: the same, sweep by sweep over the rows", plain, "ms CPU"),
        ("  ratio peer / ours", plain / whole, "x"),
        *peer_ipfn(columns, totals),
        *peer_svy(columns, totals),
        *peer_r(columns, totals),
        ("mean with standard error, raked design", cpu_ms(lambda: mean(raked, values)), "ms CPU"),
        ("means of 20 villages with standard errors", cpu_ms(lambda: by_group(raked, values, villages), 2), "ms CPU"),
        (
            "disclosure: 3 linked tables of 20 villages, 600 answers",
            cpu_ms(lambda: protect_tables(few, tables), 1),
            "ms CPU",
        ),
        ("disclosure: 20 villages x 15 wishes with the town's totals", cpu_ms(villages_and_town(), 1), "ms CPU"),
    ]
