from django.db import models


class PlanState(models.TextChoices):
    """A draft may be compared and thrown away; one plan of a town is adopted; the one before it is superseded."""

    DRAFT = "draft", "草案"
    ADOPTED = "adopted", "已采纳"
    SUPERSEDED = "superseded", "已被替换"


class Progress(models.TextChoices):
    """How far the computation of a plan is."""

    WAITING = "waiting", "等候计算"
    RUNNING = "running", "正在计算"
    READY = "ready", "已算好"
    FAILED = "failed", "没有算成"


class EditKind(models.TextChoices):
    """What a person does to a week that was worked out."""

    MOVE = "move", "挪动"
    ADD = "add", "添加"
    REMOVE = "remove", "去掉"
    PIN = "pin", "钉住"
    UNPIN = "unpin", "不再钉住"
    REPLAN = "replan", "重排"
    UNDO = "undo", "撤回"


class ImprovementKind(models.TextChoices):
    EQUIPMENT = "equipment", "添置设备"
    REBUILD = "rebuild", "改造房间"
    STAFF = "staff", "增加人手"


WEEKDAYS = [(0, "周一"), (1, "周二"), (2, "周三"), (3, "周四"), (4, "周五"), (5, "周六"), (6, "周日")]
HALVES = [("am", "上午"), ("pm", "下午"), ("ev", "晚上")]
