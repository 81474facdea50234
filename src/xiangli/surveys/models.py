"""Campaigns, the sheets printed for them, what was read from paper, sealed answers, and the needs they amount to."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from xiangli.audit.personal import Retention
from xiangli.places.scope import ScopedModel
from xiangli.surveys.choices import Band, BatchState, Channel, SampleKind
from xiangli.surveys.phone_models import Enumerator, FormVersion, PhoneSubmission
from xiangli.surveys.trust_models import (
    Code,
    Coding,
    PublishedFigures,
    Recheck,
    RecheckDraw,
    Ruling,
    SecondLook,
)

__all__ = [
    "Campaign", "Code", "Coding", "Correction", "DoubtfulMark", "Enumerator", "FormVersion", "Need", "NeedsList",
    "PhoneSubmission", "PrintRun", "PublishedFigures", "Recheck", "RecheckDraw", "Response", "Ruling", "Sample",
    "ScanBatch", "SecondLook", "SheetReading",
]  # fmt: skip

PUBLIC_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""No 0/o, 1/i/l: the address is also read out over the loudspeaker."""


def new_public_id() -> str:
    """Ten characters: short enough for a QR code on every sheet, too many to guess."""
    return "".join(secrets.choice(PUBLIC_ALPHABET) for _ in range(10))


class Campaign(ScopedModel):
    """One questionnaire put to the people of one place, on paper, on the web and in spreadsheets.

    ``definition`` is the plain JSON of the sheets engine (see ``questionnaire.py``). It is frozen by the first answer;
    until then each change raises ``version``, so that sheets printed before are told apart from those printed after.
    """

    place = models.ForeignKey("places.Place", models.PROTECT, related_name="campaigns", verbose_name="范围")
    public_id = models.CharField("网址代号", max_length=24, unique=True, default=new_public_id, editable=False)
    title = models.CharField("名称", max_length=60)
    version = models.PositiveIntegerField("版本", default=1)
    definition = models.JSONField("问卷")
    notice = models.TextField("个人信息告知")
    opens = models.DateField("开始")
    closes = models.DateField("截止", null=True, blank=True)
    next_sheet = models.PositiveIntegerField("下一个问卷编号", default=1)
    mapping = models.JSONField("上次用的列对应", default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = "民意调查"
        constraints = [
            models.CheckConstraint(
                condition=Q(closes__isnull=True) | Q(closes__gte=F("opens")), name="campaign_interval"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Sample(ScopedModel):
    """How many were asked in one village and how they were chosen: without it there is no response rate and no error.

    ``question``: for strata and clusters, the question whose answer says which one a person belongs to. ``sizes``:
    stratum (option label) -> people in it. ``units``: how many households or groups there are, of which some were
    drawn. ``units`` and the sizes count the population, drawn or not.
    """

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="samples")
    place = models.ForeignKey("places.Place", models.PROTECT, related_name="+", verbose_name="村")
    kind = models.CharField("怎样选的人", max_length=16, choices=SampleKind, default=SampleKind.OPEN)
    invited = models.PositiveIntegerField("发出份数", null=True, blank=True)
    question = models.CharField("按哪一题分", max_length=64, blank=True)
    sizes = models.JSONField("各层人数", default=dict, blank=True)
    units = models.PositiveIntegerField("全村共有几户（组）", null=True, blank=True)

    class Meta:
        verbose_name = "抽样"
        constraints = [
            models.UniqueConstraint(fields=["county", "campaign", "place"], name="sample_once_per_village"),
            models.CheckConstraint(
                condition=~Q(kind__in=["stratified", "cluster"]) | ~Q(question=""), name="sample_units_are_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place} {self.get_kind_display()}"


class PrintRun(ScopedModel):
    """Sheets printed for one village: a number says which village a sheet went to, the layout where its boxes stand."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="print_runs")
    place = models.ForeignKey("places.Place", models.PROTECT, related_name="+", verbose_name="村")
    version = models.PositiveIntegerField("版本")
    first = models.PositiveIntegerField("起始编号")
    copies = models.PositiveIntegerField("份数")
    layout = models.JSONField("版面")
    language = models.CharField("语言", max_length=60, blank=True)  # empty: the questionnaire's own
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["campaign", "first"]
        verbose_name = "印制"
        constraints = [
            models.UniqueConstraint(fields=["county", "campaign", "first"], name="print_run_first_once"),
            models.CheckConstraint(condition=Q(copies__gte=1), name="print_run_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.place} {self.first}–{self.last}"

    @property
    def last(self) -> int:
        return self.first + self.copies - 1


class ScanBatch(ScopedModel):
    """A pile of scanned sheets that someone uploaded, read in the background.

    Whoever reads it holds ``claim`` and says so with ``beat_at``; when that falls silent, another worker takes it up
    and the first, should it still be there, can no longer record anything. ``digests``: file name -> SHA-256.
    """

    PERSONAL = {"archive": Retention("核对纸质问卷的读取结果", days=180)}

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="batches")
    place = models.ForeignKey("places.Place", models.PROTECT, related_name="+", verbose_name="村")
    archive = models.CharField("存放处", max_length=120, blank=True)  # folder below DATA, not served
    state = models.CharField("进度", max_length=8, choices=BatchState, default=BatchState.WAITING)
    files = models.PositiveIntegerField("文件数", default=0)
    digests = models.JSONField("文件指纹", default=dict, blank=True)
    pages = models.PositiveIntegerField("页数", default=0)
    pages_done = models.PositiveIntegerField("已读页数", default=0)
    files_done = models.PositiveIntegerField("已读文件数", default=0)
    sheets = models.PositiveIntegerField("读出份数", default=0)
    claim = models.CharField("谁在读", max_length=32, blank=True)
    beat_at = models.DateTimeField("最近动静", null=True, blank=True)
    problems = models.JSONField("没能读的", default=list, blank=True)  # [{file, reason}]
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = "扫描批次"

    def __str__(self) -> str:
        return f"{self.place} {self.get_state_display()}"


class SheetReading(ScopedModel):
    """What the reader saw on one sheet, before it counts as an answer.

    ``marks``: question -> options that are plainly marked. A sheet whose doubtful marks are all decided is sealed
    into a Response; until then it waits here.
    """

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="readings")
    place = models.ForeignKey("places.Place", models.PROTECT, related_name="+", verbose_name="村")
    batch = models.ForeignKey(ScanBatch, models.SET_NULL, null=True, related_name="readings")
    version = models.PositiveIntegerField("版本")
    sheet = models.PositiveIntegerField("问卷编号")
    file = models.CharField("文件", max_length=200)
    pages = models.JSONField("已读到的页", default=list)
    marks = models.JSONField("已认定的选择", default=dict)
    response = models.OneToOneField("Response", models.PROTECT, null=True, related_name="reading", verbose_name="答卷")
    set_aside = models.CharField("不计入的原因", max_length=60, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["campaign", "sheet"]
        verbose_name = "读取结果"
        constraints = [
            models.UniqueConstraint(fields=["county", "campaign", "version", "sheet"], name="reading_once_per_sheet")
        ]

    def __str__(self) -> str:
        return f"{self.sheet}"


class DoubtfulMark(ScopedModel):
    """A box about which the reader is in doubt: a person looks at the crop and says yes or no."""

    PLACE = "reading__place"
    PERSONAL = {"crop": Retention("核对纸质问卷的读取结果", days=180, since="decided_at")}

    reading = models.ForeignKey(SheetReading, models.CASCADE, related_name="doubts")
    question = models.CharField("题目", max_length=64)
    option = models.CharField("选项", max_length=64)
    score = models.FloatField("得分", default=0.0)
    crop = models.BinaryField("截图", blank=True, default=b"")  # PNG of a few kilobytes
    marked = models.BooleanField("算选中", null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    held_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    held_until = models.DateTimeField(null=True)  # until then it is not handed to anybody else

    class Meta:
        ordering = ["pk"]
        verbose_name = "待人工判断"
        constraints = [
            models.UniqueConstraint(fields=["county", "reading", "question", "option"], name="doubt_once_per_box"),
            models.CheckConstraint(
                condition=Q(marked__isnull=True) | Q(decided_at__isnull=False), name="doubt_decided_when"
            ),
        ]
        indexes = [models.Index(fields=["county", "reading"], condition=Q(marked__isnull=True), name="doubt_open")]

    def __str__(self) -> str:
        return f"{self.question}={self.option}"


class WrittenText(ScopedModel):
    """Words written by hand in a text box of a sheet: a person types what the crop says, or that it cannot be read.

    Kept beside the sealed answer, not in it: the sheet counts at once, the words come when somebody has time.
    """

    PLACE = "reading__place"
    PERSONAL = {
        "crop": Retention("录入纸上写的意见", days=180, since="created_at"),
        "text": Retention("了解乡亲们写下的意见", days=365, since="typed_at"),
    }

    reading = models.ForeignKey(SheetReading, models.CASCADE, related_name="written")
    question = models.CharField("题目", max_length=64)
    crop = models.BinaryField("截图", blank=True, default=b"")
    text = models.TextField("写的什么", blank=True, default="")
    unreadable = models.BooleanField("看不清", default=False)
    typed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    typed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = "待录入的文字"
        constraints = [
            models.UniqueConstraint(fields=["county", "reading", "question"], name="written_once_per_box"),
            models.CheckConstraint(
                condition=Q(typed_at__isnull=False) | Q(text="", unreadable=False), name="written_typed_when"
            ),
        ]
        indexes = [models.Index(fields=["county", "reading"], condition=Q(typed_at__isnull=True), name="written_open")]

    def __str__(self) -> str:
        return f"{self.question}"


class Response(ScopedModel):
    """One person's answers, sealed: the database refuses to change or delete them (migration 0002).

    ``answers``: question name -> option name, list of option names, or number. ``texts``: written words, kept apart
    because they may say who wrote them; they are blanked when their retention is over. ``weight``: how many people of
    the village this answer speaks for, None until weighed.
    """

    PERSONAL = {"texts": Retention("了解乡亲们写下的意见", days=365)}

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="responses")
    place = models.ForeignKey("places.Place", models.PROTECT, related_name="+", verbose_name="村")
    channel = models.CharField("渠道", max_length=12, choices=Channel)
    version = models.PositiveIntegerField("版本")
    sheet = models.PositiveIntegerField("问卷编号", null=True)
    client_uuid = models.UUIDField("提交编号")
    answers = models.JSONField("答案")
    texts = models.JSONField("文字", default=dict)
    weight = models.FloatField("权数", null=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_constraint=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["pk"]
        verbose_name = "答卷"
        constraints = [
            models.UniqueConstraint(fields=["county", "campaign", "client_uuid"], name="response_sent_once"),
            models.UniqueConstraint(
                fields=["county", "campaign", "version", "sheet"],
                condition=Q(sheet__isnull=False),
                name="response_once_per_sheet",
            ),
            models.CheckConstraint(condition=Q(weight__isnull=True) | Q(weight__gt=0), name="response_weight_positive"),
        ]
        indexes = [models.Index(fields=["campaign", "place"])]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.pk}"


class Correction(ScopedModel):
    """A later correction of a sealed answer, beside it, never over it: question name -> new value (None: no answer)."""

    PLACE = "response__place"

    response = models.ForeignKey(Response, models.PROTECT, related_name="corrections")
    changes = models.JSONField("更正")
    reason = models.CharField("理由", max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_constraint=False)
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        verbose_name = "更正"

    def __str__(self) -> str:
        return f"{self.response_id}: {self.reason}"


class NeedsList(ScopedModel):
    """The needs of one village as derived once; the newest is ``current``, the earlier ones stay for comparison."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="needs_lists")
    place = models.ForeignKey("places.Place", models.PROTECT, related_name="needs_lists", verbose_name="村")
    current = models.BooleanField("现行", default=True)
    published_at = models.DateTimeField("公布时间", null=True, blank=True)
    responses = models.PositiveIntegerField("答卷数")
    invited = models.PositiveIntegerField("发出份数", null=True)
    effective = models.FloatField("有效样本量")
    channels = models.JSONField("各渠道答卷数", default=dict)
    weighted_to = models.JSONField("加权依据", default=list)  # names of the margins used
    published = models.JSONField("公布的内容", default=list)  # only lines that may be shown
    grouped = models.BooleanField("分人群", default=False)
    hidden_below = models.PositiveSmallIntegerField("少于几人不公布", default=5)
    derived_at = models.DateTimeField("得出时间")

    class Meta:
        ordering = ["-derived_at", "-pk"]
        verbose_name = "需求清单"
        constraints = [
            models.UniqueConstraint(
                fields=["county", "place"], condition=Q(current=True), name="needs_list_one_current_per_village"
            )
        ]

    def __str__(self) -> str:
        return f"{self.place} 需求清单"


class Need(ScopedModel):
    """Who (group) wants what (service) and when (band) in one village, and how strongly.

    ``strength``, ``low``, ``high``: share 0..1 of the group's people, with its 95 % interval. ``people``: respondents
    behind it (unweighted). ``person_hours``: per week, for the people it speaks for. ``hidden``: not to be published.
    """

    list = models.ForeignKey(NeedsList, models.CASCADE, related_name="needs")
    place = models.ForeignKey("places.Place", models.PROTECT, related_name="needs", verbose_name="村")
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="needs")
    service = models.ForeignKey("places.Service", models.PROTECT, null=True, related_name="needs", verbose_name="服务")
    label = models.CharField("需求", max_length=200)
    group = models.CharField("人群", max_length=60, blank=True)
    band = models.CharField("时段", max_length=10, choices=Band, default=Band.ANY)
    strength = models.FloatField("占比")
    low = models.FloatField("下限")
    high = models.FloatField("上限")
    people = models.PositiveIntegerField("答卷人数")
    person_hours = models.FloatField("每周人时")
    hidden = models.BooleanField("不公布", default=False)

    class Meta:
        ordering = ["list", "-person_hours", "label"]
        verbose_name = "需求"
        constraints = [
            models.UniqueConstraint(fields=["list", "label", "group", "band"], name="need_once_per_list"),
            models.CheckConstraint(
                condition=Q(low__gte=0, strength__gte=F("low"), high__gte=F("strength"), high__lte=1),
                name="need_interval",
            ),
        ]
        indexes = [models.Index(fields=["county", "place"])]

    def __str__(self) -> str:
        return f"{self.label} {self.group} {self.band}"
