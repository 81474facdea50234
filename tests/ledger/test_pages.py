from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image

from tests.filling import filled
from tests.ledger.factories import NOW, asked, make_crew, make_item
from tests.places.factories import make_county, make_staff, make_town, make_village
from xiangli.accounts.choices import Role
from xiangli.ledger import services
from xiangli.ledger.choices import State
from xiangli.ledger.models import Evidence, LedgerItem

pytestmark = pytest.mark.django_db


@pytest.fixture
def crew():
    return make_crew()


def titles(page):
    return [item.title for item in page.context["page"]]


def test_list_costs_the_same_for_one_and_for_three(client, crew):
    client.force_login(crew.boss)
    make_item(crew, responsible=crew.doer)
    client.get("/office/ledger/")  # the first page of a session also writes the session
    with CaptureQueriesContext(connection) as one:
        client.get("/office/ledger/")
    for n in range(2):
        make_item(crew, f"另一件{n}", place=make_village(crew.town), responsible=crew.judge)
    with CaptureQueriesContext(connection) as three:
        client.get("/office/ledger/")
    assert len(one) == len(three) <= 14, "\n".join(q["sql"][:150] for q in three)


def test_list_shows_my_villages_only_and_filters(client, crew):
    other = make_village(crew.town)
    today = timezone.localdate()
    late = make_item(crew, "超期的", today=today, days=0)
    LedgerItem.everywhere.filter(pk=late.pk).update(deadline=today - timedelta(days=3))
    make_item(crew, "别村的", place=other, days=4000)
    make_item(crew, "我的", responsible=crew.doer, days=4000, today=today)
    client.force_login(crew.doer)
    assert titles(client.get("/office/ledger/")) == ["超期的", "我的"]
    assert titles(client.get("/office/ledger/?mine=1")) == ["我的"]
    assert titles(client.get("/office/ledger/?light=red")) == ["超期的"]
    assert titles(client.get("/office/ledger/?overdue=1&text=我")) == []
    client.force_login(crew.boss)
    assert titles(client.get(f"/office/ledger/?village={other.pk}")) == ["别村的"]
    assert len(titles(client.get("/office/ledger/?village=abc&state=nonsense"))) == 3


def test_pages_of_an_item_elsewhere_are_not_found(client, crew):
    item = make_item(crew)
    stranger = make_staff(Role.TOWN, make_town(make_county("far"), slug="far"))
    editor = make_staff(Role.EDITOR, crew.town)
    for user in (stranger, editor):
        client.force_login(user)
        assert client.get(f"/office/ledger/{item.pk}/").status_code == 404
        assert client.post(f"/office/ledger/{item.pk}/start/").status_code == 404
        assert client.get(f"/office/ledger/{item.pk}/edit/").status_code == 404
    assert client.get("/office/ledger/").status_code == 404
    client.logout()
    assert client.get(f"/office/ledger/{item.pk}/").status_code == 302


def test_steps_on_the_page_lead_round_to_close(client, crew):
    item = make_item(crew)
    for user, action, data, state in (
        (crew.doer, "start", {}, State.IN_PROGRESS),
        (crew.doer, "ask-close", {"ask-close-text": "好了"}, State.CLOSE_REQUESTED),
        (crew.judge, "return", {"return-text": "还差一块"}, State.RETURNED),
        (crew.doer, "ask-close", {}, State.CLOSE_REQUESTED),
        (crew.judge, "close", {"close-text": "看过"}, State.CLOSED),
        (crew.doer, "reopen", {"reopen-text": "又坏了"}, State.REOPENED),
    ):
        client.force_login(user)
        assert f"/office/ledger/{item.pk}/{action}/" in client.get(f"/office/ledger/{item.pk}/").content.decode()
        assert client.post(f"/office/ledger/{item.pk}/{action}/", data).status_code == 302
        item.refresh_from_db()
        assert item.state == state
    page = client.get(f"/office/ledger/{item.pk}/").content.decode()
    assert "还差一块" in page
    assert "又坏了" in page


def test_asker_sees_why_there_is_no_button(client, crew):
    item = asked(crew, responsible=crew.judge)
    client.force_login(crew.judge)
    page = client.get(f"/office/ledger/{item.pk}/").content.decode()
    assert "要由另一个人看过现场再销号" in page
    assert f"/office/ledger/{item.pk}/close/" not in page
    client.post(f"/office/ledger/{item.pk}/close/", {})
    item.refresh_from_db()
    assert item.state == State.CLOSE_REQUESTED


def test_return_without_reason_says_so_and_changes_nothing(client, crew):
    item = asked(crew)
    client.force_login(crew.judge)
    page = client.post(f"/office/ledger/{item.pk}/return/", {"return-text": ""})
    assert page.status_code == 422
    assert 'role="alert"' in page.content.decode()
    item.refresh_from_db()
    assert item.state == State.CLOSE_REQUESTED


def test_item_is_added_and_edited_with_money_as_people_write_it(client, crew):
    client.force_login(crew.boss)
    data = {
        "place": crew.village.pk, "title": "修屋顶", "source": "other", "deadline": "2026-12-01",
        "planned_fen": "1.2万", "measure": "", "responsible_unit": "", "people": "", "volunteers": "",
    }  # fmt: skip
    assert client.post("/office/ledger/add/", data).status_code == 302
    item = LedgerItem.everywhere.get()
    assert (item.title, item.planned_fen, item.county, item.added_by) == (
        "修屋顶",
        1_200_000,
        crew.town.county,
        crew.boss,
    )
    edited = {
        "title": "修屋顶和檐口",
        "planned_fen": "15,000",
        "granted_fen": "100",
        "spent_fen": "200.50",
        "money_note": "",
    }
    page = client.post(f"/office/ledger/{item.pk}/edit/", edited)
    assert "已用的钱超过到位的钱" in page.content.decode()
    assert client.post(f"/office/ledger/{item.pk}/edit/", edited | {"money_note": "垫付"}).status_code == 302
    item.refresh_from_db()
    assert (item.title, item.planned_fen, item.spent_fen) == ("修屋顶和檐口", 1_500_000, 20_050)


def test_form_of_an_item_sent_twice_is_one_item_and_another_form_is_another(client, crew):
    client.force_login(crew.boss)
    for _ in range(2):
        data = filled(client.get("/office/ledger/add/").context["form"])
        data |= {"place": str(crew.village.pk), "title": "修屋顶", "source": "other", "deadline": "2026-12-01"}
        for _ in range(2):
            assert client.post("/office/ledger/add/", data).status_code == 302
    assert LedgerItem.everywhere.filter(title="修屋顶").count() == 2


def test_edit_of_an_old_page_keeps_what_others_changed_and_says_where_both_did(client, crew):
    item = make_item(crew, measure="旧")
    client.force_login(crew.boss)
    address = f"/office/ledger/{item.pk}/edit/"
    mine = filled(client.get(address).context["form"])
    services.edit(by=crew.judge, item=item, now=NOW, measure="别人的", responsible_unit="村两委")
    assert client.post(address, mine | {"title": "坡道（南门）"}).status_code == 302
    item.refresh_from_db()
    assert (item.title, item.measure, item.responsible_unit) == ("坡道（南门）", "别人的", "村两委")
    page = client.post(address, mine | {"measure": "我的"})
    assert "别人把这一项改成了“别人的”" in page.content.decode()
    item.refresh_from_db()
    assert item.measure == "别人的"
    assert client.post(address, filled(page.context["form"])).status_code == 302  # seen it, and still mine
    item.refresh_from_db()
    assert item.measure == "我的"


def photo(position: bool = False) -> bytes:
    kept = BytesIO()
    exif = Image.Exif()
    if position:
        exif.get_ifd(0x8825)[1] = "N"
        exif[0x010F] = "手机"
    Image.new("RGB", (2400, 900), "red").save(kept, "JPEG", exif=exif)
    return kept.getvalue()


def test_evidence_is_a_picture_without_its_position_and_only_for_those_who_may_see(client, crew):
    item = make_item(crew)
    client.force_login(crew.doer)
    upload = SimpleUploadedFile("../../照片.exe", photo(position=True))
    assert client.post(f"/office/ledger/{item.pk}/evidence/", {"kind": "after", "file": upload}).status_code == 302
    evidence = Evidence.everywhere.get()
    assert evidence.file.name == f"ledger/{item.pk}/{evidence.token}.jpg"
    served = client.get(f"/office/ledger/{item.pk}/evidence/{evidence.token}")
    with Image.open(BytesIO(b"".join(served.streaming_content))) as image:
        assert (image.size, dict(image.getexif())) == ((2000, 750), {})
    assert served["Content-Type"] == "image/jpeg"
    client.force_login(make_staff(Role.VILLAGE_STAFF, make_village(crew.town)))
    assert client.get(f"/office/ledger/{item.pk}/evidence/{evidence.token}").status_code == 404


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"MZ\x90 not a picture", "只能传照片"),
        (b"<script>", "只能传照片"),
        (b"\xff\xd8\xff" + b"0" * 100, "只能传照片"),
    ],
)
def test_evidence_of_another_kind_is_refused_by_its_content(client, crew, content, words):
    item = make_item(crew)
    client.force_login(crew.doer)
    upload = SimpleUploadedFile("a.jpg", content, content_type="image/jpeg")
    page = client.post(f"/office/ledger/{item.pk}/evidence/", {"kind": "after", "file": upload})
    assert words in page.content.decode()
    assert Evidence.everywhere.count() == 0
