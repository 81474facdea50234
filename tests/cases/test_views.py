import base64
import json
from uuid import uuid4

import altcha
import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from tests.cases.factories import make_case, make_replied
from tests.places.factories import make_centre, make_staff, make_village
from xiangli.accounts.choices import Role
from xiangli.cases import gate, services
from xiangli.cases.models import Case

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_gate():
    cache.clear()


@pytest.fixture
def centre():
    return make_centre()


@pytest.fixture
def staff(centre):
    return make_staff(Role.VILLAGE_STAFF, centre.place)


def public(name, centre, *more):
    return reverse(name, args=[centre.county.slug, centre.slug, *more])


def message(**fields):
    return {"kind": "help", "text": "井盖松了", "client_uuid": str(uuid4()), **fields}


def test_resident_files_without_log_in_and_reads_the_receipt(client, centre):
    response = client.post(public("case_new", centre), message())
    case = Case.everywhere.get()
    assert response["Location"] == public("case_public", centre, case.receipt)
    page = client.get(response["Location"])
    assert case.receipt in page.content.decode()
    assert page["X-Robots-Tag"] == "noindex"


def test_notice_stands_before_the_form(client, centre):
    page = client.get(public("case_new", centre)).content.decode()
    assert "个人信息怎么用" in page
    assert "180 天" in page
    assert "cases/proof" in page


def test_machine_that_fills_the_trap_is_turned_away(client, centre):
    response = client.post(public("case_new", centre), message(website="http://spam"))
    assert response.status_code == 200
    assert Case.everywhere.count() == 0


def test_flood_from_one_address_is_stopped_and_the_words_are_kept(client, centre):
    for _ in range(gate.WITHOUT_PROOF):
        assert client.post(public("case_new", centre), message()).status_code == 302
    held = client.post(public("case_new", centre), message(text="第六封"))
    assert held.status_code == 429
    assert "第六封" in held.content.decode()
    assert "到柜台说" in held.content.decode()


def proof(client):
    challenge = client.get(reverse("case_challenge")).json()
    solution = altcha.solve_challenge(
        challenge=challenge["challenge"],
        salt=challenge["salt"],
        algorithm=challenge["algorithm"],
        max_number=gate.WORK,
    )
    answer = {name: challenge[name] for name in ("algorithm", "challenge", "salt", "signature")}
    return base64.b64encode(json.dumps({**answer, "number": solution.number}).encode()).decode()


def test_proof_of_work_widens_the_limit_and_counts_once(client, centre):
    for _ in range(gate.WITHOUT_PROOF):
        client.post(public("case_new", centre), message())
    work = proof(client)
    assert client.post(public("case_new", centre), message(altcha=work)).status_code == 302
    assert client.post(public("case_new", centre), message(altcha=work)).status_code == 429


def test_receipt_page_names_nobody(client, centre, staff):
    case = make_replied(staff, centre, text="我的电话13800138000", contact_name="王大妈", contact_phone="13800138000")
    page = client.get(public("case_public", centre, case.receipt)).content.decode()
    assert "王大妈" not in page
    assert "13800138000" not in page
    assert str(staff) not in page


def test_receipt_of_another_centre_is_404(client, centre):
    case = make_case(make_centre(make_village(centre.place.parent)))
    assert client.get(public("case_public", centre, case.receipt)).status_code == 404


def test_receipt_is_found_however_it_is_typed(client, centre):
    case = make_case(centre)
    typed = f" {case.receipt[:5].lower()}-{case.receipt[5:]} "
    response = client.get(reverse("case_find"), {"receipt": typed})
    assert response["Location"] == public("case_public", centre, case.receipt)
    assert "没有这个回执号" in client.get(reverse("case_find"), {"receipt": "NOTHING"}).content.decode()


def test_resident_asks_further_and_rates_on_the_receipt_page(client, centre, staff):
    case = make_replied(staff, centre)
    url = public("case_public", centre, case.receipt)
    client.post(url, {"step": "further", "further-text": "还是不亮"})
    case.refresh_from_db()
    assert case.state == "follow_up"
    services.reply(by=staff, case=case, text="再修", now=timezone.now())
    services.close(by=staff, case=case, now=timezone.now())
    client.post(url, {"step": "rating", "rating-rating": "fair"})
    case.refresh_from_db()
    assert case.rating == "fair"


def test_village_staff_answer_from_the_page_alone(client, centre, staff):
    case = make_case(centre)
    client.force_login(staff)
    page = client.get(reverse("case_page", args=[case.pk])).content.decode()
    assert "受理，由我来办" in page
    client.post(reverse("case_step", args=[case.pk, "take-on"]))
    client.post(reverse("case_step", args=[case.pk, "replied"]), {"replied-text": "修好了"})
    client.post(reverse("case_step", args=[case.pk, "closed"]))
    case.refresh_from_db()
    assert (case.state, case.handler) == ("closed", staff)


def test_form_that_is_not_right_comes_back_on_the_page(client, centre, staff):
    case = make_case(centre)
    client.force_login(staff)
    response = client.post(reverse("case_step", args=[case.pk, "declined"]), {"declined-reason": ""})
    assert response.status_code == 400
    assert 'class="error" role="alert"' in response.content.decode()


def test_step_taken_by_someone_faster_is_said_in_words(client, centre, staff):
    case = services.take_on(by=staff, case=make_case(centre), now=timezone.now())
    client.force_login(staff)
    response = client.post(reverse("case_step", args=[case.pk, "take-on"]), follow=True)
    assert "请看最新进展" in response.content.decode()


def test_reply_that_comes_after_the_close_keeps_its_words(client, centre, staff):
    case = services.take_on(by=staff, case=make_case(centre), now=timezone.now())
    client.force_login(staff)
    services.reply(by=staff, case=case, text="修好了", now=timezone.now())
    services.close(by=staff, case=case, now=timezone.now())
    answer = client.post(reverse("case_step", args=[case.pk, "replied"]), {"replied-text": "下周一来修"})
    assert (answer.status_code, answer.context["unsent"]) == (400, [("答复（来信人会看到）", "下周一来修")])
    assert "下周一来修</textarea>" in answer.content.decode()


@pytest.mark.parametrize("role", [Role.EDITOR, Role.COUNTER, Role.SUPERVISOR])
def test_case_is_404_for_roles_without_the_work(client, centre, role):
    case = make_case(centre)
    client.force_login(make_staff(role, centre.place))
    assert client.get(reverse("case_page", args=[case.pk])).status_code == 404
    assert client.get(reverse("cases_list")).status_code == 404


def test_case_of_another_village_is_404(client, centre):
    case = make_case(centre)
    client.force_login(make_staff(Role.VILLAGE_STAFF, make_village(centre.place.parent)))
    assert client.get(reverse("case_page", args=[case.pk])).status_code == 404
    assert client.post(reverse("case_step", args=[case.pk, "accepted"])).status_code == 404


def test_counter_account_writes_a_message_down_and_hands_over_the_receipt(client, centre):
    counter = make_staff(Role.COUNTER, centre.place)
    client.force_login(counter)
    assert client.get(reverse("case_counter_choose"))["Location"] == reverse("case_counter", args=[centre.pk])
    client.post(reverse("case_counter", args=[centre.pk]), message(channel="counter"))
    case = Case.everywhere.get()
    assert (case.channel, case.filed_by) == ("counter", counter)


def test_list_shows_the_overdue_first(client, centre, staff):
    late = make_case(centre)
    fresh = make_case(centre, now=timezone.now())
    client.force_login(staff)
    page = client.get(reverse("cases_list"), {"show": "open"})
    assert list(page.context["page"]) == [late, fresh]


def test_list_costs_the_same_queries_for_one_and_three(client, centre, staff, django_assert_num_queries):
    client.force_login(staff)
    make_case(centre)
    client.get(reverse("cases_list"))  # the session is written once
    with django_assert_num_queries(6):  # one of them asks whether this look is noted
        client.get(reverse("cases_list"))
    for _ in range(2):
        make_case(centre)
    with django_assert_num_queries(6):
        client.get(reverse("cases_list"))


def test_limits_are_set_by_the_county_only(client, centre, staff):
    client.force_login(staff)
    assert client.get(reverse("case_limits")).status_code == 404
    client.force_login(make_staff(Role.COUNTY, centre.county))
    days = {"accept_days": 2, "reply_days": 7, "follow_up_days": 3, "close_days": 5}
    client.post(reverse("case_limits"), days)
    page = client.get(public("case_new", centre)).content.decode()
    assert "2 个工作日内受理，受理后 7 个工作日内答复" in page


def test_published_voices_are_listed_without_the_receipt(client, centre, staff):
    case = make_replied(staff, centre, may_publish=True)
    services.publish(by=staff, case=case, question="路灯坏了", answer="修好了", now=timezone.now())
    page = client.get(public("voices", centre)).content.decode()
    assert "修好了" in page
    assert case.receipt not in page


def test_another_letter_in_the_same_form_is_not_lost(client, centre):
    first = message(text="井盖松了")
    client.post(public("case_new", centre), first)
    page = client.post(public("case_new", centre), {**first, "text": "路灯也不亮"})
    assert (page.status_code, "路灯也不亮" in page.content.decode()) == (200, True)
    assert Case.everywhere.get().receipt in page.content.decode()
    again = {**first, "text": "路灯也不亮", "client_uuid": page.context["form"].data["client_uuid"]}
    assert client.post(public("case_new", centre), again).status_code == 302
    assert [case.text for case in Case.everywhere.order_by("pk")] == ["井盖松了", "路灯也不亮"]


def test_counter_writes_another_letter_in_the_same_form(client, centre, staff):
    client.force_login(staff)
    url = reverse("case_counter", args=[centre.pk])
    first = message(channel="counter")
    client.post(url, first)
    page = client.post(url, {**first, "text": "路灯也不亮"})
    assert (page.status_code, "再点一次" in page.content.decode()) == (200, True)


def test_follow_up_that_comes_after_the_close_keeps_its_words(client, centre, staff):
    case = make_replied(staff, centre)
    services.close(by=staff, case=case, now=timezone.now())
    page = client.post(public("case_public", centre, case.receipt), {"step": "further", "further-text": "还有一段没修"})
    text = page.content.decode()
    assert (page.status_code, "还有一段没修" in text, "另写一封" in text) == (200, True, True)
