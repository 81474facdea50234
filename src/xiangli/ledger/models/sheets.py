"""A spreadsheet on its way into the ledger, and what the town calls its columns."""

from django.conf import settings
from django.db import models

from xiangli.audit.personal import Retention
from xiangli.places.scope import ScopedModel


class SheetImport(ScopedModel):
    """One file: kept while somebody looks at what it would do, emptied once it is written or after a week."""

    PERSONAL = {"content": Retention("核对导入的台账表格", days=7)}

    place = models.ForeignKey("places.Place", models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    name = models.CharField(max_length=120)
    content = models.BinaryField(default=b"", blank=True)
    answers = models.JSONField(default=dict)  # sheet -> column number -> field, as corrected by the user
    created_at = models.DateTimeField()
    written_at = models.DateTimeField(null=True, blank=True)
    report = models.JSONField(default=dict)

    class Meta:
        ordering = ["-pk"]
        verbose_name = "台账导入"

    def __str__(self) -> str:
        return self.name


class SheetHeading(ScopedModel):
    """What a column with this heading holds here, learnt from a correction; empty: nothing that we keep."""

    place = models.ForeignKey("places.Place", models.PROTECT, related_name="+")
    heading = models.CharField(max_length=80)
    field = models.CharField(max_length=30, blank=True)

    class Meta:
        verbose_name = "台账列名"
        constraints = [models.UniqueConstraint(fields=["county", "place", "heading"], name="sheetheading_once")]

    def __str__(self) -> str:
        return f"{self.heading} = {self.field}"
