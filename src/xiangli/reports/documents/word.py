"""Filling Word templates that a county may replace (docxtpl). Knows no Django.

A template is written by strangers: it runs in Jinja's sandbox without functions, sees plain data only, and must render
with sample data before it is kept. Its names are Chinese, because the people who change it are not programmers.
"""

import re
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

from xiangli.core.errors import UserError
from xiangli.core.files import BROKEN_ARCHIVE, check_archive
from xiangli.reports.documents.samples import SAMPLES

MOST_BYTES = 2_000_000
MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]|[\ud800-\udfff]")  # what XML cannot hold

WORDS = {
    "place": "地点", "issue": "期号", "year": "年", "month": "月份", "week": "周", "date": "日期", "empty": "空月说明",
    "overall": "总体情况", "figures": "总数", "flow": "本月变化", "late": "滞后事项", "late_total": "滞后总数",
    "late_left": "未列出数", "late_all": "全部滞后事项", "late_note": "附表说明", "demands": "工作要求",
    "look_back": "回头看", "said": "说明",
    "rows": "各项", "parts": "各地", "label": "项目", "value": "数", "number": "序号", "item": "事项编号",
    "village": "村", "title": "事项", "unit": "责任单位", "deadline": "时限", "days": "超期天数", "state": "进展",
    "light": "亮灯", "why": "原因", "was": "上期情况", "now": "现在", "name": "名称", "total": "全部", "open": "未销号",
    "overdue": "超期", "back": "退回和复发", "closed": "已销号", "due": "本周到期", "waiting": "等复核",
    "weekday": "星期", "groups": "各类", "group": "类别", "villages": "各村", "cases": "在办来信",
    "cases_overdue": "来信超时", "answers": "答卷", "above": "上级", "people": "常住人口", "households": "户数",
    "centres": "各中心", "address": "地址", "phone": "电话", "post": "负责岗位", "office_share": "办公占比",
    "spaces": "功能室", "floor": "楼层", "area": "面积", "room": "容纳", "uses": "用途", "hours": "开放时间",
    "day": "日子", "text": "内容", "activities": "每周活动", "time": "时间", "activity": "活动", "space": "场地",
    "needs": "需求", "share": "占比", "range": "范围", "done": "最近销号", "visits": "走访", "seen": "看了什么",
    "found": "发现的问题", "voices": "来信",
}  # fmt: skip
"""Our names -> the names in a template."""


def spoken(value: Any) -> Any:
    """Facts under their Chinese names, without characters that a Word file cannot hold; ids stay inside."""
    if isinstance(value, dict):
        return {WORDS[key]: spoken(each) for key, each in value.items() if key in WORDS}
    if isinstance(value, list):
        return [spoken(each) for each in value]
    return CONTROLS.sub(" ", value) if isinstance(value, str) else value


def shipped(kind: str) -> bytes:
    """The template that comes with the product."""
    return (Path(__file__).parent / "templates" / f"{kind}.docx").read_bytes()


def render(template: bytes, facts: dict[str, Any]) -> bytes:
    """The filled document. Raises UserError where the template asks for what there is not."""
    from docxtpl import DocxTemplate
    from jinja2 import StrictUndefined, TemplateError
    from jinja2.sandbox import ImmutableSandboxedEnvironment
    from lxml.etree import LxmlError

    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=True)
    environment.globals.clear()  # no range, no lipsum: a loop runs over the facts and over nothing else
    document = DocxTemplate(BytesIO(template))
    try:
        document.render(spoken(facts), jinja_env=environment, autoescape=True)
        made = BytesIO()
        document.save(made)
    except TemplateError as error:
        raise UserError(f"模板填不出来：{_said(error)}") from error
    except (LxmlError, *BROKEN_ARCHIVE, KeyError, AttributeError, TypeError, ArithmeticError, LookupError) as error:
        raise UserError("模板填不出来：它不是 Word 能打开的样子，或者里面的 {{ }}、{% %} 写得不对。") from error
    return made.getvalue()


def _said(error: Exception) -> str:
    """Jinja's complaint in words for whoever edits the template."""
    text = str(error)
    if name := re.search(r"'(.+?)' is undefined|has no attribute '(.+?)'", text):
        return f"没有“{name[1] or name[2]}”这个数据，请对照这一页列出的名字。"
    if "SecurityError" in type(error).__name__:
        return "模板里有不允许的写法。"
    return f"{{{{ }}}} 或 {{% %}} 没有写对（{text}）。"


def check(template: bytes, kind: str) -> None:
    """Raises UserError, in words, unless this is a Word file that renders with sample data of its kind."""
    if not template:
        raise UserError("文件是空的。")
    if len(template) > MOST_BYTES:
        raise UserError(f"模板有 {len(template) / 1e6:.1f} MB，最多 {MOST_BYTES // 1_000_000} MB。请删掉大图片再传。")
    if not template.startswith(b"PK\x03\x04"):
        raise UserError("这不是 Word 文件（.docx）。旧版 .doc 请用 Word 或 WPS 另存为 .docx 再传。")
    check_archive(template)
    with zipfile.ZipFile(BytesIO(template)) as archive:
        names = archive.namelist()
        types = archive.read("[Content_Types].xml").decode("utf-8", "replace") if "[Content_Types].xml" in names else ""
        links = "".join(archive.read(name).decode("utf-8", "replace") for name in names if name.endswith(".rels"))
    if any("vbaproject" in name.lower() for name in names) or "macroEnabled" in types:
        raise UserError("模板里有宏，请另存为不带宏的 .docx 再传。")
    if MAIN not in types:
        raise UserError("这不是 Word 文件（.docx），请用 Word 或 WPS 另存为 .docx 再传。")
    for link in re.findall(r"<Relationship [^>]*>", links):
        if 'TargetMode="External"' in link and "/hyperlink" not in link:
            raise UserError("模板引用了别处的文件（图片或模板），请改成嵌在文件里的再传。")
    made = render(template, SAMPLES[kind])
    for issue in _left(made):
        raise UserError(f"模板里有没填上的“{issue}”：大括号中间可能断开了，请删掉重新打一遍。")


def _left(made: bytes) -> list[str]:
    """Braces that came through unfilled."""
    with zipfile.ZipFile(BytesIO(made)) as archive:
        text = re.sub(r"<[^>]+>", "", archive.read("word/document.xml").decode("utf-8", "replace"))
    return re.findall(r"\{[{%][^{}]{0,40}", text)[:1]


def names(facts: dict[str, Any]) -> list[str]:
    """Every name that a template may use, in the order of the facts; lists say what each of their rows holds."""
    found = []
    for key, each in spoken(facts).items():
        if isinstance(each, dict):
            found += [f"{key}.{inner}" for inner in _columns(each)]
        else:
            found += _columns({key: each})
    return found


def _columns(row: dict[str, Any]) -> list[str]:
    found = []
    for key, each in row.items():
        if isinstance(each, list):
            inner = "、".join(_columns(each[0])) if each and isinstance(each[0], dict) else ""
            found.append(f"{key}（多行，每行有：{inner}）" if inner else f"{key}（多句）")
        else:
            found.append(key)
    return found
