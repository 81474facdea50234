import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.places.factories import make_county, make_staff, make_town
from tests.planning.factories import NOW, SOON, answer, make_planned_town
from xiangli.accounts.choices import Role
from xiangli.planning import services
from xiangli.planning.models import FundingRound, Improvement, Plan, Staffing

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    return make_planned_town()


@pytest.fixture
def plan(town):
    return services.propose(by=town.boss, place=town.place, title="第一稿", **SOON)


def test_plan_page_shows_proof_villages_and_reasons(client, town, plan):
    client.force_login(town.boss)
    page = client.get(f"/office/plans/{plan.pk}/").content.decode()
    assert f"{plan.met_share * 100:.0f}%" in page
    assert f"/office/plans/{plan.pk}/adopt" in page
    assert "厨房" in page
    for village in town.villages:
        assert f"/office/plans/{plan.pk}/village/{village.pk}/" in page


def test_village_page_shows_its_week_by_day(client, town, plan):
    client.force_login(town.boss)
    page = client.get(f"/office/plans/{plan.pk}/village/{town.villages[0].pk}/")
    days = page.context["days"]
    assert [name for name, _ in days] == sorted({name for name, _ in days}, key="周一周二周三周四周五周六周日".index)
    assert sum(len(lines) for _, lines in days) == plan.activities.model.objects.within(town.villages[0]).count()


def test_village_staff_see_their_village_only_and_may_not_adopt(client, town, plan):
    client.force_login(make_staff(Role.VILLAGE_STAFF, town.villages[0]))
    page = client.get(f"/office/plans/{plan.pk}/").content.decode()
    assert f"/village/{town.villages[0].pk}/" in page
    assert f"/village/{town.villages[1].pk}/" not in page
    assert "adopt" not in page
    assert client.get(f"/office/plans/{plan.pk}/village/{town.villages[1].pk}/").status_code == 404
    assert client.get("/office/plans/new/").status_code == 404
    assert client.get(f"/office/plans/{plan.pk}/plan.json").status_code == 404
    assert client.post(f"/office/plans/{plan.pk}/discard/").status_code == 404


def test_plans_of_another_town_are_not_found(client, town, plan):
    client.force_login(make_staff(Role.TOWN, make_town(make_county("far"), slug="far")))
    for path in ("", f"village/{town.villages[0].pk}/", "plan.json"):
        assert client.get(f"/office/plans/{plan.pk}/{path}").status_code == 404
    assert client.get(f"/office/staffing/{town.villages[0].pk}/").status_code == 404
    client.force_login(make_staff(Role.EDITOR, town.place))
    assert client.get("/office/plans/").status_code == 404


def test_list_costs_the_same_for_one_and_for_three(client, town, plan):
    client.force_login(town.boss)
    client.get("/office/plans/")
    with CaptureQueriesContext(connection) as one:
        client.get("/office/plans/")
    for n in range(2):
        Plan.everywhere.create(county=town.place.county, place=town.place, title=f"另一稿{n}", made_at=NOW)
    with CaptureQueriesContext(connection) as three:
        client.get("/office/plans/")
    assert len(one) == len(three) <= 10


def test_new_plan_of_a_small_town_is_worked_out_at_once(client, town):
    client.force_login(town.boss)
    times = {"work_from": "08:00", "work_to": "20:00", "off_from": "09:00", "off_to": "18:00"}
    answered = client.post("/office/plans/new/", times | {"seconds": 5})
    made = Plan.everywhere.get()
    assert (answered.status_code, made.is_ready, made.made_by) == (302, True, town.boss)
    assert made.hours[1] == {"days": [6, 7], "from": "09:00", "to": "18:00"}
    wrong = client.post("/office/plans/new/", times | {"work_to": "07:00", "seconds": 5})
    assert "结束要晚于开始" in wrong.content.decode()
    assert Plan.everywhere.count() == 1


def test_file_of_a_plan_is_what_the_command_line_checks(client, town, plan, tmp_path):
    from xiangli.planning.timetable import check, read_plan

    client.force_login(town.boss)
    data = client.get(f"/office/plans/{plan.pk}/plan.json").json()
    assert check(*read_plan(data)) == []


def test_staffing_is_added_and_taken_away_by_those_who_work_there(client, town):
    village = town.villages[0]
    client.force_login(make_staff(Role.VILLAGE_STAFF, village))
    data = {"skill": "志愿者", "weekdays": ["5", "6"], "start": "08:00", "end": "12:00", "count": 2, "volunteers": "on"}
    assert client.post(f"/office/staffing/{village.pk}/", data).status_code == 302
    rows = Staffing.objects.within(village).filter(skill="志愿者")
    assert [(r.weekday, r.start_minute, r.end_minute, r.count, r.volunteers) for r in rows] == [
        (5, 480, 720, 2, True), (6, 480, 720, 2, True),
    ]  # fmt: skip
    assert client.post(f"/office/staffing/{village.pk}/{rows[0].pk}/remove/").status_code == 302
    assert rows.all().count() == 1
    other = town.villages[1]
    assert client.post(f"/office/staffing/{other.pk}/", data).status_code == 404
    theirs = Staffing.objects.within(other).first()
    assert client.post(f"/office/staffing/{village.pk}/{theirs.pk}/remove/").status_code == 404


def test_improvement_is_named_priced_and_paid_from_the_budget(client, town):
    client.force_login(town.boss)
    data = {
        "place": town.villages[0].pk,
        "title": "隔出厨房",
        "kind": "rebuild",
        "service": town.canteen.pk,
        "cost_fen": "",
    }
    assert client.post("/office/improvements/new/", data).status_code == 302
    row = Improvement.everywhere.get()
    assert row.cost_fen is None
    assert client.post(f"/office/improvements/{row.pk}/", {"cost_fen": "3万"}).status_code == 302
    row.refresh_from_db()
    assert row.cost_fen == 3_000_000
    answer(town.lists[0], "canteen")
    assert "隔出厨房" in client.get("/office/improvements/").content.decode()
    answered = client.post("/office/funding/", {"budget_fen": "2万"})
    made = FundingRound.everywhere.get()
    assert answered["Location"] == f"/office/funding/{made.pk}/"
    page = " ".join(client.get(answered["Location"]).content.decode().split())
    assert "一项也做不成" in page
    assert "还差 10,000 元" in page


def test_budget_page_says_what_is_missing(client, town):
    client.force_login(town.boss)
    page = client.post("/office/funding/", {"budget_fen": "2万"})
    assert "估价" in page.content.decode()
    assert FundingRound.everywhere.count() == 0


def test_space_of_another_village_is_refused(client, town):
    client.force_login(town.boss)
    data = {
        "place": town.villages[0].pk, "title": "棋桌", "kind": "equipment", "service": town.chess.pk,
        "space": town.halls[1].pk, "cost_fen": "100",
    }  # fmt: skip
    assert "不在所选的村" in client.post("/office/improvements/new/", data).content.decode()
    assert Improvement.everywhere.count() == 0


def test_specialist_is_saved_by_the_town_only(client, town):
    data = {"title": "讲师", "skill": "技能讲师", "halves": ["1ev", "3pm"]}
    client.force_login(make_staff(Role.LIAISON, town.villages[0]))
    assert client.post("/office/specialists/", data).status_code == 404
    client.force_login(town.boss)
    assert client.post("/office/specialists/", data).status_code == 302
    assert "周二晚上、周四下午" in client.get("/office/specialists/").content.decode()
