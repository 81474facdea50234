import json

import pytest

from tests.places.factories import make_town, make_village
from tests.surveys.factories import make_answers, make_campaign, make_people, some_answers
from xiangli.core.errors import UserError
from xiangli.core.tables import read_table
from xiangli.surveys.answers import mapping_of, match_columns
from xiangli.surveys.commands import sheets, surveys

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign():
    town = make_town()
    make_people(make_village(town, name="甲村", short_name="甲"))
    make_village(town, name="乙村")
    return make_campaign(town)


def test_list_names_campaigns_with_their_code(campaign, capsys):
    assert surveys.main(["list"]) == 0
    assert capsys.readouterr().out.startswith(f"{campaign.public_id}  办什么？  会盟镇  0 份答卷")


def test_import_takes_rows_and_reports_the_others_by_line(campaign, tmp_path, capsys):
    table = tmp_path / "a.csv"
    table.write_text("村,needs,age\n甲,canteen,70+\n甲,fire,70+\n丁,chess,\n")
    mapping = mapping_of(campaign.definition, match_columns(campaign.definition, ["needs", "age"]), place="村")
    (tmp_path / "m.json").write_text(json.dumps(mapping))
    call = ["import", campaign.public_id, str(table), "--mapping", str(tmp_path / "m.json")]
    assert surveys.main([*call, "--dry-run"]) == 0
    assert campaign.responses.count() == 0
    capsys.readouterr()
    assert surveys.main(call) == 0
    said = capsys.readouterr()
    assert said.out == "收下 1 份，2 行没有收。\n"
    assert said.err == "第 3 行：列“needs”的值“fire”不在对应表里\n第 4 行：“丁”不是会盟镇的村\n"


def test_weigh_and_needs_write_a_table(campaign, tmp_path, capsys):
    village = surveys.village_named(campaign, "甲")
    make_answers(campaign, village, some_answers(24))
    assert surveys.main(["weigh", "办什么？", "--village", "甲"]) == 0
    assert "甲村：24 份" in capsys.readouterr().out
    assert surveys.main(["needs", "办什么？", "--out", str(tmp_path / "needs.csv")]) == 0
    rows = read_table(tmp_path / "needs.csv").rows
    assert {row.cells[1] for row in rows} == {"服务canteen", "服务chess"}


def test_template_is_written(campaign, tmp_path):
    assert surveys.main(["template", campaign.public_id, "--out", str(tmp_path / "t.xlsx")]) == 0
    assert read_table(tmp_path / "t.xlsx").header[0] == "村"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (["weigh", "没有这个"], "没有“没有这个”"),
        (["weigh", "办什么？"], "还没有答卷"),
        (["needs", "办什么？", "--village", "丙"], "没有“丙”"),
        (["import", "办什么？", "/nothing.csv", "--mapping", "/nothing.json"], "不存在"),
    ],
)
def test_wrong_words_are_explained(campaign, call, words):
    with pytest.raises(UserError, match=words):
        surveys.main(call)


def test_two_campaigns_of_one_name_must_be_told_apart(campaign):
    make_campaign(campaign.place)
    with pytest.raises(UserError, match=campaign.public_id):
        surveys.campaign_named("办什么？")


def test_sheets_of_a_campaign_are_printed_with_running_numbers(campaign, tmp_path, capsys):
    call = ["print", campaign.public_id, "--village", "甲", "--copies", "2", "--out", str(tmp_path)]
    assert [sheets.main(call), sheets.main(call)] == [0, 0]
    assert "编号 3–4" in capsys.readouterr().out
    assert json.loads((tmp_path / "layout.json").read_text())["survey"] == campaign.public_id
    assert sheets.main([*call, "--first", "9"]) == 2
