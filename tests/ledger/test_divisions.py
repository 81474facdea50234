"""Divisions merge, split, move and are re-coded: no item is lost, none is counted twice, history stays."""

import csv
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from tests.ledger.factories import NOW, TODAY, make_crew, make_item
from tests.places.factories import make_centre, make_county, make_service, make_staff, make_town, make_village
from tests.surveys.factories import make_answers, make_campaign, make_people, some_answers
from xiangli.accounts.choices import Role
from xiangli.core.errors import UserError
from xiangli.ledger import services
from xiangli.ledger.models import CountyFigures, LedgerItem
from xiangli.ledger.queries import figures_of, items_for, lines_below, thresholds
from xiangli.places.choices import ChangeKind, Level
from xiangli.places.commands import places as command
from xiangli.places.divisions import Division, read_national
from xiangli.places.models import Centre, Place, PlaceChange, PlaceCode, Service
from xiangli.places.scope import ScopedModel
from xiangli.places.services import import_national, merge, move, recode, rename, replay_national, split
from xiangli.surveys.models import Response

pytestmark = pytest.mark.django_db
DAY = date(2021, 3, 18)


@pytest.fixture
def crew():
    return make_crew()


def total(place):
    return figures_of(place, thresholds(place.county, TODAY) if place.county else None)["total"]


def test_village_that_goes_into_another_takes_its_items_along_and_keeps_its_name(crew):
    other = make_village(crew.town)
    old, new = make_item(crew), make_item(crew, place=other)
    merge(by=crew.boss, places=[crew.village], into=other, on=DAY)
    other.refresh_from_db()
    assert set(LedgerItem.objects.within(other)) == {old, new}
    assert LedgerItem.everywhere.get(pk=old.pk).place.name == crew.village.name
    limits = thresholds(crew.town.county, TODAY)
    assert [(line.place, line.sums["total"]) for line in lines_below(crew.town, limits)] == [(other, 2)]
    assert services.drift(crew.town.county) == []
    assert PlaceChange.objects.values_list("kind", "place", "into", "on").get() == (
        ChangeKind.MERGED, crew.village.pk, other.pk, DAY,
    )  # fmt: skip
    with pytest.raises(UserError, match="都要在用"):
        merge(by=crew.boss, places=[crew.village], into=other, on=DAY)


def test_counties_become_one_with_all_their_rows(crew):
    jili, mengjin = make_county("jili", "吉利区"), crew.town.county
    jili_town = make_town(jili, "jili-town", "吉利镇")
    village = make_village(jili_town)
    centre = make_centre(village)
    for county in (jili, mengjin):
        make_service(county)
        PlaceCode.objects.create(place=county, code=f"4103{county.pk:02d}")
    make_item(crew)
    far = make_item(crew, place=village)
    boss = make_staff(Role.TOWN, jili_town)
    kept = merge(by=None, places=[jili], into=mengjin, on=DAY)
    assert kept == Counter({Service._meta.verbose_name: 1})  # its own catalogue stays with the old county
    far.refresh_from_db()
    assert (far.county, Centre.everywhere.get(pk=centre.pk).county) == (mengjin, mengjin)
    assert set(items_for(type(boss).objects.get(pk=boss.pk))) == {far}
    assert {item.county for item in LedgerItem.objects.within(mengjin)} == {mengjin}
    assert (total(mengjin), total(mengjin.parent)) == (2, 2)
    assert CountyFigures.everywhere.count() == 1
    assert services.drift(mengjin) == []
    codes = PlaceCode.objects.filter(place=mengjin).order_by("code")
    assert [row.valid_to for row in codes] == ([None, DAY] if mengjin.pk < jili.pk else [DAY, None])
    assert not Place.objects.get(pk=jili.pk).is_open


def test_what_would_be_there_twice_refuses_the_whole_merger(crew):
    jili = make_county("jili", "吉利区")
    make_centre(make_village(make_town(jili, "jt", "吉利镇")), slug="same")
    make_centre(crew.village, slug="same")
    paths = list(Place.objects.order_by("pk").values_list("path", "county"))
    with pytest.raises(UserError, match="已经有同样的“中心”"):
        merge(by=None, places=[jili], into=crew.town.county, on=DAY)
    assert list(Place.objects.order_by("pk").values_list("path", "county")) == paths
    assert PlaceChange.objects.count() == 0


def test_village_moves_to_a_town_of_another_county_with_its_rows(crew):
    yanshi = make_county("yanshi", "偃师区")
    town = make_town(yanshi, "yuetan", "岳滩镇")
    item = make_item(crew)
    make_item(crew, place=make_village(crew.town))
    move(by=None, place=crew.village, to=town, on=DAY)
    item.refresh_from_db()
    assert item.county == yanshi
    assert (total(yanshi), total(crew.town.county), total(yanshi.parent)) == (1, 1, 2)
    assert services.drift(yanshi) == services.drift(crew.town.county) == []
    with pytest.raises(UserError, match="不能划归"):
        move(by=None, place=town, to=crew.village, on=DAY)


@contextmanager
def owning_nothing() -> Iterator[None]:
    """On PostgreSQL a role that may read and write rows but owns no table, as the one that serves should be."""
    if connection.vendor == "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE xiangli_serves")
        cursor.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO xiangli_serves")
        cursor.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO xiangli_serves")
        cursor.execute("SET LOCAL ROLE xiangli_serves")
        yield
        cursor.execute("RESET ROLE")


def test_role_that_owns_no_table_merges_what_is_sealed(crew):
    make_people(crew.village)
    campaign = make_campaign(crew.town)
    sealed = make_answers(campaign, crew.village, some_answers(1))[0]
    new = make_county("new", "新区")
    with owning_nothing():
        merge(by=None, places=[crew.town.county], into=new, on=DAY)
    assert list(Response.objects.within(new)) == [sealed]
    with pytest.raises(IntegrityError), transaction.atomic():  # the guard stands again
        Response.everywhere.update(county=crew.town.county)


def test_town_that_moves_to_another_county_takes_its_campaign_along(crew):
    make_people(crew.village)
    campaign = make_campaign(crew.town)
    sealed = make_answers(campaign, crew.village, some_answers(1))[0]
    yanshi = make_county("yanshi", "偃师区")
    move(by=None, place=crew.town, to=yanshi, on=DAY)
    campaign.refresh_from_db()
    sealed.refresh_from_db()
    assert (campaign.county, sealed.county) == (yanshi, yanshi)
    left = {
        model.__name__: model.everywhere.exclude(county=yanshi).count()
        for model in apps.get_models()
        if issubclass(model, ScopedModel) and model.PLACE != "county" and not getattr(model, "DERIVED", False)
    }
    assert {name: count for name, count in left.items() if count} == {}


def test_town_splits_and_a_division_is_renamed_and_recoded(crew):
    make_item(crew)
    PlaceCode.objects.create(place=crew.town, code="410322101", name="", valid_from=date(2000, 1, 1))
    made = split(by=None, place=crew.town, name="新镇", slug="new", children=[crew.village], on=DAY)
    assert (total(made), total(crew.town)) == (1, 0)
    rename(by=None, place=crew.town, name="会盟街道", on=DAY)
    recode(by=None, place=crew.town, code="410308101", on=DAY)
    crew.town.refresh_from_db()
    assert crew.town.name == "会盟街道"
    assert list(PlaceCode.objects.order_by("pk").values_list("code", "name", "valid_to")) == [
        ("410322101", "会盟镇", DAY),
        ("410308101", "会盟街道", None),
    ]
    assert services.drift(crew.town.county) == []


def test_command_merges_by_name_and_says_what_is_wrong(crew, capsys):
    other = make_village(crew.town)
    make_item(crew)
    assert command.main(["merge", crew.village.name, "--into", other.name, "--on", "2026-01-01"]) == 0
    assert not Place.objects.get(pk=crew.village.pk).is_open
    with pytest.raises(UserError, match="找不到地点"):
        command.main(["rename", "火星村", "--name", "x", "--on", "2026-01-01"])


def national(path):
    """The divisions of one year's list: 代码 名称."""
    for line, text in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), start=1):
        code, name = text.split()[:2]
        level = Level.PROVINCE if code.endswith("0000") else Level.CITY if code.endswith("00") else Level.COUNTY
        yield Division(line, code, name, level, True, None, None, ())


@pytest.mark.slow
def test_real_changes_from_2019_to_2024_lose_no_item_and_end_at_the_list_of_2024(shared_data):
    folder = shared_data / "areacodes"
    import_national(by=None, divisions=list(national(folder / "2019.txt")))
    before = dict(PlaceCode.objects.filter(place__level=Level.COUNTY).values_list("code", "place"))
    later = {division.code for division in national(folder / "2024.txt")}
    changed = {code: pk for code, pk in before.items() if code not in later}
    assert len(changed) == 38
    places = Place.objects.in_bulk([*changed.values(), *list(before.values())[:20]])
    items = [
        LedgerItem(county=place, place=place, title=place.name, deadline=TODAY, added_on=TODAY, moved_at=NOW)
        for place in places.values()
    ]
    LedgerItem.everywhere.bulk_create(items)
    for place in places.values():
        services.repair(place, TODAY)
    nation = Place.objects.get(level=Level.NATION)
    assert total(nation) == len(items)
    with (folder / "result.csv").open(encoding="utf-8-sig") as file:
        divisions, _ = read_national(list(enumerate(csv.DictReader(file), start=2)))
    counts = replay_national(by=None, divisions=divisions)
    assert counts["并入"] + counts["改代码"] == len(changed)
    assert "没有去向" not in counts
    codes = PlaceCode.objects.filter(valid_to=None, place__is_open=True, place__level=Level.COUNTY)
    now = dict(codes.values_list("code", "place__name"))
    ours = {
        division.code: division.name for division in national(folder / "2024.txt") if division.level == Level.COUNTY
    }
    assert {code: name for code, name in now.items() if code in ours} == ours
    assert total(nation) == len(items)
    for county in Place.objects.filter(level=Level.COUNTY, is_open=True, pk__in=_touched(changed)):
        assert services.drift(county) == []
    assert LedgerItem.everywhere.filter(county__is_open=False).count() == 0
    for code, pk in changed.items():
        assert PlaceCode.objects.filter(code=code, place__is_open=True).exists(), code
        assert PlaceChange.objects.filter(place=pk).exists(), code
    assert replay_national(by=None, divisions=divisions) == {}  # once more: nothing


def _touched(changed):
    return PlaceChange.objects.filter(place__in=changed.values(), into__isnull=False).values("into")
