"""Somebody comes to the counter with the number of a sheet: it is shown and set right, and nothing sealed changes."""

import pytest
from django.urls import reverse

from tests.places.factories import make_staff, make_village
from tests.surveys.factories import make_campaign
from xiangli.accounts.choices import Role
from xiangli.surveys import services
from xiangli.surveys.models import Correction, DoubtfulMark, Response
from xiangli.surveys.queries import effective

pytestmark = pytest.mark.django_db


def rows(sheet, **marks):
    row = {"file": "a.jpg", "sheet": sheet, "page": 1, "score": 1}
    return [row | {"question": question, "option": option, "state": "marked"} for question, option in marks.items()]


@pytest.fixture
def sheet(campaign, village):
    """Number 7, read without a doubt."""
    readings = rows(7, needs="canteen", age="70+", sex="女")
    services.record_readings(by=None, campaign=campaign, place=village, readings=readings)
    return Response.everywhere.get()


def find(browser, campaign, number):
    return browser.get(reverse("survey_find", args=[campaign.pk]), {"number": number})


def correct(browser, sheet, **fields):
    address = reverse("survey_correct", args=[sheet.campaign_id, sheet.pk])
    given = {"q-needs": ["canteen"], "q-age": "70+", "q-sex": "女"} | fields
    return browser.post(address, given)


def test_sheet_is_found_by_its_number_and_shown(official, campaign, sheet):
    address = reverse("survey_correct", args=[campaign.pk, sheet.pk])
    assert find(official, campaign, "7").url == address
    assert find(official, campaign, " ７ ").url == address
    page = official.get(address).content.decode()
    assert "编号 7" in page
    assert page.count(" checked") == 2 + 3  # what was answered; band, group and nothing else have no answer


def test_number_that_is_not_there_is_said_why(official, campaign, village):
    assert "没有编号 9 的答卷：可能还没有扫描" in find(official, campaign, "9").content.decode()
    assert "请写纸上“编号”后面的数字" in find(official, campaign, "七号").content.decode()
    doubt = rows(9, needs="chess")[0] | {"state": "review"}
    services.record_readings(by=None, campaign=campaign, place=village, readings=[doubt])
    assert "编号 9 已经扫描，还有要人判断的地方" in find(official, campaign, "9").content.decode()
    DoubtfulMark.everywhere.update(marked=False, decided_at="2026-01-01T00:00Z")
    services.seal_reviewed(by=None, campaign=campaign, place=village)
    assert "编号 9 没有计入：空白，没有作答" in find(official, campaign, "9").content.decode()


def test_correction_stands_beside_the_sealed_answer(official, sheet):
    reply = correct(official, sheet, **{"q-needs": ["chess"], "q-sex": "", "reason": "看错了行"})
    assert reply.status_code == 302
    one = Response.everywhere.get()
    assert one.answers == {"needs": ["canteen"], "age": "70+", "sex": "女"}
    assert effective(one) == {"needs": ["chess"], "age": "70+"}
    assert (Correction.everywhere.get().reason, Correction.everywhere.get().by.is_authenticated) == ("看错了行", True)
    page = official.get(reply.url).content.decode()
    assert "性别：女 → —" in page.replace("您的性别", "性别")
    assert "服务canteen → 服务chess" in page


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"q-needs": ["chess"]}, "这里要填"),
        ({"reason": "没有错"}, "一处也没有改"),
        ({"q-age": "150", "reason": "大了"}, "150"),
    ],
)
def test_correction_that_cannot_be_is_refused_with_everything_kept(official, sheet, fields, words):
    page = correct(official, sheet, **fields).content.decode()
    assert words in page
    assert not Correction.everywhere.exists()


def test_counter_of_another_village_does_not_see_the_sheet(client, town, campaign, sheet):
    client.force_login(make_staff(Role.COUNTER, make_village(town, slug="yi", name="乙村")))
    assert "编号 7 是别的村的答卷，请到那个村的中心去查" in find(client, campaign, "7").content.decode()
    assert client.get(reverse("survey_correct", args=[campaign.pk, sheet.pk])).status_code == 404


def test_answer_of_another_campaign_is_not_found_under_this_one(official, town, sheet):
    other = make_campaign(town)
    assert official.get(reverse("survey_correct", args=[other.pk, sheet.pk])).status_code == 404
