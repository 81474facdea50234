"""Divisions merge, split, are renamed, re-coded and moved; what was recorded in them stays as it was recorded.

A division that goes into another is closed and hung below it: its rows keep their place, and everything that asks for
the new division finds them, because it asks by path. Only the county's key, which every row carries, is rewritten where
the county changes.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.db.models import Value
from django.db.models.functions import Concat, Substr

from xiangli.audit.services import record
from xiangli.core.errors import UserError
from xiangli.places.choices import ChangeKind, Level
from xiangli.places.models import Place, PlaceChange, PlaceCode
from xiangli.places.scope import ScopedModel, under
from xiangli.places.services.guards import set_county
from xiangli.places.services.tree import WIDEST_FIRST, add_place

# Rooms that keep figures by place hang a function in here; it is given every county that has changed.
FOLLOWERS: list[Callable[[list[Place], date], None]] = []


@transaction.atomic
def merge(*, by: Any, places: Iterable[Place], into: Place, on: date) -> Counter:
    """``places`` become part of ``into`` (same level). Returns what stayed with its old county, by model.

    UserError for another level, a closed division, or rows that would be there twice; then nothing is written.
    """
    kept: Counter = Counter()
    gone = list(Place.objects.filter(pk__in=[place.pk for place in places]).order_by("path"))
    into = Place.objects.get(pk=into.pk)
    counties = {into.county_id, *(place.county_id for place in gone)} - {None}
    for place in gone:
        if place.level != into.level or place.pk == into.pk or not (place.is_open and into.is_open):
            raise UserError(f"{place.name}不能并入{into.name}：级别要相同，都要在用。")
        was = place.county_id
        for child in Place.objects.filter(parent=place).order_by("path"):
            _hang(child, into)
            if place.pk != was:  # a county's rows all follow at once, below
                kept += _follow_county(child, was, into)
        _hang(place, into)
        Place.objects.filter(pk=place.pk).update(is_open=False)
        kept += _follow_county(place, was, into)
        _hand_over_codes(place, into, on)
        PlaceChange.objects.create(
            kind=ChangeKind.MERGED, place=place, into=into, on=on, before=place.name, after=into.name
        )
        record("places.merged", place, by=by, place=into, into=into.pk, on=str(on))
    _tell(counties, on)
    return kept


@transaction.atomic
def split(*, by: Any, place: Place, name: str, slug: str, children: Iterable[Place], on: date, code: str = "") -> Place:
    """A new division beside ``place``, with some of what lay below it. UserError for what did not."""
    made = add_place(by=by, level=place.level, name=name, slug=slug, parent=place.parent)
    if code:
        PlaceCode.objects.create(place=made, code=code, name=name, valid_from=on)
    counties = {place.county_id, made.county_id}
    for child in children:
        if not child.path.startswith(place.path) or child.pk == place.pk:
            raise UserError(f"{child.name}不在{place.name}下面。")
        was = child.county_id
        _hang(child, made)
        _follow_county(child, was, made)
    PlaceChange.objects.create(kind=ChangeKind.SPLIT, place=place, into=made, on=on, before=place.name, after=name)
    record("places.split", place, by=by, place=place, made=made.pk, on=str(on))
    _tell(counties - {None}, on)
    return made


@transaction.atomic
def move(*, by: Any, place: Place, to: Place, on: date) -> Counter:
    """Hang a division below another one. Returns what stayed with its old county, by model."""
    if WIDEST_FIRST.index(to.level) >= WIDEST_FIRST.index(place.level) or to.path.startswith(place.path):
        raise UserError(f"{place.name}不能划归{to.name}。")
    was, before = place.county_id, place.parent.name if place.parent else ""
    counties = {was, to.county_id}
    _hang(place, to)
    kept = _follow_county(place, was, to) if place.level != Level.COUNTY else Counter()
    PlaceChange.objects.create(kind=ChangeKind.MOVED, place=place, into=to, on=on, before=before, after=to.name)
    record("places.moved", place, by=by, place=place, to=to.pk, on=str(on))
    _tell(counties - {None}, on)
    return kept


@transaction.atomic
def rename(*, by: Any, place: Place, name: str, on: date) -> Place:
    """A new name; the old one stays with the codes that were valid under it."""
    PlaceCode.objects.filter(place=place, name="").update(name=place.name)
    PlaceChange.objects.create(kind=ChangeKind.RENAMED, place=place, on=on, before=place.name, after=name)
    place.name = name
    place.save(update_fields=["name"])
    record("places.renamed", place, by=by, place=place, on=str(on))
    return place


@transaction.atomic
def recode(*, by: Any, place: Place, code: str, on: date) -> PlaceCode:
    """A new official code; the old one becomes history."""
    old = PlaceCode.objects.filter(place=place, valid_to=None)
    before = "、".join(old.values_list("code", flat=True))
    if PlaceCode.objects.filter(code=code, valid_to=None).exclude(place=place).exists():
        raise UserError(f"代码 {code} 已经是别的地点的。")
    _end(old, on)
    made, _ = PlaceCode.objects.update_or_create(
        place=place, code=code, defaults={"name": place.name, "valid_from": on, "valid_to": None}
    )
    PlaceChange.objects.create(kind=ChangeKind.RECODED, place=place, on=on, before=before, after=code)
    record("places.recoded", place, by=by, place=place, code=code, on=str(on))
    return made


def _end(codes: models.QuerySet[PlaceCode], on: date) -> None:
    """A code that the table says began on the very day is not given an empty interval."""
    codes.filter(valid_from__gte=on).update(valid_from=None)
    codes.update(valid_to=on)


def _hand_over_codes(place: Place, into: Place, on: date) -> None:
    _end(PlaceCode.objects.filter(place=place, valid_to=None), on)
    known = set(PlaceCode.objects.filter(place=into).values_list("code", flat=True))
    for row in PlaceCode.objects.filter(place=place).exclude(code__in=known):
        PlaceCode.objects.create(
            place=into, code=row.code, name=row.name or place.name, valid_from=row.valid_from, valid_to=row.valid_to
        )


def _hang(place: Place, parent: Place) -> None:
    """Hang a subtree below ``parent``: its paths, and for all but a county of its own the county's key."""
    old, new = place.path, f"{parent.path}{place.pk:08d}/"
    slug = place.slug
    if Place.objects.filter(parent=parent, slug=slug).exclude(pk=place.pk).exists():
        slug = f"{slug[:50]}-{place.pk}"
    here: dict[str, Any] = {} if place.parent_id == parent.pk else {"map_column": None, "map_row": None}
    Place.objects.filter(pk=place.pk).update(parent=parent, slug=slug, **here)  # a cell is one of the parent's map
    rows = Place.objects.filter(under(old))
    rows.update(path=Concat(Value(new), Substr("path", len(old) + 1)))
    if parent.county_id:
        Place.objects.filter(under(new)).update(county=parent.county_id)
    place.refresh_from_db(fields=["path", "parent", "county", "slug"])


def _follow_county(place: Place, was: int | None, into: Place) -> Counter:
    """Every row of a county that has changed gets the new county's key. Returns what could not, by model.

    A county's own settings stay where the new county has its own. UserError where anything else would be there twice.
    """
    kept: Counter = Counter()
    if was is None or into.county_id is None or was == into.county_id:
        return kept
    for model in apps.get_models():
        if not issubclass(model, ScopedModel) or getattr(model, "DERIVED", False):
            continue  # what is derived is counted anew by its room
        rows = model.everywhere.filter(county_id=was)
        if place.pk != was:  # a part of the county
            if model.PLACE == "county":
                continue
            rows = rows.filter(pk__in=model.everywhere.filter(under(place.path, f"{model.PLACE}__path")).values("pk"))
        if stayed := _rewrite(model, rows, into.county_id):
            kept[model._meta.verbose_name] += stayed
            if model.PLACE != "county":
                raise UserError(f"{into.name}已经有同样的“{model._meta.verbose_name}”（{stayed} 条），请先改名再合并。")
    return kept


def _rewrite(model: type[ScopedModel], rows: models.QuerySet[Any], county: int) -> int:
    """Give rows another county: at once, else past the table's guards, else one by one. Returns how many could not."""
    try:
        with transaction.atomic():
            rows.update(county_id=county)
        return 0
    except IntegrityError:
        pass
    try:
        set_county(rows, county)
        return 0
    except IntegrityError:
        stayed = 0
    for pk in list(rows.values_list("pk", flat=True)):
        try:
            with transaction.atomic():
                model.everywhere.filter(pk=pk).update(county_id=county)
        except IntegrityError:
            stayed += 1
    return stayed


def _tell(counties: Iterable[int | None], on: date) -> None:
    changed = list(Place.objects.filter(pk__in=[pk for pk in counties if pk], level=Level.COUNTY).order_by("pk"))
    for follow in FOLLOWERS:
        follow(changed, on)
