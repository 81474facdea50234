from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.ledger.factories import NOW, TODAY, asked, make_crew, make_item
from tests.places.factories import make_county, make_staff, make_town, make_village
from xiangli.accounts.choices import Role
from xiangli.audit.models import Event
from xiangli.core.errors import UserError
from xiangli.ledger import services as ledger
from xiangli.ledger.choices import Source
from xiangli.ledger.models import LedgerItem
from xiangli.supervision import queries, services
from xiangli.supervision.forms import VisitForm
from xiangli.supervision.models import BurdenReport, LiaisonVisit

pytestmark = pytest.mark.django_db
ONCE = UUID(int=1)


@pytest.fixture
def crew():
    return make_crew()


def visit(crew, **fields):
    fields = {"place": crew.village, "visited_on": TODAY, "client_uuid": uuid4(), "now": NOW} | fields
    return services.record_visit(by=crew.judge, **fields)


def test_finding_becomes_a_ledger_item_and_the_same_form_twice_is_one_visit(crew):
    for _ in range(2):
        visit(crew, client_uuid=ONCE, problem="通道堆物", measure="清走", unit="村两委", deadline=date(2026, 6, 20))
    item = LedgerItem.everywhere.get()
    assert (item.title, item.source, item.place, item.finding.visit) == (
        "通道堆物", Source.FINDING, crew.village, LiaisonVisit.everywhere.get(),
    )  # fmt: skip


def test_problem_without_deadline_and_visit_tomorrow_are_refused(crew):
    with pytest.raises(UserError, match="完成时限"):
        visit(crew, problem="通道堆物")
    with pytest.raises(UserError, match="今天以后"):
        visit(crew, visited_on=TODAY + timedelta(days=1))
    assert LiaisonVisit.everywhere.count() == 0


def test_visit_form_has_at_most_eight_fields_and_needs_two(crew):
    form = VisitForm(villages=queries.villages_for(crew.judge))
    shown = [field for field in form if not field.is_hidden]
    assert len(shown) <= 8
    assert [field.name for field in shown if field.field.required] == ["place", "visited_on"]


def test_calls_name_villages_with_the_reason_and_leave_the_quiet_ones_out(crew):
    quiet, unseen = make_village(crew.town, name="安静村"), make_village(crew.town, name="没去过村")
    visit(crew)
    visit(crew, place=quiet)
    LedgerItem.everywhere.filter(pk=make_item(crew).pk).update(deadline=TODAY - timedelta(days=2))
    back = ledger.close(by=crew.judge, item=asked(crew), now=NOW)
    ledger.reopen(by=crew.judge, item=back, now=NOW, reason="又坏")
    found = {call.place: call.reasons for call in queries.calls(crew.judge, TODAY)}
    assert found == {crew.village: ["1 件问题复发", "1 件超期"], unseen: ["还没有人去看过"]}
    later = {call.place: call.reasons for call in queries.calls(crew.judge, TODAY + timedelta(days=35))}
    assert later[quiet] == ["25 个工作日没有人去看过"]
    assert "2 件 15 个工作日没动" in later[crew.village]


def test_pages_are_for_visitors_and_their_places(client, crew):
    visit(crew, seen="在这里看见")
    client.force_login(crew.judge)
    assert "在这里看见" in client.get("/office/visits/").content.decode()
    data = {"place": crew.village.pk, "visited_on": timezone.localdate(), "client_uuid": uuid4()}
    assert client.post("/office/visits/add/", data).status_code == 302
    assert LiaisonVisit.everywhere.count() == 2
    client.force_login(crew.doer)
    assert client.get("/office/visits/").status_code == 404
    client.force_login(make_staff(Role.SUPERVISOR, make_town(make_county("far"), slug="far")))
    assert "在这里看见" not in client.get("/office/visits/").content.decode()
    assert client.post("/office/visits/add/", data | {"client_uuid": uuid4()}).status_code == 200
    assert LiaisonVisit.everywhere.count() == 2


def test_list_costs_the_same_for_one_and_for_three(client, crew):
    client.force_login(crew.judge)
    visit(crew, problem="一", deadline=date(2026, 6, 20))
    client.get("/office/visits/")
    with CaptureQueriesContext(connection) as one:
        client.get("/office/visits/")
    for n in range(2):
        visit(crew, place=make_village(crew.town), problem=f"问题{n}", deadline=date(2026, 6, 20))
    with CaptureQueriesContext(connection) as three:
        client.get("/office/visits/")
    assert len(one) == len(three) <= 26


def test_burden_is_said_from_any_page_kept_without_a_name_and_answered(client, crew):
    client.force_login(crew.doer)
    assert "/office/ledger/add/" in client.get("/office/burden/?page=/office/ledger/add/").content.decode()
    answered = client.post("/office/burden/", {"page": "/office/ledger/add/", "text": "填两遍"})
    assert answered["Location"] == "/office/ledger/add/"
    report = BurdenReport.everywhere.get()
    assert (report.place, report.page, report.text) == (crew.village, "/office/ledger/add/", "填两遍")
    assert not [field for field in BurdenReport._meta.fields if field.related_model is type(crew.doer)]
    assert list(Event.objects.filter(verb="supervision.burden_said").values_list("by", flat=True)) == [None]
    assert client.get("/office/burden/list/").status_code == 404
    client.force_login(crew.boss)
    assert "填两遍" in client.get("/office/burden/list/").content.decode()
    assert client.post(f"/office/burden/{report.pk}/answer/", {"answer": "合成一张表"}).status_code == 302
    report.refresh_from_db()
    assert (report.answer, report.answered_at is not None) == ("合成一张表", True)


def test_burden_never_sends_anyone_off_the_site(client, crew):
    client.force_login(crew.doer)
    for page in ("https://evil.example/office/", "//evil.example", "/c/mengjin/x/", ""):
        assert client.post("/office/burden/", {"page": page, "text": "烦"})["Location"] == "/office/"


def test_burden_of_another_county_is_not_found(client, crew):
    report = services.say_burden(place=crew.village, page="", text="烦", now=NOW)
    client.force_login(make_staff(Role.TOWN, make_town(make_county("far"), slug="far")))
    assert client.post(f"/office/burden/{report.pk}/answer/", {"answer": "好"}).status_code == 404
