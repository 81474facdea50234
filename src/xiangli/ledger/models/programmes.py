"""An implementation plan (实施方案) with all that hangs on it: duties, the standard, what was learnt, meetings."""

from django.db import models
from django.db.models import F, Q

from xiangli.places.scope import ScopedModel


class Programme(ScopedModel):
    """An implementation plan: its leading group and the units' duties; items belong to one or to none."""

    place = models.ForeignKey("places.Place", models.PROTECT, related_name="programmes", verbose_name="地点")
    title = models.CharField("名称", max_length=80)
    document_number = models.CharField("文号", max_length=60, blank=True)
    leading_group = models.TextField("领导小组", blank=True, help_text="写职务，一行一个；不必写姓名和电话。")
    duties = models.TextField("总的分工", blank=True)
    starts = models.DateField("开始")
    ends = models.DateField("结束", null=True, blank=True)

    class Meta:
        ordering = ["county", "-starts"]
        verbose_name = "实施方案"
        constraints = [
            models.UniqueConstraint(fields=["county", "place", "title"], name="programme_title_in_place"),
            models.CheckConstraint(
                condition=Q(ends__isnull=True) | Q(ends__gte=F("starts")), name="programme_interval"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Duty(ScopedModel):
    """What one unit has to see to."""

    PLACE = "programme__place"

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="unit_duties")
    unit = models.CharField("单位", max_length=60)
    text = models.CharField("分工", max_length=200)

    class Meta:
        ordering = ["pk"]
        verbose_name = "单位分工"
        constraints = [models.UniqueConstraint(fields=["county", "programme", "unit"], name="duty_once_per_unit")]

    def __str__(self) -> str:
        return self.unit


class StandardPoint(ScopedModel):
    """One point of the programme's standard, as the town words it. None comes with the product (see DOMAIN: 七个有)."""

    PLACE = "programme__place"

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="standard")
    title = models.CharField("要求", max_length=60)
    measure = models.CharField("怎样算达到", max_length=300, blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = "建设标准"
        constraints = [
            models.UniqueConstraint(fields=["county", "programme", "title"], name="standardpoint_once_in_programme")
        ]

    def __str__(self) -> str:
        return self.title


class PracticeNote(ScopedModel):
    """What a study visit or a village that does well taught, kept for a service or for everybody."""

    PLACE = "programme__place"

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="practice")
    where = models.CharField("哪里", max_length=80)
    seen_on = models.DateField("哪天")
    text = models.TextField("学到什么")
    service = models.ForeignKey(
        "places.Service", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="关于哪项服务"
    )

    class Meta:
        ordering = ["-seen_on", "-pk"]
        verbose_name = "学习笔记"

    def __str__(self) -> str:
        return self.where


class Meeting(ScopedModel):
    """A meeting with its agenda and minutes; what it resolves goes into the ledger."""

    place = models.ForeignKey("places.Place", models.PROTECT, related_name="meetings", verbose_name="地点")
    programme = models.ForeignKey(
        Programme, models.PROTECT, null=True, blank=True, related_name="meetings", verbose_name="实施方案"
    )
    title = models.CharField("会议", max_length=80)
    held_on = models.DateField("哪天开")
    agenda = models.TextField("议程", blank=True)
    minutes = models.TextField("纪要", blank=True)

    class Meta:
        ordering = ["county", "-held_on", "-pk"]
        verbose_name = "会议"

    def __str__(self) -> str:
        return self.title


class Resolution(ScopedModel):
    """One thing a meeting resolved, and the item it became, if it is work for somebody."""

    PLACE = "meeting__place"

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="resolutions")
    text = models.CharField("决定", max_length=300)
    item = models.OneToOneField("ledger.LedgerItem", models.PROTECT, null=True, blank=True, related_name="resolution")

    class Meta:
        ordering = ["pk"]
        verbose_name = "会议决定"

    def __str__(self) -> str:
        return self.text
