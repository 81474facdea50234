"""Phones in the field: who may send, which version of a form went out, what came back as what."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from xiangli.audit.personal import Retention
from xiangli.places.scope import ScopedModel

KEPT_DAYS = 180


class Enumerator(ScopedModel):
    """A phone that may fetch the form of one campaign and send answers from one place (a village, or all of a town's).

    Not a user: an enumerator logs in nowhere and needs no name ("调查员 1 号"). Two keys open the same door, both
    random, both shown once when they are made and never again:

    * ``token_hash``: SHA-256 (hex) of the token in the address ``/odk/<token>``, 192 random bits.
    * ``ha1``: MD5(username:realm:password) in hex. HTTP Digest (RFC 2617) needs the password or this at the server, and
      the one is as good as the other for answering a challenge. So the password is never a person's own: it is made
      here, opens nothing but this campaign in this place, and whoever could read ``ha1`` in the database could write
      answers there anyway.
    """

    campaign = models.ForeignKey("surveys.Campaign", models.CASCADE, related_name="enumerators")
    place = models.ForeignKey("places.Place", models.PROTECT, related_name="+", verbose_name="范围")
    label = models.CharField("称呼", max_length=30)
    username = models.CharField("手机里的用户名", max_length=32, unique=True, editable=False)
    ha1 = models.CharField(max_length=32, editable=False)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    revoked_at = models.DateTimeField("停用时间", null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["campaign", "pk"]
        verbose_name = "调查员"
        constraints = [
            models.UniqueConstraint(fields=["county", "campaign", "label"], name="enumerator_label_once_per_campaign")
        ]

    def __str__(self) -> str:
        return self.label


class FormVersion(ScopedModel):
    """A questionnaire as it went out to phones. The database refuses to change it (migration 0003).

    A phone may come back with an answer to a form that has been changed since; only with the definition it was asked by
    can the answer be read.
    """

    PLACE = "campaign__place"

    campaign = models.ForeignKey("surveys.Campaign", models.PROTECT, related_name="form_versions")
    version = models.PositiveIntegerField("版本")
    definition = models.JSONField("问卷")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["campaign", "version"]
        verbose_name = "发到手机上的问卷"
        constraints = [
            models.UniqueConstraint(fields=["county", "campaign", "version"], name="form_version_once_per_campaign")
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} 第 {self.version} 版"


class PhoneSubmission(ScopedModel):
    """One form that a phone sent: the first one of an answer, or a later correction of it (``replaces``).

    ``digest``: SHA-256 (hex) of the XML byte for byte, which tells a second try from other content under the same
    ``instance_id``. The XML itself is not kept. ``more``: answers of an imported form that our questionnaire has no
    place for. All but the personal fields is sealed by the database (migration 0003).
    """

    PLACE = "response__place"
    PERSONAL = {
        "enumerator": Retention("核对入户调查是否如实", days=KEPT_DAYS, since="received_at"),
        "started_at": Retention("核对入户调查是否如实", days=KEPT_DAYS, since="received_at"),
        "ended_at": Retention("核对入户调查是否如实", days=KEPT_DAYS, since="received_at"),
        "more": Retention("了解乡亲们写下的意见", days=365, since="received_at"),
    }

    campaign = models.ForeignKey("surveys.Campaign", models.PROTECT, related_name="phone_submissions")
    response = models.ForeignKey("surveys.Response", models.PROTECT, related_name="phone_submissions")
    instance_id = models.CharField("手机上的编号", max_length=200)
    digest = models.CharField("内容指纹", max_length=64)
    replaces = models.OneToOneField("self", models.PROTECT, null=True, related_name="replaced_by")
    enumerator = models.ForeignKey(
        Enumerator, models.SET_NULL, null=True, blank=True, related_name="submissions", verbose_name="调查员"
    )
    started_at = models.DateTimeField("开始填", null=True, blank=True)
    ended_at = models.DateTimeField("填完", null=True, blank=True)
    received_at = models.DateTimeField("收到", default=timezone.now)
    more = models.JSONField("只在手机表单里的答案", default=dict, blank=True)  # path in the form -> value

    class Meta:
        ordering = ["pk"]
        verbose_name = "手机交来的答卷"
        constraints = [
            models.UniqueConstraint(fields=["county", "campaign", "instance_id"], name="phone_submission_sent_once"),
            models.UniqueConstraint(
                fields=["county", "response"], condition=Q(replaces=None), name="phone_submission_one_first"
            ),
        ]

    def __str__(self) -> str:
        return self.instance_id
