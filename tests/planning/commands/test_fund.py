import json

import pytest

from xiangli.planning.commands.fund import main

TEXT = """META
key;value
budget;60
vote_type;approval
PROJECTS
project_id;cost;name
a;20;路灯
b;45;球场
VOTES
voter_id;vote;sex;age
1;a;F;70
2;a,b;M;30
3;b;F;20
"""


@pytest.fixture
def election(tmp_path):
    path = tmp_path / "村.pb"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_the_outcome_is_printed(election, capsys):
    assert main([str(election)]) == 0
    printed = capsys.readouterr().out
    for text in (
        "等额份额法",
        "每人分得 20",
        "1  a  20  路灯",
        "缺 15",
        "按性别各付多少",
        "60+  10",
        "并列规则",
        "证书",
    ):
        assert text in printed


def test_json_is_printed_and_checks(election, tmp_path, capsys):
    assert main([str(election), "--json", "--satisfaction", "cardinality", "--completion", "add1"]) == 0
    result = tmp_path / "result.json"
    result.write_text(capsys.readouterr().out, encoding="utf-8")
    assert json.loads(result.read_text(encoding="utf-8"))["winners"] == ["a"]
    assert main([str(election), "--check", str(result)]) == 0
    assert "成立：" in capsys.readouterr().out


def test_check_may_stand_before_the_file(election, tmp_path, capsys):
    main([str(election), "--json", "--rule", "greedy"])
    result = tmp_path / "result.json"
    result.write_text(capsys.readouterr().out, encoding="utf-8")
    assert main(["--check", str(election), str(result)]) == 0


def test_a_false_certificate_ends_with_one(election, tmp_path, capsys):
    main([str(election), "--json"])
    result = tmp_path / "result.json"
    result.write_text(capsys.readouterr().out.replace('"prices": [\n  "1/2"', '"prices": [\n  "1/3"'), encoding="utf-8")
    assert main([str(election), "--check", str(result)]) == 1
    assert "不成立：" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["没有.pb"], "没有这个文件"),
        ([], "命令写法有误"),
        (["{file}", "--rule", "x"], "命令写法有误"),
        (["{folder}"], "是一个文件夹"),
        (["{file}", "--check", "{file}"], "不是 JSON 文件"),
        (["{file}", "--check", "没有.json"], "没有这个文件"),
        (["{file}", "--check"], "核对要给出选举文件和结果文件"),
        (["{file}", "多余.json"], "多余的参数"),
        (["{bad}"], "坏.pb 不能用：第 7 行：项目“a”的费用 0 不是正数"),
    ],
)
def test_bad_input_ends_with_two_and_a_reason(election, tmp_path, capsys, arguments, message):
    bad = tmp_path / "坏.pb"
    bad.write_text(TEXT.replace(";20;", ";0;"), encoding="utf-8")
    filled = [a.format(file=election, folder=tmp_path, bad=bad) for a in arguments]
    assert main(filled) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.out == ""
