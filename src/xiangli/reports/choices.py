from django.db import models


class DocumentKind(models.TextChoices):
    """What is written from recorded facts alone; each has a Word template that the county may replace."""

    BULLETIN = "bulletin", "督查通报"
    WEEKLY = "weekly", "每周到期清单"
    MONTHLY = "monthly", "月度数据"
    DOSSIER = "dossier", "一村一档"


class Fact(models.TextChoices):
    """What a star may be given for: each is measured from records, none is typed. ``stars.measure`` says how."""

    OPEN_HOURS = "open_hours", "一周开放小时数"
    REQUIRED_SERVICES = "required_services", "必备服务能办几项"
    ACTIVITIES = "activities", "每周活动场数"
    ITEMS_OVERDUE = "items_overdue", "超期的台账事项数"
    ITEMS_REOPENED = "items_reopened", "复发的台账事项数"
    ITEMS_ON_TIME = "items_on_time", "一年里按时销号的百分比"
    CASES_OVERDUE = "cases_overdue", "超时的来信数"
    CASES_ANSWERED = "cases_answered", "三个月里来信已回复的百分比"
    OFFICE_SHARE = "office_share", "办公用房占室内面积的百分比"
    REVIEW_SHARE = "review_share", "最近一次观摩得到满分的百分比"


class Bound(models.TextChoices):
    AT_LEAST = "at_least", "至少"
    AT_MOST = "at_most", "至多"
