from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.cases.factories import make_case, make_replied
from tests.places.factories import make_centre, make_county, make_staff, make_town, make_village
from xiangli.accounts.choices import Role
from xiangli.cases import services as cases
from xiangli.cases.models import Case
from xiangli.core.tables import read_table
from xiangli.ledger import queries as ledger
from xiangli.ledger import services
from xiangli.ledger.lights import Thresholds
from xiangli.ledger.models import TownFigures
from xiangli.places.choices import Level
from xiangli.places.services import add_place
from xiangli.reports import queries
from xiangli.reports.commands import purge
from xiangli.reports.templatetags.reports import states_layout, tiles_layout

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 10, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


LIMITS = Thresholds(NOW.date(), NOW.date(), NOW.date())


@pytest.fixture
def centre():
    return make_centre()


def add(place, by, days, today=None, **fields):
    """An item whose deadline is so many days after the tenth of June, or after ``today``."""
    today = today or NOW.date()
    return services.add_item(by=by, place=place, title="修路", deadline=today + timedelta(days=days), now=NOW, **fields)


@pytest.fixture
def town(centre):
    return make_staff(Role.TOWN, centre.place.parent)


def groups(user, place, now=NOW):
    limits = ledger.thresholds(place.county, now.date())
    return queries.groups(user, place, now, ledger.figures_of(place, limits))


def values(user, place, title):
    group = next(group for group in groups(user, place) if group.title == title)
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
    for days in (-3, 2, 400):
        add(centre.place, town, days, today=timezone.localdate())
    client.force_login(town)
    for group in groups(town, centre.place, timezone.now()):
        for figure in [*group.figures, *group.bars]:
            if not figure.url:  # money is a sum, not a list
                continue
            page = client.get(figure.url)
            assert page.status_code == 200
            if group.title in ("来信", "台账"):
                assert page.context["page"].paginator.count == figure.value, figure


def test_figures_lead_nowhere_that_is_closed_to_the_reader(client, centre):
    supervisor = make_staff(Role.SUPERVISOR, centre.place.parent)
    client.force_login(supervisor)
    urls = {figure.url for group in groups(supervisor, centre.place.parent) for figure in [*group.figures, *group.bars]}
    assert {client.get(url).status_code for url in urls if url} == {200}
    assert "" in urls


def test_villages_stand_in_the_order_of_the_tree_not_of_their_figures(centre, town):
    second = make_village(centre.place.parent)
    make_case(make_centre(second), now=NOW)
    rows = queries.rows_below(centre.place.parent, NOW.date(), ledger.lines_below(centre.place.parent, LIMITS))
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
    add(centre.place, town, -2, today=timezone.localdate())
    client.get(reverse("reports_dashboard"))
    with django_assert_max_num_queries(41) as first:
        client.get(reverse("reports_dashboard"))
    for _ in range(2):
        village = make_village(centre.place.parent)
        make_case(make_centre(village), now=NOW)
        add(village, town, -2, today=timezone.localdate())
    client.get(reverse("reports_dashboard"))  # the night's round
    with django_assert_max_num_queries(41) as second:
        client.get(reverse("reports_dashboard"))
    assert len(second) == len(first)


def test_dashboard_leads_from_the_county_to_an_item_in_three_clicks(client, centre):
    county = centre.county
    boss = make_staff(Role.COUNTY, county)
    item = add(centre.place, boss, 30)
    client.force_login(boss)
    place, path = county, []
    while place.level != Level.VILLAGE:  # county, town, village: a click each
        page = client.get(reverse("reports_dashboard"), {"place": place.pk}).content.decode()
        place = place.children.get()
        path.append(f"?place={place.pk}")
        assert path[-1] in page
    listed = client.get(reverse("ledger_list"), {"place": place.pk}).content.decode()
    assert reverse("ledger_item", args=[item.pk]) in listed
    assert len(path) == 2


def test_dashboard_lists_what_waits_and_what_is_late_without_ranking(client, centre, town):
    late = add(centre.place, town, -9)
    doer = make_staff(Role.VILLAGE_STAFF, centre.place)
    asked = services.ask_close(
        by=doer, item=services.start(by=doer, item=add(centre.place, town, 50), now=NOW), now=NOW
    )
    client.force_login(town)
    board = client.get(reverse("reports_dashboard")).context["board"]
    assert (board.to_decide, board.overdue) == ([asked], [late, asked])
    assert (board.sums["total"], board.sums["red"], board.sums["close_requested"]) == (2, 2, 1)


def test_dashboard_and_files_of_one_programme_show_only_its_items(client, centre, town):
    programme = services.add_programme(by=town, place=centre.place.parent, title="方案", starts=NOW.date())
    add(centre.place, town, 50, programme=programme)
    add(centre.place, town, 50)
    client.force_login(town)
    narrow = {"programme": programme.pk}
    assert client.get(reverse("reports_dashboard"), narrow).context["board"].sums["total"] == 1
    assert client.get(reverse("reports_dashboard")).context["board"].sums["total"] == 2
    assert ["台账", "全部事项", "1"] in [
        row.cells for row in read_table(client.get(reverse("reports_csv"), narrow).content).rows
    ]
    assert len(client.get(reverse("ledger_list"), narrow).context["page"].object_list) == 1


def test_province_sees_its_cities_and_counties_and_no_item_of_another(client, centre):
    top = centre.county.parent.parent
    head = make_staff(Role.COUNTY, top)
    add(centre.place, head, -9)
    elsewhere = add_place(by=None, level=Level.PROVINCE, name="别省", slug="elsewhere")
    far = make_town(
        add_place(by=None, level=Level.COUNTY, name="别县", slug="far", parent=elsewhere), "far-town", "远镇"
    )
    add(make_village(far), head, -9)
    client.force_login(head)
    page = client.get(reverse("reports_dashboard"))
    assert [(row.place, row.sums["total"]) for row in page.context["board"].rows] == [(centre.county.parent, 1)]
    assert page.context["board"].sums["red"] == 1
    listed = client.get(reverse("ledger_list"), {"overdue": 1})
    assert [item.place for item in listed.context["page"]] == [centre.place]
    assert client.get(reverse("reports_dashboard"), {"place": far.pk}).status_code == 404
    assert client.get(reverse("ledger_export")).status_code == 404


def test_night_that_did_not_come_is_made_up_for_by_the_first_who_looks(client, centre, town):
    add(centre.place, town, 1)
    assert ledger.figures_of(centre.place.parent, None)["red"] == 0
    client.force_login(town)
    assert client.get(reverse("reports_dashboard")).context["board"].sums["red"] == 1
    assert ledger.figures_of(centre.place.parent, None)["red"] == 1


def test_parts_of_the_bar_are_in_proportion_and_the_map_follows_the_town(centre):
    sums = dict.fromkeys(TownFigures.SUMS, 0) | {"total": 4, "closed": 3, "not_started": 1}
    assert [(row["label"], row["left"], row["width"]) for row in states_layout(sums)["rows"]] == [
        ("已销号", 0.0, 270.0),
        ("未启动", 270.0, 90.0),
    ]
    rows = [queries.Row(place, sums) for place in (centre.place, make_village(), make_village(map_column=3, map_row=1))]
    assert [(tile["x"], tile["y"]) for tile in tiles_layout(rows)["tiles"]] == [(0, 72), (72, 72), (144, 0)]
    assert {tile["row"].tone for tile in tiles_layout(rows)["tiles"]} == {"good"}


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


def test_nation_sees_a_village_with_its_own_programmes_and_looks_for_nothing_by_its_path(client):
    top = add_place(by=None, level=Level.NATION, name="全国", slug="cn")
    province = add_place(by=None, level=Level.PROVINCE, name="河南省", slug="henan", parent=top)
    add_place(by=None, level=Level.CITY, name="洛阳市", slug="luoyang", parent=province)
    here, there = make_town(make_county()), make_town(make_county("far"), slug="far")
    village, head = make_village(here), make_staff(Role.COUNTY, top)
    ours = services.add_programme(by=head, place=here, title="这里的方案", starts=NOW.date())
    services.add_programme(by=head, place=there, title="远处的方案", starts=NOW.date())
    client.force_login(head)
    with CaptureQueriesContext(connection) as asked:
        page = client.get(reverse("reports_dashboard"), {"place": village.pk})
        listed = client.get(reverse("ledger_list"))
    assert list(page.context["programmes"]) == [ours]
    assert "远处的方案" not in listed.content.decode()
    texts = [query["sql"] for query in asked if "ledger_" in query["sql"]]
    assert [text for text in texts if f"'{top.path}'" in text and f"'{village.path}'" not in text] == []
