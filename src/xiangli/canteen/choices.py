from django.db import models


class Meal(models.TextChoices):
    """Named so that sorting by value is sorting by time of day."""

    BREAKFAST = "1-early", "早饭"
    LUNCH = "2-noon", "午饭"
    DINNER = "3-late", "晚饭"
