from collections import Counter
from pathlib import Path

import pytest

from tests.surveys.factories import make_definition
from xiangli.core.errors import UserError
from xiangli.core.tables import read_table
from xiangli.surveys.answers import (
    check_mapping,
    definition_of,
    load_mapping,
    read_answers,
    take_answers,
)
from xiangli.surveys.columns import mapping_of, match_columns
from xiangli.surveys.questionnaire import clean_questionnaire

MAPPINGS = Path(__file__).parents[2] / "src/xiangli/demo/mappings"
MAPPING = {
    "mapping": 1,
    "title": "试",
    "notice": "试用",
    "place": "village",
    "questions": [
        {
            "name": "needs", "kind": "multiple", "role": "need", "label": "要什么",
            "options": [{"name": "water", "label": "水"}, {"name": "road", "label": "路"}],
            "from": [
                {"column": "problem", "split": [","], "values": {"dry": "water", "mud": "road", "fine": None}},
                {"column": "other", "values": {"both": ["water", "road"]}, "ignore": ["-"]},
            ],
        },
        {
            "name": "sex", "kind": "single", "label": "性别", "required": True,
            "options": [{"name": "f", "label": "女"}, {"name": "m", "label": "男"}],
            "from": [{"column": "sex", "values": {"F": "f"}, "others": "m"}],
        },
        {"name": "people", "kind": "number", "label": "人口", "max": 20, "from": [{"column": "n"}]},
    ],
}  # fmt: skip


def read(tmp_path, *lines, mapping=MAPPING, encoding="utf-8"):
    path = tmp_path / "answers.csv"
    path.write_bytes("\n".join(["village,problem,other,sex,n", *lines]).encode(encoding))
    return read_answers(path, mapping)


def test_row_is_read_by_the_mapping(tmp_path):
    (row,) = read(tmp_path, 'A,"dry, mud",-,F,4').rows
    assert (row.line, row.answers, row.place) == (2, {"needs": ["water", "road"], "sex": "f", "people": 4}, "A")


def test_gbk_file_is_read_alike(tmp_path):
    (row,) = read(tmp_path, "台荫,dry,NA,F,", encoding="gbk").rows
    assert row.place == "台荫"


def test_answer_that_names_no_option_counts_as_answered(tmp_path):
    (row,) = read(tmp_path, "A,fine,NA,x,NA").rows
    assert row.answers == {"needs": [], "sex": "m"}


def test_one_cell_can_mean_several_options(tmp_path):
    (row,) = read(tmp_path, "A,NA,both,F,NA").rows
    assert row.answers["needs"] == ["water", "road"]


def test_every_row_is_used_or_reported_with_line_and_reason(tmp_path):
    answers = read(
        tmp_path,
        "A,dry,-,F,4",
        "A,dust,-,F,4",
        "",
        "A,NA,-,F,4",
        "A,dry,-,NA,4",
        "A,dry,-,F,99",
        "A,dry,-,F",
        "A,dry,-,F,4,5",
    )
    assert [row.line for row in answers.rows] == [2, 8]
    assert answers.refused == [
        (3, "列“problem”的值“dust”不在对应表里"),
        (5, "没有回答任何一道问需求的题（problem=NA，other=-）"),
        (6, "没有回答“性别”（sex=NA）"),
        (7, "人口：99 超出了范围（–20）"),
        (9, "有 6 格，比表头的 5 列多"),
    ]
    assert answers.total == 7


def test_missing_column_is_named(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("village,problem,sex,n\nA,dry,F,1\n")
    with pytest.raises(UserError, match="other"):
        read_answers(path, MAPPING)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"mapping": 7}, "mapping"),
        ({"questions": []}, "没有题目"),
        ({"questions": [{**MAPPING["questions"][0], "from": []}]}, "needs"),
        ({"questions": [{**MAPPING["questions"][0], "from": [{"column": "p", "values": {"x": "fire"}}]}]}, "fire"),
        ({"services": [{"key": "x"}]}, "services"),
    ],
)
def test_mapping_that_cannot_be_used_is_refused(change, words):
    with pytest.raises(UserError, match=words):
        check_mapping({**MAPPING, **change})


def test_mapping_file_that_is_no_json_is_refused(tmp_path):
    path = tmp_path / "m.json"
    path.write_text("{")
    with pytest.raises(UserError, match="JSON"):
        load_mapping(path)


@pytest.mark.parametrize("name", ["water_consumer_survey", "nepal_community_perception_rounds_1-6"])
def test_shipped_mappings_are_sound(name):
    mapping = load_mapping(MAPPINGS / f"{name}.json")
    assert clean_questionnaire(definition_of(mapping))["needs_by"] == mapping["needs_by"]


def test_water_survey_is_read_whole(shared_data):
    name = "water_consumer_survey"
    answers = read_answers(shared_data / f"surveys/{name}.csv", load_mapping(MAPPINGS / f"{name}.json"))
    assert (len(answers.rows), answers.refused) == (423, [])
    wanted = Counter(option for row in answers.rows for option in row.answers["needs"])
    # Counted independently in the file: shortage=Yes 75; unprotected well 37 and surface water 3.
    assert (wanted["shortage"], wanted["safe-source"]) == (75, 40)
    assert Counter(row.answers["sex"] for row in answers.rows) == {"female": 329, "male": 94}


def test_nepal_survey_leaves_out_only_those_who_said_nothing_usable(shared_data):
    name = "nepal_community_perception_rounds_1-6"
    answers = read_answers(shared_data / f"surveys/{name}.csv", load_mapping(MAPPINGS / f"{name}.json"))
    assert (len(answers.rows), len(answers.refused)) == (8262, 40)
    assert Counter(reason.split("（")[0] for _, reason in answers.refused) == {
        "没有回答任何一道问需求的题": 38,
        "没有回答“性别”": 2,
    }
    # 4,621 rows name long-term housing; two of them are those without a sex.
    assert sum("shelter-long" in row.answers.get("needs", []) for row in answers.rows) == 4619
    assert Counter(row.answers["round"] for row in answers.rows)["2"] <= 1398


def test_own_spreadsheet_is_matched_by_label_and_read():
    definition = clean_questionnaire(make_definition())
    table = read_table("村,您最想让中心办什么？,年龄,别的\n甲,服务canteen；服务chess,70+,x\n乙,无,,x\n".encode())
    columns = match_columns(definition, table.header)
    answers = take_answers(table, mapping_of(definition, columns, place="村"), "d")
    assert columns == {"needs": "您最想让中心办什么？", "age": "年龄"}
    assert [row.answers for row in answers.rows] == [{"needs": ["canteen", "chess"], "age": "70+"}, {"needs": []}]
