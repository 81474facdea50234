"""Spreadsheets in: the template, columns in many shapes, a check before anything is written, nothing counted twice."""

import csv
import zipfile
from io import BytesIO, StringIO

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.places.factories import make_staff, make_town, make_village
from tests.surveys.factories import make_campaign, make_people
from xiangli.accounts.choices import Role
from xiangli.core.tables import read_table
from xiangli.surveys.answers import take_answers
from xiangli.surveys.columns import EACH, mapping_of, match_columns
from xiangli.surveys.questionnaire import clean_questionnaire
from xiangli.surveys.template_book import write_template

AB = [{"name": "a", "label": "甲, 乙"}, {"name": "b", "label": "丙"}]
MANY = [{"name": f"o{n}", "label": f"第{n}种答法"} for n in range(60)]
DEFINITION = clean_questionnaire(
    {
        "title": "t", "notice": "n",
        "questions": [
            {"name": "m", "kind": "multiple", "label": "想要\n什么", "options": AB},
            {"name": "s", "kind": "single", "label": "去过吗", "options": AB, "required": True},
            {"name": "n", "kind": "number", "label": "几口人", "min": 1, "max": 20, "whole": True},
            {"name": "d", "kind": "date", "label": "哪天"},
            {"name": "t", "kind": "text", "label": "哪天", "required": True, "relevant": {"question": "s", "is": "b"}},
            {"name": "l", "kind": "scale", "label": "满意", "options": MANY},
        ],
    }
)  # fmt: skip


def template(villages=()):
    file = BytesIO()
    write_template(file, DEFINITION, villages)
    return file.getvalue()


def filled(header, *rows):
    """The template with rows typed in, as Excel would store them."""
    file = BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    page = book.add_worksheet("答卷")
    for at, row in enumerate([header, *rows]):
        page.write_row(at, 0, row)
    book.close()
    return file.getvalue()


def take(data, place=""):
    table = read_table(data)
    columns = match_columns(DEFINITION, table.header)
    return take_answers(table, mapping_of(DEFINITION, columns, place=place, header=table.header), "d")


def test_template_has_a_column_for_each_question_and_option_and_comes_back():
    header = read_table(template(["甲村", "乙村"])).header
    assert header == ["村", "想要 什么/甲, 乙", "想要 什么/丙", "去过吗", "几口人", "d", "t", "满意"]
    rows = [
        ["甲村", "", "是", "丙", 3, "2026-01-05", "太远", "第7种答法"],
        ["乙村", "是", "是", "甲, 乙", "", "", "", ""],
    ]
    answers = take(filled(header, *rows), "村")
    assert (answers.refused, [row.place for row in answers.rows]) == ([], ["甲村", "乙村"])
    assert [(row.answers, row.texts) for row in answers.rows] == [
        ({"m": ["b"], "s": "b", "n": 3, "d": "2026-01-05", "l": "o7"}, {"t": "太远"}),
        ({"m": ["a", "b"], "s": "a"}, {}),
    ]  # fmt: skip


def test_template_has_drop_downs_and_limits_and_explains():
    data = template(["甲村", "乙村"])
    sheet = zipfile.ZipFile(BytesIO(data)).read("xl/worksheets/sheet1.xml").decode()
    assert sheet.count("<dataValidation ") == 7  # all but the date
    assert '"甲村,乙村"' in sheet.replace("&quot;", '"')
    assert "选项!$D$1:$D$2" in sheet  # an option with a comma is listed apart
    assert "选项!$H$1:$H$60" in sheet
    assert 'type="whole"' in sheet
    lines = {row.cells[0]: row.cells[1] for row in read_table(data, sheet="怎样填").rows}
    assert lines["想要 什么/丙"] == "选中的写“是”，没选的空着，可空"
    assert "第 2 题选了“丙”的" in lines["t"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_table_is_read_in_every_encoding_that_excel_and_wps_write(encoding):
    answers = take("想要 什么,去过吗,几口人\n丙；a,丙,2\n".encode(encoding))
    assert [(row.line, row.answers) for row in answers.rows] == [(2, {"m": ["a", "b"], "s": "b", "n": 2})]


def test_columns_of_options_are_found_by_name_as_odk_writes_them():
    assert match_columns(DEFINITION, ["m/a", "m/b", "s", "x"]) == {"m": EACH, "s": "s"}
    answers = take(b"m/a,m/b,s\n1,0,a\n0,0,a\nTRUE,FALSE,a\n,,a\n?,0,a\n")
    assert [row.answers for row in answers.rows] == [
        {"m": ["a"], "s": "a"}, {"m": [], "s": "a"}, {"m": ["a"], "s": "a"}, {"s": "a"},
    ]  # fmt: skip
    assert answers.refused == [(6, "列“m/a”的值“?”不在对应表里")]


def test_row_says_which_answers_the_skip_rules_left_out_and_which_are_missing():
    answers = take("s,t,n\na,多写了,1\nb,,1\nb,太远,1.5\n,,2\n".encode())
    assert [(row.answers, row.texts) for row in answers.rows] == [({"s": "a", "n": 1}, {})]
    assert answers.spared == [(2, "哪天")]
    assert answers.refused == [
        (3, "没有回答“哪天”（t=空）"), (4, "几口人：1.5 不是整数"), (5, "没有回答“去过吗”（s=空）"),
    ]  # fmt: skip


pages = pytest.mark.django_db
CSV = "村,您最想让中心办什么？,年龄\n甲村,服务canteen,70+\n甲村,=1+1,70+\n乙村,服务chess,70+\n"


@pytest.fixture
def town():
    return make_town()


@pytest.fixture
def campaign(town):
    for name in ("甲村", "乙村"):
        make_people(make_village(town, name=name))
    return make_campaign(town)


@pytest.fixture
def check(client, town, campaign):
    """Uploads a table; gives the page with the result."""
    client.force_login(make_staff(Role.TOWN, town))

    def upload(text, **more):
        data = {"file": SimpleUploadedFile("答卷.csv", text.encode())} if text else more
        return client.post(reverse("survey_import", args=[campaign.pk]), data)

    return upload


@pages
def test_refused_rows_are_downloaded_with_line_and_reason_and_no_formula(check, campaign):
    page = check(CSV)
    file = check("", refused=page.context["checked"]).content.decode("utf-8-sig")
    assert list(csv.reader(StringIO(file))) == [
        ["行", "原因"], ["3", "列“您最想让中心办什么？”的值“=1+1”不在对应表里"],
    ]  # fmt: skip
    assert campaign.responses.count() == 0


@pages
def test_file_taken_in_twice_counts_once_and_is_said_beforehand(check, campaign):
    check("", checked=check(CSV).context["checked"])
    assert campaign.responses.count() == 2
    again = check(CSV)
    assert (again.context["known"], again.context["fresh"]) == (2, 0)
    assert "导入过" in again.content.decode()
    check("", checked=again.context["checked"])
    assert campaign.responses.count() == 2


@pages
def test_table_saved_again_with_more_lines_raises_a_question(check):
    check("", checked=check(CSV).context["checked"])
    again = check(CSV + "乙村,服务canteen,60-69\n")
    assert (again.context["known"], again.context["alike"]) == (0, 2)
    assert "一模一样" in again.content.decode()


@pages
def test_columns_chosen_by_hand_are_known_the_next_time(check, campaign):
    odd = CSV.replace("年龄", "岁数").replace("村,", "哪里,", 1)
    sheet = check(odd).context["sheet"]
    chosen = {"place": "哪里", "q-needs": "您最想让中心办什么？", "q-age": "岁数"}
    check("", checked=check("", sheet=sheet, **chosen).context["checked"])
    campaign.refresh_from_db()
    assert campaign.mapping == {"needs": "您最想让中心办什么？", "age": "岁数", "": "哪里"}
    assert check(odd.replace("canteen", "chess")).context["answers"].rows[0].answers == {
        "needs": ["chess"],
        "age": "70+",
    }


@pages
def test_ten_thousand_rows_are_taken_and_more_refused_with_what_to_do(check):
    page = check("村,年龄\n" + "甲村,70+\n" * 10_001)
    assert "一次最多导入 10000 行" in page.content.decode()
    page = check("村,年龄\n" + "甲村,70+\n" * 10_000)
    assert page.context["lines"] == 10_000


@pages
def test_title_above_the_header_is_passed_over_and_columns_left_over_are_named(check):
    page = check("村民答卷（2026 年）\n编号,村,您最想让中心办什么？,年龄（岁）\n1,甲村,服务canteen,60\n")
    assert (page.context["lines"], page.context["fresh"]) == (1, 1)
    assert "没有用到的列：编号、年龄（岁）" in page.content.decode()


@pages
def test_table_without_any_header_of_ours_is_refused_as_before(check):
    assert "第 2 行有 2 格，比表头的 1 列多" in check("标题\n甲,乙\n").content.decode()


def test_row_that_leaves_the_wishes_out_counts_for_what_it_says():
    need = {"name": "w", "kind": "multiple", "role": "need", "label": "要什么", "options": AB}
    definition = clean_questionnaire({"title": "t", "notice": "n", "questions": [need, DEFINITION["questions"][2]]})
    table = read_table("要什么,几口人,备注\n,3,\n丙,2,\n,,略\n".encode())
    columns = match_columns(definition, table.header)
    answers = take_answers(table, mapping_of(definition, columns, header=table.header), "d")
    assert [row.answers for row in answers.rows] == [{"n": 3}, {"w": ["b"], "n": 2}]
    assert answers.refused == [(4, "一题也没有答")]


@pytest.mark.django_db
def test_rows_of_another_village_are_not_counted_for_ones_own(client, town, village):
    """Whoever works in one village is not asked for the column, but what stands in it holds."""
    campaign = make_campaign(town)
    client.force_login(make_staff(Role.VILLAGE_STAFF, village))
    file = SimpleUploadedFile("a.csv", "村,needs\n甲村,canteen\n乙村,chess\n,canteen\n".encode())
    page = client.post(reverse("survey_import", args=[campaign.pk]), {"file": file}).content.decode()
    assert "收下这 2 份" in page
    assert "村名“乙村”不在这次要收的村里" in page
