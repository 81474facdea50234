"""Same winners in the same order as pabutools with exact fractions: it is the oracle, never a dependency."""

import pytest
from pabutools.election.pabulib import parse_pabulib, parse_pabulib_from_string
from pabutools.election.satisfaction import (
    Additive_Borda_Sat,
    Additive_Cardinal_Sat,
    Cardinality_Sat,
    Cost_Sat,
)
from pabutools.rules import greedy_utilitarian_welfare, method_of_equal_shares

from tests.planning.funding.elections import random_text
from xiangli.planning.funding import fund, parse, read
from xiangli.planning.funding.certificate import to_json
from xiangli.planning.funding.checking import check

RULES = [("greedy", "none"), ("equal-shares", "none"), ("equal-shares", "add1")]


def oracle(instance, profile, kind, rule, measure, completion):
    satisfaction = {"cost": Cost_Sat, "cardinality": Cardinality_Sat, "additive": Additive_Cardinal_Sat}[measure]
    if measure == "additive" and kind == "ordinal":
        satisfaction = Additive_Borda_Sat
    elif measure == "additive" and kind in ("approval", "choose-1"):
        satisfaction = Cardinality_Sat  # one point each
    if rule == "greedy":
        return [p.name for p in greedy_utilitarian_welfare(instance, profile, sat_class=satisfaction)]
    increment = 1 if completion == "add1" else None
    return [
        p.name
        for p in method_of_equal_shares(instance, profile, sat_class=satisfaction, voter_budget_increment=increment)
    ]


@pytest.mark.parametrize("block", range(4))
def test_random_elections_with_ties_agree(block):
    ties = 0
    for seed in range(block * 60, block * 60 + 60):
        text = random_text(seed)
        instance, profile = parse_pabulib_from_string(text)
        election = parse(text.encode())
        for measure in ("cost", "cardinality", "additive"):
            for rule, completion in RULES:
                outcome = fund(election, rule=rule, measure=measure, completion=completion)
                expected = oracle(instance, profile, election.kind, rule, measure, completion)
                assert list(outcome.winners) == expected, (seed, measure, rule, completion)
                assert check(election, to_json(outcome))
                ties += len(outcome.ties) if rule == "equal-shares" else 0
    assert ties > 15  # otherwise these elections would not test the tie rule


QUICK = [
    "Poland_Zabrze_2021_Helenka",
    "Poland_Krakow_2022_Grzegorzki",
    "Poland_Katowice_2020_Osiedle_Witosa",
    "Poland_Warszawa_2026_Stary_Mokotow",
    "Poland_Lodz_2023_Julianow-Marysin-Rogi",
    "France_Toulouse_2019",
    "Hungary_Budapest_2025_XI_Ujbuda",
]
ADD1 = [("Poland_Zabrze_2021_Helenka", "cost"), ("Poland_Krakow_2022_Grzegorzki", "cost")]


@pytest.mark.parametrize("name", QUICK)
def test_real_files_agree(shared_data, name):
    path = shared_data / "pabulib" / f"{name}.pb"
    instance, profile = parse_pabulib(str(path))
    election = read(path)
    for measure in ("cost", "cardinality", "additive"):
        for rule in ("greedy", "equal-shares"):
            outcome = fund(election, rule=rule, measure=measure)
            assert list(outcome.winners) == oracle(instance, profile, election.kind, rule, measure, "none")
            assert check(election, to_json(outcome))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "measure"), ADD1)
def test_real_files_agree_after_raising_the_budget(shared_data, name, measure):
    path = shared_data / "pabulib" / f"{name}.pb"
    instance, profile = parse_pabulib(str(path))
    election = read(path)
    outcome = fund(election, measure=measure, completion="add1")
    assert list(outcome.winners) == oracle(instance, profile, election.kind, "equal-shares", measure, "add1")
    assert check(election, to_json(outcome))


LARGE = [
    ("Poland_Warszawa_2024_Wawer", "cost"),
    ("Netherlands_Amsterdam_252", "cardinality"),
    ("Poland_Katowice_2025", "additive"),
    ("Poland_Wroclaw_2020_local", "cost"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "measure"), LARGE)
def test_large_real_files_agree(shared_data, name, measure):
    """Equal ballots merged, which pabutools is faster with."""
    path = shared_data / "pabulib" / f"{name}.pb"
    instance, profile = parse_pabulib(str(path))
    merged = profile.as_multiprofile()
    election = read(path)
    outcome = fund(election, measure=measure)
    assert list(outcome.winners) == oracle(instance, merged, election.kind, "equal-shares", measure, "none")
    assert check(election, to_json(outcome))
