"""Add1 finds the very raise that running each of them finds."""

from fractions import Fraction

import numpy as np
import pytest

from xiangli.planning.funding import Election, Project
from xiangli.planning.funding.completion import add_one, first_share, is_exhaustive
from xiangli.planning.funding.equal_shares import Run
from xiangli.planning.funding.model import Ballot
from xiangli.planning.funding.support import build

MOST = 250  # raises that are run one by one


def random_election(seed: int) -> Election:
    """Dozens of projects and ballots, half of them with points; costs alike or all different."""
    rng = np.random.default_rng(seed)
    size, scale = int(rng.integers(3, 30)), int(rng.choice([1, 3, 10, 50]))
    alike = rng.choice([20, 40, 60, 100], size) * scale
    costs = alike if rng.random() < 0.4 else (rng.lognormal(0, 1, size) * 40).astype(int) * scale + scale
    counts: dict[Ballot, int] = {}
    for _ in range(int(rng.integers(5, 80))):
        chosen = tuple(sorted(rng.choice(size, int(rng.integers(0, min(size, 7) + 1)), replace=False).tolist()))
        scores = () if rng.random() < 0.5 else tuple(rng.integers(0, 4, len(chosen)).tolist())
        ballot = Ballot(chosen, scores)
        counts[ballot] = counts.get(ballot, 0) + int(rng.integers(1, 6))
    projects = tuple(Project(str(n), Fraction(int(cost))) for n, cost in enumerate(costs))
    budget = Fraction(int(sum(costs) * rng.uniform(0.1, 0.7)))
    return Election("scoring", budget, projects, tuple(counts), tuple(counts.values()))


def one_by_one(support):
    """What was bought, after how many raises, and what overspent; None when it takes more than MOST."""
    before = None
    for raises in range(MOST):
        run = Run(support, first_share(support, raises)).finish()
        if run.cost > support.budget:
            return before, raises - 1, bought(run)
        if is_exhaustive(support, run):
            return bought(run), raises, None
        before = bought(run)
    return None


def bought(run):
    return None if run is None else [purchase.project for purchase in run.purchases]


@pytest.mark.parametrize("measure", ["cost", "cardinality", "additive"])
def test_passing_over_raises_finds_what_running_each_finds(measure):
    endings = {}
    for seed in range(24):
        support = build(random_election(seed), measure)
        wanted = one_by_one(support)
        if wanted is not None:
            run, raises, over = add_one(support)
            assert (bought(run), raises, bought(over)) == wanted, seed
            ending = (over is not None, raises > 50)
            endings[ending] = endings.get(ending, 0) + 1
    assert len(endings) == 4  # exhaustive and overspent, soon and late


@pytest.mark.parametrize("measure", ["cost", "cardinality", "additive"])
def test_purchases_are_the_same_whether_or_not_all_ties_are_looked_at(measure):
    ties = 0
    for seed in range(40):
        support = build(random_election(seed), measure)
        thorough = Run(support, first_share(support, 7)).finish()
        brief = Run(support, first_share(support, 7), all_ties=False).finish()
        assert bought(brief) == bought(thorough), seed
        assert brief.purses.shares() == thorough.purses.shares()
        ties += len(thorough.ties)
    assert ties


def test_a_small_unit_of_money_is_no_burden():
    """Prices a thousand times as high: about a thousand times as many raises, and hardly more to do."""
    election = random_election(7)
    fine = Election(
        election.kind,
        election.budget * 1000,
        tuple(Project(project.id, project.cost * 1000) for project in election.projects),
        election.ballots,
        election.counts,
    )
    run, raises, _ = add_one(build(election, "cost"))
    fine_run, fine_raises, _ = add_one(build(fine, "cost"))
    assert raises > 5
    assert 1000 * (raises - 1) < fine_raises <= 1000 * raises + 1000
    assert bought(fine_run)
    assert bought(run)
