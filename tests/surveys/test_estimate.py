import json

import pytest

from xiangli.config.cli import main

PRINTED = ["surveys", "estimate"]


@pytest.fixture
def oracle(shared_data):
    return shared_data / "survey_oracle"


def figures(capsys, *words):
    assert main([*PRINTED, *map(str, words), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_estimate_of_a_clustered_raked_sample_is_r_s(oracle, tmp_path, capsys):
    margins = tmp_path / "margins.json"
    margins.write_text(json.dumps({"stype": {"E": 4421, "H": 755, "M": 1018}, "sch.wide": {"No": 1072, "Yes": 5122}}))
    out = tmp_path / "weights.csv"
    answer = figures(
        capsys, oracle / "apiclus1.csv", "--weights", "pw", "--clusters", "dnum", "--rake", margins, "--mean", "api00",
        "--total", "enroll", "--weights-out", out,
    )  # fmt: skip
    one, other = answer["figures"]
    assert (one["value"], one["se"]) == (pytest.approx(641.23032092682), pytest.approx(23.9420099145702, abs=1e-9))
    assert (one["df"], one["respondents"], one["group"]) == (14, 183, None)
    assert other["se"] == pytest.approx(404632.221021314, rel=1e-12)
    assert answer["sum_of_weights"] == pytest.approx(6194, rel=1e-12)
    lines = out.read_text(encoding="utf-8-sig").splitlines()
    assert (lines[0], len(lines)) == ("row,weight", 184)


def test_estimate_takes_the_population_of_each_stratum_from_a_column(oracle, capsys):
    """Weights are then population over drawn, which is what pw is, to the six digits it was written with."""
    words = (oracle / "apistrat.csv", "--strata", "stype", "--fpc", "fpc", "--by", "sch.wide", "--mean", "api00")
    found = {one["group"]: one for one in figures(capsys, *words)["figures"]}
    assert found["No"]["value"] == pytest.approx(593.746858214589, rel=1e-6)
    assert found["Yes"]["se"] == pytest.approx(10.5203892001006, rel=1e-6)


def test_estimate_gives_every_level_of_a_column_and_the_change_between_two_waves(oracle, capsys):
    words = (oracle / "apistrat.csv", "--weights", "pw", "--strata", "stype", "--fpc", "fpc")
    levels = figures(capsys, *words, "--proportion", "sch.wide")["figures"]
    assert {one["level"]: round(one["value"], 6) for one in levels} == {"No": 0.172052, "Yes": 0.827948}
    (one,) = figures(capsys, *words, "--mean", "api00", "--change", "stype=E,H")["figures"]
    assert (one["group"], one["value"], one["se"]) == (
        "H - E",
        pytest.approx(-48.61),
        pytest.approx(19.40216, abs=1e-5),
    )


def test_estimate_of_several_choices_and_of_a_ranking_in_one_cell(tmp_path, capsys):
    table = tmp_path / "t.csv"
    rows = ["wish,order,sex", "下棋 跳舞,下棋 > 跳舞,女", "跳舞,跳舞、下棋,男", "NA,,女", "下棋,下棋,女", ""]
    table.write_text("\n".join(rows), encoding="utf-8")
    found = figures(capsys, table, "--multiple", "wish", "--ranking", "order")["figures"]
    values = {(one["kind"], one["variable"], one["level"]): (one["value"], one["respondents"]) for one in found}
    third = pytest.approx(2 / 3)
    assert values == {
        ("proportion", "wish", "下棋"): (third, 3), ("proportion", "wish", "跳舞"): (third, 3),
        ("first", "order", "下棋"): (third, 3), ("first", "order", "跳舞"): (pytest.approx(1 / 3), 3),
        ("score", "order", "下棋"): (pytest.approx(2.5 / 3), 3), ("score", "order", "跳舞"): (pytest.approx(0.5), 3),
        ("place", "order", "下棋"): (pytest.approx(4 / 3), 3), ("place", "order", "跳舞"): (1.5, 2),
    }  # fmt: skip
    by_sex = figures(capsys, table, "--ranking", "order", "--by", "sex")["figures"]
    assert {(one["level"], one["group"]) for one in by_sex if one["kind"] == "first" and one["value"] == 1} == {
        ("下棋", "女"), ("跳舞", "男"),
    }  # fmt: skip
    table.write_text("order\n下棋 下棋\n", encoding="utf-8")
    assert main([*PRINTED, str(table), "--ranking", "order"]) == 2
    assert "第 1 份答卷的排序重复" in capsys.readouterr().err


def test_estimate_reads_zeros_and_ones_as_one_share_and_prints_plainly(tmp_path, capsys):
    table = tmp_path / "t.csv"
    table.write_text("a,w\n1,2\n0,2\nNA,2\n1,2\n")
    assert main([*PRINTED, str(table), "--weights", "w", "--proportion", "a"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("4 份，代表 8，有效样本量 4.0\nproportion a=1: 0.66666667  SE ")
    assert said.endswith("3 份\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--mean", "x"], "表格缺少列：x"),
        ([], "请写明算什么"),
        (["--mean", "g"], "第 2 行“g”的“甲”不是数字"),
        (["--mean", "v", "--weights", "w"], "第 3 行“w”是空的，不能用作权数"),
        (["--mean", "v", "--fpc", "3"], "总体共 3 个单元，却抽了 4 个"),
        (["--mean", "v", "--strata", "g", "--fpc", "n"], "第 3 行“n”是 8，与同层别的行（9）不同"),
        (["--mean", "v", "--change", "g=甲,丙"], "列“g”里没有“丙”"),
        (["--total", "v", "--change", "g=甲,乙"], "只算平均数和比例"),
        (["--proportion", "g=丁"], "列“g”里没有“丁”"),
        (["--mean", "v", "--rake", "{good}"], "边际“g”中“丙”有 5 人，却没有一份答卷"),
        (["--mean", "v", "--rake", "{bad}"], "的人数应是数字"),
        (["--mean", "v", "--rake", "{none}"], "不是边际文件"),
    ],
)
def test_estimate_refuses_with_the_reason(tmp_path, capsys, words, message):
    table = tmp_path / "t.csv"
    table.write_text("g,v,w,n\n甲,1,1,9\n甲,2,,8\n乙,3,1,9\n乙,5,1,9\n")
    files = {"good": '{"g": {"甲": 5, "乙": 6, "丙": 5}}', "bad": '{"g": {"甲": "5"}}', "none": "x"}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    words = [word.format(**{name: tmp_path / name for name in files}) for word in words]
    assert main([*PRINTED, str(table), *words]) == 2
    assert message in capsys.readouterr().err
