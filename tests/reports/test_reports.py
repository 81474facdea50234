from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.cases.factories import make_case, make_replied
from tests.places.factories import make_centre, make_county, make_staff, make_town, make_village
from xiangli.accounts.choices import Role
from xiangli.cases import services as cases
from xiangli.cases.models import Case
from xiangli.core.tables import read_table
from xiangli.reports import queries
from xiangli.reports.commands import purge
from xiangli.reports.templatetags.reports import bars_layout

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 10, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def centre():
    return make_centre()


@pytest.fixture
def town(centre):
    return make_staff(Role.TOWN, centre.place.parent)


def values(user, place, title):
    group = next(group for group in queries.groups(user, place, NOW) if group.title == title)
    return {figure.label: figure.value for figure in [*group.figures, *group.bars]}


def test_cases_are_counted_at_their_place_and_above(centre, town):
    make_case(centre, now=NOW - timedelta(days=9))
    make_replied(town, centre, now=NOW)
    other = make_centre(make_village(centre.place.parent))
    make_case(other, now=NOW)
    found = values(town, centre.place.parent, "来信")
    assert (found["在办"], found["超时"], found["全部来信"], found["已回复"]) == (3, 1, 3, 1)
    assert values(town, other.place, "来信")["全部来信"] == 1


def test_place_without_anything_shows_noughts(centre, town):
    assert set(values(town, centre.place, "台账").values()) == {0}
    assert values(town, centre.place, "中心") == {"中心": 1, "现在开门": 0, "现在关门": 0, "开放时间未定": 1}


def test_another_county_counts_for_nothing(centre, town):
    stranger = make_town(make_county("jili", "吉利区"))
    make_case(make_centre(make_village(stranger)), now=NOW)
    assert values(town, centre.place.county, "来信")["全部来信"] == 0


def test_figure_leads_to_a_list_that_shows_as_many(client, centre, town):
    make_case(centre, now=timezone.now() - timedelta(days=9))
    make_case(make_centre(make_village(centre.place.parent)), now=timezone.now())
    client.force_login(town)
    for group in queries.groups(town, centre.place, timezone.now()):
        for figure in [*group.figures, *group.bars]:
            page = client.get(figure.url)
            assert page.status_code == 200
            if group.title == "来信":
                assert page.context["page"].paginator.count == figure.value


def test_figures_lead_nowhere_that_is_closed_to_the_reader(client, centre):
    supervisor = make_staff(Role.SUPERVISOR, centre.place.parent)
    client.force_login(supervisor)
    urls = {
        figure.url
        for group in queries.groups(supervisor, centre.place.parent, NOW)
        for figure in [*group.figures, *group.bars]
    }
    assert {client.get(url).status_code for url in urls if url} == {200}
    assert "" in urls


def test_villages_stand_in_the_order_of_the_tree_not_of_their_figures(centre, town):
    second = make_village(centre.place.parent)
    make_case(make_centre(second), now=NOW)
    rows = queries.village_rows(centre.place.parent, NOW.date())
    assert [(row.place, row.cases) for row in rows] == [(centre.place, 0), (second, 1)]


def test_files_hold_the_figures_of_the_page(client, centre, town):
    make_case(centre, now=timezone.now())
    client.force_login(town)
    csv = read_table(client.get(reverse("reports_csv")).content)
    assert list(csv.header) == ["类别", "项目", "数"]
    xlsx = read_table(client.get(reverse("reports_xlsx")).content, sheet="总数", header_has={"类别"})
    assert [list(row.cells) for row in xlsx.rows] == [list(row.cells) for row in csv.rows]
    assert ["来信", "在办", "1"] in [list(row.cells) for row in csv.rows]


@pytest.mark.parametrize("role", [Role.VILLAGE_STAFF, Role.EDITOR, Role.COUNTER])
def test_dashboard_is_404_for_those_it_is_not_for(client, centre, role):
    client.force_login(make_staff(role, centre.place))
    assert client.get(reverse("reports_dashboard")).status_code == 404


def test_dashboard_of_another_place_is_404(client, centre, town):
    client.force_login(town)
    elsewhere = make_town(centre.county, slug="other", name="别镇")
    assert client.get(reverse("reports_dashboard"), {"place": elsewhere.pk}).status_code == 404


def test_dashboard_costs_the_same_queries_for_one_village_and_three(
    client, centre, town, django_assert_max_num_queries
):
    client.force_login(town)
    client.get(reverse("reports_dashboard"))
    with django_assert_max_num_queries(30) as first:
        client.get(reverse("reports_dashboard"))
    for _ in range(2):
        make_case(make_centre(make_village(centre.place.parent)), now=NOW)
    with django_assert_max_num_queries(30) as second:
        client.get(reverse("reports_dashboard"))
    assert len(second) == len(first)


def test_longest_bar_takes_all_the_room():
    bars = [queries.Figure("甲", 10), queries.Figure("乙", 5), queries.Figure("丙", 0)]
    assert [row["width"] for row in bars_layout(bars)["rows"]] == [205, 102, 0]


def test_purge_command_blanks_what_is_past_and_says_how_much(capsys, centre, town):
    case = make_replied(town, centre, now=NOW, contact_name="王大妈")
    cases.close(by=town, case=case, now=NOW)
    Case.everywhere.filter(pk=case.pk).update(closed_at=timezone.now() - timedelta(days=200))
    assert purge.main([]) == 0
    case.refresh_from_db()
    assert case.contact_name == ""
    assert "cases.case.contact_name\t回复来信时称呼您\t清除 1 条" in capsys.readouterr().out


def test_purge_list_changes_nothing(capsys, centre):
    make_case(centre, now=NOW, contact_name="王大妈")
    assert purge.main(["--list"]) == 0
    assert "回复来信时联系您\t180 天" in capsys.readouterr().out
