"""What may be chosen in this room: how an answer came in, what a question is for, when people can come."""

from django.db import models


class Channel(models.TextChoices):
    """How an answer reached us. It stands beside every figure: those who answer on the web are not like the others."""

    PAPER = "paper", "纸质问卷"
    WEB = "web", "网页"
    COUNTER = "counter", "柜台代填"
    PHONE = "phone", "入户手机"
    SPREADSHEET = "spreadsheet", "电子表格"


class Band(models.TextChoices):
    """Part of the day in which people can come."""

    MORNING = "morning", "上午"
    AFTERNOON = "afternoon", "下午"
    EVENING = "evening", "晚上"
    ANY = "any", "都行"


class SampleKind(models.TextChoices):
    """How the people asked were chosen; the standard errors depend on it."""

    CENSUS = "census", "挨家挨户都问了"
    SIMPLE_RANDOM = "simple_random", "随机抽人"
    STRATIFIED = "stratified", "分组分别抽人（分层）"
    CLUSTER = "cluster", "抽到的户、组全都问（整群）"
    OPEN = "open", "自愿来填（没有抽样）"


class BatchState(models.TextChoices):
    WAITING = "waiting", "等待读取"
    RUNNING = "running", "正在读取"
    DONE = "done", "已读完"
    FAILED = "failed", "读取失败"
    STOPPED = "stopped", "已取消"


class Pattern(models.TextChoices):
    """What makes somebody look twice at some answers. A person judges, never the machine, and never the asker."""

    IDENTICAL = "identical", "一模一样"
    ONE_HAND = "one_hand", "像出自一手"
    STRAIGHT = "straight", "一选到底"
    PACE = "pace", "快得不合常理"


class Verdict(models.TextChoices):
    """What a person said after looking."""

    FINE = "fine", "看过，没问题"
    LEFT_OUT = "left_out", "不计入"
