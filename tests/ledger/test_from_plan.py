import pytest

from tests.places.factories import make_staff
from tests.planning.factories import NOW, SOON, TODAY, answer, make_planned_town
from xiangli.accounts.choices import Role
from xiangli.ledger.choices import Source
from xiangli.ledger.models import LedgerItem
from xiangli.ledger.services import add_items_from_plan
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
