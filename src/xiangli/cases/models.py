"""Residents' voices: a message, the limits it is answered within, and every step until it is settled."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from xiangli.audit.personal import Retention
from xiangli.cases.choices import ENDED, Channel, Kind, Rating, State, Step
from xiangli.places.scope import ScopedModel

TEXT_LIMIT = 2000
PERSON = settings.AUTH_USER_MODEL


class CaseLimits(ScopedModel):
    """A county's limits, in working days. A county without a row has the defaults."""

    PLACE = "county"

    accept_days = models.PositiveSmallIntegerField("受理时限", default=1)
    reply_days = models.PositiveSmallIntegerField("回复时限", default=5)
    follow_up_days = models.PositiveSmallIntegerField("追问回复时限", default=3)
    close_days = models.PositiveSmallIntegerField("回复后办结时限", default=10)

    class Meta:
        verbose_name = "来信时限"
        constraints = [models.UniqueConstraint(fields=["county"], name="case_limits_once_per_county")]

    def __str__(self) -> str:
        return f"受理 {self.accept_days}、回复 {self.reply_days} 个工作日"


class Case(ScopedModel):
    """One message of one resident (百姓呼声). Who wrote it is optional and never shown in public."""

    PERSONAL = {
        "contact_name": Retention("回复来信时称呼您", days=180, since="closed_at"),
        "contact_phone": Retention("回复来信时联系您", days=180, since="closed_at"),
        "text": Retention("办理来信", days=1095, since="closed_at"),
    }

    place = models.ForeignKey("places.Place", models.PROTECT, related_name="cases", verbose_name="村")
    centre = models.ForeignKey("places.Centre", models.PROTECT, related_name="cases", verbose_name="中心")
    receipt = models.CharField("回执号", max_length=12, unique=True)
    client_uuid = models.UUIDField("提交编号")  # the same form sent twice is one message
    channel = models.CharField("渠道", max_length=8, choices=Channel)
    kind = models.CharField("类别", max_length=10, choices=Kind)
    text = models.TextField("内容", max_length=TEXT_LIMIT, blank=True)
    contact_name = models.CharField("称呼", max_length=30, blank=True)
    contact_phone = models.CharField("电话", max_length=30, blank=True)
    may_publish = models.BooleanField("同意公开", default=False)
    filed_at = models.DateTimeField("来信时间")
    filed_by = models.ForeignKey(PERSON, models.SET_NULL, null=True, related_name="+", verbose_name="代写人")

    state = models.CharField("状态", max_length=10, choices=State, default=State.FILED)
    handler = models.ForeignKey(PERSON, models.SET_NULL, null=True, related_name="cases", verbose_name="承办人")
    due = models.DateField("时限", null=True)  # of the next step; empty once ended
    replied_at = models.DateTimeField("回复时间", null=True)
    closed_at = models.DateTimeField("办结时间", null=True)
    called_back_at = models.DateTimeField("回访时间", null=True)
    called_back_by = models.ForeignKey(PERSON, models.SET_NULL, null=True, related_name="+", verbose_name="回访人")
    rating = models.CharField("评价", max_length=4, choices=Rating, blank=True)

    public_question = models.TextField("公开的来信", max_length=TEXT_LIMIT, blank=True)
    public_reply = models.TextField("公开的答复", max_length=TEXT_LIMIT, blank=True)
    published_at = models.DateTimeField("公开时间", null=True)

    class Meta:
        ordering = ["-filed_at", "-pk"]
        verbose_name = "来信"
        constraints = [
            models.UniqueConstraint(fields=["county", "client_uuid"], name="case_sent_once"),
            models.CheckConstraint(
                condition=Q(state__in=ENDED, closed_at__isnull=False, due__isnull=True)
                | (~Q(state__in=ENDED) & Q(closed_at__isnull=True, due__isnull=False)),
                name="case_open_has_limit_ended_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.REPLIED, State.FOLLOW_UP, State.CLOSED]) | Q(replied_at__isnull=False),
                name="case_closed_only_after_reply",
            ),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True) | Q(may_publish=True), name="case_published_with_consent"
            ),
            models.CheckConstraint(
                condition=Q(called_back_by__isnull=True) | Q(handler__isnull=True) | ~Q(called_back_by=F("handler")),
                name="case_called_back_by_another",
            ),
        ]
        indexes = [
            models.Index(fields=["county", "due"], condition=Q(due__isnull=False), name="case_open_by_limit"),
            models.Index(fields=["place", "-published_at"], name="case_published"),
        ]

    def __str__(self) -> str:
        return self.receipt

    @property
    def is_open(self) -> bool:
        return self.state not in ENDED

    @property
    def excerpt(self) -> str:
        """The first line, short enough for a list."""
        first = self.text.strip().splitlines()[0] if self.text.strip() else "（内容已过保存期）"
        return first if len(first) <= 40 else f"{first[:39]}…"


class CaseEvent(ScopedModel):
    """One step of a case with its words. ``shown`` steps are for the resident to read, the others for staff only."""

    PERSONAL = {"text": Retention("办理来信", days=1095, since="at")}
    PLACE = "case__place"

    case = models.ForeignKey(Case, models.CASCADE, related_name="events", verbose_name="来信")
    step = models.CharField("步骤", max_length=12, choices=Step)
    at = models.DateTimeField("时间")
    by = models.ForeignKey(PERSON, models.SET_NULL, null=True, related_name="+", verbose_name="经办人")
    text = models.TextField("说明", max_length=TEXT_LIMIT, blank=True)
    shown = models.BooleanField("来信人可见", default=False)
    due = models.DateField("新时限", null=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = "办理步骤"
        indexes = [models.Index(fields=["case", "id"])]

    def __str__(self) -> str:
        return f"{self.get_step_display()} {self.case_id}"
