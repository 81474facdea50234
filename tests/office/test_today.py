from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.cases.factories import make_case
from tests.places.factories import make_centre, make_space, make_staff, make_village
from xiangli.accounts.choices import STAFF, Role
from xiangli.accounts.models import User
from xiangli.bookings.models import Activity
from xiangli.office.today import NEAR

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre():
    return make_centre()


def home(client, user):
    client.force_login(user)
    return client.get(reverse("office_home"))


def activity(centre, **fields):
    today = timezone.localdate()
    fields = {"title": "棋牌", "weekday": today.weekday(), "start": 0, "end": 1440, "since": today, **fields}
    return Activity.everywhere.create(county=centre.county, centre=centre, space=make_space(centre), **fields)


def test_home_asks_for_log_in(client):
    assert client.get(reverse("office_home")).status_code == 302


@pytest.mark.parametrize("role", [*STAFF, Role.COUNTER])
def test_every_large_button_leads_somewhere_for_every_role(client, centre, role):
    user = make_staff(role, centre.place if role in (Role.VILLAGE_STAFF, Role.COUNTER) else centre.place.parent)
    page = home(client, user)
    tasks = page.context["tasks"]
    assert 2 <= len(tasks) <= 3
    assert {client.get(task.url, follow=True).status_code for task in tasks} == {200}


def test_menu_leads_somewhere_for_every_role(client, centre):
    for role in [*STAFF, Role.COUNTER]:
        page = home(client, make_staff(role, centre.place.parent))
        for entry in page.context["office_menu"]:
            assert client.get(entry["url"], follow=True).status_code == 200, (role, entry["url"])


def test_cases_that_wait_stand_on_the_page_the_overdue_marked(client, centre):
    make_case(centre, now=timezone.now() - timedelta(days=9), text="路灯坏了")
    page = home(client, make_staff(Role.VILLAGE_STAFF, centre.place)).content.decode()
    assert "路灯坏了" in page
    assert "超时" in page


def test_cases_of_another_village_do_not(client, centre):
    make_case(make_centre(make_village(centre.place.parent)), text="别村的事")
    assert "别村的事" not in home(client, make_staff(Role.VILLAGE_STAFF, centre.place)).content.decode()


def test_todays_activities_stand_on_the_page_and_other_days_do_not(client, centre):
    activity(centre)
    activity(centre, title="明天的事", weekday=(timezone.localdate().weekday() + 1) % 7)
    page = home(client, make_staff(Role.VILLAGE_STAFF, centre.place)).content.decode()
    assert "棋牌" in page
    assert "明天的事" not in page


def test_account_without_a_place_is_told_what_to_do(client):
    user = User.objects.create(username="new", name="新来的")
    assert "请联系乡镇管理员" in home(client, user).content.decode()


def test_home_costs_the_same_queries_for_one_village_and_three(client, centre, django_assert_max_num_queries):
    town = make_staff(Role.TOWN, centre.place.parent)
    make_case(centre)
    activity(centre)
    home(client, town)
    with django_assert_max_num_queries(20) as first:
        client.get(reverse("office_home"))
    for _ in range(2):
        more = make_centre(make_village(centre.place.parent))
        make_case(more)
        activity(more)
    with django_assert_max_num_queries(20) as second:
        client.get(reverse("office_home"))
    assert len(second) == len(first)


def test_town_sees_its_villages_and_is_sent_to_the_list_for_the_day(client, centre):
    activity(centre)
    for _ in range(NEAR):
        make_centre(make_village(centre.place.parent))
    page = home(client, make_staff(Role.TOWN, centre.place.parent)).content.decode()
    assert "看各村今天的安排" in page
    assert "棋牌" not in page
    assert centre.place.label in page


def test_those_who_book_nothing_are_shown_no_bookings(client, centre):
    assert "今天的活动和预约" not in home(client, make_staff(Role.EDITOR, centre.place)).content.decode()
