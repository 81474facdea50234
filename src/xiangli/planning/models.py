"""Who can staff the centres, plans for a town's week with their gaps, and improvements that money could buy."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from xiangli.core.money import yuan
from xiangli.places.scope import ScopedModel
from xiangli.planning.choices import WEEKDAYS, EditKind, ImprovementKind, PlanState, Progress
from xiangli.surveys.choices import Band

DAY = 24 * 60  # minutes


class Staffing(ScopedModel):
    """So many people of one skill are in a village on a weekday, from one minute of the day to another."""

    place = models.ForeignKey("places.Place", models.CASCADE, related_name="staffing", verbose_name="村")
    skill = models.CharField("能做什么", max_length=40)
    weekday = models.PositiveSmallIntegerField("星期", choices=WEEKDAYS)
    start_minute = models.PositiveSmallIntegerField("从")
    end_minute = models.PositiveSmallIntegerField("到")
    count = models.PositiveSmallIntegerField("人数", default=1)
    volunteers = models.BooleanField("是志愿者", default=False)

    class Meta:
        ordering = ["county", "place__path", "skill", "weekday", "start_minute"]
        verbose_name = "人手"
        constraints = [
            models.UniqueConstraint(
                fields=["county", "place", "skill", "weekday", "start_minute", "volunteers"], name="staffing_once"
            ),
            models.CheckConstraint(
                condition=Q(start_minute__lt=F("end_minute"), end_minute__lte=DAY, weekday__lte=6),
                name="staffing_interval",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.skill} {self.get_weekday_display()}"


class Specialist(ScopedModel):
    """A specialist who travels between a town's villages. ``halves``: when visits are possible, ["0am", "2ev"]."""

    place = models.ForeignKey("places.Place", models.CASCADE, related_name="specialists", verbose_name="乡镇")
    title = models.CharField("称呼", max_length=40)  # a post, not a person's name
    skill = models.CharField("专长", max_length=40)
    halves = models.JSONField("可下村的半天", default=list)

    class Meta:
        ordering = ["county", "place__path", "skill", "title"]
        verbose_name = "专业人员"
        constraints = [models.UniqueConstraint(fields=["county", "place", "title"], name="specialist_title_in_place")]

    def __str__(self) -> str:
        return self.title


class Plan(ScopedModel):
    """One proposal for a town's week. ``input`` and ``result`` are the timetable engine's formats, kept whole.

    So any plan can be checked and explained again years later. ``hours`` is plain data: see ``planning.hours``.
    A scenario names its ``base`` and, in ``changes``, all that it takes to be different from the rooms as they were
    (``planning.scenarios``); ``keep`` is the share of the base's week that it keeps, None where it was made afresh.
    ``revision`` counts changes by hand, so that nobody's is lost. ``report`` is what pages show of ``result``
    (``planning.summary``), ``standing`` how far the computation is, ``leftovers`` needs that no service can meet.
    """

    place = models.ForeignKey("places.Place", models.PROTECT, related_name="plans", verbose_name="乡镇")
    title = models.CharField("名称", max_length=80)
    state = models.CharField("状态", max_length=12, choices=PlanState, default=PlanState.DRAFT)
    progress = models.CharField("计算", max_length=8, choices=Progress, default=Progress.WAITING)
    problem = models.TextField("没有算成的原因", blank=True)
    hours = models.JSONField("开门时间", default=list)
    input = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    value = models.BigIntegerField("得分", null=True)
    bound = models.BigIntegerField("上限", null=True)
    gap = models.FloatField("距最优", null=True)
    met_share = models.FloatField("需求满足", null=True)
    worst_share = models.FloatField("最少的人群", null=True)
    seconds = models.FloatField("限时", default=20)
    workers = models.PositiveSmallIntegerField("进程", default=1)
    seed = models.PositiveIntegerField("种子", default=1)
    base = models.ForeignKey("self", models.SET_NULL, null=True, related_name="scenarios", verbose_name="由来")
    changes = models.JSONField("改动", default=list)
    keep = models.FloatField("保留原来的", null=True)
    revision = models.PositiveIntegerField("改到第几次", default=0)
    report = models.JSONField(default=dict)
    standing = models.JSONField(default=dict)
    leftovers = models.JSONField("目录里没有的需求", default=list)
    started_at = models.DateTimeField("开始计算", null=True)
    made_at = models.DateTimeField("提出时间")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    adopted_on = models.DateField("采纳日期", null=True)
    adopted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["county", "-made_at", "-pk"]
        verbose_name = "方案"
        constraints = [
            models.UniqueConstraint(fields=["county", "place"], condition=Q(state="adopted"), name="plan_one_adopted"),
            models.CheckConstraint(
                condition=Q(state="draft", adopted_on__isnull=True) | (~Q(state="draft") & Q(adopted_on__isnull=False)),
                name="plan_adopted_has_date",
            ),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(progress="ready"), name="plan_adopted_is_ready"
            ),
            models.CheckConstraint(
                condition=Q(keep__isnull=True) | Q(keep__gte=0, keep__lte=1), name="plan_keeps_a_share"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title

    @property
    def is_ready(self) -> bool:
        return self.progress == Progress.READY

    def whole(self) -> dict[str, Any]:
        """The plan as the engine writes it, its input inside: what ``plan check`` and ``plan why`` read."""
        return {**self.result, "input": self.input}


class PlanRevision(ScopedModel):
    """One change of a drafted plan by hand, or a re-plan of one village around what is pinned.

    ``before``: the village's sessions and needs met as they were, in the engine's format, so that it can be taken
    back exactly. ``differences``: what came and went, in words. ``undoes``: the number of the change it takes back.
    """

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField("第几次")
    place = models.ForeignKey("places.Place", models.PROTECT, related_name="+", verbose_name="村")
    kind = models.CharField("改法", max_length=8, choices=EditKind)
    text = models.CharField("改了什么", max_length=300)
    before = models.JSONField(default=dict)
    differences = models.JSONField(default=list)
    figures = models.JSONField(default=dict)
    undoes = models.PositiveIntegerField("撤回第几次", null=True)
    made_at = models.DateTimeField("时间")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["county", "plan", "-number"]
        verbose_name = "改动"
        constraints = [
            models.UniqueConstraint(fields=["county", "plan", "number"], name="planrevision_number_once"),
            models.UniqueConstraint(
                fields=["county", "plan", "undoes"], condition=Q(undoes__isnull=False), name="planrevision_undone_once"
            ),
            models.CheckConstraint(
                condition=Q(kind="undo", undoes__isnull=False) | (~Q(kind="undo") & Q(undoes__isnull=True)),
                name="planrevision_undo_names_what",
            ),
        ]

    def __str__(self) -> str:
        return self.text


class PlannedActivity(ScopedModel):
    """A service in a space at a time of the week. ``week`` 0: every week; else that week of the visits' cycle."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="activities")
    place = models.ForeignKey("places.Place", models.PROTECT, related_name="+", verbose_name="村")
    space = models.ForeignKey("places.Space", models.PROTECT, related_name="+", verbose_name="空间")
    service = models.ForeignKey("places.Service", models.PROTECT, related_name="+", verbose_name="服务")
    weekday = models.PositiveSmallIntegerField("星期", choices=WEEKDAYS)
    start_minute = models.PositiveSmallIntegerField("开始")
    end_minute = models.PositiveSmallIntegerField("结束")
    week = models.PositiveSmallIntegerField("周次", default=0)
    specialist = models.ForeignKey(
        Specialist, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="专业人员"
    )
    people = models.PositiveIntegerField("可服务人数", default=0)
    pinned = models.BooleanField("钉住", default=False)

    class Meta:
        ordering = ["county", "plan", "place__path", "weekday", "start_minute", "space"]
        verbose_name = "方案中的活动"
        constraints = [
            models.UniqueConstraint(
                fields=["county", "plan", "space", "weekday", "start_minute", "week"], name="plannedactivity_once"
            ),
            models.CheckConstraint(
                condition=Q(start_minute__lt=F("end_minute"), end_minute__lte=DAY, weekday__lte=6),
                name="plannedactivity_interval",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service} {self.get_weekday_display()}"


class PlanGap(ScopedModel):
    """A need that the plan leaves (partly) unmet, why, and the cheapest change that would let it be met."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="gaps")
    place = models.ForeignKey("places.Place", models.PROTECT, related_name="+", verbose_name="村")
    service = models.ForeignKey("places.Service", models.PROTECT, related_name="+", verbose_name="服务")
    group = models.CharField("人群", max_length=60)
    band = models.CharField("时段", max_length=10, choices=Band)
    need = models.FloatField("需要（人时）")
    person_hours = models.FloatField("还差（人时）")
    code = models.CharField("原因代号", max_length=40)
    reason = models.TextField("原因")
    change = models.TextField("怎么改就行", blank=True)
    changes = models.JSONField(default=list)  # the same as data, see gaps.Gap
    serves = models.FloatField("改后每周多服务（人时）", default=0)

    class Meta:
        ordering = ["county", "plan", "place__path", "-person_hours"]
        verbose_name = "没满足的需求"
        constraints = [
            models.UniqueConstraint(
                fields=["county", "plan", "place", "service", "group", "band"], name="plangap_once_per_need"
            ),
            models.CheckConstraint(condition=Q(person_hours__gt=0), name="plangap_is_a_gap"),
        ]

    def __str__(self) -> str:
        return f"{self.service} {self.group}"


class Improvement(ScopedModel):
    """Something that money could buy for a village, so that it can offer a service. Not weighed without a cost."""

    place = models.ForeignKey("places.Place", models.PROTECT, related_name="improvements", verbose_name="村")
    title = models.CharField("要做的事", max_length=80)
    kind = models.CharField("类别", max_length=10, choices=ImprovementKind, default=ImprovementKind.EQUIPMENT)
    service = models.ForeignKey("places.Service", models.PROTECT, related_name="+", verbose_name="为了哪项服务")
    space = models.ForeignKey(
        "places.Space", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="在哪个空间"
    )
    cost_fen = models.BigIntegerField("估价", null=True, blank=True)
    dropped = models.BooleanField("不再考虑", default=False)
    added_at = models.DateTimeField()

    class Meta:
        ordering = ["county", "place__path", "title"]
        verbose_name = "改善项目"
        constraints = [
            models.UniqueConstraint(fields=["county", "place", "title"], name="improvement_title_in_place"),
            models.CheckConstraint(
                condition=Q(cost_fen__isnull=True) | Q(cost_fen__gt=0), name="improvement_costs_something"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def cost_yuan(self) -> str:
        """The estimate as it is typed: yuan without separators, empty where there is none."""
        return "" if self.cost_fen is None else yuan(self.cost_fen, grouped=False)


class FundingRound(ScopedModel):
    """Which improvements fit a budget, fairly. ``input`` and ``result`` are the funding engine's data."""

    place = models.ForeignKey("places.Place", models.PROTECT, related_name="funding_rounds", verbose_name="乡镇")
    title = models.CharField("名称", max_length=80)
    budget_fen = models.BigIntegerField("总预算")
    input = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    chosen = models.ManyToManyField(Improvement, blank=True, related_name="rounds")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["county", "-made_at", "-pk"]
        verbose_name = "资金分配"
        constraints = [models.CheckConstraint(condition=Q(budget_fen__gt=0), name="fundinground_has_budget")]

    def __str__(self) -> str:
        return self.title
