import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import xiangli
from xiangli.planning.commands.plan import main


@pytest.fixture
def solved(tmp_path):
    source, target = tmp_path / "town.json", tmp_path / "plan.json"
    sizes = ["--villages", "2", "--spaces", "2", "--services", "5", "--specialists", "1"]
    assert main(["generate", *sizes, "--out", str(source)]) == 0
    assert main(["solve", str(source), "--work", "0.5", "--workers", "1", "--out", str(target), "--quiet"]) == 0
    return source, target


def test_solve_check_why_and_replan_go_together(solved, tmp_path, capsys):
    source, target = solved
    assert main(["check", str(target)]) == 0
    assert "全部通过" in capsys.readouterr().out
    assert main(["why", str(target), "--village", "第1村", "--json", "--limit", "2"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {r["village"] for r in rows} == {"v01"}
    again = tmp_path / "again.json"
    args = ["solve", str(source), "--previous", str(target), "--keep", "1", "--work", "0.5", "--out", str(again)]
    assert main(args) == 0
    assert [c for c in json.loads(again.read_text("utf-8"))["changes"] if c["kind"] != "added"] == []


def test_check_finds_what_was_tampered_with(solved, capsys):
    _, target = solved
    plan = json.loads(target.read_text("utf-8"))
    plan["report"]["value"] += 1
    target.write_text(json.dumps(plan), "utf-8")
    assert main(["check", str(target)]) == 1
    assert "重算" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "不是正确的 JSON"),
        (b"[1]", "应是一个对象"),
        ("村".encode("gbk"), "不是 UTF-8"),
        (b'{"villages": [{"id": "a", "spaces": [{"id": "x"}]}]}', "capacity"),
        (b"[" * 100_000, "嵌套太深"),
        (b'{"town": {"id": "\\ud800"}}', "残缺的字符"),
        (b'{"slot_minutes": ' + b"9" * 5000 + b"}", "长得读不了的数"),
        (b'{"slot_minutes": 1e999}', "太大，或者不是数"),
        (b"null", "应是一个对象"),
    ],
)
def test_bad_input_gets_a_sentence_and_leaves_nothing(tmp_path, capsys, content, words):
    source, target = tmp_path / "town.json", tmp_path / "plan.json"
    source.write_bytes(content)
    assert main(["solve", str(source), "--work", "1", "--workers", "1", "--out", str(target)]) == 2
    assert words in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["town.json"]


@pytest.mark.parametrize(
    "words",
    [
        ["--gap", "nan"], ["--gap", "-1"], ["--seed", "-5"], ["--seed", "1e12"], ["--workers", "0"],
        ["--seconds", "-1"], ["--work", "much"], ["--keep", "7"], ["--nonsense"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_wrong_words_of_the_command_get_a_sentence(tmp_path, capsys, words):
    assert main(["solve", "town.json", "--out", str(tmp_path / "plan.json"), *words]) == 2
    assert "命令写法有误" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def launched(*words: str) -> subprocess.Popen[str]:
    code = "import sys; from xiangli.planning.commands.plan import main; sys.exit(main(sys.argv[1:]))"
    here = {**os.environ, "PYTHONPATH": str(Path(xiangli.__file__).parents[1]), "PYTHONUTF8": "1"}
    return subprocess.Popen([sys.executable, "-c", code, *words], stderr=subprocess.PIPE, text=True, env=here)


def test_control_c_writes_the_best_plan_so_far(tmp_path):
    source, target = tmp_path / "town.json", tmp_path / "plan.json"
    assert main(["generate", "--villages", "4", "--out", str(source)]) == 0
    process = launched("solve", str(source), "--seconds", "120", "--gap", "0", "--out", str(target))
    for line in process.stderr:  # a first week of every village is there
        if "排各村" in line and "最好 —" not in line:
            break
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert (process.returncode, "已中断：这是到此为止最好的计划" in told) == (0, True)
    assert main(["check", str(target)]) == 0
    assert json.loads(target.read_text("utf-8"))["report"]["status"] == "interrupted"


def test_control_c_before_there_is_a_plan_says_so_and_writes_nothing(tmp_path):
    source, target = tmp_path / "town.json", tmp_path / "plan.json"
    assert main(["generate", "--villages", "8", "--out", str(source)]) == 0
    process = launched("solve", str(source), "--seconds", "120", "--out", str(target))
    process.stderr.readline()  # the first bound; no visits yet, and every village must have one
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "还没有排出守住所有规定的计划" in told
    assert not target.exists()


def test_the_same_words_write_the_same_plan(solved, tmp_path):
    source, target = solved
    again = tmp_path / "again.json"
    assert main(["solve", str(source), "--work", "0.5", "--workers", "1", "--out", str(again), "--quiet"]) == 0
    one, other = (json.loads(path.read_text("utf-8")) for path in (target, again))
    for plan in (one, other):
        plan["solver"].pop("seconds")
    assert one == other


def test_price_solves_again_and_agrees_with_the_reason(solved, capsys):
    _, target = solved
    assert main(["why", str(target), "--price", "--json", "--limit", "3", "--seconds", "2"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["price"]["value_after"] >= row["price"]["value_before"] for row in rows] == [True] * len(rows)
    served = [row for row in rows if row["serves"] and len(row["changes"]) == 1]
    for row in served:  # nothing gives way: whoever is served more is served by what was named
        assert sum(row["price"]["more"].values()) >= min(row["serves"], row["unmet"]) - 0.01


def test_changes_are_listed_for_those_they_touch(solved, tmp_path, capsys):
    source, target = solved
    town, plan = json.loads(source.read_text("utf-8")), json.loads(target.read_text("utf-8"))
    gone = next(s for s in plan["sessions"] if not s["specialist"])
    village = next(v for v in town["villages"] if v["id"] == gone["village"])
    closure = {name: gone[name] for name in ("space", "day", "from", "to")}
    village["closures"] = [{**closure, "reason": "维修"}]
    source.write_text(json.dumps(town), "utf-8")
    again = tmp_path / "again.json"
    args = ["solve", str(source), "--previous", str(target), "--keep", "0.9", "--work", "0.5", "--out", str(again)]
    assert main(args) == 0
    changes = json.loads(again.read_text("utf-8"))["changes"]
    assert {c["village"] for c in changes} == {gone["village"]}
    assert gone in [c["before"] for c in changes]
    told = capsys.readouterr().err
    assert told.count(f"  · {village['name']} ") == len(changes)


def test_missing_file_unknown_village_and_unwritable_target_are_told(solved, tmp_path, capsys):
    _, target = solved
    assert main(["check", str(tmp_path / "none.json")]) == 2
    assert main(["why", str(target), "--village", "没有的村"]) == 2
    assert main(["generate", "--villages", "1", "--out", str(tmp_path / "no" / "x.json")]) == 2
    assert main(["generate", "--villages", "0"]) == 2
    assert main(["generate", "--villages", "9999999"]) == 2
    assert main(["check", str(tmp_path)]) == 2
    err = capsys.readouterr().err
    assert "none.json：没有这个文件" in err
    assert "应是 0 到 2000 的整数" in err
    assert "是一个文件夹" in err
    assert "没有“没有的村”这个村" in err
    assert "写不了" in err
    assert "至少是 1" in err


def test_every_command_of_the_page_on_weeks_does_what_it_says(tmp_path, monkeypatch, capsys):
    """In order, in one folder; smaller and shorter than written."""
    page = (Path(xiangli.__file__).parents[2] / "docs" / "planning.md").read_text("utf-8")
    commands = [shlex.split(line) for line in re.findall(r"^ {4}\./xiangli plan (.+)$", page, re.MULTILINE)]
    assert {words[0] for words in commands} == {"generate", "solve", "check", "why", "county"}
    monkeypatch.chdir(tmp_path)
    small = {"--villages": "1", "--seconds": "2", "--workers": "1"}
    for words in commands:
        if words[0] == "county":
            Path("towns").mkdir()
            shutil.copy("town.json", "towns")
        smaller = [small.get(before, word) for before, word in zip(["", *words], words, strict=False)]
        assert main(smaller) == 0, smaller
    assert {path.name for path in tmp_path.iterdir()} == {"town.json", "plan.json", "next.json", "towns", "plans"}
    assert "全部通过" in capsys.readouterr().out


def test_a_plan_that_boasts_is_caught(solved, tmp_path, capsys):
    _, target = solved
    plan = json.loads(target.read_text("utf-8"))
    plan["report"].update(bound=plan["report"]["value"] + 1000, gap=0.0, status="optimal")
    forged = tmp_path / "forged.json"
    forged.write_text(json.dumps(plan), "utf-8")
    assert main(["check", str(forged)]) == 1
    out = capsys.readouterr().out
    assert "证明状态“optimal”与上界不合" in out
    assert "gap" in out
    assert "2 处不合规定" in out
