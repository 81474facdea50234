"""Whatever is done with bookings in whatever order, no two hold the same minute, and nobody overtakes the queue."""

from collections import defaultdict
from contextlib import suppress
from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.bookings.factories import NOW, at, make_booking, make_court
from tests.places.factories import make_staff
from xiangli.accounts.choices import Role
from xiangli.bookings.choices import FREE, State, Waits
from xiangli.bookings.models import Booking, Waiting
from xiangli.bookings.queries import rule_of, slot_is_free
from xiangli.bookings.services import (
    BookingRefused,
    approve,
    book_series,
    cancel,
    move,
    new_code,
    refuse,
    set_rule,
    wait,
)
from xiangli.core.errors import UserError

pytestmark = pytest.mark.django_db
HOURS = st.integers(8, 13)
LENGTHS = st.integers(1, 3)
WHICH = st.integers(0, 30)


class Desk(RuleBasedStateMachine):
    """Two rooms, a day, and everything that people do to bookings; refusals are part of it."""

    def __init__(self) -> None:
        super().__init__()
        self.undone = transaction.atomic()
        self.undone.__enter__()
        first = make_court()
        self.rooms = [first, make_court(first.centre)]
        self.staff = make_staff(Role.VILLAGE_STAFF, first.centre.place)

    def one(self, which: int) -> Booking | None:
        rows = list(Booking.everywhere.select_related("space__centre").order_by("pk"))
        return rows[which % len(rows)] if rows else None

    def tried(self, act) -> None:
        with suppress(BookingRefused, UserError):
            act()

    @rule(room=st.integers(0, 1), hour=HOURS, hours=LENGTHS)
    def book(self, room: int, hour: int, hours: int) -> None:
        self.tried(lambda: make_booking(self.rooms[room], at(24, hour), hours))

    @rule(room=st.integers(0, 1), hour=HOURS)
    def queue(self, room: int, hour: int) -> None:
        starts = at(24, hour)
        self.tried(lambda: wait(
            by=None, space=self.rooms[room], starts=starts, ends=starts + timedelta(hours=1), channel="web", now=NOW,
            code=new_code(),
        ))  # fmt: skip

    @rule(which=WHICH, room=st.integers(0, 1), hour=HOURS)
    def move(self, which: int, room: int, hour: int) -> None:
        if row := self.one(which):
            self.tried(lambda: move(
                by=self.staff, booking=row, space=self.rooms[room], starts=at(24, hour), now=NOW
            ))  # fmt: skip

    @rule(which=WHICH, step=st.sampled_from(["cancel", "approve", "refuse"]))
    def decide(self, which: int, step: str) -> None:
        if row := self.one(which):
            steps = {
                "cancel": lambda: cancel(by=self.staff, booking=row, now=NOW),
                "approve": lambda: approve(by=self.staff, booking=row, now=NOW),
                "refuse": lambda: refuse(by=self.staff, booking=row, reason="不行", now=NOW),
            }
            self.tried(steps[step])

    @rule(room=st.integers(0, 1), hour=HOURS)
    def series(self, room: int, hour: int) -> None:
        self.tried(lambda: book_series(
            by=self.staff, space=self.rooms[room], since=date(2026, 11, 24), until=date(2026, 12, 1), start=hour * 60,
            minutes=60, channel="counter", now=NOW,
        ))  # fmt: skip

    @rule(room=st.integers(0, 1), before=st.sampled_from([0, 30]), after=st.sampled_from([0, 15]), asks=st.booleans())
    def change_rule(self, room: int, before: int, after: int, asks: bool) -> None:
        space = self.rooms[room]
        set_rule(
            by=None, centre=space.centre, space=space, before_minutes=before, after_minutes=after, needs_approval=asks
        )

    @invariant()
    def no_minute_is_held_twice(self) -> None:
        held = defaultdict(list)
        for row in Booking.everywhere.exclude(state__in=FREE):
            held[row.space_id].append(row.holds)
            assert row.state in (State.CONFIRMED, State.REQUESTED)
        for spans in held.values():
            assert all(one[1] <= two[0] for one, two in pairwise(sorted(spans)))

    @invariant()
    def whoever_moved_up_has_a_booking(self) -> None:
        for row in Waiting.everywhere.select_related("space__centre", "booking"):
            assert (row.state == Waits.BOOKED) == (row.booking is not None)

    def teardown(self) -> None:
        try:
            self.nobody_is_overtaken()
        finally:
            transaction.set_rollback(True)
            self.undone.__exit__(None, None, None)

    def nobody_is_overtaken(self) -> None:
        """Who asks for a time that somebody waits for gets it only after that one."""
        for row in Waiting.everywhere.filter(state=Waits.WAITING).select_related("space__centre"):
            if not rule_of(row.space).has_buffers and slot_is_free(row.space, rule_of(row.space), row.starts, row.ends):
                booked = make_booking_or_none(row)
                row.refresh_from_db()
                assert booked is None or row.state == Waits.BOOKED


def make_booking_or_none(row: Waiting) -> Booking | None:
    try:
        return make_booking(row.space, row.starts)
    except BookingRefused:
        return None


def test_no_order_of_steps_books_a_minute_twice():
    plain = settings(max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Desk, settings=plain)
