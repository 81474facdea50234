from django.db import models


class Level(models.TextChoices):
    """Administrative levels, widest first. A place's parent is always of a wider level."""

    NATION = "nation", "全国"
    PROVINCE = "province", "省"
    CITY = "city", "市"
    COUNTY = "county", "县（区）"
    TOWN = "town", "乡镇（街道）"
    VILLAGE = "village", "村（社区）"
    GROUP = "group", "村民小组"


class ChangeKind(models.TextChoices):
    MERGED = "merged", "并入"
    SPLIT = "split", "分出"
    RENAMED = "renamed", "改名"
    RECODED = "recoded", "改代码"
    MOVED = "moved", "划归"


class CentreKind(models.TextChoices):
    VILLAGE = "village", "乡里中心"
    NEIGHBOURHOOD = "neighbourhood", "邻里中心"
    PARTY_MASS = "party_mass", "党群服务中心"


class Noise(models.TextChoices):
    """What an activity makes, or a space lets through. Loud is never beside quiet."""

    QUIET = "quiet", "安静"
    NORMAL = "normal", "一般"
    LOUD = "loud", "热闹"


class DayKind(models.TextChoices):
    """What kind of day it is on the national working calendar. UNKNOWN: not announced yet; never guess."""

    WORKING_DAY = "working_day", "工作日"
    MAKE_UP_WORKDAY = "make_up_workday", "调休上班"
    WEEKEND = "weekend", "周末"
    PUBLIC_HOLIDAY = "public_holiday", "法定节假日"
    UNKNOWN = "unknown", "尚未公布"
