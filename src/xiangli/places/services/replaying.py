"""Bringing the tree up to a newer national table: counties that were merged, re-coded, split or newly made."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import transaction

from xiangli.audit.services import record
from xiangli.places.choices import Level
from xiangli.places.divisions import Division, Succession
from xiangli.places.models import Place, PlaceCode
from xiangli.places.services.changing import merge, move, recode, rename, split
from xiangli.places.services.tree import add_place

FIRST_DAY = date(1949, 10, 1)


class _Replay:
    def __init__(self, by: Any, divisions: Sequence[Division]) -> None:
        self.by = by
        self.counts: Counter = Counter()
        self.current = {division.code: division for division in divisions if division.in_use}
        self.retired = sorted(
            (division for division in divisions if not division.in_use),
            key=lambda division: (division.valid_to or FIRST_DAY, division.line),
        )
        self.succession = Succession(divisions)
        codes = PlaceCode.objects.filter(valid_to=None, place__is_open=True).select_related("place__parent")
        self.by_code = {row.code: row.place for row in codes}

    def parent(self, division: Division) -> Place | None:
        known = (self.by_code[code] for code in division.parent_codes if code in self.by_code)
        return next(known, Place.objects.filter(level=Level.NATION).first())

    def fold(self, division: Division) -> None:
        """A retired code whose division is still open here goes where the table says."""
        place = self.by_code.get(division.code)
        if place is None or division.code in self.current or place.level != division.level:
            return
        on = division.valid_to or FIRST_DAY
        heirs = [code for code in self.succession.of(division.code) if self.current[code].level == place.level]
        if not heirs:
            self.counts["没有去向"] += 1
            return
        del self.by_code[division.code]
        heir = self.current[heirs[0]]
        if heir.code in self.by_code:
            merge(by=self.by, places=[place], into=Place.objects.get(pk=self.by_code[heir.code].pk), on=on)
            self.counts["并入"] += 1
            return
        place = Place.objects.select_related("parent").get(pk=place.pk)
        recode(by=self.by, place=place, code=heir.code, on=on)
        self.by_code[heir.code] = place
        self.counts["改代码"] += 1
        self._settle(place, heir, on)

    def _settle(self, place: Place, division: Division, on: date) -> None:
        """The name and the place above that the table gives."""
        parent = self.parent(division)
        if parent and place.parent_id != parent.pk:
            move(by=self.by, place=place, to=Place.objects.get(pk=parent.pk), on=on)
            self.counts["划归"] += 1
        if place.name != division.name:
            rename(by=self.by, place=place, name=division.name, on=on)
            self.counts["改名"] += 1

    def make(self, division: Division) -> None:
        """A code in use that no open division has: a part of an old one, or new."""
        on = division.valid_from or FIRST_DAY
        if place := self.by_code.get(division.code):
            self._settle(Place.objects.select_related("parent").get(pk=place.pk), division, on)
            return
        old = next((row for row in self.retired if division.code in row.successors), None)
        codes = (
            PlaceCode.objects.filter(code=old.code, place__level=division.level) if old else PlaceCode.objects.none()
        )
        origin = codes.select_related("place__parent").order_by("pk").first()
        if origin and self.parent(division) == origin.place.parent:
            made = split(
                by=self.by, place=origin.place, name=division.name, slug=division.code, children=[], on=on,
                code=division.code,
            )  # fmt: skip
            self.counts["分出"] += 1
        else:
            made = add_place(
                by=self.by, level=division.level, name=division.name, slug=division.code, parent=self.parent(division)
            )
            PlaceCode.objects.create(place=made, code=division.code, name=division.name, valid_from=on)
            self.counts["新设"] += 1
        self.by_code[division.code] = made


@transaction.atomic
def replay_national(*, by: Any, divisions: Sequence[Division]) -> dict[str, int]:
    """Merge, re-code, rename, move, split and add until the open divisions are those of the table, all history kept.

    Returns counts by Chinese word. Towns and villages follow their county.
    """
    replay = _Replay(by, divisions)
    for level in (Level.PROVINCE, Level.CITY, Level.COUNTY):
        for division in replay.retired:
            if division.level == level:
                replay.fold(division)
        for division in replay.current.values():
            if division.level == level:
                replay.make(division)
    top = Place.objects.filter(level=Level.NATION).first()
    if top:
        record("places.replayed", top, by=by, place=top, counts=dict(replay.counts))
    return dict(replay.counts)
