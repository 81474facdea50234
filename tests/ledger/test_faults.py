"""Processes killed between any two statements, and people who act at the same moment, on whichever database."""

import pytest

from tests.own_process import python

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
WRITES = 19


def test_write_killed_after_any_of_its_statements_leaves_nothing_half_done(own_database):
    lines = python(own_database, "import tests.ledger.killed").splitlines()
    outcome = {name: (int(statements), int(left)) for name, statements, left in map(str.split, lines)}
    assert len(outcome) == WRITES
    assert {name: left for name, (_, left) in outcome.items() if left} == {}
    assert min(statements for statements, _ in outcome.values()) >= 2  # each was really killed many times


def test_people_at_once_are_told_and_the_figures_stay_right(own_database):
    assert python(own_database, "import tests.ledger.racing as r; r.main()") == "as it should be"
