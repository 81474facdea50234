import json

import pytest

from xiangli.surveys.commands import sheets
from xiangli.surveys.sheets.simulate import simulate_scans

from .conftest import definition


@pytest.fixture
def survey(tmp_path):
    path = tmp_path / "survey.json"
    path.write_text(json.dumps({**definition(), "campaign": "taiyin-2026", "version": 2}), encoding="utf-8")
    return path


def test_print_then_read_goes_round(survey, tmp_path, capsys):
    out = tmp_path / "out"
    assert (
        sheets.main(["print", str(survey), "--village", "老城村", "--copies", "2", "--first", "5", "--out", str(out)])
        == 0
    )
    layout = json.loads((out / "layout.json").read_text("utf-8"))
    assert (layout["survey"], layout["version"], layout["title"][:3]) == ("taiyin-2026", 2, "老城村")
    answers = {6: {"sex": ["o2"], "q2": ["o4"]}}
    scans = simulate_scans(out / "sheets.pdf", layout, answers, tmp_path / "scans", first_sheet=5, seed=3)
    table = tmp_path / "readings.csv"
    words = [
        "read",
        str(out / "layout.json"),
        str(scans[0].parent),
        "--out",
        str(table),
        "--review",
        str(tmp_path / "r"),
    ]
    assert sheets.main(words) == 0
    marked = [line.split(",")[1:6] for line in table.read_text("utf-8").splitlines() if ",marked," in line]
    assert marked == [["6", "1", "sex", "o2", "marked"], ["6", "2", "q2", "o4", "marked"]]
    assert "1 份问卷" in capsys.readouterr().out


def test_print_in_a_language_and_sheets_of_another_are_named(tmp_path, capsys):
    asked = {**definition(), "campaign": "taiyin-2026", "version": 2}
    asked["questions"][0]["translations"] = {"English (en)": {"label": "Are you a woman or a man"}}
    (tmp_path / "survey.json").write_text(json.dumps(asked), encoding="utf-8")
    for language in ("", "en"):
        out = str(tmp_path / f"out{language}")
        assert sheets.main(
            ["print", str(tmp_path / "survey.json"), "--copies", "1", "--language", language, "--out", out]
        ) == 0  # fmt: skip
    layout = json.loads((tmp_path / "outen" / "layout.json").read_text("utf-8"))
    assert layout["language"] == "en"
    scans = simulate_scans(
        tmp_path / "outen/sheets.pdf", layout, {1: {"sex": ["o2"]}}, tmp_path / "s", first_sheet=1, seed=3
    )
    capsys.readouterr()
    words = ["read", str(tmp_path / "out" / "layout.json"), str(scans[0]), "--out", str(tmp_path / "r.csv")]
    assert sheets.main(words) == 2
    assert "是这份问卷的另一种语言，要用那种语言的版式读 taiyin-2026 第 2 版 编号 1 语言 en" in capsys.readouterr().err
    words = ["print", str(tmp_path / "survey.json"), "--copies", "1", "--language", "fr", "--out", str(tmp_path / "fr")]
    assert sheets.main(words) == 2
    assert "没有“fr”" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["print", "missing.json", "--copies", "1", "--out", "o"], "找不到问卷"),
        (["print", "{survey}", "--copies", "999999", "--out", "o"], "一次最多"),
        (["read", "missing.json", "x.jpg", "--out", "r.csv"], "打不开版式文件 missing.json：没有这个文件"),
        (["read", "{survey}", "x.jpg", "--out", "r.csv"], "版式文件"),
    ],
)
def test_what_cannot_be_done_is_said_with_exit_code_2(words, said, survey, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert sheets.main([word.format(survey=survey) for word in words]) == 2
    assert said in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["survey.json"]
