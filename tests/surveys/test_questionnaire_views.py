"""A questionnaire is made in the office, page by page."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from pypdfium2 import PdfDocument

from tests.places.factories import make_staff
from tests.surveys.factories import answer, make_definition
from tests.surveys.xlsform.forms import make_workbook
from xiangli.accounts.choices import Role
from xiangli.surveys import services
from xiangli.surveys.channels import languages
from xiangli.surveys.models import Campaign
from xiangli.surveys.xlsform import import_workbook

pytestmark = pytest.mark.django_db
ABOUT = {"title": "冬天办什么？", "opens": "2026-01-01", "handler": "镇党政办", "contact": "0379-0000"}


def names(campaign):
    campaign.refresh_from_db()
    return [question["name"] for question in campaign.definition["questions"]]


def edit(official, campaign, name="", **fields):
    url = reverse("question_edit", args=[campaign.pk]) + (f"?q={name}" if name else "")
    return official.post(url, fields)


def test_campaign_is_made_from_nothing_question_by_question(official, town, village):
    first = {"label": "去过中心吗", "kind": "single", "options": "去过\n没去过\n"}
    page = official.post(reverse("questionnaire_new"), {**ABOUT, "place": town.pk, **first})
    made = Campaign.everywhere.get()
    assert page.url == reverse("questionnaire", args=[made.pk])
    edit(official, made, label="为什么没去", kind="text", skip=["0|1"], lines="3", required="on")
    edit(official, made, label="几口人", kind="number", min="1", max="20", whole="on", section="家里")
    made.refresh_from_db()
    why, people = made.definition["questions"][1:]
    assert (why["label"], why["relevant"], why["lines"]) == ("为什么没去", {"question": "q1", "is": "没去过"}, 3)
    assert (people["name"], people["min"], people["max"], people["whole"]) == ("q3", 1.0, 20.0, True)
    assert made.version == 3
    assert "镇党政办（0379-0000）" in made.notice


def test_question_is_moved_changed_and_removed(official, campaign):
    move = reverse("question_move", args=[campaign.pk])
    official.post(move, {"name": "sex", "to": "up"})
    assert names(campaign) == ["needs", "sex", "band", "age", "group", "say"]
    official.post(move, {"name": "sex", "to": "down"})
    official.post(move, {"name": "say", "to": "out"})
    assert names(campaign) == ["needs", "band", "sex", "age", "group"]
    edit(official, campaign, "age", label="多大年纪", kind="single", role="age", options="18–44 岁\n60 岁以上")
    campaign.refresh_from_db()
    assert [(o["name"], o["category"]) for o in campaign.definition["questions"][3]["options"]] == [
        ("18-44", "18-44"), ("o1", "60+"),
    ]  # fmt: skip
    edit(official, campaign, "needs", label="要什么", kind="multiple", role="need", options="乡里食堂\n种花\n都不要")
    campaign.refresh_from_db()
    options = campaign.definition["questions"][0]["options"]
    assert [(o["label"], o.get("service"), o.get("exclusive")) for o in options] == [
        ("乡里食堂", "canteen", None), ("种花", None, None), ("都不要", None, True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"label": "", "kind": "text"}, 'role="alert"'),
        ({"label": "甲", "kind": "single", "options": " \n"}, "请写选项"),
        ({"label": "甲", "kind": "single", "options": "一样\n一样"}, "有两个选项都是“一样”"),
        ({"label": "甲", "kind": "single", "role": "band", "options": "半夜"}, "问时段的题"),
        ({"label": "甲", "kind": "single", "role": "sex", "options": "女"}, "只能有一道题"),
        ({"label": "甲", "kind": "number", "min": "9", "max": "1"}, "范围反了"),
    ],
)
def test_question_that_cannot_be_is_refused_with_everything_typed_kept(official, campaign, fields, words):
    page = edit(official, campaign, **fields).content.decode()
    assert words in page
    assert fields["label"] in page
    assert fields.get("options", "").strip() in page
    assert len(names(campaign)) == 6


def test_question_that_others_depend_on_is_not_removed_or_moved_behind_them(official, campaign):
    edit(official, campaign, label="为什么", kind="text", skip=["1|0"])
    move = reverse("question_move", args=[campaign.pk])
    page = official.post(move, {"name": "band", "to": "out"}, follow=True).content.decode()
    assert "第 7 题“为什么”的跳答条件要看这道题" in page
    for _ in range(6):
        official.post(move, {"name": "q1", "to": "up"})
    assert names(campaign).index("q1") == 2


def test_questionnaire_that_somebody_has_answered_is_frozen(official, campaign, village):
    answer(campaign, village, needs=["canteen"])
    page = official.get(reverse("questionnaire", args=[campaign.pk])).content.decode()
    assert "题目不能再改" in page
    assert "删去" not in page
    assert "已经有人答了" in edit(official, campaign, label="甲", kind="text").content.decode()
    official.post(reverse("question_move", args=[campaign.pk]), {"name": "say", "to": "out"})
    assert len(names(campaign)) == 6


def test_questionnaire_is_changed_by_those_who_run_the_place_only(client, campaign, village):
    client.force_login(make_staff(Role.VILLAGE_STAFF, village))
    page = client.get(reverse("questionnaire", args=[campaign.pk]))
    assert (page.status_code, "加一道题" in page.content.decode()) == (200, False)
    assert client.get(reverse("question_edit", args=[campaign.pk])).status_code == 404
    for name in ("question_move", "questionnaire_words", "questionnaire_unfasten", "questionnaire_replace"):
        assert client.post(reverse(name, args=[campaign.pk])).status_code == 404
    assert client.get(reverse("questionnaire_new")).status_code == 404


def test_sample_sheet_shows_skip_rules_and_belongs_to_no_survey(official, campaign):
    edit(official, campaign, label="为什么", kind="text", skip=["1|0"])
    page = official.get(reverse("questionnaire_pdf", args=[campaign.pk]))
    text = "".join(one.get_textpage().get_text_bounded() for one in PdfDocument(BytesIO(page.content)))
    assert "第 2 题选了“上午”的" in text.replace("\r\n", "")
    assert official.get(reverse("questionnaire_web", args=[campaign.pk])).status_code == 200


SURVEY = [
    ["type", "name", "label::English (en)", "label::简体中文 (zh-Hans)"],
    ["select_one ab", "q", "Been there?", "去过吗"],
    ["geopoint", "where", "Where?", "在哪"],
]  # fmt: skip
CHOICES = [
    ["list_name", "name", "label::English (en)", "label::简体中文 (zh-Hans)"],
    ["ab", "a", "Yes", "去过"], ["ab", "b", "No", "没有"],
]  # fmt: skip
SETTINGS = [["form_title", "default_language"], ["旅游", "简体中文 (zh-Hans)"]]


def upload(data):
    return SimpleUploadedFile("form.xlsx", data)


@pytest.fixture
def imported(official, town, village):
    book = make_workbook(survey=SURVEY, choices=CHOICES, settings=SETTINGS)
    official.post(reverse("questionnaire_import"), {**ABOUT, "title": "", "place": town.pk, "file": upload(book)})
    return Campaign.everywhere.get()


def test_workbook_becomes_a_campaign_and_says_what_paper_cannot_carry(official, imported):
    page = official.get(reverse("questionnaire", args=[imported.pk])).content.decode()
    assert imported.title == "旅游"
    assert "定位：只在 ODK 手机表单里" in page
    assert "定位：只在 ODK 手机表单里" in official.get(reverse("survey", args=[imported.pk])).content.decode()
    assert "语言：简体中文 (zh-Hans)、English (en)" in page
    book = official.get(reverse("questionnaire_xlsx", args=[imported.pk])).content
    assert import_workbook(book).definition == imported.definition


def test_imported_questionnaire_is_changed_here_only_when_the_rest_is_given_up(official, imported):
    assert "加一道题" not in official.get(reverse("questionnaire", args=[imported.pk])).content.decode()
    official.post(reverse("questionnaire_unfasten", args=[imported.pk]))
    imported.refresh_from_db()
    assert {"source", "odk_only"} & set(imported.definition) == set()
    assert "加一道题" in official.get(reverse("questionnaire", args=[imported.pk])).content.decode()


def test_changed_workbook_takes_the_place_of_the_questions(official, campaign):
    book = make_workbook(survey=[["type", "name", "label"], ["text", "t", "说说看"]])
    official.post(reverse("questionnaire_replace", args=[campaign.pk]), {"file": upload(book)})
    assert names(campaign) == ["t"]
    page = official.post(reverse("questionnaire_replace", args=[campaign.pk]), {"file": upload(b"no")}, follow=True)
    assert "需要的是" in page.content.decode()
    assert names(campaign) == ["t"]


def test_workbook_that_is_refused_keeps_what_was_typed(official, town, village):
    book = make_workbook(survey=[["type", "name"], ["begin group", "g"]])
    page = official.post(reverse("questionnaire_import"), {**ABOUT, "place": town.pk, "file": upload(book)})
    assert "pyxform 给出的原因" in page.content.decode()
    assert "冬天办什么？" in page.content.decode()
    assert Campaign.everywhere.count() == 0


def test_web_form_is_shown_in_the_chosen_language(client, imported):
    url = reverse("survey_answer", args=[imported.public_id])
    assert "去过吗" in client.get(url).content.decode()
    page = client.get(url + "?v=jia&l=1").content.decode()
    assert "Been there?" in page
    assert 'lang="en"' in page
    assert client.get(url + "?l=99").status_code == 200


def test_words_before_the_questions_are_changed(official, campaign):
    words = {"intro": "大家好", "notice": "新的告知", "voluntary": "自愿填写"}
    official.post(reverse("questionnaire_words", args=[campaign.pk]), words)
    campaign.refresh_from_db()
    assert (campaign.definition["intro"], campaign.notice) == ("大家好", "新的告知")
    refused = official.post(reverse("questionnaire_words", args=[campaign.pk]), {**words, "notice": "", "intro": "早"})
    assert (refused.status_code, refused.context["words_form"]["intro"].value()) == (422, "早")
    campaign.refresh_from_db()
    assert campaign.notice == "新的告知"


def test_standard_questionnaire_has_no_gaps(official, campaign):
    assert "不是各种渠道都问得了" not in official.get(reverse("questionnaire", args=[campaign.pk])).content.decode()
    services.change_questionnaire(by=None, campaign=campaign, definition=make_definition("canteen"))


def translate(official, campaign, **said):
    return official.post(reverse("questionnaire_language", args=[campaign.pk]), said, follow=True).content.decode()


def test_questionnaire_is_translated_in_the_office_and_asked_in_both_languages(official, client, campaign):
    page = official.get(reverse("questionnaire_language", args=[campaign.pk]), {"to": "English (en)"})
    assert 'name="q0-0"' in page.content.decode()
    translate(official, campaign, to="English (en)", q0="What do you need?", **{"q0-0": "Canteen", "q1": "  "})
    campaign.refresh_from_db()
    needs, band = campaign.definition["questions"][:2]
    assert needs["translations"] == {"English (en)": {"label": "What do you need?"}}
    assert needs["options"][0]["translations"] == {"English (en)": {"label": "Canteen"}}
    assert "translations" not in band
    shown = client.get(reverse("survey_answer", args=[campaign.public_id]) + "?v=jia&l=1").content.decode()
    assert "What do you need?" in shown
    book = official.get(reverse("questionnaire_xlsx", args=[campaign.pk])).content
    assert import_workbook(book).definition["questions"][0]["translations"] == needs["translations"]


def test_translation_that_cannot_be_kept_is_not_lost(official, campaign, village):
    """Somebody answered while it was being written."""
    answer(campaign, village, needs=["canteen"])
    sent = {"to": "English (en)", "q0": "What do you need?", "q0-0": "Canteen"}
    page = official.post(reverse("questionnaire_language", args=[campaign.pk]), sent)
    said = {row.key: row.said for row in page.context["rows"] if row.said}
    assert (page.status_code, said) == (422, {"q0": "What do you need?", "q0-0": "Canteen"})


def test_translation_is_taken_back_word_by_word_or_whole(official, campaign):
    translate(official, campaign, to="English (en)", q0="What?", q1="When?")
    translate(official, campaign, to="English (en)", q0="", q1="When?")
    campaign.refresh_from_db()
    assert languages(campaign.definition) == ["简体中文 (zh-Hans)", "English (en)"]
    assert "translations" not in campaign.definition["questions"][0]
    translate(official, campaign, to="English (en)", drop="1")
    campaign.refresh_from_db()
    assert languages(campaign.definition) == ["简体中文 (zh-Hans)"]


@pytest.mark.parametrize(
    ("language", "words"), [("", "请写语言的名字"), ("甲" * 61, "请写语言的名字"), ("简体中文 (zh-Hans)", "请换一种")]
)
def test_language_that_cannot_be_is_refused(official, campaign, language, words):
    assert words in translate(official, campaign, to=language, q0="What?")


def test_languages_of_an_imported_workbook_stay_in_the_workbook(official, imported):
    before = imported.definition
    assert "请在工作簿里加" in translate(official, imported, to="藏语 (bo)", q0="What?")
    imported.refresh_from_db()
    assert imported.definition == before
