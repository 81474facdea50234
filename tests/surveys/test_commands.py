import json

import pytest

from tests.places.factories import make_town, make_village
from tests.surveys.factories import make_answers, make_campaign, make_people, some_answers
from tests.surveys.xlsform.forms import make_workbook
from xiangli.core.errors import UserError
from xiangli.core.tables import read_table
from xiangli.surveys.columns import mapping_of, match_columns
from xiangli.surveys.commands import sheets, surveys
from xiangli.surveys.models import Campaign
from xiangli.surveys.xlsform import import_workbook

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
        (["import", "办什么？", "/nothing.csv", "--mapping", "/nothing.json"], "没有这个文件"),
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


def test_workbook_becomes_a_campaign_and_goes_out_again(campaign, tmp_path, capsys):
    survey = [["type", "name", "label"], ["text", "t", "说说看"], ["image", "photo", "拍一张"]]
    make_workbook(tmp_path / "form.xlsx", survey=survey, settings=[["form_title"], ["旅游"]])
    call = ["import-form", str(tmp_path / "form.xlsx"), "--handler", "镇党政办", "--contact", "0379"]
    assert surveys.main([*call, "--place", "甲村", "--dry-run"]) == 0
    said = capsys.readouterr()
    assert said.out == "可以导入：1 题。还什么都没有写。\n"
    assert "纸质问卷、网页和表格问不了或问不全“拍一张”：拍照：只在 ODK 手机表单里" in said.err
    assert surveys.main([*call, "--place", "甲村"]) == 0
    made = Campaign.everywhere.get(title="旅游")
    assert made.place.name == "甲村"
    assert surveys.main(["export-form", "旅游", "--out", str(tmp_path / "out.xlsx")]) == 0
    assert import_workbook((tmp_path / "out.xlsx").read_bytes()).definition == made.definition
    with pytest.raises(UserError, match="没有“丙村”"):
        surveys.main([*call, "--place", "丙村"])


def test_printing_names_what_paper_cannot_carry_first(campaign, tmp_path, capsys):
    definition = {
        "title": "问", "notice": "告知",
        "questions": [
            {"name": "q", "kind": "single", "label": "来过吗", "options": [{"name": "y", "label": "来过"}]},
            {"name": "f", "kind": "text", "label": "高兴🙂"},
            {"name": "d", "kind": "date", "label": "哪天", "relevant": {"question": "q", "is": "y"}},
        ],
    }  # fmt: skip
    (tmp_path / "d.json").write_text(json.dumps(definition))
    assert sheets.main(["print", str(tmp_path / "d.json"), "--copies", "1", "--out", str(tmp_path)]) == 0
    assert "纸上没有，或者不全：“高兴🙂”：这一题的题干里有印不出的字：🙂" in capsys.readouterr().err
    layout = json.loads((tmp_path / "layout.json").read_text())
    assert [(q["name"], q["kind"]) for q in layout["questions"]] == [("q", "single"), ("d", "text")]


def test_import_without_a_mapping_goes_by_the_heads_of_the_columns(campaign, tmp_path, capsys):
    table = tmp_path / "a.csv"
    table.write_text("村,您最想让中心办什么？,备注\n甲,服务canteen,x\n乙村,服务chess,\n丁,服务chess,\n")
    call = ["import", campaign.public_id, str(table)]
    assert surveys.main([*call, "--dry-run"]) == 0
    said = capsys.readouterr()
    assert said.out == "可以收 2 行，不能收 1 行。还什么都没有写。\n"
    assert said.err == "没有用到的列：备注\n第 4 行：村名“丁”不在这次要收的村里\n"
    assert surveys.main([*call, "--village", "甲"]) == 0
    said = capsys.readouterr()
    assert said.out == "收下 1 份，2 行没有收。\n"
    assert "第 3 行：村名“乙村”不在这次要收的村里" in said.err
    table.write_text("别的,列\n1,2\n")
    with pytest.raises(UserError, match="没有一列叫题目的名字"):
        surveys.main(call)
