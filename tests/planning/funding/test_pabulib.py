from fractions import Fraction

import pytest

from xiangli.planning.funding import FundingError, parse, read

GOOD = """META
key;value
num_projects;3
num_votes;3
budget;400000.0
vote_type;approval
PROJECTS
project_id;cost;name
007;1000;"路灯; 三盏"
L8/2;2500.5;健身角
b;30;"“读书”会"
VOTES
voter_id;vote;sex
1;007,L8/2;F
2;L8/2,007;M
3;;F
"""


def changed(old, new):
    assert old in GOOD
    return GOOD.replace(old, new, 1).encode()


def test_a_good_file_is_read():
    election = parse(GOOD.encode())
    assert (election.kind, election.budget, election.voters) == ("approval", 400000, 3)
    assert [(p.id, p.cost, p.name) for p in election.projects] == [
        ("007", 1000, "路灯; 三盏"),
        ("L8/2", Fraction("2500.5"), "健身角"),
        ("b", 30, "“读书”会"),
    ]
    assert election.ballots == (((0, 1), ()), ((), ()))
    assert election.counts == (2, 1)
    assert election.groups == {"sex": ["F", "M", "F"]}
    assert election.notes == ()


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_line_ends_of_other_systems_are_read_alike(newline):
    assert parse(GOOD.replace("\n", newline).encode()) == parse(GOOD.encode())


def test_quotes_and_line_breaks_inside_quotes_are_read():
    text = GOOD.replace('"路灯; 三盏"', '"路灯;\n三盏"').replace("1;007,L8/2;F", '1;"007,L8/2";"F"')
    election = parse(text.encode())
    assert election.projects[0].name == "路灯;\n三盏"
    assert election.counts == (2, 1)


def test_points_and_places_become_scores():
    text = GOOD.replace("approval", "cumulative").replace("voter_id;vote;sex", "voter_id;vote;points")
    text = text.replace("1;007,L8/2;F", "1;007,L8/2;2,0.5").replace("2;L8/2,007;M", "2;b,b;1,3").replace("3;;F", "3;;")
    assert parse(text.encode()).ballots == (((0, 1), (2, Fraction(1, 2))), ((2,), (3,)), ((), ()))
    ordinal = parse(GOOD.replace("approval", "ordinal").replace("2;L8/2,007;M", "2;b,007,b,L8/2;M").encode())
    assert ordinal.ballots == (((0, 1), (1, 0)), ((0, 1, 2), (1, 0, 2)), ((), ()))


def test_a_project_repeated_on_a_ballot_counts_once():
    assert parse(changed("1;007,L8/2;F", "1;007,007,L8/2,007;F")).ballots == parse(GOOD.encode()).ballots


def test_odd_counts_are_remarked_on_not_refused():
    head = "META\nkey;value\nbudget;9\nvote_type;approval\nPROJECTS\nproject_id;cost\n1;5\nVOTES\nvoter_id;vote\n"
    twice = parse(f"{head}7;1\n7;1\n".encode())
    assert (twice.voters, twice.notes) == (2, ("有 1 张选票的投票人编号前面已经有过，每一行仍算一张票",))
    assert parse(changed("num_votes;3", "num_votes;9")).notes == ("META 写明选票 9 个，文件里有 3 个，以文件内容为准",)
    assert parse(changed("num_votes;3", "num_votes;003")).notes == ()
    assert parse(changed("num_votes;3", "num_votes;" + "9" * 5000)).notes[0].startswith("META 写明选票 999")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("project_id;cost;name", "project_id;name", "第 8 行：PROJECTS 部分缺少列“cost”"),
        ("project_id;cost;name", "id;cost;name", "第 8 行：PROJECTS 部分缺少列“project_id”"),
        ("voter_id;vote;sex", "voter_id;sex", "第 13 行：VOTES 部分缺少列“vote”"),
        ("voter_id;vote;sex", "vote;sex", "第 13 行：VOTES 部分缺少列“voter_id”"),
        ("approval", "cumulative", "第 13 行：VOTES 部分缺少列“points”"),
        (";1000;", ";0;", "第 9 行：项目“007”的费用 0 不是正数"),
        (";1000;", ";-5;", "第 9 行：项目“007”的费用 -5 不是正数"),
        (";1000;", ";很多;", "第 9 行：费用“很多”不是数"),
        (";1000;", ";nan;", "第 9 行：费用“nan”不是数"),
        (";1000;", ";1/0;", "第 9 行：费用“1/0”不是数"),
        ("b;30;", "007;30;", "第 11 行：项目编号“007”重复（第 9 行已有）"),
        ("b;30;", ";30;", "第 11 行：项目编号是空的"),
        ("b;30;", "b;30;x;y;", "第 11 行：PROJECTS 部分有 3 列，这一行有 5 列"),
        ('b;30;"“读书”会"', "b", "第 11 行：PROJECTS 部分有 3 列，这一行有 1 列"),
        ("2;L8/2,007;M", "2;L8/2,09;M", "第 15 行：投给了没有的项目“09”"),
        ("2;L8/2,007;M", "2;7;M", "第 15 行：投给了没有的项目“7”"),
        ("2;L8/2,007;M", "2;L8/2;M;;x", "第 15 行：VOTES 部分有 3 列，这一行有 5 列"),
        ("budget;400000.0", "budget;-1", "第 5 行：预算 -1 是负数"),
        ("budget;400000.0", "budget;", "第 5 行：预算“”不是数"),
        ("budget;400000.0\n", "", "第 11 行：META 部分缺少“budget”"),
        ("vote_type;approval\n", "", "第 11 行：META 部分缺少“vote_type”"),
        ("vote_type;approval", "vote_type;veto", "第 6 行：不认识的投票方式“veto”"),
        ("budget;400000.0", "budget", "第 5 行：META 部分的“budget”没有值"),
        ("META", "\ufeffMETA", "第 1 行：文件开头有字节顺序标记（BOM）"),
        ("META", "PROJECTS", "第 2 行：PROJECTS 部分缺少列“project_id”"),
        ("META", "hello", "第 1 行：META 之前有多余的内容“hello”"),
        ("VOTES", "ENDE", "第 13 行：项目编号"),
    ],
)
def test_malformed_files_are_refused_with_line_and_reason(old, new, message):
    if message == "第 13 行：项目编号":  # a misspelt section name reads as a project without a cost
        message = "第 12 行：PROJECTS 部分有 3 列，这一行有 1 列"
    with pytest.raises(FundingError) as caught:
        parse(changed(old, new))
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "这里应是 META 部分，却已到文件末尾"),
        (b"META\nkey;value\nbudget;1\nvote_type;approval\n", "这里应是 PROJECTS 部分，却已到文件末尾"),
        (GOOD.encode("gbk"), "不是 UTF-8 编码"),
        (GOOD.encode("utf-16"), "字节顺序标记"),
        (b"META\nkey\0;value\n", "第 2 行：含有空字节"),
        (b"%PDF-1.4\n", "META 之前有多余的内容"),
        (GOOD.split("VOTES")[0].encode(), "这里应是 VOTES 部分，却已到文件末尾"),
        (GOOD.split("007;1000")[0].encode() + b"VOTES\nvoter_id;vote\n", "一个项目也没有"),
        (GOOD.split("\nvoter_id")[0].encode(), "VOTES 部分没有表头"),
    ],
)
def test_files_that_are_no_election_are_refused(content, message):
    with pytest.raises(FundingError, match=message):
        parse(content)


def test_too_few_points_are_refused():
    text = GOOD.replace("approval", "scoring").replace("voter_id;vote;sex", "voter_id;vote;points")
    text = text.replace("1;007,L8/2;F", "1;007,L8/2;2").replace("2;L8/2,007;M", "2;b;x")
    with pytest.raises(FundingError, match="第 14 行：选了 2 个项目，只有 1 个分数"):
        parse(text.encode())
    with pytest.raises(FundingError, match="第 15 行：分数“x”不是数"):
        parse(text.replace("1;007,L8/2;2", "1;007;2").encode())


def test_every_shared_file_is_read(shared_data):
    files = sorted((shared_data / "pabulib").glob("*.pb"))
    assert files
    for path in files:
        election = read(path)
        assert election.voters == len(election.ballot_of) > 0
        assert election.notes == ()
