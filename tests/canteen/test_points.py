"""The points ledger: what may be posted, by whom and when; what the database refuses whatever writes it."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from tests.canteen.factories import NOON, TODAY, make_canteen
from xiangli.audit.models import Event
from xiangli.canteen.choices import AccountKind, PostingKind
from xiangli.canteen.models import PointsAccount, PointsClaim, PointsPosting, PointsSeal
from xiangli.canteen.queries.points import balance, balances, issued_in_month, on_show, own_account, rates_on
from xiangli.canteen.services import (
    KeyConflict,
    PointsRefused,
    close_passbook,
    decide_objection,
    expire_points,
    open_passbook,
    post_claim,
    propose,
    raise_objection,
    refuse,
    reverse,
    review,
    seal_days,
    set_rate,
    spend,
)
from xiangli.core.errors import UserError

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    return make_canteen()


def total(account, day=TODAY):
    return balance(account, day).total // 100


def usable(account, day=TODAY):
    return balance(account, day).usable // 100


def test_points_are_earned_by_three_people_and_spent(town):
    account = town.passbook("12", 10)
    posting = spend(by=town.village, order=town.order(account), account=account, now=NOON)
    assert (posting.kind, posting.amount, total(account)) == (PostingKind.MEAL, 300, 7)
    assert sum(row.total for row in balances(town.canteen, TODAY).values()) == 0
    assert balance(own_account(town.canteen, AccountKind.ISSUE), TODAY).total == -1000
    assert Event.objects.filter(verb="canteen.points_posted").count() == 2


def test_points_on_show_cannot_be_spent_before_the_window_is_over():
    town = make_canteen(window=7)
    account = town.passbook("12", 10)
    assert (total(account), usable(account), usable(account, TODAY + timedelta(days=7))) == (10, 0, 10)
    assert [row.to_account_id for row in on_show(town.canteen, TODAY)] == [account.pk]
    order = town.order(account)
    with pytest.raises(PointsRefused, match="能用的积分不够"):
        spend(by=town.village, order=order, account=account, now=NOON)
    assert spend(by=town.village, order=order, account=account, now=NOON + timedelta(days=7)).amount == 300


def test_same_key_is_one_posting_and_other_content_a_conflict(town):
    account = town.passbook("12", 10)
    order = town.order(account)
    first = spend(by=town.village, order=order, account=account, now=NOON)
    assert spend(by=town.liaison, order=order, account=account, now=NOON) == first
    order.price = 400
    with pytest.raises(KeyConflict):
        spend(by=town.village, order=order, account=account, now=NOON)
    assert total(account) == 7


def test_meal_posted_twice_is_one_posting_until_it_is_reversed(town):
    account = town.passbook("12", 10)
    order = town.order(account)
    first = spend(by=town.village, order=order, account=account, now=NOON)
    back = reverse(by=town.village, posting=first, now=NOON)
    assert (back.reverses, total(account), usable(account)) == (first, 10, 10)
    assert spend(by=town.village, order=order, account=account, now=NOON) != first
    assert total(account) == 7


def test_meal_taken_back_and_changed_is_taken_again_at_its_new_price(town):
    account = town.passbook("12", 20)
    order = town.order(account)
    for portions, left in ((1, 17), (2, 14), (1, 17)):
        order.portions = portions
        order.save()
        posting = spend(by=town.village, order=order, account=account, now=NOON)
        assert spend(by=town.village, order=order, account=account, now=NOON) == posting
        assert total(account) == left
        order.portions = 3
        with pytest.raises(KeyConflict):
            spend(by=town.village, order=order, account=account, now=NOON)
        reverse(by=town.village, posting=posting, now=NOON)
    assert total(account) == 20


def test_reversal_happens_once_and_is_not_itself_reversed(town):
    account = town.passbook("12", 10)
    first = spend(by=town.village, order=town.order(account), account=account, now=NOON)
    back = reverse(by=town.village, posting=first, now=NOON)
    assert reverse(by=town.town, posting=first, now=NOON) == back
    with pytest.raises(PointsRefused, match="冲正本身"):
        reverse(by=town.village, posting=back, now=NOON)


def test_points_that_are_spent_cannot_be_taken_back_but_those_on_show_can(town):
    account = town.passbook("12")
    earned = town.earn(account, 3)
    spend(by=town.village, order=town.order(account), account=account, now=NOON)
    with pytest.raises(PointsRefused, match="不够"):
        reverse(by=town.town, posting=earned, now=NOON)
    town.canteen.points_window_days = 5
    town.canteen.save()
    later = town.earn(account, 9)
    reverse(by=town.town, posting=later, now=NOON)
    assert (total(account), usable(account), usable(account, TODAY + timedelta(days=5))) == (0, 0, 0)


@pytest.mark.parametrize("who", ["village", "liaison"])
def test_proposer_and_reviewer_do_not_post(town, who):
    account = town.passbook("12")
    claim = town.claim(account, 10)
    with pytest.raises(PointsRefused, match="三个不同的人"):
        post_claim(by=town.town, claim=claim, now=NOON)  # nobody has reviewed it
    review(by=town.liaison, claim=claim, now=NOON)
    with pytest.raises(PointsRefused, match="三个不同的人"):
        post_claim(by=getattr(town, who), claim=claim, now=NOON)
    assert total(account) == 0


def test_proposer_does_not_review_and_refused_claims_are_over(town):
    claim = town.claim(town.passbook("12"), 10)
    with pytest.raises(UserError, match="自己登记的"):
        review(by=town.village, claim=claim, now=NOON)
    with pytest.raises(IntegrityError, match="claim_two_people"), transaction.atomic():
        PointsClaim.everywhere.filter(pk=claim.pk).update(reviewed_by=town.village, reviewed_at=NOON)
    refuse(by=town.liaison, claim=claim, reason="没有来", now=NOON)
    for act in (
        lambda: review(by=town.town, claim=claim, now=NOON),
        lambda: post_claim(by=town.town, claim=claim, now=NOON),
    ):
        with pytest.raises(UserError, match=r"办完|没有通过"):
            act()


def test_month_cap_holds_and_a_reversal_gives_room():
    town = make_canteen(points_month_cap=2000)
    account = town.passbook("12", 15)
    with pytest.raises(PointsRefused, match="上限"):
        town.earn(account, 6)
    extra = town.earn(account, 5)
    reverse(by=town.town, posting=extra, now=NOON)
    assert issued_in_month(town.canteen, TODAY) == 1500
    town.earn(account, 5)
    town.earn(account, 20, now=NOON + timedelta(days=7))  # December
    assert total(account) == 40


def test_objection_holds_points_back_and_is_decided_by_another_person():
    town = make_canteen(window=7)
    account = town.passbook("12")
    wrong, right = town.earn(account, 10), town.earn(account, 4)
    for posting in (wrong, right):
        raise_objection(by=town.village, posting=posting, reason="没见他来扫", now=NOON)
    late = TODAY + timedelta(days=8)
    assert (total(account, late), usable(account, late)) == (14, 0)
    with pytest.raises(UserError, match="以外的人"):
        decide_objection(by=town.village, posting=wrong, upheld=True, now=NOON)
    decide_objection(by=town.town, posting=wrong, upheld=True, now=NOON)
    decide_objection(by=town.town, posting=right, upheld=False, now=NOON)
    assert (total(account, late), usable(account, late)) == (4, 4)
    with pytest.raises(UserError, match="处理过"):
        decide_objection(by=town.town, posting=wrong, upheld=False, now=NOON)


def test_objection_comes_too_late_when_the_window_is_over(town):
    with pytest.raises(UserError, match="公示期已过"):
        raise_objection(by=town.village, posting=town.earn(town.passbook("12"), 1), reason="", now=NOON)


def test_oldest_points_are_spent_first_and_what_is_left_of_them_expires_once():
    town = make_canteen(points_valid_days=30)
    account = town.passbook("12", 10, now=NOON - timedelta(days=40))
    town.earn(account, 5, now=NOON - timedelta(days=5))
    spend(by=town.village, order=town.order(account), account=account, now=NOON - timedelta(days=4))
    assert [row.amount for row in expire_points(canteen=town.canteen, now=NOON)] == [700]
    assert expire_points(canteen=town.canteen, now=NOON) == []
    assert total(account) == 5
    assert [row.amount for row in expire_points(canteen=town.canteen, now=NOON + timedelta(days=60))] == [500]


def test_meal_taken_back_after_an_expiry_expires_too():
    town = make_canteen(points_valid_days=30)
    account = town.passbook("12", 10, now=NOON - timedelta(days=40))
    meal = spend(by=town.village, order=town.order(account), account=account, now=NOON - timedelta(days=20))
    expire_points(canteen=town.canteen, now=NOON)
    reverse(by=town.village, posting=meal, now=NOON)
    assert [row.amount for row in expire_points(canteen=town.canteen, now=NOON)] == [300]
    assert total(account) == 0


def test_sealed_day_takes_no_posting(town):
    account = town.passbook("12", 10)
    assert seal_days(canteen=town.canteen, now=NOON) == []  # today is not over
    (seal,) = seal_days(canteen=town.canteen, now=NOON + timedelta(days=1))
    assert (seal.day, seal.postings, seal.previous) == (TODAY, 1, "")
    with pytest.raises(PointsRefused, match="封"):
        spend(by=town.village, order=town.order(account), account=account, now=NOON)
    town.earn(account, 1, now=NOON + timedelta(days=1))
    (second,) = seal_days(canteen=town.canteen, now=NOON + timedelta(days=9))
    assert second.previous == seal.digest


def test_rates_hold_from_their_day_on_and_the_past_stays(town):
    words = {"by": None, "canteen": town.canteen, "kind": "produce", "item": "白菜", "unit": "斤", "now": NOON}
    set_rate(**words, worth=50, valid_from=TODAY)
    set_rate(**words, worth=80, valid_from=TODAY + timedelta(days=10))
    set_rate(**words, worth=None, valid_from=TODAY + timedelta(days=20))
    on = {
        n: [r.worth for r in rates_on(town.canteen, TODAY + timedelta(days=n)) if r.item == "白菜"]
        for n in (-1, 0, 10, 20)
    }
    assert on == {-1: [], 0: [50], 10: [80], 20: []}
    with pytest.raises(UserError, match="过去的不能改"):
        set_rate(**words, worth=1, valid_from=TODAY - timedelta(days=1))


def test_claim_takes_the_rate_of_its_day_and_is_made_once(town):
    account = town.passbook("12")
    claim = propose(by=town.village, account=account, rate=town.rate, quantity=150, day=TODAY, now=NOON)
    assert claim.amount == 150
    for day, words in ((TODAY + timedelta(days=1), "今天和前"), (TODAY - timedelta(days=32), "今天和前")):
        with pytest.raises(UserError, match=words):
            propose(by=town.village, account=account, rate=town.rate, quantity=100, day=day, now=NOON)
    set_rate(
        by=None, canteen=town.canteen, kind="labour", item="打扫", unit="次", worth=200, valid_from=TODAY, now=NOON
    )
    with pytest.raises(UserError, match="折价目录里没有"):
        propose(by=town.village, account=account, rate=town.rate, quantity=100, day=TODAY, now=NOON)


def test_passbook_number_is_one_and_closes_only_empty(town):
    account = town.passbook("12", 10)
    with pytest.raises(UserError, match="已经有了"):
        open_passbook(by=None, canteen=town.canteen, number="12", now=NOON)
    with pytest.raises(UserError, match="还有积分"):
        close_passbook(by=None, account=account, now=NOON)
    spend(by=town.village, order=town.order(account, 10), account=account, now=NOON)
    gone = close_passbook(by=None, account=account, now=NOON)
    with pytest.raises(UserError, match="销户"):
        town.claim(gone, 1)


# What the database refuses, whatever code or hand writes it.


def row(town, **fields):
    posting = PointsPosting.everywhere.order_by("-pk")[0]
    kept = {field.attname: getattr(posting, field.attname) for field in PointsPosting._meta.concrete_fields}
    kept |= {"id": None, "key": "by hand", **fields}
    return PointsPosting(**kept)


def refused(name, write):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        write()


@pytest.fixture
def spent(town):
    account = town.passbook("12", 10)
    order = town.order(account, 6)
    return spend(by=town.village, order=order, account=account, now=NOON)


def test_database_refuses_overdraft_change_and_deletion(town, spent):
    refused("points_floor", lambda: row(town, amount=401).save())
    refused("never", lambda: PointsPosting.everywhere.filter(pk=spent.pk).update(amount=1))
    refused("never", lambda: PointsPosting.everywhere.filter(pk=spent.pk)._raw_delete("default"))
    with connection.cursor() as cursor:
        refused("never", lambda: cursor.execute("UPDATE canteen_pointsposting SET amount = 1"))
    row(town, amount=400).save()


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("posting_has_amount|positive|amount", {"amount": 0}),
        ("points_window", {"effective_on": TODAY + timedelta(days=1), "amount": 1}),
        ("posting_not_before_its_day|points_window", {"effective_on": TODAY - timedelta(days=1), "amount": 1}),
        ("points_way", {"kind": PostingKind.EXPIRE, "order_id": None, "amount": 1}),
        ("posting_has_its_reason", {"order_id": None, "amount": 1}),
        ("points_reversal", {"kind": PostingKind.REVERSE, "order_id": None, "amount": 1}),
    ],
)
def test_database_refuses_postings_of_a_wrong_shape(town, spent, name, fields):
    if fields.get("kind") == PostingKind.REVERSE:
        fields = {**fields, "reverses_id": spent.pk}
    refused(name, lambda: row(town, **fields).save())


def test_database_refuses_points_from_nowhere_and_other_canteens_accounts(town, spent):
    issue = own_account(town.canteen, AccountKind.ISSUE)
    earned = PointsPosting.everywhere.get(kind=PostingKind.EARN)
    words = {
        "kind": PostingKind.EARN,
        "from_account_id": issue.pk,
        "to_account_id": spent.from_account_id,
        "order_id": None,
    }
    claim = town.claim(spent.from_account, 5)
    refused("points_people", lambda: row(town, **words, claim_id=claim.pk, amount=500, by_id=town.town.pk).save())
    review(by=town.liaison, claim=claim, now=NOON)
    refused("points_people", lambda: row(town, **words, claim_id=claim.pk, amount=501, by_id=town.town.pk).save())
    refused("points_people", lambda: row(town, **words, claim_id=claim.pk, amount=500, by_id=None).save())
    refused("claim", lambda: row(town, **words, claim_id=earned.claim_id, amount=1000, by_id=town.town.pk).save())
    other = make_canteen().passbook("12")
    refused("points_accounts", lambda: row(town, from_account_id=other.pk, amount=1).save())


def test_database_refuses_to_change_a_claim_an_account_or_a_seal(town, spent):
    claim = town.claim(spent.from_account, 5)
    refused("points_claim_fixed", lambda: PointsClaim.everywhere.filter(pk=claim.pk).update(amount=9))
    review(by=town.liaison, claim=claim, now=NOON)
    rows = PointsClaim.everywhere.filter(pk=claim.pk)
    refused("points_claim_fixed", lambda: rows.update(reviewed_by=town.town))
    refused("points_claim_fixed", lambda: rows.update(reviewed_by=None, reviewed_at=None))
    accounts = PointsAccount.everywhere.filter(pk=spent.from_account_id)
    refused("points_account_fixed", lambda: accounts.update(kind=AccountKind.ISSUE, number=""))
    seal_days(canteen=town.canteen, now=NOON + timedelta(days=1))
    refused("never", lambda: PointsSeal.everywhere.update(digest="0" * 64))
    refused("points_sealed", lambda: row(town, amount=1).save())
    row(town, amount=1, day=date(2026, 11, 25), effective_on=date(2026, 11, 25)).save()
