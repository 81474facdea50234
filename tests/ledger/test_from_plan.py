from datetime import timedelta

import pytest

from tests.places.factories import make_staff
from tests.planning.factories import NOW, SOON, TODAY, answer, make_planned_town
from xiangli.accounts.choices import Role
from xiangli.audit.queries import timeline
from xiangli.ledger.choices import Source
from xiangli.ledger.models import LedgerItem
from xiangli.ledger.services import add_items_from_plan, ask_close, start
from xiangli.ledger.wording import told
from xiangli.places.calendar import add_working_days, seed_calendar
from xiangli.planning import queries, services
from xiangli.planning.choices import ImprovementKind

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    made = make_planned_town()
    seed_calendar(by=None, county=made.place.county, years=[2026])
    return made


def test_plan_becomes_items_once_with_cost_deadline_and_who_answers(town):
    keeper = make_staff(Role.VILLAGE_STAFF, town.villages[0])
    kitchen = services.add_improvement(
        by=town.boss, place=town.villages[0], title="隔出厨房", service=town.canteen, kind=ImprovementKind.REBUILD,
        cost_fen=30_000, now=NOW,
    )  # fmt: skip
    answer(town.lists[0], "canteen")
    services.share_budget(by=town.boss, place=town.place, budget_fen=100_000, now=NOW)
    plan = services.propose(by=town.boss, place=town.place, **SOON)
    items = add_items_from_plan(by=town.boss, plan=plan, today=TODAY, now=NOW)
    assert {item.source for item in items} == {Source.PLAN}
    [bought] = [item for item in items if item.origin == f"improvement:{kitchen.pk}"]
    assert (bought.planned_fen, bought.service, bought.responsible, bought.place) == (
        30_000, town.canteen, keeper, town.villages[0],
    )  # fmt: skip
    assert bought.deadline == add_working_days(town.place.county, TODAY, 60)
    begins = {item.place_id: item for item in items if item.origin == f"plan:{plan.pk}:begin"}
    assert set(begins) == set(queries.activities_of(plan).values_list("place_id", flat=True))
    assert begins[town.villages[0].pk].deadline == add_working_days(town.place.county, TODAY, 10)
    assert add_items_from_plan(by=town.boss, plan=plan, today=TODAY, now=NOW) == []
    assert LedgerItem.everywhere.count() == len(items)


def test_next_plan_does_not_ask_for_the_same_improvement_again(town):
    services.add_improvement(
        by=town.boss, place=town.villages[0], title="隔出厨房", service=town.canteen, kind=ImprovementKind.REBUILD,
        cost_fen=30_000, now=NOW,
    )  # fmt: skip
    answer(town.lists[0], "canteen")
    services.share_budget(by=town.boss, place=town.place, budget_fen=100_000, now=NOW)
    for _ in range(2):
        plan = services.propose(by=town.boss, place=town.place, **SOON)
        add_items_from_plan(by=town.boss, plan=plan, today=TODAY, now=NOW)
    assert LedgerItem.everywhere.filter(origin__startswith="improvement:").count() == 1


def test_plan_that_takes_the_place_of_another_goes_on_with_its_items(town):
    answer(town.lists[0], "canteen")
    first = services.propose(by=town.boss, place=town.place, **SOON)
    services.mark_adopted(by=town.boss, plan=first, today=TODAY)
    begun = add_items_from_plan(by=town.boss, plan=first, today=TODAY, now=NOW)
    begins = {item.place_id: item for item in begun if item.origin == f"plan:{first.pk}:begin"}
    closing = begins.pop(town.villages[1].pk)
    ask_close(by=town.boss, item=start(by=town.boss, item=closing, now=NOW), now=NOW, note="办好了")
    kept = begins.pop(town.villages[0].pk)
    second = services.propose(by=town.boss, place=town.place, **SOON)
    services.mark_adopted(by=town.boss, plan=second, today=TODAY)
    later = TODAY + timedelta(days=3)
    added = add_items_from_plan(by=town.boss, plan=second, today=later, now=NOW + timedelta(days=3))
    # What is being closed is done; its village gets the new start as an item of its own.
    assert [(item.place_id, item.origin) for item in added] == [(town.villages[1].pk, f"plan:{second.pk}:begin")]
    deadline = kept.deadline
    kept.refresh_from_db()
    assert (kept.plan, kept.origin, kept.deadline) == (second, f"plan:{second.pk}:begin", deadline)
    line = told(timeline(kept).last())
    assert (line["what"], line["details"][-1]) == ("方案换了", f"改按方案“{second.title}”办，时限不变。")


def test_item_that_the_next_plan_does_not_ask_for_is_asked_about_and_stays(town):
    answer(town.lists[0], "canteen")
    base = services.propose(by=town.boss, place=town.place, **SOON)
    room = {
        "kind": "room", "village": str(town.villages[0].pk), "space": str(town.halls[0].pk), "tags": ["厨房"],
        "step_free": False, "text": "大厅改成也能办乡里食堂",
    }  # fmt: skip
    plan = services.draft_scenario(by=town.boss, base=base, title="", changes=[room], keep=0.9, seconds=5, now=NOW)
    services.work_out(by=town.boss, plan=plan)
    plan.refresh_from_db()
    services.mark_adopted(by=town.boss, plan=plan, today=TODAY)
    added = add_items_from_plan(by=town.boss, plan=plan, today=TODAY, now=NOW)
    [wanted] = [item for item in added if ":granted:" in item.origin]
    services.mark_adopted(by=town.boss, plan=base, today=TODAY)
    add_items_from_plan(by=town.boss, plan=base, today=TODAY, now=NOW)
    wanted.refresh_from_db()
    assert wanted.state == "not_started"
    line = told(timeline(wanted).last())
    assert line["details"] == [f"新方案“{base.title}”里没有这一件了。不用再办的话，写明以后申请销号。"]


def test_scenario_puts_into_the_ledger_what_it_takes_for_granted(town):
    base = services.propose(by=town.boss, place=town.place, **SOON)
    village, other = (str(place.pk) for place in town.villages)
    changes = [
        {
            "kind": "people", "villages": [village, other], "skill": "志愿者", "days": [6], "from": "08:00",
            "to": "12:00", "count": 2, "volunteers": True, "text": "各村添志愿者 2 人（周六 08:00–12:00）",
        },
        {
            "kind": "room", "village": village, "space": str(town.halls[0].pk), "tags": ["厨房"], "step_free": False,
            "text": "大厅改成也能办乡里食堂",
        },
        {"kind": "hours", "hours": base.hours, "text": "开放时间照旧"},
    ]  # fmt: skip
    plan = services.draft_scenario(by=town.boss, base=base, title="", changes=changes, keep=0.9, seconds=5, now=NOW)
    services.work_out(by=town.boss, plan=plan)
    items = add_items_from_plan(by=town.boss, plan=plan, today=TODAY, now=NOW)
    granted = [item for item in items if ":granted:" in item.origin]
    assert sorted((item.place_id, item.title, item.volunteers) for item in granted) == sorted(
        [
            (town.villages[0].pk, "增加人手：志愿者", 2), (town.villages[1].pk, "增加人手：志愿者", 2),
            (town.villages[0].pk, "大厅改成也能办乡里食堂", 0),
        ]
    )  # fmt: skip
    assert {item.deadline for item in granted} == {
        add_working_days(town.place.county, TODAY, 20), add_working_days(town.place.county, TODAY, 60),
    }  # fmt: skip


def test_budget_of_the_scenario_decides_what_is_bought_not_that_of_the_town(town):
    kitchen, tables = (
        services.add_improvement(
            by=town.boss, place=town.villages[0], title=title, service=service, kind=ImprovementKind.EQUIPMENT,
            cost_fen=fen, now=NOW,
        )
        for title, service, fen in (("隔出厨房", town.canteen, 30_000), ("棋桌", town.chess, 200_000))
    )  # fmt: skip
    answer(town.lists[0], "canteen", "chess")
    services.share_budget(by=town.boss, place=town.place, budget_fen=500_000, now=NOW)
    base = services.propose(by=town.boss, place=town.place, **SOON)
    small = services.budget_change(base, 50_000)
    plan = services.draft_scenario(by=town.boss, base=base, title="", changes=[small], keep=None, seconds=5, now=NOW)
    services.work_out(by=town.boss, plan=plan)
    assert queries.paid_for(base) == ([kitchen, tables], [])
    assert queries.paid_for(plan) == (
        [kitchen],
        [(tables, 180_000)],
    )  # 200 of the one answer's 500 yuan are left for the tables
    items = add_items_from_plan(by=town.boss, plan=plan, today=TODAY, now=NOW)
    assert [item.title for item in items if item.origin.startswith("improvement:")] == ["隔出厨房"]


def test_page_of_an_item_shows_the_published_needs_behind_it_and_no_others(client, town):
    listed = town.lists[0]
    listed.published = [
        {"key": f"want/{key}", "label": label, "service": key, "group": "", "percent": percent, "people": 9}
        for key, label, percent in (("chess", "下棋", 41), ("canteen", "食堂", 37))
    ]
    listed.save()
    plan = services.propose(by=town.boss, place=town.place, **SOON)
    items = add_items_from_plan(by=town.boss, plan=plan, today=TODAY, now=NOW)
    begin = next(one for one in items if one.origin.endswith(":begin") and one.place == town.villages[0])
    client.force_login(town.boss)
    page = client.get(f"/office/ledger/{begin.pk}/").content.decode()
    assert "需求清单还没有公布" in page
    assert "41%" not in page
    listed.published_at = NOW
    listed.save()
    page = client.get(f"/office/ledger/{begin.pk}/").content.decode()
    assert "为什么有这件事" in page
    assert "41% 的乡亲想要" in " ".join(page.split())
    assert "37%" not in page  # the plan holds no canteen there
