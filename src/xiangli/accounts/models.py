"""People who log in, what they do and for which place, and consents."""

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import F, Q

from xiangli.accounts.choices import ConsentKind, Role
from xiangli.places.scope import ScopedModel


class User(AbstractUser):
    """A member of staff. One person, one account; what the person may do follows from the assignments."""

    name = models.CharField("姓名或称呼", max_length=40)
    post = models.CharField("岗位", max_length=40, blank=True)

    class Meta:
        verbose_name = "人员"

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)


class Assignment(ScopedModel):
    """A role at a place, for a time. Liaison officers and supervisors are assigned to villages the same way."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="assignments", verbose_name="人员")
    role = models.CharField("角色", max_length=16, choices=Role)
    place = models.ForeignKey("places.Place", models.PROTECT, related_name="assignments", verbose_name="地点")
    valid_from = models.DateField("起")
    valid_to = models.DateField("止", null=True, blank=True)

    class Meta:
        verbose_name = "任职"
        constraints = [
            models.UniqueConstraint(
                fields=["county", "user", "role", "place"],
                condition=Q(valid_to__isnull=True),
                name="assignment_once_while_open",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")), name="assignment_interval"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} {self.place}"


class Consent(ScopedModel):
    """A consent, one for each kind; a refusal is recorded too, so that nobody asks again (PIPL articles 29, 31)."""

    place = models.ForeignKey("places.Place", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=ConsentKind)
    subject = models.CharField("对象编号", max_length=60)  # a card number or a row's public id, never a name
    given = models.BooleanField("同意")
    at = models.DateTimeField("时间")
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = "同意"
        constraints = [
            models.UniqueConstraint(fields=["county", "kind", "subject"], name="consent_asked_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.subject}"
