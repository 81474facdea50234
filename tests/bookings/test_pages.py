"""The pages of rules, requests, queues, series and lots."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.bookings.factories import make_booking, make_court
from tests.places.factories import make_staff, make_village
from xiangli.accounts.choices import Role
from xiangli.bookings.choices import State, Waits
from xiangli.bookings.models import Booking, BookingSeries, Call, Draw, SpaceRule, Waiting
from xiangli.bookings.queries import at_minute
from xiangli.bookings.services import announce_draw, draw_now, enter_draw, set_rule, wait
from xiangli.opening.services import announce_closure

pytestmark = pytest.mark.django_db


@pytest.fixture
def court():
    return make_court()


@pytest.fixture
def desk(client, court):
    """A browser in which the village's staff are logged in."""
    client.force_login(make_staff(Role.VILLAGE_STAFF, court.centre.place))
    return client


def moment(hour=9, days=1):
    return at_minute(timezone.localdate() + timedelta(days=days), hour * 60)


def booked(court, hour=9, days=1, **fields):
    return make_booking(court, moment(hour, days), now=timezone.now(), **fields)


def waits(court, hour=9, **fields):
    starts = moment(hour)
    code = uuid4().hex[:6].upper()
    return wait(
        by=None, space=court, starts=starts, ends=starts + timedelta(hours=1), channel="web", code=code,
        now=timezone.now(), **fields,
    )  # fmt: skip


def drawn_for(court, by=None):
    times = [(court, moment(hour, 5), moment(hour + 1, 5)) for hour in (18, 19)]
    return announce_draw(
        by=by, centre=court.centre, title="球场（演示）", times=times, closes_at=moment(12, 2), secret="ab" * 32,
        now=timezone.now(),
    )  # fmt: skip


def page_of(centre, name, *args):
    return reverse(name, args=[centre.county.slug, centre.slug, *args])


def test_resident_queues_up_and_moves_up_when_the_time_is_given_back(client, court):
    taken = booked(court)
    url = page_of(court.centre, "book")
    slot = timezone.localtime(taken.starts).strftime("%Y-%m-%dT%H:%M")
    form = {"space": court.pk, "day": slot[:10], "minutes": "60", "request_key": str(uuid4())}
    answer = client.post(url, {**form, "slot": slot})
    assert (answer.status_code, "排队" in answer.content.decode()) == (409, True)
    answer = client.post(url, {**form, "wait": slot, "on_behalf_of": "李大娘"})
    waiting = Waiting.everywhere.get()
    assert answer["Location"] == page_of(court.centre, "booking_public", waiting.code)
    assert "排在第 1 位" in " ".join(client.get(answer["Location"]).content.decode().split())
    client.post(page_of(court.centre, "booking_public", taken.code))
    page = client.get(answer["Location"]).content.decode()
    assert "约好了" in page
    assert "李大娘" not in page
    assert Waiting.everywhere.get().state == Waits.BOOKED


def test_early_morning_is_on_the_day_it_is_here_and_not_in_greenwich(client, court):
    row = booked(court, 6)
    page = client.get(page_of(court.centre, "booking_public", row.code)).content.decode()
    assert f"（周{'一二三四五六日'[timezone.localtime(row.starts).weekday()]}）6:00" in page


def test_resident_leaves_the_queue(client, court):
    booked(court)
    waiting = waits(court)
    client.post(page_of(court.centre, "booking_public", waiting.code))
    assert "不等了" in client.get(page_of(court.centre, "booking_public", waiting.code)).content.decode()
    assert client.get(page_of(court.centre, "book"), {"code": waiting.code.lower()}).status_code == 302


def test_form_sent_again_after_going_back_with_another_time_is_another_booking(client, court):
    url, key = page_of(court.centre, "book"), str(uuid4())
    for hour in (9, 9, 10):
        slot = moment(hour).strftime("%Y-%m-%dT%H:%M")
        client.post(url, {"space": court.pk, "day": slot[:10], "slot": slot, "minutes": "60", "request_key": key})
    assert Booking.everywhere.count() == 2


def test_request_is_said_to_wait_and_the_refusal_with_its_reason(client, court):
    set_rule(by=None, centre=court.centre, needs_approval=True)
    row = booked(court)
    url = page_of(court.centre, "booking_public", row.code)
    assert "等答复" in client.get(url).content.decode()
    client.force_login(make_staff(Role.VILLAGE_STAFF, court.centre.place))
    client.post(reverse("booking", args=[row.pk]), {"step": "refuse", "reason": "要换地板"})
    client.logout()
    page = client.get(url).content.decode()
    assert "没批准" in page
    assert "要换地板" in page


def test_staff_approve_move_and_tell_on_one_page(desk, court):
    set_rule(by=None, centre=court.centre, needs_approval=True)
    row = booked(court, contact_phone="0379-5")
    url = reverse("booking", args=[row.pk])
    desk.post(url, {"step": "approve"})
    day = str(timezone.localdate() + timedelta(days=2))
    desk.post(url, {"step": "move", "space": court.pk, "day": day, "at": "11:00"})
    row.refresh_from_db()
    assert (row.state, row.starts) == (State.CONFIRMED, moment(11, 2))
    assert "改了时间或地方" in desk.get(url).content.decode()
    desk.post(url, {"step": "told"})
    assert Call.everywhere.get().told_at


def test_move_that_is_refused_keeps_what_was_typed_and_offers_others(desk, court):
    booked(court, 12)
    row = booked(court, 9)
    answer = desk.post(
        reverse("booking", args=[row.pk]),
        {"step": "move", "space": court.pk, "day": moment().strftime("%Y-%m-%d"), "at": "12:00"},
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "刚被约走" in page
    assert 'value="12:00"' in page
    chosen = answer.context["alternatives"][0]
    value = f"{chosen.space.pk} {timezone.localtime(chosen.starts):%Y-%m-%dT%H:%M}"
    desk.post(reverse("booking", args=[row.pk]), {"step": "move", "instead": value})
    row.refresh_from_db()
    assert row.starts == chosen.starts


@pytest.mark.parametrize("form", [
    {}, {"step": "x"}, {"step": "move"}, {"step": "move", "space": "x", "day": "2026-02-29", "at": "25:00"},
    {"step": "move", "instead": "1 x"}, {"step": "refuse"}, {"step": "cancel", "reason": "长" * 81}, {"step": "came"},
])  # fmt: skip
def test_spoilt_steps_change_nothing(desk, court, form):
    row = booked(court)
    assert desk.post(reverse("booking", args=[row.pk]), form).status_code == 422
    row.refresh_from_db()
    assert (row.state, row.starts, row.came) == (State.CONFIRMED, moment(), None)


def test_counter_sees_a_request_but_does_not_decide(client, court):
    set_rule(by=None, centre=court.centre, needs_approval=True)
    row = booked(court)
    client.force_login(make_staff(Role.COUNTER, court.centre.place))
    url = reverse("booking", args=[row.pk])
    assert client.get(url).status_code == 200
    assert client.post(url, {"step": "approve"}).status_code == 404
    assert client.get(reverse("space_rules", args=[court.centre.pk])).status_code == 404


def test_neighbours_find_nothing(client, court):
    row, draw = booked(court), drawn_for(court)
    client.force_login(make_staff(Role.VILLAGE_STAFF, make_village(court.centre.place.parent)))
    centre = court.centre
    names = {"booking": row, "draw": draw, "draws": centre, "series_new": centre, "space_rules": centre}
    assert {client.get(reverse(name, args=[one.pk])).status_code for name, one in names.items()} == {404}
    closure = announce_closure(
        by=None, centre=court.centre, starts=moment(0), ends=moment(23), reason="检修", short_notice="急",
        now=timezone.now(),
    )  # fmt: skip
    ticked = client.post(reverse("booking_calls"), {"touched": f"{row.pk}-{closure.pk}"})
    assert (ticked.status_code, Call.everywhere.count()) == (404, 0)


def test_rules_are_set_for_the_centre_and_for_one_room_and_dropped(desk, court):
    url = reverse("space_rules", args=[court.centre.pk])
    assert desk.get(url).status_code == 200
    plain = {
        "notice_hours": 0, "days_ahead": 14, "longest_minutes": 240, "before_minutes": 0, "after_minutes": 0,
        "kept_percent": 0, "kept_hours": 24,
    }  # fmt: skip
    assert desk.post(url, {**plain, "days_ahead": 7}).status_code == 302
    assert desk.post(f"{url}?space={court.pk}", {**plain, "after_minutes": 15}).status_code == 302
    rows = {row.space_id: (row.days_ahead, row.after_minutes) for row in SpaceRule.everywhere.all()}
    assert rows == {None: (7, 0), court.pk: (14, 15)}
    bad = desk.post(url, {**plain, "days_ahead": 1, "notice_hours": 30})
    assert (bad.status_code, "谁也约不上" in bad.content.decode()) == (422, True)
    desk.post(f"{url}?space={court.pk}", {"drop": "1"})
    assert SpaceRule.everywhere.count() == 1


def test_series_is_made_and_ended(desk, court):
    form = {
        "space": court.pk, "since": str(timezone.localdate() + timedelta(days=1)), "at": "09:00", "minutes": "60",
        "until": str(timezone.localdate() + timedelta(days=15)), "left_out": "", "on_behalf_of": "舞队（演示）",
    }  # fmt: skip
    url = reverse("series_new", args=[court.centre.pk])
    answer = desk.post(url, form)
    made = BookingSeries.everywhere.get()
    assert answer["Location"] == reverse("series", args=[made.pk])
    assert made.bookings.count() == 3
    desk.post(answer["Location"], {"reason": "散了"})
    assert {row.state for row in made.bookings.all()} == {State.CANCELLED}
    long = desk.post(url, {**form, "until": "2036-01-01"})
    assert (long.status_code, "26 周" in long.content.decode()) == (422, True)
    assert desk.post(url, {**form, "left_out": "明天"}).status_code == 422


def test_draw_is_announced_entered_and_drawn(client, desk, court):
    day = timezone.localdate() + timedelta(days=5)
    form = {
        "title": "球场（演示）", "space": court.pk, "first": str(day), "last": str(day), "hours": "18、19",
        "closes_on": str(timezone.localdate() + timedelta(days=2)), "closes_at": "12:00",
    }  # fmt: skip
    assert desk.post(reverse("draws", args=[court.centre.pk]), {**form, "hours": "25"}).status_code == 422
    assert desk.post(reverse("draws", args=[court.centre.pk]), form).status_code == 302
    draw = Draw.everywhere.get()
    assert draw.secret not in desk.get(reverse("draw", args=[draw.pk])).content.decode()
    url = page_of(court.centre, "draw_public", draw.pk)
    assert draw.title in client.get(page_of(court.centre, "book")).content.decode()
    first = draw.slots.order_by("starts")[0].pk
    bad = client.post(url, {"first": first})
    assert (bad.status_code, "一人一签" in bad.content.decode()) == (422, True)
    entered = client.post(url, {"first": first, "contact_phone": "0379-77001"})
    assert "等抽签" in client.get(entered["Location"]).content.decode()
    client.post(entered["Location"])
    assert "退出了" in client.get(entered["Location"]).content.decode()
    desk.post(reverse("draw_now", args=[draw.pk]))
    assert Draw.everywhere.get().drawn_at is None


def test_who_drew_a_time_finds_the_booking_and_who_did_not_is_told_so(client, court):
    draw = drawn_for(court, by=make_staff(Role.VILLAGE_STAFF, court.centre.place))
    wish = [draw.slots.order_by("starts")[0].pk]
    plain = {"by": None, "draw": draw, "wishes": wish, "channel": "web", "now": timezone.now()}
    for number in (1, 2):
        enter_draw(**plain, code=f"AAAAA{number}", contact_phone=f"0379-{number}")
    draw_now(by=None, draw=draw, now=draw.closes_at)
    pages = [client.get(page_of(court.centre, "booking_public", f"AAAAA{n}")).content.decode() for n in (1, 2)]
    assert sorted("约好了" in page for page in pages) == [False, True]
    assert sorted("没抽中" in page for page in pages) == [False, True]


@pytest.mark.parametrize("number", [1, 3])
def test_calls_take_the_same_queries_for_any_number_of_rows(desk, court, number, django_assert_num_queries):
    set_rule(by=None, centre=court.centre, needs_approval=True)
    for n in range(number):
        booked(court, 9 + n, contact_phone=f"0379-{n}")
        row = booked(court, 14 + n, contact_phone=f"0379-9{n}")
        waits(court, 14 + n)
        desk.post(reverse("booking", args=[row.pk]), {"step": "approve"})
    announce_closure(
        by=None, centre=court.centre, starts=moment(0), ends=moment(23), reason="检修", short_notice="急",
        now=timezone.now(),
    )  # fmt: skip
    desk.get(reverse("booking_calls"))
    with django_assert_num_queries(11):
        context = desk.get(reverse("booking_calls")).context
    assert [len(context[name]) for name in ("calls", "touched", "requests", "waiting")] == [
        number, 2 * number, number, number,
    ]  # fmt: skip


@pytest.mark.parametrize("number", [1, 3])
def test_lots_take_the_same_queries_for_any_number(client, court, number, django_assert_num_queries):
    draw = drawn_for(court)
    wish = [slot.pk for slot in draw.slots.all()]
    for n in range(number):
        enter_draw(
            by=None, draw=draw, wishes=wish, channel="web", code=f"AAAAA{n + 2}", contact_phone=f"0379-{n}",
            now=timezone.now(),
        )  # fmt: skip
    draw_now(by=None, draw=draw, now=draw.closes_at)
    with django_assert_num_queries(6):
        client.get(page_of(court.centre, "draw_public", draw.pk))
    with django_assert_num_queries(4):
        client.get(page_of(court.centre, "draw_json", draw.pk))
