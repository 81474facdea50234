"""Points passbooks: an exchange list, claims that three people pass, and an append-only ledger of double entries.

The sum over all accounts is always nothing. Amounts are hundredths of a point. What must never happen is refused by
the database itself: see ``guards``.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from xiangli.audit.personal import Retention
from xiangli.canteen.choices import AccountKind, PostingKind, RateKind
from xiangli.places.scope import ScopedModel


class PointsAccount(ScopedModel):
    """A household's passbook, known by its number, or one of the canteen's own three accounts.

    ``moves`` counts the postings out of the account. The database counts it, and thereby queues up those who spend
    from one passbook at the same time.
    """

    PLACE = "canteen__centre__place"
    PERSONAL = {"holder": Retention("积分存折：好招呼您", days=180, since="closed_at")}

    canteen = models.ForeignKey("canteen.Canteen", models.PROTECT, related_name="accounts", verbose_name="食堂")
    kind = models.CharField("类别", max_length=10, choices=AccountKind)
    number = models.CharField("存折号", max_length=12, blank=True)
    holder = models.CharField("户主称呼", max_length=20, blank=True)
    opened_at = models.DateTimeField("开户")
    closed_at = models.DateTimeField("销户", null=True, blank=True)
    moves = models.PositiveBigIntegerField(default=0, editable=False)

    class Meta:
        ordering = ["canteen", "kind", "number"]
        verbose_name = "积分账户"
        constraints = [
            models.UniqueConstraint(
                fields=["county", "canteen", "number"], condition=Q(kind=AccountKind.PASSBOOK), name="passbook_number"
            ),
            models.UniqueConstraint(
                fields=["county", "canteen", "kind"], condition=~Q(kind=AccountKind.PASSBOOK), name="points_own_account"
            ),
            models.CheckConstraint(
                condition=(Q(kind=AccountKind.PASSBOOK) & ~Q(number=""))
                | Q(kind__in=[AccountKind.ISSUE, AccountKind.MEALS, AccountKind.EXPIRED], number=""),
                name="passbook_has_number",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.holder}".strip() or self.get_kind_display()


class ExchangeRate(ScopedModel):
    """What one unit of something is worth from a day on, in hundredths of a point; without worth it is taken no more.

    Rows are never changed. The rate of a day is the newest row of the same item from no later than it.
    """

    PLACE = "canteen__centre__place"

    canteen = models.ForeignKey("canteen.Canteen", models.PROTECT, related_name="rates", verbose_name="食堂")
    kind = models.CharField("类别", max_length=8, choices=RateKind)
    item = models.CharField("是什么", max_length=20)
    unit = models.CharField("单位", max_length=6)
    worth = models.PositiveIntegerField("每单位折多少积分", null=True, blank=True)
    valid_from = models.DateField("从哪天起")

    class Meta:
        ordering = ["canteen", "kind", "item", "valid_from", "id"]
        verbose_name = "折价目录"
        constraints = [
            models.CheckConstraint(condition=~Q(item="") & ~Q(unit=""), name="rate_says_what"),
            models.CheckConstraint(condition=Q(worth__isnull=True) | Q(worth__gte=1), name="rate_is_worth_something"),
        ]

    def __str__(self) -> str:
        return f"{self.item}（{self.unit}）"


class PointsClaim(ScopedModel):
    """Something brought or done that is to become points: one proposes, another reviews, a third posts."""

    PLACE = "canteen__centre__place"

    canteen = models.ForeignKey("canteen.Canteen", models.PROTECT, related_name="claims", verbose_name="食堂")
    account = models.ForeignKey(PointsAccount, models.PROTECT, related_name="claims", verbose_name="存折")
    rate = models.ForeignKey(ExchangeRate, models.PROTECT, related_name="+", verbose_name="折价")
    quantity = models.PositiveIntegerField("数量")  # hundredths of the unit
    amount = models.PositiveBigIntegerField("积分")
    day = models.DateField("哪天的事")
    request_key = models.UUIDField(null=True, blank=True, editable=False)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="登记")
    proposed_at = models.DateTimeField("登记时间")
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="复核"
    )
    reviewed_at = models.DateTimeField("复核时间", null=True, blank=True)
    refused_at = models.DateTimeField("不通过", null=True, blank=True)
    refusal = models.CharField("为什么不通过", max_length=60, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = "积分登记"
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=1, quantity__gte=1), name="claim_has_amount"),
            models.CheckConstraint(
                condition=Q(reviewed_by__isnull=True) | ~Q(reviewed_by=F("proposed_by")), name="claim_two_people"
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by__isnull=True, reviewed_at__isnull=True)
                | Q(reviewed_by__isnull=False, reviewed_at__isnull=False),
                name="claim_reviewed_has_time",
            ),
            models.UniqueConstraint(
                fields=["county", "request_key"], condition=Q(request_key__isnull=False), name="claim_request_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.rate.item}"


class PointsPosting(ScopedModel):
    """One double entry: ``amount`` leaves one account and enters another, and may be used from ``effective_on`` on.

    Rows are added and never changed or deleted; nothing personal stands in them. A mistake is reversed by a row of its
    own, once.
    """

    PLACE = "canteen__centre__place"

    canteen = models.ForeignKey("canteen.Canteen", models.PROTECT, related_name="postings", verbose_name="食堂")
    kind = models.CharField("类别", max_length=8, choices=PostingKind)
    from_account = models.ForeignKey(PointsAccount, models.PROTECT, related_name="sent", verbose_name="从")
    to_account = models.ForeignKey(PointsAccount, models.PROTECT, related_name="received", verbose_name="到")
    amount = models.PositiveBigIntegerField("积分")
    day = models.DateField("记账日")
    effective_on = models.DateField("从哪天起能用")
    at = models.DateTimeField("记账时间")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="记账"
    )
    key = models.CharField(max_length=64)  # the same key is the same posting
    claim = models.OneToOneField(
        PointsClaim, models.PROTECT, null=True, blank=True, related_name="posting", verbose_name="依据"
    )
    order = models.ForeignKey(
        "canteen.MealOrder", models.PROTECT, null=True, blank=True, related_name="postings", verbose_name="订餐"
    )
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="reversal", verbose_name="冲的是"
    )

    class Meta:
        ordering = ["id"]
        verbose_name = "积分账"
        indexes = [
            models.Index(fields=["to_account", "effective_on"], name="posting_in"),
            models.Index(fields=["from_account", "effective_on"], name="posting_out"),
            models.Index(fields=["canteen", "day"], name="posting_by_day"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=1), name="posting_has_amount"),
            models.CheckConstraint(condition=~Q(from_account=F("to_account")), name="posting_two_accounts"),
            models.CheckConstraint(condition=Q(effective_on__gte=F("day")), name="posting_not_before_its_day"),
            models.UniqueConstraint(fields=["county", "key"], name="posting_key_once"),
            models.CheckConstraint(
                condition=Q(kind=PostingKind.EARN, claim__isnull=False, order__isnull=True, reverses__isnull=True)
                | Q(kind=PostingKind.MEAL, claim__isnull=True, order__isnull=False, reverses__isnull=True)
                | Q(kind=PostingKind.EXPIRE, claim__isnull=True, order__isnull=True, reverses__isnull=True)
                | Q(kind=PostingKind.REVERSE, claim__isnull=True, order__isnull=True, reverses__isnull=False),
                name="posting_has_its_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount / 100:g}"


class PointsObjection(ScopedModel):
    """Somebody says that points were wrongly given. Until it is decided they cannot be spent."""

    PLACE = "posting__canteen__centre__place"
    PERSONAL = {"reason": Retention("积分公示：弄清这笔积分对不对", days=365, since="decided_at")}

    posting = models.OneToOneField(PointsPosting, models.PROTECT, related_name="objection", verbose_name="哪一笔")
    reason = models.CharField("异议", max_length=120, blank=True)
    raised_at = models.DateTimeField("提出时间")
    raised_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="记录")
    decided_at = models.DateTimeField("处理时间", null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="处理"
    )
    upheld = models.BooleanField("异议成立", null=True, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name = "积分异议"
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, decided_by__isnull=True, upheld__isnull=True)
                | Q(decided_at__isnull=False, decided_by__isnull=False, upheld__isnull=False),
                name="objection_decided_whole",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("raised_by")), name="objection_two_people"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.posting}"


class PointsSeal(ScopedModel):
    """The digest of one day's postings, chained to the day before. Once a day is sealed nothing can be posted to it."""

    PLACE = "canteen__centre__place"

    canteen = models.ForeignKey("canteen.Canteen", models.PROTECT, related_name="seals", verbose_name="食堂")
    day = models.DateField("哪一天")
    rows = models.JSONField("各笔的指纹", default=dict)  # posting id -> first 16 signs, so that an edited row is named
    postings = models.PositiveIntegerField("笔数")
    previous = models.CharField("前一天的指纹", max_length=64, blank=True)
    digest = models.CharField("指纹", max_length=64)
    sealed_at = models.DateTimeField("封账时间")

    class Meta:
        ordering = ["canteen", "day"]
        verbose_name = "封账"
        constraints = [models.UniqueConstraint(fields=["county", "canteen", "day"], name="seal_once_a_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.digest[:8]}"
