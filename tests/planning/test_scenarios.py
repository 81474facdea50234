"""Several plans of a town: what a scenario changes, how it is worked out, and plans side by side."""

from collections import Counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.places.factories import make_county, make_staff, make_town
from tests.planning.factories import NOW, SOON, answer, make_planned_town
from xiangli.accounts.choices import Role
from xiangli.core.errors import UserError
from xiangli.planning import comparing, services
from xiangli.planning.choices import ImprovementKind, Progress
from xiangli.planning.edits import Words
from xiangli.planning.hours import DEFAULT_HOURS
from xiangli.planning.models import Plan
from xiangli.planning.scenarios import changed_input, cost_of, refreshed
from xiangli.planning.services import plans
from xiangli.planning.timetable import check, differences, read_plan, read_town

pytestmark = pytest.mark.django_db
TIMES = {"work_from": "08:00", "work_to": "20:00", "off_from": "08:00", "off_to": "20:00", "seconds": "5"}


@pytest.fixture
def town():
    return make_planned_town()


@pytest.fixture
def base(town):
    return services.propose(by=town.boss, place=town.place, title="第一稿", **SOON)


def kitchen(town, village=0, yuan=500):
    return services.add_improvement(
        by=town.boss, place=town.villages[village], title="隔出厨房", service=town.canteen, space=town.halls[village],
        kind=ImprovementKind.REBUILD, cost_fen=yuan * 100, now=NOW,
    )  # fmt: skip


def scenario(town, base, *changes, keep=None):
    made = services.draft_scenario(
        by=town.boss, base=base, title="", changes=changes, keep=keep, seconds=5, now=NOW
    )  # fmt: skip
    return services.work_out(by=town.boss, plan=made)


def met(plan, service):
    return sum(row["met"] for row in plan.result["met"] if row["service"] == service)


def test_budget_buys_the_kitchen_and_the_canteen_is_held(town, base):
    row = kitchen(town)
    answer(town.lists[0], "canteen")
    change = services.budget_change(base, 100_000)
    assert (change["bought"], change["cost_fen"], change["text"]) == (
        [row.pk], 50_000, "预算 1,000 元：做得成 1 项，共 500 元",
    )  # fmt: skip
    made = scenario(town, base, change)
    assert (made.progress, made.base, cost_of(made.changes)) == (Progress.READY, base, 50_000)
    assert met(base, "canteen") == 0 < met(made, "canteen")
    assert check(*read_plan(made.whole())) == []
    with pytest.raises(UserError, match="已经定了预算"):
        services.budget_change(made, 200_000)


def test_budget_too_small_buys_nothing_and_says_what_is_lacking(town, base):
    row = kitchen(town)
    answer(town.lists[0], "canteen")
    change = services.budget_change(base, 20_000)
    assert (change["bought"], change["lost"]) == ([], [[row.pk, 30_000]])


def test_budget_without_answers_or_prices_is_told(town, base):
    with pytest.raises(UserError, match="估价"):
        services.budget_change(base, 100_000)
    kitchen(town)
    with pytest.raises(UserError, match="答卷"):
        services.budget_change(base, 100_000)


def test_input_changes_only_where_the_scenario_says(town, base):
    village, hall = str(town.villages[0].pk), str(town.halls[0].pk)
    people = {
        "kind": "people", "villages": [village], "skill": "炊事员", "days": [6], "from": "10:00", "to": "14:00",
        "count": 2, "volunteers": True, "text": "",
    }  # fmt: skip
    room = {"kind": "room", "village": village, "space": hall, "tags": ["厨房"], "step_free": True, "text": ""}
    hours = {"kind": "hours", "hours": [{"days": [1], "from": "09:00", "to": "12:00"}], "text": ""}
    made = changed_input(base.input, [people, room])
    first, second = made["villages"]
    assert second == base.input["villages"][1]
    assert first["staff"][-1]["kind"] == "volunteer"
    assert {"厨房", "一楼"} <= set(first["spaces"][0]["supports"])
    assert first["needs"] == base.input["villages"][0]["needs"]
    shorter = changed_input(base.input, [hours])
    assert {tuple(rule["days"]) for v in shorter["villages"] for s in v["spaces"] for rule in s["open"]} == {(1,)}
    gone = changed_input(base.input, [{"kind": "without", "village": village, "space": hall, "text": ""}])
    assert [len(v["spaces"]) for v in gone["villages"]] == [0, 1]
    read_town(made), read_town(shorter), read_town(gone)


def test_input_of_today_with_the_changes_granted_is_that_of_the_scenario(town, base):
    change = {
        "kind": "room", "village": str(town.villages[0].pk), "space": str(town.halls[0].pk), "tags": ["厨房"],
        "step_free": False, "text": "",
    }  # fmt: skip
    made = changed_input(base.input, [change])
    assert read_town(refreshed(base.input, made, [change])) == read_town(made)


def test_scenario_that_keeps_the_week_moves_little(town, base):
    change = {
        "kind": "people", "villages": [str(town.villages[1].pk)], "skill": "讲师", "days": [1], "from": "09:00",
        "to": "11:00", "count": 1, "volunteers": False, "text": "添讲师",
    }  # fmt: skip
    made = scenario(town, base, change, keep=0.9)
    assert (made.progress, made.keep) == (Progress.READY, 0.9)
    before, after = comparing.sessions_of(base.result), comparing.sessions_of(made.result)
    kept = {s.key() for s in before} & {s.key() for s in after}
    assert len(kept) >= 0.9 * len(before)
    told = comparing.told(base.result, made.result, Words.of_input(base.input))
    assert {village: len(changes) for village, changes in told.items()} == Counter(
        one.village for one in differences(before, after)
    )


def test_scenario_without_any_change_is_refused(town, base):
    with pytest.raises(UserError, match="没有改动"):
        scenario(town, base)
    assert Plan.everywhere.count() == 1


def test_scenario_that_cannot_be_made_says_why(town, base):
    never = {"kind": "hours", "hours": [{"days": [1], "from": "12:00", "to": "12:30"}], "text": "只开半小时"}
    made = scenario(town, base, never)
    assert (made.progress, made.result) == (Progress.FAILED, {})
    assert "到访" in made.problem


def test_copy_is_a_ready_draft_with_the_same_week(town, base):
    services.mark_adopted(by=town.boss, plan=base, today=NOW.date())
    made = services.copy_plan(by=town.boss, plan=base, now=NOW)
    assert (made.state, made.is_ready, made.base, made.result) == ("draft", True, base, base.result)
    assert made.activities.count() == base.activities.count() > 0
    assert made.gaps.count() == base.gaps.count() > 0
    assert services.faults_now(made, NOW.date()) == []


def test_progress_of_a_computation_is_noted_while_it_runs_and_gone_afterwards(town):
    plan = services.draft(by=town.boss, place=town.place, title="", hours=DEFAULT_HOURS, **SOON)
    Plan.everywhere.filter(pk=plan.pk).update(progress=Progress.RUNNING)
    plans._solved(plan, read_town(plan.input))
    plan.refresh_from_db()
    assert (plan.standing["villages"], 0 <= plan.standing["done"] <= 2) == (2, True)
    Plan.everywhere.filter(pk=plan.pk).update(progress=Progress.WAITING)
    assert services.work_out(by=town.boss, plan=plan).standing == {}


def test_compared_plans_show_money_worst_group_and_for_whom_it_changes(client, town, base):
    kitchen(town)
    answer(town.lists[0], "canteen")
    made = scenario(town, base, services.budget_change(base, 100_000))
    client.force_login(town.boss)
    village = town.villages[0]
    page = client.get(f"/office/plans/compare/?p={base.pk}&p={made.pk}&village={village.pk}")
    text = page.content.decode()
    figures = dict(page.context["figures"])
    assert figures["要花的钱（元）"] == ["—", "500"]
    assert figures["需求得到满足"] == [f"{base.met_share:.0%}", f"{made.met_share:.0%}"]
    assert village.name in figures["照顾最少的一群人"][0] or town.villages[1].name in figures["照顾最少的一群人"][0]
    [other] = page.context["others"]
    assert {(one.village, one.group) for one in other["shifts"] if one.hours > 0} >= {(village.label, "60 岁以上")}
    assert "新添 大厅" in text
    assert [space.name for space, _ in page.context["spaces"]] == ["大厅"]


def test_village_that_one_plan_does_not_know_yet_is_a_gap_in_the_table(client, town, base):
    other = services.copy_plan(by=town.boss, plan=base, now=NOW)
    del other.report["villages"][str(town.villages[1].pk)]
    other.save()
    client.force_login(town.boss)
    for village in town.villages:
        page = client.get(f"/office/plans/compare/?p={base.pk}&p={other.pk}&village={village.pk}")
        assert page.status_code == 200
    assert "—" in page.content.decode()


@pytest.mark.parametrize("query", ["", "p=1", "p=x&p=y", "p=1&p=1", "p=999999&p=888888", "p=" + "9" * 30])
def test_nonsense_to_compare_is_answered_with_what_to_choose(client, town, base, query):
    client.force_login(town.boss)
    page = client.get(f"/office/plans/compare/?{query}", follow=True).content.decode()
    assert "请选同一个镇里" in page


def test_plans_of_another_town_are_not_compared(client, town, base):
    other = services.copy_plan(by=town.boss, plan=base, now=NOW)
    client.force_login(make_staff(Role.TOWN, make_town(make_county("far"), slug="far")))
    assert client.get(f"/office/plans/compare/?p={base.pk}&p={other.pk}").status_code == 302
    for what in ("scenario/", "changes/"):
        assert client.get(f"/office/plans/{other.pk}/{what}").status_code == 404
    assert client.post(f"/office/plans/{other.pk}/copy/").status_code == 404


def test_form_makes_a_scenario_with_people_rooms_and_hours(client, town, base):
    client.force_login(town.boss)
    data = TIMES | {
        "title": "加人加房", "off_to": "18:00", "keep": "",
        "people0-skill": "炊事员", "people0-village": town.villages[0].pk, "people0-weekdays": ["5"],
        "people0-start": "10:00", "people0-end": "14:00", "people0-count": "1",
        "room0-space": town.halls[1].pk, "room0-service": town.canteen.pk,
    }  # fmt: skip
    answered = client.post(f"/office/plans/{base.pk}/scenario/", data)
    made = Plan.everywhere.exclude(pk=base.pk).get()
    assert (answered.status_code, answered["Location"]) == (302, f"/office/plans/{made.pk}/")
    assert [change["kind"] for change in made.changes] == ["hours", "people", "room"]
    assert (made.hours[1]["to"], made.is_ready) == ("18:00", True)
    page = client.get(f"/office/plans/{made.pk}/").content.decode()
    for change in made.changes:
        assert change["text"] in page
    assert client.get(f"/office/plans/{made.pk}/changes/").status_code == 200


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, "没有改动"), ({"budget_fen": "0"}, "金额不能少于"), ({"budget_fen": "-5"}, "金额"),
        ({"budget_fen": "很多"}, "金额"), ({"budget_fen": "10"}, "估价"), ({"work_to": "07:00"}, "结束要晚于开始"),
        ({"people0-skill": "炊事员"}, "选几天"), ({"people0-weekdays": ["1"]}, "写上能做什么"),
        ({"keep": "2"}, "从列出的里面"), ({"room0-space": "0"}, "从列出的里面"), ({"seconds": "9999"}, "180"),
    ],
)  # fmt: skip
def test_faults_of_the_scenario_form_are_told_and_nothing_is_made(client, town, base, more, words):
    client.force_login(town.boss)
    page = client.post(f"/office/plans/{base.pk}/scenario/", TIMES | more)
    assert page.status_code == 200
    assert words in page.content.decode()
    assert Plan.everywhere.count() == 1


def test_pages_of_plans_cost_the_same_for_one_and_three_scenarios(client, town, base):
    client.force_login(town.boss)
    copies = [services.copy_plan(by=town.boss, plan=base, now=NOW) for _ in range(3)]
    two, four = ("&".join(f"p={plan.pk}" for plan in [base, *copies[:n]]) for n in (1, 3))
    client.get(f"/office/plans/compare/?{two}")
    with CaptureQueriesContext(connection) as few:
        client.get(f"/office/plans/compare/?{two}")
    with CaptureQueriesContext(connection) as many:
        client.get(f"/office/plans/compare/?{four}")
    assert len(few) == len(many) <= 8
    with CaptureQueriesContext(connection) as page:
        client.get(f"/office/plans/{copies[0].pk}/")
    assert len(page) <= 12


def test_improvements_cost_the_same_for_one_and_for_three(client, town, base):
    client.force_login(town.boss)
    kitchen(town)
    client.get("/office/improvements/")
    with CaptureQueriesContext(connection) as one:
        client.get("/office/improvements/")
    for n in range(2):
        kitchen(town, village=1, yuan=100 + n)
        services.add_improvement(
            by=town.boss, place=town.villages[0], title=f"棋桌{n}", service=town.chess, now=NOW,
            kind=ImprovementKind.EQUIPMENT,
        )  # fmt: skip
    with CaptureQueriesContext(connection) as three:
        client.get("/office/improvements/")
    assert len(one) == len(three) <= 11
