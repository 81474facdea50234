"""County, town, village, centre, space, and the catalogue of services."""

from django.db import models
from django.db.models import F, Q

from xiangli.core.spoken import spoken_integer
from xiangli.places.choices import CentreKind, ChangeKind, DayKind, Level, Noise
from xiangli.places.scope import ScopedModel

MAP_COLUMNS, MAP_ROWS = 12, 20
"""Cells of the schematic map of what lies directly below a place."""


class Place(models.Model):
    """A division. ``path`` is the chain of ids from the top ("/00000001/00000007/"): all below start with it."""

    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="上级"
    )
    county = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="县（区）")
    level = models.CharField("级别", max_length=10, choices=Level)
    name = models.CharField("名称", max_length=60)
    short_name = models.CharField("简称", max_length=30, blank=True)
    slug = models.SlugField("网址名", max_length=60)
    path = models.CharField(max_length=160, unique=True, editable=False)
    population = models.PositiveIntegerField("常住人口", null=True, blank=True)
    households = models.PositiveIntegerField("户数", null=True, blank=True)
    is_open = models.BooleanField("在用", default=True)
    map_column = models.PositiveSmallIntegerField("示意图第几列", null=True, blank=True)
    map_row = models.PositiveSmallIntegerField("示意图第几行", null=True, blank=True)

    class Meta:
        ordering = ["path"]
        verbose_name = "地点"
        constraints = [
            models.UniqueConstraint(fields=["parent", "slug"], name="place_slug_in_parent"),
            models.UniqueConstraint(
                fields=["parent", "map_column", "map_row"],
                condition=Q(map_column__isnull=False),
                name="place_alone_in_its_map_cell",
            ),
            models.CheckConstraint(
                condition=Q(map_column__isnull=True, map_row__isnull=True)
                | Q(
                    map_column__isnull=False,
                    map_column__range=(1, MAP_COLUMNS),
                    map_row__isnull=False,
                    map_row__range=(1, MAP_ROWS),
                ),
                name="place_map_cell",
            ),
            models.CheckConstraint(
                condition=Q(level__in=["nation", "province", "city", "county"]) | Q(county__isnull=False),
                name="place_below_county_has_county",
            ),
        ]
        indexes = [models.Index(fields=["county", "level"])]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        return self.short_name or self.name

    def contains(self, other: "Place") -> bool:
        """True when ``other`` is this place or lies below it."""
        return other.path.startswith(self.path)


class PlaceCode(models.Model):
    """An official code and the time it was valid. Codes are history: they change when divisions merge."""

    place = models.ForeignKey(Place, models.CASCADE, related_name="codes")
    code = models.CharField("代码", max_length=12, db_index=True)
    name = models.CharField("当时名称", max_length=60, blank=True)
    valid_from = models.DateField("启用", null=True, blank=True)
    valid_to = models.DateField("弃用", null=True, blank=True)

    class Meta:
        verbose_name = "行政区划代码"
        constraints = [
            models.UniqueConstraint(fields=["place", "code"], name="placecode_once_per_place"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_from__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="placecode_interval",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class PlaceChange(models.Model):
    """A division that was merged, split, renamed, re-coded or moved: what it was, what it became and when."""

    kind = models.CharField(max_length=8, choices=ChangeKind)
    place = models.ForeignKey(Place, models.CASCADE, related_name="changes")
    into = models.ForeignKey(Place, models.CASCADE, null=True, related_name="changes_into")
    on = models.DateField("何时")
    before = models.CharField("原名称或代码", max_length=80, blank=True)
    after = models.CharField("新名称或代码", max_length=80, blank=True)

    class Meta:
        ordering = ["on", "pk"]
        verbose_name = "区划变更"
        indexes = [models.Index(fields=["kind", "on"])]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.before} → {self.after}"


class PopulationCount(ScopedModel):
    """How many people of one category live in a place: the margins to which survey answers are weighted."""

    place = models.ForeignKey(Place, models.CASCADE, related_name="population_counts")
    dimension = models.CharField("维度", max_length=30)  # sex, age, group
    category = models.CharField("类别", max_length=60)
    count = models.PositiveIntegerField("人数")

    class Meta:
        verbose_name = "人口数"
        constraints = [
            models.UniqueConstraint(
                fields=["county", "place", "dimension", "category"], name="population_once_per_category"
            )
        ]

    def __str__(self) -> str:
        return f"{self.dimension} {self.category}: {self.count}"


class CalendarDay(ScopedModel):
    """A day that the State Council's notice names: a holiday or a make-up workday; or one the county changed by hand.

    Days without a row are plain: working day Monday to Friday, weekend otherwise, provided that their year is announced
    (``CalendarYear``).
    """

    PLACE = "county"

    date = models.DateField("日期")
    kind = models.CharField("类别", max_length=16, choices=DayKind)
    name = models.CharField("名称", max_length=30, blank=True)
    edited = models.BooleanField("人工改过", default=False)

    class Meta:
        ordering = ["date"]
        verbose_name = "日历"
        constraints = [models.UniqueConstraint(fields=["county", "date"], name="calendar_day_in_county")]

    def __str__(self) -> str:
        return f"{self.date} {self.get_kind_display()}"


class CalendarYear(ScopedModel):
    """A year whose holidays have been announced. A year without a row is unknown."""

    PLACE = "county"

    year = models.PositiveSmallIntegerField("年份")
    source = models.CharField("依据", max_length=120)

    class Meta:
        verbose_name = "已公布的年份"
        constraints = [models.UniqueConstraint(fields=["county", "year"], name="calendar_year_in_county")]

    def __str__(self) -> str:
        return f"{self.year}"


class ProtectedName(models.Model):
    """A name that the Simplified -> Traditional converter must leave alone, or must write in one given way."""

    text = models.CharField("简体写法", max_length=60, unique=True)
    traditional = models.CharField("繁体写法", max_length=60, blank=True, help_text="留空表示原样保留")

    class Meta:
        verbose_name = "受保护的名字"

    def __str__(self) -> str:
        return self.text


class Service(ScopedModel):
    """A service of the catalogue, "7+N": seven that every centre offers, and N that fit the place."""

    PLACE = "county"

    key = models.SlugField("代号", max_length=40)
    name = models.CharField("服务", max_length=40)
    description = models.CharField("说明", max_length=200, blank=True)
    required = models.BooleanField("七项必备之一", default=False)
    noise = models.CharField("声响", max_length=8, choices=Noise, default=Noise.NORMAL)
    needs_ground_floor = models.BooleanField("须在一楼", default=False)
    session_minutes = models.PositiveSmallIntegerField("每次时长（分钟）", default=120)
    capacity = models.PositiveSmallIntegerField("每次人数", default=20)
    skill = models.CharField("需要的人手", max_length=40, blank=True)
    specialist = models.CharField("需要的专业人员", max_length=40, blank=True)
    equipment = models.CharField("需要的条件", max_length=40, blank=True)  # kitchen, court …: a Space must have it
    position = models.PositiveSmallIntegerField("次序", default=0)

    class Meta:
        ordering = ["county", "position", "name"]
        verbose_name = "服务"
        constraints = [models.UniqueConstraint(fields=["county", "key"], name="service_key_in_county")]

    def __str__(self) -> str:
        return self.name


class Centre(ScopedModel):
    """A village service centre (乡里中心)."""

    place = models.ForeignKey(Place, models.PROTECT, related_name="centres", verbose_name="所在地")
    kind = models.CharField("类型", max_length=16, choices=CentreKind, default=CentreKind.VILLAGE)
    name = models.CharField("名称", max_length=60)
    slug = models.SlugField("网址名", max_length=60)
    address = models.CharField("地址", max_length=120, blank=True)
    phone = models.CharField("值班电话", max_length=30, blank=True)
    answers_for_it = models.CharField("负责人岗位", max_length=60, blank=True)
    introduction = models.TextField("简介", blank=True)

    class Meta:
        ordering = ["county", "place__path"]
        verbose_name = "中心"
        constraints = [models.UniqueConstraint(fields=["county", "slug"], name="centre_slug_in_county")]

    def __str__(self) -> str:
        return self.name


class Space(ScopedModel):
    """A room or a court of a centre. One room, many uses: ``supports`` says which services may take place in it."""

    PLACE = "centre__place"

    centre = models.ForeignKey(Centre, models.CASCADE, related_name="spaces", verbose_name="中心")
    name = models.CharField("名称", max_length=40)
    floor = models.SmallIntegerField("楼层", default=1)
    area_m2 = models.DecimalField("面积（平方米）", max_digits=7, decimal_places=1, null=True, blank=True)
    capacity = models.PositiveSmallIntegerField("容纳人数", default=20)
    accessible = models.BooleanField("无障碍", default=True)
    outdoors = models.BooleanField("室外", default=False)
    office_use = models.BooleanField("办公用房", default=False)
    bookable = models.BooleanField("可预约", default=False)
    noise = models.CharField("适合的声响", max_length=8, choices=Noise, default=Noise.NORMAL)
    equipment = models.CharField("设备", max_length=80, blank=True)
    supports = models.ManyToManyField(Service, blank=True, related_name="spaces", verbose_name="可开展的服务")
    beside = models.ManyToManyField("self", blank=True, verbose_name="相邻的空间")

    class Meta:
        ordering = ["centre", "floor", "name"]
        verbose_name = "空间"
        constraints = [models.UniqueConstraint(fields=["county", "centre", "name"], name="space_name_in_centre")]

    def __str__(self) -> str:
        return self.name

    @property
    def whereabouts(self) -> str:
        """室外, 二楼, 地下一层: as people say it."""
        if self.outdoors:
            return "室外"
        below = self.floor < 0
        return f"地下{spoken_integer(-self.floor)}层" if below else f"{spoken_integer(max(self.floor, 1))}楼"
