from datetime import date

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from tests.places.factories import (
    make_centre,
    make_county,
    make_service,
    make_space,
    make_staff,
    make_town,
    make_village,
)
from xiangli.accounts.choices import Role
from xiangli.accounts.models import Assignment, User
from xiangli.accounts.services import assign
from xiangli.core.calendar import DayKind
from xiangli.places.calendar import day_kind, seed_calendar
from xiangli.places.models import Space

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    return make_town()


def test_village_staff_change_their_own_centre_only(client, town):
    centre, other = make_centre(make_village(town)), make_centre(make_village(town))
    client.force_login(make_staff(Role.VILLAGE_STAFF, centre.place))
    page = client.post(
        f"/office/centres/{centre.pk}/",
        {
            "name": "新名字",
            "kind": "village",
            "address": "",
            "phone": "0379-1",
            "answers_for_it": "副书记",
            "introduction": "",
        },
    )
    assert page.status_code == 302
    centre.refresh_from_db()
    assert (centre.name, centre.phone) == ("新名字", "0379-1")
    assert client.get(f"/office/centres/{other.pk}/").status_code == 404


def test_space_is_added_with_its_services_and_not_twice(client, town):
    centre = make_centre(make_village(town))
    chess = make_service(town.county)
    client.force_login(make_staff(Role.TOWN, town))
    data = {"name": "棋牌室", "floor": 1, "capacity": 20, "noise": "quiet", "supports": [chess.pk], "equipment": ""}
    assert client.post(f"/office/centres/{centre.pk}/spaces/new", data).status_code == 302
    space = Space.objects.within(town).get()
    assert (space.county, list(space.supports.all())) == (town.county, [chess])
    again = client.post(f"/office/centres/{centre.pk}/spaces/new", data)
    assert "已经有“棋牌室”" in again.content.decode()


def test_places_list_costs_the_same_for_one_and_for_three(client, town, django_assert_max_num_queries):
    user = make_staff(Role.TOWN, town)
    counts = []
    for _ in range(2):
        make_space(make_centre(make_village(town)))
        make_space(make_centre(make_village(town)))
        client.force_login(User.objects.get(pk=user.pk))
        client.get("/office/me/")  # the session is written once
        with django_assert_max_num_queries(20) as captured:
            assert client.get("/office/places/").status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_town_adds_staff_who_can_log_in(client, town):
    village = make_village(town)
    client.force_login(make_staff(Role.TOWN, town))
    data = {
        "username": "Lucun2", "name": "值班员", "post": "", "role": Role.VILLAGE_STAFF, "place": village.pk,
        "password": "tongtian-2026-qiao",
    }  # fmt: skip
    assert client.post("/office/people/", data).status_code == 302
    client.logout()
    answer = client.post("/accounts/login/", {"login": "lucun2", "password": "tongtian-2026-qiao"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/office/")


def test_town_may_not_make_a_county_administrator(client, town):
    client.force_login(make_staff(Role.TOWN, town))
    data = {"username": "boss", "name": "x", "role": Role.COUNTY, "place": town.pk, "password": "tongtian-2026-qiao"}
    assert client.post("/office/people/", data).status_code == 200
    assert not User.objects.filter(username="boss").exists()


def test_town_ends_a_role_below_it_but_not_elsewhere(client, town):
    mine = make_staff(Role.VILLAGE_STAFF, make_village(town)).assignments.get()
    other_town = make_town(make_county("other"), "othertown")
    other = make_staff(Role.VILLAGE_STAFF, make_village(other_town)).assignments.get()
    client.force_login(make_staff(Role.TOWN, town))
    assert client.post(f"/office/people/{mine.pk}/end").status_code == 302
    assert client.post(f"/office/people/{other.pk}/end").status_code == 404
    assert list(Assignment.everywhere.filter(pk__in=[mine.pk, other.pk], valid_to=None)) == [other]


def test_only_the_county_changes_the_calendar(client, town):
    seed_calendar(by=None, county=town.county, years=[2026])
    data = {"day": "2026-11-23", "kind": "public_holiday", "name": "庙会"}
    client.force_login(make_staff(Role.TOWN, town))
    assert client.post("/office/places/calendar/", data).status_code == 404
    client.force_login(make_staff(Role.COUNTY, town.county))
    assert client.post("/office/places/calendar/", data).status_code == 302
    assert day_kind(town.county, date(2026, 11, 23)) == "public_holiday"


@pytest.mark.parametrize("path", ["/office/me/", "/office/people/", "/office/places/", "/office/places/calendar/"])
def test_office_asks_to_log_in(client, path):
    assert client.get(path).status_code == 302


def test_county_pastes_the_notice_looks_at_it_and_confirms(client, town):
    from tests.core.test_notices import NOTICES

    client.force_login(make_staff(Role.COUNTY, town.county))
    url = "/office/places/calendar/"
    data = {"year": "2025", "text": NOTICES[2025]}
    looked = client.post(url, data)
    assert (looked.status_code, len(looked.context["read"])) == (200, 33)
    assert day_kind(town.county, date(2025, 1, 26)) == DayKind.UNKNOWN
    assert client.post(url, {**data, "confirmed": "yes"}).status_code == 302
    assert day_kind(town.county, date(2025, 1, 26)) == DayKind.MAKE_UP_WORKDAY
    assert day_kind(town.county, date(2025, 3, 3)) == DayKind.WORKING_DAY


def test_notice_that_cannot_be_read_changes_nothing(client, town):
    client.force_login(make_staff(Role.COUNTY, town.county))
    answer = client.post("/office/places/calendar/", {"year": "2025", "text": "放假三天", "confirmed": "yes"})
    assert (answer.status_code, "没有读到元旦" in answer.content.decode()) == (422, True)
    assert day_kind(town.county, date(2025, 3, 3)) == DayKind.UNKNOWN


def test_town_gives_a_new_password_that_is_shown_once_and_opens_the_door(client, town):
    person = make_staff(Role.VILLAGE_STAFF, make_village(town), username="lucun", password="forgotten-2026")
    Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={"secret": "x"})
    theirs = Client()
    theirs.force_login(User.objects.get(pk=person.pk), backend="django.contrib.auth.backends.ModelBackend")
    client.force_login(make_staff(Role.TOWN, town))
    page = client.post(reverse("assignment_password", args=[person.assignments.get().pk]))
    assert (page.status_code, "no-store" in page["Cache-Control"]) == (200, True)
    password = page.context["password"]
    assert password in page.content.decode()
    assert password not in client.get("/office/people/").content.decode()
    assert theirs.get("/office/me/").status_code == 302
    answer = Client().post("/accounts/login/", {"login": "lucun", "password": password})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/office/")


@pytest.mark.parametrize("role", [Role.TOWN, Role.COUNTY])
def test_town_may_not_reset_who_stands_beside_or_above_it(client, town, role):
    person = make_staff(Role.VILLAGE_STAFF, make_village(town))
    also = assign(by=None, user=person, role=role, place=town, since=date(2020, 1, 1))
    client.force_login(make_staff(Role.TOWN, town))
    for row in person.assignments.all():
        assert client.post(reverse("assignment_password", args=[row.pk])).status_code == 404
    client.force_login(make_staff(Role.COUNTY, town.county))
    assert client.post(reverse("assignment_password", args=[also.pk])).status_code == 200


def test_nobody_resets_their_own_password_without_the_old_one(client, town):
    user = make_staff(Role.COUNTY, town.county)
    client.force_login(user)
    assert client.post(reverse("assignment_password", args=[user.assignments.get().pk])).status_code == 404


def test_somebody_with_an_account_is_given_one_more_village_once(client, town):
    person, other = make_staff(Role.LIAISON, make_village(town)), make_village(town)
    client.force_login(make_staff(Role.TOWN, town))
    data = {"user": person.pk, "role": Role.LIAISON, "place": other.pk}
    assert client.post("/office/people/", data).status_code == 302
    again = client.post("/office/people/", data)
    assert (again.status_code, "已经是包村干部" in again.content.decode()) == (200, True)
    assert [row.place for row in person.assignments.filter(valid_to=None).order_by("pk")][1:] == [other]


def test_county_of_one_and_town_of_another_gives_the_towns_roles_there(client, town):
    elsewhere = make_town(make_county("other"), "othertown")
    user = make_staff(Role.COUNTY, town.county)
    assign(by=None, user=user, role=Role.TOWN, place=elsewhere, since=date(2020, 1, 1))
    client.force_login(user)
    data = {
        "username": "boss",
        "name": "x",
        "role": Role.COUNTY,
        "place": elsewhere.pk,
        "password": "tongtian-2026-qiao",
    }
    assert client.post("/office/people/", data).status_code == 200
    assert not User.objects.filter(username="boss").exists()


def test_people_cost_the_same_for_one_and_for_three(client, town, django_assert_max_num_queries):
    user = make_staff(Role.TOWN, town)
    counts = []
    for more in (1, 2):
        for _ in range(more):
            make_staff(Role.VILLAGE_STAFF, make_village(town))
        client.force_login(User.objects.get(pk=user.pk))
        client.get("/office/me/")  # the session is written once
        with django_assert_max_num_queries(25) as captured:
            assert client.get("/office/people/").status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_space_has_no_negative_area(client, town):
    centre = make_centre(make_village(town))
    client.force_login(make_staff(Role.TOWN, town))
    data = {"name": "棋牌室", "floor": 1, "capacity": 20, "noise": "quiet", "area_m2": "-5"}
    answer = client.post(f"/office/centres/{centre.pk}/spaces/new", data)
    assert (answer.status_code, "最小是 0" in answer.content.decode()) == (200, True)


def test_people_are_found_by_name_and_by_village_and_shown_thirty_at_a_time(client, town):
    village = make_village(town, name="扣马村")
    found = make_staff(Role.VILLAGE_STAFF, village, "laozhou")
    for _ in range(30):
        make_staff(Role.VILLAGE_STAFF, make_village(town))
    client.force_login(make_staff(Role.TOWN, town))
    assert len(client.get("/office/people/").context["rows"]) == 30
    assert len(client.get("/office/people/", {"page": 2}).context["rows"]) == 2
    for text in ("laozhou", "扣马"):
        assert [row.user for row, _ in client.get("/office/people/", {"q": text}).context["rows"]] == [found]
    assert "没有找到“火星”" in client.get("/office/people/", {"q": "火星"}).content.decode()
