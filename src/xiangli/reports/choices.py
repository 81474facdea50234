from django.db import models


class DocumentKind(models.TextChoices):
    """What is written from recorded facts alone; each has a Word template that the county may replace."""

    BULLETIN = "bulletin", "督查通报"
    WEEKLY = "weekly", "每周到期清单"
    MONTHLY = "monthly", "月度数据"
    DOSSIER = "dossier", "一村一档"
