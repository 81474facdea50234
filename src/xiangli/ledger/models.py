"""The works ledger: what each village has to do, who answers for it, with what money and until when."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from xiangli.ledger.choices import EvidenceKind, Source, State
from xiangli.places.scope import ScopedModel


class Programme(ScopedModel):
    """An implementation plan (实施方案): its leading group and the units' duties; items belong to one or to none."""

    place = models.ForeignKey("places.Place", models.PROTECT, related_name="programmes", verbose_name="地点")
    title = models.CharField("名称", max_length=80)
    document_number = models.CharField("文号", max_length=60, blank=True)
    leading_group = models.TextField("领导小组", blank=True)
    duties = models.TextField("各单位分工", blank=True)
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


class LightRule(ScopedModel):
    """A county's rule for the lights, in working days. Counties without a row use these defaults."""

    PLACE = "county"

    warn_days = models.PositiveSmallIntegerField("到期前几个工作日亮黄灯", default=5)
    start_days = models.PositiveSmallIntegerField("立项几个工作日后还未启动亮黄灯", default=10)

    class Meta:
        verbose_name = "亮灯规则"
        constraints = [models.UniqueConstraint(fields=["county"], name="lightrule_once_per_county")]

    def __str__(self) -> str:
        return f"{self.warn_days}/{self.start_days}"


class LedgerItem(ScopedModel):
    """One task or problem of one village, from its addition to its close-out. Money is in fen.

    ``origin`` names the fact it was made from ("improvement:17"), so that adopting a plan twice adds nothing twice.
    """

    place = models.ForeignKey("places.Place", models.PROTECT, related_name="ledger_items", verbose_name="村")
    programme = models.ForeignKey(
        Programme, models.PROTECT, null=True, blank=True, related_name="items", verbose_name="实施方案"
    )
    title = models.CharField("任务或问题", max_length=120)
    measure = models.TextField("具体举措", blank=True)
    state = models.CharField("进展", max_length=16, choices=State, default=State.NOT_STARTED)
    source = models.CharField("来源", max_length=10, choices=Source, default=Source.OTHER)
    plan = models.ForeignKey("planning.Plan", models.PROTECT, null=True, blank=True, related_name="ledger_items")
    service = models.ForeignKey(
        "places.Service", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="服务"
    )
    origin = models.CharField(max_length=80, blank=True, editable=False)

    responsible_unit = models.CharField("责任单位", max_length=60, blank=True)
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="唯一责任人"
    )
    liaison = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="包村干部"
    )
    planned_fen = models.BigIntegerField("计划资金", default=0)
    granted_fen = models.BigIntegerField("到位资金", default=0)
    spent_fen = models.BigIntegerField("已用资金", default=0)
    money_note = models.CharField("资金说明", max_length=200, blank=True)
    people = models.PositiveSmallIntegerField("人手", default=0)
    volunteers = models.PositiveSmallIntegerField("志愿者", default=0)

    deadline = models.DateField("完成时限")
    added_on = models.DateField("立项日期")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    started_at = models.DateTimeField("启动时间", null=True, blank=True)
    requested_at = models.DateTimeField("申请销号时间", null=True, blank=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    closed_at = models.DateTimeField("销号时间", null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="复核人"
    )
    moved_at = models.DateTimeField("最近变动")

    class Meta:
        ordering = ["deadline", "pk"]
        verbose_name = "台账事项"
        indexes = [
            models.Index(fields=["county", "place", "state"]),
            models.Index(
                fields=["county", "deadline"], condition=~Q(state="closed"), name="ledgeritem_open_by_deadline"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "place", "origin"], condition=~Q(origin=""), name="ledgeritem_once_per_origin"
            ),
            models.CheckConstraint(
                condition=Q(state="closed", closed_by__isnull=False, closed_at__isnull=False)
                | (~Q(state="closed") & Q(closed_by__isnull=True, closed_at__isnull=True)),
                name="ledgeritem_closed_has_closer",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["close_requested", "closed"])
                | Q(requested_by__isnull=False, requested_at__isnull=False),
                name="ledgeritem_closing_was_asked",
            ),
            models.CheckConstraint(
                condition=Q(closed_by__isnull=True) | ~Q(closed_by=F("requested_by")),
                name="ledgeritem_closer_not_asker",
            ),
            models.CheckConstraint(
                condition=Q(closed_by__isnull=True) | Q(responsible__isnull=True) | ~Q(closed_by=F("responsible")),
                name="ledgeritem_closer_not_doer",
            ),
            models.CheckConstraint(
                condition=Q(planned_fen__gte=0, granted_fen__gte=0, spent_fen__gte=0),
                name="ledgeritem_money_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(spent_fen__lte=F("granted_fen")) | ~Q(money_note=""), name="ledgeritem_overspent_has_note"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_closed(self) -> bool:
        return self.state == State.CLOSED


class Extension(ScopedModel):
    """An agreed change of a deadline. Every one has a reason."""

    PLACE = "item__place"

    item = models.ForeignKey(LedgerItem, models.CASCADE, related_name="extensions")
    old = models.DateField("原时限")
    new = models.DateField("新时限")
    reason = models.CharField("延期原因", max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        verbose_name = "延期"
        constraints = [
            models.CheckConstraint(condition=Q(new__gt=F("old")), name="extension_is_later"),
            models.CheckConstraint(condition=~Q(reason=""), name="extension_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.old} → {self.new}"


def evidence_path(evidence: "Evidence", name: str) -> str:
    """Kept under the item; the user's file name is not used, it may hold anything."""
    return f"ledger/{evidence.item_id}/{evidence.token}{evidence.suffix}"


class Evidence(ScopedModel):
    """A picture or paper that shows the work before or after. Always optional (no trace-keeping for its own sake)."""

    PLACE = "item__place"

    item = models.ForeignKey(LedgerItem, models.CASCADE, related_name="evidence")
    kind = models.CharField("说明", max_length=8, choices=EvidenceKind, default=EvidenceKind.AFTER)
    token = models.UUIDField(editable=False, unique=True)
    suffix = models.CharField(max_length=8, editable=False)
    content_type = models.CharField(max_length=40, editable=False)
    file = models.FileField("文件", upload_to=evidence_path)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        verbose_name = "佐证"

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"
