import re
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from tests.places.factories import make_county, make_staff, make_town, make_village
from tests.surveys.factories import make_answers, make_campaign, make_definition, some_answers
from xiangli.accounts.choices import Role
from xiangli.core.tables import read_table
from xiangli.surveys import queries, services
from xiangli.surveys.models import Campaign, PrintRun, ScanBatch

pytestmark = pytest.mark.django_db
IMMEDIATE = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend", "QUEUES": ["default"]}}


@pytest.fixture(autouse=True)
def _fresh_cache():
    cache.clear()


def form_url(campaign, village=""):
    return reverse("survey_answer", args=[campaign.public_id]) + (f"?v={village}" if village else "")


def fields(**answers):
    return {"uuid": str(uuid4()), **{f"q-{name}": value for name, value in answers.items()}}


def test_web_form_shows_notice_and_voluntary_line_and_asks_no_name(client, campaign):
    page = client.get(form_url(campaign, "jia")).content.decode()
    assert campaign.notice in page
    assert "自愿填写，非统计调查" in page
    assert "姓名</label>" not in page
    assert re.findall(r"<script(?! src=)", page) == []


def test_web_answer_is_sealed_and_thanked(client, campaign, village):
    response = client.post(form_url(campaign, "jia"), fields(needs=["canteen"], age="70+"))
    assert response.url == reverse("survey_thanks", args=[campaign.public_id, "jia"])
    sealed = campaign.responses.get()
    assert (sealed.place, sealed.channel, sealed.answers) == (village, "web", {"needs": ["canteen"], "age": "70+"})
    assert "谢谢" in client.get(response.url).content.decode()


def test_web_form_asks_for_the_village_where_there_are_several(client, campaign, town):
    other = make_village(town, slug="yi")
    page = client.post(form_url(campaign), fields(needs=["canteen"]))
    assert "village" in page.context["form"].errors
    client.post(form_url(campaign), {**fields(needs=["canteen"]), "village": "yi"})
    assert campaign.responses.get().place == other


@pytest.mark.parametrize(
    "sent", [{}, {"needs": ["fire"]}, {"age": "1000"}, {"needs": ["canteen"], "website": "spam"}, {"uuid": "x"}]
)
def test_web_answer_that_cannot_be_used_is_not_taken(client, campaign, village, sent):
    data = fields(**{k: v for k, v in sent.items() if k not in ("website", "uuid")})
    data |= {k: v for k, v in sent.items() if k in ("website", "uuid")}
    assert client.post(form_url(campaign, "jia"), data).status_code == 200
    assert campaign.responses.count() == 0


def test_web_form_of_a_closed_campaign_says_so(client, campaign):
    services.close_campaign(by=None, campaign=campaign, on=campaign.opens)
    page = client.post(form_url(campaign, "jia"), fields(needs=["canteen"]))
    assert "2020年1月1日截止" in page.content.decode()
    assert campaign.responses.count() == 0


def test_flood_from_one_address_is_held_back(client, campaign, village, monkeypatch):
    monkeypatch.setattr("xiangli.surveys.throttle.FROM_ONE_ADDRESS", 2)
    pages = [client.post(form_url(campaign, "jia"), fields(needs=["canteen"])) for _ in range(3)]
    assert [page.status_code for page in pages] == [302, 302, 200]
    assert "柜台" in str(pages[2].context["form"].errors)


def test_unknown_address_is_404(client, village, campaign):
    assert client.get("/s/nothing/").status_code == 404
    assert client.get(reverse("survey_thanks", args=[campaign.public_id, "nowhere"])).status_code == 404


def test_published_needs_are_shown_and_small_numbers_are_not(client, campaign, village):
    url = reverse("needs_public", args=[campaign.public_id, "jia"])
    assert "还没有公布" in client.get(url).content.decode()
    make_answers(campaign, village, [*some_answers(24), *[{"needs": ["chess"], "age": "70+"}] * 3])
    services.derive_needs(by=None, campaign=campaign, place=village)
    assert "还没有公布" in client.get(url).content.decode()
    services.publish_needs(by=None, lists=queries.needs_lists(village), at=timezone.now())
    page = client.get(url)
    assert [line["label"] for line in page.context["whole"]] == ["服务canteen", "服务chess"]
    assert all(line["people"] >= 5 for _, lines in page.context["groups"] for line in lines)


PAGES = ["survey", "survey_import", "survey_review", "survey_figures", "survey_counter", "survey_template"]


@pytest.mark.parametrize("name", PAGES)
def test_office_page_is_shown_to_those_who_work_there_only(client, campaign, village, name):
    make_answers(campaign, village, some_answers(8))
    url = reverse(name, args=[campaign.pk])
    assert client.get(url).status_code == 302  # to the log-in
    client.force_login(make_staff(Role.VILLAGE_STAFF, village))
    assert client.get(url).status_code == 200
    client.force_login(make_staff(Role.TOWN, make_town(make_county("other", "别县"), "elsewhere")))
    assert client.get(url).status_code == 404


def test_village_staff_may_not_derive_or_publish(client, campaign, village):
    client.force_login(make_staff(Role.VILLAGE_STAFF, village))
    for name in ("survey_derive", "survey_publish", "survey_close"):
        assert client.post(reverse(name, args=[campaign.pk])).status_code == 404


def test_town_makes_a_campaign_from_the_catalogue(official, campaign, town):
    page = official.post(
        reverse("survey_new"),
        {
            "title": "冬天办什么？", "place": town.pk, "opens": "2026-01-01", "handler": "镇党政办", "contact": "电话",
            "services": ["chess"],
        },
    )  # fmt: skip
    made = Campaign.everywhere.get(title="冬天办什么？")
    assert page.url == reverse("survey", args=[made.pk])
    assert [option["name"] for option in made.definition["questions"][0]["options"]] == ["chess", "none"]
    assert "镇党政办" in made.notice


def test_answers_are_weighed_derived_and_published_from_the_page(official, campaign, village):
    make_answers(campaign, village, some_answers(24))
    official.post(reverse("survey_derive", args=[campaign.pk]))
    assert campaign.responses.filter(weight=None).count() == 0
    official.post(reverse("survey_publish", args=[campaign.pk]))
    assert queries.published_needs(village).campaign == campaign
    page = official.get(reverse("survey_needs", args=[campaign.pk, village.pk]))
    assert [wish["label"] for wish in page.context["wishes"]] == ["服务canteen", "服务chess"]
    book = read_table(official.get(reverse("needs_xlsx", args=[campaign.pk, village.pk])).content, header_has=["需求"])
    assert {row.cells[0] for row in book.rows} == {"甲村"}


def test_counter_takes_an_answer_for_somebody(client, campaign, village):
    client.force_login(make_staff(Role.COUNTER, village))
    client.post(reverse("survey_counter", args=[campaign.pk]), fields(needs=["chess"]))
    assert campaign.responses.get().channel == "counter"


def test_other_words_in_a_form_that_was_sent_already_are_told(client, campaign, village):
    sent = fields(say="要一个食堂")
    assert client.post(form_url(campaign, "jia"), sent).status_code == 302
    assert client.post(form_url(campaign, "jia"), sent).status_code == 302
    page = client.post(form_url(campaign, "jia"), {**sent, "q-say": "要一盏路灯"})
    assert (page.status_code, "不能再改" in page.content.decode()) == (200, True)
    assert [row.texts for row in campaign.responses.all()] == [{"say": "要一个食堂"}]


def test_counter_fills_in_the_next_one_in_the_same_form_and_loses_nothing(client, campaign, village):
    client.force_login(make_staff(Role.COUNTER, village))
    url = reverse("survey_counter", args=[campaign.pk])
    sent = fields(needs=["chess"])
    client.post(url, sent)
    page = client.post(url, {**sent, "q-needs": ["canteen"]})
    assert (page.status_code, "请再点一次" in page.content.decode()) == (200, True)
    again = page.context["form"]["uuid"].value()
    assert client.post(url, {"uuid": again, "q-needs": ["canteen"]}).status_code == 302
    assert [row.answers for row in campaign.responses.order_by("pk")] == [{"needs": ["chess"]}, {"needs": ["canteen"]}]


def test_sheets_are_printed_downloaded_and_numbered(official, campaign, village):
    url = reverse("survey_print", args=[campaign.pk])
    official.post(url, {"print-village": village.pk, "print-copies": 2})
    run = PrintRun.everywhere.get()
    assert (run.place, run.first, run.last) == (village, 1, 2)
    pdf = b"".join(official.get(reverse("sheets_pdf", args=[run.pk])).streaming_content)
    assert pdf.startswith(b"%PDF")


def test_sheets_are_printed_in_a_language_and_printed_again_in_it(official, village):
    asked = make_definition()
    asked["questions"][0]["translations"] = {"English (en)": {"label": "What do you need"}}
    campaign = make_campaign(village.parent, definition=asked)
    page = official.get(reverse("survey", args=[campaign.pk]))
    shown = page.context["print_form"].fields["language"].choices
    assert shown == [("", "简体中文 (zh-Hans)"), ("en", "English (en)"), ("zh-Hant", "繁體中文 (zh-Hant)")]
    official.post(
        reverse("survey_print", args=[campaign.pk]),
        {"print-village": village.pk, "print-copies": 1, "print-language": "en"},
    )
    run = PrintRun.everywhere.get(campaign=campaign)
    assert (run.language, run.layout["language"]) == ("English (en)", "en")
    assert run.layout["questions"][0]["label"] == asked["questions"][0]["label"]
    assert "English (en)" in official.get(reverse("survey", args=[campaign.pk])).content.decode()
    pdf = b"".join(official.get(reverse("sheets_pdf", args=[run.pk])).streaming_content)
    assert "What do you need" in text_of(pdf)


def test_language_that_the_questionnaire_lacks_is_refused(official, campaign, village):
    sent = {"print-village": village.pk, "print-copies": 1, "print-language": "fr"}
    page = official.post(reverse("survey_print", args=[campaign.pk]), sent)
    assert (page.status_code, "没有印：" in page.content.decode()) == (422, True)
    assert page.context["print_form"].data.dict() == {name: str(value) for name, value in sent.items()}
    assert not PrintRun.everywhere.exists()


def test_number_of_households_asked_that_is_none_is_asked_again_as_it_was_written(official, campaign, village):
    sent = {"sample-village": str(village.pk), "sample-kind": "srs", "sample-invited": "六十"}
    page = official.post(reverse("survey_sample", args=[campaign.pk]), sent)
    assert (page.status_code, "没有记下：" in page.content.decode()) == (422, True)
    assert page.context["sample_form"].data.dict() == sent
    assert page.content.decode().count("六十") == 1


def text_of(pdf):
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    try:
        return document[0].get_textpage().get_text_range()
    finally:
        document.close()


def test_upload_that_is_no_scan_is_refused_by_name(official, campaign, village, tmp_path):
    files = [SimpleUploadedFile("说明.csv", b"a,b\n1,2\n"), SimpleUploadedFile("半张.png", b"")]
    with override_settings(DATA=tmp_path, TASKS=IMMEDIATE):
        page = official.post(
            reverse("survey_upload", args=[campaign.pk]),
            {"scans-village": village.pk, "scans-scans": files},
            follow=True,
        ).content.decode()
    assert "说明.csv：这是CSV 文本表格" in page
    assert "半张.png：文件是空的。" in page
    assert (ScanBatch.everywhere.count(), list(tmp_path.iterdir())) == (0, [])


def test_uploaded_scans_are_kept_and_read_in_the_background(official, campaign, village, tmp_path):
    file = SimpleUploadedFile("../../cat.png", b"\x89PNG\r\n\x1a\n not a picture")
    with override_settings(DATA=tmp_path, TASKS=IMMEDIATE):
        official.post(
            reverse("survey_upload", args=[campaign.pk]), {"scans-village": village.pk, "scans-scans": [file]}
        )
    batch = ScanBatch.everywhere.get()
    assert (batch.state, batch.files) == ("failed", 1)  # nothing was ever printed for this campaign
    assert [path.name for path in (tmp_path / batch.archive).iterdir()] == ["0001-cat.png"]


def test_review_shows_one_mark_decides_and_counts_in(official, campaign, village):
    row = {"file": "a.jpg", "sheet": 1, "page": 1, "question": "needs", "state": "review", "score": 0.4}
    services.record_readings(
        by=None, campaign=campaign, place=village, readings=[row | {"option": "chess"}, row | {"option": "canteen"}],
        crops={(1, "needs", "chess"): b"\x89PNG"},
    )  # fmt: skip
    url = reverse("survey_review", args=[campaign.pk])
    page = official.get(url)
    assert (page.context["left"], page.context["shown"]["option"]) == (2, "服务chess")
    assert "data:image/png;base64,iVBORw==" in page.content.decode()
    for said in ("yes", "no"):
        mark = official.get(url).context["shown"]["mark"]
        official.post(reverse("review_decide", args=[campaign.pk, mark.pk]), {"marked": said})
    official.post(reverse("review_undo", args=[campaign.pk]))
    mark = official.get(url).context["shown"]["mark"]
    assert mark.option == "canteen"
    official.post(reverse("review_decide", args=[campaign.pk, mark.pk]), {"marked": "no"})
    official.post(reverse("review_seal", args=[campaign.pk]))
    assert campaign.responses.get().answers == {"needs": ["chess"]}


def test_mark_of_another_village_is_404(client, campaign, village, town):
    row = {
        "file": "a.jpg",
        "sheet": 1,
        "page": 1,
        "question": "needs",
        "option": "chess",
        "state": "review",
        "score": 0.4,
    }
    services.record_readings(by=None, campaign=campaign, place=village, readings=[row])
    (mark,) = queries.open_doubts(campaign, village)
    client.force_login(make_staff(Role.VILLAGE_STAFF, make_village(town)))
    url = reverse("review_decide", args=[campaign.pk, mark.pk])
    assert client.post(url, {"marked": "yes"}).status_code == 404


CSV = "村,您最想让中心办什么？,几岁\n甲村,服务canteen；服务chess,70 岁以上\n甲村,放电影,\n丙村,无,\n"


def test_spreadsheet_is_checked_before_anything_is_written(official, campaign, village, town):
    make_village(town, name="乙村")
    url = reverse("survey_import", args=[campaign.pk])
    page = official.post(url, {"file": SimpleUploadedFile("答卷.csv", CSV.encode("gbk"))})
    assert campaign.responses.count() == 0
    assert [row.line for row in page.context["answers"].rows] == [2]
    assert page.context["refused"] == [
        (3, "列“您最想让中心办什么？”的值“放电影”不在对应表里"),
        (4, "村名“丙村”不在这次要收的村里"),
    ]
    columns = {
        "sheet": page.context["sheet"],
        "place": "村",
        "q-needs": "您最想让中心办什么？",
        "q-age": "几岁",
    }
    page = official.post(url, columns)
    official.post(url, {"checked": page.context["checked"]})
    assert campaign.responses.get().answers == {"needs": ["canteen", "chess"], "age": "70+"}
    campaign.refresh_from_db()
    assert campaign.mapping["age"] == "几岁"
    page = official.post(url, {"file": SimpleUploadedFile("二.csv", CSV.replace("放电影", "服务chess").encode())})
    assert page.context["answers"].rows[0].answers["age"] == "70+"  # the columns of the last time are remembered


@pytest.mark.parametrize("content", [b"", b"%PDF-1.4", "只有一行表头".encode()])
def test_file_that_is_no_table_of_answers_is_a_message(official, campaign, content):
    url = reverse("survey_import", args=[campaign.pk])
    page = official.post(url, {"file": SimpleUploadedFile("a.csv", content)})
    assert page.status_code == 200
    assert campaign.responses.count() == 0


def test_forged_check_result_is_refused(official, campaign, village):
    page = official.post(reverse("survey_import", args=[campaign.pk]), {"checked": "forged"}, follow=True)
    assert "请重新上传" in page.content.decode()


@pytest.mark.parametrize("name", ["surveys_list", "survey"])
def test_query_count_does_not_grow_with_rows(official, town, django_assert_num_queries, name):
    def page():
        args = [] if name == "surveys_list" else [Campaign.everywhere.first().pk]
        return official.get(reverse(name, args=args))

    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def add():
        village = make_village(town)
        campaign = make_campaign(town)
        make_answers(Campaign.everywhere.first(), village, some_answers(2))
        return campaign

    add()
    page()
    with CaptureQueriesContext(
        connection,
    ) as once:
        page()
    add()
    add()
    with django_assert_num_queries(len(once)):
        page()


@pytest.mark.parametrize(("given", "taken"), [("1e308", False), ("-2e12", False), ("1e12", True)])
def test_number_in_jest_does_not_spoil_the_mean(client, village, given, taken):
    asked = {"name": "n", "kind": "number", "label": "几口人", "options": []}
    definition = make_definition()
    campaign = make_campaign(village, definition={**definition, "questions": [*definition["questions"], asked]})
    page = client.post(form_url(campaign, village.slug), fields(n=given))
    assert (page.status_code == 302, campaign.responses.count()) == (taken, int(taken))
    assert taken or "太大了" in page.content.decode()
