"""Diners, prices, orders and what becomes of them; signature lists; money and its end."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from tests.canteen.factories import NOON, TODAY, make_canteen
from xiangli.accounts.models import Consent
from xiangli.canteen import exports
from xiangli.canteen.choices import Band, EntryKind, Meal, Settled, Way
from xiangli.canteen.models import Canteen, CanteenEntry, DinerNeeds, MealOrder, PointsPosting, SignatureSheet
from xiangli.canteen.queries.check import check_points
from xiangli.canteen.queries.meals import deliveries, monday_of, orders_on, price_list, price_on, visits
from xiangli.canteen.queries.money import forecast, period
from xiangli.canteen.queries.points import balance
from xiangli.canteen.services import (
    PointsRefused,
    cancel_order,
    eat_on_the_spot,
    enter,
    leave,
    order,
    order_household,
    propose,
    record_signatures,
    save_diner,
    serve,
    serve_all,
    set_needs,
    set_price,
    set_rate,
    strike,
    unserve,
)
from xiangli.core.errors import UserError
from xiangli.surveys.sheets.simulate import simulate_scans

pytestmark = pytest.mark.django_db
LUNCH = Meal.LUNCH.value
LONG_AGO, BEFORE = NOON - timedelta(days=90), TODAY - timedelta(days=90)


@pytest.fixture
def town():
    """Prices: 3 from seventy on, 10 below sixty, nothing from ninety on."""
    town = make_canteen()
    for band, price in ((Band.FROM_70, 300), (Band.UNDER_60, 1000), (Band.FROM_90, 0)):
        set_price(by=None, canteen=town.canteen, band=band, price=price, valid_from=BEFORE, now=LONG_AGO)
    return town


def diner(town, number, account=None, band=Band.FROM_70, **fields):
    return save_diner(
        by=None, canteen=town.canteen, number=number, band=band, account=account, now=NOON, **fields
    )  # fmt: skip


def ordered(town, one, day=TODAY, **fields):
    return order(by=None, canteen=town.canteen, diner=one, day=day, meal=LUNCH, way=Way.COUNTER, now=NOON, **fields)


def points(account):
    return balance(account, TODAY).total // 100


def test_price_is_that_of_the_day_and_orders_keep_theirs(town):
    one = ordered(town, diner(town, "1"))
    later = TODAY + timedelta(days=3)
    set_price(by=None, canteen=town.canteen, band=Band.FROM_70, price=400, valid_from=later, now=NOON)
    assert (price_on(town.canteen, TODAY)[Band.FROM_70], price_on(town.canteen, later)[Band.FROM_70]) == (300, 400)
    assert MealOrder.everywhere.get(pk=one.pk).price == 300
    assert price_list(town.canteen, TODAY)[-1] == ("90 岁以上", 0)
    with pytest.raises(UserError, match="过去的不能改"):
        set_price(by=None, canteen=town.canteen, band=Band.FROM_70, price=1, valid_from=date(2026, 1, 1), now=NOON)


def test_same_meal_is_ordered_once_and_may_grow(town):
    one = diner(town, "1")
    assert ordered(town, one) == ordered(town, one)
    assert ordered(town, one, portions=2).portions == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        MealOrder.everywhere.create(
            county=one.county, canteen=town.canteen, day=TODAY, meal=LUNCH, diner=one, band=one.band, price=1,
            way=Way.COUNTER, ordered_at=NOON,
        )  # fmt: skip


def test_household_is_ordered_for_all_or_nobody(town):
    family = [diner(town, "1"), diner(town, "2")]
    leave(by=None, diner=family[1], now=NOON)
    with pytest.raises(UserError, match="不来了"):
        order_household(by=None, canteen=town.canteen, diners=family, day=TODAY, meal=LUNCH, way=Way.PHONE, now=NOON)
    assert not MealOrder.everywhere.exists()
    leave(by=None, diner=family[1], now=NOON)
    assert len(order_household(
        by=None, canteen=town.canteen, diners=family, day=TODAY, meal=LUNCH, way=Way.PHONE, now=NOON
    )) == 2  # fmt: skip


@pytest.mark.parametrize("days", [-32, 15])
def test_meals_too_long_ago_or_too_far_ahead_are_refused(town, days):
    with pytest.raises(UserError, match="只能登记"):
        ordered(town, diner(town, "1"), day=TODAY + timedelta(days=days))


def test_meal_is_paid_with_points_once_and_given_back_when_it_was_not_eaten(town):
    account = town.passbook("9", 10)
    one = ordered(town, diner(town, "1", account))
    for _ in range(2):
        serve(by=town.village, order=one, settled=Settled.POINTS, now=NOON)
    assert (points(account), MealOrder.everywhere.get().settled) == (7, Settled.POINTS)
    with pytest.raises(UserError, match="先撤回"):
        cancel_order(by=None, order=one, now=NOON)
    unserve(by=town.village, order=one, now=NOON)
    cancel_order(by=None, order=one, now=NOON)
    assert (points(account), orders_on(town.canteen, TODAY).count()) == (10, 0)
    serve(by=town.village, order=ordered(town, one.diner), settled=Settled.POINTS, now=NOON)
    assert (points(account), check_points(town.canteen, TODAY)) == (7, [])


def test_meal_without_enough_points_is_not_half_served(town):
    account = town.passbook("9", 2)
    one = ordered(town, diner(town, "1", account))
    with pytest.raises(PointsRefused):
        serve(by=town.village, order=one, settled=Settled.POINTS, now=NOON)
    assert (points(account), MealOrder.everywhere.get().served_at) == (2, None)
    with pytest.raises(PointsRefused, match="没有积分存折"):
        serve(by=town.village, order=ordered(town, diner(town, "2")), settled=Settled.POINTS, now=NOON)


def test_all_are_served_and_who_lacks_points_is_named(town):
    rich, poor = town.passbook("8", 10), town.passbook("9", 2)
    for number, account, band in (("1", rich, Band.FROM_70), ("2", poor, Band.FROM_70), ("3", None, Band.FROM_90),
                                  ("4", None, Band.FROM_70)):  # fmt: skip
        ordered(town, diner(town, number, account, band))
    done = serve_all(by=town.village, canteen=town.canteen, day=TODAY, meal=LUNCH, now=NOON)
    assert (done.points, done.cash, done.free, sorted(done.short)) == (1, 0, 1, ["2", "4"])
    assert serve_all(by=None, canteen=town.canteen, day=TODAY, meal=LUNCH, now=NOON).meals == 0


def test_people_on_the_spot_are_counted_once_for_each_form(town):
    words = {"by": None, "canteen": town.canteen, "day": TODAY, "meal": LUNCH, "now": NOON, "request_key": uuid4()}
    row = eat_on_the_spot(**words, band=Band.UNDER_60, portions=3)
    assert eat_on_the_spot(**words, band=Band.UNDER_60, portions=3) == row
    assert (row.settled, row.total, row.diner) == (Settled.CASH, 3000, None)


def test_needs_are_kept_with_consent_only_and_removed_when_it_is_taken_back(town):
    one = diner(town, "1", label="李大娘")
    words = {"by": town.village, "diner": one, "delivered": True, "address": "东头", "now": NOON}
    set_needs(**words, agreed=True, diets=["soft"])
    row = ordered(town, one)
    assert [(each.pk, each.diner.needs.address) for each in deliveries(town.canteen, TODAY, LUNCH)] == [
        (row.pk, "东头")
    ]
    assert set_needs(**words, agreed=False, diets=["soft"]) is None
    assert (DinerNeeds.everywhere.count(), Consent.everywhere.get().given) == (0, False)


def test_card_number_is_one_in_a_canteen(town):
    one = diner(town, "1")
    with pytest.raises(UserError, match="已经有人用了"):
        diner(town, "1")
    assert save_diner(by=None, canteen=town.canteen, number="1", band=Band.FROM_80, now=NOON, diner=one).band == "80-89"
    diner(make_canteen(), "1")


def test_meals_that_were_eaten_count_as_visits(town):
    centre = town.canteen.centre
    serve(by=None, order=ordered(town, diner(town, "1", band=Band.FROM_90)), settled=Settled.FREE, now=NOON)
    ordered(town, diner(town, "2"))
    eat_on_the_spot(by=None, canteen=town.canteen, day=TODAY, meal=LUNCH, band=Band.UNDER_60, portions=4, now=NOON)
    assert visits([centre], TODAY, TODAY) == {centre.pk: 5}
    assert visits([centre], TODAY + timedelta(days=1), TODAY + timedelta(days=9)) == {centre.pk: 0}


def test_signature_list_is_recorded_in_one_go_and_again_is_nothing(town):
    account = town.passbook("9", 5)
    one, two = diner(town, "1", account), diner(town, "2", band=Band.FROM_90)
    monday = monday_of(TODAY)
    ticks = [(one.pk, monday), (one.pk, TODAY), (two.pk, TODAY)]
    words = {"by": town.village, "canteen": town.canteen, "meal": LUNCH, "now": NOON}
    done = record_signatures(**words, ticks=ticks, otherwise=None)
    assert (done.points, done.free, done.cash, done.short) == (1, 1, 0, ["1"])
    assert record_signatures(**words, ticks=ticks, otherwise=Settled.CASH).cash == 1
    assert record_signatures(**words, ticks=ticks, otherwise=Settled.CASH).meals == 0
    assert (points(account), PointsPosting.everywhere.filter(kind="meal").count()) == (2, 1)


def test_printed_signature_list_is_read_back_from_its_scan(town, tmp_path):
    diners = [diner(town, str(n), label="王大爷") for n in range(1, 6)]
    (tmp_path / "a.pdf").write_bytes(
        exports.print_sheet(by=None, canteen=town.canteen, monday=monday_of(TODAY), meal=LUNCH, now=NOON)
    )
    sheet = SignatureSheet.everywhere.get()
    ticked = {f"p{one.pk}": [f"d{offset}" for offset in range(7) if (offset + one.pk) % 2] for one in diners}
    scans = simulate_scans(tmp_path / "a.pdf", sheet.layout, {1: ticked}, tmp_path / "in", first_sheet=1, seed=4)
    read = exports.read_scans(sheet, {"周一.jpg": scans[0].read_bytes()})
    wrong = [
        (pk, day) for (pk, day), state in read.cells.items()
        if state is not None and state != (f"d{(day - sheet.monday).days}" in ticked[f"p{pk}"])
    ]  # fmt: skip
    assert (len(read.cells), wrong, read.problems) == (35, [], [])
    assert sum(state is None for state in read.cells.values()) < 4
    with pytest.raises(UserError, match=r"坏的\.jpg"):
        exports.read_scans(sheet, {"坏的.jpg": b"\xff\xd8\xff\xe0 no picture"})


def test_signature_list_without_diners_or_with_signs_no_font_has_leaves_nothing(town):
    words = {"by": None, "canteen": town.canteen, "monday": monday_of(TODAY), "meal": LUNCH, "now": NOON}
    with pytest.raises(UserError, match="还没有登记用餐人"):
        exports.print_sheet(**words)
    diner(town, "1", label="王😀")
    with pytest.raises(UserError, match="排不出来"):
        exports.print_sheet(**words)
    assert not SignatureSheet.everywhere.exists()


def test_passbook_is_printed_and_a_sign_no_font_has_is_named(town):
    account = town.passbook("9", 10)
    serve(by=None, order=ordered(town, diner(town, "1", account)), settled=Settled.POINTS, now=NOON)
    data = exports.passbook_data(account, NOON)
    assert [(line["what"], line["change"], line["after"]) for line in data["lines"]] == [
        ("打扫 10次", "+10", "10"), ("午饭 1 份", "-3", "7"),
    ]  # fmt: skip
    assert exports.passbook_pdf(account, NOON).startswith(b"%PDF")
    account.holder = "王😀"
    with pytest.raises(UserError, match="字体里没有"):
        exports.passbook_pdf(account, NOON)


# Money


def entry(town, kind, yuan, days_ago=0, **fields):
    return enter(
        by=None, canteen=town.canteen, day=TODAY - timedelta(days=days_ago), kind=kind, item="x", fen=yuan * 100,
        now=NOON, **fields,
    )  # fmt: skip


def test_cost_of_a_meal_counts_gifts_and_what_was_brought_for_points(town):
    account = town.passbook("9")
    town.rate = set_rate(
        by=None, canteen=town.canteen, kind="produce", item="白菜", unit="斤", worth=100, valid_from=TODAY, now=NOON
    )
    town.earn(account, 5)
    entry(town, EntryKind.PURCHASE, 20)
    entry(town, EntryKind.GIFT, 15)
    struck = entry(town, EntryKind.PURCHASE, 999)
    strike(by=None, entry=struck, now=NOON)
    eat_on_the_spot(by=None, canteen=town.canteen, day=TODAY, meal=LUNCH, band=Band.UNDER_60, portions=4, now=NOON)
    found = period(town.canteen, TODAY, TODAY)
    assert (found.produce, found.cost, found.meals, found.per_meal) == (500, 4000, 4, 1000)
    assert forecast(town.canteen, TODAY).balance == 4000 - 2000  # cash of four meals; gifts are no money


@pytest.mark.parametrize(("left", "warns"), [(320, False), (290, True), (0, True)])
def test_warning_comes_thirty_days_before_the_money_ends(town, left, warns):
    """Ten yuan a day for sixty days, then so much is left."""
    entry(town, EntryKind.SUBSIDY, 600 + left, 60)
    for days_ago in range(60):
        entry(town, EntryKind.PURCHASE, 10, days_ago)
    found = forecast(town.canteen, TODAY)
    assert (found.balance, found.per_day, found.ends_on) == (left * 100, 1000, TODAY + timedelta(days=left // 10))
    assert found.warns is warns


def test_no_end_is_foretold_from_a_few_days_of_records(town):
    entry(town, EntryKind.SUBSIDY, 100, 5)
    entry(town, EntryKind.PURCHASE, 90, 5)
    found = forecast(town.canteen, TODAY)
    assert (found.known, found.ends_on, found.warns, found.balance) == (False, None, False, 1000)


def test_entry_of_tomorrow_is_refused_and_the_same_form_is_one_entry(town):
    with pytest.raises(UserError, match="还没有到"):
        entry(town, EntryKind.PURCHASE, 1, -1)
    key = uuid4()
    assert entry(town, EntryKind.PURCHASE, 1, request_key=key) == entry(town, EntryKind.PURCHASE, 1, request_key=key)
    assert CanteenEntry.everywhere.count() == 1


def test_other_counties_see_nothing_of_a_canteen(town):
    from tests.places.factories import make_county

    ordered(town, diner(town, "1"))
    other = make_county("bieqqu", "别区")
    for model in (Canteen, MealOrder, PointsPosting, CanteenEntry):
        assert model.objects.within(other).count() == 0


def test_form_that_comes_back_with_something_else_is_refused(town):
    key = uuid4()
    entry(town, EntryKind.PURCHASE, 1, request_key=key)
    with pytest.raises(UserError, match="还没有记"):
        entry(town, EntryKind.PURCHASE, 2, request_key=key)
    words = {"by": None, "canteen": town.canteen, "day": TODAY, "meal": LUNCH, "now": NOON, "request_key": uuid4()}
    eat_on_the_spot(band=Band.UNDER_60, portions=1, **words)
    with pytest.raises(UserError, match="还没有记"):
        eat_on_the_spot(band=Band.UNDER_60, portions=5, **words)
    account = town.passbook("7")
    claim = {
        "by": town.village,
        "account": account,
        "rate": town.rate,
        "day": TODAY,
        "now": NOON,
        "request_key": uuid4(),
    }
    assert propose(quantity=100, **claim) == propose(quantity=100, **claim)
    with pytest.raises(UserError, match="7 号存折"):
        propose(quantity=200, **claim)
