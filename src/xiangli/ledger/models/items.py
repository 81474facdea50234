"""The works ledger: what each village has to do, who answers for it, with what money and until when."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from xiangli.audit.personal import Retention
from xiangli.ledger.choices import EvidenceKind, Fund, Repeat, Source, State
from xiangli.places.scope import ScopedModel


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


class ItemKind(ScopedModel):
    """A kind of work, as the county names it. Pictures are never asked for (B3); some kinds do not even offer them."""

    PLACE = "county"

    name = models.CharField("事项类型", max_length=30)
    offers_evidence = models.BooleanField("可以附照片或文件", default=True)

    class Meta:
        ordering = ["county", "pk"]
        verbose_name = "事项类型"
        constraints = [models.UniqueConstraint(fields=["county", "name"], name="itemkind_name_in_county")]

    def __str__(self) -> str:
        return self.name


class LedgerItem(ScopedModel):
    """One task or problem of one village, from its addition to its close-out. Money is in fen.

    ``origin`` names the fact it was made from ("improvement:17"), so that adopting a plan twice adds nothing twice.
    ``version`` grows with every change; ``sheet_base`` is what a spreadsheet last said of it (``sheets.base``).

    Foreign keys have no index of their own: those of places are the beginning of one that says more, the others are
    mostly empty or never searched by, and each would be written with every one of a nation's millions of rows.
    """

    PERSONAL = {
        "responsible_name": Retention("联系事项责任人", days=3 * 365, since="closed_at"),
        "liaison_name": Retention("联系包村干部", days=3 * 365, since="closed_at"),
    }

    county = models.ForeignKey(
        "places.Place", models.PROTECT, related_name="+", verbose_name="县（区）", db_index=False
    )
    place = models.ForeignKey(
        "places.Place", models.PROTECT, related_name="ledger_items", verbose_name="村", db_index=False
    )
    programme = models.ForeignKey(
        "ledger.Programme", models.PROTECT, null=True, blank=True, related_name="items", verbose_name="实施方案",
        db_index=False,
    )  # fmt: skip
    title = models.CharField("任务或问题", max_length=120)
    measure = models.TextField("具体举措", blank=True)
    state = models.CharField("进展", max_length=16, choices=State, default=State.NOT_STARTED)
    source = models.CharField("来源", max_length=10, choices=Source, default=Source.OTHER)
    plan = models.ForeignKey(
        "planning.Plan", models.PROTECT, null=True, blank=True, related_name="ledger_items", db_index=False
    )
    service = models.ForeignKey(
        "places.Service", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="服务", db_index=False
    )
    kind = models.ForeignKey(
        ItemKind, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="事项类型", db_index=False
    )
    tags = models.CharField("标签", max_length=100, blank=True, help_text="几个标签用空格隔开，例如：安全 消防")
    repeats = models.CharField("重复", max_length=8, choices=Repeat, blank=True, default="")
    origin = models.CharField(max_length=80, blank=True, editable=False)

    responsible_unit = models.CharField("责任单位", max_length=60, blank=True)
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="唯一责任人",
        db_index=False,
    )  # fmt: skip
    liaison = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="包村干部",
        db_index=False,
    )  # fmt: skip
    responsible_name = models.CharField("责任人（没有账号的）", max_length=40, blank=True)
    liaison_name = models.CharField("包村干部（没有账号的）", max_length=40, blank=True)
    planned_fen = models.BigIntegerField("计划资金", default=0)
    granted_fen = models.BigIntegerField("到位资金", default=0)
    spent_fen = models.BigIntegerField("已用资金", default=0)
    money_note = models.CharField("资金说明", max_length=200, blank=True)
    people = models.PositiveSmallIntegerField("人手", default=0)
    volunteers = models.PositiveSmallIntegerField("志愿者", default=0)

    deadline = models.DateField("完成时限")
    added_on = models.DateField("立项日期")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False)
    started_at = models.DateTimeField("启动时间", null=True, blank=True)
    requested_at = models.DateTimeField("申请销号时间", null=True, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    closed_at = models.DateTimeField("销号时间", null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="复核人",
        db_index=False,
    )  # fmt: skip
    moved_at = models.DateTimeField("最近变动")
    version = models.PositiveIntegerField(default=1, editable=False)
    sheet_base = models.CharField(max_length=160, blank=True, editable=False)

    class Meta:
        ordering = ["deadline", "pk"]
        verbose_name = "台账事项"
        indexes = [
            models.Index(fields=["county", "place", "state"]),
            models.Index(
                fields=["county", "deadline"], condition=~Q(state="closed"), name="ledgeritem_open_by_deadline"
            ),
            models.Index(
                fields=["county", "added_on"], condition=Q(state="not_started"), name="ledgeritem_waiting_by_added"
            ),
            models.Index(fields=["deadline", "id"], condition=~Q(state="closed"), name="ledgeritem_open_anywhere"),
            models.Index(
                fields=["programme", "place"], condition=Q(programme__isnull=False), name="ledgeritem_by_programme"
            ),
            *(  # nothing to write for the many rows that have none
                models.Index(fields=[name], condition=Q(**{f"{name}__isnull": False}), name=f"ledgeritem_by_{name}")
                for name in ("plan", "service", "kind", "responsible", "liaison")
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

    @property
    def who(self) -> str:
        """The one who answers for it, with or without an account."""
        return str(self.responsible) if self.responsible else self.responsible_name

    @property
    def who_looks_after(self) -> str:
        return str(self.liaison) if self.liaison else self.liaison_name

    @property
    def tag_list(self) -> list[str]:
        return self.tags.split()


class Dependency(ScopedModel):
    """``item`` can begin only when ``needs`` is closed: pour the floor before the kitchen. No circles (a trigger)."""

    PLACE = "item__place"

    item = models.ForeignKey(LedgerItem, models.CASCADE, related_name="needs")
    needs = models.ForeignKey(LedgerItem, models.CASCADE, related_name="needed_by", verbose_name="要先做完")

    class Meta:
        ordering = ["pk"]
        verbose_name = "先后"
        constraints = [
            models.UniqueConstraint(fields=["county", "item", "needs"], name="dependency_once"),
            models.CheckConstraint(condition=~Q(item=F("needs")), name="dependency_not_on_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} ← {self.needs_id}"


class ItemMoney(ScopedModel):
    """The money of one item from one source, in fen. Where there are such rows, the item's sums are theirs."""

    PLACE = "item__place"

    item = models.ForeignKey(LedgerItem, models.CASCADE, related_name="money")
    fund = models.CharField("资金来源", max_length=10, choices=Fund)
    planned_fen = models.BigIntegerField("计划", default=0)
    granted_fen = models.BigIntegerField("到位", default=0)
    spent_fen = models.BigIntegerField("已用", default=0)

    class Meta:
        ordering = ["pk"]
        verbose_name = "资金来源"
        constraints = [
            models.UniqueConstraint(fields=["county", "item", "fund"], name="itemmoney_once_per_fund"),
            models.CheckConstraint(
                condition=Q(planned_fen__gte=0, granted_fen__gte=0, spent_fen__gte=0), name="itemmoney_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return self.get_fund_display()


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
