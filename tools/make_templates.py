"""Writes the Word templates that come with the product (src/xiangli/reports/documents/templates).

Run once and again whenever a document changes: `.venv/bin/python tools/make_templates.py`. The fonts named in them are
those of Chinese official documents; Word and WPS replace what a machine lacks.
"""

from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.table import WD_ALIGN_VERTICAL
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

TARGET = Path(__file__).resolve().parent.parent / "src/xiangli/reports/documents/templates"
RED = RGBColor(0xC0, 0x14, 0x1C)
LATE = [
    ("序号", "序号"),
    ("村", "村"),
    ("任务或问题", "事项"),
    ("责任单位", "责任单位"),
    ("时限", "时限"),
    ("进展", "进展"),
]
LATE_SHARES = [0.7, 1.2, 2.2, 1.4, 1.7, 1.4, 1.9]
SHORT = {
    "序号", "时限", "进展", "星期", "超期天数", "数", "全部", "未销号", "超期", "退回和复发", "已销号", "在办来信",
    "来信超时", "答卷", "楼层", "面积", "容纳", "日子", "时间", "占比", "范围", "上期情况", "现在",
}  # fmt: skip
"""Columns of numbers, dates and single words stand in the middle."""


class Page:
    """A document in the making, in the fonts and sizes of official papers."""

    def __init__(self) -> None:
        self.file: Any = Document()
        section = self.file.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.left_margin = section.right_margin = Mm(27)
        section.top_margin, section.bottom_margin = Mm(35), Mm(30)
        self.file.core_properties.title = self.file.core_properties.comments = ""
        self.file.core_properties.author = "乡里"
        _number(section.footer.paragraphs[0])

    def say(
        self, text: str, font: str = "仿宋", size: float = 16, *, bold: bool = False, centre: bool = False,
        colour: RGBColor | None = None, indent: bool = False,
    ) -> Any:  # fmt: skip
        paragraph = self.file.add_paragraph()
        paragraph.paragraph_format.space_after = Pt(4)
        if centre:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        if indent:
            paragraph.paragraph_format.first_line_indent = Pt(2 * size)
        _run(paragraph, text, font, size, bold, colour)
        return paragraph

    def head(self, text: str) -> None:
        """A heading, never alone at the foot of a page."""
        self.say(text, "黑体", 16).paragraph_format.keep_with_next = True

    def under(self, text: str) -> None:
        """A heading of the second order."""
        self.say(text, "楷体", 16).paragraph_format.keep_with_next = True

    def each(self, name: str, text: str = "{{ 句 }}", *, indent: bool = True) -> None:
        """A paragraph for each sentence of a list."""
        self.say(f"{{%p for 句 in {name} %}}")
        self.say(text, indent=indent)
        self.say("{%p endfor %}")

    def table(self, name: str, columns: list[tuple[str, str]], shares: list[float]) -> None:
        """A table with a row for each entry of a list; ``columns``: heading, name in the row."""
        made = self.file.add_table(rows=4, cols=len(columns))
        made.style = "Table Grid"
        made.autofit = False
        loop = [f"{{%tr for 行 in {name} %}}", "", "{%tr endfor %}"]
        for number, (heading, key) in enumerate(columns):
            width = Mm(156 * shares[number] / sum(shares))
            made.columns[number].width = width  # LibreOffice and WPS go by this, Word by the cells'
            texts = [heading, loop[0] if not number else "", f"{{{{ 行.{key} }}}}", loop[2] if not number else ""]
            for row, text in enumerate(texts):
                cell = made.cell(row, number)
                cell.width = width
                cell.vertical_alignment = WD_ALIGN_VERTICAL.CENTER
                if not row or key in SHORT:
                    cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER
                _run(cell.paragraphs[0], text, "黑体" if not row else "仿宋", 10.5, False, None)
        _mark(made.rows[0], "w:tblHeader")  # the heading stands on every page
        for row in made.rows:
            _mark(row, "w:cantSplit")  # no row half on one page and half on the next
        self.file.add_paragraph()

    def only_if(self, condition: str) -> None:
        self.say(f"{{%p if {condition} %}}")

    def end_if(self) -> None:
        self.say("{%p endif %}")

    def save(self, kind: str) -> None:
        self.file.save(TARGET / f"{kind}.docx")


def _run(paragraph: Any, text: str, font: str, size: float, bold: bool, colour: RGBColor | None) -> None:
    run = paragraph.add_run(text)
    run.font.size, run.font.bold, run.font.name = Pt(size), bold, font
    if colour is not None:
        run.font.color.rgb = colour
    run._element.rPr.rFonts.set(qn("w:eastAsia"), font)


def _number(paragraph: Any) -> None:
    """— 1 —: the page number at the foot."""
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.add_run("— ")
    run = paragraph.add_run()
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        else:
            part.text = text
        run._element.append(part)
    paragraph.add_run(" —")


def _mark(row: Any, name: str) -> None:
    mark = OxmlElement(name)
    mark.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)


def _red_line(paragraph: Any) -> None:
    borders, line = OxmlElement("w:pBdr"), OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "18"), ("space", "6"), ("color", "C0141C")):
        line.set(qn(f"w:{name}"), value)
    borders.append(line)
    paragraph._p.get_or_add_pPr().append(borders)


def bulletin() -> None:
    page = Page()
    page.say("{{ 地点 }}督查通报", "方正小标宋简体", 40, bold=True, centre=True, colour=RED)
    _red_line(page.say("{{ 年 }} 年第 {{ 期号 }} 期", "仿宋", 16, centre=True))
    page.say("{{ 地点 }}乡里中心建设督查通报", "方正小标宋简体", 22, centre=True)
    page.say("（{{ 月份 }}）", "楷体", 16, centre=True)
    page.say("{{ 地点 }}　{{ 日期 }}", "楷体", 14, centre=True)
    page.head("一、总体情况")
    page.only_if("空月说明")
    page.say("{{ 空月说明 }}", indent=True)
    page.end_if()
    page.each("总体情况")
    page.under("{{ 月份 }}的变化")
    page.table("本月变化", [("事项", "项目"), ("数", "数")], [3, 1])
    page.head("二、滞后事项")
    page.only_if("滞后总数")
    page.say("共 {{ 滞后总数 }} 项，按村和时限排列，只说事、不点人、不排名。", indent=True)
    page.table("滞后事项", [*LATE, ("为什么列在这里", "原因")], LATE_SHARES)
    page.end_if()
    page.only_if("not 滞后总数")
    page.say("没有滞后事项。", indent=True)
    page.end_if()
    page.only_if("未列出数")
    page.say("还有 {{ 未列出数 }} 项，见附表二。", indent=True)
    page.end_if()
    page.head("三、工作要求")
    page.each("工作要求", "{{ loop.index }}．{{ 句 }}")
    page.head("四、回头看")
    page.each("回头看.说明")
    page.only_if("回头看.各项")
    columns = [("村", "村"), ("任务或问题", "事项"), ("上期情况", "上期情况"), ("现在", "现在"), ("时限", "时限")]
    page.table("回头看.各项", columns, [1.1, 3, 1.9, 1.1, 1.4])
    page.end_if()
    page.head("附表一：各地事项数")
    page.say("按行政区划次序排列，不是排名。", indent=True)
    keys = ["全部", "未销号", "超期", "退回和复发", "已销号"]
    page.table("各地", [("地点", "名称"), *((key, key) for key in keys)], [2, 1, 1, 1, 1.4, 1])
    page.only_if("全部滞后事项")
    page.head("附表二：滞后事项清单")
    page.only_if("附表说明")
    page.say("{{ 附表说明 }}", indent=True)
    page.end_if()
    page.table("全部滞后事项", [*LATE, ("为什么列在这里", "原因")], LATE_SHARES)
    page.end_if()
    page.save("bulletin")


def _title(page: Page, name: str, below: str) -> None:
    page.say(f"{{{{ 地点 }}}}{name}", "方正小标宋简体", 22, centre=True)
    page.say(below, "楷体", 14, centre=True)


def weekly() -> None:
    page = Page()
    _title(page, "每周到期清单", "{{ 周 }}　{{ 日期 }}制")
    page.each("总体情况")
    shares = [0.7, 1.2, 2.4, 1.4, 1.7, 1.4, 1.2]
    for heading, name, last in (
        ("一、本周到期", "本周到期", ("星期", "星期")), ("二、已经超期", "超期", ("超期天数", "超期天数")),
        ("三、等复核销号", "等复核", ("星期", "星期")),
    ):  # fmt: skip
        page.head(heading)
        page.only_if(name)
        page.table(name, [*LATE, last], shares)
        page.end_if()
        page.only_if(f"not {name}")
        page.say("没有。", indent=True)
        page.end_if()
    page.save("weekly")


def monthly() -> None:
    page = Page()
    _title(page, "月度数据", "{{ 月份 }}　{{ 日期 }}制")
    page.head("一、{{ 月份 }}的变化")
    page.only_if("空月说明")
    page.say("{{ 空月说明 }}", indent=True)
    page.end_if()
    page.table("本月变化", [("项目", "项目"), ("数", "数")], [3, 1])
    page.head("二、截至 {{ 日期 }}的数")
    page.say("和看板上的数相同，都从已有的记录里数出来。", indent=True)
    page.say("{%p for 类 in 各类 %}")
    page.under("{{ 类.类别 }}")
    page.table("类.各项", [("项目", "项目"), ("数", "数")], [3, 1])
    page.say("{%p endfor %}")
    page.only_if("各村")
    page.head("三、各村")
    page.say("按行政区划次序排列，不是排名。", indent=True)
    keys = ["未销号", "超期", "在办来信", "来信超时", "答卷"]
    page.table("各村", [("村", "名称"), *((key, key) for key in keys)], [2, 1, 1, 1.2, 1.2, 1])
    page.end_if()
    page.save("monthly")


def dossier() -> None:
    page = Page()
    _title(page, "一村一档", "{{ 日期 }}制")
    page.head("一、基本情况")
    page.say("常住人口 {{ 常住人口 }}，{{ 户数 }}。属{{ 上级 }}。", indent=True)
    page.say("{%p for 中心 in 各中心 %}")
    page.head("二、{{ 中心.名称 }}")
    page.say("地址：{{ 中心.地址 }}。值班电话：{{ 中心.电话 }}。负责岗位：{{ 中心.负责岗位 }}。", indent=True)
    page.say("办公用房占室内面积：{{ 中心.办公占比 }}。", indent=True)
    columns = [("功能室", "名称"), ("楼层", "楼层"), ("平方米", "面积"), ("容纳", "容纳"), ("可以办什么", "用途")]
    page.table("中心.功能室", columns, [1.4, 0.8, 0.9, 0.8, 3])
    page.table("中心.开放时间", [("日期", "日子"), ("开放", "内容")], [1, 2])
    columns = [("星期", "日子"), ("时间", "时间"), ("活动", "活动"), ("地点", "场地")]
    page.table("中心.每周活动", columns, [0.8, 1.3, 2, 1.4])
    page.say("{%p endfor %}")
    page.only_if("not 各中心")
    page.head("二、中心")
    page.say("还没有登记的中心。", indent=True)
    page.end_if()
    page.head("三、需求")
    page.only_if("需求")
    page.table("需求", [("需求", "名称"), ("占比", "占比"), ("可能范围", "范围")], [2, 1, 1.4])
    page.end_if()
    page.only_if("not 需求")
    page.say("还没有公布的需求清单。", indent=True)
    page.end_if()
    page.head("四、台账")
    page.table("总数", [("项目", "项目"), ("数", "数")], [3, 1])
    items = [("序号", "序号"), ("任务或问题", "事项"), ("责任单位", "责任单位"), ("时限", "时限"), ("进展", "进展")]
    page.under("未销号的事项")
    page.table("未销号", items, [0.7, 2.8, 1.6, 1.4, 1.4])
    page.under("最近销号的事项")
    page.table("最近销号", items, [0.7, 2.8, 1.6, 1.4, 1.4])
    page.head("五、一年来的走访")
    page.only_if("走访")
    page.table("走访", [("日期", "日子"), ("看了什么", "看了什么"), ("发现的问题", "发现的问题")], [1, 2.2, 2.2])
    page.end_if()
    page.only_if("not 走访")
    page.say("没有走访记录。", indent=True)
    page.end_if()
    page.head("六、百姓来信")
    page.table("来信", [("项目", "项目"), ("数", "数")], [3, 1])
    page.save("dossier")


if __name__ == "__main__":
    TARGET.mkdir(parents=True, exist_ok=True)
    for make in (bulletin, weekly, monthly, dossier):
        make()
