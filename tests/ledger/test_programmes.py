"""Programmes: duties, a standard in the town's own words, practice notes; meetings whose resolutions become items."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.ledger.factories import NOW, TODAY, make_crew
from tests.places.factories import make_staff, make_village
from xiangli.accounts.choices import Role
from xiangli.core.errors import UserError
from xiangli.ledger import services
from xiangli.ledger.choices import Source
from xiangli.ledger.models import Duty, ItemKind, LedgerItem, LightRule, Meeting, PracticeNote, Programme, StandardPoint
from xiangli.ledger.queries import standard_table, thresholds

pytestmark = pytest.mark.django_db


@pytest.fixture
def crew():
    return make_crew()


@pytest.fixture
def programme(crew):
    return services.add_programme(by=crew.boss, place=crew.town, title="方案", starts=TODAY)


def by_standard(crew, programme, villages):
    return services.add_items_from_standard(
        by=crew.boss, programme=programme, villages=villages, deadline=TODAY + timedelta(days=90), now=NOW, today=TODAY
    )


def test_no_standard_comes_with_the_product(programme):
    assert StandardPoint.everywhere.count() == 0


def test_standard_becomes_one_item_for_each_village_and_point_once(crew, programme):
    other = make_village(crew.town)
    for title in ("有坡道", "有活动室"):
        services.add_part(by=crew.boss, programme=programme, part="standard", title=title, measure="一楼")
    with pytest.raises(UserError, match="已经有这一条"):
        services.add_part(by=crew.boss, programme=programme, part="standard", title="有坡道", measure="")
    assert by_standard(crew, programme, [crew.village]) == 2
    assert by_standard(crew, programme, [crew.village, other]) == 2
    assert LedgerItem.everywhere.filter(source=Source.STANDARD, programme=programme).count() == 4
    item = LedgerItem.everywhere.get(place=other, title="有坡道")
    item = services.ask_close(by=crew.doer, item=services.start(by=crew.doer, item=item, now=NOW), now=NOW)
    services.close(by=crew.judge, item=item, now=NOW)
    table = standard_table(programme, thresholds(crew.town.county, TODAY))
    assert [point.title for point in table.points] == ["有坡道", "有活动室"]
    assert [(village, [cell.item.is_closed for cell in cells]) for village, cells in table.rows] == [
        (crew.village, [False, False]),
        (other, [True, False]),
    ]


def test_resolution_becomes_an_item_or_is_only_written_down(crew, programme):
    meeting = Meeting(place=crew.town, programme=programme, title="推进会", held_on=TODAY)
    meeting = services.save_meeting(by=crew.boss, meeting=meeting)
    made = services.add_resolution(
        by=crew.boss, meeting=meeting, text="协调桌椅", now=NOW, place=crew.village, deadline=TODAY + timedelta(days=9)
    )
    assert (made.item.source, made.item.programme, made.item.title) == (Source.MEETING, programme, "协调桌椅")
    assert services.add_resolution(by=crew.boss, meeting=meeting, text="下次到村里开", now=NOW).item is None
    with pytest.raises(UserError, match="同时选村和完成时限"):
        services.add_resolution(by=crew.boss, meeting=meeting, text="x", now=NOW, place=crew.village)
    assert meeting.resolutions.count() == 2


def test_programme_page_keeps_all_its_parts(client, crew, programme):
    client.force_login(crew.boss)
    here = f"/office/programmes/{programme.pk}/"
    client.post(f"{here}duty/", {"unit": "党政办", "text": "统筹"})
    client.post(f"{here}standard/", {"title": "有坡道", "measure": ""})
    client.post(f"{here}practice/", {"where": "邻镇", "seen_on": "2026-05-01", "text": "收菜抵饭钱"})
    assert client.post(f"{here}duty/", {"unit": "", "text": ""}).status_code == 422
    assert "已经有这一条" in client.post(f"{here}duty/", {"unit": "党政办", "text": "又"}).content.decode()
    assert client.post(f"{here}nonsense/", {}).status_code == 404
    client.post(f"{here}items/", {"deadline": "2027-01-01"})
    page = client.get(here).content.decode()
    for words in ("党政办", "统筹", "有坡道", "邻镇", "收菜抵饭钱", "未启动"):
        assert words in page
    client.post(f"{here}duty/", {"remove": Duty.everywhere.get().pk})
    assert (Duty.everywhere.count(), PracticeNote.everywhere.count(), LedgerItem.everywhere.count()) == (0, 1, 1)


def test_village_reads_the_towns_programme_and_minutes_but_changes_nothing(client, crew, programme):
    meeting = Meeting(place=crew.town, programme=programme, title="推进会", held_on=TODAY, minutes="都说了进展")
    meeting = services.save_meeting(by=crew.boss, meeting=meeting)
    client.force_login(crew.doer)
    assert "方案" in client.get("/office/programmes/").content.decode()
    assert "都说了进展" in client.get(f"/office/meetings/{meeting.pk}/").content.decode()
    for act in (
        f"programmes/{programme.pk}/duty/",
        f"programmes/{programme.pk}/items/",
        f"meetings/{meeting.pk}/resolve/",
    ):
        assert client.post(f"/office/{act}", {"unit": "x", "text": "x", "deadline": "2027-01-01"}).status_code == 404
    assert client.get(f"/office/programmes/{programme.pk}/edit/").status_code == 404


def test_meeting_is_written_down_and_resolved_on_its_pages(client, crew, programme):
    client.force_login(crew.boss)
    data = {"place": crew.town.pk, "programme": programme.pk, "title": "推进会", "held_on": "2026-06-10"}
    client.post("/office/meetings/new/", data)
    meeting = Meeting.everywhere.get()
    client.post(f"/office/meetings/{meeting.pk}/edit/", {**data, "minutes": "记下了"})
    client.post(
        f"/office/meetings/{meeting.pk}/resolve/",
        {"text": "修路", "place": crew.village.pk, "deadline": "2027-01-01", "unit": "村两委"},
    )
    assert (
        client.post(f"/office/meetings/{meeting.pk}/resolve/", {"text": "x", "deadline": "2027-01-01"}).status_code
        == 422
    )
    page = client.get(f"/office/meetings/{meeting.pk}/").content.decode()
    assert "记下了" in page
    assert LedgerItem.everywhere.get().responsible_unit == "村两委"
    assert f"/office/ledger/{LedgerItem.everywhere.get().pk}/" in page


def test_programme_of_the_same_name_or_with_a_wrong_interval_is_refused_in_words(client, crew, programme):
    client.force_login(crew.boss)
    data = {"place": crew.town.pk, "title": "方案", "starts": "2026-06-10", "ends": "2026-06-01"}
    page = client.post("/office/programmes/new/", data).content.decode()
    assert "已经有同名的实施方案" in page
    assert "结束日期不能早于开始日期" in page
    assert Programme.everywhere.count() == 1
    client.post("/office/programmes/new/", data | {"title": "另一个", "ends": ""})
    assert Programme.everywhere.count() == 2


def test_programme_page_costs_the_same_for_one_village_and_three(client, crew, programme):
    for title in ("有坡道", "有活动室"):
        services.add_part(by=crew.boss, programme=programme, part="standard", title=title, measure="")
    by_standard(crew, programme, [crew.village])
    client.force_login(crew.boss)
    here = f"/office/programmes/{programme.pk}/"
    client.get(here)
    with CaptureQueriesContext(connection) as one:
        client.get(here)
    by_standard(crew, programme, [crew.village, make_village(crew.town), make_village(crew.town)])
    with CaptureQueriesContext(connection) as three:
        client.get(here)
    assert len(one) == len(three) <= 22


@pytest.mark.parametrize("days", ["251", "1000000000", "-1", "9" * 30])
def test_lights_change_at_most_a_year_ahead(client, crew, days):
    client.force_login(make_staff(Role.COUNTY, crew.town.county))
    page = client.post("/office/ledger/settings/", {"what": "lights", "lights-warn_days": days, "lights-start_days": 8})
    assert (page.status_code, days in page.content.decode()) == (200, True)
    assert not LightRule.everywhere.exists()


def test_county_sets_lights_and_kinds_of_work(client, crew):
    client.force_login(make_staff(Role.COUNTY, crew.town.county))
    client.post("/office/ledger/settings/", {"what": "lights", "lights-warn_days": 3, "lights-start_days": 8})
    client.post("/office/ledger/settings/", {"what": "kind", "kind-name": "开会"})
    assert LightRule.everywhere.values_list("warn_days", "start_days").get() == (3, 8)
    kind = ItemKind.everywhere.get()
    assert (kind.name, kind.offers_evidence) == ("开会", False)
    item = services.add_item(by=crew.boss, place=crew.village, title="开会", deadline=TODAY, now=NOW, kind=kind)
    client.force_login(crew.doer)
    assert "添加照片或文件" not in client.get(f"/office/ledger/{item.pk}/").content.decode()
    assert client.post(f"/office/ledger/{item.pk}/evidence/", {"kind": "after"}).status_code == 404
    client.force_login(crew.boss)
    assert client.get("/office/ledger/settings/").status_code == 404
