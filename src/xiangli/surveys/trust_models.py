"""What makes figures trustworthy: answers asked for again, second looks, open answers coded, figures as published."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from xiangli.places.scope import ScopedModel
from xiangli.surveys.choices import Pattern, Verdict


def person(label: str) -> models.ForeignKey:
    """Who did it; the row outlives the account."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_constraint=False, verbose_name=label
    )


class RecheckDraw(ScopedModel):
    """A random part of a village's answers, drawn to be asked for again. Append-only.

    Anybody can repeat it: the answers ``after`` < id <= ``upto`` that can be found again, the ``seed`` and the
    ``share`` give the drawn ones (``statistics.draw`` over their client ids).
    """

    campaign = models.ForeignKey("surveys.Campaign", models.PROTECT, related_name="draws")
    place = models.ForeignKey("places.Place", models.PROTECT, related_name="+", verbose_name="村")
    seed = models.CharField("随机种子", max_length=32)
    share = models.FloatField("抽多少")
    after = models.BigIntegerField(default=0)
    upto = models.BigIntegerField()
    frame = models.PositiveIntegerField("从几份里抽")
    by = person("谁抽的")
    at = models.DateTimeField("何时抽的")

    class Meta:
        ordering = ["pk"]
        verbose_name = "抽查"
        constraints = [
            models.UniqueConstraint(fields=["county", "campaign", "place", "after"], name="recheck_draw_once"),
            models.CheckConstraint(condition=Q(share__gt=0, share__lte=1), name="recheck_draw_share"),
            models.CheckConstraint(condition=Q(upto__gt=F("after")), name="recheck_draw_frame"),
        ]

    def __str__(self) -> str:
        return f"{self.place} {self.frame}"


class Recheck(ScopedModel):
    """One drawn answer: what the person said when somebody else asked again, or why nobody could. Sealed once given.

    ``first_by`` is who recorded the first answer, kept here so that the database can refuse the same person.
    """

    PLACE = "response__place"

    draw = models.ForeignKey(RecheckDraw, models.PROTECT, related_name="rechecks")
    response = models.OneToOneField("surveys.Response", models.PROTECT, related_name="recheck")
    first_by = person("第一次谁录的")
    answers = models.JSONField("再问的答案", null=True)
    failed = models.CharField("没能再问的原因", max_length=60, blank=True)
    by = person("谁再问的")
    at = models.DateTimeField("何时", null=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = "回访抽查"
        constraints = [
            models.CheckConstraint(
                condition=Q(by__isnull=True) | Q(first_by__isnull=True) | ~Q(by=F("first_by")),
                name="recheck_by_someone_else",
            ),
            models.CheckConstraint(
                condition=Q(at__isnull=True, answers__isnull=True, failed="")
                | Q(at__isnull=False, answers__isnull=False, failed="")
                | (Q(at__isnull=False, answers__isnull=True) & ~Q(failed="")),
                name="recheck_open_asked_or_failed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.response_id}"


class SecondLook(ScopedModel):
    """What a person said of a pattern in the answers of one village. Append-only; the newest of a ``digest`` counts."""

    campaign = models.ForeignKey("surveys.Campaign", models.PROTECT, related_name="second_looks")
    place = models.ForeignKey("places.Place", models.PROTECT, related_name="+", verbose_name="村")
    pattern = models.CharField("看到什么", max_length=12, choices=Pattern)
    digest = models.CharField(max_length=32)
    text = models.CharField("说明", max_length=200)
    responses = models.JSONField("哪些答卷")
    verdict = models.CharField("判断", max_length=10, choices=Verdict)
    reason = models.CharField("理由", max_length=200, blank=True)
    by = person("谁看的")
    at = models.DateTimeField("何时看的")

    class Meta:
        ordering = ["pk"]
        verbose_name = "复看"
        constraints = [
            models.CheckConstraint(
                condition=~Q(verdict=Verdict.LEFT_OUT) | ~Q(reason=""), name="second_look_left_out_why"
            ),
        ]
        indexes = [models.Index(fields=["campaign", "place"])]

    def __str__(self) -> str:
        return self.text


class Ruling(ScopedModel):
    """Whether one answer counts in the figures, said by a person. Append-only; the newest counts, none: it counts."""

    PLACE = "response__place"

    look = models.ForeignKey(SecondLook, models.PROTECT, related_name="rulings")
    response = models.ForeignKey("surveys.Response", models.PROTECT, related_name="rulings")
    counts = models.BooleanField("计入")

    class Meta:
        ordering = ["pk"]
        verbose_name = "计入与否"
        constraints = [models.UniqueConstraint(fields=["look", "response"], name="ruling_once_per_look")]

    def __str__(self) -> str:
        return f"{self.response_id} {'计入' if self.counts else '不计入'}"


class Code(ScopedModel):
    """An entry of a campaign's code book: what people meant in our words, and the service that it asks for.

    Without a service it is a wish that the catalogue does not know yet; planning sees it all the same.
    """

    PLACE = "campaign__place"

    campaign = models.ForeignKey("surveys.Campaign", models.PROTECT, related_name="codes")
    label = models.CharField("归成什么", max_length=40)
    service = models.ForeignKey("places.Service", models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = "归类"
        constraints = [
            models.UniqueConstraint(fields=["county", "campaign", "label"], name="code_label_once"),
            models.CheckConstraint(condition=~Q(label=""), name="code_has_label"),
        ]

    def __str__(self) -> str:
        return self.label


class Coding(ScopedModel):
    """A person read one written answer and put it under a code; without a code: read, and it asks for nothing."""

    PLACE = "response__place"

    response = models.ForeignKey("surveys.Response", models.PROTECT, related_name="codings")
    question = models.CharField("题目", max_length=64)
    code = models.ForeignKey(Code, models.PROTECT, null=True, related_name="codings")
    by = person("谁归的")
    at = models.DateTimeField("何时")

    class Meta:
        ordering = ["pk"]
        verbose_name = "归类结果"
        constraints = [
            models.UniqueConstraint(fields=["response", "question", "code"], name="coding_once"),
            models.UniqueConstraint(
                fields=["response", "question"], condition=Q(code__isnull=True), name="coding_nothing_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.response_id} {self.code or '不算需求'}"


class PublishedFigures(ScopedModel):
    """The figures of a campaign as they were published: only what may be shown. Append-only; the newest is on view.

    Figures stand still until they are published again: if each new answer moved them, two looks would tell whose.
    """

    campaign = models.ForeignKey("surveys.Campaign", models.PROTECT, related_name="published_figures")
    place = models.ForeignKey("places.Place", models.PROTECT, related_name="+")
    content = models.JSONField("内容")
    hidden_below = models.PositiveSmallIntegerField("少于几人不公布")
    by = person("谁公布的")
    at = models.DateTimeField("公布时间")

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = "公布的结果"

    def __str__(self) -> str:
        return f"{self.campaign} {self.at:%Y-%m-%d}"
