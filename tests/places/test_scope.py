from datetime import date

import pytest

from tests.places.factories import make_centre, make_county, make_space, make_town, make_village
from xiangli.places.models import CalendarDay, Centre, Space
from xiangli.places.scope import UnscopedQuery

pytestmark = pytest.mark.django_db


def test_unscoped_query_raises_for_every_way_of_reading():
    for read in (list, len, bool, lambda rows: rows.count(), lambda rows: rows.exists(), lambda rows: rows.first()):
        with pytest.raises(UnscopedQuery):
            read(Centre.objects.filter(name="x"))
    with pytest.raises(UnscopedQuery):
        Centre.objects.update(name="x")
    with pytest.raises(UnscopedQuery):
        Centre.objects.filter(name="x").delete()
    with pytest.raises(UnscopedQuery):
        list(Centre.objects.values_list("pk", flat=True))
    with pytest.raises(UnscopedQuery):
        list(Centre.objects.iterator())


def test_scope_narrows_to_place_and_below():
    town = make_town()
    here, there = make_village(town), make_village(town)
    elsewhere = make_centre(make_village(make_town(make_county("other"), "othertown")))
    first, second = make_centre(here), make_centre(there)
    assert list(Centre.objects.within(here)) == [first]
    assert list(Centre.objects.within(town)) == [first, second]
    assert list(Centre.objects.within(town.county)) == [first, second]
    assert set(Centre.objects.within(town.county.parent)) == {first, second, elsewhere}


def test_scope_survives_further_filters_and_reaches_through_rows():
    space = make_space()
    other = make_space(make_centre(make_village(space.centre.place.parent)))
    assert list(Space.objects.within(space.centre.place).filter(bookable=True).order_by("name")) == [space]
    assert Space.objects.within(space.centre.place.parent).exclude(pk=space.pk).get() == other


def test_related_rows_are_scoped_by_their_object():
    space = make_space()
    assert list(space.centre.spaces.all()) == [space]


def test_plain_condition_finds_what_the_queryset_finds_in_one_county_only():
    centre = make_centre()
    spaces = [make_space(centre, name=name, bookable=name != "库房") for name in ("球场", "教室", "库房")]
    make_space(make_centre(make_village(make_town(make_county("other"), "othertown"))), name="别处")
    held = Space.objects.within(centre.county).filter(centre=centre, bookable=True).order_by("pk")
    asked = "centre_id IN {} AND bookable ORDER BY id"
    assert Space.rows_where(centre.county, asked, [centre.pk, 10**6]) == list(held) == spaces[:2]
    since = "date BETWEEN {} AND {} ORDER BY date"
    days = CalendarDay.rows_where(centre.county, since, date(2026, 10, 1), date(2026, 10, 3))
    assert days == list(
        CalendarDay.objects.within(centre.county).filter(date__range=(date(2026, 10, 1), date(2026, 10, 3)))
    )
    with pytest.raises(UnscopedQuery):
        Space.rows_where(centre.place, asked, [centre.pk])
