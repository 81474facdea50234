from django.db import models

from xiangli.opening import hours


class Layer(models.TextChoices):
    """How a rule stands to the others: see ``opening.hours``."""

    REGULAR = hours.REGULAR, "平常"
    EXTENDED = hours.EXTENDED, "延时服务"
    SPECIAL = hours.SPECIAL, "特别日子"


class MarketCalendar(models.TextChoices):
    """By which calendar the market is held."""

    LUNAR = hours.LUNAR, "农历逢几"
    SOLAR = hours.SOLAR, "公历逢几"
    WEEK = hours.WEEK, "每周"


NOTICE_DAYS = 5  # a closure is announced this many days ahead, unless it says why it could not be
HORIZON_DAYS = 15  # how far ahead a status looks for the next opening
FAR_DAYS = 2 * 366  # hours and closures are written down at most this far ahead
