"""Ledgers as spreadsheets: those that towns keep come in, ours go out, are edited, and come back."""

import re
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from python_calamine import CalamineWorkbook

from tests.ledger.factories import NOW, TODAY, make_crew, make_item
from tests.places.factories import make_staff, make_town, make_village
from xiangli.accounts.choices import Role
from xiangli.audit.queries import timeline
from xiangli.core.errors import UserError
from xiangli.core.tables import read_table
from xiangli.ledger import exports, imports, queries, services
from xiangli.ledger.choices import Fund, State
from xiangli.ledger.models import Extension, ItemMoney, LedgerItem, SheetHeading, SheetImport
from xiangli.ledger.sheets import checking, values

pytestmark = pytest.mark.django_db
KEY = "行标识（请勿改动）"


@pytest.fixture
def crew():
    return make_crew()


def exported(crew, user=None) -> bytes:
    rows = queries.for_export(queries.items_for(user or crew.boss))
    limits = queries.limits_for(crew.boss, TODAY)
    return exports.workbook(rows, place=crew.town, today=TODAY, limits=limits)


def uploaded(user, content: bytes, name: str = "台账.xlsx") -> SheetImport:
    return services.keep_sheet(by=user, place=queries.heading_place(user), name=name, content=content, now=NOW)


def looked(user, content: bytes) -> checking.Checked:
    return imports.check(uploaded(user, content), user=user, today=TODAY)


def brought(user, content: bytes, choices: dict[int, str] | None = None, reason: str = "") -> dict[str, Any]:
    """The report of a file that is looked at and then written."""
    run = uploaded(user, content)
    shown = imports.check(run, user=user, today=TODAY).digest
    return imports.write(
        run, user=user, shown=shown, choices=choices or {}, reason=reason, now=NOW + timedelta(hours=1), today=TODAY
    )


def counted(report: dict[str, Any]) -> tuple[int, int, int, int]:
    return report["added"], report["changed"], report["same"], report["refused"]


def edited(content: bytes, *changes: tuple[int, str, Any]) -> bytes:
    """The exported workbook with some cells (row of data from 0, column, value) typed over, as Excel would save it."""
    rows = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python()
    header = rows[exports.HEADER_ROW - 1]
    for row, column, value in changes:
        rows[exports.HEADER_ROW + row][header.index(column)] = value
    return saved({"台账": rows})


def saved(sheets: dict[str, list[list[Any]]], merged: tuple[str, ...] = ()) -> bytes:
    """A workbook; ``merged``: ranges such as "A3:A5" of the first sheet, filled with their first cell."""
    file = BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": True})
    days = book.add_format({"num_format": "yyyy-mm-dd"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name or None)
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(r, c, cell, days)
                elif cell not in ("", None):
                    sheet.write(r, c, cell)
        for where in merged:
            first = re.match(r"([A-Z]+)(\d+)", where)
            value = rows[int(first[2]) - 1][ord(first[1]) - 65]
            sheet.merge_range(where, value)
        merged = ()
    book.close()
    return file.getvalue()


def test_export_has_the_official_columns_under_the_heading_and_hides_the_key(crew):
    item = make_item(crew, "=1+1", measure="装扶手", planned_fen=123_450, responsible=crew.doer)
    table = read_table(exported(crew), header_has=["序号"])
    assert table.header == [name for name, _ in exports.COLUMNS]
    [row] = [dict(zip(table.header, row.cells, strict=True)) for row in table.rows]
    assert (row["村"], row["任务/问题"], row["唯一责任人"]) == (crew.village.name, "=1+1", str(crew.doer))
    assert (float(row["资金（元）"]), row[KEY].split(".")[:2]) == (1234.5, [str(item.pk), "1"])
    heading = CalamineWorkbook.from_filelike(BytesIO(exported(crew))).get_sheet_by_index(0).to_python()[:2]
    assert [row[0] for row in heading] == ["会盟镇乡里中心建设工作台账", "截至 2026 年 6 月 10 日"]


def test_what_is_exported_and_brought_back_unchanged_changes_nothing(crew):
    make_item(crew, "坡道", measure="一比十二\r\n两边装扶手 ", planned_fen=123_450, responsible=crew.doer, tags="安全")
    before = LedgerItem.everywhere.values().get()
    assert counted(brought(crew.boss, exported(crew))) == (0, 0, 1, 0)
    assert LedgerItem.everywhere.values().get() == before


def test_only_what_was_edited_changes_and_what_the_system_changed_meanwhile_stays(crew):
    item = make_item(crew, "坡道", measure="旧", responsible_unit="村两委", planned_fen=100)
    other = make_item(crew, "扶手")
    content = edited(exported(crew), (0, "具体举措", "新的做法"), (0, "资金（元）", 25.5))
    services.edit(by=crew.boss, item=item, now=NOW, responsible_unit="镇办公室")
    assert counted(brought(crew.boss, content)) == (0, 1, 1, 0)
    item.refresh_from_db()
    assert (item.measure, item.planned_fen, item.responsible_unit, item.version) == ("新的做法", 2550, "镇办公室", 3)
    assert timeline(item).last().data["before"] == {"measure": "旧", "planned_fen": 100}
    assert LedgerItem.everywhere.get(pk=other.pk).version == 1
    assert counted(brought(crew.boss, content)) == (0, 0, 2, 0)  # once more: nothing


def test_two_edits_of_one_cell_are_a_conflict_and_the_one_not_taken_is_kept(crew):
    item = make_item(crew, "坡道", measure="旧")
    content = edited(exported(crew), (0, "具体举措", "表格里的"))
    services.edit(by=crew.boss, item=item, now=NOW, measure="系统里的")
    [conflict] = looked(crew.boss, content).conflicts
    assert conflict.sides == [("具体举措", "系统里的", "表格里的")]
    brought(crew.boss, content)
    item.refresh_from_db()
    assert item.measure == "系统里的"
    assert timeline(item).last().data == {"texts": {"measure": "表格里的"}}
    brought(crew.boss, content, choices={item.pk: "sheet"})
    item.refresh_from_db()
    assert item.measure == "表格里的"


def test_ledger_edited_between_looking_and_writing_is_looked_at_again(crew):
    item = make_item(crew, "坡道", measure="旧")
    run = uploaded(crew.boss, edited(exported(crew), (0, "具体举措", "表格里的")))
    shown = imports.check(run, user=crew.boss, today=TODAY).digest
    services.edit(by=crew.boss, item=item, now=NOW, measure="刚刚改的")
    with pytest.raises(services.Changed, match="再看一遍"):
        imports.write(run, user=crew.boss, shown=shown, choices={}, reason="", now=NOW, today=TODAY)
    item.refresh_from_db()
    assert (item.measure, SheetImport.everywhere.get().written_at) == ("刚刚改的", None)


def test_later_deadline_needs_a_reason_and_states_move_by_their_steps(crew):
    first = make_item(crew, "甲", days=10)
    second = make_item(crew, "乙", days=20)
    content = edited(
        exported(crew),
        (0, "完成时限", first.deadline + timedelta(days=30)),
        (0, "进展", "进行中"),
        (1, "进展", "已销号"),
    )
    report = brought(crew.boss, content)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.deadline) == (State.IN_PROGRESS, TODAY + timedelta(days=10))
    assert (second.state, second.requested_by) == (State.CLOSE_REQUESTED, crew.boss)
    assert any("没有写延期原因" in text for text in report["texts"])
    assert [event.verb for event in timeline(second)][-2:] == ["ledger.start", "ledger.ask-close"]
    content = edited(exported(crew), (0, "完成时限", first.deadline + timedelta(days=30)), (0, "延期原因", "连阴雨"))
    brought(crew.boss, content)
    assert Extension.everywhere.get().reason == "连阴雨"


def test_closed_items_and_rows_of_others_are_refused_by_line(crew):
    item = make_item(crew, "坡道")
    content = edited(exported(crew), (0, "具体举措", "改"))
    neighbour = make_staff(Role.VILLAGE_STAFF, make_village(crew.town))
    assert [text for _, text in looked(neighbour, content).wrong] == [f"您负责的村里没有“{crew.village.name}”。"]
    assert "请乡镇来改" in looked(crew.doer, content).wrong[0][1]
    item = services.ask_close(by=crew.doer, item=services.start(by=crew.doer, item=item, now=NOW), now=NOW)
    services.close(by=crew.judge, item=item, now=NOW)
    line, text = looked(crew.boss, content).wrong[0]
    assert (line.where, "已经销号" in text) == ("台账第 4 行", True)


def test_row_copied_in_excel_is_named_and_a_row_without_key_is_new(crew):
    make_item(crew, "坡道")
    rows = CalamineWorkbook.from_filelike(BytesIO(exported(crew))).get_sheet_by_index(0).to_python()
    new = list(rows[3])
    new[2], new[-1] = "新的一件", ""
    checked = looked(crew.boss, saved({"台账": [*rows, rows[3], new]}))
    assert [(line.number, text[:8]) for line, text in checked.wrong] == [(5, "和台账第 4 行")]
    assert [line.texts["title"] for line, _ in checked.new] == ["新的一件"]


@pytest.mark.parametrize("merged", [("A1:D1",), ()])
def test_a_title_over_the_whole_table_is_no_half_of_its_header(crew, merged):
    rows = [
        ["会盟镇乡里中心建设台账", "", "", ""], ["村", "任务/问题", "资金（万元）", "完成时限"],
        [crew.village.name, "修坡道", 1.2, "2026-12-31"],
    ]  # fmt: skip
    [(_, found)] = looked(crew.boss, saved({"台账": rows}, merged)).tables
    assert [column.heading for column in found.columns] == rows[1]


def test_ledger_of_a_town_with_two_header_rows_merged_cells_and_a_total_comes_in(crew):
    a, b = crew.village.name, make_village(crew.town).name
    rows = [
        ["会盟镇乡里中心建设工作台账", *[""] * 8],
        ["填报单位：会盟镇", *[""] * 8],
        ["序号", "村（社区）", "重点任务", "工作\n举措", "资金（万元）", "", "完成\n时限", "责任人", "推进情况"],
        ["", "", "", "", "预算", "到位", "", "", ""],
        [1, a, "建坡道", "一比十二", 1.2, 0.5, "2026.3.1", "张三", "已完成80%"],
        [2, "", "装扶手", "", "", "", "2026年9月", "", "已完成"],
        [3, b, "修屋顶", "", 3, "", 46295, str(crew.doer), ""],
        ["合计", "", "", "", 4.2, 0.5, "", "", ""],
        ["填表人：李四", *[""] * 8],
    ]
    content = saved(
        {"Sheet1": rows, "说明": [["本表由镇里填"]]}, ("A1:I1", "B3:B4", "C3:C4", "E3:F3", "G3:G4", "B5:B6")
    )
    assert counted(brought(crew.boss, content)) == (3, 0, 0, 0)
    items = {item.title: item for item in LedgerItem.everywhere.select_related("place")}
    ramp, rail, roof = items["建坡道"], items["装扶手"], items["修屋顶"]
    assert (ramp.place.name, ramp.planned_fen, ramp.granted_fen) == (a, 1_200_000, 500_000)
    assert (ramp.deadline, ramp.responsible_name, ramp.state) == (date(2026, 3, 1), "张三", State.IN_PROGRESS)
    assert timeline(ramp).last().data == {"text": "已完成80%"}
    assert (rail.place.name, rail.deadline, rail.state) == (a, date(2026, 9, 30), State.CLOSE_REQUESTED)
    assert (roof.place.name, roof.deadline, roof.responsible) == (b, date(2026, 9, 30), crew.doer)
    assert counted(brought(crew.boss, content)) == (0, 0, 3, 0)
    rows[4][3], rows[5][8] = "一比十六", "已完成90%"
    assert counted(brought(crew.boss, saved({"Sheet1": rows}, ("E3:F3",)))) == (0, 2, 1, 0)
    ramp.refresh_from_db()
    assert (ramp.measure, LedgerItem.everywhere.count()) == ("一比十六", 3)


def test_odd_lines_of_a_printed_ledger_are_each_named_and_nothing_else_is_lost(crew):
    name = crew.village.label
    header = ["序号", "村", "任务", "资金（元）", "完成时限"]
    rows = [
        ["村级工作台账（2026 年）", "", "", "", ""], header,
        [1, name, "坡道", "1,200", "2026.11.3"], ["", "", "", "", ""],
        ["2", name, "扶手", "１２００元", "11月3日"], ["", "", "", "", ""], ["", "", "", "", ""],
        header, [3, name, "屋顶", "1.2万", "2026年3月—11月"], ["4", name, "水管", "约5万", "2026-11-30"],
        [5, name, "路灯", "", "2026年2月30日"], ["合　计", "", "", "2400", ""], ["", "总计", "", 2400, ""],
        ["制表人：某某", "", "", "审核：", ""],
    ]  # fmt: skip
    content = saved({"一": rows})
    checked = looked(crew.boss, content)
    assert [(line.number, line.texts["planned_fen"], line.texts["deadline"]) for line, _ in checked.new] == [
        (3, "120000", "2026-11-03"),
        (5, "120000", "2026-11-03"),
        (9, "1200000", "2026-11-30"),
    ]
    assert [(line.number, text[:5]) for line, text in checked.wrong] == [(10, "计划资金："), (11, "“2026")]
    skipped = [line.number for line, text in checked.said if text.endswith("没有导入。")]
    assert skipped == [8, 12, 13, 14]
    assert counted(brought(crew.boss, content)) == (3, 0, 0, 2)
    assert counted(brought(crew.boss, content)) == (0, 0, 3, 2)


def test_hidden_sheet_is_left_out_until_the_user_wants_it(client, crew):
    file = BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    for title, task in (("台账", "坡道"), ("去年的", "旧事")):
        sheet = book.add_worksheet(title)
        for number, row in enumerate((["村", "任务", "完成时限"], [crew.village.label, task, "2026-11-30"])):
            sheet.write_row(number, 0, row)
    sheet.hide()
    book.close()
    run = uploaded(crew.boss, file.getvalue())
    tasks = [line.texts["title"] for line, _ in imports.check(run, user=crew.boss, today=TODAY).new]
    assert tasks == ["坡道"]
    client.force_login(crew.boss)
    assert "隐藏的工作表" in client.get(f"/office/ledger/import/{run.pk}/").content.decode()
    client.post(f"/office/ledger/import/{run.pk}/columns/", {})
    run.refresh_from_db()
    tasks = [line.texts["title"] for line, _ in imports.check(run, user=crew.boss, today=TODAY).new]
    assert tasks == ["坡道", "旧事"]


def test_sheet_named_like_a_village_needs_no_column_of_villages(crew):
    header = ["序号", "存在问题", "整改措施", "整改时限"]
    content = saved({
        crew.village.name: [header, [1, "漏水", "补", date(2026, 7, 1)]],
        "火星": [header, [1, "缺氧", "补", date(2026, 7, 1)]],
    })  # fmt: skip
    checked = looked(crew.boss, content)
    assert [(line.place, line.texts["title"]) for line, _ in checked.new] == [(crew.village, "漏水")]
    assert [(line.where, text) for line, text in checked.wrong] == [("火星第 2 行", "没有写村名。")]


def test_village_of_the_same_name_in_two_towns_needs_the_town(crew):
    make_village(crew.town, name="李家庄村")
    other = make_village(make_town(crew.town.county, "baihe", "白鹤镇"), name="李家庄村")
    county = make_staff(Role.COUNTY, crew.town.county)
    plain = "村,任务,完成时限\n李家庄,修路,2026-07-01\n".encode("gbk")
    assert "有 2 个（会盟镇、白鹤镇）" in looked(county, plain).wrong[0][1]
    told = "乡镇,村,任务,完成时限\n白鹤镇,李家庄,修路,2026-07-01\n".encode("gbk")
    assert [line.place for line, _ in looked(county, told).new] == [other]


def test_check_names_every_line_that_cannot_be_used(crew):
    name = crew.village.label
    text = "\n".join(
        [
            "台账", "序号,村,任务,资金（万元）,完成时限", f"1,{name},坡道,1.2,2026/6/30", "2,,扶手,,2026年7月1日",
            "3,火星村,基地,,2026-07-01", f"4,{name},,abc,明天", f"5,{name},{'长' * 121},,2026-07-01",
        ]
    )  # fmt: skip
    checked = looked(crew.boss, text.encode("gb18030"))
    assert [(line.texts["title"], line.texts["planned_fen"], line.texts["deadline"]) for line, _ in checked.new] == [
        ("坡道", "1200000", "2026-06-30"),
        ("扶手", "0", "2026-07-01"),
    ]
    assert [line.number for line, _ in checked.wrong] == [5, 6, 6, 6, 7]


def test_correction_of_a_column_is_kept_for_the_next_file(client, crew):
    client.force_login(crew.boss)
    text = f"村,干什么,什么时候完,花多少\n{crew.village.name},坡道,2026-07-01,300\n".encode()
    client.post("/office/ledger/import/", {"file": SimpleUploadedFile("台账.csv", text)})
    page = f"/office/ledger/import/{SheetImport.everywhere.get().pk}/"
    assert "找不到表头" in client.get(page).content.decode()
    client.post(f"{page}columns/", {"header-0": "1"})
    assert "还没有指明这些列：任务/问题、完成时限" in client.get(page).content.decode()
    answer = {"column-0-0": "village", "column-0-1": "title", "column-0-2": "deadline", "column-0-3": "planned_fen"}
    client.post(f"{page}columns/", answer)
    checked = client.get(page).context["checked"]
    assert client.post(f"{page}write/", {"shown": checked.digest}).status_code == 302
    assert LedgerItem.everywhere.values_list("title", "planned_fen").get() == ("坡道", 30_000)
    assert set(SheetHeading.everywhere.values_list("heading", "field")) == {
        ("干什么", "title"), ("什么时候完", "deadline"), ("花多少", "planned_fen"),
    }  # fmt: skip
    again = f"村,干什么,什么时候完,花多少\n{crew.village.name},扶手,2026-07-01,300\n".encode()
    client.post("/office/ledger/import/", {"file": SimpleUploadedFile("再来.csv", again)})
    newest = SheetImport.everywhere.first()
    assert len(client.get(f"/office/ledger/import/{newest.pk}/").context["checked"].new) == 1


def test_file_is_its_uploaders_and_is_written_once(client, crew):
    text = f"村,任务,完成时限\n{crew.village.name},坡道,2026-07-01\n".encode()
    run = uploaded(crew.boss, text)
    client.force_login(crew.doer)
    assert client.get(f"/office/ledger/import/{run.pk}/").status_code == 404
    client.force_login(crew.boss)
    digest = client.get(f"/office/ledger/import/{run.pk}/").context["checked"].digest
    for _ in range(2):
        client.post(f"/office/ledger/import/{run.pk}/write/", {"shown": digest})
    assert LedgerItem.everywhere.count() == 1
    run.refresh_from_db()
    assert (bytes(run.content), run.report["added"]) == (b"", 1)


def test_conflict_is_shown_side_by_side_and_the_choice_is_heard(client, crew):
    item = make_item(crew, "坡道", measure="旧")
    content = edited(exported(crew), (0, "具体举措", "表格里的"))
    services.edit(by=crew.boss, item=item, now=NOW, measure="系统里的")
    client.force_login(crew.boss)
    client.post("/office/ledger/import/", {"file": SimpleUploadedFile("台账.xlsx", content)})
    page = f"/office/ledger/import/{SheetImport.everywhere.get().pk}/"
    shown = client.get(page)
    assert "表格里的" in shown.content.decode()
    assert "系统里的" in shown.content.decode()
    answer = {"shown": shown.context["checked"].digest, f"choice-{item.pk}": "sheet"}
    client.post(f"{page}write/", answer)
    item.refresh_from_db()
    assert item.measure == "表格里的"


def test_money_with_one_source_is_kept_by_source(crew):
    text = f"村,任务,完成时限,资金（元）,资金来源\n{crew.village.name},坡道,2026-07-01,300,村集体\n".encode()
    brought(crew.boss, text)
    assert list(ItemMoney.everywhere.values_list("fund", "planned_fen")) == [(Fund.VILLAGE, 30_000)]


def test_formulas_and_outside_links_are_read_as_they_last_showed_and_errors_as_empty(crew):
    file = BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = book.add_worksheet()
    for column, name in enumerate(["村", "任务", "完成时限", "资金（元）", "责任单位"]):
        sheet.write(0, column, name)
    sheet.write(1, 0, crew.village.name)
    sheet.write_formula(1, 1, "='[别处.xlsx]表1'!A1", None, "修桥")
    sheet.write(1, 2, "2026-07-01")
    sheet.write_formula(1, 3, "=100*3", None, 300)
    sheet.write_formula(1, 4, "=1/0", None, "#DIV/0!")
    sheet.write_url(3, 0, "https://example.invalid/")
    book.close()
    [(line, _)] = looked(crew.boss, file.getvalue()).new
    assert (line.texts["title"], line.texts["planned_fen"], line.texts["responsible_unit"]) == ("修桥", "30000", "")


@pytest.mark.one_engine
def test_far_too_long_spreadsheet_is_refused_without_being_opened(crew):
    import tracemalloc

    file = BytesIO()
    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    sheet = book.add_worksheet()
    for row in range(60_000):
        sheet.write(row, 0, "村")
    book.close()
    tracemalloc.start()
    with pytest.raises(UserError, match="超过了 20000 行"):
        checking.read(file.getvalue())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000_000
    with pytest.raises(UserError, match="超过了 20000 行"):
        checking.read(b"a,b\n" * 200_000)


@pytest.mark.one_engine
def test_blank_bordered_lines_below_the_table_do_not_count(crew):
    file = BytesIO()
    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    sheet, border = book.add_worksheet(), book.add_format({"border": 1})
    for column, cell in enumerate(["村", "任务", "完成时限"]):
        sheet.write(0, column, cell)
    for row in range(1, 30_000):
        sheet.write_blank(row, 0, None, border)
    book.close()
    assert len(checking.read(file.getvalue())[0].rows) == 1


def test_table_without_the_needed_columns_is_refused(crew):
    with pytest.raises(UserError, match="找不到表头"):
        looked(crew.boss, "甲,乙\na,b\n".encode())


def test_export_page_follows_the_filters(client, crew):
    make_item(crew, "坡道")
    make_item(crew, "扶手")
    client.force_login(crew.doer)
    content = client.get("/office/ledger/export.xlsx?text=坡").content
    assert [row.cells[2] for row in read_table(BytesIO(content).getvalue(), header_has=["序号"]).rows] == ["坡道"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01", date(2026, 3, 1)), ("2026.3.1", date(2026, 3, 1)), ("2026/3/1", date(2026, 3, 1)),
        ("2026年3月1日", date(2026, 3, 1)), ("２０２６年３月１日", date(2026, 3, 1)), ("20260301", date(2026, 3, 1)),
        ("2026-03-01 00:00:00", date(2026, 3, 1)), ("46082", date(2026, 3, 1)), ("46082.5", date(2026, 3, 1)),
        ("二〇二六年三月一日", date(2026, 3, 1)), ("二零二六年十二月三十一日", date(2026, 12, 31)),
        ("2026年3月", date(2026, 3, 31)), ("2026.3", date(2026, 3, 31)), ("2026年2月底前", date(2026, 2, 28)),
        ("3月底", date(2026, 3, 31)), ("10月上旬", date(2026, 10, 10)), ("3月1日前", date(2026, 3, 1)),
        ("2026年6月30日前", date(2026, 6, 30)), ("二季度", date(2026, 6, 30)), ("2027年第1季度", date(2027, 3, 31)),
        ("上半年", date(2026, 6, 30)), ("2026年底", date(2026, 12, 31)), ("年底前", date(2026, 12, 31)),
        ("26年11月3日", date(2026, 11, 3)), ("2026年11月3日（周二）", date(2026, 11, 3)),
        ("11月3日", date(2026, 11, 3)),
        ("2026.11.3", date(2026, 11, 3)), ("3月—6月", date(2026, 6, 30)), ("2027年3月至6月", date(2027, 6, 30)),
        ("2026.3.1—2026.11.30", date(2026, 11, 30)), ("6月—3月", None), ("某天—6月", None), ("2月30日", None),
        ("26年2月30日", None),
        ("2026年2月30日", None), ("长期", None), ("明天", None), ("", None), ("13", None), ("2026.13", None),
        ("12345678", None),
    ],
)  # fmt: skip
def test_day_is_read_in_the_forms_people_write(text, expected):
    assert values.day(text, TODAY)[0] == expected


def test_tenth_month_that_excel_turned_into_the_first_is_said():
    assert values.day("2026.1", TODAY) == (date(2026, 1, 31), "“2026.1”按 1 月算；要是 10 月，请写 2026-10")
