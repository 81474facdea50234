"""Village canteens: what they cook, who eats, what it costs. Nothing here takes a payment."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from xiangli.audit.personal import Retention
from xiangli.canteen.choices import Band, EntryKind, Meal, Settled, Way
from xiangli.places.scope import ScopedModel


class Canteen(ScopedModel):
    """The canteen of a centre, and the rules of its points. ``points_month_cap`` is in hundredths of a point."""

    PLACE = "centre__place"

    centre = models.OneToOneField("places.Centre", models.CASCADE, related_name="canteen", verbose_name="中心")
    name = models.CharField("名称", max_length=40, default="乡里食堂")
    price_note = models.CharField("收费说明", max_length=120, blank=True)
    order_note = models.CharField("怎么订餐", max_length=120, blank=True)
    is_open = models.BooleanField("在办", default=True)
    points_window_days = models.PositiveSmallIntegerField("公示几天后积分才能用", default=7)
    points_month_cap = models.PositiveBigIntegerField("每月最多发放", null=True, blank=True)
    points_valid_days = models.PositiveSmallIntegerField("积分几天内有效", null=True, blank=True, default=730)

    class Meta:
        ordering = ["centre__place__path"]
        verbose_name = "食堂"

    def __str__(self) -> str:
        return self.name


class MenuDay(ScopedModel):
    """What there is to eat at one meal of one day; empty dishes mean that no meal is cooked."""

    PLACE = "canteen__centre__place"

    canteen = models.ForeignKey(Canteen, models.CASCADE, related_name="menu", verbose_name="食堂")
    day = models.DateField("日期")
    meal = models.CharField("餐", max_length=10, choices=Meal)
    dishes = models.CharField("饭菜", max_length=120)

    class Meta:
        ordering = ["canteen", "day", "meal"]
        verbose_name = "菜单"
        constraints = [
            models.UniqueConstraint(fields=["county", "canteen", "day", "meal"], name="menuday_once_per_meal"),
            models.CheckConstraint(condition=~Q(dishes=""), name="menuday_has_dishes"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.dishes}"


class MealPrice(ScopedModel):
    """What one meal costs an age band from a day on, in hundredths of a yuan and of a point: both are worth the same.

    Rows are never changed. The price of a day is that of the newest row from no later than it.
    """

    PLACE = "canteen__centre__place"

    canteen = models.ForeignKey(Canteen, models.CASCADE, related_name="prices", verbose_name="食堂")
    band = models.CharField("年龄段", max_length=8, choices=Band)
    price = models.PositiveIntegerField("每餐")
    valid_from = models.DateField("从哪天起")

    class Meta:
        ordering = ["canteen", "valid_from", "id"]
        verbose_name = "餐价"
        constraints = [
            models.CheckConstraint(condition=Q(band__in=Band.values), name="mealprice_band"),
        ]

    def __str__(self) -> str:
        return f"{self.get_band_display()} {self.price / 100:g}"


class Diner(ScopedModel):
    """Somebody who eats here often, known by the number of a card. A name is not needed."""

    PLACE = "canteen__centre__place"
    PERSONAL = {"label": Retention("食堂：好招呼您、好送餐", days=180, since="left_at")}

    canteen = models.ForeignKey(Canteen, models.CASCADE, related_name="diners", verbose_name="食堂")
    number = models.CharField("卡号", max_length=12)
    label = models.CharField("称呼", max_length=20, blank=True)
    band = models.CharField("年龄段", max_length=8, choices=Band, default=Band.FROM_70)
    account = models.ForeignKey(
        "canteen.PointsAccount", models.PROTECT, null=True, blank=True, related_name="diners", verbose_name="积分存折"
    )
    left_at = models.DateTimeField("不来了", null=True, blank=True)

    class Meta:
        ordering = ["canteen", "number"]
        verbose_name = "用餐人"
        constraints = [
            models.UniqueConstraint(fields=["county", "canteen", "number"], name="diner_number_in_canteen"),
            models.CheckConstraint(condition=~Q(number=""), name="diner_has_number"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.label}".strip()


class DinerNeeds(ScopedModel):
    """What the cook and the carrier must know of somebody; held apart, and only with the person's own consent (P3)."""

    PLACE = "diner__canteen__centre__place"
    PERSONAL = {
        "diets": Retention("食堂：饭菜照顾您的需要", days=30, since="diner__left_at"),
        "address": Retention("食堂：送餐上门", days=30, since="diner__left_at"),
    }

    diner = models.OneToOneField(Diner, models.CASCADE, related_name="needs", verbose_name="用餐人")
    consent = models.ForeignKey("accounts.Consent", models.PROTECT, related_name="+", verbose_name="单独同意")
    diets = models.JSONField("饮食标记", default=list, blank=True)  # values of choices.Diet
    delivered = models.BooleanField("送餐上门", default=False)
    address = models.CharField("送到哪里", max_length=60, blank=True)

    class Meta:
        verbose_name = "饮食和送餐"

    def __str__(self) -> str:
        return str(self.diner)


class MealOrder(ScopedModel):
    """Meals of one kind for one diner, or for people on the spot whom nobody needs to know.

    ``price`` is what one portion cost when it was ordered, in hundredths. A served row counts as visits.
    """

    PLACE = "canteen__centre__place"

    canteen = models.ForeignKey(Canteen, models.CASCADE, related_name="orders", verbose_name="食堂")
    day = models.DateField("日期")
    meal = models.CharField("餐", max_length=10, choices=Meal)
    diner = models.ForeignKey(
        Diner, models.PROTECT, null=True, blank=True, related_name="orders", verbose_name="用餐人"
    )
    band = models.CharField("年龄段", max_length=8, choices=Band)
    portions = models.PositiveSmallIntegerField("份数", default=1)
    price = models.PositiveIntegerField("每份")
    delivered = models.BooleanField("送餐", default=False)
    way = models.CharField("怎么订的", max_length=8, choices=Way)
    request_key = models.UUIDField(null=True, blank=True, editable=False)  # the same form sent twice is one row
    ordered_at = models.DateTimeField("登记时间")
    ordered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    cancelled_at = models.DateTimeField("退订", null=True, blank=True)
    served_at = models.DateTimeField("吃了", null=True, blank=True)
    settled = models.CharField("怎么结", max_length=8, choices=Settled, blank=True)

    class Meta:
        ordering = ["canteen", "day", "meal", "diner__number", "id"]
        verbose_name = "订餐"
        indexes = [models.Index(fields=["canteen", "day"], name="mealorder_by_day")]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "canteen", "day", "meal", "diner"],
                condition=Q(diner__isnull=False, cancelled_at__isnull=True),
                name="mealorder_once_per_diner",
            ),
            models.UniqueConstraint(
                fields=["county", "request_key"], condition=Q(request_key__isnull=False), name="mealorder_request_once"
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at__isnull=True) | Q(served_at__isnull=True),
                name="mealorder_cancelled_not_served",
            ),
            models.CheckConstraint(condition=Q(portions__gte=1, portions__lte=99), name="mealorder_portions"),
            models.CheckConstraint(
                condition=Q(served_at__isnull=True, settled="")
                | Q(served_at__isnull=False, settled__in=[Settled.CASH, Settled.FREE])
                | Q(served_at__isnull=False, settled=Settled.POINTS, diner__isnull=False),
                name="mealorder_settled_when_served",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.get_meal_display()} × {self.portions}"

    @property
    def total(self) -> int:
        """What all portions cost, in hundredths."""
        return self.price * self.portions


class CanteenEntry(ScopedModel):
    """A purchase, wages, a subsidy, a gift: ``fen`` of money, or of what a gift in kind is worth."""

    PLACE = "canteen__centre__place"

    canteen = models.ForeignKey(Canteen, models.CASCADE, related_name="entries", verbose_name="食堂")
    day = models.DateField("日期")
    kind = models.CharField("类别", max_length=10, choices=EntryKind)
    item = models.CharField("是什么", max_length=40)
    quantity = models.CharField("多少", max_length=20, blank=True)
    fen = models.PositiveBigIntegerField("金额")
    request_key = models.UUIDField(null=True, blank=True, editable=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField("登记时间")
    struck_at = models.DateTimeField("划掉", null=True, blank=True)

    class Meta:
        ordering = ["canteen", "-day", "-id"]
        verbose_name = "收支"
        indexes = [models.Index(fields=["canteen", "day"], name="canteenentry_by_day")]
        constraints = [
            models.CheckConstraint(condition=Q(fen__gte=1), name="canteenentry_has_amount"),
            models.CheckConstraint(condition=Q(kind__in=EntryKind.values), name="canteenentry_kind"),
            models.UniqueConstraint(
                fields=["county", "request_key"], condition=Q(request_key__isnull=False), name="canteenentry_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.item}"


class SignatureSheet(ScopedModel):
    """A printed grid for one meal of a week, on which diners tick the days: who stands in which line, and where.

    ``lines``: diner ids in printed order; ``layout`` is what the sheets engine needs to read the scan.
    """

    PLACE = "canteen__centre__place"

    canteen = models.ForeignKey(Canteen, models.CASCADE, related_name="sheets", verbose_name="食堂")
    monday = models.DateField("哪一周")
    meal = models.CharField("餐", max_length=10, choices=Meal)
    lines = models.JSONField(default=list)
    layout = models.JSONField(default=dict)
    printed_at = models.DateTimeField("印制时间")
    printed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["canteen", "-monday", "meal", "-id"]
        verbose_name = "签名表"

    def __str__(self) -> str:
        return f"{self.monday} {self.get_meal_display()}"
