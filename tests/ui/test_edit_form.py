"""Two people who change one row at once: neither takes anything from the other unseen."""

import pytest
from django.urls import reverse

from tests.bookings.factories import make_court
from tests.filling import filled
from tests.places.factories import make_staff
from xiangli.accounts.choices import Role
from xiangli.bookings.models import SpaceRule
from xiangli.bookings.services import set_rule
from xiangli.places.models import Service

pytestmark = pytest.mark.django_db


@pytest.fixture
def court():
    return make_court(name="球场", capacity=10)


@pytest.fixture
def staff(client, court):
    client.force_login(make_staff(Role.VILLAGE_STAFF, court.centre.place))
    return client


def test_old_page_of_a_centre_keeps_what_another_changed_and_says_where_both_did(staff, court):
    centre, url = court.centre, reverse("centre_edit", args=[court.centre_id])
    mine = filled(staff.get(url).context["form"])
    theirs = mine | {"phone": "0379-1", "address": "东头"}
    assert staff.post(url, theirs).status_code == 302
    page = staff.post(url, mine | {"address": "西头"})
    assert "别人把这一项改成了“东头”" in page.content.decode()
    centre.refresh_from_db()
    assert (centre.phone, centre.address) == ("0379-1", "东头")
    assert staff.post(url, filled(page.context["form"])).status_code == 302  # seen it, and still mine
    centre.refresh_from_db()
    assert (centre.phone, centre.address) == ("0379-1", "西头")


def test_old_page_of_a_room_keeps_the_services_that_another_ticked(staff, court):
    services = [Service.everywhere.create(county=court.county, key=key, name=key) for key in ("chess", "film")]
    url = reverse("space_edit", args=[court.centre_id, court.pk])
    mine = filled(staff.get(url).context["form"])
    assert staff.post(url, mine | {"supports": [str(one.pk) for one in services]}).status_code == 302
    assert staff.post(url, mine | {"capacity": "12"}).status_code == 302
    court.refresh_from_db()
    assert (court.capacity, list(court.supports.order_by("pk"))) == (12, services)


def test_old_page_of_the_rules_keeps_what_another_set(staff, court):
    set_rule(by=None, centre=court.centre, notice_hours=1, days_ahead=14)
    url = reverse("space_rules", args=[court.centre_id])
    mine = filled(staff.get(url).context["form"])
    set_rule(by=None, centre=court.centre, notice_hours=5, days_ahead=14)
    assert staff.post(url, mine | {"after_minutes": "15"}).status_code == 302
    rule = SpaceRule.everywhere.get()
    assert (rule.notice_hours, rule.after_minutes) == (5, 15)
