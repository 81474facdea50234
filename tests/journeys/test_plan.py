"""From answers to a week that was changed by hand and is in force, in a browser: the town on a phone and at a desk."""

import random
import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from tests.journeys.conftest import Visitor
from tests.journeys.test_round import ask, spreadsheet_in
from xiangli.bookings.models import Activity
from xiangli.demo.surveys import draw
from xiangli.ledger.models import LedgerItem
from xiangli.places.models import Place
from xiangli.places.queries import villages
from xiangli.planning.edits import find, key_of, places_for
from xiangli.planning.models import Improvement, Plan, PlanRevision
from xiangli.planning.services import read_week
from xiangli.planning.timetable import Session
from xiangli.surveys.models import Campaign

pytestmark = [pytest.mark.journey, pytest.mark.slow]


def test_plan_from_answers_to_the_villages_page(huimeng, visitor, background, tmp_path):
    village = villages(huimeng)[0]
    phone = visitor().logs_in("town")
    answers_and_needs(phone, village, tmp_path)
    money(phone, village)

    phone.opens("/office/plans/new/").page.fill("input[name=seconds]", "4")
    phone.presses("开始排")
    assert "等候计算" in phone.page.inner_text("main")
    background()
    plan = Plan.everywhere.get()
    week = f"/office/plans/{plan.pk}/village/{village.pk}/"
    edited_without_a_script(phone, plan, village, week)
    edited_at_a_desk(visitor(javascript=True, width=1280).logs_in("town"), plan, village, week)

    phone.opens(f"/office/plans/{plan.pk}/").sees("改过什么").presses("采纳这个方案")
    adopted(phone, village, plan)
    resident = visitor().opens("/c/mengjin/lucun/").follows("选了什么，没选什么，为什么")
    resident.sees("位答了问卷").sees("镇里照这些需求定了方案").sees("改善的钱用在我们村的有食堂更换灶具")
    resident.sees("每样活动为什么在这里")


def answers_and_needs(phone: Visitor, village: Place, tmp_path) -> None:
    """The town asks, a village's answers come as a spreadsheet, needs are derived and published."""
    ask(phone)
    campaign = Campaign.everywhere.get()
    answers = [row.answers for row in draw(campaign, village, 60, random.Random(7))]
    spreadsheet_in(phone, campaign, village, answers, tmp_path)
    phone.opens(f"/office/surveys/{campaign.pk}/").presses("加权，得出需求")
    phone.opens(f"/office/surveys/{campaign.pk}/").presses("公布需求清单")


def money(phone: Visitor, village: Place) -> None:
    """What money could buy is named and priced; a budget of nothing is refused, one that is enough buys it."""
    page = phone.opens("/office/improvements/new/").page
    page.select_option("select[name=place]", label=village.label)
    page.fill("input[name=title]", "食堂更换灶具")
    page.select_option("select[name=service]", label="乡里食堂")
    page.fill("input[name=cost_fen]", "2万")
    phone.presses("加入清单").sees("食堂更换灶具")
    phone.follows("分配预算").page.fill("input[name=budget_fen]", "0")
    phone.presses("看看够做哪些").sees("金额不能少于")
    phone.page.fill("input[name=budget_fen]", "5万")
    phone.presses("看看够做哪些").sees("食堂更换灶具").sees("还剩")
    assert Improvement.everywhere.count() == 1


def movable(plan: Plan, village: Place) -> Iterator[tuple[Session, Session]]:
    """The village's sessions with each place they could go to. Which these are depends on how far the solver came."""
    town, made = read_week(plan)
    for session in (one for one in made.sessions if one.village == str(village.pk)):
        for there in places_for(town, made, session, most=99):
            yield session, there


def edited_without_a_script(phone: Visitor, plan: Plan, village: Place, week: str) -> None:
    """One change that breaks a rule, with the reason; one that does not, with the figures before and after; undone."""
    session, _ = next(movable(plan, village))
    phone.opens(week).page.locator(f".narrow-only a.session[data-key='{key_of(session)}']").click()
    phone.page.select_option("select[name=start]", label="06:00")
    phone.presses("就这样改").sees("不能这样改").sees("不在该空间的开放时间内")
    assert PlanRevision.everywhere.count() == 0
    phone.page.get_by_role("button", name=re.compile("^挪到")).first.click()
    assert re.search(r"需求满足 [\d.]+% → [\d.]+%", phone.page.inner_text("main"))
    phone.presses("撤回上一次改动").sees("撤回")
    assert list(PlanRevision.everywhere.order_by("number").values_list("kind", flat=True)) == ["move", "undo"]


def edited_at_a_desk(desk: Visitor, plan: Plan, village: Place, week: str) -> None:
    """In a room's grid: put where it may not be, then with the keyboard where it may, and confirmed."""
    weekly = [one for one in read_week(plan)[1].sessions if one.village == str(village.pk) and not one.week]
    session, there, in_the_way = next(
        (one, other, another)
        for one, other in movable(plan, village)
        if other.space == one.space and other.time.day > one.time.day
        for another in weekly
        if another.space == one.space and not another.time.overlaps(one.time)
    )
    page = desk.opens(f"{week}?space={session.space}").page
    taken = page.locator(f"#grid a[data-key='{key_of(session)}']")
    taken.click()
    page.locator("#grid td", has=page.locator(f"a[data-key='{key_of(in_the_way)}']")).click()
    page.get_by_text("不能这样改").wait_for()
    page.get_by_role("button", name="算了").click()
    taken.focus()
    page.keyboard.press("Space")
    for _ in range(there.time.day - session.time.day):
        page.keyboard.press("ArrowRight")
    hours = (there.time.start - session.time.start) // 60
    for _ in range(abs(hours)):
        page.keyboard.press("ArrowDown" if hours > 0 else "ArrowUp")
    page.keyboard.press("Enter")
    page.get_by_text("可以。需求满足").wait_for()
    page.keyboard.press("Enter")  # the button to confirm has the focus
    page.get_by_text("挪到").first.wait_for()
    assert find(read_week(Plan.everywhere.get(pk=plan.pk))[1], str(village.pk), key_of(there))

    page = desk.opens(f"{week}edit/?session={quote(key_of(there))}").page
    page.select_option("select[name=start]", label="06:00")  # the verdict comes without a button
    page.get_by_text("不在该空间的开放时间内").wait_for()


def adopted(phone: Visitor, village: Place, plan: Plan) -> None:
    """The week as it was left is in force, and what it takes is in the ledger with the needs behind it."""
    held = set(plan.activities.filter(place=village).values_list("space", "weekday", "start_minute"))
    assert held == set(Activity.objects.within(village).filter(until=None).values_list("space", "weekday", "start"))
    item = LedgerItem.objects.within(village).get(title="食堂更换灶具")
    assert item.planned_fen == 2_000_000
    phone.opens(f"/office/ledger/{item.pk}/").sees("为什么有这件事").sees("的乡亲想要")
