"""Visits by liaison officers and the supervision team, what they find, and what staff say is a burden."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from xiangli.places.scope import ScopedModel


class LiaisonVisit(ScopedModel):
    """Somebody went to a village and looked. Only what was seen is written down: no track, no time, no score."""

    place = models.ForeignKey("places.Place", models.PROTECT, related_name="liaison_visits", verbose_name="村")
    visitor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="谁去的"
    )
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

    class Meta:
        verbose_name = "发现的问题"

    def __str__(self) -> str:
        return str(self.item)


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
