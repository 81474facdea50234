import pytest

from tests.planning.factories import add_need, make_planned_town
from xiangli.planning.hours import DEFAULT_HOURS, clock, minutes, overlap
from xiangli.planning.inputs import Leftover, timetable_input
from xiangli.planning.queries import planning_rows
from xiangli.planning.timetable import read_town

pytestmark = pytest.mark.django_db


def built(town):
    return timetable_input(**planning_rows(town.place), hours=DEFAULT_HOURS)


def test_input_is_what_the_engine_reads_and_leaves_offices_out():
    town = make_planned_town(1)
    data, leftovers = built(town)
    read = read_town(data)
    [village] = read.villages
    assert (leftovers, village.name) == ([], town.villages[0].name)
    assert [space.name for space in village.spaces] == ["大厅"]
    assert {group.name: group.ground_floor for group in read.groups} == {"60 岁以上": True, "18–59 岁": False}
    assert read.service("canteen").staff == {"炊事员": 1}
    assert set(read.service("canteen").requires) == {"乡里食堂", "厨房", "一楼"}
    assert read.service("health").specialist == "巡诊医生"


def test_need_at_any_time_counts_once_where_the_service_can_be_held():
    town = make_planned_town(1)
    data, _ = built(town)
    health = [row for row in data["villages"][0]["needs"] if row["service"] == "health"]
    # the doctor can come on three mornings (08–12) and one afternoon (14–18)
    assert {row["band"]: row["person_hours"] for row in health} == {"morning": 22.5, "afternoon": 7.5}


def test_need_without_a_service_of_the_catalogue_is_named():
    town = make_planned_town(1)
    add_need(town.lists[0], None, "18–59 岁", "any", 12.0)
    _, leftovers = built(town)
    assert leftovers == [Leftover(town.villages[0].name, "别的", 12.0)]


def test_equipment_of_a_space_is_split_into_words():
    town = make_planned_town(1)
    town.halls[0].equipment = "厨房、投影 音响"
    town.halls[0].save()
    data, _ = built(town)
    assert data["villages"][0]["spaces"][0]["supports"][-4:] == ["厨房", "投影", "音响", "一楼"]


def test_rows_cost_the_same_for_one_and_for_three_villages(django_assert_num_queries):
    town = make_planned_town(1)
    with django_assert_num_queries(8):
        planning_rows(town.place)
    from tests.planning.factories import add_village

    for _ in range(2):
        add_village(town, town.lists[0].campaign)
    with django_assert_num_queries(8):
        planning_rows(town.place)


@pytest.mark.parametrize(("text", "minute"), [("08:30", 510), ("00:00", 0), ("24:00", 1440)])
def test_clock_and_minutes_are_inverse(text, minute):
    assert (minutes(text), clock(minute)) == (minute, text)


def test_overlap_counts_open_minutes_a_week():
    assert overlap(DEFAULT_HOURS, [1, 6], 7 * 60, 9 * 60) == 120
    assert overlap(DEFAULT_HOURS, [1], 20 * 60, 22 * 60) == 0
