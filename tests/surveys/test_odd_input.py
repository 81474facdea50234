"""What people really do to forms: two tabs, late, back again, emoji, full-width digits, pasted control characters."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from tests.places.factories import make_staff
from tests.surveys.factories import make_campaign, make_definition
from xiangli.accounts.choices import Role
from xiangli.surveys import services
from xiangli.surveys.models import Response

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(town):
    asked = make_definition()
    asked["questions"] += [
        {"name": "heads", "kind": "number", "label": "家里几口人", "min": 0, "max": 30, "whole": True},
        {"name": "since", "kind": "date", "label": "哪天来的"},
    ]
    return make_campaign(town, definition=asked)


def post(client, campaign, **said):
    form = {"uuid": str(uuid4()), **{f"q-{name}": value for name, value in said.items()}}
    return client.post(reverse("survey_answer", args=[campaign.public_id]), form)


def test_form_open_in_two_tabs_counts_twice_and_sent_again_from_one_tab_once(client, village, campaign):
    address = reverse("survey_answer", args=[campaign.public_id])
    tabs = [client.get(address).context["form"]["uuid"].value() for _ in range(2)]
    for uuid in (*tabs, tabs[0]):
        client.post(address, {"uuid": uuid, "q-sex": "女"})
    assert Response.everywhere.count() == 2


def test_page_opened_in_time_is_taken_though_the_survey_closed_meanwhile(client, village, campaign):
    address = reverse("survey_answer", args=[campaign.public_id])
    yesterday = timezone.now() - timedelta(days=1)
    services.close_campaign(by=None, campaign=campaign, on=timezone.localdate(yesterday))
    form = {"uuid": str(uuid4()), "q-sex": "女"}
    late = client.post(address, {**form, "filled": str(int(timezone.now().timestamp() * 1000))})
    assert "截止" in late.content.decode()
    assert not Response.everywhere.exists()
    assert client.post(address, {**form, "filled": str(int(yesterday.timestamp() * 1000))}).status_code == 302
    assert Response.everywhere.count() == 1


@pytest.mark.parametrize("typed", ["４", "４．０", " 4 ", "\u200b4", "4\u00a0", "④", "4 "])
def test_number_in_the_ways_people_type_it(client, village, campaign, typed):
    page = post(client, campaign, heads=typed)
    assert page.status_code == 302, page.context["form"].errors
    assert Response.everywhere.get().answers == {"heads": 4}


def test_words_with_emoji_control_characters_and_lone_surrogates_are_kept_readable(client, village, campaign):
    said = "想要食堂👵🏻👍\x0b\x1b[31m\u202e\r\n第二行"
    assert post(client, campaign, say=said).status_code == 302
    kept = Response.everywhere.get().texts["say"]
    assert "想要食堂👵🏻👍" in kept
    assert "第二行" in kept
    assert not any(ord(c) < 32 and c not in "\n\t" for c in kept)
    assert "\u202e" not in kept


def test_words_that_are_too_long_are_said_and_kept_on_the_page(client, village, campaign):
    page = post(client, campaign, say="长" * 3000)
    assert page.status_code == 200
    assert not Response.everywhere.exists()
    assert "长" * 3000 in page.content.decode()


def check(client, campaign, rows):
    client.force_login(make_staff(Role.TOWN, campaign.place))
    file = SimpleUploadedFile("a.csv", rows.encode())
    return client.post(reverse("survey_import", args=[campaign.pk]), {"file": file})


def test_options_in_traditional_characters_and_other_widths_are_known(client, village, campaign):
    page = check(
        client,
        campaign,
        "您最想讓中心辦什麼？,性別,主要做什么\n服務canteen,女,務農\n服务chess；服务ｃａｎｔｅｅｎ,男,务工\n",
    )
    assert page.context["refused"] == []
    rows = page.context["answers"].rows
    assert [row.answers for row in rows] == [
        {"needs": ["canteen"], "sex": "女", "group": "务农"},
        {"needs": ["canteen", "chess"], "sex": "男", "group": "务工"},
    ]  # fmt: skip


def test_rows_twice_in_one_table_are_said(client, village, campaign):
    row = "服务canteen,女,务农"
    page = check(client, campaign, f"您最想让中心办什么？,性别,主要做什么\n{row}\n{row}\n{row}\n服务chess,男,务工\n")
    assert (page.context["twice"], page.context["fresh"]) == (2, 4)


def test_excel_days_counted_from_1900_are_days(client, village, campaign):
    page = check(client, campaign, "性别,哪天来的\n女,45000\n女,2026-02-30\n")
    assert page.context["fresh"] == 1


def test_moving_the_last_day_lets_late_answers_in(client, village, campaign):
    client.force_login(make_staff(Role.TOWN, campaign.place))
    today = timezone.localdate()
    services.close_campaign(by=None, campaign=campaign, on=today - timedelta(days=30))
    page = client.post(reverse("survey_close", args=[campaign.pk]), {"closes": today.isoformat()}, follow=True)
    assert "改好了" in page.content.decode()
    client.logout()
    assert post(client, campaign, sex="女").status_code == 302
    client.force_login(make_staff(Role.TOWN, campaign.place))
    for day, word in (("1999-01-01", "不能早于开始"), ("哪天", "没有改"), ("", "不限期")):
        page = client.post(reverse("survey_close", args=[campaign.pk]), {"closes": day}, follow=True)
        assert word in page.content.decode()
    campaign.refresh_from_db()
    assert campaign.closes is None
