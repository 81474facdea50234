from django.db import models


class State(models.TextChoices):
    """What is neither cancelled nor refused holds its space: the database guard relies on it (``FREE``)."""

    CONFIRMED = "confirmed", "已约好"
    REQUESTED = "requested", "等答复"
    CANCELLED = "cancelled", "已取消"
    REFUSED = "refused", "没批准"


FREE = (State.CANCELLED, State.REFUSED)
"""The states that hold nothing."""


class Channel(models.TextChoices):
    WEB = "web", "网上"
    COUNTER = "counter", "柜台"
    PHONE = "phone", "电话"
    PLAN = "plan", "活动安排"
    DRAW = "draw", "抽签"


class Why(models.TextChoices):
    """What somebody who has booked is to be told by telephone."""

    MOVED = "moved", "改了时间或地方"
    CANCELLED = "cancelled", "取消了"
    REFUSED = "refused", "没批准"
    APPROVED = "approved", "批准了"
    MOVED_UP = "moved_up", "排队排到了"
    DRAWN = "drawn", "抽中了"
    CLOSED = "closed", "那时不开门"


class Waits(models.TextChoices):
    """Where a wish for a taken time stands."""

    WAITING = "waiting", "在排队"
    BOOKED = "booked", "排到了"
    GIVEN_UP = "given_up", "不等了"


BOOK_AHEAD_DAYS = 14  # residents book today and this many days ahead
SLOT_MINUTES = 60
MAX_MINUTES = 240
MOST_DAYS_AHEAD = 60  # what a centre may allow; feeds and plans look BOOK_AHEAD_DAYS ahead
MOST_AROUND = 240  # minutes that a rule may keep free before or after a booking
SERIES_WEEKS = 26  # half a year: who needs a room for longer needs an activity
MISSED_DAYS = 90  # after which nobody knows any more that somebody did not come
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
