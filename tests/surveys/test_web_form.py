"""The public form: what the page's script sends, what a bad line does to it, and what stays typed."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.places.factories import make_staff, make_town, make_village
from tests.surveys.factories import make_campaign, make_people
from xiangli.accounts.choices import Role
from xiangli.surveys import services

pytestmark = pytest.mark.django_db
YES_NO = [{"name": "有", "label": "有"}, {"name": "没有", "label": "没有"}]
ONLY_IF = {"question": "q", "is": "有"}
QUESTIONS = [
    {"name": "q", "kind": "single", "label": "有老人吗", "options": YES_NO, "section": "家里"},
    {"name": "n", "kind": "number", "label": "几位", "whole": True, "required": True, "relevant": ONLY_IF},
    {"name": "d", "kind": "date", "label": "哪天方便", "section": "时间"},
    {"name": "t", "kind": "text", "label": "别的话"},
]  # fmt: skip


@pytest.fixture(autouse=True)
def _fresh_cache():
    cache.clear()


@pytest.fixture
def campaign():
    town = make_town()
    make_people(make_village(town, slug="jia", name="甲村"))
    return make_campaign(town, definition={"notice": "谁在处理", "questions": QUESTIONS})


def address(campaign, name="survey_send"):
    return reverse(name, args=[campaign.public_id]) + "?v=jia"


def fields(**answers):
    return {"uuid": str(uuid4()), **{f"q-{name}": value for name, value in answers.items()}}


def test_answer_sent_by_the_script_counts_once_however_often_it_comes(campaign):
    client, data = Client(enforce_csrf_checks=True), fields(q="有", n="2", t="你好")
    for _ in range(2):
        reply = client.post(address(campaign), data)
        assert reply.json() == {"thanks": reverse("survey_thanks", args=[campaign.public_id, "jia"])}
    sealed = campaign.responses.get()
    assert (sealed.answers, sealed.texts, sealed.channel) == ({"q": "有", "n": 2}, {"t": "你好"}, "web")


def test_answer_sent_by_the_script_is_nobodys_though_somebody_is_logged_in(client, campaign):
    client.force_login(make_staff(Role.TOWN, campaign.place))
    client.post(address(campaign), fields(q="没有"))
    assert campaign.responses.get().recorded_by is None


def test_other_answers_under_the_same_number_are_not_taken_silently(client, campaign):
    data = fields(q="没有")
    client.post(address(campaign), data)
    reply = client.post(address(campaign), {**data, "q-q": "有", "q-n": "1"})
    assert (reply.status_code, "已经交过一份" in reply.json()["reason"]) == (422, True)
    page = client.post(address(campaign, "survey_answer"), {**data, "q-q": "有", "q-n": "1"})
    assert "已经交过一份" in page.content.decode()
    assert campaign.responses.get().answers == {"q": "没有"}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (fields(q="也许"), "也许"), (fields(q="有"), "没有回答"), (fields(q="有", n="1.5"), "不是整数"),
        (fields(), "一道题也没有答"),
        (fields(d="2026-02-30"), "日期"), ({"uuid": "x", "q-q": "有"}, "UUID"), (fields(t="长" * 501), "501"),
    ],
)  # fmt: skip
def test_answer_that_cannot_be_used_is_refused_with_the_reason(client, campaign, data, words):
    reply = client.post(address(campaign), data)
    assert reply.status_code == 422
    assert words in reply.json()["reason"]
    assert campaign.responses.count() == 0


def test_page_with_an_error_keeps_everything_typed_and_names_the_question(client, campaign):
    page = client.post(address(campaign, "survey_answer"), fields(q="有", n="1.5", d="2026-01-05", t="多晒太阳"))
    text = page.content.decode()
    assert page.context["form"].errors == {"q-n": ["1.5 不是整数。"]}
    for kept in ('value="有"', 'value="1.5"', 'value="2026-01-05"', "多晒太阳"):
        assert kept in text
    assert text.count("checked") == 1


def test_answer_to_a_question_that_was_spared_is_left_out(client, campaign):
    client.post(address(campaign, "survey_answer"), fields(q="没有", n="3"))
    assert campaign.responses.get().answers == {"q": "没有"}


def test_answer_filled_in_before_the_end_is_taken_for_a_week_after(client, campaign):
    today = timezone.localdate()
    services.close_campaign(by=None, campaign=campaign, on=today - timedelta(days=3))

    def filled(days):
        return str(int((timezone.now() - timedelta(days=days)).timestamp() * 1000))

    assert client.post(address(campaign), fields(q="没有") | {"filled": filled(4)}).status_code == 200
    for late in (filled(0), "", "soon", "9" * 40):
        assert client.post(address(campaign), fields(q="没有") | {"filled": late}).status_code == 410
    services.close_campaign(by=None, campaign=campaign, on=today - timedelta(days=8))
    assert client.post(address(campaign), fields(q="没有") | {"filled": filled(9)}).status_code == 410
    assert campaign.responses.count() == 1


def test_flood_is_told_to_come_back_later(client, campaign, monkeypatch):
    monkeypatch.setattr("xiangli.surveys.throttle.FROM_ONE_ADDRESS", 1)
    codes = [client.post(address(campaign), fields(q="没有")).status_code for _ in range(2)]
    assert codes == [200, 429]
    assert client.get(address(campaign)).status_code == 405


def test_traditional_page_sends_the_same_options_and_rules(client, campaign):
    client.cookies["script"] = "hant"
    page = client.get(address(campaign, "survey_answer")).content.decode()
    assert "幾位" in page
    assert 'value="没有"' in page
    assert "\\u6709" in page  # the rule for the script, escaped


def test_form_shows_sections_and_rules_in_words(client, campaign):
    page = client.get(address(campaign, "survey_answer")).content.decode()
    assert "<h2>家里</h2>" in page
    assert "第 1 题选了“有”的，请答这一题；其他人跳过。" in page


def test_worker_is_served_where_it_may_look_after_the_forms(client):
    reply = client.get("/s/worker.js")
    assert reply["Content-Type"].startswith("text/javascript")
    assert "caches.open" in reply.content.decode()


def test_date_question_gives_no_figure_and_no_error(campaign):
    from tests.surveys.factories import answer
    from xiangli.surveys.figures import report

    village = campaign.place.children.get(slug="jia")
    for _ in range(3):
        answer(campaign, village, q="没有", d="2026-01-05")
    figures = {one.label: (one.answered, len(one.lines)) for one in report(campaign, village).questions}
    assert figures == {"有老人吗": (3, 2), "几位": (0, 0), "哪天方便": (3, 0), "别的话": (0, 0)}
