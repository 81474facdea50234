from collections.abc import Mapping, Sequence

from django.db import models


class State(models.TextChoices):
    """Where an item stands. Closing is asked for by the one who does the work and decided by somebody else."""

    NOT_STARTED = "not_started", "未启动"
    IN_PROGRESS = "in_progress", "进行中"
    CLOSE_REQUESTED = "close_requested", "已申请销号"
    CLOSED = "closed", "已销号"
    RETURNED = "returned", "退回"
    REOPENED = "reopened", "复发"


OPEN_STATES = [state for state in State if state != State.CLOSED]
AT_WORK = [State.IN_PROGRESS, State.RETURNED, State.REOPENED]


class Action(models.TextChoices):
    """What can be done to an item; each is one button and one function in ``services``."""

    START = "start", "开始办理"
    ASK_CLOSE = "ask-close", "申请销号"
    CLOSE = "close", "同意销号"
    RETURN = "return", "退回整改"
    REOPEN = "reopen", "问题复发，重新办理"
    NOTE = "note", "记一笔进展"
    EXTEND = "extend", "延期"


# From which states an action may be taken, and where it leads. Notes and extensions change no state.
STEPS: Mapping[str, tuple[Sequence[str], str | None]] = {
    Action.START: ([State.NOT_STARTED], State.IN_PROGRESS),
    Action.ASK_CLOSE: (AT_WORK, State.CLOSE_REQUESTED),
    Action.CLOSE: ([State.CLOSE_REQUESTED], State.CLOSED),
    Action.RETURN: ([State.CLOSE_REQUESTED], State.RETURNED),
    Action.REOPEN: ([State.CLOSED], State.REOPENED),
    Action.NOTE: (OPEN_STATES, None),
    Action.EXTEND: (OPEN_STATES, None),
}


class Source(models.TextChoices):
    """Where an item comes from."""

    PLAN = "plan", "需求方案"
    STANDARD = "standard", "建设标准"
    FINDING = "finding", "督查发现"
    CASE = "case", "百姓来信"
    MEETING = "meeting", "会议决定"
    SHEET = "sheet", "原有台账"
    OTHER = "other", "其他"


class Fund(models.TextChoices):
    """Whose money it is."""

    SUPERIOR = "superior", "上级补助"
    COUNTY = "county", "县级资金"
    TOWN = "town", "乡镇资金"
    VILLAGE = "village", "村集体"
    DONATION = "donation", "社会捐助"
    RESIDENTS = "residents", "群众自筹"
    OTHER = "other", "其他资金"


class Repeat(models.TextChoices):
    """How soon an item comes again after its deadline, once it is closed."""

    WEEK = "week", "每周"
    MONTH = "month", "每月"
    QUARTER = "quarter", "每季度"
    HALF = "half", "每半年"
    YEAR = "year", "每年"


class Light(models.TextChoices):
    """How an item stands against its deadline."""

    GREEN = "green", "绿灯"
    YELLOW = "yellow", "黄灯"
    RED = "red", "红灯"
    DONE = "done", "办结"


class EvidenceKind(models.TextChoices):
    BEFORE = "before", "整改前"
    AFTER = "after", "整改后"
    PAPER = "paper", "文件"
