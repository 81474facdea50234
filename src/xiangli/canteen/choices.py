from django.db import models

WEEKDAYS = "一二三四五六日"
POINT = 100  # amounts are hundredths of a point; one point is one yuan at the canteen


class Meal(models.TextChoices):
    """Named so that sorting by value is sorting by time of day."""

    BREAKFAST = "1-early", "早饭"
    LUNCH = "2-noon", "午饭"
    DINNER = "3-late", "晚饭"


class Band(models.TextChoices):
    """Age bands of diners, by which prices go. Sorted by value they are sorted by age."""

    UNDER_60 = "0-59", "60 岁以下"
    FROM_60 = "60-69", "60 到 69 岁"
    FROM_70 = "70-79", "70 到 79 岁"
    FROM_80 = "80-89", "80 到 89 岁"
    FROM_90 = "90+", "90 岁以上"


class Settled(models.TextChoices):
    """How a meal was settled. The canteen takes no payment here: what was put into the cash box is only counted."""

    CASH = "cash", "收了现金"
    POINTS = "points", "扣积分"
    FREE = "free", "不收费"


class Way(models.TextChoices):
    COUNTER = "counter", "柜台"
    PHONE = "phone", "电话"
    SPOT = "spot", "当场来吃"
    PAPER = "paper", "签名表"


class Diet(models.TextChoices):
    """Marks for the cook. Some of them tell of somebody's health or faith: they need the person's own consent."""

    SOFT = "soft", "软烂"
    LESS_SALT = "salt", "少盐"
    NO_SUGAR = "sugar", "不放糖"
    VEGETARIAN = "vegetarian", "吃素"
    HALAL = "halal", "清真"
    NO_CHILLI = "chilli", "不吃辣"


class EntryKind(models.TextChoices):
    """What comes in and goes out. Cash taken for meals is not entered: it follows from the meals."""

    SUBSIDY = "subsidy", "拨款、补助"
    DONATION = "donation", "捐款"
    GIFT = "gift", "捐的东西（折价）"
    PURCHASE = "purchase", "买菜买粮"
    WAGES = "wages", "工资"
    RUNNING = "running", "水电燃料和其他"


MONEY_IN = (EntryKind.SUBSIDY, EntryKind.DONATION)
MONEY_OUT = (EntryKind.PURCHASE, EntryKind.WAGES, EntryKind.RUNNING)
COSTS = (*MONEY_OUT, EntryKind.GIFT)
"""What meals are made of, gifts at their value included."""


class AccountKind(models.TextChoices):
    """Who holds points. Only ISSUE may be below nothing: it owes what all others hold."""

    ISSUE = "issue", "发放"
    MEALS = "meals", "吃饭"
    EXPIRED = "expired", "过期"
    PASSBOOK = "passbook", "存折"


class PostingKind(models.TextChoices):
    EARN = "earn", "存入"
    MEAL = "meal", "吃饭"
    EXPIRE = "expire", "过期"
    REVERSE = "reverse", "冲正"


class RateKind(models.TextChoices):
    PRODUCE = "produce", "东西"
    LABOUR = "labour", "出力"
