"""What this room keeps: bulletins as issued, the county's Word templates, the day's digests, the stars of centres."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from xiangli.audit.personal import Retention
from xiangli.places.scope import ScopedModel
from xiangli.reports.choices import Bound, DocumentKind, Fact


class Bulletin(ScopedModel):
    """One numbered issue (督查通报). ``content`` is what it said when it was issued: a reprint says the same."""

    place = models.ForeignKey("places.Place", models.PROTECT, related_name="bulletins", verbose_name="地点")
    year = models.PositiveSmallIntegerField("年")
    number = models.PositiveSmallIntegerField("期号")
    month = models.DateField("月份")  # its first day
    content = models.JSONField(editable=False)
    issued_at = models.DateTimeField("印发时间")
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    client_uuid = models.UUIDField(editable=False)  # of the draft: issued twice, or by two, it is one issue

    class Meta:
        ordering = ["county", "-year", "-number"]
        verbose_name = "督查通报"
        constraints = [
            models.UniqueConstraint(fields=["county", "place", "year", "number"], name="bulletin_number_once"),
            models.UniqueConstraint(fields=["county", "client_uuid"], name="bulletin_form_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="bulletin_number_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.year} 年第 {self.number} 期"


class DocumentTemplate(ScopedModel):
    """A county's own Word template in place of the one that comes with the product."""

    PLACE = "county"

    kind = models.CharField("材料", max_length=10, choices=DocumentKind)
    content = models.BinaryField()
    uploaded_at = models.DateTimeField("上传时间")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = "材料模板"
        constraints = [models.UniqueConstraint(fields=["county", "kind"], name="documenttemplate_once_per_kind")]

    def __str__(self) -> str:
        return self.get_kind_display()


class StaffDigest(ScopedModel):
    """What one member of staff is told on one day: all of it at once, and nothing else that day (RULES B5).

    Unique without the county on purpose: who works for two counties is told once as well. Emptied after a month, so
    that no record grows of who had how much to do.
    """

    PERSONAL = {"content": Retention("当天的工作摘要", days=30, since="made_at")}

    place = models.ForeignKey("places.Place", models.PROTECT, related_name="+", verbose_name="地点")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="digests", verbose_name="给谁")
    day = models.DateField("哪天")
    content = models.JSONField(default=list)  # [{"title", "lines": [{"text", "url"}], "more": how many others}]
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField("发邮件的时间", null=True)  # set before it is sent: better never than twice

    class Meta:
        ordering = ["-day", "pk"]
        verbose_name = "每日摘要"
        constraints = [models.UniqueConstraint(fields=["user", "day"], name="staffdigest_once_a_day")]

    def __str__(self) -> str:
        return f"{self.day}"


class Star(ScopedModel):
    """One star that a centre can have, as the county names it (五星支部 and the like). None comes with the product."""

    PLACE = "county"

    name = models.CharField("星的名字", max_length=30)
    is_active = models.BooleanField("在用", default=True)

    class Meta:
        ordering = ["county", "pk"]
        verbose_name = "星"
        constraints = [models.UniqueConstraint(fields=["county", "name"], name="star_name_in_county")]

    def __str__(self) -> str:
        return self.name


class StarCondition(ScopedModel):
    """What must hold for a star: a recorded fact on the right side of a bound. All conditions of a star must hold."""

    PLACE = "county"

    star = models.ForeignKey(Star, models.CASCADE, related_name="conditions")
    fact = models.CharField("看哪个数", max_length=20, choices=Fact)
    bound = models.CharField("要求", max_length=8, choices=Bound)
    value = models.PositiveIntegerField("多少")

    class Meta:
        ordering = ["pk"]
        verbose_name = "评星条件"
        constraints = [
            models.UniqueConstraint(fields=["county", "star", "fact", "bound"], name="starcondition_once_per_star")
        ]

    def __str__(self) -> str:
        return f"{self.get_fact_display()}{self.get_bound_display()} {self.value}"


class StarRating(ScopedModel):
    """The stars of one centre for one month, each with the facts it was given or withheld for. History stays."""

    place = models.ForeignKey("places.Place", models.PROTECT, related_name="+", verbose_name="村")
    centre = models.ForeignKey("places.Centre", models.CASCADE, related_name="star_ratings", verbose_name="中心")
    month = models.DateField("月份")  # its first day
    content = models.JSONField(default=list)  # [{"star", "given", "facts": [{"label", "wanted", "found", "holds"}]}]
    rated_at = models.DateTimeField("评定时间")

    class Meta:
        ordering = ["place__path", "-month"]
        verbose_name = "星级"
        constraints = [
            models.UniqueConstraint(fields=["county", "centre", "month"], name="starrating_once_a_month")
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.centre} {self.month:%Y-%m}"
