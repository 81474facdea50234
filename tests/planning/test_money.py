import pytest

from tests.planning.factories import NOW, SOON, answer, make_planned_town
from xiangli.core.errors import UserError
from xiangli.planning import queries, services
from xiangli.planning.ballots import wanted_services
from xiangli.planning.choices import ImprovementKind
from xiangli.planning.models import FundingRound

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    return make_planned_town()


def improve(town, village, title, service, yuan):
    return services.add_improvement(
        by=town.boss, place=town.villages[village], title=title, service=service, kind=ImprovementKind.EQUIPMENT,
        cost_fen=yuan * 100 if yuan else None, now=NOW,
    )  # fmt: skip


def share(town, yuan):
    return services.share_budget(by=town.boss, place=town.place, budget_fen=yuan * 100, now=NOW)


def test_budget_goes_to_what_each_villages_people_asked_for(town):
    kitchen = improve(town, 0, "厨房", town.canteen, 500)
    tables = improve(town, 1, "棋桌", town.chess, 500)
    unpriced = improve(town, 1, "厨房", town.canteen, None)
    for _ in range(3):
        answer(town.lists[0], "canteen")
        answer(town.lists[1], "chess", "canteen")
    made = share(town, 1000)
    assert set(made.chosen.all()) == {kitchen, tables}
    assert str(unpriced.pk) not in {project["id"] for project in made.input["projects"]}
    assert made.result["paid_fen"] == {town.villages[0].name: 50_000, town.villages[1].name: 50_000}
    assert made.result["people"] == 60


def test_small_village_keeps_its_share_where_greedy_would_leave_it_nothing(town):
    small = improve(town, 0, "厨房", town.canteen, 250)
    large = [improve(town, 1, f"棋桌{n}", town.chess, 250) for n in range(4)]
    for _ in range(1):
        answer(town.lists[0], "canteen")
    for _ in range(3):
        answer(town.lists[1], "chess")
    made = share(town, 1000)
    assert small in made.chosen.all()
    assert made.chosen.count() == 4
    assert str(small.pk) not in made.result["greedy"]
    [loser] = made.result["losers"]
    assert int(loser["id"]) in {row.pk for row in large}
    assert loser["lacking_fen"] > 0


def test_result_sums_and_budget_are_kept(town):
    rows = [improve(town, n % 2, f"项目{n}", town.chess if n % 3 else town.canteen, 100 + 37 * n) for n in range(8)]
    for _ in range(5):
        answer(town.lists[0], "chess", "canteen", weight=7.5)
        answer(town.lists[1], "chess", weight=3.25)
    made = share(town, 700)
    cost = sum(row.cost_fen for row in rows if str(row.pk) in made.result["winners"])
    assert made.result["cost_fen"] == cost <= 70_000
    assert len(made.result["winners"]) + len(made.result["losers"]) == len(rows)


def test_nothing_priced_or_nobody_asked_is_said(town):
    improve(town, 0, "厨房", town.canteen, None)
    with pytest.raises(UserError, match="估价"):
        share(town, 1000)
    improve(town, 0, "棋桌", town.chess, 10)
    with pytest.raises(UserError, match="答卷"):
        share(town, 1000)
    assert FundingRound.everywhere.count() == 0


def test_dropped_improvement_is_no_longer_weighed(town):
    row = improve(town, 0, "棋桌", town.chess, 10)
    services.change_improvement(by=town.boss, improvement=row, cost_fen=1000, dropped=True)
    answer(town.lists[0], "chess")
    with pytest.raises(UserError, match="估价"):
        share(town, 1000)


def test_wanted_services_follow_the_questionnaire():
    definition = {
        "questions": [
            {"name": "a", "role": "need", "options": [{"name": "x", "service": "chess"}, {"name": "y"}]},
            {"name": "b", "role": "need", "options": [{"name": "z", "service": "dance"}]},
            {"name": "c", "options": [{"name": "x", "service": "law"}]},
        ]
    }
    assert wanted_services(definition, {"a": ["x", "y"], "b": "z", "c": "x"}) == {"chess", "dance"}
    assert wanted_services(definition, {"a": None}) == set()


def test_lacking_lists_what_no_improvement_names_yet(town):
    services.propose(by=town.boss, place=town.place, **SOON)
    assert {(row["place"], row["service"]) for row in queries.lacking(town.place)} == {
        (village, town.canteen) for village in town.villages
    }
    improve(town, 0, "厨房", town.canteen, 500)
    assert [row["place"] for row in queries.lacking(town.place)] == [town.villages[1]]
