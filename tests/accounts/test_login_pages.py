"""What people who log in see before they are in: in Chinese, and with our own face."""

import pytest
from django.urls import reverse

from tests.places.factories import make_staff, make_village
from xiangli.accounts.choices import Role

pytestmark = pytest.mark.django_db
PASSWORD = "lucun-8-gateball"


@pytest.fixture
def user():
    return make_staff(Role.VILLAGE_STAFF, make_village(), password=PASSWORD)


def test_login_page_promises_no_reset_by_mail(client):
    page = client.get(reverse("account_login")).content.decode()
    assert "请乡镇或县里的管理员给您换新密码" in page
    assert reverse("account_reset_password") not in page
    assert "这里不发邮件" in client.get(reverse("account_reset_password")).content.decode()


def test_staff_log_in_and_arrive_at_today(client, user):
    response = client.post(reverse("account_login"), {"login": user.username, "password": PASSWORD})
    assert response["Location"] == reverse("office_home")


def test_too_many_wrong_passwords_lock_and_say_what_to_do(client, user, settings):
    for _ in range(settings.AXES_FAILURE_LIMIT):
        page = client.post(reverse("account_login"), {"login": user.username, "password": "wrong"})
    assert "先停半小时" in page.content.decode()
    right = client.post(reverse("account_login"), {"login": user.username, "password": PASSWORD})
    assert "先停半小时" in right.content.decode()


def test_pages_of_the_second_factor_are_chinese_and_ours(client, user):
    client.post(reverse("account_login"), {"login": user.username, "password": PASSWORD})
    pages = {"mfa_index": "备用码", "mfa_activate_totp": "您的密码", "account_change_password": "修改密码"}
    for name, words in pages.items():
        page = client.get(reverse(name), follow=True).content.decode()
        assert words in page
        assert 'class="card' in page
        assert reverse("account_reset_password") not in page
