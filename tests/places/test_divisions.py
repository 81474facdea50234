import csv

from xiangli.places.choices import Level
from xiangli.places.divisions import Succession, read_local, read_national


def _rows(*lines: dict[str, str]):
    return list(enumerate(lines, start=2))


def test_national_table_follows_a_code_through_mergers(shared_data):
    with (shared_data / "areacodes" / "result.csv").open(encoding="utf-8-sig") as file:
        divisions, refused = read_national(list(enumerate(csv.DictReader(file), start=2)))
    assert refused == []
    assert len(divisions) == 6823
    succession = Succession(divisions)
    assert succession.of("410322") == ["410308"]  # 孟津县 -> 孟津区, 2021
    assert succession.of("410306") == ["410308"]  # 吉利区 -> 孟津区, 2021
    assert succession.of("410321") == ["410307"]  # 偃师县 -> 偃师市 -> 偃师区


def test_part_that_went_elsewhere_is_no_successor():
    divisions, _ = read_national(
        _rows(
            {
                "代码": "410303",
                "名称": "西工区",
                "级别": "县级",
                "状态": "在用",
                "启用时间": "1983",
                "新代码": "410311[2000]",
            }
        )
    )
    assert divisions[0].successors == ()


def test_national_lines_that_cannot_be_used_are_named():
    divisions, refused = read_national(_rows({"代码": "41", "级别": "县级"}, {"代码": "410308", "级别": "旗"}))
    assert divisions == []
    assert [str(row) for row in refused] == ["第 2 行：代码“41”不是六位数字", "第 3 行：级别“旗”不认识"]


def test_local_list_reads_counts_and_refuses_by_line():
    places, refused = read_local(
        _rows(
            {
                "名称": "陆村社区",
                "级别": "社区",
                "网址名": "lucun",
                "常住人口": "2,100",
                "性别:女": "1050",
                "性别：男": "1050",
            },
            {"名称": "", "级别": "村"},
            {"名称": "扣马村", "级别": "屯"},
            {"名称": "陆村社区", "级别": "社区"},
            {"名称": "台荫村", "级别": "村", "户数": "约三百"},
        )
    )
    assert [(place.name, place.level, place.population) for place in places] == [("陆村社区", Level.VILLAGE, 2100)]
    assert dict(places[0].counts) == {("sex", "女"): 1050, ("sex", "男"): 1050}
    assert [row.line for row in refused] == [3, 4, 5, 6]
    assert refused[2].reason == "“陆村社区”和第 2 行重复"


def test_more_people_than_a_database_can_count_are_refused_in_words():
    """SQLite would keep the number, PostgreSQL would not."""
    many = ["9" * 5000, "3000000000", "²"]
    lines = [{"名称": f"{n}村", "级别": "村", "常住人口": people} for n, people in enumerate(many)]
    _, refused = read_local(_rows(*lines))
    assert [row.reason for row in refused] == [
        f"常住人口“{'9' * 20}”不是整数，或者太大",
        "常住人口“3000000000”不是整数，或者太大",
        "常住人口“²”不是整数，或者太大",
    ]
