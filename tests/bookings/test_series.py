"""The same hours every week for a while."""

from datetime import date

import pytest

from tests.bookings.factories import NOW, at, make_booking, make_court
from tests.places.factories import make_staff
from xiangli.accounts.choices import Role
from xiangli.bookings.choices import State, Why
from xiangli.bookings.models import Booking, BookingSeries
from xiangli.bookings.queries import calls_open
from xiangli.bookings.services import book_series, end_series
from xiangli.core.errors import UserError
from xiangli.opening.services import announce_closure

pytestmark = pytest.mark.django_db


@pytest.fixture
def court():
    return make_court()


@pytest.fixture
def staff(court):
    return make_staff(Role.VILLAGE_STAFF, court.centre.place)


def weekly(court, staff, until=date(2026, 12, 22), **fields):
    plain = {"since": date(2026, 11, 24), "start": 540, "minutes": 60, "channel": "counter", "now": NOW, **fields}
    return book_series(by=staff, space=court, until=until, **plain)


def days(series):
    return [row.starts.astimezone().date().isoformat() for row in series.bookings.order_by("starts") if row.is_held]


def test_series_holds_each_week_and_lists_what_it_cannot_have(court, staff):
    make_booking(court, at(31, 9), now=at(20, 9))
    announce_closure(by=None, centre=court.centre, starts=at(38, 0), ends=at(39, 0), reason="检修", now=NOW)
    series = weekly(court, staff, left_out=[date(2026, 12, 15)], on_behalf_of="广场舞队（演示）")
    assert series.bookings.count() == 3 - 1
    assert series.impossible == [["2026-12-01", "这段时间刚被约走了"], ["2026-12-08", "那段时间不开放"]]
    assert series.left_out == ["2026-12-15"]
    assert {row.on_behalf_of for row in series.bookings.all()} == {"广场舞队（演示）"}
    assert len({row.code for row in series.bookings.all()}) == 2


@pytest.mark.parametrize(("until", "words"), [
    (date(2036, 11, 24), "最多排 26 周"), (date(2027, 5, 26), "最多排 26 周"), (date(2026, 11, 23), "不早于"),
])  # fmt: skip
def test_series_of_ten_years_or_of_none_is_refused(court, staff, until, words):
    with pytest.raises(UserError, match=words):
        weekly(court, staff, until=until)
    assert (BookingSeries.everywhere.count(), Booking.everywhere.count()) == (0, 0)


def test_series_none_of_whose_dates_can_be_had_is_refused(court, staff):
    with pytest.raises(UserError, match="一天也约不上：那段时间不开放"):
        weekly(court, staff, start=120)
    assert BookingSeries.everywhere.count() == 0


def test_days_not_announced_are_listed_and_not_guessed(staff):
    from tests.opening.factories import make_open_centre
    from tests.places.factories import make_space

    room = make_space(make_open_centre())
    series = book_series(
        by=make_staff(Role.VILLAGE_STAFF, room.centre.place), space=room, since=date(2026, 12, 22),
        until=date(2027, 1, 5), start=540, minutes=60, channel="counter", now=NOW,
    )  # fmt: skip
    assert [day for day, reason in series.impossible if "尚未公布" in reason] == ["2027-01-05"]
    assert series.bookings.count() == 2


def test_rest_of_a_series_is_given_back_and_its_person_rung(court, staff):
    series = weekly(court, staff, until=date(2026, 12, 8), contact_phone="0379-9")
    assert end_series(by=staff, series=series, now=at(24, 12), reason="散了") == 2
    states = [row.state for row in series.bookings.order_by("starts")]
    assert states == [State.CONFIRMED, State.CANCELLED, State.CANCELLED]
    assert [call.why for call in calls_open([court.centre], NOW)] == [Why.CANCELLED] * 2
    assert end_series(by=staff, series=series, now=at(24, 12)) == 0
