"""Writers queue in order, connections are kept, and neither outlives its transaction or leaks into another."""

import sqlite3
import threading
import time

import pytest
from django.db import IntegrityError

from xiangli.config.sqlite import base
from xiangli.config.sqlite.base import DatabaseWrapper, Turns

pytestmark = pytest.mark.one_engine


@pytest.fixture
def wrapper(tmp_path):
    """Makes connections of Django's kind to one file of its own."""
    from django.db import connections

    settings = {
        **connections.settings["default"], "ENGINE": "xiangli.config.sqlite", "NAME": str(tmp_path / "a.sqlite3"),
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 5},
    }  # fmt: skip

    def make():
        return DatabaseWrapper(settings, alias="default")

    with sqlite3.connect(settings["NAME"]) as file:
        file.execute("CREATE TABLE a (b INTEGER UNIQUE)")
    return make


def begin(made):
    made.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)


def end(made, *, keep=True):
    (made.commit if keep else made.rollback)()
    made.set_autocommit(True)


def test_turns_go_in_the_order_in_which_people_came():
    turns, order = Turns(), []
    assert turns.take(1)

    def wait(name):
        assert turns.take(10)
        order.append(name)
        turns.give()

    people = []
    for name in range(20):
        people.append(threading.Thread(target=wait, args=(name,)))
        people[-1].start()
        while len(turns._waiting) <= name:
            time.sleep(0.001)
    turns.give()
    for person in people:
        person.join()
    assert order == list(range(20))
    assert turns.take(0)


def test_who_waits_in_vain_leaves_the_queue():
    turns = Turns()
    turns.take(1)
    assert not turns.take(0.01)
    turns.give()
    assert turns.take(0)


def test_many_threads_write_and_none_is_lost(wrapper):
    errors = []

    def write(number):
        made = wrapper()
        try:
            begin(made)
            made.cursor().execute("INSERT INTO a VALUES (%s)", [number])
            end(made)
        except Exception as error:
            errors.append(error)
        finally:
            made.close()

    people = [threading.Thread(target=write, args=(n,)) for n in range(40)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert errors == []
    assert wrapper().cursor().execute("SELECT count(*) FROM a").fetchone() == (40,)


@pytest.mark.parametrize("how", ["commit", "rollback", "close", "refused"])
def test_turn_is_given_whatever_ends_a_transaction(wrapper, how):
    one, two = wrapper(), wrapper()
    begin(one)
    one.cursor().execute("INSERT INTO a VALUES (1)")
    if how == "close":
        one.in_atomic_block = True  # as when a request breaks off inside atomic()
        one.close()
    elif how == "refused":
        with pytest.raises(IntegrityError):
            one.cursor().execute("INSERT INTO a VALUES (1)")
        end(one, keep=False)
    else:
        end(one, keep=how == "commit")
    start = time.perf_counter()
    begin(two)
    two.cursor().execute("INSERT INTO a VALUES (2)")
    end(two)
    assert time.perf_counter() - start < 2
    assert base._turns[two._file].take(0)


def test_kept_connection_is_used_again_without_a_transaction_of_before(wrapper, monkeypatch):
    monkeypatch.setattr(base, "_keeping", True)
    one = wrapper()
    one.cursor().execute("INSERT INTO a VALUES (1)")
    raw = one.connection
    raw.execute("BEGIN")
    raw.execute("INSERT INTO a VALUES (2)")
    one.close()
    two = wrapper()
    assert two.cursor().execute("SELECT b FROM a").fetchall() == [(1,)]
    assert two.connection is raw
    three = wrapper()
    three.ensure_connection()
    assert three.connection is not raw
    base._kept.clear()
