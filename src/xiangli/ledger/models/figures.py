"""Figures kept ready, so that no page counts seven million items: one narrow row a town, one a county.

They are never added to or taken from: whoever changes an item counts its town anew under the row's lock, then adds up
the county (``services.figures``). So they cannot drift, and ``./xiangli ledger check`` proves that they have not.
"""

from django.db import models

from xiangli.ledger.choices import Source, State
from xiangli.places.scope import ScopedModel


class Figures(ScopedModel):
    """Counts and money (fen) of a place's items. The three dates are those for which red and yellow were counted."""

    DERIVED = True  # when divisions change these rows are made anew, not carried along

    today = models.DateField()
    warn_until = models.DateField()
    start_before = models.DateField()
    total = models.PositiveIntegerField(default=0)
    not_started = models.PositiveIntegerField(default=0)
    in_progress = models.PositiveIntegerField(default=0)
    close_requested = models.PositiveIntegerField(default=0)
    closed = models.PositiveIntegerField(default=0)
    returned = models.PositiveIntegerField(default=0)
    reopened = models.PositiveIntegerField(default=0)
    red = models.PositiveIntegerField(default=0)  # overdue
    yellow = models.PositiveIntegerField(default=0)
    from_plan = models.PositiveIntegerField(default=0)
    from_standard = models.PositiveIntegerField(default=0)
    from_finding = models.PositiveIntegerField(default=0)
    from_case = models.PositiveIntegerField(default=0)
    from_meeting = models.PositiveIntegerField(default=0)
    from_sheet = models.PositiveIntegerField(default=0)
    from_other = models.PositiveIntegerField(default=0)
    planned_fen = models.BigIntegerField(default=0)
    granted_fen = models.BigIntegerField(default=0)
    spent_fen = models.BigIntegerField(default=0)

    class Meta:
        abstract = True

    DATES = ("today", "warn_until", "start_before")
    SUMS = (
        "total", *State.values, "red", "yellow", *(f"from_{source}" for source in Source.values),
        "planned_fen", "granted_fen", "spent_fen",
    )  # fmt: skip


class TownFigures(Figures):
    """The figures of one branch directly below the county (a town), or of the items of the county itself."""

    place = models.OneToOneField("places.Place", models.CASCADE, related_name="+")

    class Meta:
        verbose_name = "乡镇汇总"
        indexes = [models.Index(fields=["county", "today"])]

    def __str__(self) -> str:
        return f"{self.place_id}: {self.total}"


class CountyFigures(Figures):
    """The sum of a county's towns."""

    PLACE = "county"

    class Meta:
        verbose_name = "县区汇总"
        constraints = [models.UniqueConstraint(fields=["county"], name="countyfigures_once")]

    def __str__(self) -> str:
        return f"{self.county_id}: {self.total}"
