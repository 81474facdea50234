"""A day in the canteen on a phone without JavaScript: menu, orders, delivery, signatures, points earned and eaten."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.journeys.conftest import Visitor
from xiangli.canteen.choices import Meal
from xiangli.canteen.models import Canteen, MealOrder, PointsAccount
from xiangli.canteen.queries.check import check_points
from xiangli.canteen.queries.points import balance
from xiangli.places.queries import centres, villages

pytestmark = [pytest.mark.journey, pytest.mark.slow]


def test_day_in_the_canteen(huimeng, visitor):
    centre = centres(villages(huimeng)[0])[0]
    office = f"/office/canteen/{centre.pk}/"
    today = timezone.localdate()
    village, liaison, town = (visitor().logs_in(name) for name in ("village", "liaison", "town"))
    started = time.perf_counter()

    village.opens(office).presses("保存").sees("今天还没有写菜单")
    page = village.opens(f"{office}menu/").page
    page.fill(f"input[name=d{today.weekday()}2]", "大烩菜、馒头")
    village.presses("保存菜单").sees("共 1 餐")
    prices(village, office)
    town.opens(f"{office}points/").unfolds("积分的规矩")
    town.page.fill("input[name=points_window_days]", "0")
    town.presses("保存").sees("积分的规矩保存了")

    points_by_three_people(village, liaison, town, office)
    people(village, office)

    page = village.opens(f"{office}meals/").sees("大烩菜").page
    page.check("text=1011 王大爷")
    page.check("text=1021 李大娘")
    village.presses("订上").sees("订好了 2 份")
    village.opens(f"{office}delivery/").sees("东头第三家")
    village.sees("软烂")
    village.opens(f"{office}meals/").presses("扣 3 积分").sees("记上了")
    page.select_option("select[name=band]", "0-59")
    page.fill("input[name=portions]", "4")
    village.presses("收了现金，记上").sees("记上了 4 份")

    offset = today.weekday()
    page = village.opens(f"{office}signatures/").page
    page.check(f"input[name$='-{offset}']")  # the one who has not been served yet
    village.presses("一起记上").sees("收现金 1")
    village.opens(office).sees("已经吃了")
    seconds = time.perf_counter() - started

    canteen = Canteen.everywhere.get()
    account = PointsAccount.everywhere.get(number="101")
    assert sum(one.portions for one in MealOrder.everywhere.exclude(served_at=None).filter(meal=Meal.LUNCH)) == 6
    assert (balance(account, today).total, check_points(canteen, today + timedelta(days=1))) == (700, [])
    assert seconds < 60
    resident = visitor()
    resident.opens("/c/mengjin/lucun/").follows("价目、积分公示").sees("每次 5 积分")
    resident.sees("大烩菜")


def prices(village: Visitor, office: str) -> None:
    """What a meal costs, and what a sweeping is worth."""
    for band, price in (("70-79", "3"), ("0-59", "10")):
        page = village.opens(f"{office}prices/").unfolds("定价格").page
        page.select_option("select[name=price-band]", band)
        page.fill("input[name=price-price]", price)
        village.presses("定下来").sees("价格定好了")
    page = village.opens(f"{office}prices/").unfolds("定折价").page
    page.select_option("select[name=rate-kind]", "labour")
    page.fill("input[name=rate-item]", "打扫")
    page.fill("input[name=rate-unit]", "次")
    page.fill("input[name=rate-worth]", "5")
    page.get_by_role("button", name="定下来").last.click()
    village.sees("每次 5 积分")


def points_by_three_people(village: Visitor, liaison: Visitor, town: Visitor, office: str) -> None:
    page = village.opens(f"{office}points/").unfolds("开一本").page
    page.fill("input[name=book-number]", "101")
    page.fill("input[name=book-holder]", "王大爷家")
    village.presses("开存折").sees("101 号存折开好了")
    page.select_option("select[name=account]", label="101 王大爷家")
    page.select_option("select[name=rate]", index=1)
    page.fill("input[name=quantity]", "2")
    village.presses("登记，等人复核").sees("10 积分")
    liaison.opens(f"{office}points/").presses("复核通过").sees("请第三个人入账")
    town.opens(f"{office}points/").presses("入账").sees("入账了")


def people(village: Visitor, office: str) -> None:
    """One with a passbook, and one in bed who pays in cash."""
    for number, label, account in (("1011", "王大爷", "101"), ("1021", "李大娘", "")):
        page = village.opens(f"{office}diners/").page
        if page.locator("details:not([open])", has_text="登记一位").count():
            village.unfolds("登记一位")
        page.fill("input[name=number]", number)
        page.fill("input[name=label]", label)
        if account:
            page.select_option("select[name=account]", index=1)
        village.presses("登记").sees("登记好了")
    page = village.follows("1021 李大娘").page
    page.check("input[name=agreed]")
    page.check("text=软烂")
    page.check("input[name=delivered]")
    page.fill("input[name=address]", "东头第三家")
    page.locator("button[value=needs]").click()
    village.sees("记好了")
