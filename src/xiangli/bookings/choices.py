from django.db import models


class State(models.TextChoices):
    """Whatever is not cancelled holds its space: the database guard relies on it."""

    CONFIRMED = "confirmed", "已约好"
    CANCELLED = "cancelled", "已取消"


class Channel(models.TextChoices):
    WEB = "web", "网上"
    COUNTER = "counter", "柜台"
    PHONE = "phone", "电话"
    PLAN = "plan", "活动安排"


BOOK_AHEAD_DAYS = 14  # residents book today and this many days ahead
SLOT_MINUTES = 60
MAX_MINUTES = 240
DAYTIME = (6 * 60, 22 * 60)  # offered on the web page; the small hours are booked at the counter or by telephone
OCCURRENCE_DAYS = 28  # an activity holds its space this far ahead; further days follow as they come into reach
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without I, O, 0 and 1: codes are read aloud and copied by hand
CODE_LENGTH = 6


class SignUpFor(models.TextChoices):
    """What residents sign up to."""

    NOTHING = "", "不用报名，直接来"
    DATE = "date", "一次一次地报"
    SERIES = "series", "整期一起报"
    BOTH = "both", "整期、单次都可以报"


class SignUpState(models.TextChoices):
    """Where somebody who signed up stands. Only ``SEATED`` takes a seat: the database guard relies on it."""

    SEATED = "seated", "报上了"
    WAITING = "waiting", "排队等"
    LEFT = "left", "已退"
    OFF = "off", "不办了"  # the date, or the whole activity, was called off


SERIES_HORIZON_DAYS = 366  # what a date may be moved or added to
