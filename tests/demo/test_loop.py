"""The main job as one command, as a user runs it: on the demonstration and on real answers."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools.bootstrap.schema import packed

CHECKOUT = Path(__file__).resolve().parents[2]
MAPPINGS = CHECKOUT / "src" / "xiangli" / "demo" / "mappings"
MADE = {
    "sheets.pdf", "layout.json", "readings.csv", "needs.csv", "plan.json", "ledger.xlsx", "door-poster.pdf",
    "centre.html", "summary.md",
}  # fmt: skip


def loop(*words: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(CHECKOUT / "src"), "PYTHONUTF8": "1"}
    if packed().exists():
        env["XIANGLI_SCHEMA"] = str(packed())
    command = [sys.executable, "-m", "xiangli.config.cli", "demo-loop", *words]
    return subprocess.run(command, cwd=CHECKOUT, env=env, capture_output=True, text=True, timeout=500)


@pytest.mark.slow
def test_loop_on_the_demonstration_makes_everything(tmp_path):
    out = tmp_path / "out"
    done = loop("--out", str(out), "--copies", "4", "--seconds", "3")
    assert done.returncode == 0, done.stderr
    assert {path.name for path in out.iterdir()} >= MADE
    assert "扫描件是程序模拟的" in (out / "summary.md").read_text()
    with (out / "readings.csv").open(encoding="utf-8-sig") as file:
        assert {row["sheet"] for row in csv.DictReader(file)} == {"1", "2", "3", "4"}
    page = (out / "centre.html").read_text()
    assert "陆村社区乡里中心" in page
    assert "<style>" in page


@pytest.mark.slow
@pytest.mark.parametrize("name", ["water_consumer_survey", "nepal_community_perception_rounds_1-6"])
def test_loop_on_real_answers_reports_every_row_it_cannot_use(shared_data, tmp_path, name):
    out, source = tmp_path / "out", shared_data / "surveys" / f"{name}.csv"
    words = ["--answers", str(source), "--mapping", str(MAPPINGS / f"{name}.json"), "--copies", "3", "--seconds", "3"]
    done = loop("--out", str(out), *words)
    assert done.returncode == 0, done.stderr
    assert {path.name for path in out.iterdir()} >= MADE | {"refused.csv"}
    with source.open(encoding="utf-8-sig") as file:
        rows = sum(1 for _ in csv.DictReader(file))
    with (out / "refused.csv").open(encoding="utf-8-sig") as file:
        refused = list(csv.DictReader(file))
    assert all(row["原因"] for row in refused)
    summary = (out / "summary.md").read_text()
    assert f"{rows} 行，可用 {rows - len(refused)} 行，不能用 {len(refused)} 行" in summary
    assert json.loads((out / "plan.json").read_text())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--answers", "none.csv", "--mapping", "none.json"], "找不到 none.csv"),
        (["--answers", "README.md"], "要一起给"),
        (["--copies", "0"], "1 到 1000"),
        (["--scans", "none"], "找不到 none"),
    ],
)
def test_loop_refuses_bad_input_and_leaves_nothing(tmp_path, words, message):
    done = loop("--out", str(tmp_path / "out"), *words)
    assert (done.returncode, message in done.stderr) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_loop_never_overwrites_a_folder_that_is_not_its_own(tmp_path):
    (tmp_path / "letter.txt").write_text("别动")
    done = loop("--out", str(tmp_path))
    assert (done.returncode, "里有别的东西" in done.stderr) == (2, True)
    assert (tmp_path / "letter.txt").read_text() == "别动"
