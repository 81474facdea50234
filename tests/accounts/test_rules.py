from datetime import date

import pytest
from django.http import Http404

from tests.places.factories import make_staff, make_town, make_village
from xiangli.accounts import rules
from xiangli.accounts.choices import Role
from xiangli.accounts.models import User
from xiangli.accounts.queries import place_for, places_of, villages_of
from xiangli.accounts.services import assign, end_assignment

pytestmark = pytest.mark.django_db


def test_role_holds_at_its_place_and_below():
    town = make_town()
    village = make_village(town)
    user = make_staff(Role.TOWN, town)
    assert rules.has_role(user, village, Role.TOWN)
    assert not rules.has_role(user, town.county, Role.TOWN)
    assert not rules.has_role(user, village, Role.COUNTY)


def test_ended_role_holds_no_more():
    village = make_village()
    user = make_staff(Role.VILLAGE_STAFF, village)
    end_assignment(by=None, assignment=user.assignments.get(), on=date(2020, 2, 1))
    assert not rules.works_in(User.objects.get(pk=user.pk), village)


def test_counter_account_is_not_staff():
    village = make_village()
    assert not rules.is_staff_at(make_staff(Role.COUNTER, village), village)


def test_places_of_drops_a_place_inside_another():
    town = make_town()
    village = make_village(town)
    user = make_staff(Role.TOWN, town)
    assign(by=None, user=user, role=Role.LIAISON, place=village, since=date(2020, 1, 1))
    assert places_of(User.objects.get(pk=user.pk)) == [town]


def test_villages_of_user_without_places_is_empty():
    make_village()
    assert list(villages_of(User.objects.create(username="nobody", name="无"))) == []


def test_place_outside_ones_own_is_404():
    mine, other = make_village(), None
    other = make_village(mine.parent)
    user = make_staff(Role.VILLAGE_STAFF, mine)
    assert place_for(user, mine.pk) == mine
    with pytest.raises(Http404):
        place_for(user, other.pk)


def test_assignments_are_read_once(django_assert_num_queries):
    village = make_village()
    user = User.objects.get(pk=make_staff(Role.VILLAGE_STAFF, village).pk)
    with django_assert_num_queries(1):
        rules.works_in(user, village)
        rules.runs(user, village)
