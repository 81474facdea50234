"""The office page for phones: who may make and withdraw a QR code, and what stands in it."""

import base64
import json
import zlib

import pytest
import zxingcpp
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from tests.places.factories import make_county, make_staff, make_town, make_village
from tests.surveys.factories import make_campaign
from xiangli.accounts.choices import Role
from xiangli.audit.models import Event
from xiangli.surveys import services
from xiangli.surveys.models import Enumerator
from xiangli.surveys.xlsform import import_workbook

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_cache():
    cache.clear()


@pytest.fixture
def village(town):
    return make_village(town, name="甲村")


def url(name, *args):
    return reverse(name, args=args)


def add(client, campaign, place, label="调查员 1 号", **extra):
    return client.post(url("phones", campaign.pk), {"label": label, "place": place.pk}, **extra)


def settings_in(payload):
    """What a phone reads off a QR code with this text, as a bitmap such as a camera sees."""
    import numpy as np
    import segno

    rows = np.array([[0 if dark else 255 for dark in row] for row in segno.make(payload, error="m").matrix_iter(8, 4)])
    text = zxingcpp.read_barcode(rows.astype(np.uint8)).text
    return json.loads(zlib.decompress(base64.b64decode(text)))


def test_new_phone_is_shown_its_qr_code_once(official, campaign, village):
    page = add(official, campaign, village, headers={"host": "localhost:8000"})
    assert (page.status_code, "no-store" in page["Cache-Control"]) == (200, True)
    enumerator = Enumerator.everywhere.get()
    text = page.content.decode()
    assert enumerator.username in text
    assert page.context["password"] in text
    again = official.get(url("phones", campaign.pk)).content.decode()
    assert page.context["password"] not in again
    assert enumerator.username not in again


def test_qr_code_holds_collects_settings(official, campaign, village, monkeypatch):
    from xiangli.surveys.views import phones

    made = []
    monkeypatch.setattr(phones, "qr_data_uri", lambda text: made.append(text) or "data:,")
    page = add(official, campaign, village, headers={"host": "localhost:8000"})
    enumerator = Enumerator.everywhere.get()
    by_password, by_address = map(settings_in, made)
    assert by_password == {
        "general": {
            "protocol": "odk_default", "server_url": "http://localhost:8000/odk", "username": enumerator.username,
            "password": page.context["password"], "form_update_mode": "match_exactly",
            "autosend": "wifi_and_cellular",
        },
        "admin": {},
        "project": {"name": "办什么？ 调查员 1 号"},
    }  # fmt: skip
    server = by_address["general"]["server_url"]
    assert (by_address["general"]["username"], server.startswith("http://localhost:8000/odk/")) == ("", True)
    assert official.get(server.removeprefix("http://localhost:8000") + "/formList").status_code == 200


def test_page_warns_when_a_phone_could_not_reach_its_address(official, campaign, village, settings):
    settings.ALLOWED_HOSTS = ["192.168.1.10", "localhost"]
    assert "手机连不到" in add(official, campaign, village, headers={"host": "localhost:8000"}).content.decode()
    page = add(official, campaign, village, "二", headers={"host": "192.168.1.10:8000"})
    assert "手机连不到" not in page.content.decode()


def test_same_label_twice_is_refused_and_reloading_makes_no_second_phone(official, campaign, village):
    add(official, campaign, village)
    page = add(official, campaign, village)
    assert "已经有一部手机叫" in page.content.decode()
    assert Enumerator.everywhere.count() == 1


def test_phone_is_withdrawn_and_let_in_again(official, campaign, village):
    access = services.add_enumerator(by=None, campaign=campaign, place=village, label="一")
    pk = access.enumerator.pk
    page = official.post(url("phone_revoke", campaign.pk, pk), follow=True).content.decode()
    assert "已停用" in page
    assert official.get(f"/odk/{access.token}/formList").status_code == 404
    renewed = official.post(url("phone_renew", campaign.pk, pk))
    assert renewed.status_code == 200
    assert official.get(f"/odk/{access.token}/formList").status_code == 404
    assert official.get(renewed.context["address"].removeprefix("http://testserver") + "/formList").status_code == 200
    verbs = list(Event.objects.filter(target_type="surveys.enumerator").values_list("verb", flat=True))
    assert verbs == [f"surveys.enumerator_{word}" for word in ("added", "revoked", "renewed")]


def test_village_staff_send_phones_to_their_own_village_only(client, campaign, town, village):
    other = make_village(town)
    client.force_login(make_staff(Role.VILLAGE_STAFF, village))
    assert add(client, campaign, village).status_code == 200
    for place in (other, town):
        assert "place" in add(client, campaign, place, "二").context["form"].errors
    elsewhere = services.add_enumerator(by=None, campaign=campaign, place=other, label="三").enumerator
    assert client.post(url("phone_renew", campaign.pk, elsewhere.pk)).status_code == 404
    assert client.post(url("phone_revoke", campaign.pk, elsewhere.pk)).status_code == 404
    assert "三" not in client.get(url("phones", campaign.pk)).content.decode()


def test_strangers_and_other_counties_find_nothing(client, campaign):
    assert client.get(url("phones", campaign.pk)).status_code == 302
    client.force_login(make_staff(Role.TOWN, make_town(make_county("other", "某县"))))
    assert client.get(url("phones", campaign.pk)).status_code == 404
    client.force_login(make_staff(Role.COUNTER, campaign.place))
    assert client.get(url("phones", campaign.pk)).status_code == 404


def test_looking_at_the_page_sends_no_form_out(official, campaign):
    official.get(url("phones", campaign.pk))
    assert campaign.form_versions.count() == 0


def test_answers_that_only_the_phone_asks_are_downloaded_for_my_villages(client, village, town, shared_data):
    from xiangli.core.tables import read_table

    path = shared_data / "xlsforms" / "tutorial.xls"
    definition = import_workbook(path.read_bytes(), notice="镇党政办，0379-0000").definition
    campaign = make_campaign(town)
    campaign.definition = definition
    campaign.save()
    access = services.add_enumerator(by=None, campaign=campaign, place=town, label="一")
    for n, place in enumerate((village, make_village(town))):
        meta = f"<meta><instanceID>uuid:{n}</instanceID></meta>"
        xml = f'<data id="{campaign.public_id}-{place.pk}" version="1"><member><name>=1+1</name></member>{meta}</data>'
        services.take_submission(by=access.enumerator, xml=xml.encode(), at=timezone.now())
    client.force_login(make_staff(Role.VILLAGE_STAFF, village))
    assert url("phones_xlsx", campaign.pk) in client.get(url("phones", campaign.pk)).content.decode()
    table = read_table(client.get(url("phones_xlsx", campaign.pk)).content, header_has=["答卷"])
    assert [(row.cells[0], *row.cells[3:]) for row in table.rows] == [("甲村", "member/name", "=1+1")]


def test_questionnaire_that_does_not_go_into_a_phone_is_named(official, campaign, monkeypatch):
    from xiangli.core.errors import UserError
    from xiangli.surveys import xlsform

    def refuses(*_, **__):
        raise UserError("做不成 ODK 表单。")

    monkeypatch.setattr(xlsform, "xform_of", refuses)
    assert "还不能发到手机上。做不成 ODK 表单。" in official.get(url("phones", campaign.pk)).content.decode()


def test_list_of_phones_reads_the_same_number_of_rows_for_one_and_three(
    official, campaign, village, django_assert_num_queries
):
    for labels in (("一",), ("二", "三")):
        for label in labels:
            phone = services.add_enumerator(by=None, campaign=campaign, place=village, label=label).enumerator
        official.get(url("phones", campaign.pk))
        with django_assert_num_queries(9):
            page = official.get(url("phones", campaign.pk))
    assert page.content.decode().count("换新二维码</button>") == 3
    services.revoke_enumerator(by=None, enumerator=phone, at=timezone.now())
    assert official.get(url("phones", campaign.pk)).content.decode().count("停用</button>") == 2
