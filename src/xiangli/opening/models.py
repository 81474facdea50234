"""Opening rules and closures of centres, or of one of their spaces."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from xiangli.opening.choices import Layer, MarketCalendar
from xiangli.places.scope import ScopedModel


class OpeningRule(ScopedModel):
    """One line of a centre's hours: on which kinds of day, on which weekdays, between which dates, at what times.

    Rules of a space replace those of its centre. A rule that is no longer used gets an end date and stays, so that past
    hours remain what they were.
    """

    PLACE = "centre__place"

    centre = models.ForeignKey("places.Centre", models.CASCADE, related_name="opening_rules", verbose_name="中心")
    space = models.ForeignKey(
        "places.Space", models.CASCADE, null=True, blank=True, related_name="opening_rules", verbose_name="空间"
    )
    layer = models.CharField("类别", max_length=10, choices=Layer, default=Layer.REGULAR)
    name = models.CharField("名称", max_length=40, blank=True)
    days = models.JSONField("日子", default=list, blank=True)  # DayKind values; empty: any kind
    weekdays = models.JSONField("星期", default=list, blank=True)  # 0 Monday … 6 Sunday; empty: any
    lunar = models.JSONField("农历日子", default=list, blank=True)  # [[month, day], …]: see hours.Rule
    market = models.BooleanField("赶集日", default=False)
    season = models.JSONField("季节", default=list, blank=True)  # [[month, day], [month, day]] or empty: all year
    intervals = models.JSONField("时间", default=list, blank=True)  # [[480, 720], …] minutes from midnight
    since = models.DateField("起")
    until = models.DateField("止", null=True, blank=True)

    class Meta:
        ordering = ["centre", "pk"]
        verbose_name = "开放时间"
        constraints = [
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="openingrule_dates"
            ),
            models.CheckConstraint(
                condition=~Q(layer=Layer.SPECIAL) | Q(until__isnull=False), name="openingrule_special_ends"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.centre_id} {self.days} {self.intervals}"


class MarketDayRule(ScopedModel):
    """When the market is held at a place. A village without its own goes by its town's."""

    place = models.OneToOneField("places.Place", models.CASCADE, related_name="market_days", verbose_name="地点")
    calendar = models.CharField("按什么算", max_length=6, choices=MarketCalendar, default=MarketCalendar.LUNAR)
    numbers = models.JSONField("逢几", default=list)  # last digits of the date, or weekdays with 0 Monday

    class Meta:
        verbose_name = "赶集日"

    def __str__(self) -> str:
        return f"{self.get_calendar_display()} {self.numbers}"


class PrintedPoster(ScopedModel):
    """What a centre's poster said when it was last printed for the door: the page tells when that is true no more."""

    PLACE = "centre__place"

    centre = models.OneToOneField("places.Centre", models.CASCADE, related_name="printed_poster", verbose_name="中心")
    digest = models.CharField(max_length=64)
    printed_at = models.DateTimeField("打印时间")

    class Meta:
        verbose_name = "门上的海报"

    def __str__(self) -> str:
        return f"{self.centre_id} {self.printed_at}"


class Closure(ScopedModel):
    """A time at which a centre or one space is closed, announced with its reason."""

    PLACE = "centre__place"

    centre = models.ForeignKey("places.Centre", models.CASCADE, related_name="closures", verbose_name="中心")
    space = models.ForeignKey(
        "places.Space", models.CASCADE, null=True, blank=True, related_name="closures", verbose_name="空间"
    )
    starts = models.DateTimeField("从")
    ends = models.DateTimeField("到", null=True, blank=True)
    reason = models.CharField("原因", max_length=80)
    alternative = models.CharField("这段时间可以去哪里办", max_length=120, blank=True)
    short_notice = models.CharField("没能提前公告的原因", max_length=80, blank=True)
    announced_at = models.DateTimeField("公告时间")
    announced_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    withdrawn_at = models.DateTimeField("撤回时间", null=True, blank=True)

    class Meta:
        ordering = ["centre", "starts"]
        verbose_name = "临时关闭"
        indexes = [models.Index(fields=["centre", "starts"])]
        constraints = [
            models.CheckConstraint(condition=Q(ends__isnull=True) | Q(ends__gt=F("starts")), name="closure_interval"),
            models.CheckConstraint(condition=~Q(reason=""), name="closure_has_reason"),
        ]

    def __str__(self) -> str:
        return self.reason
