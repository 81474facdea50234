"""The canteen's pages: what staff do in one tap, what is asked again, what the public sees, and what it costs."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from tests.canteen.factories import make_canteen
from xiangli.canteen.choices import Band, Meal, Settled
from xiangli.canteen.models import (
    CanteenEntry,
    Diner,
    DinerNeeds,
    MealOrder,
    PointsAccount,
    PointsClaim,
    PointsObjection,
    PointsPosting,
    SignatureSheet,
)
from xiangli.canteen.queries.points import balance
from xiangli.canteen.services import open_passbook, save_diner, seal_days, set_menu, set_price, spend

pytestmark = pytest.mark.django_db
LUNCH = Meal.LUNCH.value


@pytest.fixture
def town():
    town = make_canteen(window=7)
    since = now() - timedelta(days=90)
    set_price(
        by=None, canteen=town.canteen, band=Band.FROM_70, price=300, valid_from=timezone.localdate(since), now=since
    )
    return town


def now():
    return timezone.now()


@pytest.fixture
def staff(client, town):
    client.force_login(town.village)
    return client


def url(town, name, *more):
    return reverse(name, args=[town.canteen.centre_id, *more])


def said(answer):
    """What the page says after an act."""
    return [str(message) for message in answer.context["messages"]]


def act(client, where, **data):
    return said(client.post(where, data, follow=True))


def diner(town, number="1", **fields):
    return save_diner(by=None, canteen=town.canteen, number=number, band=Band.FROM_70, now=now(), **fields)


def test_meals_are_ordered_served_taken_back_and_cancelled_from_one_page(staff, town):
    one, where = diner(town), url(town, "canteen_meals")
    assert act(staff, where, act="order", diners=[one.pk], way="phone") == ["订好了 1 份。"]
    row = MealOrder.everywhere.get()
    assert act(staff, where, act="serve:cash", order=row.pk) == ["记上了。"]
    assert act(staff, where, act="unserve", order=row.pk) == ["撤回了。"]
    assert act(staff, where, act="all") == ["记上 0 份。积分不够或没有存折、还没记的卡号：1，请收现金后再点。"]
    assert act(staff, where, act="cancel", order=row.pk) == ["退掉了。"]
    assert "这一餐还没有人订" in staff.get(where).content.decode()


def test_meal_posted_twice_takes_its_points_once(staff, town):
    account = town.passbook("7", 10, now=now() - timedelta(days=30))
    one, where = diner(town, account=account), url(town, "canteen_meals")
    act(staff, where, act="order", diners=[one.pk], way="counter")
    row = MealOrder.everywhere.get()
    for _ in range(2):
        assert act(staff, where, act="serve:points", order=row.pk) == ["记上了。"]
    assert PointsPosting.everywhere.filter(order=row).count() == 1
    assert balance(account, timezone.localdate()).total == 700


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"act": "order", "way": "phone"}, "请勾选要订餐的人"),
        ({"act": "order", "diners": ["999"], "way": "phone"}, "从列出的里面选"),
        ({"act": "spot", "band": "0-59", "portions": "0", "request_key": str(uuid4())}, "1"),
        ({"act": "spot", "band": "x", "portions": "abc"}, "几份"),
        ({"act": "nonsense"}, "没有这个按钮"),
        ({"act": "serve:cash"}, None),
    ],
)
def test_bad_input_about_meals_is_explained_and_records_nothing(staff, town, data, words):
    answer = staff.post(url(town, "canteen_meals"), data, follow=True)
    if words is None:
        assert answer.status_code == 404  # a button without its row
    else:
        assert words in said(answer)[0]
    assert not MealOrder.everywhere.exists()


def test_order_of_another_canteen_is_not_found(staff, town):
    other = make_canteen()
    row = other.order(other.passbook("1"))
    answer = staff.post(url(town, "canteen_meals"), {"act": "serve:cash", "order": row.pk})
    assert (answer.status_code, MealOrder.everywhere.get().served_at) == (404, None)


def test_days_and_meals_of_the_address_may_be_nonsense(staff, town):
    for query in (
        "?day=2026-02-30",
        "?day=0001-01-01",
        "?day=9999-12-31",
        "?day=x&meal=y",
        "?day=2026-11-24&meal=3-late",
    ):
        assert staff.get(url(town, "canteen_meals") + query).status_code == 200
        assert staff.get(url(town, "canteen_signatures") + query).status_code == 200


def test_delivery_list_shows_who_where_and_what_to_mind(staff, town):
    one = diner(town, label="李大娘")
    where = url(town, "canteen_diner", one.pk)
    assert "要先征得同意" in staff.post(where, {"act": "needs", "delivered": "on", "address": "东头"}).content.decode()
    assert not DinerNeeds.everywhere.exists()
    data = {"act": "needs", "agreed": "on", "delivered": "on", "address": "东头", "diets": ["soft"]}
    assert act(staff, where, **data) == ["记好了。"]
    act(staff, url(town, "canteen_meals"), act="order", diners=[one.pk], way="counter")
    page = staff.get(url(town, "canteen_delivery")).content.decode()
    assert all(words in page for words in ("李大娘", "东头", "软烂"))


def test_identity_numbers_are_blacked_out_wherever_they_are_typed(staff, town):
    identity = "110101199003074514"
    staff.post(url(town, "canteen_diners"), {"number": "7", "label": identity, "band": "70-79"})
    staff.post(url(town, "canteen_points"), {"act": "open", "book-number": "8", "book-holder": identity})
    staff.post(url(town, "canteen_money"), {
        "act": "enter", "kind": "purchase", "item": f"给 {identity}", "fen": "3", "day": timezone.localdate(),
        "request_key": uuid4(),
    })  # fmt: skip
    assert identity not in str([Diner.everywhere.get().label, PointsAccount.everywhere.get(number="8").holder])
    assert identity not in CanteenEntry.everywhere.get().item


def test_points_pass_three_people_on_their_pages(client, town):
    where = url(town, "canteen_points")
    client.force_login(town.village)
    assert act(client, where, **{"act": "open", "book-number": "12", "book-holder": ""}) == ["12 号存折开好了。"]
    account = PointsAccount.everywhere.get(number="12")
    form = {"act": "propose", "account": account.pk, "rate": town.rate.pk, "quantity": "1.5",
            "day": timezone.localdate(), "request_key": uuid4()}  # fmt: skip
    for _ in range(2):
        assert act(client, where, **form) == ["登记了 1.50 积分，请另一个人复核。"]
    claim = PointsClaim.everywhere.get()
    assert act(client, where, act="review", claim=claim.pk) == ["自己登记的不能自己复核，请另一个人来"]
    client.force_login(town.liaison)
    assert act(client, where, act="review", claim=claim.pk) == ["复核过了，请第三个人入账。"]
    assert "三个不同的人" in act(client, where, act="post", claim=claim.pk)[0]
    client.force_login(town.town)
    assert "入账了" in act(client, where, act="post", claim=claim.pk)[0]
    assert balance(account, timezone.localdate()).waiting == 150
    posting = PointsPosting.everywhere.get()
    assert act(client, where, act="object", posting=posting.pk, reason="") != []
    assert not PointsObjection.everywhere.exists()
    assert "记下了" in act(client, where, act="object", posting=posting.pk, reason="没见")[0]
    assert "以外的人" in act(client, where, act="uphold", posting=posting.pk)[0]
    client.force_login(town.liaison)
    assert act(client, where, act="uphold", posting=posting.pk) == ["异议成立，已经冲掉。"]
    assert balance(account, timezone.localdate()).total == 0


@pytest.mark.parametrize(
    ("quantity", "words"),
    [("", ""), ("0", "0.01"), ("-3", "0.01"), ("abc", "数字"), ("1.234", "小数"), ("1e9", "")],
)
def test_quantity_that_is_none_is_asked_again(staff, town, quantity, words):
    account = open_passbook(by=None, canteen=town.canteen, number="1", now=now())
    form = {"act": "propose", "account": account.pk, "rate": town.rate.pk, "quantity": quantity,
            "day": timezone.localdate(), "request_key": uuid4()}  # fmt: skip
    answer = staff.post(url(town, "canteen_points"), form)
    assert (answer.status_code, PointsClaim.everywhere.count()) == (200, 0)
    assert 'role="alert"' in answer.content.decode()
    assert words in answer.content.decode()


def test_rules_of_points_are_set_by_the_town_only(client, town):
    where, form = url(town, "canteen_points"), {"act": "rules", "points_window_days": "3", "points_month_cap": "500"}
    client.force_login(town.village)
    client.post(where, form)
    town.canteen.refresh_from_db()
    assert town.canteen.points_month_cap is None
    client.force_login(town.town)
    assert act(client, where, **form) == ["积分的规矩保存了。"]
    town.canteen.refresh_from_db()
    assert (town.canteen.points_month_cap, town.canteen.points_window_days) == (50000, 3)


def test_meal_is_not_reversed_from_the_passbook_but_an_earning_is(client, town):
    town.canteen.points_window_days = 0
    town.canteen.save()
    account = town.passbook("12", 5, now=now())
    order = town.order(account, day=timezone.localdate())
    meal = spend(by=None, order=order, account=account, now=now())
    client.force_login(town.town)
    where = url(town, "canteen_passbook", account.pk)
    assert "订餐" in act(client, where, act="reverse", posting=meal.pk)[0]
    extra = town.earn(account, 1, now=now())
    assert "冲正了" in act(client, where, act="reverse", posting=extra.pk)[0]
    assert "还有积分" in act(client, where, act="close")[0]
    assert client.get(where).status_code == 200
    pdf = client.get(url(town, "canteen_passbook_pdf", account.pk))
    assert (pdf["Content-Type"], pdf.content[:4]) == ("application/pdf", b"%PDF")


def test_signature_list_is_printed_typed_and_bad_scans_are_named(staff, town):
    one, where = diner(town), url(town, "canteen_signatures")
    pdf = staff.post(where, {"act": "print"})
    assert (pdf["Content-Type"], SignatureSheet.everywhere.count()) == ("application/pdf", 1)
    assert act(staff, where, **{"act": "record", f"t{one.pk}-0": "on", "t999-1": "on", "otherwise": "cash"}) == [
        "记上 1 份：收现金 1。"
    ]
    assert MealOrder.everywhere.get().settled == Settled.CASH
    for name, content, words in (("a.jpg", b"no picture", "a.jpg"), ("b.jpg", b"\xff\xd8\xff\xe0 x", "b.jpg")):
        upload = SimpleUploadedFile(name, content)
        assert words in said(staff.post(where, {"act": "read", "scans": upload}))[0]
    assert "请选" in staff.post(where, {"act": "read"}).content.decode() or staff.get(where).status_code == 200


def test_money_is_entered_and_struck_out(staff, town):
    where, today = url(town, "canteen_money"), timezone.localdate()
    form = {"act": "enter", "kind": "purchase", "item": "白菜", "quantity": "30 斤", "request_key": uuid4()}
    assert act(staff, where, **form, fen="1.2万", day=today) == ["白菜 记上了。"]
    row = CanteenEntry.everywhere.get()
    assert row.fen == 1_200_000
    for fen, day in (
        ("", today),
        ("0", today),
        ("三块", today),
        ("3", "2026-02-30"),
        ("3", today + timedelta(days=2)),
        ("3", "1026-11-24"),
    ):
        staff.post(where, {**form, "request_key": uuid4(), "fen": fen, "day": day}, follow=True)
    assert CanteenEntry.everywhere.count() == 1
    assert act(staff, where, act="strike", entry=row.pk) == ["白菜 划掉了。"]


def test_prices_and_rates_are_set_from_today_on(staff, town):
    where, today = url(town, "canteen_prices"), timezone.localdate()
    assert "价格定好了" in act(
        staff, where, **{"act": "price", "price-band": "0-59", "price-price": "10", "price-valid_from": today}
    )[0]  # fmt: skip
    rate = {"act": "rate", "rate-kind": "produce", "rate-item": "白菜", "rate-unit": "斤", "rate-worth": "0.5"}
    assert "折价定好了" in act(staff, where, **rate, **{"rate-valid_from": today})[0]
    assert "过去的不能改" in act(staff, where, **rate, **{"rate-valid_from": today - timedelta(days=1)})[0]
    assert "请检查" in staff.post(
        where, {"act": "price", "price-band": "0-59", "price-price": "1000", "price-valid_from": today}
    ).content.decode()  # fmt: skip


def test_what_is_refused_about_prices_and_signatures_stays_as_it_was_written(staff, town):
    rate = {"act": "rate", "rate-kind": "produce", "rate-item": "白菜", "rate-unit": "斤", "rate-worth": "0.5"}
    yesterday = timezone.localdate() - timedelta(days=1)
    page = staff.post(url(town, "canteen_prices"), {**rate, "rate-valid_from": yesterday})
    assert (page.status_code, page.context["rate_form"]["item"].value()) == (200, "白菜")
    one, two = diner(town), diner(town, "2")
    page = staff.post(url(town, "canteen_signatures"), {"act": "record", f"t{two.pk}-3": "on", "otherwise": "x"})
    ticked = [(line.pk, box["name"]) for line, boxes in page.context["lines"] for box in boxes if box["ticked"]]
    assert (ticked, one.pk) == ([(two.pk, f"t{two.pk}-3")], one.pk)
    assert not MealOrder.everywhere.exists()


def test_public_page_names_passbooks_by_number_only_and_publishes_the_chain(client, town):
    account = open_passbook(by=None, canteen=town.canteen, number="12", holder="王大爷家", now=now())
    yesterday = now() - timedelta(days=1)
    town.earn(account, 5, now=yesterday)
    (seal,) = seal_days(canteen=town.canteen, now=now())
    set_menu(by=None, canteen=town.canteen, dishes={(timezone.localdate(), LUNCH): "大烩菜"})
    here = [town.canteen.county.slug, town.canteen.centre.slug]
    page = client.get(reverse("canteen_public", args=here)).content.decode()
    assert all(words in page for words in ("12 号", "大烩菜", seal.digest[:16], "3 元"))
    assert "王大爷" not in page
    assert town.village.name not in page
    data = client.get(reverse("points_json", args=here)).json()
    assert (data["issued"], data["held"], data["meals"], data["expired"]) == (500, 500, 0, 0)
    assert data["seals"] == [
        {"day": seal.day.isoformat(), "postings": 1, "previous": "", "digest": seal.digest}
    ]  # fmt: skip
    town.canteen.is_open = False
    town.canteen.save()
    assert client.get(reverse("points_json", args=here)).status_code == 404


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize(
    ("name", "queries"),
    [
        ("canteen_centre", 17), ("canteen_meals", 13), ("canteen_delivery", 11), ("canteen_diners", 13),
        ("canteen_signatures", 12), ("canteen_money", 16), ("canteen_prices", 11), ("canteen_points", 22),
    ],
)  # fmt: skip
def test_pages_take_the_same_queries_for_any_number_of_rows(
    staff, town, name, queries, number, django_assert_num_queries
):
    for n in range(number):
        account = open_passbook(by=None, canteen=town.canteen, number=str(n), now=now())
        town.claim(account, 1, now=now())
        town.earn(account, 5, now=now())
        town.order(account, day=timezone.localdate())
        diner(town, f"more-{n}", account=account)
        CanteenEntry.everywhere.create(
            county=town.canteen.county, canteen=town.canteen, day=timezone.localdate(), kind="purchase", item="x",
            fen=1, made_at=now(),
        )  # fmt: skip
    with django_assert_num_queries(queries):
        assert staff.get(url(town, name)).status_code == 200


@pytest.mark.parametrize("number", [1, 3])
def test_passbook_takes_the_same_queries_for_any_number_of_lines(staff, town, number, django_assert_num_queries):
    account = open_passbook(by=None, canteen=town.canteen, number="1", now=now())
    for _ in range(number):
        town.earn(account, 5, now=now())
    with django_assert_num_queries(14):
        assert staff.get(url(town, "canteen_passbook", account.pk)).status_code == 200
    staff.logout()
    with django_assert_num_queries(8):
        page = reverse("canteen_public", args=[town.canteen.county.slug, town.canteen.centre.slug])
        assert staff.get(page).status_code == 200
