"""The schematic map: two taps put a village where it is; two never stand in one cell."""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.places.factories import make_county, make_staff, make_town, make_village
from xiangli.accounts.choices import Role
from xiangli.audit.models import Event
from xiangli.core.errors import UserError
from xiangli.places.models import Place
from xiangli.places.services import move, put_on_map

pytestmark = pytest.mark.django_db
DAY = date(2026, 6, 1)


@pytest.fixture
def town():
    return make_town(make_county())


def cell(place):
    return Place.objects.values_list("map_column", "map_row").get(pk=place.pk)


def test_village_takes_a_cell_and_whoever_stood_there_takes_the_other(town):
    one, two = make_village(town), make_village(town)
    assert put_on_map(by=None, place=one, cell=(2, 1)) is None
    assert put_on_map(by=None, place=two, cell=(2, 1)) == one
    assert (cell(one), cell(two)) == ((None, None), (2, 1))
    put_on_map(by=None, place=one, cell=(1, 1))
    assert put_on_map(by=None, place=one, cell=(2, 1)) == two
    assert (cell(one), cell(two)) == ((2, 1), (1, 1))
    put_on_map(by=None, place=one, cell=None)
    assert cell(one) == (None, None)
    assert Event.objects.filter(verb="places.put_on_map").count() == 5


@pytest.mark.parametrize("wrong", [(0, 1), (1, 21), (13, 1)])
def test_cell_beyond_the_map_is_refused_in_words_and_by_the_database(town, wrong):
    village = make_village(town)
    with pytest.raises(UserError, match="最多 12 列"):
        put_on_map(by=None, place=village, cell=wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        Place.objects.filter(pk=village.pk).update(map_column=wrong[0], map_row=wrong[1])


def test_database_refuses_half_a_cell_and_two_in_one(town):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_village(town, map_column=1)
    make_village(town, map_column=1, map_row=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_village(town, map_column=1, map_row=1)


def test_village_that_moves_leaves_the_map_of_its_old_town(town):
    village = make_village(town, map_column=1, map_row=1)
    move(by=None, place=village, to=make_town(town.county, "other", "别镇"), on=DAY)
    assert cell(village) == (None, None)


def test_town_arranges_its_villages_with_two_taps(client, town):
    village, other = make_village(town), make_village(make_town(make_county("far"), "far"))
    client.force_login(make_staff(Role.TOWN, town))
    page = reverse("place_map")
    assert village.label in client.get(page).content.decode()
    assert 'value="5-1"' in client.get(page, {"place": town.pk, "village": village.pk}).content.decode()
    answer = client.post(f"{page}?place={town.pk}", {"village": village.pk, "cell": "3-2"}, follow=True)
    assert "已摆好" in answer.content.decode()
    assert cell(village) == (3, 2)
    for nonsense in ({"village": other.pk, "cell": "1-1"}, {"village": "x", "cell": "1-1"}, {"cell": "1-1"}):
        assert "请先点要摆的" in client.post(page, nonsense, follow=True).content.decode()
    assert "最多" in client.post(page, {"village": village.pk, "cell": "99-99"}, follow=True).content.decode()
    assert (cell(village), cell(other)) == ((3, 2), (None, None))
    assert client.get(page, {"place": other.parent_id}).status_code == 404
    client.force_login(make_staff(Role.VILLAGE_STAFF, village))
    assert client.get(page).status_code == 404


def test_all_the_rest_is_put_below_what_stands_there_in_the_order_of_the_tree(client, town):
    first = make_village(town, map_column=3, map_row=2)
    rest = [make_village(town) for _ in range(6)]
    client.force_login(make_staff(Role.TOWN, town))
    answer = client.post(reverse("place_map"), {"fill": "1"}, follow=True)
    assert "按次序摆上了 6 处" in answer.content.decode()
    assert [cell(place) for place in rest] == [(1, 3), (2, 3), (3, 3), (4, 3), (5, 3), (1, 4)]
    assert cell(first) == (3, 2)
    assert "摆上了 0 处" in client.post(reverse("place_map"), {"fill": "1"}, follow=True).content.decode()


def test_map_page_costs_the_same_for_one_village_and_three(client, town):
    make_village(town, map_column=1, map_row=1)
    client.force_login(make_staff(Role.TOWN, town))
    client.get(reverse("place_map"))
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as found:
            assert client.get(reverse("place_map")).status_code == 200
        counts.append(len(found))
        for _ in range(2):
            make_village(town)
    assert counts[0] == counts[1]


@pytest.mark.parametrize("place", ["9" * 25, "9" * 5000, "²", "-1", "x"])
def test_map_of_a_place_that_no_number_has_is_ones_own(client, town, place):
    client.force_login(make_staff(Role.TOWN, town))
    assert client.get(reverse("place_map"), {"place": place}).status_code == 200
