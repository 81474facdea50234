"""Visits by liaison officers and teams, what they find, on-site reviews, and what staff say is a burden."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from xiangli.places.scope import ScopedModel
from xiangli.supervision.choices import About, VisitKind


class SupervisionRule(ScopedModel):
    """When a county wants somebody to look, and when something overdue is told further up. All days are working days.

    Counties without a row use these defaults.
    """

    PLACE = "county"

    unseen_days = models.PositiveSmallIntegerField("几个工作日没人去看过，就该去看", default=22)
    stalled_days = models.PositiveSmallIntegerField("事项几个工作日没有进展算停滞", default=15)
    share_left = models.PositiveSmallIntegerField("剩下的时间不到百分之几，还没申请销号就提醒", default=20)
    points_behind = models.PositiveSmallIntegerField("比计划落后几个百分点，就该去看", default=20)
    to_liaison = models.PositiveSmallIntegerField("超期几个工作日提醒包村干部", default=1)
    to_town = models.PositiveSmallIntegerField("超期几个工作日提醒乡镇", default=3)
    to_county = models.PositiveSmallIntegerField("超期几个工作日提醒县区", default=10)

    class Meta:
        verbose_name = "督查规则"
        constraints = [
            models.UniqueConstraint(fields=["county"], name="supervisionrule_once_per_county"),
            models.CheckConstraint(
                condition=Q(share_left__lte=100, points_behind__lte=100), name="supervisionrule_shares"
            ),
            models.CheckConstraint(
                condition=Q(to_liaison__gte=1, to_town__gte=F("to_liaison"), to_county__gte=F("to_town")),
                name="supervisionrule_upwards",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.to_liaison}/{self.to_town}/{self.to_county}"


class Team(ScopedModel):
    """A supervision team: who goes together, and to which villages. It gives no rights; those are assignments."""

    place = models.ForeignKey("places.Place", models.PROTECT, related_name="teams", verbose_name="哪里的督查组")
    name = models.CharField("名称", max_length=40)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="teams", verbose_name="组员")
    villages = models.ManyToManyField("places.Place", blank=True, related_name="+", verbose_name="负责的村")
    is_active = models.BooleanField("在用", default=True)

    class Meta:
        ordering = ["county", "place", "name"]
        verbose_name = "督查组"
        constraints = [models.UniqueConstraint(fields=["county", "place", "name"], name="team_name_in_place")]

    def __str__(self) -> str:
        return self.name


class LiaisonVisit(ScopedModel):
    """Somebody went to a village and looked. Only what was seen is written down: no track, no time, no score."""

    place = models.ForeignKey("places.Place", models.PROTECT, related_name="liaison_visits", verbose_name="村")
    visitor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="谁去的"
    )
    kind = models.CharField("类别", max_length=10, choices=VisitKind, default=VisitKind.ORDINARY)
    visited_on = models.DateField("哪天去的")
    seen = models.TextField("看了什么", blank=True)
    client_uuid = models.UUIDField(editable=False)  # made with the form: a form sent twice is one visit

    class Meta:
        ordering = ["county", "-visited_on", "-pk"]
        verbose_name = "走访"
        constraints = [models.UniqueConstraint(fields=["county", "client_uuid"], name="liaisonvisit_once")]
        indexes = [models.Index(fields=["county", "place", "-visited_on"])]

    def __str__(self) -> str:
        return f"{self.place} {self.visited_on}"


class Finding(ScopedModel):
    """A problem found on a visit. It lives on in the works ledger: there is nothing to rectify twice."""

    PLACE = "visit__place"

    visit = models.ForeignKey(LiaisonVisit, models.CASCADE, related_name="findings")
    item = models.OneToOneField("ledger.LedgerItem", models.PROTECT, related_name="finding")
    client_uuid = models.UUIDField(null=True, editable=False)  # of a finding added to the visit later

    class Meta:
        verbose_name = "发现的问题"
        constraints = [
            models.UniqueConstraint(
                fields=["county", "client_uuid"], condition=Q(client_uuid__isnull=False), name="finding_form_once"
            )
        ]

    def __str__(self) -> str:
        return str(self.item)


class LookBack(ScopedModel):
    """Somebody went back to a closed item. Where it does not hold, the item is reopened at once."""

    PLACE = "visit__place"

    visit = models.OneToOneField(LiaisonVisit, models.CASCADE, related_name="look_back")
    item = models.ForeignKey("ledger.LedgerItem", models.PROTECT, related_name="look_backs")
    holds = models.BooleanField("还好好的")

    class Meta:
        verbose_name = "回头看"

    def __str__(self) -> str:
        return f"{self.item} {'保持' if self.holds else '反弹'}"


class Indicator(ScopedModel):
    """What an on-site review looks at, as the county words it."""

    PLACE = "county"

    title = models.CharField("看什么", max_length=60)
    guide = models.CharField("怎么打分", max_length=200, blank=True)
    about = models.CharField("打给谁", max_length=8, choices=About, default=About.PLACE)
    most = models.PositiveSmallIntegerField("满分", default=10)
    is_active = models.BooleanField("在用", default=True)

    class Meta:
        ordering = ["county", "pk"]
        verbose_name = "观摩指标"
        constraints = [
            models.UniqueConstraint(fields=["county", "title"], name="indicator_title_in_county"),
            models.CheckConstraint(condition=Q(most__gte=1, most__lte=100), name="indicator_most"),
        ]

    def __str__(self) -> str:
        return self.title


class SiteReview(ScopedModel):
    """An on-site review (观摩会): people walk from village to village and score what they see there."""

    place = models.ForeignKey("places.Place", models.PROTECT, related_name="site_reviews", verbose_name="哪里")
    title = models.CharField("名称", max_length=60)
    held_on = models.DateField("哪天")

    class Meta:
        ordering = ["county", "-held_on", "-pk"]
        verbose_name = "观摩会"
        constraints = [models.UniqueConstraint(fields=["county", "place", "title"], name="sitereview_title_in_place")]

    def __str__(self) -> str:
        return self.title


class SiteScore(ScopedModel):
    """The points of one village, or of one service there, for one indicator. Who held the pencil is in the events."""

    place = models.ForeignKey("places.Place", models.PROTECT, related_name="+", verbose_name="村")
    review = models.ForeignKey(SiteReview, models.CASCADE, related_name="scores")
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="+", verbose_name="指标")
    service = models.ForeignKey(
        "places.Service", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="服务"
    )
    points = models.PositiveSmallIntegerField("得分")
    remark = models.CharField("看到的", max_length=200, blank=True)

    class Meta:
        ordering = ["county", "place__path", "indicator"]
        verbose_name = "观摩得分"
        constraints = [
            models.UniqueConstraint(
                fields=["county", "review", "place", "indicator", "service"],
                condition=Q(service__isnull=False), name="sitescore_once_for_service",
            ),
            models.UniqueConstraint(
                fields=["county", "review", "place", "indicator"], condition=Q(service__isnull=True),
                name="sitescore_once_for_place",
            ),
            models.CheckConstraint(condition=Q(points__lte=100), name="sitescore_points"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.place} {self.indicator} {self.points}"


class BurdenReport(ScopedModel):
    """ "This page is a burden to me" (RULES B7). It keeps the page, never the person."""

    place = models.ForeignKey("places.Place", models.PROTECT, related_name="+", verbose_name="地点")
    page = models.CharField("哪一页", max_length=200)
    text = models.TextField("哪里麻烦")
    said_at = models.DateTimeField("时间")
    answer = models.TextField("怎么改的", blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["county", "-said_at"]
        verbose_name = "负担反映"
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, answer="") | (Q(answered_at__isnull=False) & ~Q(answer="")),
                name="burdenreport_answered_has_answer",
            )
        ]

    def __str__(self) -> str:
        return self.page
