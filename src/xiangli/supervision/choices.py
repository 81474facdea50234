from django.db import models


class VisitKind(models.TextChoices):
    ORDINARY = "ordinary", "走访"
    LOOK_BACK = "look_back", "回头看"


class About(models.TextChoices):
    """What an indicator scores: a village's centre as a whole or one of its services, never a person."""

    PLACE = "place", "中心整体"
    SERVICE = "service", "某项服务"
