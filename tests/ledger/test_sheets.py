from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from python_calamine import CalamineWorkbook

from tests.ledger.factories import NOW, TODAY, make_crew, make_item
from xiangli.core.errors import UserError
from xiangli.core.tables import read_table
from xiangli.ledger import exports, imports, queries
from xiangli.ledger.models import LedgerItem

pytestmark = pytest.mark.django_db


@pytest.fixture
def crew():
    return make_crew()


def exported(crew) -> bytes:
    rows = queries.for_export(queries.items_for(crew.boss))
    limits = queries.limits_for(crew.boss, TODAY)
    return exports.workbook(rows, place=crew.town, today=TODAY, limits=limits)


def test_export_has_the_official_columns_under_the_heading(crew):
    make_item(crew, "=1+1", measure="装扶手", planned_fen=123_450, responsible_unit="村两委", responsible=crew.doer)
    table = read_table(exported(crew), header_has=["序号"])
    assert table.header == [name for name, _ in exports.COLUMNS]
    [row] = [dict(zip(table.header, row.cells, strict=True)) for row in table.rows]
    assert (row["村"], row["任务/问题"], row["唯一责任人"]) == (crew.village.name, "=1+1", str(crew.doer))
    assert float(row["资金（元）"]) == 1234.5
    assert row["完成时限"].startswith("2026-07-10")
    heading = CalamineWorkbook.from_filelike(BytesIO(exported(crew))).get_sheet_by_index(0).to_python()[:2]
    assert [row[0] for row in heading] == ["会盟镇乡里中心建设工作台账", "截至 2026 年 6 月 10 日"]


def test_what_is_exported_can_be_imported_and_only_once(crew):
    make_item(crew, "坡道", measure="一比十二", planned_fen=123_450, responsible_unit="村两委")
    content = exported(crew)
    LedgerItem.everywhere.all().delete()
    villages = queries.villages_of_reader(crew.boss)
    checked = imports.check(content, villages=villages)
    assert (checked.lines, checked.problems) == (1, [])
    assert LedgerItem.everywhere.count() == 0
    for expected in (1, 0):
        added = imports.write(by=crew.boss, signed=checked.signed, villages=villages, now=NOW, today=TODAY)
        assert added == expected
    item = LedgerItem.everywhere.get()
    assert (item.title, item.measure, item.planned_fen, str(item.deadline)) == (
        "坡道",
        "一比十二",
        123_450,
        "2026-07-10",
    )


def test_check_names_every_line_that_cannot_be_used(crew):
    name = crew.village.label
    text = "\n".join(
        [
            "台账", "序号,村,任务,资金（万元）,完成时限", f"1,{name},坡道,1.2,2026/6/30", "2,,扶手,,2026年7月1日",
            "3,火星村,基地,,2026-07-01", f"4,{name},,abc,明天",
        ]
    )  # fmt: skip
    checked = imports.check(text.encode("gb18030"), villages=queries.villages_of_reader(crew.boss))
    assert [(row["title"], row["planned_fen"], row["deadline"]) for row in checked.rows] == [
        ("坡道", 1_200_000, "2026-06-30"),
        ("扶手", 0, "2026-07-01"),
    ]
    assert [line for line, _ in checked.problems] == [5, 6, 6, 6]
    assert "火星村" in checked.problems[0][1]


def test_table_without_the_needed_columns_is_refused(crew):
    with pytest.raises(UserError, match="完成时限"):
        imports.check("村,任务\na,b\n".encode(), villages=[])
    with pytest.raises(UserError, match="找不到表头"):
        imports.check("甲,乙\na,b\n".encode(), villages=[])


def test_import_page_checks_first_and_writes_on_the_second_press(client, crew):
    client.force_login(crew.boss)
    upload = SimpleUploadedFile("台账.csv", f"村,任务,完成时限\n{crew.village.name},坡道,2026-07-01\n".encode())
    page = client.post("/office/ledger/import/", {"file": upload})
    assert LedgerItem.everywhere.count() == 0
    signed = page.context["checked"].signed
    assert client.post("/office/ledger/import/", {"checked": signed}).status_code == 302
    assert LedgerItem.everywhere.get().title == "坡道"
    client.post("/office/ledger/import/", {"checked": signed + "x"})
    assert LedgerItem.everywhere.count() == 1


def test_rows_signed_for_other_villages_are_not_written(crew):
    checked = imports.check(
        f"村,任务,完成时限\n{crew.village.name},坡道,2026-07-01\n".encode(),
        villages=queries.villages_of_reader(crew.boss),
    )
    assert imports.write(by=crew.boss, signed=checked.signed, villages=[], now=NOW, today=TODAY) == 0


def test_export_page_follows_the_filters(client, crew):
    make_item(crew, "坡道")
    make_item(crew, "扶手")
    client.force_login(crew.doer)
    content = client.get("/office/ledger/export.xlsx?text=坡").content
    assert [row.cells[2] for row in read_table(BytesIO(content).getvalue(), header_has=["序号"]).rows] == ["坡道"]
