"""Random samples of every design through `surveys estimate` and through R's `survey` on this machine, side by side."""

import argparse
import csv
import itertools
import json
import math
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import absent
from xiangli.core.tables import read_table
from xiangli.surveys.commands import estimate

SAMPLES = 6
DESIGNS = list(itertools.product(("plain", "strata", "clusters", "both"), ("no", "yes"), ("no", "rake", "calibrate")))
R_REMEDY = "apt-get install r-cran-survey r-cran-mass"


def write(path: Path, rows: list[list[object]]) -> None:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)


COLUMNS = ["s", "c", "w", "x", "y", "g", "wave", "a", "b", "n_plain", "n_strata", "n_clusters", "n_both"]


def draw(folder: Path, seed: int) -> None:
    """A sample in strata and clusters with missing answers, and margins that it does not meet, to the last bit."""
    random = np.random.default_rng([2026, seed])
    units = [(f"s{s}", f"c{s}-{c}") for s in range(random.integers(2, 5)) for c in range(random.integers(4, 10))]
    places = [unit for unit in units for _ in range(random.integers(2, 9))]
    size = len(places)
    drawn = Counter(stratum for stratum, _ in places)
    units_drawn = Counter(stratum for stratum, _ in units)
    more = {stratum: int(random.integers(1, 40)) for stratum in drawn}
    weights = np.exp(random.normal(2, 0.7, size)) if seed % 3 else np.full(size, 7.25)
    a, b = (random.permutation(np.arange(size) % levels) for levels in (3, 4))
    rows: list[list[object]] = [list(COLUMNS)]
    for row, (stratum, unit) in enumerate(places):
        answer = "NA" if random.random() < 0.1 else repr(float(np.exp(random.normal(3, 1))))
        yes = random.choice(["yes", "no", "NA"], p=[0.5, 0.4, 0.1])
        group, wave = f"g{random.integers(4)}", random.integers(1, 3)
        sizes = [size + 90, drawn[stratum] + more[stratum], len(units) + 11, units_drawn[stratum] + more[stratum]]
        weight = repr(float(weights[row]))
        rows.append([stratum, unit, weight, answer, yes, group, wave, f"a{a[row]}", f"b{b[row]}", *sizes])
    write(folder / f"case{seed}.csv", rows)
    people = float(weights.sum() * random.uniform(0.8, 1.3))
    margins: list[list[object]] = [["name", "level", "total"]]
    for name, levels in (("a", 3), ("b", 4)):
        shares = random.dirichlet(np.full(levels, 8.0))
        margins += [[name, f"{name}{level}", repr(float(share) * people)] for level, share in enumerate(shares)]
    write(folder / f"margins{seed}.csv", margins)


@pytest.fixture(scope="module")
def samples(tmp_path_factory) -> tuple[Path, dict[str, dict[tuple[str, str], dict[str, float]]]]:
    """The folder of samples, and what R says of them: {case: {(what, group): {"value", "se", "low", "high"}}}."""
    program = shutil.which("Rscript")
    if not program or subprocess.run([program, "-e", "library(survey); library(MASS)"], capture_output=True).returncode:
        absent("no R with its survey package", R_REMEDY)
    folder = tmp_path_factory.mktemp("beside-r")
    for seed in range(SAMPLES):
        draw(folder, seed)
    script = Path(__file__).with_name("beside.R")
    done = subprocess.run([program, str(script), str(folder)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    theirs: dict[str, dict[tuple[str, str], dict[str, float]]] = {}
    with (folder / "r.csv").open() as file:
        for row in csv.DictReader(file):
            numbers = {
                name: math.nan if row[name] == "NA" else float(row[name]) for name in ("value", "se", "low", "high")
            }
            theirs.setdefault(row["case"], {})[row["what"], row["group"]] = numbers
    return folder, theirs


def ours(folder: Path, seed: int, kind: str, fpc: str, fit: str) -> dict[tuple[str, str], dict[str, float]]:
    table = read_table((folder / f"case{seed}.csv").read_bytes(), limit=10**7)
    words = ["FILE", "--weights", "w"]
    words += ["--strata", "s"] if kind in ("strata", "both") else []
    words += ["--clusters", "c"] if kind in ("clusters", "both") else []
    words += ["--fpc", f"n_{kind}"] if fpc == "yes" else []
    if fit != "no":
        totals: dict[str, dict[str, float]] = {}
        with (folder / f"margins{seed}.csv").open() as file:
            for row in csv.DictReader(file):
                totals.setdefault(row["name"], {})[row["level"]] = float(row["total"])
        (folder / "margins.json").write_text(json.dumps(totals))
        words += ["--rake", str(folder / "margins.json"), "--errors", fit]

    def asked(*more: str) -> dict:
        parser = argparse.ArgumentParser()
        estimate.add_arguments(parser)
        return estimate.estimate(table, parser.parse_args([*words, *more]))

    plain = asked("--mean", "x", "--total", "x", "--proportion", "y=yes")
    found = {(figure["kind"], ""): figure for figure in plain["figures"]}
    found["deff", ""] = {"value": found["mean", ""]["deff"]}
    found |= {("by", figure["group"]): figure for figure in asked("--mean", "x", "--by", "g")["figures"]}
    found["change", ""] = asked("--mean", "x", "--change", "wave=1,2")["figures"][0]
    weights = plain["_weights"]
    found["weights", ""] = {"value": math.fsum(weights), "se": math.fsum(w * w for w in weights)}
    trimmed = asked("--mean", "x", "--trim", repr(2.0 ** math.ceil(math.log2(2 * math.fsum(weights) / len(weights)))))
    squares = math.fsum(w * w for w in trimmed["_weights"])
    found["trimmed", ""] = {"value": squares, "se": trimmed["figures"][0]["se"]}
    return found


@pytest.mark.parametrize(("kind", "fpc", "fit"), DESIGNS)
def test_every_figure_is_the_one_that_r_gives(samples, kind, fpc, fit):
    folder, theirs = samples
    for seed in range(SAMPLES):
        mine = ours(folder, seed, kind, fpc, fit)
        expected = theirs[f"case{seed} {kind} {fpc} {fit}"]
        assert len(expected) >= 10
        for key, figure in expected.items():
            near = 1e-7 if key[0] == "proportion" else 1e-9  # R finds the logit by iteration
            for name, number in figure.items():
                if not math.isnan(number):
                    assert mine[key][name] == pytest.approx(number, rel=near), (seed, key, name)
