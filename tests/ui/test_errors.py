"""What a person sees when something went wrong: Chinese, what to do now, and nothing kept by halves."""

from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from tests.places.factories import make_centre, make_staff, make_village
from tests.surveys.factories import make_campaign
from xiangli.accounts.choices import Role

pytestmark = pytest.mark.django_db


def test_unknown_address_is_told_in_chinese(client):
    answer = client.get("/nowhere/")
    assert answer.status_code == 404
    assert "没有找到这个页面" in answer.content.decode()


def test_unknown_address_is_told_in_the_readers_script(client):
    client.cookies["script"] = "hant"
    assert "沒有找到這個頁面" in client.get("/nowhere/").content.decode()


@pytest.mark.parametrize("address", ["/news/?q=%00", "/c/a%00/b/", "/?x%00=1"])
def test_null_character_in_an_address_is_refused(client, address):
    answer = client.get(address)
    assert answer.status_code in {400, 404}
    assert "乡里" in answer.content.decode()


def test_null_character_in_a_form_is_refused_and_said(client):
    client.force_login(make_staff("village", make_village()))
    answer = client.post("/office/ledger/add/", {"title": "修\0路"})
    assert (answer.status_code, "控制字符" in answer.content.decode()) == (400, True)


def test_form_left_open_too_long_says_that_nothing_was_kept():
    answer = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "a", "password": "b"})
    assert (answer.status_code, "页面放得太久了" in answer.content.decode()) == (403, True)


def test_fault_of_ours_is_told_without_asking_the_database(django_assert_num_queries):
    from django.test import RequestFactory
    from django.views.defaults import server_error

    with django_assert_num_queries(0):
        answer = server_error(RequestFactory().get("/"))
    assert (answer.status_code, "系统出错了" in answer.content.decode()) == (500, True)


ENDLESS = "9" * 5000


@pytest.mark.parametrize(
    ("name", "query", "status"),
    [
        ("cases_list", f"place={ENDLESS}", 200),
        ("looks", f"who={ENDLESS}", 200),
        ("opening_centre", f"space={ENDLESS}", 200),
        ("survey_answer", f"l={ENDLESS}", 200),
        ("review_words", f"after={ENDLESS}", 200),
    ],
)
def test_endless_number_in_an_address_is_no_fault(client, name, query, status):
    centre = make_centre()
    campaign = make_campaign(centre.place)
    client.force_login(make_staff(Role.COUNTY, centre.county))
    about = {"opening_centre": [centre.pk], "survey_answer": [campaign.public_id], "review_words": [campaign.pk]}
    answer = client.get(f"{reverse(name, args=about.get(name, []))}?{query}")
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("review_undo", {"mark": ENDLESS}),
        ("review_page", {f"mark-{ENDLESS}": "yes"}),
        ("review_take", {"without": ENDLESS}),
    ],
)
def test_endless_number_in_a_form_is_no_fault(client, name, form):
    campaign = make_campaign()
    client.force_login(make_staff(Role.COUNTY, campaign.county))
    plain = "application/x-www-form-urlencoded"  # a multipart form refuses such a name by itself
    answer = client.post(reverse(name, args=[campaign.pk]), urlencode(form), content_type=plain)
    assert answer.status_code < 400


def test_unseen_characters_in_a_form_are_taken_out(client):
    centre = make_centre()
    client.force_login(make_staff(Role.VILLAGE_STAFF, centre.place))
    form = {
        "name": "会盟\u200b中\u202e心\x01",
        "kind": "village",
        "phone": "\u202d0379-0000\u202c",
        "introduction": "一\x0b二",
    }
    assert client.post(reverse("centre_edit", args=[centre.pk]), form).status_code == 302
    centre.refresh_from_db()
    assert (centre.name, centre.phone, centre.introduction) == ("会盟中心", "0379-0000", "一 二")
