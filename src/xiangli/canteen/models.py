"""Village canteens and what they cook. Nothing here takes a payment."""

from django.db import models

from xiangli.canteen.choices import Meal
from xiangli.places.scope import ScopedModel


class Canteen(ScopedModel):
    """The canteen of a centre."""

    PLACE = "centre__place"

    centre = models.OneToOneField("places.Centre", models.CASCADE, related_name="canteen", verbose_name="中心")
    name = models.CharField("名称", max_length=40, default="乡里食堂")
    price_note = models.CharField("收费说明", max_length=120, blank=True)
    order_note = models.CharField("怎么订餐", max_length=120, blank=True)
    is_open = models.BooleanField("在办", default=True)

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
            models.CheckConstraint(condition=~models.Q(dishes=""), name="menuday_has_dishes"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.dishes}"
