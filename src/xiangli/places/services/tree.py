"""Writes about places. Each takes ``by=`` and records its event."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction

from xiangli.audit.services import record
from xiangli.core.errors import UserError
from xiangli.places.choices import Level
from xiangli.places.divisions import Division, LocalPlace, Succession
from xiangli.places.models import Centre, Place, PlaceCode, PopulationCount, Service, Space

WIDEST_FIRST = list(Level.values)


def path_of(place: Place) -> str:
    """The chain of ids down to ``place``, each eight digits wide: the order of the text is the order of the tree."""
    return f"{place.parent.path if place.parent else '/'}{place.pk:08d}/"


@transaction.atomic
def add_place(*, by: Any, level: str, name: str, slug: str, parent: Place | None = None, **fields: Any) -> Place:
    """Add a division below ``parent``. Raises ValueError when the parent is not of a wider level."""
    if parent and WIDEST_FIRST.index(parent.level) >= WIDEST_FIRST.index(level):
        raise ValueError(f"{parent.name}（{parent.get_level_display()}）不能是{name}的上级")
    place = Place(level=level, name=name, slug=slug, parent=parent, path=f"new/{slug}", **fields)
    place.county = parent.county if parent else None
    if parent and level in (Level.TOWN, Level.VILLAGE, Level.GROUP) and place.county is None:
        raise ValueError(f"{name} 以上没有县（区）")
    place.save()
    place.path = path_of(place)
    if level == Level.COUNTY:
        place.county = place
    place.save(update_fields=["path", "county"])
    record("places.added", place, by=by, place=place)
    return place


@transaction.atomic
def save_centre(*, by: Any, centre: Centre) -> Centre:
    """Keep changed facts of a centre."""
    centre.save()
    record("places.centre_changed", centre, by=by)
    return centre


@transaction.atomic
def save_space(*, by: Any, space: Space, supports: Iterable[Service]) -> Space:
    """Add or change a room or court, and which services it can hold."""
    added = space.pk is None
    space.county_id = space.centre.county_id
    space.save()
    space.supports.set(supports)
    record("places.space_added" if added else "places.space_changed", space, by=by, place=space.centre.place)
    return space


@transaction.atomic
def import_national(*, by: Any, divisions: Sequence[Division]) -> dict[str, int]:
    """Provinces, cities and counties in use become places; retired codes become history of what succeeded them.

    Importing again adds only what is new. Returns counts by Chinese word: 新增, 已有, 历史代码, 没有去向.
    """
    counts = {"新增": 0, "已有": 0, "历史代码": 0, "没有去向": 0}
    top = Place.objects.filter(level=Level.NATION).first() or add_place(
        by=by, level=Level.NATION, name="中华人民共和国", short_name="全国", slug="cn"
    )
    by_code = {row.code: row.place for row in PlaceCode.objects.filter(valid_to=None).select_related("place")}
    for level in (Level.PROVINCE, Level.CITY, Level.COUNTY):
        fresh = []
        for division in divisions:
            if not division.in_use or division.level != level:
                continue
            if division.code in by_code:
                counts["已有"] += 1
                continue
            parent = next((by_code[code] for code in division.parent_codes if code in by_code), top)
            fresh.append((division, Place(level=level, name=division.name, slug=division.code, parent=parent)))
        _add_many([place for _, place in fresh])
        PlaceCode.objects.bulk_create(
            PlaceCode(place=place, code=division.code, name=division.name, valid_from=division.valid_from)
            for division, place in fresh
        )
        by_code |= {division.code: place for division, place in fresh}
        counts["新增"] += len(fresh)
    counts |= _import_history(divisions, by_code)
    record("places.national_imported", top, by=by, place=top, counts=counts)
    return counts


def _add_many(places: list[Place]) -> None:
    """Add places of one level whose parents exist, with their paths; two statements, however many."""
    for place in places:
        place.path = f"new/{place.slug}/{id(place)}"
    Place.objects.bulk_create(places, batch_size=500)
    for place in places:
        place.path = path_of(place)
        if place.level == Level.COUNTY:
            place.county = place
    Place.objects.bulk_update(places, ["path", "county"], batch_size=300)


def _import_history(divisions: Sequence[Division], by_code: dict[str, Place]) -> dict[str, int]:
    known = set(PlaceCode.objects.values_list("place_id", "code"))
    succession = Succession(divisions)
    rows, lost = [], 0
    for division in divisions:
        if division.in_use:
            continue
        successors = succession.of(division.code)
        lost += not successors
        for code in successors:
            if (place := by_code.get(code)) and (place.pk, division.code) not in known:
                known.add((place.pk, division.code))
                rows.append(
                    PlaceCode(
                        place=place, code=division.code, name=division.name, valid_from=division.valid_from,
                        valid_to=division.valid_to,
                    )
                )  # fmt: skip
    PlaceCode.objects.bulk_create(rows, batch_size=500)
    return {"历史代码": len(rows), "没有去向": lost}


@transaction.atomic
def import_local(*, by: Any, under: Place, places: Sequence[LocalPlace]) -> dict[str, int]:
    """A county's own towns and villages below ``under``. A place already there (same parent, same name) is updated.

    Raises UserError with every line whose parent is not found; then nothing is written.
    """
    counts = {"新增": 0, "更新": 0}
    known = {place.name: place for place in Place.objects.filter(path__startswith=under.path)}
    missing = []
    for row in sorted(places, key=lambda row: WIDEST_FIRST.index(row.level)):
        parent = known.get(row.parent) if row.parent else under
        if parent is None:
            missing.append(f"第 {row.line} 行：找不到上级“{row.parent}”")
            continue
        place = Place.objects.filter(parent=parent, name=row.name).first()
        counts["更新" if place else "新增"] += 1
        if place is None:
            slug = row.slug or f"{parent.slug}-{parent.children.count() + 1}"
            place = add_place(by=by, level=row.level, name=row.name, slug=slug, parent=parent)
        place.short_name = row.short_name or place.short_name
        place.population = row.population if row.population is not None else place.population
        place.households = row.households if row.households is not None else place.households
        place.save()
        known[row.name] = place
        for (dimension, category), count in row.counts.items():
            PopulationCount.everywhere.update_or_create(
                county_id=place.county_id,
                place=place,
                dimension=dimension,
                category=category,
                defaults={"count": count},
            )
    if missing:
        raise UserError("；".join(missing) + "。什么都没有写入。")
    record("places.imported", under, by=by, place=under, counts=counts)
    return counts
