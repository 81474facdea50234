"""Whatever the engine says is confirmed, and no part of it can be altered unnoticed."""

import copy
import json
from fractions import Fraction
from pathlib import Path

import pytest

from tests.planning.funding.elections import random_text
from tests.planning.timetable.test_schemas import faults
from xiangli.planning.funding import FundingError, fund, parse
from xiangli.planning.funding.certificate import to_json
from xiangli.planning.funding.checking import check
from xiangli.planning.funding.numbers import read_fraction, write_fraction
from xiangli.planning.funding.replay import backers_of
from xiangli.planning.funding.representation import check_representation

SCHEMA = Path(__file__).resolve().parents[3] / "docs" / "schemas" / "funding-result.schema.json"
WAYS = [("greedy", "none"), ("equal-shares", "none"), ("equal-shares", "add1")]
TEXT = """META
key;value
budget;60
vote_type;approval
num_votes;9
PROJECTS
project_id;cost
a;20
b;20
c;20
d;20
e;23
VOTES
voter_id;vote;sex
""" + "".join(f"{n};a,b,c;F\n" for n in range(6)) + "".join(f"{n};d,e;M\n" for n in range(6, 10))  # fmt: skip


def altered(value):
    """Every other value that something in a result might be replaced by."""
    if isinstance(value, bool) or value is None:
        return [1]
    if isinstance(value, int):
        return [value + 1, -1, str(value), True, None]
    if isinstance(value, list):
        return [value[:-1], value[::-1], [*value, value[0] if value else "x"], {}, None]
    if isinstance(value, dict):
        return [{}, [], None, {**value, "x": "1"}]
    try:
        number = read_fraction(value)
    except FundingError:
        return [value + "x", "", 1, None]
    return [write_fraction(number + 1), write_fraction(number - Fraction(1, 7)), "1/0", "", float(number), None]


def forgeries(data, path=()):
    """The result with one thing in it changed, for every thing and every change."""
    here = data
    for step in path:
        here = here[step]
    for value in altered(here):
        forged = copy.deepcopy(data)
        place = forged
        for step in path[:-1]:
            place = place[step]
        if path and value != here:
            place[path[-1]] = value
            yield path, forged
    for step in here if isinstance(here, dict) else range(len(here)) if isinstance(here, list) else ():
        yield from forgeries(data, (*path, step))
    if isinstance(here, dict):
        for step in here:
            forged = copy.deepcopy(data)
            place = forged
            for outer in path:
                place = place[outer]
            del place[step]
            yield (*path, step), forged


def holds(election, result):
    try:
        return bool(check(election, result))
    except FundingError:
        return False


@pytest.mark.parametrize(("rule", "completion"), WAYS)
def test_every_single_alteration_is_found(rule, completion):
    election = parse(TEXT.encode())
    true = json.loads(json.dumps(to_json(fund(election, rule=rule, completion=completion))))
    assert check(election, true)
    tried = 0
    for path, forged in forgeries(true):
        if forged != true:
            assert not holds(election, forged), path
            tried += 1
    assert tried > 150


def test_alterations_of_random_results_are_found():
    tried = 0
    for seed in range(12):
        election = parse(random_text(seed).encode())
        for rule, completion in WAYS:
            true = to_json(fund(election, rule=rule, completion=completion))
            for path, forged in forgeries(true):
                if forged != true:
                    assert not holds(election, forged), (seed, rule, completion, path)
                    tried += 1
    assert tried > 3000


@pytest.mark.parametrize("value", [None, [], "x", 3, {}, {"format": "xiangli-funding/1"}])
def test_what_is_no_result_is_refused(value):
    with pytest.raises(FundingError):
        check(parse(TEXT.encode()), value)


def test_a_result_of_another_election_is_refused():
    result = to_json(fund(parse(TEXT.encode())))
    with pytest.raises(FundingError):
        check(parse(TEXT.replace("9;d,e;M\n", "").encode()), result)


def test_results_match_the_published_schema():
    schema = json.loads(SCHEMA.read_text("utf-8"))
    for seed in range(30):
        election = parse(random_text(seed).encode())
        for rule, completion in WAYS:
            result = json.loads(json.dumps(to_json(fund(election, rule=rule, completion=completion))))
            assert faults(schema, result) == []
            assert faults(schema, {**result, "more": 1}) == ["$: more unknown"]


def test_winners_that_pass_over_a_group_do_not_represent_it():
    """Six of ten want a, b, c; four want d, e. The first three fit, but four people deserve one of theirs."""
    election = parse(TEXT.encode())
    backers = backers_of(election, "cost")
    check_representation(election, backers, {"a", "d"}, Fraction(6))
    with pytest.raises(FundingError, match="“d”没有中选，但它的支持者中有一群人应得而没有得到"):
        check_representation(election, backers, {"a", "b", "c"}, Fraction(6))
    with pytest.raises(FundingError, match="“a”没有中选"):
        check_representation(election, backers, {"d", "e"}, Fraction(6))
