"""The public form on a bad line, in a real browser: nothing is lost and nothing counts twice."""

import pytest
from django.core.cache import cache
from django.urls import reverse

from tests.places.factories import make_town, make_village
from tests.surveys.factories import make_campaign, make_people

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
QUESTIONS = [
    {
        "name": "been", "kind": "single", "label": "去过中心吗",
        "options": [{"name": "yes", "label": "去过"}, {"name": "no", "label": "没去过"}],
    },
    {"name": "why", "kind": "text", "label": "为什么没去", "relevant": {"question": "been", "is": "no"}},
]  # fmt: skip


@pytest.fixture
def form(live_server):
    cache.clear()
    town = make_town()
    make_people(make_village(town, slug="jia", name="甲村"))
    campaign = make_campaign(town, definition={"notice": "谁在处理", "questions": QUESTIONS})
    return campaign, f"{live_server.url}{reverse('survey_answer', args=[campaign.public_id])}?v=jia"


def answers(campaign):
    return [(row.answers, row.texts) for row in campaign.responses.order_by("pk")]


def fill(page, option, words=""):
    page.get_by_label(option, exact=True).check()
    if words:
        page.get_by_label("为什么没去").fill(words)
    page.get_by_role("button", name="交上", exact=True).click()


def test_answers_wait_on_the_device_and_are_sent_once_when_the_line_is_back(browser, form):
    campaign, url = form
    context = browser.new_context(viewport={"width": 390, "height": 900})
    page = context.new_page()
    page.goto(url)
    page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
    page.goto(url)  # now through the worker, which keeps the form
    context.set_offline(True)
    page.reload()
    fill(page, "没去过", "太远")
    page.get_by_text("存在这部手机里").first.wait_for()
    assert page.get_by_label("没去过", exact=True).is_checked() is False
    fill(page, "去过")
    page.get_by_text("有 2 份还没有交上").wait_for()
    assert answers(campaign) == []
    context.set_offline(False)
    page.get_by_text("刚才交上了 2 份").wait_for()
    assert answers(campaign) == [({"been": "no"}, {"why": "太远"}), ({"been": "yes"}, {})]
    assert page.evaluate("Object.keys(localStorage).length") == 0
    context.close()


def test_page_opens_again_without_a_line_after_a_single_visit(browser, form):
    """The first visit comes before the worker: a phone that drops the tab in the field must find the form again."""
    campaign, url = form
    context = browser.new_context(viewport={"width": 390, "height": 900})
    page = context.new_page()
    page.goto(url)
    # Without the worker in charge and all parts kept a reload would ask the network. The page waits by itself:
    # wait_for_function takes a promise for an answer.
    kept = page.evaluate(
        """async () => {
            const worker = (await navigator.serviceWorker.ready).active;
            const parts = performance.getEntriesByType("resource").map((one) => one.name);
            const wanted = [location.href, ...parts.filter((name) => /[.](css|js)$/.test(name))];
            for (let tries = 0; tries < 400; tries += 1) {
                const found = await Promise.all(wanted.map((address) => caches.match(address)));
                if (wanted.length > 2 && found.every(Boolean) && worker.state === "activated") return true;
                await new Promise((go) => setTimeout(go, 50));
            }
            return false;
        }"""
    )
    assert kept
    context.set_offline(True)
    page.reload()
    fill(page, "没去过", "太远")
    page.get_by_text("存在这部手机里").first.wait_for()
    context.set_offline(False)
    page.get_by_text("刚才交上了 1 份").wait_for()
    assert answers(campaign) == [({"been": "no"}, {"why": "太远"})]
    context.close()


def test_answer_whose_receipt_is_lost_counts_once(browser, form):
    campaign, url = form
    context = browser.new_context(viewport={"width": 390, "height": 900}, service_workers="block")
    page = context.new_page()
    page.goto(url)

    def swallow(route):
        route.fetch()  # the server has it
        route.abort()  # the browser never hears of it

    page.route("**/send/**", swallow)
    fill(page, "去过")
    page.get_by_text("有 1 份还没有交上").wait_for()
    assert answers(campaign) == [({"been": "yes"}, {})]
    page.unroute("**/send/**")
    page.get_by_role("button", name="现在交").click()
    page.get_by_text("刚才交上了 1 份").wait_for()
    assert answers(campaign) == [({"been": "yes"}, {})]
    context.close()


def test_script_hides_what_is_not_asked_and_keeps_what_is_typed(browser, form):
    campaign, url = form
    context = browser.new_context(viewport={"width": 390, "height": 900}, service_workers="block")
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(url)
    assert page.get_by_label("为什么没去").is_visible() is False
    page.get_by_label("没去过", exact=True).check()
    page.get_by_label("为什么没去").fill("太远")
    page.reload()
    assert page.get_by_label("为什么没去").input_value() == "太远"
    page.get_by_label("去过", exact=True).check()
    assert page.get_by_label("为什么没去").is_visible() is False
    page.get_by_role("button", name="交上", exact=True).click()
    page.get_by_role("heading", name="谢谢，收到了").wait_for()
    assert (answers(campaign), errors) == ([({"been": "yes"}, {})], [])
    context.close()


def test_form_works_without_script(browser, form):
    campaign, url = form
    context = browser.new_context(viewport={"width": 390, "height": 900}, java_script_enabled=False)
    page = context.new_page()
    page.goto(url)
    assert "第 1 题选了“没去过”的，请答这一题；其他人跳过。" in page.inner_text("main")
    fill(page, "去过", "答多了")
    page.get_by_role("heading", name="谢谢，收到了").wait_for()
    assert answers(campaign) == [({"been": "yes"}, {})]
    context.close()


def test_order_that_is_none_is_said_before_it_waits_on_the_device(browser, live_server):
    """Refused when the line is back, it would be lost: whoever gave it is gone."""
    town = make_town()
    make_people(make_village(town, slug="jia", name="甲村"))
    options = [{"name": name, "label": name} for name in ("修路", "公交", "路灯")]
    been = {**QUESTIONS[0], "name": "been"}
    top = {"name": "top", "kind": "ranking", "label": "先办什么", "options": options, "places": 2}
    asked = [been, top | {"relevant": {"question": "been", "is": "yes"}}]
    campaign = make_campaign(town, definition={"notice": "谁在处理", "questions": asked})
    page = browser.new_page()
    page.goto(f"{live_server.url}{reverse('survey_answer', args=[campaign.public_id])}?v=jia")
    page.get_by_label("去过", exact=True).check()
    second = page.get_by_label("第二")
    for first, said in (("", "前面一位还没有选。"), ("公交", "这一项前面已经排过了。"), ("修路", "")):
        page.get_by_label("第一").select_option(first)
        second.select_option("公交")
        assert second.evaluate("list => list.validationMessage") == said
        page.get_by_role("button", name="交上", exact=True).click()
    page.wait_for_url("**/thanks/**")
    assert answers(campaign) == [({"been": "yes", "top": ["修路", "公交"]}, {})]
    page.close()
