from django.db import models


class State(models.TextChoices):
    """Where a resident's message stands."""

    FILED = "filed", "待受理"
    ACCEPTED = "accepted", "已受理"
    DISPATCHED = "dispatched", "已派单"
    RETURNED = "returned", "已退单"
    WORKING = "working", "办理中"
    REPLIED = "replied", "已回复"
    FOLLOW_UP = "follow_up", "有追问"
    CLOSED = "closed", "已办结"
    DECLINED = "declined", "不予受理"


ENDED = (State.CLOSED, State.DECLINED)


class Step(models.TextChoices):
    """What happened to a case; the steps of DOMAIN.md and what belongs to them."""

    FILED = "filed", "来信"
    ACCEPTED = "accepted", "受理"
    DECLINED = "declined", "不予受理"
    DISPATCHED = "dispatched", "派单"
    RETURNED = "returned", "退单"
    STARTED = "started", "开始办理"
    EXTENDED = "extended", "延期"
    REPLIED = "replied", "回复"
    FOLLOWED_UP = "followed_up", "追问"
    CLOSED = "closed", "办结"
    CALLED_BACK = "called_back", "回访"
    RATED = "rated", "评价"
    PUBLISHED = "published", "公开"


class Kind(models.TextChoices):
    HELP = "help", "求助"
    SUGGESTION = "suggestion", "建议"
    QUESTION = "question", "咨询"
    COMPLAINT = "complaint", "投诉"
    THANKS = "thanks", "表扬"


class Channel(models.TextChoices):
    WEB = "web", "网页"
    COUNTER = "counter", "柜台"
    PHONE = "phone", "电话"


class Rating(models.TextChoices):
    """The resident's word on how the case was handled. It feeds no score of any person (RULES B3)."""

    GOOD = "good", "满意"
    FAIR = "fair", "基本满意"
    POOR = "poor", "不满意"
