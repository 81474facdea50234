"""Invented canteens: a week's menu in all of them, and in one some weeks of meals, money and points."""

import random
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from xiangli.canteen import services
from xiangli.canteen.choices import Band, Diet, EntryKind, Meal, RateKind, Way
from xiangli.canteen.models import Canteen, Diner, PointsAccount
from xiangli.canteen.queries.points import rates_on
from xiangli.places.models import Place
from xiangli.places.queries import centres

WHAT = "食堂、送餐与积分（演示）"
DISHES = [
    "白菜豆腐、蒸南瓜、小米粥", "萝卜烧肉、炒青菜、馒头", "西红柿鸡蛋捞面", "冬瓜粉条、蒸红薯、玉米糁",
    "土豆烧鸡块、凉拌菠菜", "大烩菜、馒头、南瓜汤",
]  # fmt: skip
PRICES = {Band.UNDER_60: 1000, Band.FROM_60: 500, Band.FROM_70: 300, Band.FROM_80: 300, Band.FROM_90: 0}
RATES = [
    (RateKind.PRODUCE, "白菜", "斤", 50), (RateKind.PRODUCE, "萝卜", "斤", 40), (RateKind.PRODUCE, "柴火", "捆", 300),
    (RateKind.PRODUCE, "小麦", "斤", 120), (RateKind.LABOUR, "帮厨", "小时", 800), (RateKind.LABOUR, "打扫", "次", 500),
]  # fmt: skip
# number, household, members: (number, how to call, age band, address to carry to, diets)
HOUSEHOLDS: list[tuple[str, str, list[tuple[str, str, Band, str, list[Diet]]]]] = [
    ("101", "王大爷家", [("1011", "王大爷", Band.FROM_70, "", []), ("1012", "王大娘", Band.FROM_70, "", [Diet.SOFT])]),
    ("102", "李大娘家", [("1021", "李大娘", Band.FROM_80, "东头第三家", [Diet.SOFT, Diet.LESS_SALT])]),
    ("103", "张叔家", [("1031", "张叔", Band.FROM_60, "", [])]),
    ("104", "陈奶奶家", [("1041", "陈奶奶", Band.FROM_90, "井台西边", [Diet.NO_SUGAR])]),
    ("105", "", [("1051", "", Band.FROM_70, "", []), ("1052", "", Band.FROM_70, "", [])]),
]  # fmt: skip
DAYS = 18


def load(*, town: Place, users: dict[str, Any], today: date) -> None:
    by = users.get("town")
    monday = today - timedelta(days=today.weekday())
    for number, centre in enumerate(centres(town)):
        if number % 3:
            continue
        canteen = services.save_canteen(
            by=by, centre=centre, name="乡里食堂", is_open=True, order_note="前一天下午 5 点前到柜台或打电话说一声",
            price_note="70 岁以上 3 元，60 到 69 岁 5 元，其他人 10 元（演示）",
        )  # fmt: skip
        days = [monday + timedelta(days=n) for n in range(13) if n % 7 != 6]
        menu = {(day, Meal.LUNCH.value): DISHES[(n + number) % len(DISHES)] for n, day in enumerate(days)}
        services.set_menu(by=by, canteen=canteen, dishes=menu)
        if number == 0:
            load_weeks(canteen, users, today)


def at(day: date, hour: int) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour)))


def load_weeks(canteen: Canteen, users: dict[str, Any], today: date) -> None:
    """Some weeks: points earned and eaten, cash counted, money in and out. Every day is lived through in its order."""
    chance = random.Random(410308)
    first = today - timedelta(days=DAYS)
    staff, town = users.get("village"), users.get("town")
    for band, price in PRICES.items():
        services.set_price(by=town, canteen=canteen, band=band, price=price, valid_from=first, now=at(first, 8))
    for kind, item, unit, worth in RATES:
        services.set_rate(
            by=town, canteen=canteen, kind=kind, item=item, unit=unit, worth=worth, valid_from=first, now=at(first, 8)
        )
    diners = load_households(canteen, staff, at(first, 9))
    accounts = {one.account for one in diners if one.account}
    by_number = sorted(accounts, key=lambda one: one.number)
    for offset in range(DAYS + 1):
        day = first + timedelta(days=offset)
        if offset % 7 == 0:
            load_money(canteen, staff, day, offset)
            load_claims(canteen, by_number, users, day, chance, left_open=offset > DAYS - 7)
        if day.weekday() < 6:
            load_meals(canteen, diners, staff, day, chance, eaten=day < today)
        if day < today:
            services.seal_days(canteen=canteen, now=at(day + timedelta(days=1), 0))


def load_households(canteen: Canteen, by: Any, now: datetime) -> list[Diner]:
    made = []
    for number, holder, members in HOUSEHOLDS:
        account = services.open_passbook(by=by, canteen=canteen, number=number, holder=holder, now=now)
        for card, label, band, address, diets in members:
            diner = services.save_diner(
                by=by, canteen=canteen, number=card, label=label, band=band, account=account, now=now
            )
            if address or diets:
                services.set_needs(
                    by=by, diner=diner, agreed=True, diets=[one.value for one in diets], delivered=bool(address),
                    address=address, now=now,
                )  # fmt: skip
            made.append(diner)
    return made


def load_money(canteen: Canteen, by: Any, day: date, offset: int) -> None:
    rows = [(EntryKind.PURCHASE, "菜和肉", "一周", 200000), (EntryKind.GIFT, "面粉（乡贤捐）", "2 袋", 16000)]
    if offset == 0:
        rows += [(EntryKind.SUBSIDY, "镇里补助", "", 600000), (EntryKind.DONATION, "重阳节捐款", "", 120000)]
    if offset == 7:
        rows.append((EntryKind.WAGES, "炊事员工资", "1 个月", 240000))
    for kind, item, quantity, fen in rows:
        services.enter(
            by=by, canteen=canteen, day=day, kind=kind, item=item, quantity=quantity, fen=fen, now=at(day, 8)
        )


def load_claims(
    canteen: Canteen, accounts: list[PointsAccount], users: dict[str, Any], day: date, chance: random.Random,
    *, left_open: bool,
) -> None:  # fmt: skip
    """Every household brings or does something; in the last week some of it still waits, and one is objected to."""
    rates = rates_on(canteen, day)
    for number, account in enumerate(accounts):
        claim = services.propose(
            by=users["village"], account=account, rate=rates[(number + day.toordinal() // 7) % len(rates)],
            quantity=chance.randrange(4, 9) * 300, day=day, now=at(day, 9),
        )  # fmt: skip
        if left_open and number == 4:
            continue
        services.review(by=users["liaison"], claim=claim, now=at(day, 10))
        if left_open and number == 3:
            continue
        posting = services.post_claim(by=users["town"], claim=claim, now=at(day, 11))
        if number == 2 and not left_open:
            services.raise_objection(by=users["village"], posting=posting, reason="数量对不上（演示）", now=at(day, 15))
            services.decide_objection(by=users["town"], posting=posting, upheld=False, now=at(day, 16))


def load_meals(
    canteen: Canteen, diners: list[Diner], by: Any, day: date, chance: random.Random, *, eaten: bool
) -> None:  # fmt: skip
    lunch = Meal.LUNCH.value
    come = [one for one in diners if chance.random() < 0.8]
    services.order_household(by=by, canteen=canteen, diners=come, day=day, meal=lunch, way=Way.COUNTER, now=at(day, 10))
    if not eaten:
        return
    services.eat_on_the_spot(
        by=by,
        canteen=canteen,
        day=day,
        meal=lunch,
        band=Band.UNDER_60,
        portions=chance.randrange(14, 24),
        now=at(day, 12),
    )
    pairs = [(one.pk, day) for one in come]
    services.record_signatures(by=by, canteen=canteen, meal=lunch, ticks=pairs, otherwise="cash", now=at(day, 13))
