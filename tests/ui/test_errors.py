"""What a person sees when something went wrong: Chinese, what to do now, and nothing kept by halves."""

import pytest
from django.test import Client

from tests.places.factories import make_staff, make_village

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
