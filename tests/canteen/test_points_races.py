"""The ledger under everything that may happen at once: random acts, people in a hurry, and the power cut."""

import contextlib
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import OperationalError, connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.canteen.factories import NOON, TODAY, make_canteen
from xiangli.canteen.models import PointsPosting
from xiangli.canteen.queries.check import check_points
from xiangli.canteen.queries.points import balances
from xiangli.canteen.services import (
    decide_objection,
    expire_points,
    raise_objection,
    reverse,
    seal_days,
    spend,
)
from xiangli.core.errors import UserError

CHECKOUT = Path(__file__).resolve().parents[2]


class Ledger(RuleBasedStateMachine):
    """Whatever staff do in whatever order: the sum is nothing and nobody is overdrawn, now or on any later day."""

    @initialize()
    def start(self):
        self.town = make_canteen(window=2, points_valid_days=5, points_month_cap=40_00)
        self.now, self.orders = NOON, 0
        self.accounts = [self.town.passbook(str(n), now=self.now) for n in range(2)]

    def tries(self, act):
        with contextlib.suppress(UserError), transaction.atomic():
            act()

    def some(self, which):
        rows = list(PointsPosting.everywhere.filter(canteen=self.town.canteen))
        return rows[which % len(rows)] if rows else None

    @rule(which=st.integers(0, 1), points=st.integers(1, 20))
    def earn(self, which, points):
        self.tries(lambda: self.town.earn(self.accounts[which], points, now=self.now))

    @rule(which=st.integers(0, 1), points=st.integers(1, 12), again=st.booleans())
    def eat(self, which, points, again):
        account, self.orders = self.accounts[which], self.orders + 1
        order = self.town.order(account, points, day=TODAY + timedelta(days=self.orders))
        for _ in range(2 if again else 1):
            self.tries(lambda: spend(by=self.town.village, order=order, account=account, now=self.now))

    @rule(which=st.integers(0, 99))
    def undo(self, which):
        if posting := self.some(which):
            self.tries(lambda: reverse(by=self.town.liaison, posting=posting, now=self.now))

    @rule(which=st.integers(0, 99), upheld=st.none() | st.booleans())
    def object(self, which, upheld):
        if posting := self.some(which):
            self.tries(lambda: raise_objection(by=self.town.village, posting=posting, reason="", now=self.now))
            if upheld is not None:
                self.tries(lambda: decide_objection(by=self.town.town, posting=posting, upheld=upheld, now=self.now))

    @rule(days=st.integers(1, 4), nightly=st.booleans())
    def sleep(self, days, nightly):
        self.now += timedelta(days=days)
        if nightly:
            expire_points(canteen=self.town.canteen, now=self.now)
            seal_days(canteen=self.town.canteen, now=self.now)

    @invariant()
    def sum_is_nothing_and_nobody_is_overdrawn(self):
        if not hasattr(self, "town"):
            return
        for ahead in range(4):
            held = balances(self.town.canteen, self.now.date() + timedelta(days=ahead))
            assert sum(row.total for row in held.values()) == 0
            assert all(held[one.pk].total >= 0 for one in self.accounts if one.pk in held)
        assert check_points(self.town.canteen, self.now.date()) == []


@pytest.mark.django_db
def test_whatever_staff_do_the_sum_is_nothing_and_nobody_is_overdrawn():
    def machine():
        return _Undone()

    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


class _Undone(Ledger):
    """Each run in a transaction of its own, taken back at its end."""

    def __init__(self):
        super().__init__()
        self.point = transaction.savepoint()

    def teardown(self):
        transaction.savepoint_rollback(self.point)


def _at_once(acts) -> list[str]:
    """Run acts at the same time, each with a connection of its own; what became of each."""
    told: list[str] = []
    ready = threading.Barrier(len(acts))

    def run(act):
        ready.wait()
        for _ in range(50):  # in memory SQLite does not wait for a shared table; a file does
            try:
                act()
                told.append("done")
            except UserError as error:
                told.append(type(error).__name__)
            except OperationalError as error:
                if "locked" not in str(error):
                    told.append(repr(error))
                    break
                continue
            break
        connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(told)


BEGIN = """
import django; django.setup()
from tests.canteen.factories import make_canteen, NOON
from xiangli.canteen.models import MealOrder
town = make_canteen()
account = town.passbook("12", 10)
from datetime import timedelta
for n in range(16): town.order(account, 3, day=NOON.date() + timedelta(days=n))
claim = town.claim(account, 5)
from xiangli.canteen.services import review
review(by=town.liaison, claim=claim, now=NOON)
"""

RACE = """
import django; django.setup()
import threading
from django.db import connection
from tests.canteen.factories import NOON
from tests.canteen.test_points_races import _at_once
from xiangli.accounts.models import User
from xiangli.canteen.models import *
from xiangli.canteen.services import *
account = PointsAccount.everywhere.get(kind="passbook")
orders = list(MealOrder.everywhere.select_related("canteen__centre__place"))
claim = PointsClaim.everywhere.get(posting=None)
town = User.objects.get(username__startswith="town")
connection.close()
acts = [lambda order=order: spend(by=None, order=order, account=account, now=NOON) for order in orders]
told = _at_once(acts)
told += _at_once([lambda: post_claim(by=town, claim=claim, now=NOON)] * 8)
told += _at_once([lambda: spend(by=None, order=orders[0], account=account, now=NOON)] * 8)
print({what: told.count(what) for what in sorted(set(told))})
"""

CHECK = """
import django; django.setup()
from tests.canteen.factories import TODAY
from xiangli.canteen.models import *
from xiangli.canteen.queries.check import check_points
from xiangli.canteen.queries.points import balances
canteen = Canteen.everywhere.get()
held = balances(canteen, TODAY)
account = PointsAccount.everywhere.get(kind="passbook")
from xiangli.audit.models import Event
whole = PointsPosting.everywhere.count() == Event.objects.filter(verb="canteen.points_posted").count()
print(sum(row.total for row in held.values()), held[account.pk].total, PointsPosting.everywhere.count(), whole,
      check_points(canteen, TODAY))
"""


def python(environment: dict[str, str], code: str, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *words], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.slow
@pytest.mark.django_db
def test_sixteen_who_spend_one_passbook_at_once_never_overdraw_it(own_database):
    """Ten points, sixteen meals of three at once; then eight who post one claim, and eight who repeat one meal."""
    python(own_database, BEGIN)
    told = python(own_database, RACE)
    state = python(own_database, CHECK)
    # 3 of 16 meals, one posting for the claim, and the first meal once more or refused, all eight alike
    total, held, postings, whole, faults = state.split(" ", 4)
    assert (total, whole, faults) == ("0", "True", "[]")
    spent = int(postings) - 2
    assert int(held) == 1500 - 300 * spent
    assert spent in (3, 4)
    assert told == "{'PointsRefused': 13, 'done': 19}"


MANY = """
import django; django.setup()
from datetime import timedelta
from tests.canteen.factories import make_canteen, NOON
from xiangli.canteen.services import review, spend
town = make_canteen()
account = town.passbook("12", 500)
for n in range(60): town.order(account, 3, day=NOON.date() + timedelta(days=n))
for n in range(40):
    review(by=town.liaison, claim=town.claim(account, 5), now=NOON)
"""

ACTS = """
import django; django.setup()
import os, signal, sys
from django.db import connection
from tests.canteen.factories import NOON
from xiangli.accounts.models import User
from xiangli.canteen.models import *
from xiangli.canteen.services import *

def eat(n, by):
    order = MealOrder.everywhere.select_related("canteen__centre__place").order_by("pk")[n]
    return spend(by=by, order=order, account=PointsAccount.everywhere.get(kind="passbook"), now=NOON)

def earn(n, by):
    return post_claim(by=by, claim=PointsClaim.everywhere.order_by("pk")[1 + n], now=NOON)

def undo(n, by):
    order = MealOrder.everywhere.order_by("pk")[n]
    meals = PointsPosting.everywhere.select_related("canteen__centre__place").filter(kind="meal")
    return reverse(by=by, posting=meals.get(order=order), now=NOON)
"""

KILL = (
    ACTS
    + """
class Killer:
    def __init__(self, at, after):
        self.left, self.after = at, after
    def __call__(self, execute, sql, params, many, context):
        self.left -= 1
        if self.left == 0 and not self.after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = execute(sql, params, many, context)
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

def child(act, n, at, after):
    by = User.objects.get(username__startswith="town")
    with connection.execute_wrapper(Killer(at, after)):
        act(n, by)

for act in (eat, earn, undo):
    n = 0
    for after in (False, True):
        for at in range(1, 99):
            pid = os.fork()
            if pid == 0:
                child(act, n, at, after)
                os._exit(0)
            status = os.waitpid(pid, 0)[1]
            ended = os.WIFEXITED(status)
            assert not ended or os.WEXITSTATUS(status) == 0
            n += 1
            print("ended" if ended else "killed", act.__name__, n, flush=True)
            if ended:
                break
    if act is eat:  # what was killed is done again: by its key it is the same posting
        pid = os.fork()  # in a child: the parent never opens a connection that others would inherit
        if pid == 0:
            by = User.objects.get(username__startswith="town")
            for again in range(n):
                eat(again, by)
            os._exit(0)
        assert os.waitpid(pid, 0)[1] == 0
"""
)

AGAIN = (
    ACTS
    + """
by = User.objects.get(username__startswith="town")
acts = {"earn": earn, "undo": undo}
for act, number in zip(sys.argv[1::2], sys.argv[2::2]):
    for n in range(int(number)):
        acts[act](n, by)
"""
)


@pytest.mark.slow
@pytest.mark.django_db
def test_power_cut_at_any_statement_leaves_whole_postings_and_a_sum_of_nothing(own_database):
    """The process is killed for good before, and after, each statement of a meal, an earning and a reversal."""
    python(own_database, MANY)
    told = [line.split() for line in python(own_database, KILL).splitlines()]
    tried = {name: int(number) for _, name, number in told}
    assert [sum(1 for what, act, _ in told if (what, act) == ("ended", name)) for name in tried] == [2, 2, 2]
    assert min(tried.values()) >= 10  # four statements and more, before and after each
    total, held, _, whole, faults = python(own_database, CHECK).split(" ", 4)
    assert (total, whole, faults) == ("0", "True", "[]")
    python(own_database, AGAIN, "earn", str(tried["earn"]), "undo", str(tried["undo"]))
    eaten, earned, undone = tried["eat"], tried["earn"], tried["undo"]
    total, held, postings, whole, faults = python(own_database, CHECK).split(" ", 4)
    assert (total, whole, faults) == ("0", "True", "[]")
    assert int(held) == 50000 - 300 * eaten + 500 * earned + 300 * undone
    assert int(postings) == 1 + eaten + earned + undone
