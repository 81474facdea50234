import io
import zipfile
from datetime import date, datetime, time
from decimal import Decimal

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from xiangli.core.errors import UserError
from xiangli.core.exports import Sheet, csv_safe, write_csv, write_xlsx
from xiangli.core.files import FileKind
from xiangli.core.tables import read_table

HEADER = ["村", "户数", "负责人"]


def workbook(*sheets):
    out = io.BytesIO()
    write_xlsx(out, sheets)
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "；"])
def test_csv_is_read_in_every_encoding_and_delimiter(encoding, delimiter):
    text = delimiter.join(HEADER) + "\r\n" + delimiter.join(["台荫", "12", "于秀英"]) + "\r\n"
    table = read_table(text.encode(encoding))
    assert (table.header, [(row.line, row.cells) for row in table.rows]) == (HEADER, [(2, ["台荫", "12", "于秀英"])])
    assert table.kind == FileKind.CSV


def test_lines_are_counted_as_an_editor_does():
    text = '\n村,说明\n\n台荫,"两行\n的说明"\n,\n马庄,完\n'
    table = read_table(text.encode())
    assert [(row.line, row.cells) for row in table.rows] == [(4, ["台荫", "两行\n的说明"]), (7, ["马庄", "完"])]
    assert list(table) == [(4, {"村": "台荫", "说明": "两行\n的说明"}), (7, {"村": "马庄", "说明": "完"})]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("\n\n", "是空的"),
        ("村,,户\n", "第 2 列没有名称"),
        ("村,户,村\n", "列名重复：村"),
        ("村,户\n台荫,1,2\n", "第 2 行有 3 格，比表头的 2 列多"),
        ('村,户\n台荫,"1\n马庄,2\n', "第 2 行起的引号没有配对"),
    ],
)
def test_doubtful_tables_are_refused_with_their_line(text, complaint):
    with pytest.raises(UserError, match=complaint):
        read_table(text.encode())


def test_short_rows_are_filled_and_trailing_blanks_forgiven():
    table = read_table("村,户,人,\n台荫,1\n马庄,2,3,,\n".encode())
    assert table.header == ["村", "户", "人"]
    assert [row.cells for row in table.rows] == [["台荫", "1", ""], ["马庄", "2", "3"]]


def test_missing_columns_are_all_named():
    table = read_table("村,户\n台荫,1\n".encode())
    table.require("村")
    with pytest.raises(UserError, match=r"缺少列：人、钱。现有的列：村、户。"):
        table.require("人", "村", "钱")


def test_a_workbook_comes_back_as_it_was_written():
    rows = [
        ["台荫", 12, date(2026, 6, 8)],
        ["马庄", 3.5, datetime(2026, 6, 8, 9, 30)],
        ["=1+1", Decimal("4.25"), time(8, 30)],
        ["00123", None, True],
    ]
    table = read_table(workbook(Sheet("台账", HEADER, rows)))
    assert table.header == HEADER
    assert [(row.line, row.cells) for row in table.rows] == [
        (2, ["台荫", "12", "2026-06-08"]),
        (3, ["马庄", "3.5", "2026-06-08 09:30:00"]),
        (4, ["=1+1", "4.25", "08:30:00"]),
        (5, ["00123", "", "是"]),
    ]
    assert (table.kind, table.sheet) == (FileKind.XLSX, "台账")


def test_a_written_workbook_holds_no_formula_and_no_link():
    data = workbook(Sheet("a", ["=cmd|'/c calc'!A1"], [["=1+1"], ["https://example.org/"], ["@SUM(1)"]]))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet
    assert b"<hyperlink" not in sheet


def test_sheets_are_chosen_by_name_and_names_are_made_acceptable():
    data = workbook(
        Sheet("一/二", ["a"], [["1"]]), Sheet("一·二", ["b"], [["2"]], title="标题"), Sheet("x" * 40, ["c"], [])
    )
    table = read_table(data, sheet="x" * 31)
    assert table.header == ["c"]
    assert table.sheets == ["一·二", "一·二 (2)", "x" * 31]
    with pytest.raises(UserError, match="没有名为“三”的工作表；现有：一·二、"):
        read_table(data, sheet="三")


def test_a_workbook_is_reproducible():
    def make():
        out = io.BytesIO()
        write_xlsx(out, [Sheet("a", ["b"], [[1]])], created=datetime(2026, 6, 8))
        return out.getvalue()

    assert make() == make()


def test_a_far_away_cell_is_refused_before_memory_is_taken():
    data = workbook(Sheet("a", ["村"], [["台荫"]]))
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
                content = content.replace(b"</sheetData>", far)
            target.writestr(name, content)
    with pytest.raises(UserError, match="1048576 行 × 16384 列"):
        read_table(out.getvalue())


def test_what_is_no_table_is_refused():
    with pytest.raises(UserError, match="这是PDF 文件"):
        read_table(b"%PDF-1.7")
    with pytest.raises(UserError, match="已损坏"):
        read_table(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 2000)


@given(st.integers(0, 4000), st.binary(min_size=1, max_size=40))
def test_damaged_workbooks_are_refused_or_read_but_never_crash(position, noise):
    data = bytearray(WHOLE)
    position %= len(data)
    data[position : position + len(noise)] = noise
    try:
        outcome = read_table(bytes(data)).kind
    except UserError as error:
        outcome = str(error)
    # A workbook with the first bytes of an old one is still read: what it is called is of no consequence.
    assert outcome in (FileKind.XLSX, FileKind.XLS) or outcome.endswith("。")


WHOLE = workbook(Sheet("台账", HEADER, [["台荫", 12, "于秀英"]] * 20))


@pytest.mark.parametrize("name", ["nepal_community_perception_rounds_1-6.csv", "water_consumer_survey.csv"])
def test_real_surveys_are_read_whole(shared_data, name):
    path = shared_data / "surveys" / name
    table = read_table(path)
    import csv

    with path.open(encoding=table.encoding, newline="") as file:
        expected = [row for row in csv.reader(file) if any(cell.strip() for cell in row)]
    assert [table.header] + [row.cells for row in table.rows] == [[cell.strip() for cell in row] for row in expected]


cells = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=8)


@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=5))
def test_csv_written_is_read_back_but_for_the_apostrophe(rows):
    out = io.BytesIO()
    write_csv(out, ["甲", "乙"], rows)
    read = [row.cells for row in read_table(out.getvalue()).rows]
    expected = [[csv_safe(cell).strip() for cell in row] for row in rows]
    assert read == [row for row in expected if any(row)]


@pytest.mark.parametrize(
    ("value", "safe"),
    [("=1+1", "'=1+1"), ("+86", "+86"), ("-3.5", "-3.5"), ("-a", "'-a"), ("@x", "'@x"), ("＝1", "'＝1"), ("a=1", "a=1"),
     (None, ""), (-4, "-4"), ("\tx", "'\tx")],
)  # fmt: skip
def test_cells_cannot_become_formulas(value, safe):
    assert csv_safe(value) == safe


def test_merged_cells_over_cells_with_names_of_their_own_are_one_header():
    table = read_table("性别,想要什么,,年龄\n,食堂,下棋,\n女,√,,60\n".encode())
    assert table.header == ["性别", "想要什么/食堂", "想要什么/下棋", "年龄"]
    assert [(row.line, row.cells) for row in table.rows] == [(3, ["女", "√", "", "60"])]


@pytest.mark.parametrize("text", ["姓名,,电话\n张三,男,139\n", "姓名,,电话\n张三,,\n", ",姓名,电话\n甲,,\n"])
def test_row_of_answers_is_no_second_line_of_the_header(text):
    with pytest.raises(UserError, match="没有名称"):
        read_table(text.encode())


def test_formulas_links_and_hidden_rows_of_a_workbook_are_named():
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["村", "户"])
        page.write(1, 0, "台荫")
        page.write_formula(1, 1, "=1+1", value=2)
        page.write_row(2, 0, ["马庄", 3])
        page.set_row(2, options={"hidden": True})
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("xl/externalLinks/externalLink1.xml", "<externalLink/>")
    table = read_table(out.getvalue())
    assert [row.cells for row in table.rows] == [["台荫", "2"], ["马庄", "3"]]
    assert [note[:9] for note in table.notes] == ["工作簿里有公式：没", "工作簿里有隐藏的行", "工作簿链接了别的文"]
    assert read_table(workbook(Sheet("甲", ["村"], [["台荫"]]))).notes == []
