import pytest

from tests.places.factories import make_county
from xiangli.core.errors import UserError
from xiangli.places.commands.places import main
from xiangli.places.models import Place

pytestmark = pytest.mark.django_db


def test_village_list_in_gbk_is_imported_and_bad_lines_are_named(tmp_path, capsys):
    county = make_county()
    file = tmp_path / "村名单.csv"
    file.write_text("名称,级别,上级,常住人口\n会盟镇,镇,,\n扣马村,村,会盟镇,1200\n,村,会盟镇,\n", encoding="gbk")
    assert main(["import", str(file), "--under", county.name]) == 2
    assert "新增 2" in (out := capsys.readouterr().out)
    assert "第 4 行：没有名称" in out
    assert Place.objects.get(name="扣马村").population == 1200


def test_dry_run_writes_nothing(tmp_path):
    county = make_county()
    file = tmp_path / "a.csv"
    file.write_text("名称,级别\n会盟镇,镇\n", encoding="utf-8")
    assert main(["import", str(file), "--under", county.name, "--dry-run"]) == 0
    assert not Place.objects.filter(name="会盟镇").exists()


def test_unknown_columns_and_places_are_said(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("甲,乙\n1,2\n", encoding="utf-8")
    with pytest.raises(UserError, match="列名认不出来"):
        main(["import", str(file)])
    with pytest.raises(UserError, match="找不到地点“月亮县”"):
        main(["list", "--under", "月亮县"])


def test_calendar_is_for_counties(capsys):
    county = make_county()
    assert main(["calendar", "--under", county.name]) == 0
    assert "2026" in capsys.readouterr().out
    with pytest.raises(UserError, match="不是县"):
        main(["calendar", "--under", county.parent.name])
