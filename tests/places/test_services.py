import csv

import pytest

from tests.places.factories import make_county, make_town
from xiangli.core.errors import UserError
from xiangli.places.choices import Level
from xiangli.places.divisions import LocalPlace, read_national
from xiangli.places.models import Place, PlaceCode, PopulationCount, Space
from xiangli.places.services import add_place, import_local, import_national

pytestmark = pytest.mark.django_db


def test_place_knows_its_path_and_county():
    town = make_town()
    village = add_place(by=None, level=Level.VILLAGE, name="扣马村", slug="kouma", parent=town)
    assert village.path == f"{town.path}{village.pk:08d}/"
    assert village.county == town.county == town.county.county
    assert town.contains(village)
    assert not village.contains(town)


def test_place_below_a_narrower_one_is_refused():
    village = add_place(by=None, level=Level.VILLAGE, name="扣马村", slug="kouma", parent=make_town())
    with pytest.raises(ValueError, match="不能是"):
        add_place(by=None, level=Level.TOWN, name="某镇", slug="x", parent=village)


def test_national_import_builds_the_tree_and_the_history_and_repeats_without_doubling(shared_data):
    with (shared_data / "areacodes" / "result.csv").open(encoding="utf-8-sig") as file:
        divisions, _ = read_national(list(enumerate(csv.DictReader(file), start=2)))
    first = import_national(by=None, divisions=divisions)
    assert first["新增"] == 34 + 333 + 2846
    mengjin = PlaceCode.objects.get(code="410322").place
    assert (mengjin.name, mengjin.county, mengjin.parent.name, mengjin.parent.parent.name) == (
        "孟津区", mengjin, "洛阳市", "河南省",
    )  # fmt: skip
    assert {row.code for row in mengjin.codes.all()} == {"410308", "410322", "410306", "412522"}
    rows = Place.objects.count(), PlaceCode.objects.count()
    second = import_national(by=None, divisions=divisions)
    assert (second["新增"], second["已有"]) == (0, 34 + 333 + 2846)
    assert (Place.objects.count(), PlaceCode.objects.count()) == rows


def test_local_import_adds_then_updates():
    county = make_county()
    rows = [
        LocalPlace(2, "扣马村", Level.VILLAGE, "会盟镇", population=1200, counts={("sex", "女"): 610}),
        LocalPlace(3, "会盟镇", Level.TOWN, "", slug="huimeng"),
    ]
    assert import_local(by=None, under=county, places=rows) == {"新增": 2, "更新": 0}
    village = Place.objects.get(name="扣马村")
    assert (village.parent.name, village.population) == ("会盟镇", 1200)
    rows[0] = LocalPlace(2, "扣马村", Level.VILLAGE, "会盟镇", population=1300)
    assert import_local(by=None, under=county, places=rows) == {"新增": 0, "更新": 2}
    assert Place.objects.get(name="扣马村").population == 1300
    assert PopulationCount.objects.within(village).get().count == 610


def test_local_import_with_unknown_parent_writes_nothing():
    county = make_county()
    rows = [LocalPlace(2, "会盟镇", Level.TOWN, ""), LocalPlace(3, "扣马村", Level.VILLAGE, "没有镇")]
    with pytest.raises(UserError, match="第 3 行：找不到上级“没有镇”"):
        import_local(by=None, under=county, places=rows)
    assert not Place.objects.filter(name="会盟镇").exists()


@pytest.mark.parametrize(
    ("floor", "outdoors", "said"),
    [(1, False, "一楼"), (2, False, "二楼"), (12, False, "十二楼"), (-1, False, "地下一层"), (1, True, "室外")],
)
def test_whereabouts_of_a_space_are_said_as_people_say_them(floor, outdoors, said):
    assert Space(floor=floor, outdoors=outdoors).whereabouts == said
