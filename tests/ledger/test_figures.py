"""Summary tables: right after every write, proven by counting, at every level, and from one day to the next."""

from datetime import timedelta

import pytest
from django.db import connection, models
from django.test.utils import CaptureQueriesContext

from tests.ledger.factories import NOW, TODAY, asked, make_crew, make_item
from tests.places.factories import make_county, make_town, make_village
from xiangli.ledger import services
from xiangli.ledger.commands import ledger as command
from xiangli.ledger.models import CountyFigures, LedgerItem, LightRule, TownFigures
from xiangli.ledger.queries import figures_of, first_overdue, lines_below, stale_counties, thresholds
from xiangli.places.choices import Level

pytestmark = pytest.mark.django_db


@pytest.fixture
def crew():
    return make_crew()


def kept(place, *names):
    sums = figures_of(place, None)
    return tuple(sums[name] for name in names)


def test_every_write_leaves_the_figures_as_counting_would(crew):
    county = crew.town.county
    item = asked(crew, planned_fen=700, source="meeting")
    assert kept(crew.town, "total", "close_requested", "from_meeting", "planned_fen") == (1, 1, 1, 700)
    services.close(by=crew.judge, item=item, now=NOW)
    late = make_item(crew, days=-1, today=TODAY)
    assert kept(crew.town, "closed", "red") == (1, 1)
    services.extend(by=crew.boss, item=late, now=NOW, deadline=TODAY + timedelta(days=90), reason="雨")
    services.edit(by=crew.boss, item=late, now=NOW, granted_fen=50)
    assert kept(county, "total", "red", "granted_fen") == (2, 0, 50)
    services.reopen(by=crew.boss, item=item, now=NOW, reason="又坏了")
    services.undo(by=crew.boss, item=item, now=NOW)
    assert kept(county, "closed", "reopened") == (1, 0)
    assert services.drift(county) == []


def test_every_level_shows_the_sum_of_what_lies_below(crew):
    other_town = make_town(crew.town.county, "baihe", "白鹤镇")
    elsewhere = make_town(make_county("yanshi", "偃师区"), "yuetan", "岳滩镇")
    for place in (crew.village, make_village(crew.town), make_village(other_town), make_village(elsewhere)):
        make_item(crew, place=place, planned_fen=100)
    make_item(crew, place=crew.town)
    limits = thresholds(crew.town.county, TODAY)
    totals = {}
    place = crew.village
    while place:
        sums = figures_of(place, limits)
        totals[place.level] = (sums["total"], sums["planned_fen"])
        below = lines_below(place, limits)
        if place.level not in (Level.VILLAGE, Level.TOWN):
            assert sum(line.sums["total"] for line in below) == sums["total"]
        place = place.parent
    assert totals == {
        Level.VILLAGE: (1, 100), Level.TOWN: (3, 200), Level.COUNTY: (4, 300), Level.CITY: (5, 400),
        Level.PROVINCE: (5, 400),
    }  # fmt: skip
    assert [line.sums["total"] for line in lines_below(crew.town, limits)] == [1, 1]


def test_figures_cost_the_same_queries_for_one_place_and_three(crew):
    make_item(crew)
    county = crew.town.county
    limits = thresholds(county, TODAY)
    for place in (county.parent, county, crew.town):
        with CaptureQueriesContext(connection) as one:
            figures_of(place, limits), lines_below(place, limits)
        assert len(one) <= 4, place.level
    for n in range(2):
        make_item(crew, place=make_village(make_town(county, f"t{n}", f"镇{n}")))
        make_item(crew, place=make_village(crew.town))
    for place, most in ((county.parent, 4), (county, 3), (crew.town, 4)):
        with CaptureQueriesContext(connection) as three:
            figures_of(place, limits), lines_below(place, limits)
        assert len(three) <= most, place.level


def test_night_rolls_only_the_towns_whose_lights_change(crew):
    county = crew.town.county
    quiet = make_village(make_town(county, "baihe", "白鹤镇"))
    make_item(crew, days=30)
    make_item(crew, place=quiet, days=400)
    assert kept(county, "red", "yellow") == (0, 0)
    for day, changed, expected in ((26, 1, (0, 1)), (31, 1, (1, 0)), (31, 0, (1, 0)), (0, 1, (0, 0))):
        today = TODAY + timedelta(days=day)
        LedgerItem.everywhere.filter(place=quiet).update(state="in_progress", started_at=NOW)
        if day == 26:
            services.recount([quiet.pk], TODAY)
        assert services.bring_up(county, today) == changed
        assert kept(county, "red", "yellow") == expected
        assert services.drift(county) == []
        assert {row.today for row in TownFigures.everywhere.all()} == {today}


def test_waiting_too_long_to_begin_turns_yellow_overnight(crew):
    make_item(crew, days=400)
    assert services.bring_up(crew.town.county, TODAY + timedelta(days=20)) == 1
    assert kept(crew.town.county, "yellow") == (1,)


def test_change_of_the_rule_is_counted_at_once(crew):
    county = crew.town.county
    make_item(crew, days=30)
    rule = LightRule(county=county, warn_days=40, start_days=10)
    services.save_light_rule(by=crew.boss, rule=rule, today=TODAY)
    assert kept(county, "yellow") == (1,)
    assert services.drift(county) == []


def test_county_whose_night_has_not_come_is_counted_as_stale(crew):
    make_item(crew)
    assert stale_counties(crew.town.county.parent, TODAY) == 0
    assert stale_counties(crew.town.county.parent, TODAY + timedelta(days=1)) == 1


def test_check_finds_what_was_changed_behind_the_back_and_repair_puts_it_right(crew, capsys):
    make_item(crew)
    assert command.main(["check"]) == 0
    TownFigures.everywhere.update(total=5, planned_fen=1)
    assert command.main(["check"]) == 2
    out = capsys.readouterr().out
    assert "会盟镇 total：记着 5，数出来 1" in out
    assert command.main(["repair"]) == 0
    assert command.main(["check"]) == 0
    assert "差 0 处" in capsys.readouterr().out
    TownFigures.everywhere.all().delete()
    CountyFigures.everywhere.all().delete()
    assert command.main(["check"]) == 2
    assert command.main(["roll"]) == 0
    assert command.main(["check"]) == 0


def test_figures_of_a_programme_are_counted_by_themselves(crew):
    programme = services.add_programme(by=crew.boss, place=crew.town, title="方案", starts=TODAY)
    make_item(crew, programme=programme)
    make_item(crew)
    limits = thresholds(crew.town.county, TODAY)
    for place in (crew.town.county, crew.town, crew.village):
        assert figures_of(place, limits, programme.pk)["total"] == 1
    assert [line.sums["total"] for line in lines_below(crew.town.county, limits, programme.pk)] == [1]


@pytest.mark.parametrize("most", [1, 2, 3, 5, 50])
def test_oldest_overdue_of_a_province_are_those_of_all_its_items(crew, most):
    province = crew.town.county.parent
    places = [crew.village] + [make_village(make_town(make_county(f"c{n}"), f"t{n}")) for n in range(5)]
    for number, place in enumerate(places[:5]):  # one county has nothing late
        for days in (number % 3, number * 2, 3):
            make_item(crew, place=place, days=days)
    make_item(crew, place=places[5], days=400)
    day = TODAY + timedelta(days=30)
    rows = LedgerItem.objects.within(province)
    every = [item for item in LedgerItem.everywhere.order_by("deadline", "pk") if item.deadline < day]
    assert list(first_overdue(rows, province, day, most)) == every[:most]
    assert list(first_overdue(rows, province, TODAY - timedelta(days=99), most)) == []


def test_items_have_only_the_indexes_that_the_model_names():
    """An index more is written with every one of a nation's rows; Django's own for foreign keys are left out."""
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, LedgerItem._meta.db_table)
    unique = {rule.name for rule in LedgerItem._meta.constraints if isinstance(rule, models.UniqueConstraint)}
    wanted = {index.name for index in LedgerItem._meta.indexes} | unique
    assert {name for name, one in found.items() if one["index"] and not one["primary_key"]} == wanted
