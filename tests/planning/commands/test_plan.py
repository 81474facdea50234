import json

import pytest

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
    ],
)
def test_bad_input_gets_a_sentence_and_leaves_nothing(tmp_path, capsys, content, words):
    source, target = tmp_path / "town.json", tmp_path / "plan.json"
    source.write_bytes(content)
    assert main(["solve", str(source), "--work", "1", "--workers", "1", "--out", str(target)]) == 2
    assert words in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["town.json"]


def test_missing_file_unknown_village_and_unwritable_target_are_told(solved, tmp_path, capsys):
    _, target = solved
    assert main(["check", str(tmp_path / "none.json")]) == 2
    assert main(["why", str(target), "--village", "没有的村"]) == 2
    assert main(["generate", "--villages", "1", "--out", str(tmp_path / "no" / "x.json")]) == 2
    assert main(["generate", "--villages", "0"]) == 2
    err = capsys.readouterr().err
    assert "读不了文件" in err
    assert "没有“没有的村”这个村" in err
    assert "写不了" in err
    assert "至少是 1" in err
