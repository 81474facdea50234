"""Lots drawn for the times that more people want than there are."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from xiangli.audit.personal import Retention
from xiangli.bookings.choices import CODE_LENGTH, Channel
from xiangli.bookings.models.booking import Booking
from xiangli.places.scope import ScopedModel


class Draw(ScopedModel):
    """An announced draw for some times of one centre, each held by a booking of its own until it is drawn.

    ``secret`` is made when the draw is announced, together with its published ``commitment``, and told when it is
    drawn: who waits with the draw cannot choose another (``lots``).
    """

    PLACE = "centre__place"

    centre = models.ForeignKey("places.Centre", models.CASCADE, related_name="draws", verbose_name="中心")
    title = models.CharField("抽什么", max_length=40)
    closes_at = models.DateTimeField("报名截止")
    commitment = models.CharField("密码的指纹", max_length=64)
    secret = models.CharField("密码", max_length=64)
    announced_at = models.DateTimeField("公布时间")
    announced_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    drawn_at = models.DateTimeField("抽签时间", null=True, blank=True)

    class Meta:
        ordering = ["-announced_at"]
        verbose_name = "抽签"
        constraints = [
            models.CheckConstraint(condition=Q(closes_at__gt=F("announced_at")), name="draw_closes_later"),
            models.CheckConstraint(
                condition=Q(drawn_at__isnull=True) | Q(drawn_at__gte=F("closes_at")), name="draw_after_closing"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class DrawEntry(ScopedModel):
    """One person's lot. ``number`` (1, 2, 3 … in order of entry) is public; ``code`` is the person's own.

    ``wishes``: ids of the draw's bookings, the dearest first. ``person``: a keyed digest of the card or telephone
    number, so that one person has one lot.
    """

    PLACE = "draw__centre__place"
    PERSONAL = {
        "on_behalf_of": Retention("抽签：抽中时好称呼您", days=30, since="draw__closes_at"),
        "contact_phone": Retention("抽签：抽中时打电话告诉您", days=30, since="draw__closes_at"),
        "card_number": Retention("抽签：一人一签", days=30, since="draw__closes_at"),
        "person": Retention("抽签：一人一签", days=30, since="draw__closes_at"),
    }

    draw = models.ForeignKey(Draw, models.CASCADE, related_name="entries", verbose_name="抽签")
    number = models.PositiveIntegerField("签号")
    code = models.CharField("预约号", max_length=CODE_LENGTH)
    wishes = models.JSONField("想要哪些时间", default=list)
    person = models.CharField(max_length=32, blank=True)
    channel = models.CharField("方式", max_length=8, choices=Channel)
    on_behalf_of = models.CharField("称呼", max_length=20, blank=True)
    contact_phone = models.CharField("电话", max_length=20, blank=True)
    card_number = models.CharField("卡号", max_length=20, blank=True)
    made_at = models.DateTimeField("报名时间")
    withdrawn_at = models.DateTimeField("退出时间", null=True, blank=True)
    booking = models.OneToOneField(
        Booking, models.SET_NULL, null=True, blank=True, related_name="drawn", verbose_name="抽中的"
    )

    class Meta:
        ordering = ["draw", "number"]
        verbose_name = "签"
        constraints = [
            models.UniqueConstraint(fields=["county", "draw", "number"], name="drawentry_number_once"),
            models.UniqueConstraint(fields=["county", "code"], name="drawentry_code_in_county"),
            models.UniqueConstraint(
                fields=["county", "draw", "person"],
                condition=~Q(person="") & Q(withdrawn_at__isnull=True),
                name="drawentry_one_for_a_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.draw_id} {self.number}"
