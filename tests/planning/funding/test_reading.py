"""Odd files mean to us what they mean to pabutools; what it cannot read though a person could, we read sensibly."""

import pytest
from pabutools.election.pabulib import parse_pabulib_from_string

from tests.planning.funding.test_against_pabutools import RULES, oracle
from xiangli.planning.funding import FundingError, fund, parse

APPROVAL = """META
key;value
budget;60
vote_type;approval
num_votes;4
PROJECTS
project_id;cost;name
007;20;路灯
7;20;食堂
L8/2;30;球场
x;9.5;长椅
VOTES
voter_id;vote;sex
1;007,7;F
2;7,L8/2;M
3;L8/2,x;F
4;x,007;M
"""
SCORED = (
    APPROVAL.replace("approval", "scoring")
    .replace("vote;sex", "vote;points")
    .replace("7;F", "7;2,1")
    .replace("2;M", "2;3,1")
    .replace("x;F", "x;1,1")
    .replace("007;M", "007;4,2")
)
ORDINAL = APPROVAL.replace("approval", "ordinal")

ALIKE = {
    "CRLF": (APPROVAL, "\n", "\r\n"),
    "old Mac": (APPROVAL, "\n", "\r"),
    "budget as float": (APPROVAL, "budget;60", "budget;60.0"),
    "budget with a decimal comma": (APPROVAL, "budget;60", "budget;59,75"),
    "budget in groups": (APPROVAL, "budget;60", "budget; 0 060 "),
    "budget as power": (APPROVAL, "budget;60", "budget;6e1"),
    "budget as fraction": (APPROVAL, "budget;60", "budget;121/2"),
    "budget of nothing": (APPROVAL, "budget;60", "budget;0"),
    "spaces round cells": (APPROVAL, "L8/2;30;", " L8/2 ; 30 ;"),
    "cost with a comma": (APPROVAL, "x;9.5", "x;9,5"),
    "cost above the budget": (APPROVAL, "x;9.5", "x;95000000"),
    "very long id": (APPROVAL, "L8/2", "9" * 60),
    "project named in quotes": (APPROVAL, "球场", '"球; ""场"""'),
    "line break in quotes": (APPROVAL, "球场", '"球\n场"'),
    "quotes inside a name": (APPROVAL, "球场", '球"场"'),
    "quoted vote": (APPROVAL, "2;7,L8/2;M", '"2";"7,L8/2";"M"'),
    "section names in small letters": (APPROVAL, "VOTES", " votes "),
    "blank lines": (APPROVAL, "2;7,L8/2;M\n", "\n2;7,L8/2;M\n  \n"),
    "empty vote": (APPROVAL, "2;7,L8/2;M", "2;;M"),
    "empty choice": (APPROVAL, "2;7,L8/2;M", "2;7,,L8/2,;M"),
    "project chosen twice": (APPROVAL, "2;7,L8/2;M", "2;7,L8/2,7;M"),
    "vote without its last cells": (APPROVAL, "2;7,L8/2;M", "2;7,L8/2"),
    "project without its last cells": (APPROVAL, "x;9.5;长椅", "x;9.5"),
    "vote columns in another order": (
        APPROVAL,
        APPROVAL.split("VOTES\n")[1],
        "sex;vote;x;voter_id\nF;007,7;;1\nM;7;;2\n",
    ),
    "more columns": (APPROVAL, "project_id;cost;name", "project_id;cost;category"),
    "lengths": (APPROVAL, "num_votes;4", "min_length;2\nmax_length;3"),
    "lengths not kept": (APPROVAL, "num_votes;4", "min_length;3\nmax_length;1\nmax_sum_cost;5"),
    "value in more cells": (APPROVAL, "num_votes;4", "description;a;b;c"),
    "key given twice": (APPROVAL, "num_votes;4", "budget;40"),
    "META after PROJECTS": (
        APPROVAL,
        APPROVAL.split("VOTES")[0],
        "PROJECTS" + APPROVAL.split("VOTES")[0].split("PROJECTS")[1] + APPROVAL.split("PROJECTS")[0],
    ),
    "no votes": (APPROVAL, APPROVAL.split("sex\n")[1], ""),
    "points": (SCORED, "num_votes;4", "x;y"),
    "decimal points": (SCORED, "3,1", "0.75, 1"),
    "points as fractions": (SCORED, "3,1", "1/3,2/3"),
    "negative points": (SCORED, "3,1", "-3,1"),
    "no points at all": (SCORED, "3,1", "0,0"),
    "points missing": (SCORED, "2;7,L8/2;3,1", "2;7,L8/2"),
    "points None": (SCORED, "3,1", "None"),
    "more points than choices": (SCORED, "3,1", "3,1,5"),
    "points for one project twice": (SCORED, "7,L8/2;3,1", "7,L8/2,7;3,1,9"),
    "cumulative": (SCORED, "scoring", "cumulative"),
    "places": (ORDINAL, "num_votes;4", "x;y"),
    "place for one project twice": (ORDINAL, "7,L8/2;M", "7,L8/2,7,x;M"),
}
OUR_OWN = {  # pabutools fails: text, old, new, and what it means in pabutools' terms
    "spaces between choices": (APPROVAL, "7,L8/2", "7 , L8/2", "7,L8/2"),
    "vote None": (APPROVAL, "2;7,L8/2;M", "2;None;M", "2;;M"),
    "spare empty cells": (APPROVAL, "2;7,L8/2;M", "2;7,L8/2;M;;", "2;7,L8/2;M"),
    "kind in capitals": (APPROVAL, "approval", "Approval", "approval"),
    "empty limits": (APPROVAL, "num_votes;4", "max_length;\nmin_length;x", "num_votes;4"),
    "blank line before a header": (APPROVAL, "PROJECTS\n", "PROJECTS\n\n", "PROJECTS\n"),
    "line separator in a name": (APPROVAL, "球场", "球\u2028场", "球场"),
    "spaces between scored choices": (SCORED, "7,L8/2", "7, L8/2", "7,L8/2"),
    "points empty": (SCORED, "3,1", "", "None"),
    "vote and points empty": (SCORED, "7,L8/2;3,1", ";", "7;None"),
    "comma at the end": (SCORED, "7,L8/2;3,1", "7,L8/2,;3,1,", "7,L8/2;3,1"),
}
PROJECT_ID_LAST = APPROVAL.replace(
    "project_id;cost;name\n007;20;路灯\n7;20;食堂\nL8/2;30;球场\nx;9.5;长椅",
    "name;cost;project_id\n路灯;20;007\n食堂;20;7\n球场;30;L8/2\n长椅;9.5;x",
)


def same(ours: str, theirs: str) -> None:
    instance, profile = parse_pabulib_from_string(theirs)
    election = parse(ours.encode())
    assert election.voters == profile.num_ballots()
    for measure in ("cost", "cardinality", "additive"):
        for rule, completion in RULES:
            outcome = fund(election, rule=rule, measure=measure, completion=completion)
            assert list(outcome.winners) == oracle(instance, profile, election.kind, rule, measure, completion)


@pytest.mark.parametrize("name", ALIKE)
def test_odd_files_mean_the_same_as_to_pabutools(name):
    text, old, new = ALIKE[name]
    assert old in text
    same(text.replace(old, new), text.replace(old, new))


@pytest.mark.parametrize("name", OUR_OWN)
def test_files_that_pabutools_cannot_read_are_read_sensibly(name):
    text, old, new, meant = OUR_OWN[name]
    with pytest.raises(Exception):  # noqa: B017 - whatever it is that pabutools trips over
        parse_pabulib_from_string(text.replace(old, new))
    same(text.replace(old, new), text.replace(old, meant))


def test_project_columns_may_stand_in_any_order():
    same(PROJECT_ID_LAST, APPROVAL)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("budget;60", "budget;1e999999999", "第 3 行：预算“1e999999999”不是数"),
        ("budget;60", "budget;1e40", "第 3 行：预算“1e40”太大或太小"),
        ("budget;60", "budget;1,000,000", "第 3 行：预算“1,000,000”不是数"),
        ("budget;60", "budget;" + "9" * 5000, "第 3 行：预算“9999"),
        ("x;9.5", "x;inf", "第 11 行：费用“inf”不是数"),
        ("球场", '"球场', "第 10 行：引号没有配对"),
        ("2;7,L8/2;M", '2;7,L8/2;"M', "第 15 行：引号没有配对"),
        ("4;x,007;M", '4;x,007;"M', "第 17 行：引号没有配对"),
        ("3;L8/2,x;F", "PROJECTS", "第 16 行：VOTES 之后不应再有 PROJECTS 部分"),
        ("3;L8/2,x;F\n", "META\nkey;value\n", "第 16 行：VOTES 之后不应再有 META 部分"),
    ],
)
def test_files_that_make_no_sense_are_refused(old, new, message):
    with pytest.raises(FundingError) as caught:
        parse(APPROVAL.replace(old, new).encode())
    assert str(caught.value).startswith(message)
