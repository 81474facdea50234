"""What this room keeps: numbered bulletins as they were issued, and the county's own Word templates."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from xiangli.places.scope import ScopedModel
from xiangli.reports.choices import DocumentKind


class Bulletin(ScopedModel):
    """One numbered issue (督查通报). ``content`` is what it said when it was issued: a reprint says the same."""

    place = models.ForeignKey("places.Place", models.PROTECT, related_name="bulletins", verbose_name="地点")
    year = models.PositiveSmallIntegerField("年")
    number = models.PositiveSmallIntegerField("期号")
    month = models.DateField("月份")  # its first day
    content = models.JSONField(editable=False)
    issued_at = models.DateTimeField("印发时间")
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    client_uuid = models.UUIDField(editable=False)  # made with the form: a form sent twice is one issue

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
