"""The database refuses a double booking whatever code writes it."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.bookings.factories import NOW, at, make_court
from tests.places.factories import make_space
from xiangli.bookings.choices import FREE, State
from xiangli.bookings.models import Booking

pytestmark = pytest.mark.django_db


def row(space, starts, ends, state=State.CONFIRMED, **fields):
    gone = NOW if state in FREE else None
    return Booking(
        county_id=space.county_id, space=space, starts=starts, ends=ends, state=state, channel="web", made_at=NOW,
        cancelled_at=gone, **fields,
    )  # fmt: skip


def refused(write):
    with pytest.raises(IntegrityError, match="booking_overlap"), transaction.atomic():
        write()


@pytest.fixture
def court():
    return make_court()


@pytest.fixture
def taken(court):
    booking = row(court, at(24, 9), at(24, 11))
    booking.save()
    return booking


@pytest.mark.parametrize(("start", "end"), [(9, 11), (8, 10), (10, 12), (8, 12), (9, 10), (10, 11)])
def test_insert_that_overlaps_is_refused(court, taken, start, end):
    refused(row(court, at(24, start), at(24, end)).save)


@pytest.mark.parametrize(("start", "end"), [(8, 9), (11, 12)])
def test_neighbours_that_touch_are_allowed(court, taken, start, end):
    row(court, at(24, start), at(24, end)).save()


def test_other_space_and_other_day_are_allowed(court, taken):
    row(make_space(court.centre), at(24, 9), at(24, 11)).save()
    row(court, at(25, 9), at(25, 11)).save()


def test_one_second_of_overlap_is_refused(court, taken):
    refused(row(court, at(24, 11) - timedelta(seconds=1), at(24, 12)).save)
    refused(row(court, at(24, 8), at(24, 9) + timedelta(microseconds=1)).save)


def test_update_that_moves_onto_another_is_refused(court, taken):
    other = row(court, at(24, 12), at(24, 13))
    other.save()
    other.starts = at(24, 10)
    refused(other.save)
    refused(lambda: Booking.everywhere.filter(pk=other.pk).update(starts=at(24, 10)))


def test_update_to_another_space_is_refused_when_it_is_taken(court, taken):
    other = row(make_space(court.centre), at(24, 9), at(24, 10))
    other.save()
    refused(lambda: Booking.everywhere.filter(pk=other.pk).update(space=court))


def test_cancelled_booking_frees_its_time_and_cannot_come_back_over_another(court, taken):
    Booking.everywhere.filter(pk=taken.pk).update(state=State.CANCELLED, cancelled_at=NOW)
    row(court, at(24, 9), at(24, 11)).save()
    refused(lambda: Booking.everywhere.filter(pk=taken.pk).update(state=State.CONFIRMED, cancelled_at=None))


def test_booking_may_be_changed_in_place(court, taken):
    taken.ends = at(24, 10)
    taken.save()
    taken.ends = at(24, 12)
    taken.save()
    assert Booking.objects.within(court.county).get().ends == at(24, 12)


def test_bulk_insert_with_an_overlap_among_its_own_rows_is_refused(court):
    refused(
        lambda: Booking.everywhere.bulk_create([row(court, at(24, 9), at(24, 11)), row(court, at(24, 10), at(24, 12))])
    )


def test_plain_sql_is_refused_too(court, taken):
    def write():
        with connection.cursor() as cursor:
            cursor.execute("UPDATE bookings_booking SET starts = starts WHERE id = %s", [taken.pk])
            cursor.execute(
                "INSERT INTO bookings_booking (county_id, space_id, starts, ends, state, channel, code, on_behalf_of,"
                " contact_phone, card_number, request_digest, made_at, cancel_reason) SELECT county_id, space_id,"
                " starts, ends, state, channel, 'ZZZZZZ', '', '', '', '', made_at, '' FROM bookings_booking"
                " WHERE id = %s",
                [taken.pk],
            )

    refused(write)


def test_minutes_kept_around_are_guarded_too(court):
    row(court, at(24, 9), at(24, 10), held_from=at(24, 8, 30), held_until=at(24, 10, 15)).save()
    refused(row(court, at(24, 8), at(24, 8, 31)).save)
    refused(row(court, at(24, 10), at(24, 11)).save)
    refused(row(court, at(24, 11), at(24, 12), held_from=at(24, 10)).save)
    row(court, at(24, 8), at(24, 8, 30)).save()
    row(court, at(24, 10, 15), at(24, 11)).save()


def test_update_of_what_is_kept_around_is_guarded_too(court, taken):
    other = row(court, at(24, 12), at(24, 13))
    other.save()
    refused(lambda: Booking.everywhere.filter(pk=other.pk).update(held_from=at(24, 10)))
    refused(lambda: Booking.everywhere.filter(pk=taken.pk).update(held_until=at(24, 12, 1)))
    Booking.everywhere.filter(pk=other.pk).update(held_from=at(24, 11))


def test_request_holds_and_a_refused_one_does_not(court):
    row(court, at(24, 9), at(24, 10), State.REQUESTED).save()
    refused(row(court, at(24, 9), at(24, 10)).save)
    row(court, at(24, 11), at(24, 12), State.REFUSED).save()
    row(court, at(24, 11), at(24, 12)).save()


@pytest.mark.parametrize("state", FREE)
def test_approving_what_holds_nothing_any_more_over_another_is_refused(court, taken, state):
    Booking.everywhere.filter(pk=taken.pk).update(state=state, cancelled_at=NOW)
    row(court, at(24, 10), at(24, 11), State.REQUESTED).save()
    refused(lambda: Booking.everywhere.filter(pk=taken.pk).update(state=State.REQUESTED, cancelled_at=None))


def test_import_of_many_rows_is_refused_whole_over_one_overlap(court, taken):
    rows = [row(court, at(25, hour), at(25, hour + 1)) for hour in range(8, 12)]
    refused(lambda: Booking.everywhere.bulk_create([*rows, row(court, at(24, 10), at(24, 12))]))
    assert Booking.objects.within(court.county).count() == 1
    twice = [row(court, at(25, 8), at(25, 9), State.REQUESTED), row(court, at(25, 8, 30), at(25, 9))]
    refused(lambda: Booking.everywhere.bulk_create(twice))


def test_bulk_update_onto_one_time_is_refused(court):
    rows = Booking.everywhere.bulk_create([row(court, at(25, hour), at(25, hour + 1)) for hour in (8, 10)])
    for one in rows:
        one.starts, one.ends = at(25, 12), at(25, 13)
    refused(lambda: Booking.everywhere.bulk_update(rows, ["starts", "ends"]))


def test_booking_may_not_hold_less_than_its_time(court):
    for fields in ({"held_from": at(24, 9, 1)}, {"held_until": at(24, 9, 59)}):
        with pytest.raises(IntegrityError, match="booking_holds_its_time"), transaction.atomic():
            row(court, at(24, 9), at(24, 10), **fields).save()


def test_booking_that_ends_before_it_begins_is_refused(court):
    with pytest.raises(Exception, match=r"booking_interval|range lower bound"), transaction.atomic():
        row(court, at(24, 11), at(24, 9)).save()


def test_guard_is_there():
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'booking_overlap_%'"
            )
        else:
            cursor.execute("SELECT 2 * count(*) FROM pg_constraint WHERE conname = 'booking_overlap' AND contype = 'x'")
        assert cursor.fetchone()[0] == 2


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 20), st.integers(1, 6), st.booleans()), max_size=12))
def test_whatever_is_tried_no_two_held_bookings_overlap(court, steps):
    Booking.everywhere.all().delete()
    spaces = [court, make_space(court.centre)]
    kept: list[tuple[int, int, int]] = []
    for which, start, length, held in steps:
        state = State.CONFIRMED if held else State.CANCELLED
        clash = held and any(s == which and a < start + length and start < b for s, a, b in kept)
        try:
            with transaction.atomic():
                row(spaces[which], at(24, start), at(24, start + length), state).save()
            assert not clash
            if held:
                kept.append((which, start, start + length))
        except IntegrityError:
            assert clash
