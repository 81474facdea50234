"""What an item has besides itself: what comes first, its next time, its money by source; taking back; many at once."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from tests.ledger.factories import NOW, TODAY, asked, make_crew, make_item
from tests.places.factories import make_village
from xiangli.audit.queries import timeline
from xiangli.core.errors import UserError
from xiangli.ledger import services
from xiangli.ledger.choices import Fund, Repeat, State
from xiangli.ledger.models import Dependency, Extension, ItemMoney, LedgerItem
from xiangli.ledger.services.repeating import next_deadline

pytestmark = pytest.mark.django_db


@pytest.fixture
def crew():
    return make_crew()


def first(crew, item, needs):
    return services.add_dependency(by=crew.boss, item=item, needs=needs, now=NOW)


def test_item_starts_only_when_what_comes_first_is_closed(crew):
    floor, kitchen = asked(crew, title="铺地"), make_item(crew, "厨房")
    first(crew, kitchen, floor)
    with pytest.raises(UserError, match="要先做完：铺地"):
        services.start(by=crew.doer, item=kitchen, now=NOW)
    services.close(by=crew.judge, item=floor, now=NOW)
    assert services.start(by=crew.doer, item=kitchen, now=NOW).state == State.IN_PROGRESS


def test_circle_is_refused_with_words_and_by_the_database(crew):
    a, b, c = (make_item(crew, name) for name in "甲乙丙")
    first(crew, b, a)
    first(crew, c, b)
    for item, needs in ((a, c), (a, b)):
        with pytest.raises(UserError, match="排成了一个圈"):
            first(crew, item, needs)
        with pytest.raises(IntegrityError), transaction.atomic():
            Dependency.everywhere.create(county=crew.town.county, item=item, needs=needs)
    with pytest.raises(IntegrityError), transaction.atomic():
        Dependency.everywhere.filter(item=b).update(needs=c)
    with pytest.raises(UserError, match="自己"):
        first(crew, a, a)
    services.remove_dependency(by=crew.boss, item=b, needs=a, now=NOW)
    first(crew, a, c)
    assert Dependency.everywhere.count() == 2


def test_closing_an_item_that_repeats_adds_the_next_one_once(crew):
    item = asked(crew, title="清淤", repeats=Repeat.MONTH, days=5, tags="环境", responsible=crew.doer)
    services.close(by=crew.judge, item=item, now=NOW)
    following = LedgerItem.everywhere.exclude(pk=item.pk).get()
    assert (following.deadline, following.state, following.tags) == (date(2026, 7, 15), State.NOT_STARTED, "环境")
    services.undo(by=crew.judge, item=item, now=NOW + timedelta(hours=1))
    services.close(by=crew.judge, item=item, now=NOW + timedelta(hours=2))
    assert LedgerItem.everywhere.count() == 2


@pytest.mark.parametrize(
    ("deadline", "repeats", "expected"),
    [
        (date(2026, 6, 10), Repeat.WEEK, date(2026, 6, 17)), (date(2026, 5, 1), Repeat.WEEK, date(2026, 6, 12)),
        (date(2026, 5, 31), Repeat.MONTH, date(2026, 6, 30)), (date(2026, 6, 30), Repeat.QUARTER, date(2026, 9, 30)),
        (date(2025, 12, 31), Repeat.HALF, date(2026, 6, 30)), (date(2024, 2, 29), Repeat.YEAR, date(2027, 2, 28)),
    ],
)  # fmt: skip
def test_next_deadline_is_the_first_of_the_series_after_today(deadline, repeats, expected):
    assert next_deadline(deadline, repeats, TODAY) == expected


@given(
    st.dates(date(2000, 1, 1), date(2040, 1, 1)), st.sampled_from(Repeat), st.dates(date(2020, 1, 1), date(2030, 1, 1))
)
def test_next_deadline_is_after_both(deadline, repeats, today):
    found = next_deadline(deadline, repeats, today)
    assert found > max(deadline, today)
    assert found - max(deadline, today) <= timedelta(days=366)


def test_money_by_source_adds_up_to_the_item(crew):
    item = make_item(crew, planned_fen=5)
    rows = {Fund.VILLAGE.value: (100, 60, 50), Fund.SUPERIOR.value: (900, 900, 0)}
    item = services.set_money(by=crew.boss, item=item, now=NOW, rows=rows)
    assert (item.planned_fen, item.granted_fen, item.spent_fen) == (1000, 960, 50)
    assert ItemMoney.everywhere.count() == 2
    with pytest.raises(UserError, match="资金说明"):
        services.set_money(by=crew.boss, item=item, now=NOW, rows={Fund.OTHER.value: (0, 0, 1)})
    for change in ({"planned_fen": 7}, {"spent_fen": 7}):
        with pytest.raises(UserError, match="按来源记"):
            services.edit(by=crew.boss, item=item, now=NOW, **change)
    assert ItemMoney.everywhere.count() == 2


def test_own_last_step_of_today_is_taken_back_by_a_counter_event(crew):
    item = services.close(by=crew.judge, item=asked(crew), now=NOW)
    later = NOW + timedelta(hours=3)
    for who, when in ((crew.boss, later), (crew.judge, NOW + timedelta(days=1))):
        with pytest.raises(UserError, match="只能撤回您自己今天"):
            services.undo(by=who, item=item, now=when)
    item = services.undo(by=crew.judge, item=item, now=later)
    assert (item.state, item.closed_by, item.requested_by) == (State.CLOSE_REQUESTED, None, crew.doer)
    assert [event.verb for event in timeline(item)][-2:] == ["ledger.close", "ledger.undone"]
    with pytest.raises(UserError):
        services.undo(by=crew.judge, item=item, now=later)


def test_step_after_which_somebody_else_acted_cannot_be_taken_back(crew):
    item = services.start(by=crew.doer, item=make_item(crew), now=NOW)
    services.note(by=crew.boss, item=item, now=NOW, text="看到了")
    with pytest.raises(UserError, match="又有人动过"):
        services.undo(by=crew.doer, item=item, now=NOW)


def test_edit_and_extension_are_taken_back_whole(crew):
    item = make_item(crew, measure="旧", programme=None)
    programme = services.add_programme(by=crew.boss, place=crew.town, title="方案", starts=TODAY)
    services.edit(by=crew.boss, item=item, now=NOW, measure="新", programme=programme, responsible=crew.doer)
    item = services.undo(by=crew.boss, item=item, now=NOW)
    assert (item.measure, item.programme_id, item.responsible_id) == ("旧", None, None)
    before = item.deadline
    services.extend(by=crew.boss, item=item, now=NOW, deadline=before + timedelta(days=9), reason="雨")
    item = services.undo(by=crew.boss, item=item, now=NOW)
    assert (item.deadline, Extension.everywhere.count()) == (before, 0)


def test_clock_set_back_does_not_turn_the_order_round(crew):
    item = services.start(by=crew.doer, item=make_item(crew), now=NOW)
    item = services.ask_close(by=crew.doer, item=item, now=NOW - timedelta(days=400))
    item = services.close(by=crew.judge, item=item, now=NOW - timedelta(days=399))
    item.refresh_from_db()
    assert (item.requested_at, item.closed_at, item.moved_at) == (NOW, NOW, NOW)
    assert [event.at for event in timeline(item)] == [NOW] * 4


def test_many_items_are_changed_at_once_and_the_others_named(crew):
    done = services.close(by=crew.judge, item=asked(crew, title="已销的"), now=NOW)
    items = [make_item(crew, "甲", days=10), make_item(crew, "乙", days=90), done]
    later = TODAY + timedelta(days=60)
    outcome = services.extend_many(by=crew.boss, items=items, now=NOW, deadline=later, reason="汛期")
    assert outcome.count == 1
    assert [(item.title, why[:5]) for item, why in outcome.refused] == [("已销的", "已经销号"), ("乙", "新时限要晚")]
    outcome = services.assign_many(by=crew.boss, items=items, now=NOW, responsible=crew.doer, tags="汛期")
    assert outcome.count == 2
    assert LedgerItem.everywhere.filter(responsible=crew.doer, tags="汛期").count() == 2
    assert services.assign_many(by=crew.doer, items=items, now=NOW, tags="x").count == 0


def test_bulk_page_chooses_confirms_and_does_without_javascript(client, crew):
    items = [make_item(crew, name) for name in "甲乙丙"]
    make_item(crew, "丁", place=make_village(crew.town))
    client.force_login(crew.boss)
    chosen = {"do": "assign", "item": [items[0].pk, items[1].pk]}
    page = client.post("/office/ledger/bulk/", chosen)
    assert [item.title for item in page.context["items"]] == ["甲", "乙"]
    client.post("/office/ledger/bulk/", {**chosen, "confirmed": "1", "tags": "汛期，安全"})
    assert list(LedgerItem.everywhere.filter(tags="汛期 安全").values_list("title", flat=True)) == ["甲", "乙"]
    page = client.post("/office/ledger/bulk/", {"do": "extend", "all": "on", "query": f"village={crew.village.pk}"})
    assert len(page.context["items"]) == 3
    empty = client.post("/office/ledger/bulk/", {"do": "extend"}, follow=True)
    assert "请先在列表里勾选事项" in empty.content.decode()
    client.force_login(crew.doer)
    assert client.post("/office/ledger/bulk/", chosen).status_code == 404
    assert client.post("/office/ledger/bulk/", {**chosen, "do": "export"})["Content-Type"].endswith("sheet")


def test_item_page_orders_takes_back_and_keeps_money(client, crew):
    floor, kitchen = make_item(crew, "铺地"), make_item(crew, "厨房")
    client.force_login(crew.boss)
    here = f"/office/ledger/{kitchen.pk}/"
    assert client.post(f"{here}needs/", {"needs": floor.pk}).status_code == 302
    assert "要先做完" in client.get(here).content.decode()
    page = client.post(f"/office/ledger/{floor.pk}/needs/", {"number": kitchen.pk})
    assert (page.status_code, "排成了一个圈" in page.content.decode()) == (422, True)
    assert client.post(f"{here}needs/", {"remove": floor.pk}).status_code == 302
    assert Dependency.everywhere.count() == 0
    assert client.post(f"{here}money/", {"village-planned": "1.2万", "town-planned": "3000"}).status_code == 302
    kitchen.refresh_from_db()
    assert kitchen.planned_fen == 1_500_000
    client.post(f"{here}start/")
    assert "撤回刚才的“开始办理”" in client.get(here).content.decode()
    client.post(f"{here}undo/")
    kitchen.refresh_from_db()
    assert kitchen.state == State.NOT_STARTED
    assert "撤回了“开始办理”" in client.get(here).content.decode()
