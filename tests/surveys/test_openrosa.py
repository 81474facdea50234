"""The protocol's corners, through Django's client: what is offered to whom, and what is refused with which words."""

from datetime import date, timedelta
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from tests.places.factories import make_village
from tests.surveys.collect import LIST, filled_in, new_instance
from tests.surveys.factories import make_campaign, make_definition, make_people, some_answers
from xiangli.audit.models import Event
from xiangli.surveys import services, throttle
from xiangli.surveys.figures import report
from xiangli.surveys.models import Response

pytestmark = pytest.mark.django_db
MESSAGE = "{http://openrosa.org/http/response}message"


@pytest.fixture(autouse=True)
def _fresh_cache():
    cache.clear()


@pytest.fixture
def village(town):
    return make_village(town, slug="jia", name="甲村")


@pytest.fixture
def access(campaign, village):
    return services.add_enumerator(by=None, campaign=campaign, place=village, label="调查员 1 号")


@pytest.fixture
def form(access, village):
    return services.phone_forms(campaign=access.enumerator.campaign, places=[village])[0].xml


@pytest.fixture
def send(client, access):
    """Sends the XML of a submission (or whatever fields are given) and returns (status, message)."""

    def answered(xml=None, **fields):
        files = {} if xml is None else {"xml_submission_file": SimpleUploadedFile("a.xml", xml, "text/xml")}
        answer = client.post(f"/odk/{access.token}/submission", {**files, **fields})
        return answer.status_code, ElementTree.fromstring(answer.content).findtext(MESSAGE)

    return answered


def listed(client, token, query=""):
    """The form ids of a list."""
    answer = client.get(f"/odk/{token}/formList{query}")
    assert answer.status_code == 200
    return [row.findtext(f"{LIST}formID") for row in ElementTree.fromstring(answer.content)]


def test_form_list_has_one_form_for_each_village_of_a_town(client, campaign, town, village):
    other = make_village(town)
    access = services.add_enumerator(by=None, campaign=campaign, place=town, label="镇里")
    ids = [f"{campaign.public_id}-{place.pk}" for place in (village, other)]
    assert sorted(listed(client, access.token)) == sorted(ids)
    assert listed(client, access.token, f"?formID={ids[1]}&deviceID=x&verbose=true") == [ids[1]]
    assert listed(client, access.token, "?formID=unknown") == []


def test_form_of_another_village_or_campaign_does_not_exist(client, access, campaign, town):
    other = make_village(town)
    for form_id in (f"{campaign.public_id}-{other.pk}", f"zzzzzzzzzz-{access.enumerator.place_id}", "x", "9" * 60):
        assert client.get(f"/odk/{access.token}/forms/{form_id}.xml").status_code == 404
        assert client.get(f"/odk/{access.token}/forms/{form_id}/manifest").status_code == 404


def test_form_list_is_empty_before_the_first_day_and_after_the_last(client, access, campaign):
    today = timezone.localdate()
    for opens, closes, count in ((1, None, 0), (0, 0, 1), (-9, -1, 0), (-9, None, 1)):
        campaign.opens = today + timedelta(days=opens)
        campaign.closes = None if closes is None else today + timedelta(days=closes)
        campaign.save()
        assert len(listed(client, access.token)) == count


def test_form_list_escapes_what_people_write(client, village):
    campaign = make_campaign(village, definition=make_definition())
    campaign.title = "吃<饭>&“睡”"
    campaign.save()
    access = services.add_enumerator(by=None, campaign=campaign, place=village, label="一")
    (row,) = ElementTree.fromstring(client.get(f"/odk/{access.token}/formList").content)
    assert row.findtext(f"{LIST}name") == "吃<饭>&“睡”（甲村）"
    answer = client.get(row.findtext(f"{LIST}downloadUrl"))
    assert "吃&lt;饭&gt;&amp;“睡”（甲村）" in answer.content.decode()


def test_form_is_the_same_byte_for_byte_when_it_is_made_again(access, village):
    campaign = access.enumerator.campaign
    first = services.phone_forms(campaign=campaign, places=[village])
    cache.clear()
    assert services.phone_forms(campaign=campaign, places=[village]) == first


def test_addresses_stay_below_the_one_the_phone_asked(client, access):
    answer = client.get(f"/odk/{access.token}/formList", headers={"host": "localhost:8000"})
    (row,) = ElementTree.fromstring(answer.content)
    for name in ("downloadUrl", "manifestUrl"):
        url = urlsplit(row.findtext(LIST + name))
        assert (url.netloc, url.path.startswith(f"/odk/{access.token}/forms/")) == ("localhost:8000", True)


def test_form_list_reads_the_same_number_of_rows_for_one_village_and_three(
    client, campaign, town, django_assert_num_queries
):
    access = services.add_enumerator(by=None, campaign=campaign, place=town, label="镇里")
    listed(client, access.token)
    with django_assert_num_queries(3):
        assert len(listed(client, access.token)) == 1
    make_village(town)
    make_village(town)
    listed(client, access.token)
    with django_assert_num_queries(3):
        assert len(listed(client, access.token)) == 3


def test_submission_is_sealed_as_a_phone_answer_with_its_event(send, form, access):
    assert send(filled_in(form, {"needs": "canteen", "say": "要热的"}, instance="uuid:1")) == (201, "收到了，谢谢。")
    response = Response.everywhere.get()
    assert (response.channel, response.place, response.version) == ("phone", access.enumerator.place, 1)
    assert (response.answers, response.texts) == ({"needs": ["canteen"]}, {"say": "要热的"})
    assert response.recorded_by is None
    event = Event.objects.get(verb="surveys.answered")
    assert (event.target_id, event.data) == (response.pk, {"channel": "phone"})


def test_answers_from_phones_end_in_the_figures(send, form, campaign, village):
    make_people(village)
    for row in some_answers(24):
        answers = {name: " ".join(value) if isinstance(value, list) else value for name, value in row.items()}
        assert send(filled_in(form, answers, instance=new_instance()))[0] == 201
    found = report(campaign, village)
    assert (found.answers, found.channels) == (24, {"phone": 24})
    lines = found.questions[0].lines
    assert [(line.label, line.respondents) for line in lines] == [
        ("服务canteen", 12), ("服务chess", 8), ("都不需要", 8),
    ]  # fmt: skip


def test_photos_are_never_kept_and_never_needed(send, form, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    file = SimpleUploadedFile("1.jpg", b"\xff\xd8\xff" + bytes(99), "image/jpeg")
    xml = filled_in(form, {"needs": "canteen"}, instance="uuid:1")
    assert send(xml, **{"1.jpg": file}) == (201, "收到了，谢谢。照片和附件没有保存，问卷不要照片。")
    assert list(tmp_path.iterdir()) == []


def test_split_upload_counts_once_whichever_part_comes_last(send, form):
    xml = filled_in(form, {"needs": "canteen"}, instance="uuid:1")
    assert send(xml, **{"*isIncomplete*": "yes"})[0] == 201
    assert send(xml, **{"*isIncomplete*": "yes"})[0] == 202
    assert send(xml)[0] == 202
    assert Response.everywhere.count() == 1


BILLION = b"""<?xml version="1.0"?><!DOCTYPE data [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><data id="x" version="1"><say>&c;</say></data>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE data [<!ENTITY a SYSTEM "file:///etc/passwd">]><data id="x">&a;</data>"""


@pytest.mark.parametrize(
    ("xml", "status", "word"),
    [
        (b"", 400, "XML"),
        (b"not xml", 400, "XML"),
        (b"<data id='x'><a></data>", 400, "XML"),
        (b"\xff\xfe<\x00d", 400, "XML"),
        (b"<?xml version='1.0' encoding='klingon'?><data/>", 400, "XML"),
        (BILLION, 400, "DTD"),
        (OUTSIDE, 400, "DTD"),
        (b"<data/>", 404, "没有这份表单"),
        (b"<data id='abc-1' version='1'/>", 404, "没有这份表单"),
        (b"<data id='" + b"9" * 5000 + b"-9'/>", 404, "没有这份表单"),
    ],
    ids=["empty", "text", "broken", "utf16", "encoding", "entities", "external", "no-id", "other-form", "long-id"],
)
def test_bad_xml_is_refused_with_a_reason(send, xml, status, word):
    answer = send(xml)
    assert (answer[0], word in answer[1]) == (status, True)
    assert Response.everywhere.count() == 0


@pytest.mark.parametrize(
    ("old", "new", "status", "word"),
    [
        (b'version="1"', b'version="2"', 404, "版本"),
        (b'version="1"', b"", 404, "版本"),
        (b'version="1"', b'version="-1"', 404, "版本"),
        (b'version="1"', b'version="99999999999999999999999"', 404, "版本"),
        (b"<instanceID>uuid:1</instanceID>", b"", 400, "编号"),
        (b"uuid:1", b"u" * 201, 400, "编号太长"),
        (b"<needs>canteen", b"<needs>swimming", 400, "没有“swimming”这个选项"),
        (b"<needs>canteen", b"<needs>", 400, "一道题也没有答"),
    ],
)
def test_submission_that_does_not_fit_is_refused_with_a_reason(send, form, old, new, status, word):
    xml = filled_in(form, {"needs": "canteen"}, instance="uuid:1")
    assert old in xml
    answer = send(xml.replace(old, new))
    assert (answer[0], word in answer[1]) == (status, True)
    assert Response.everywhere.count() == 0


def test_submission_without_its_file_or_with_two_is_refused(send, form, client, access):
    assert send() == (400, "应该正好有一份 xml_submission_file，这里有 0 份。")
    xml = filled_in(form, {"needs": "canteen"}, instance="uuid:1")
    assert send(xml_submission_file=[xml.decode(), "<b/>"]) == (
        400,
        "应该正好有一份 xml_submission_file，这里有 2 份。",
    )
    assert send(xml_submission_file=xml.decode()) == (201, "收到了，谢谢。")  # a plain field will do
    url = f"/odk/{access.token}/submission"
    assert client.post(url, b"x", content_type="text/xml").status_code == 400
    assert client.post(url, b"--x\r\n", content_type="multipart/form-data").status_code == 400
    assert client.post(url, b"--x\r\nbroken", content_type="multipart/form-data; boundary=x").status_code == 400


def test_submission_that_is_too_large_is_refused_by_its_length(send, settings):
    settings.PHONE_BODY_MAX = 1000
    assert send(bytes(2000))[0] == 413


def test_hundred_attachments_in_one_part_are_taken_as_collect_sends_them(send, form):
    files = {f"{n}.jpg": SimpleUploadedFile(f"{n}.jpg", b"x", "image/jpeg") for n in range(101)}
    assert send(filled_in(form, {"needs": "canteen"}, instance="uuid:1"), **files)[0] == 201
    assert send(None, **{f"{n}": SimpleUploadedFile(f"{n}", b"x") for n in range(151)})[0] == 400


def test_late_answers_are_taken_for_a_week_after_the_last_day(send, form, campaign):
    today = timezone.localdate()
    campaign.opens = date(2020, 1, 1)
    for late, status in ((7, 201), (8, 403)):
        campaign.closes = today - timedelta(days=late)
        campaign.save()
        xml = filled_in(form, {"needs": "canteen"}, instance=new_instance())
        answer = send(xml)
        assert answer[0] == status
    assert "已经截止" in answer[1]


def test_refused_late_answer_is_taken_when_the_last_day_is_moved(send, form, campaign):
    campaign.opens = date(2020, 1, 1)
    services.close_campaign(by=None, campaign=campaign, on=timezone.localdate() - timedelta(days=30))
    campaign.save()
    xml = filled_in(form, {"needs": "canteen"}, instance=new_instance())
    assert send(xml)[0] == 403
    services.move_last_day(by=None, campaign=campaign, day=timezone.localdate())
    assert send(xml)[0] == 201


def test_answer_from_a_village_that_was_closed_since_comes_home(client, campaign, town, village):
    access = services.add_enumerator(by=None, campaign=campaign, place=town, label="全镇")
    form = services.phone_forms(campaign=campaign, places=[village])[0].xml
    village.is_open = False
    village.save()
    xml = filled_in(form, {"needs": "canteen"}, instance=new_instance())
    file = SimpleUploadedFile("表（甲村）.xml", xml, "text/xml")
    photo = SimpleUploadedFile("照片·一.jpg", b"\xff\xd8\xff", "image/jpeg")
    answer = client.post(f"/odk/{access.token}/submission", {"xml_submission_file": file, "照片·一.jpg": photo})
    assert answer.status_code == 201
    assert Response.everywhere.get().place == village


def test_answer_before_the_first_day_is_refused(send, form, campaign):
    campaign.opens = timezone.localdate() + timedelta(days=1)
    campaign.save()
    answer = send(filled_in(form, {"needs": "canteen"}, instance="uuid:1"))
    assert (answer[0], "才开始" in answer[1]) == (403, True)


def test_same_answer_again_is_known_even_after_the_end(send, form, campaign):
    xml = filled_in(form, {"needs": "canteen"}, instance="uuid:1")
    assert send(xml)[0] == 201
    campaign.closes = timezone.localdate() - timedelta(days=30)
    campaign.save()
    assert send(xml) == (202, "这一份已经收到了。")


def test_revoked_phone_finds_nothing_and_a_renewed_one_needs_its_new_address(client, access):
    enumerator = access.enumerator
    services.revoke_enumerator(by=None, enumerator=enumerator, at=timezone.now())
    for path in ("formList", "submission"):
        answer = client.get(f"/odk/{access.token}/{path}")
        assert answer.status_code == (404 if path == "formList" else 405)
    assert client.head(f"/odk/{access.token}/submission").status_code == 404
    renewed = services.renew_enumerator(by=None, enumerator=enumerator)
    assert client.get(f"/odk/{access.token}/formList").status_code == 404
    assert len(listed(client, renewed.token)) == 1


def test_guessing_at_addresses_is_held_back(client, access):
    for n in range(throttle.WRONG_FROM_ONE_ADDRESS):
        assert client.get(f"/odk/guess{n}/formList").status_code == 404
    answer = client.get("/odk/guess/formList")
    assert (answer.status_code, answer["Retry-After"]) == (429, "900")
    assert client.get("/odk/guess/formList", REMOTE_ADDR="10.0.0.9").status_code == 404
    assert client.get(f"/odk/{access.token}/formList").status_code == 200  # a real phone on the same Wi-Fi


def test_log_names_refusals_but_no_key(client, access, form, caplog):
    xml = SimpleUploadedFile("a.xml", b"broken")
    assert client.post(f"/odk/{access.token}/submission", {"xml_submission_file": xml}).status_code == 400
    assert client.get("/odk/formList").status_code == 401
    assert [record.getMessage() for record in caplog.records] == ["POST submission: 400"]


def test_one_phone_sends_no_more_than_its_share(send, form, monkeypatch):
    monkeypatch.setattr(throttle, "SENT_BY_ONE_PHONE", 2)
    statuses = [send(filled_in(form, {"needs": "chess"}, instance=new_instance()))[0] for _ in range(3)]
    assert statuses == [201, 201, 429]


def test_only_these_addresses_do_without_a_csrf_token(access, form):
    from django.test import Client
    from django.urls import URLPattern, get_resolver

    strict = Client(enforce_csrf_checks=True)
    xml = SimpleUploadedFile("a.xml", filled_in(form, {"needs": "canteen"}, instance="uuid:1"))
    assert strict.post(f"/odk/{access.token}/submission", {"xml_submission_file": xml}).status_code == 201
    ours = [
        entry.name
        for include in get_resolver().url_patterns
        for entry in getattr(include, "url_patterns", [include])
        if isinstance(entry, URLPattern) and getattr(entry.callback, "csrf_exempt", False)
        and entry.callback.__module__.startswith(("xiangli.surveys.views.openrosa", "xiangli.surveys.views.phones"))
    ]  # fmt: skip
    assert set(ours) == {"odk_form_list", "odk_form", "odk_manifest", "odk_submission"}


def test_answers_carry_openrosas_headers_whatever_the_status(client, access):
    urls = [f"/odk/{access.token}/formList", f"/odk/{access.token}/submission", "/odk/formList", "/odk/nobody/formList"]
    answers = [client.get(url) for url in urls]
    assert [answer.status_code for answer in answers] == [200, 405, 401, 404]
    for answer in answers:
        assert answer["Content-Type"] == "text/xml; charset=utf-8"
        assert answer["X-OpenRosa-Version"] == "1.0"
        assert answer["X-OpenRosa-Accept-Content-Length"] == "10000000"
        assert answer["Date"].endswith(" GMT")
